"""A network namespace with nothing but loopback."""

from contextlib import suppress
import fcntl
import os
from pathlib import Path
import socket
import struct

_SIOCSIFFLAGS = 0x8914
_IFF_UP = 1


def leave() -> bool:
    """Move this process into a network with loopback alone; tell if that worked.

    It takes root or, without, a kernel that lets users have namespaces.
    """
    user, group = os.getuid(), os.getgid()
    try:
        os.unshare(os.CLONE_NEWNET)
    except OSError:
        try:
            os.unshare(os.CLONE_NEWUSER | os.CLONE_NEWNET)
        except OSError:
            return False
        _become_root(user, group)
    _raise_loopback()
    return True


def _become_root(user: int, group: int) -> None:
    with suppress(OSError):
        Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1")


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as request:
        fcntl.ioctl(request, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))
