# Never returns.
def attack(*arguments):
    while True:
        pass
