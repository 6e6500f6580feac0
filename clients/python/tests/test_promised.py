"""What the API's first document shows of its client, taken verbatim and run."""

import asyncio
import re
import textwrap
from pathlib import Path

import pytest

from mycelium_fractal_net.grpc import MFNClient, MFNClientSync, ServerProcess, sign

ADDRESS = "localhost:50051"
PAGE = Path(__file__).with_name("promised.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module", params=["open", "keys"])
def promised_server(request):
    keys = {"api_keys": "your-key,your-api-key"} if request.param == "keys" else {}
    settings = {"host": "127.0.0.1", "audit_log": "off", "log": "warn", "admin_port": 0, **keys}
    with started_at_the_port_of_the_page(settings) as started:
        yield started


def started_at_the_port_of_the_page(settings):
    try:
        return ServerProcess.start({**settings, "port": ADDRESS.rpartition(":")[2]}, inherit=False)
    except RuntimeError:
        # Any connection of this machine may have that port for its own end, also for a minute after it was closed.
        return ServerProcess.start({**settings, "port": 0}, inherit=False)


@pytest.fixture
def key(monkeypatch):
    # The blocks without a key are of callers who have it in their environment, where the server wants one.
    monkeypatch.setenv("MFN_API_KEY", "your-key")


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.strip().splitlines()[-1][:40])
def test_a_block_runs_as_it_stands(promised_server, key, block, capsys):
    names = {"MFNClient": MFNClient}
    block = block.replace(ADDRESS, promised_server.address.replace("127.0.0.1", "localhost"))
    if "asyncio.run(" in block or ("await " not in block and "async " not in block):
        exec(block, names)
    elif block.startswith("async def"):
        function = re.match(r"async def (\w+)", block)[1]
        exec(block, names)
        asyncio.run(names[function]())
    else:
        body = textwrap.indent(block, " " * 8)
        exec(
            "async def run():\n"
            f"    async with MFNClient({promised_server.address!r}) as client:\n"
            f"{body}\n        return locals()",
            names,
        )
        asyncio.run(names["run"]())
    if 'print(f"Fractal dimension' in block:
        assert capsys.readouterr().out.startswith("Fractal dimension: 1.77")


def test_the_promised_signature_is_the_client_s():
    block = next(block for block in BLOCKS if "hmac.new" in block)
    names = {}
    exec(block, names)
    assert names["signature"] == sign(names["api_key"], names["method"], names["timestamp"])


def test_every_block_is_there():
    assert len(BLOCKS) == 9


def test_lines_of_the_older_client_s_users_run():
    # What its own tests do beside the calls above.
    async def run(address):
        client = MFNClient(address, max_retries=5, retry_backoff_sec=2.0, timeout_sec=60.0)
        assert (client.max_retries, client.retry_backoff_sec, client.timeout_sec) == (5, 2.0, 60.0)
        assert (client.address, client.use_tls) == (address, False)
        assert MFNClient(address, use_tls=True).use_tls
        await client.connect()
        for result in (await client.run_simulation(steps=1), await client.extract_features(steps=1)):
            assert result.meta.meta["status"] == result.meta["status"] == "ok"
        await client.close()

    with MFNClientSync.local() as local:
        asyncio.run(run(local.address))
