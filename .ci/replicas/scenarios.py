"""What must hold of replicas behind a balancer. Each returns the figure for the table."""

import collections
import threading
import time

import grpc
from mycelium_fractal_net.grpc import DeadlineExceeded, MFNError, Unavailable, mfn_pb2
from mycelium_fractal_net.grpc.signing import Signer
from programs import WITHIN, eventually, require
from rig import FREE, LIMITED

# A computation of minutes.
LONG = {"grid_size": 1024, "steps": 10000, "turing_enabled": True}
SMALL = '{"grid_size": 16, "steps": 16}'
STREAM = '{"grid_size": 32, "steps": 100, "stream_interval": 5}'
# Some milliseconds, so that calls are in flight at any time.
BUSY = {
    "RunSimulation": '{"grid_size": 128, "steps": 200}',
    "StreamSimulation": '{"grid_size": 128, "steps": 200, "stream_interval": 20}',
}
IN_FLIGHT = 2
CLOSED = ("--connections", 1, "--streams", IN_FLIGHT, "--duration", "10min")
# How soon a replica that does not answer gets no calls any more, as deploy/ promises: two checks
# that are a second apart, each with a second for its answer; the rest is for a busy machine.
EJECTED_WITHIN = 30.0


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
        require(error.reason == "PARAMETER_OUT_OF_RANGE" and error.request_id, f"a refusal came without details: {error!r}")
    return "all five"


