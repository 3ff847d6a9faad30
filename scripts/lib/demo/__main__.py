"""Entry point of scripts/develop."""

import argparse
import asyncio
from asyncio.subprocess import Process
from pathlib import Path
import signal
import sys

from aiohttp import ClientSession

from bootstrap.paths import ROOT

from . import config_folder, doorbell
from .api import PASSWORD, USER, Api, ApiError
from .ports import free_port
from .process import home_assistant

START_TIMEOUT = 180  # seconds
POLL_INTERVAL = 0.25  # seconds


def main() -> int:
    """Run the demo until Ctrl-C; returns the exit status."""
    arguments = _parse()
    config_folder.write(arguments.config, arguments.port)
    try:
        return asyncio.run(_run(arguments))
    except (ApiError, TimeoutError) as err:
        print(f"\nThe demo stopped: {err or 'it took too long'}", file=sys.stderr)
        return 1


async def _run(arguments: argparse.Namespace) -> int:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stopped.set)
    async with home_assistant(arguments.config) as process:
        prepared = asyncio.create_task(_prepare(arguments))
        waits = {
            asyncio.create_task(process.wait()),
            asyncio.create_task(stopped.wait()),
        }
        done, _ = await asyncio.wait(
            {prepared, *waits}, return_when=asyncio.FIRST_COMPLETED
        )
        if prepared in done:
            _print_banner(arguments.port, prepared.result())
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        prepared.cancel()
        return _status(process, stopped)


def _status(process: Process, stopped: asyncio.Event) -> int:
    if stopped.is_set():
        print("\nStopping Home Assistant", flush=True)
        return 0
    print(f"Home Assistant ended with {process.returncode}", file=sys.stderr)
    return 1


async def _prepare(arguments: argparse.Namespace) -> int:
    """Bring the demo to where it can ring; returns the user agent's port."""
    sip_port = config_folder.sip_port(arguments.config)
    if sip_port is None:
        sip_port = free_port(arguments.sip_port)
    async with ClientSession() as session, asyncio.timeout(START_TIMEOUT):
        api = Api(session, f"http://127.0.0.1:{arguments.port}")
        # Another process has no event to wait for.
        while not await api.is_up():  # noqa: ASYNC110
            await asyncio.sleep(POLL_INTERVAL)
        await api.log_in()
        await doorbell.prepare(api, sip_port)
    return sip_port


def _print_banner(port: int, sip_port: int) -> None:
    target = f" --target 127.0.0.1:{sip_port}"
    lines = (
        f"Home Assistant   http://127.0.0.1:{port}",
        f"user             {USER}",
        f"password         {PASSWORD}",
        f"ring the bell    scripts/ring{target}",
        "stop             Ctrl-C",
    )
    rule = "-" * 64
    print("\n".join(("", rule, *lines, rule)), flush=True)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/develop", description=__doc__)
    parser.add_argument(
        "--config",
        type=lambda text: Path(text).absolute(),
        default=ROOT / "config",
        metavar="DIR",
        help="configuration folder (default: config)",
    )
    parser.add_argument("--port", type=int, default=8123, help="HTTP port")
    parser.add_argument(
        "--sip-port",
        type=int,
        default=5060,
        help="port of the user agent when the folder is new; the next free one is taken",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
