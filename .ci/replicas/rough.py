"""What must hold while replicas end, die, hang and join. Each returns the figure for the table."""

import collections
import concurrent.futures
import contextlib
import threading
import time

from mycelium_fractal_net.grpc import DeadlineExceeded, MFNError, Unavailable
from programs import WITHIN, eventually, require
from rig import FREE, SPREAD, STREAM, tally

SMALL = '{"grid_size": 16, "steps": 16}'
# Some milliseconds, so that calls are in flight at any time.
BUSY = {
    "RunSimulation": '{"grid_size": 128, "steps": 200}',
    "StreamSimulation": '{"grid_size": 128, "steps": 200, "stream_interval": 20}',
}
IN_FLIGHT = 2
# Calls of each key to a replica that has stopped.
ROUNDS = 3
CLOSED = ("--connections", 1, "--streams", IN_FLIGHT, "--duration", "10min")


def rollout(rig):
    """The replicas are replaced in turn, as an engine does it, and no call fails."""
    loads = [
        rig.load(f"rollout-{key}", "--data", SMALL, "--rate", 30, "--duration", "10min", "--connections", 2, key=key)
        for key in FREE[:6]
    ]
    streams = (
        "--method",
        "StreamSimulation",
        "--data",
        STREAM,
        "--rate",
        10,
        "--duration",
        "10min",
        "--connections",
        2,
    )
    loads += [rig.load(f"rollout-{key}", *streams, key=key) for key in FREE[6:]]
    go_on(rig)
    for replica in rig.replicas:
        rig.drain(replica)
        replica.start()
        rig.balancer.has_calls(replica.address)
        # NGINX does not tell, and has its own time for a server that refused a connection.
        has_some_calls(rig, replica)
    reports = [load.stop() for load in loads]
    ok, failed = sum(report["ok"] for report in reports), sum(report["errors"] for report in reports)
    require(
        failed == 0, f"of {ok + failed} calls {failed} failed in a rollout: {[tally(report) for report in reports]}"
    )
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
        rig.balancer.has_calls(victim.address)
    failed, calls = sum(report["errors"] for report in reports), sum(report["calls"] for report in reports)
    ends = collections.Counter()
    for report in reports:
        ends.update(report["codes"] | report["faults"])
    del ends["OK"]
    begun = ends.pop(rig.balancer.cuts_streams_by, 0)
    # gRPC has UNAVAILABLE for REFUSED_STREAM.
    ends["UNAVAILABLE"] += ends.pop("reset:REFUSED_STREAM", 0)
    require(set(ends) <= {"UNAVAILABLE"}, f"calls ended with {dict(ends)}")
    # More than were in flight: until the balancer has seen its connections closed, it sends calls there.
    # It sees that in its next round, so that these are a few rounds, however long each of them is.
    require(failed <= 10 * IN_FLIGHT * len(loads), f"{failed} of {calls} calls failed: {dict(ends)}")
    require(without["errors"] == 0, f"calls of its keys fail while it is dead: {tally(without)}")
    return f"{failed} of {calls} ({begun} streams that had begun); 0 of {hidden} with retries"


class Retrying:
    """A client of the SDK, which tries again, in a thread of its own."""

    def __init__(self, rig):
        self.client, self.ends, self.calls, self.failed = rig.client(FREE[0], retries=5), threading.Event(), 0, []
        self.thread = threading.Thread(target=self.run, daemon=True)
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
    """A replica that is stopped keeps no caller beyond its deadline, and gets no calls any more when it is left."""
    victim = busiest(rig)
    victim.pause()
    try:
        figure = left(rig, victim) if rig.balancer.asks_for_health else f"never, {late(rig, ROUNDS)} late"
    finally:
        victim.resume()
    rig.balancer.has_calls(victim.address)
    eventually("calls are answered again", rig.answers)
    return figure


def left(rig, victim):
    """How long it takes until the balancer sends no calls to a replica that has stopped, and how many were late."""
    begin, calls, unanswered = time.monotonic(), 0, 0
    while rig.balancer.sends_to(victim.address):
        calls += len(FREE)
        unanswered += late(rig, 1)
        took = time.monotonic() - begin
        require(took < WITHIN, f"calls go to a stopped replica after {took:.0f} s")
    took = time.monotonic() - begin
    after = late(rig, ROUNDS, timeout=WITHIN / 4)
    require(after == 0, f"{after} calls went to a replica that was left")
    return f"{took:.1f} s, {unanswered} of {calls} late"


def late(rig, rounds, timeout=1.0):
    """How many calls, so many of each key and all keys at once, have no answer at their deadline, when each of them ends."""
    with contextlib.ExitStack() as open_clients:
        clients = [open_clients.enter_context(rig.client(key, timeout=timeout)) for key in FREE]
        pool = open_clients.enter_context(concurrent.futures.ThreadPoolExecutor(len(clients)))
        return sum(sum(pool.map(is_late, clients)) for _ in range(rounds))


def is_late(client):
    begin = time.monotonic()
    try:
        client.run_simulation(grid_size=16, steps=16)
    except (DeadlineExceeded, Unavailable):
        return True
    finally:
        require(time.monotonic() - begin < WITHIN, "a call took far longer than its deadline")
    return False


def added(rig):
    """A further replica has its part of the calls while the others serve on, and no call fails for it."""
    loads = [
        rig.load(f"added-{key}", "--data", SMALL, "--rate", 25, "--duration", "10min", "--connections", 1, key=key)
        for key in FREE
    ]
    retrying = Retrying(rig)
    go_on(rig)
    replica = rig.replica(rig.replicas[-1].number + 1)
    replica.start()
    rig.replicas.append(replica)
    begin = time.monotonic()
    rig.balancer.add(replica.address)
    has_some_calls(rig, replica)
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


def has_some_calls(rig, replica):
    """Wait until calls come there. A few keys might all be others'; of so many some are its own."""
    with contextlib.ExitStack() as open_clients:
        clients = [open_clients.enter_context(rig.client(key)) for key in SPREAD]

        def called():
            for client in clients:
                # A balancer that is reloaded closes connections. The loads tell whether calls fail.
                with contextlib.suppress(Unavailable):
                    client.run_simulation(grid_size=8, steps=1)
            return replica.calls() > 0

        eventually(f"calls come to {replica.address}", called)


def busiest(rig):
    """The replica that the first key has."""
    before = [replica.calls() for replica in rig.replicas]
    with rig.client() as client:
        for _ in range(20):
            client.run_simulation(grid_size=16, steps=16)
    counted = [replica.calls() - calls for replica, calls in zip(rig.replicas, before, strict=True)]
    return rig.replicas[counted.index(max(counted))]
