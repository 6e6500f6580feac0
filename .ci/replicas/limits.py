"""What a key may do at all replicas together. Returns the figure for the table."""

import grpc
from counted import Audits, Monitor
from mycelium_fractal_net.grpc import mfn_pb2
from mycelium_fractal_net.grpc.signing import Signer
from programs import Busy, eventually, require
from quiet import LONG, channel, stops
from rig import LIMITED, SLOW, SLOW_RATE, tally

RATE, PLACES = 1000, 100


def limits(rig):
    """The rate and the places of a key are what they are at one server."""
    unheard = rig.unheard()
    load, most = admitted(rig, LIMITED[0], "3s", unheard)
    slow_load, slow_most = admitted(rig, SLOW, "2s", unheard)
    open_at_once, counted_at_once = places_at_once(rig, LIMITED[1], 3 * PLACES)
    require_heard(rig, unheard)
    require(most <= RATE, f"{most} calls of a key were admitted in one second: {tally(load)}")
    require(
        slow_most <= SLOW_RATE, f"{slow_most} calls of the slow key were admitted in one second: {tally(slow_load)}"
    )
    refused = sum(one["calls"] for one in slow_load["refusals"] if one["reason"] == "RATE_LIMIT_RPS")
    require(refused > 0, f"no call of the slow key was over its rate: {tally(slow_load)}")
    require(open_at_once == PLACES, f"{open_at_once} calls of a key were open at once, not {PLACES}")
    require(counted_at_once <= PLACES, f"{counted_at_once} calls of a key were counted at once, not {PLACES}")
    return f"{most} in any second, {load['ok']} in {load['elapsed_seconds']:.1f} s, {open_at_once} at once"


def require_heard(rig, unheard):
    """The store has answered all that it was asked, since it was left unheard so often.

    Where it has not, each replica goes on with limits of its own, as it is to, and this run shows nothing.
    """
    more = rig.unheard() - unheard
    if more:
        raise Busy(f"{more:g} times a replica did not hear of the store within 50 ms")


def admitted(rig, key, duration, unheard):
    """A load of more calls than the key may make, and how many of them were admitted in one second at most."""
    counting = Monitor(rig) if rig.with_store else Audits(rig)
    options = ("--connections", 3, "--streams", 30, "--duration", duration)
    load = rig.load(f"limits-{key}", "--data", '{"grid_size": 8, "steps": 1}', *options, key=key).report()
    # What the store was not asked for it does not tell.
    require_heard(rig, unheard)
    most = counting.most_in_a_second(key, load["ok"])
    counting.stop()
    return load, most


def places_at_once(rig, key, calls):
    """How many of so many streams are open together, and how many the store has counted at once."""
    signer, method = Signer(key), "/mfn.MFNSimulationService/StreamSimulation"
    monitor = Monitor(rig) if rig.with_store else None
    with channel(rig) as open_channel:
        start = open_channel.unary_stream(method)
        # It is silent until it ends, so that nothing has to be read.
        message = mfn_pb2.SimulationStreamRequest(**LONG, stream_interval=LONG["steps"]).SerializeToString()
        streams = [start(message, metadata=signer.metadata(method)) for _ in range(calls)]
        refused = [False] * calls

        def settle():
            for number, stream in enumerate(streams):
                refused[number] = not stream.is_active()
            return rig.metric("mfn_streams") + sum(refused) >= calls

        eventually("streams are open or refused", settle)
        for stream, is_refused in zip(streams, refused, strict=True):
            if is_refused:
                require(stream.code() == grpc.StatusCode.RESOURCE_EXHAUSTED, f"a stream ended with {stream.code()}")
            stream.cancel()
    stops(rig, "a stream that held a place")
    open_ones = calls - sum(refused)
    if not monitor:
        return open_ones, open_ones
    monitor.stop()
    return open_ones, monitor.most_at_once(key)
