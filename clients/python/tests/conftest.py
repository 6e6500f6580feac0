"""Servers to test against: the program `mfn` that is on PATH."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mycelium_fractal_net.grpc import MFNClient, MFNClientSync, ServerProcess
from mycelium_fractal_net.grpc.client_base import local_server


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch):
    for name in ("MFN_API_KEY", "MFN_API_KEYS", "MFN_API_KEYS_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def server() -> Iterator[ServerProcess]:
    with local_server({}) as started:
        yield started


@pytest.fixture(params=["asyncio", "sync"])
def call(request):
    """Run one method of either client and return its answer; of a stream, all frames."""

    def run_sync(address, method, client=(), **parameters):
        with MFNClientSync(address, **dict(client)) as made:
            answer = getattr(made, method)(**parameters)
            return answer.collect() if method.startswith("stream") else answer

    def run_async(address, method, client=(), **parameters):
        async def run():
            async with MFNClient(address, **dict(client)) as made:
                answer = getattr(made, method)(**parameters)
                return await (answer.collect() if method.startswith("stream") else answer)

        return asyncio.run(run())

    return run_async if request.param == "asyncio" else run_sync


@pytest.fixture(scope="session")
def certificates(tmp_path_factory) -> Path:
    """A folder with ca.pem, and server.pem and server.key for localhost."""
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    new = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    openssl(*new, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test authority")
    openssl(
        *new, "-keyout", "server.key", "-out", "server.pem", "-subj", "/CN=localhost", "-CA", "ca.pem",
        "-CAkey", "ca.key", "-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:false",
    )  # fmt: skip
    return folder
