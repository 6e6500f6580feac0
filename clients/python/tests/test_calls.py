"""The five calls against the real server, by both clients."""

import asyncio
import json
import pickle
import struct
import subprocess

import grpc
import numpy as np
import pytest

from mycelium_fractal_net.grpc import InvalidArgument, MFNClient, MFNClientSync, MFNError, Violation
from mycelium_fractal_net.grpc.server_process import program


def bits(value):
    return struct.pack("<d", value)


def computed(command, *flags):
    output = subprocess.run([program(), command, *flags, "--json"], check=True, capture_output=True)
    return json.loads(output.stdout)["result"]


def test_run_simulation_has_the_bits_that_the_program_computes(call, server):
    result = call(server.address, "run_simulation", seed=42, request_id="mine")
    expected = computed("simulate", "--seed", "42")
    for name in ("pot_min_mV", "pot_max_mV", "pot_mean_mV", "pot_std_mV", "fractal_dimension"):
        assert bits(getattr(result, name)) == bits(expected[name])
    assert (result.request_id, result.growth_events, result.meta["status"]) == ("mine", 12, "ok")
    assert result.field is None
    assert result.raw.growth_events == 12


def test_the_field_is_an_array_whose_summary_is_the_answer_s(call, server):
    result = call(server.address, "run_simulation", seed=-3, grid_size=33, include_field=True)
    assert (result.field.shape, result.field.dtype) == ((33, 33), np.float64)
    assert (result.field.min(), result.field.max()) == (result.pot_min_mV, result.pot_max_mV)


def test_the_largest_field_comes_through(call, server):
    result = call(server.address, "run_simulation", grid_size=1024, steps=1, include_field=True)
    assert result.field.shape == (1024, 1024)


def test_frames_come_in_order_and_the_last_one_is_the_run_s(call, server):
    frames = call(server.address, "stream_simulation", seed=7, steps=25, stream_interval=10, include_field=True)
    assert [(frame.step, frame.is_final) for frame in frames] == [(10, False), (20, False), (25, True)]
    whole = call(server.address, "run_simulation", seed=7, steps=25, include_field=True)
    assert bits(frames[-1].pot_mean_mV) == bits(whole.pot_mean_mV)
    assert np.array_equal(frames[-1].field, whole.field)


def test_features_and_validation(call, server):
    features = call(server.address, "extract_features", seed=5, turing_enabled=True)
    frames = call(server.address, "stream_features", seed=5, turing_enabled=True, steps=64)
    assert (frames[-1].lacunarity, frames[-1].active_nodes) == (features.lacunarity, features.active_nodes)
    validation = call(server.address, "validate_pattern", seed=42, steps=8, grid_size=8)
    assert validation.loss_drop == validation.loss_start - validation.loss_final


def test_two_answers_are_equal_if_their_numbers_are(call, server):
    one = call(server.address, "run_simulation", seed=1, include_field=True)
    assert one == call(server.address, "run_simulation", seed=1, include_field=True)
    assert one != call(server.address, "run_simulation", seed=2, include_field=True)


def test_an_answer_survives_pickling(call, server):
    one = call(server.address, "run_simulation", seed=1, include_field=True)
    assert pickle.loads(pickle.dumps(one)) == one


def test_a_repr_shows_the_numbers_and_not_the_field(call, server):
    text = repr(call(server.address, "run_simulation", seed=42, request_id="x", include_field=True))
    assert text.startswith("SimulationResult(request_id='x', meta={")
    assert "pot_mean_mV=-69.95180534508452" in text
    assert "array" not in text


def test_every_bad_parameter_is_named(call, server):
    with pytest.raises(InvalidArgument) as raised:
        call(server.address, "run_simulation", grid_size=3, alpha=0.5, request_id="bad")
    error = raised.value
    assert (error.reason, error.request_id) == ("PARAMETER_OUT_OF_RANGE", "bad")
    assert error.violations[0] == Violation("grid_size", "is 3, allowed is 4..=1024")
    assert [violation.field for violation in error.violations] == ["grid_size", "alpha"]
    assert str(error).startswith("INVALID_ARGUMENT (PARAMETER_OUT_OF_RANGE): change what is out of range")


def test_old_except_lines_catch_it(call, server):
    with pytest.raises(grpc.RpcError) as raised:
        call(server.address, "extract_features", steps=-1)
    assert raised.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert isinstance(raised.value, grpc.aio.AioRpcError)


def test_an_error_survives_pickling(call, server):
    with pytest.raises(MFNError) as raised:
        call(server.address, "run_simulation", grid_size=3)
    copy = pickle.loads(pickle.dumps(raised.value))
    assert (type(copy), str(copy), copy.violations) == (InvalidArgument, str(raised.value), raised.value.violations)


@pytest.mark.parametrize(
    ("parameters", "kind", "message"),
    [
        ({"seed": 2**31}, ValueError, "seed must be from -2147483648 to 2147483647, not 2147483648"),
        ({"seed": 1.5}, TypeError, "seed must be a whole number, not 1.5"),
        ({"alpha": "0.1"}, TypeError, "alpha must be a number, not '0.1'"),
        ({"request_id": "x" * 257}, ValueError, "request_id must be at most 256 bytes"),
        ({"request_id": 7}, TypeError, "request_id must be text, not 7"),
    ],
)
def test_what_the_wire_cannot_carry_is_refused_with_its_name(call, server, parameters, kind, message):
    with pytest.raises(kind, match=message):
        call(server.address, "run_simulation", **parameters)


def test_numpy_s_numbers_are_numbers(call, server):
    one = call(server.address, "run_simulation", seed=np.int64(9), alpha=np.float64(0.2), turing_enabled=np.True_)
    assert one == call(server.address, "run_simulation", seed=9, alpha=0.2, turing_enabled=True)


def test_a_stream_becomes_a_table(server):
    pandas = pytest.importorskip("pandas")
    with MFNClientSync(server.address) as client:
        table = client.stream_simulation(steps=30, include_field=True).to_pandas()
    assert isinstance(table, pandas.DataFrame)
    assert list(table.index) == [10, 20, 30]
    assert "field" not in table.columns


def test_progress_is_told_of_every_frame(call, server):
    told = []
    call(server.address, "stream_features", steps=25, progress=lambda step, steps: told.append((step, steps)))
    assert told == [(10, 25), (20, 25), (25, 25)]


def test_a_closed_client_says_so(server):
    client = MFNClientSync(server.address)
    client.close()
    client.close()
    with pytest.raises(RuntimeError, match="the client is closed"):
        client.run_simulation()


def test_many_calls_of_one_client_at_once(server):
    async def run():
        async with MFNClient(server.address) as client:
            return await asyncio.gather(*(client.run_simulation(seed=seed, steps=4) for seed in range(100)))

    answers = asyncio.run(run())
    assert len({answer.pot_mean_mV for answer in answers}) == 100
