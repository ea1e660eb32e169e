"""The reserved cell bank-1: what the other assignments ask for, and the slips of the article."""


# %% helpers: step3_states step4_time gradient_checking
# %% wrong_lines
def wrong_lines():
    return sorted(["c", "k", "h"])


# %% forward: step3_states
# %% backward: step4_time
# %% problem: gradient_checking
# %% judge: gradient_checking
