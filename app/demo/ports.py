"""A socket that listens on this machine, before the program that will answer there has begun."""

import socket

_USUAL = 8000


def listening_socket() -> socket.socket:
    """Listen on port 8000 of this machine, or on any other where that one is taken.

    The caller hands the socket to the API. So nobody can take the port in between, and callers
    wait instead of being refused while the API starts again.

    Raises:
        OSError: No port is free.
    """
    for port in (_USUAL, 0):
        opened = socket.socket()
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened.bind(("127.0.0.1", port))
            opened.listen(1024)
        except OSError:
            opened.close()
            continue
        return opened
    raise OSError("no port is free on 127.0.0.1")
