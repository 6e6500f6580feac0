"""Servers that a test starts, ends and loses."""

import asyncio
import gc
import json
import os
import signal
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from metrics import free_port, metric, wait_for_a_computation
from mycelium_fractal_net.grpc import MFNClient, MFNClientSync, ServerProcess, Unavailable, serve
from mycelium_fractal_net.grpc.client_base import local_server
from mycelium_fractal_net.grpc.server_process import flags, program

# Longer than anything that is done before it is ended.
LONG = {"grid_size": 1024, "steps": 10000}
# Long enough for a server to be killed meanwhile, and short enough to be computed whole.
SECONDS_LONG = {"grid_size": 1024, "steps": 5000, "seed": 3}
CALLS = (
    'grpc_server_started_total{grpc_type="unary",grpc_service="mfn.MFNSimulationService",grpc_method="RunSimulation"}'
)


def test_a_local_client_brings_its_server_and_ends_it():
    with MFNClientSync.local(max_workers=1) as client:
        assert client.run_simulation(seed=42).growth_events == 12
        pid = client._local.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_local_client_leaves_the_port_of_metrics_to_others(tmp_path):
    with MFNClientSync.local() as client:
        held = {opened(link) for link in Path(f"/proc/{client._local.pid}/fd").iterdir()}
        listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        ports = [row[1] for row in listening if row[3] == "0A" and f"socket:[{row[9]}]" in held]
    assert len(ports) == 1


def opened(link):
    try:
        return str(link.readlink())
    except FileNotFoundError:
        # It was closed since the folder was read.
        return None


def test_a_local_client_for_asyncio():
    async def run():
        async with MFNClient.local() as client:
            return await client.run_simulation(seed=42)

    assert asyncio.run(run()).growth_events == 12


def test_without_the_program_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(FileNotFoundError, match="cargo install"):
        MFNClientSync.local()


def test_a_server_that_does_not_start_says_so(capfd):
    with pytest.raises(RuntimeError, match="did not start"):
        ServerProcess.start({"port": "many"}, inherit=False)
    assert "many" in capfd.readouterr().err


def test_settings_become_flags():
    assert flags({"max_workers": 4, "allow_anonymous": True, "tls_enabled": False}) == [
        "--max-workers",
        "4",
        "--allow-anonymous",
    ]


def test_a_retry_heals_the_kill_of_the_server_in_the_middle_of_a_call(call):
    admin_port = free_port()
    settings = {"host": "127.0.0.1", "audit_log": "off", "log": "warn", "admin_port": admin_port}
    first = ServerProcess.start({**settings, "port": 0}, inherit=False)
    port = int(first.address.rpartition(":")[2])

    def kill_in_the_middle_and_start_anew():
        wait_for_a_computation(admin_port)
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        return ServerProcess.start({**settings, "port": port}, inherit=False)

    client = {"retry_backoff_sec": 0.5, "max_retries": 8, "timeout_sec": None}
    with ThreadPoolExecutor(1) as beside:
        second = beside.submit(kill_in_the_middle_and_start_anew)
        healed = call(first.address, "run_simulation", client, **SECONDS_LONG)
        with second.result():
            # Had the first server answered before it was killed, the second one would not have been asked.
            assert metric(admin_port, CALLS) == 1
    assert numbers(healed) == computed("simulate", **SECONDS_LONG)


def computed(command, **parameters):
    """Return the numbers that the program computes by itself."""
    written = [word for name, value in parameters.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    output = subprocess.run([program(), command, *written, "--json"], check=True, capture_output=True)
    return json.loads(output.stdout)["result"]


def numbers(answer):
    return {name: value for name, value in answer.to_dict().items() if isinstance(value, (int, float))}


def test_a_server_that_is_gone_is_unavailable(call):
    server = local_server({})
    server.stop()
    with pytest.raises(Unavailable) as raised:
        call(server.address, "run_simulation", {"max_retries": 1, "retry_backoff_sec": 0.0})
    assert raised.value.attempts == 2


def audited(path, admin_port=0):
    settings = {"host": "127.0.0.1", "port": 0, "audit_log": str(path), "log": "warn", "admin_port": admin_port}
    return ServerProcess.start(settings, inherit=False)


def test_to_cancel_a_task_stops_the_server_s_work(tmp_path):
    admin_port = free_port()

    async def run(address):
        async with MFNClient(address) as client:
            task = asyncio.create_task(client.run_simulation(**LONG))
            await asyncio.to_thread(wait_for_a_computation, admin_port)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    with audited(tmp_path / "audit.log", admin_port) as server:
        asyncio.run(run(server.address))
    assert '"code":"CANCELLED"' in (tmp_path / "audit.log").read_text()


def test_to_leave_a_stream_stops_the_server_s_work(tmp_path):
    with audited(tmp_path / "audit.log") as server, MFNClientSync(server.address) as client:
        for frame in client.stream_simulation(**LONG, stream_interval=1):
            assert frame.step == 1
            break
        gc.collect()
        assert client.run_simulation(steps=1) is not None
    assert '"code":"CANCELLED"' in (tmp_path / "audit.log").read_text()


def test_to_leave_a_stream_of_asyncio_stops_the_server_s_work(tmp_path):
    async def run(address):
        async with MFNClient(address) as client, client.stream_simulation(**LONG, stream_interval=1) as frames:
            async for _ in frames:
                break

    with audited(tmp_path / "audit.log") as server:
        asyncio.run(run(server.address))
    assert '"code":"CANCELLED"' in (tmp_path / "audit.log").read_text()


def test_serve_returns_a_server_that_is_ready():
    async def run():
        server = await serve(host="127.0.0.1", port=0, audit_log="off", log="warn")
        async with MFNClient(server.address) as client:
            await client.run_simulation(steps=1)
        await asyncio.to_thread(server.stop)
        return server.wait()

    assert asyncio.run(run()) == 0


@pytest.mark.parametrize(
    "command",
    [
        ["-m", "mycelium_fractal_net.grpc.server"],
        ["-c", "import asyncio; from mycelium_fractal_net.grpc import serve_forever; asyncio.run(serve_forever())"],
    ],
)
def test_the_server_s_process_obeys_the_variables_and_ends_on_sigterm(command):
    environment = {**os.environ, "MFN_GRPC_PORT": "0", "MFN_GRPC_AUDIT_LOG": "off", "MFN_LOG": "debug"}
    process = subprocess.Popen([sys.executable, *command], env=environment, stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        assert "RuntimeWarning" not in line
        if "needed_mib" in line:
            break
    process.send_signal(signal.SIGTERM)
    process.stderr.read()
    process.stderr.close()
    assert process.wait(20) == 0


def test_nothing_is_warned_of_at_the_end():
    script = (
        "from mycelium_fractal_net.grpc import MFNClientSync\n"
        "client = MFNClientSync.local()\n"
        "client.run_simulation(steps=1)\n"
        "frames = client.stream_simulation()\n"
        "next(frames)\n"
    )
    ended = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_client_that_is_dropped_without_close_warns_of_nothing():
    async def run():
        client = MFNClient.local()
        await client.run_simulation(steps=1)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        asyncio.run(run())
        gc.collect()
