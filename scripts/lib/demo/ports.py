"""A port for the user agent, also beside another demo."""

from contextlib import closing
import socket

TRIES = 50


def free_port(first: int) -> int:
    """Return the first port from there on that is free over UDP and TCP, else first."""
    for port in range(first, first + TRIES):
        if _is_free(port, socket.SOCK_DGRAM) and _is_free(port, socket.SOCK_STREAM):
            return port
    return first


def _is_free(port: int, kind: socket.SocketKind) -> bool:
    with closing(socket.socket(socket.AF_INET, kind)) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return False
    return True
