"""The network that tests with real peers may use: loopback and this machine."""

import pytest_socket


def allow_loopback() -> None:
    """Lift the test package's ban on sockets for loopback addresses."""
    pytest_socket.enable_socket()
    pytest_socket.socket_allow_hosts(["127.0.0.0/8", "::1"], allow_unix_socket=True)
