"""What must hold of calls through a balancer while all replicas are well. Each returns the figure for the table."""

import json
import time

import grpc
from mycelium_fractal_net.grpc import DeadlineExceeded, MFNError
from programs import Failed, eventually, require
from rig import STREAM, tally

# A balancer may notice one of them and not another.
LOST_CONNECTIONS = 3
# A computation of minutes.
LONG = {"grid_size": 1024, "steps": 10000, "turing_enabled": True}


def methods(rig):
    """The five methods answer, the largest field among them, and refusals keep their details."""
    with rig.client() as client:
        simulation = client.run_simulation(seed=42, grid_size=64, steps=64)
        frames = client.stream_simulation(seed=42, grid_size=64, steps=64, stream_interval=16).collect()
        require(len(frames) == 4 and frames[-1].is_final, f"a stream had {len(frames)} frames, not 4")
        require(frames[-1].pot_mean_mV == simulation.pot_mean_mV, "the stream ends with another field")
        client.extract_features(seed=42, grid_size=32, steps=16)
        client.stream_features(seed=42, grid_size=32, steps=16, stream_interval=8).collect()
        client.validate_pattern(seed=42)
        field = client.run_simulation(grid_size=1024, steps=1, include_field=True).field
        require(field.shape == (1024, 1024), f"the field has the shape {field.shape}")
        error = failure(lambda: client.run_simulation(grid_size=3))
        require(
            error.reason == "PARAMETER_OUT_OF_RANGE" and error.request_id, f"a refusal came without details: {error!r}"
        )
    return "all five"


def many_streams(rig):
    """A thousand streams at once, on one connection and on ten."""
    calls = 0
    for connections in (1, 10):
        load = rig.load(
            f"streams-{connections}",
            *("--method", "StreamSimulation", "--data", STREAM, "--seed", "new", "--timeout", "5min"),
            *("--connections", connections, "--streams", 1000 // connections, "--calls", 2000),
        ).report()
        require(load["errors"] == 0 and load["ok"] == 2000, f"of 2000 streams failed {tally(load)}")
        calls += load["ok"]
    return f"0 of {calls}"


class Silence:
    """A watch of health, which says nothing after its beginning, open while other things are tried."""

    def __init__(self, rig, seconds):
        self.seconds, self.end = seconds, time.monotonic() + seconds
        if not seconds:
            return
        self.channel = channel(rig)
        self.watch = self.channel.unary_stream("/grpc.health.v1.Health/Watch")(b"")
        require(next(self.watch) == b"\x08\x01", "a watch should begin with SERVING")

    def over(self, _rig):
        """It is still open when its time is over."""
        if not self.seconds:
            return "not tried"
        while time.monotonic() < self.end:
            require(self.watch.is_active(), "a silent watch has ended")
            time.sleep(0.1)
        require(self.watch.is_active(), "a silent watch has ended")
        self.channel.close()
        return f"{self.seconds:g} s"


def deadline(rig):
    """The replica ends calls at their deadlines, and its status arrives with its details."""
    # The client of the suite has no clock of its own for this, as those of gRPC have.
    passed = rig.suite("--run", "transport/transport/*deadline*")["pass"]
    require(passed > 0, "no test of deadlines could be run")
    with rig.client(timeout=0.5) as client:
        error = failure(lambda: client.run_simulation(**LONG))
    require(isinstance(error, DeadlineExceeded), f"a call beyond its deadline ended with {error!r}")
    stops(rig, "a call beyond its deadline")
    return f"{passed} tests of the suite"


def cancellation(rig):
    """A call that its caller gives up stops computing at its replica."""
    before = rig.metric("grpc_server_handled_total", 'grpc_code="Canceled"')
    with rig.client() as client:
        frames = client.stream_simulation(**LONG | {"stream_interval": 10})
        next(frames)
        frames.close()
    stops(rig, "a cancelled stream")
    after = rig.metric("grpc_server_handled_total", 'grpc_code="Canceled"')
    require(after == before + 1, f"the replicas count {after - before:g} cancelled calls, not one")
    for _ in range(LOST_CONNECTIONS):
        caller = rig.load("lost-connection", "--data", json.dumps(LONG), "--calls", 1, "--timeout", "5min")
        eventually("it computes", lambda: rig.metric("mfn_compute_running"))
        caller.program.kill()
        stops(rig, "a call that has lost its connection")
    return "reaches it"


def stops(rig, what):
    """No replica computes for it any more."""
    eventually(f"{what} stops computing", lambda: rig.metric("mfn_compute_running") == 0)


def failure(call):
    try:
        call()
    except MFNError as error:
        return error
    raise Failed("the call should have failed")


def channel(rig):
    authority = (rig.folder / "tls/ca.crt").read_bytes()
    return grpc.secure_channel(
        rig.balancer.listen,
        grpc.ssl_channel_credentials(authority),
        [
            ("grpc.ssl_target_name_override", "mfn-grpc"),
            ("grpc.enable_retries", 0),
            ("grpc.use_local_subchannel_pool", 1),
        ],
    )
