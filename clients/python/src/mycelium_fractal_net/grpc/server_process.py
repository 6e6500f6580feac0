"""Starting a server: the program ``mfn`` that is on PATH."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import weakref
from typing import IO

_PROGRAM = "mfn"
_READY = re.compile(rb"^mfn \S+ listening on (\S+) \((plaintext|TLS)?")
_START_TIMEOUT_SEC = 30.0
# Longer than a server is usually given for its open calls.
_STOP_TIMEOUT_SEC = 60.0
_POLL_SEC = 0.01
_MAX_OUTPUT_BYTES = 64 * 1024

Setting = str | int | bool


class ServerProcess:
    """A running ``mfn serve``. It ends with ``stop``, at the latest with this interpreter."""

    def __init__(self, process: subprocess.Popen[bytes], address: str) -> None:
        self._process = process
        self._end = weakref.finalize(self, _stop, process)
        #: ``host:port`` at which the server can be reached.
        self.address = address

    @classmethod
    def start(cls, settings: dict[str, Setting] | None = None, *, inherit: bool = True) -> ServerProcess:
        """Start a server and return when it is ready.

        ``settings`` are flags of ``mfn serve`` with underscores, such as ``max_workers=4``. With ``inherit`` the
        server also obeys this process's ``MFN_`` variables, else none of them. What it logs goes to standard error.
        """
        command = [program(), "serve", *flags(settings or {})]
        environment = {k: v for k, v in os.environ.items() if inherit or not k.startswith("MFN_")}
        with tempfile.TemporaryFile() as output:
            process = subprocess.Popen(command, stdout=output, stdin=subprocess.DEVNULL, env=environment)
            try:
                return cls(process, _ready_address(process, output))
            except BaseException:
                _stop(process)
                raise

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def stop(self) -> None:
        """Let open calls finish within the server's grace, then end it; a second time it does nothing."""
        self._end()

    def wait(self) -> int:
        """Wait for its end and return its exit code."""
        return self._process.wait()

    def __enter__(self) -> ServerProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


async def serve(**settings: Setting) -> ServerProcess:
    """Start a server, as ``ServerProcess.start`` does, and return it when it is ready."""
    return await asyncio.to_thread(ServerProcess.start, dict(settings))


async def serve_forever(**settings: Setting) -> None:
    """Run a server until it ends, this task is cancelled, or SIGTERM or SIGINT comes."""
    loop, asked, caught = asyncio.get_running_loop(), asyncio.Event(), (signal.SIGTERM, signal.SIGINT)
    # Before the server starts, so that no signal ends this process and leaves the server.
    for number in caught:
        loop.add_signal_handler(number, asked.set)
    try:
        server = await serve(**settings)
        ended, stop = asyncio.create_task(asyncio.to_thread(server.wait)), asyncio.create_task(asked.wait())
        try:
            await asyncio.wait((ended, stop), return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.cancel()
            await asyncio.to_thread(server.stop)
        code = await ended
    finally:
        for number in caught:
            loop.remove_signal_handler(number)
    if code != 0:
        raise RuntimeError(f"the server ended with exit code {code}; what it wrote to standard error says why")


def program() -> str:
    """Return the path of the program, or raise ``FileNotFoundError`` that says how to get it."""
    path = shutil.which(_PROGRAM)
    if path is None:
        raise FileNotFoundError(
            "the program mfn is not on PATH; `cargo install --path .` in a checkout of MFN puts it there"
        )
    return path


def flags(settings: dict[str, Setting]) -> list[str]:
    """Write settings as flags of ``mfn serve``; ``True`` is a flag without a value, ``False`` is none."""
    written: list[str] = []
    for name, value in settings.items():
        flag = f"--{name.replace('_', '-')}"
        if value is True:
            written.append(flag)
        elif value is not False:
            written.extend([flag, str(value)])
    return written


def _ready_address(process: subprocess.Popen[bytes], output: IO[bytes]) -> str:
    deadline = time.monotonic() + _START_TIMEOUT_SEC
    while time.monotonic() < deadline:
        ended = process.poll() is not None
        output.seek(0)
        found = _READY.search(output.read(_MAX_OUTPUT_BYTES))
        if found:
            return _reachable(found[1].decode())
        if ended:
            raise RuntimeError(
                f"mfn serve did not start (exit code {process.returncode}); its line on standard error says why"
            )
        time.sleep(_POLL_SEC)
    raise TimeoutError(f"mfn serve was not ready within {_START_TIMEOUT_SEC:g} seconds")


def _reachable(address: str) -> str:
    # A server that listens on all addresses is reached at this machine's own.
    return re.sub(r"^(0\.0\.0\.0|\[::\]):", "localhost:", address)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_STOP_TIMEOUT_SEC)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()
