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
            prepared.result()
            _print_banner(arguments)
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        prepared.cancel()
        return _status(process, stopped)


def _status(process: Process, stopped: asyncio.Event) -> int:
    if stopped.is_set():
        print("\nStopping Home Assistant", flush=True)
        return 0
    print(f"Home Assistant ended with {process.returncode}", file=sys.stderr)
    return 1


async def _prepare(arguments: argparse.Namespace) -> None:
    async with ClientSession() as session, asyncio.timeout(START_TIMEOUT):
        api = Api(session, f"http://127.0.0.1:{arguments.port}")
        # Another process has no event to wait for.
        while not await api.is_up():  # noqa: ASYNC110
            await asyncio.sleep(POLL_INTERVAL)
        await api.log_in()
        await doorbell.prepare(api, arguments.sip_port)


def _print_banner(arguments: argparse.Namespace) -> None:
    target = f" --target 127.0.0.1:{arguments.sip_port}"
    lines = (
        f"Home Assistant   http://127.0.0.1:{arguments.port}",
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
        help="port of the user agent, used when the folder is new",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
