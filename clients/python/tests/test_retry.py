"""When a call is tried again, with which signature, and for how long: without waiting for anything."""

import grpc
import pytest

from mycelium_fractal_net.grpc import (
    InvalidArgument,
    ResourceExhausted,
    Unavailable,
    sign,
)
from scripted import Answer, ScriptedServer, TestClock

UNAVAILABLE = Answer(grpc.StatusCode.UNAVAILABLE, frames=0)
OK = Answer()


def client(clock, **more):
    return {"clock": clock.clock, "api_key": "a key", **more}


def test_an_unavailable_server_is_asked_again_with_doubled_waits(call):
    clock = TestClock(chance=0.5)
    with ScriptedServer([UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, OK]) as server:
        assert call(server.address, "run_simulation", client(clock)).growth_events == 7
    assert clock.waits == [0.5, 1.0, 2.0]


def test_it_gives_up_after_max_retries_and_says_how_often_it_tried(call):
    clock = TestClock()
    with ScriptedServer([UNAVAILABLE]) as server, pytest.raises(Unavailable) as raised:
        call(server.address, "run_simulation", client(clock, max_retries=2))
    assert (raised.value.attempts, len(server.seen), len(clock.waits)) == (3, 3, 2)
    assert raised.value.address == server.address


def test_every_attempt_is_signed_anew(call):
    clock = TestClock()
    with ScriptedServer([UNAVAILABLE, UNAVAILABLE, OK]) as server:
        call(server.address, "run_simulation", client(clock, retry_backoff_sec=0.0))
    stamps = [entry["x-timestamp"] for entry in server.seen]
    assert len(set(stamps)) == 3
    for entry in server.seen:
        expected = sign("a key", "/mfn.MFNSimulationService/RunSimulation", entry["x-timestamp"])
        assert (entry["x-api-key"], entry["x-signature"]) == ("a key", expected)


@pytest.mark.parametrize("made", [False, True])
def test_more_metadata_goes_with_every_attempt(call, made):
    entries = [("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    metadata = (lambda method: [*entries, ("x-method", method)]) if made else entries
    with ScriptedServer([UNAVAILABLE, OK]) as server:
        call(server.address, "run_simulation", client(TestClock(), metadata=metadata))
    assert [entry["traceparent"] for entry in server.seen] == [entries[0][1]] * 2
    assert [entry.get("x-method") for entry in server.seen] == [
        "/mfn.MFNSimulationService/RunSimulation" if made else None
    ] * 2


def test_the_server_s_hint_wins(call):
    clock = TestClock()
    limited = Answer(grpc.StatusCode.RESOURCE_EXHAUSTED, (("grpc-retry-pushback-ms", "250"),))
    with ScriptedServer([limited, OK]) as server:
        call(server.address, "run_simulation", client(clock))
    assert clock.waits == [0.25]


def test_exhausted_without_a_hint_is_final_since_it_may_be_the_message_s_size(call):
    with ScriptedServer([Answer(grpc.StatusCode.RESOURCE_EXHAUSTED)]) as server, pytest.raises(ResourceExhausted):
        call(server.address, "run_simulation", client(TestClock()))
    assert len(server.seen) == 1


@pytest.mark.parametrize("pushback", ["-1", "soon", "1e3", "", "99999999999"])
def test_a_pushback_that_is_no_number_forbids_another_attempt(call, pushback):
    refused = Answer(grpc.StatusCode.UNAVAILABLE, (("grpc-retry-pushback-ms", pushback),))
    with ScriptedServer([refused]) as server, pytest.raises(Unavailable):
        call(server.address, "run_simulation", client(TestClock()))
    assert len(server.seen) == 1


def test_what_cannot_pass_is_not_tried_again(call):
    with (
        ScriptedServer([Answer(grpc.StatusCode.INVALID_ARGUMENT)]) as server,
        pytest.raises(InvalidArgument, match="as the script says"),
    ):
        call(server.address, "run_simulation", client(TestClock()))
    assert len(server.seen) == 1


def test_a_wait_beyond_the_deadline_is_not_begun(call):
    clock = TestClock()
    limited = Answer(grpc.StatusCode.RESOURCE_EXHAUSTED, (("grpc-retry-pushback-ms", "9000"),))
    with ScriptedServer([limited]) as server, pytest.raises(ResourceExhausted) as raised:
        call(server.address, "run_simulation", client(clock, timeout_sec=8.0))
    assert (len(server.seen), clock.waits, raised.value.retry_after) == (1, [], 9.0)


def test_a_stream_is_tried_again_before_its_first_frame(call):
    with ScriptedServer([UNAVAILABLE, Answer(frames=3)]) as server:
        frames = call(server.address, "stream_simulation", client(TestClock()))
    assert [frame.step for frame in frames] == [1, 2, 3]


def test_a_stream_is_not_tried_again_after_its_first_frame(call):
    broken = Answer(grpc.StatusCode.UNAVAILABLE, frames=2)
    with ScriptedServer([broken]) as server, pytest.raises(Unavailable):
        call(server.address, "stream_simulation", client(TestClock()))
    assert len(server.seen) == 1


def test_another_address_is_asked_at_once(call):
    clock = TestClock()
    with ScriptedServer([UNAVAILABLE]) as down, ScriptedServer([OK]) as up:
        call([down.address, up.address], "run_simulation", client(clock))
    assert (len(down.seen), len(up.seen), clock.waits) == (1, 1, [0.0])


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("max_retries", -1, "at least 0"),
        ("retry_backoff_sec", float("nan"), "retry_backoff_sec must be"),
        ("timeout_sec", 0, "timeout_sec must be"),
        ("attempt_timeout_sec", -2.0, "attempt_timeout_sec must be"),
        ("address", "localhost", "must end in a port"),
        ("address", "ftp://localhost:1", "http://host:port"),
        ("address", [], "at least one server"),
        ("api_key", "two\nlines", "printable ASCII"),
        ("ca", b"nothing", "no PEM block"),
    ],
)
def test_a_bad_setting_is_refused_with_what_is_allowed(call, setting, value, message):
    arguments = {"address": "localhost:1", setting: value}
    with pytest.raises(ValueError, match=message):
        call(arguments.pop("address"), "run_simulation", arguments)
