"""Taking a field out of a message, whatever the bytes are."""

import random

import numpy as np
import pytest

from mycelium_fractal_net.grpc import SimulationResult, mfn_pb2, wire

FIELD = 9


def encoded(values, size):
    field = mfn_pb2.PotentialField(grid_size=size, values_mV=values)
    return mfn_pb2.SimulationResult(request_id="x", growth_events=3, field=field, pot_min_mV=-70.5).SerializeToString()


def test_the_rest_has_everything_but_the_field():
    rest, field = wire.split(encoded([1.0, 2.0, 3.0, 4.0], 2), FIELD)
    assert np.array_equal(field, [[1.0, 2.0], [3.0, 4.0]])
    message = mfn_pb2.SimulationResult.FromString(rest)
    assert (message.request_id, message.growth_events, message.pot_min_mV) == ("x", 3, -70.5)
    assert not message.HasField("field")


def test_a_field_that_is_not_one_packed_run_is_read_all_the_same():
    whole = encoded([], 0)
    # PotentialField with its four values in two runs: 1.0, 2.0 and 3.0, 4.0.
    runs = b"".join(b"\x12\x10" + np.array(pair, "<f8").tobytes() for pair in ([1.0, 2.0], [3.0, 4.0]))
    parts = b"\x08\x02" + runs
    data = mfn_pb2.SimulationResult(request_id="x").SerializeToString() + bytes([FIELD << 3 | 2, len(parts)]) + parts
    assert wire.split(data, FIELD)[1] is None
    assert np.array_equal(SimulationResult.decode(data).field, [[1.0, 2.0], [3.0, 4.0]])
    assert SimulationResult.decode(whole).field.shape == (0, 0)


def test_a_field_of_another_size_than_it_says_is_no_array():
    assert wire.split(encoded([1.0, 2.0, 3.0], 2), FIELD)[1] is None


def test_what_is_no_message_is_refused_and_nothing_else_happens():
    whole, chance = encoded([1.0] * 16, 4), random.Random(7)
    for _ in range(3000):
        data = bytearray(whole[: chance.randrange(len(whole) + 1)])
        for _ in range(chance.randrange(4)):
            if data:
                data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            rest, field = wire.split(bytes(data), FIELD)
        except ValueError:
            continue
        assert field is None or field.shape[0] == field.shape[1]
        assert len(rest) <= len(data)


@pytest.mark.parametrize("data", [b"\x0b", b"\x0a\x05ab", b"\xff" * 11, b"\x09\x00"])
def test_each_way_to_be_no_message(data):
    with pytest.raises(ValueError, match=r"wire type|the message ends"):
        wire.split(data, FIELD)
