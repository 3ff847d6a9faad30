"""Ring a Home Assistant: `scripts/ring --help`."""

import argparse
from collections.abc import Sequence
import ipaddress
from pathlib import Path
import socket
import sys
import tempfile

from .press import Press, SippMissingError, play

EXPLANATIONS = {
    "ringing": "it rings",
    "cancelled": "nobody answered, so the doorbell gave up",
    "silence": "no answer: does a SIP user agent listen there?",
    "refused 403": (
        "refused with 403: Home Assistant knows no device at this address "
        "(see --source) and user (see --from)"
    ),
    "refused 486": "declined, or busy (486)",
    "refused 603": "declined (603)",
}
DEFAULT_TARGET = "127.0.0.1:5060"
ONE_AFTER_ANOTHER = ("-l", "1")  # a press during a ring would be that ring


def main(arguments: Sequence[str] | None = None) -> int:
    """Ring and say what happened; 0 when every press rang."""
    options = _parser().parse_args(arguments)
    try:
        press = _press(options)
        with tempfile.TemporaryDirectory(prefix="sip-ring-") as folder:
            happened = play(press, Path(folder))
    except (SippMissingError, OSError, ValueError) as err:
        print(err, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    for outcome in happened or ("silence",):
        print(EXPLANATIONS.get(outcome, outcome))
    return 0 if happened.count("ringing") == options.count else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/ring",
        description="Ring a doorbell at a Home Assistant, as a SIP client would.",
    )
    add = parser.add_argument
    add("--target", default=DEFAULT_TARGET, metavar="HOST:PORT", help="who is called")
    add("--to", default="homeassistant", help="the user or button that is dialled")
    add("--from", dest="user", default="doorbell", help="the user that calls")
    add("--name", default="Doorbell", help="the caller's display name")
    add("--source", default="", help="the address to call from")
    add("--transport", default="udp", choices=("udp", "tcp"))
    add("--count", type=int, default=1, help="how often to ring")
    add(
        "--cancel-after",
        type=float,
        default=5.0,
        metavar="SECONDS",
        help="give up ringing after so long",
    )
    add(
        "--hold",
        type=float,
        default=10.0,
        metavar="SECONDS",
        help="once answered, hang up after so long",
    )
    return parser


def _press(options: argparse.Namespace) -> Press:
    host, port = _host_and_port(options.target)
    return Press(
        target=_address(host),
        port=port,
        to=options.to,
        user=options.user,
        name=options.name,
        source=options.source,
        transport=options.transport,
        ring=options.cancel_after,
        talk=options.hold,
        count=options.count,
        extra=ONE_AFTER_ANOTHER,
    )


def _host_and_port(target: str) -> tuple[str, int]:
    host, colon, port = target.rpartition(":")
    if not colon or target.endswith("]"):
        host, port = target, "5060"
    if not port.isdecimal():
        raise ValueError(f"{target} is not HOST:PORT")
    return host.strip("[]"), int(port)


def _address(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return str(socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)[0][4][0])


if __name__ == "__main__":
    sys.exit(main())