def many_streams(rig):
    """A thousand streams at once, on one connection and on ten."""
    calls = 0
    for connections in (1, 10):
        load = rig.load(
            f"streams-{connections}",
            *("--method", "StreamSimulation", "--data", STREAM, "--seed", "new", "--timeout", "60s"),
            *("--connections", connections, "--streams", 1000 // connections, "--calls", 2000),
        ).report()
        require(load["errors"] == 0 and load["ok"] == 2000, f"of 2000 streams failed {tally(load)}")
        calls += load["ok"]
    return f"0 of {calls}"


class Silence:
    """A watch of health, which says nothing after its beginning, open while other things are tried."""

    def __init__(self, rig, seconds):
        self.seconds, self.end = seconds, time.monotonic() + seconds
        self.channel = channel(rig)
        self.watch = self.channel.unary_stream("/grpc.health.v1.Health/Watch")(b"")
        require(next(self.watch) == b"\x08\x01", "a watch should begin with SERVING")

    def over(self):
        """It is still open when its time is over."""
        while time.monotonic() < self.end:
            require(self.watch.is_active(), "a silent watch has ended")
            time.sleep(0.1)
        require(self.watch.is_active(), "a silent watch has ended")
        self.channel.close()
        return f"{self.seconds:g} s"


def deadline(rig):
    """The replica ends calls at their deadlines, and its status arrives with its details."""
    # The client of the suite has no clock of its own for this, as those of gRPC have.
    passed = rig.suite("transport/transport/*deadline*")
    require(passed > 0, "no test of deadlines could be run")
    with rig.client(timeout=0.5) as client:
        error = failure(lambda: client.run_simulation(**LONG))
    require(isinstance(error, DeadlineExceeded), f"a call beyond its deadline ended with {error!r}")
    stops(rig, "a call beyond its deadline")
    return f"{passed} tests of the suite"


def cancellation(rig):
    """A call that its caller gives up stops computing at its replica."""
    before = sum(replica.metric("grpc_server_handled_total", 'grpc_code="Canceled"') for replica in rig.replicas)
    with rig.client() as client:
        frames = client.stream_simulation(**LONG | {"stream_interval": 10})
        next(frames)
        frames.close()
    stops(rig, "a cancelled stream")
    after = sum(replica.metric("grpc_server_handled_total", 'grpc_code="Canceled"') for replica in rig.replicas)
    require(after == before + 1, f"the replicas count {after - before:g} cancelled calls, not one")
    return "reaches it"


def limits(rig):
    """The rate and the places of a key are what they are at one server."""
    load = rig.load(
        "limits", "--data", '{"grid_size": 8, "steps": 1}', "--connections", 3, "--streams", 30, "--duration", "3s", key=LIMITED[0]
    ).report()
    # In any second no more than a thousand: so many in as many seconds as have begun.
    most = 1000 * (int(load["elapsed_seconds"]) + 1)
    refused = sum(one["calls"] for one in load["refusals"] if one["reason"] == "RATE_LIMIT_RPS")
    require(load["ok"] <= most, f"{load['ok']} calls of one key in {load['elapsed_seconds']} s")
    require(refused > 0, f"no call was over the rate: {tally(load)}")
    places = places_at_once(rig, LIMITED[1], 300)
    require(places == 100, f"{places} calls of one key were open at once, not 100")
    return f"{load['ok']} in {load['elapsed_seconds']:.1f} s, {places} at once"


def places_at_once(rig, key, calls):
    """How many of so many streams are open together."""
    signer, method = Signer(key), "/mfn.MFNSimulationService/StreamSimulation"
    with channel(rig) as open_channel:
        start = open_channel.unary_stream(method)
        # It is silent until it ends, so that nothing has to be read.
        message = mfn_pb2.SimulationStreamRequest(**LONG, stream_interval=LONG["steps"]).SerializeToString()
        streams = [start(message, metadata=signer.metadata(method)) for _ in range(calls)]
        refused = [False] * calls

        def settle():
            for number, stream in enumerate(streams):
                refused[number] = not stream.is_active()
            open_ones = sum(replica.metric("mfn_streams") for replica in rig.replicas)
            return open_ones + sum(refused) >= calls

        eventually("streams are open or refused", settle)
        for stream, is_refused in zip(streams, refused, strict=True):
            if is_refused:
                require(stream.code() == grpc.StatusCode.RESOURCE_EXHAUSTED, f"a stream ended with {stream.code()}")
            stream.cancel()
    stops(rig, "a stream that held a place")
    return calls - sum(refused)


def rollout(rig):
    """The replicas are replaced in turn, as an engine does it, and no call fails."""
    loads = [
        rig.load(f"rollout-{key}", "--data", SMALL, "--rate", 30, "--duration", "10min", "--connections", 2, key=key)
        for key in FREE[:6]
    ]
    loads += [
        rig.load(
            f"rollout-{key}",
            *("--method", "StreamSimulation", "--data", STREAM, "--rate", 10, "--duration", "10min", "--connections", 2),
            key=key,
        )
        for key in FREE[6:]
    ]
    go_on(rig)
    for replica in rig.replicas:
        replica.drain()
        replica.start()
        rig.has_calls(replica)
        # NGINX does not tell, and has its own time for a server that refused a connection.
        eventually(f"calls come to {replica.address} again", lambda: replica.calls() > 20)
    reports = [load.stop() for load in loads]
    ok, failed = sum(report["ok"] for report in reports), sum(report["errors"] for report in reports)
    require(failed == 0, f"of {ok + failed} calls {failed} failed in a rollout: {[tally(report) for report in reports]}")
    return f"0 of {ok}"


def killed(rig):
    """With a replica that is killed only those calls end that were sent to it, with UNAVAILABLE; the client's retries hide it."""
    victim = busiest(rig)
    loads = [
        rig.load(f"killed-{method}-{key}", "--method", method, "--data", data, "--seed", "new", *CLOSED, key=key)
        for method, data in BUSY.items()
        for key in FREE[:4]
    ]
    retrying = Retrying(rig)
    go_on(rig)
    victim.kill()
    try:
        go_on(rig)
        reports = [load.stop() for load in loads]
        hidden = retrying.stop()
        without = rig.load("without-it", "--data", SMALL, "--calls", 1000).report()
    finally:
        victim.start()
        rig.has_calls(victim)
    failed, calls = sum(report["errors"] for report in reports), sum(report["calls"] for report in reports)
    ends = collections.Counter()
    for report in reports:
        ends.update(report["codes"] | report["faults"])
    del ends["OK"]
    begun = ends.pop(rig.balancer.cuts_streams_by, 0)
    # gRPC has UNAVAILABLE for REFUSED_STREAM.
    ends["UNAVAILABLE"] += ends.pop("reset:REFUSED_STREAM", 0)
    require(set(ends) <= {"UNAVAILABLE"}, f"calls ended with {dict(ends)}")
    # More than were in flight: until its connections are closed, calls are sent to a dead replica.
    require(failed <= 10 * IN_FLIGHT * len(loads), f"{failed} of {calls} calls failed: {dict(ends)}")
    require(without["errors"] == 0, f"calls of its keys fail while it is dead: {tally(without)}")
    return f"{failed} of {calls} ({begun} streams that had begun); 0 of {hidden} with retries"


class Retrying:
    """A client of the SDK, which tries again, in a thread of its own."""

    def __init__(self, rig):
        self.client, self.ends, self.calls, self.failed = rig.client(FREE[0], retries=5), threading.Event(), 0, []
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.ends.is_set():
            try:
                self.client.run_simulation(grid_size=16, steps=16)
                self.calls += 1
            except MFNError as error:
                self.failed.append(error)
            time.sleep(0.005)

    def stop(self):
        self.ends.set()
        self.thread.join()
        self.client.close()
        require(not self.failed, f"with retries calls failed nevertheless: {self.failed[:3]}")
        return self.calls


def stopped(rig):
    """A replica that is stopped keeps no caller beyond its deadline, and gets no calls any more soon after."""
    victim = busiest(rig)
    victim.pause()
    try:
        figure = ejected(rig) if rig.balancer.asks_for_health else f"never, {late(rig, 3)} late"
    finally:
        victim.resume()
    rig.has_calls(victim)
    eventually("calls are answered again", rig.answers)
    return figure


def ejected(rig):
    """How long it takes until calls are answered by another replica."""
    begin, calls = time.monotonic(), 0
    while late(rig, 1):
        calls += 1
        took = time.monotonic() - begin
        require(took < EJECTED_WITHIN, f"calls go to a stopped replica after {took:.0f} s")
    return f"{time.monotonic() - begin:.1f} s, {calls} late"


def late(rig, calls):
    """How many of so many calls have no answer at their deadline, which is when each of them ends."""
    unanswered = 0
    with rig.client(timeout=1.0) as client:
        for _ in range(calls):
            begin = time.monotonic()
            try:
                client.run_simulation(grid_size=16, steps=16)
            except (DeadlineExceeded, Unavailable):
                unanswered += 1
            require(time.monotonic() - begin < WITHIN, "a call took far longer than its deadline")
    return unanswered


def added(rig):
    """A further replica has its part of the calls while the others serve on, and no call fails for it."""
    loads = [
        rig.load(f"added-{key}", "--data", SMALL, "--rate", 25, "--duration", "10min", "--connections", 1, key=key)
        for key in FREE
    ]
    retrying = Retrying(rig)
    go_on(rig)
    replica = rig.replica(14)
    replica.start()
    rig.replicas.append(replica)
    begin = time.monotonic()
    rig.balancer.add(replica.address)
    eventually("calls come to the further replica", lambda: replica.calls() > 20)
    took = time.monotonic() - begin
    reports = [load.stop() for load in loads]
    retrying.stop()
    lost = sum(report["errors"] - report["faults"].get("connection", 0) for report in reports)
    require(lost == 0, f"{lost} calls failed: {[tally(report) for report in reports]}")
    crossed = sum(report["errors"] for report in reports)
    # A call that is sent while the connection is closed for its client has reached nobody.
    require(crossed == 0 or rig.balancer.closes_for_reload, f"{crossed} calls lost their connection")
    return f"{took:.1f} s, {crossed} crossed a GOAWAY" if rig.balancer.closes_for_reload else f"{took:.1f} s"


def go_on(rig):
    """Wait until some more calls are answered."""
    calls = rig.calls()
    eventually("calls are answered", lambda: rig.calls() > calls + 200)


def busiest(rig):
    """The replica that the first key has."""
    before = [replica.calls() for replica in rig.replicas]
    with rig.client() as client:
        for _ in range(20):
            client.run_simulation(grid_size=16, steps=16)
    counted = [replica.calls() - calls for replica, calls in zip(rig.replicas, before, strict=True)]
    return rig.replicas[counted.index(max(counted))]


def stops(rig, what):
    """No replica computes for it any more."""
    eventually(
        f"{what} stops computing",
        lambda: sum(replica.metric("mfn_compute_running") for replica in rig.replicas) == 0,
    )


def failure(call):
    try:
        call()
    except MFNError as error:
        return error
    raise AssertionError("the call should have failed")


def channel(rig):
    authority = (rig.folder / "tls/ca.crt").read_bytes()
    return grpc.secure_channel(
        rig.balancer.listen,
        grpc.ssl_channel_credentials(authority),
        [("grpc.ssl_target_name_override", "mfn-grpc"), ("grpc.enable_retries", 0), ("grpc.use_local_subchannel_pool", 1)],
    )


def tally(report):
    return {key: report[key] for key in ("codes", "faults", "refusals", "reconnects", "not_started", "ending")}
