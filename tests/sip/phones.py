"""Phones in processes of their own, driven from a test."""

from collections.abc import Callable
import json
from pathlib import Path
import subprocess
import sys
from threading import Condition, Thread
from time import monotonic
from typing import Any, Self

PATIENCE = 10.0  # seconds
_LIBRARY = Path("custom_components/sip_intercom/lib").resolve()
_PROGRAM = Path(__file__).with_name("phone_process.py")

type Event = dict[str, Any]


class PhoneFailedError(AssertionError):
    """A phone did not do what the test waited for."""


class Phone:
    """A process that runs one PjsuaPhone."""

    def __init__(self, library: Path, log: Path) -> None:
        """Start it with this build of the native library."""
        self._log = log.open("w+")
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(_PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            bufsize=1,
            cwd=log.parent,
            env={"PYTHONPATH": f"{_LIBRARY}:{library}"},
        )
        self._changed = Condition()
        self._messages: list[Event] = []
        self._closed = False
        self._last = 0
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Return the process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Tell whether the process runs."""
        return self._process.poll() is None

    def log(self) -> str:
        """Return what it has logged so far."""
        return Path(self._log.name).read_text()

    def do(self, name: str, /, **arguments: Any) -> Any:
        """Have it done; PhoneFailedError with the error's code if it fails."""
        answer = self.try_to(name, **arguments)
        if "error" in answer:
            raise PhoneFailedError(f"{name}: {answer['error']} {answer['text']}")
        return answer["result"]

    def try_to(self, name: str, /, **arguments: Any) -> Event:
        """Have it done, and return the whole answer."""
        self._last += 1
        number = self._last
        assert self._process.stdin
        self._process.stdin.write(
            json.dumps({"id": number, "do": name, "with": arguments}) + "\n"
        )
        return self._take(lambda message: message.get("id") == number, name)

    def wait(self, event: str, timeout: float = PATIENCE, **values: Any) -> Event:
        """Return the next event of this name with these values, and take it away."""
        return self._take(
            lambda message: (
                message.get("event") == event and message.items() >= values.items()
            ),
            f"{event} {values}",
            timeout,
        )

    def seen(self, event: str) -> list[Event]:
        """Return the events of this name that nobody has waited for.

        Also those still on their way: what it says is read in the order of its saying.
        """
        self.do("failures")
        with self._changed:
            return [each for each in self._messages if each.get("event") == event]

    def stop(self) -> None:
        """End it as the agent ends: by the end of its input."""
        if self.running:
            assert self._process.stdin
            self._process.stdin.close()
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._reader.join()
        self._log.close()
        code = self._process.returncode
        if code:
            text = Path(self._log.name).read_text()[-3000:]
            raise PhoneFailedError(f"the phone ended with {code}\n{text}")

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            with self._changed:
                self._messages.append(json.loads(line))
                self._changed.notify_all()
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _take(
        self,
        fits: Callable[[Event], bool],
        what: str,
        timeout: float = PATIENCE,
    ) -> Event:
        deadline = monotonic() + timeout
        with self._changed:
            while True:
                for message in self._messages:
                    if fits(message):
                        self._messages.remove(message)
                        return message
                rest = deadline - monotonic()
                if self._closed or rest <= 0:
                    raise PhoneFailedError(
                        f"no {what}; seen {self._messages[-5:]}\n{self.log()[-3000:]}"
                    )
                self._changed.wait(rest)
