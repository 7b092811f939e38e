"""A port on this machine that nobody listens on."""

import socket

_USUAL = 8000


def free_port() -> int:
    """Give 8000, or any other port where that one is taken."""
    for port in (_USUAL, 0):
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            number: int = tried.getsockname()[1]
            return number
    raise OSError("no port is free on 127.0.0.1")
