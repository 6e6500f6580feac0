"""Taking a large field out of an encoded message without making a Python number of each of its cells.

A field of 1024 x 1024 cells is one packed run of 8 MiB on the wire, which NumPy can use where it lies.
https://protobuf.dev/programming-guides/encoding/ has the format.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np
import numpy.typing as npt

Field = npt.NDArray[np.float64]

_VARINT, _FIXED64, _LENGTH_DELIMITED, _FIXED32 = 0, 1, 2, 5
_MAX_VARINT_BYTES = 10

# More than any message of MFN has. What has more is left to protobuf, which does not make an object of each.
_MAX_PARTS = 64

# Numbers of PotentialField in proto/mfn.proto.
_GRID_SIZE, _VALUES = 1, 2


def split(data: bytes, number: int) -> tuple[bytes, Field | None]:
    """Split an encoded message into all but the ``PotentialField`` numbered ``number``, and that field.

    The field is a read-only array (N, N) over ``data`` itself. Where it is absent, or not encoded as one packed run, or
    one of very many parts, the message comes back whole, beside ``None``. Raises ``ValueError`` where ``data`` is no
    message.
    """
    parts = list(islice(_parts(memoryview(data)), _MAX_PARTS + 1))
    found = [part for part in parts if part.number == number]
    if len(parts) > _MAX_PARTS or len(found) != 1 or found[0].kind != _LENGTH_DELIMITED:
        return data, None
    values = _values(found[0].content)
    if values is None:
        return data, None
    return data[: found[0].start] + data[found[0].end :], values


def _values(message: memoryview) -> Field | None:
    parts = list(islice(_parts(message), _MAX_PARTS))
    if [(part.number, part.kind) for part in parts] != [(_GRID_SIZE, _VARINT), (_VALUES, _LENGTH_DELIMITED)]:
        return None
    grid_size, values = parts[0].value, np.frombuffer(parts[1].content, dtype="<f8")
    if values.size != grid_size * grid_size:
        return None
    return values.reshape(grid_size, grid_size)


class _Part:
    __slots__ = ("content", "end", "kind", "number", "start", "value")

    def __init__(self, number: int, kind: int, start: int, end: int, value: int, content: memoryview) -> None:
        self.number, self.kind, self.start, self.end = number, kind, start, end
        self.value, self.content = value, content


def _parts(data: memoryview) -> Iterator[_Part]:
    position = 0
    while position < len(data):
        start = position
        tag, position = _varint(data, position)
        kind, value, content = tag & 7, 0, data[0:0]
        if kind == _VARINT:
            value, position = _varint(data, position)
        elif kind == _LENGTH_DELIMITED:
            length, position = _varint(data, position)
            content = data[position : position + length]
            position += length
        elif kind in (_FIXED64, _FIXED32):
            position += 8 if kind == _FIXED64 else 4
        else:
            raise ValueError(f"wire type {kind} is not one that proto3 has")
        if position > len(data):
            raise ValueError("the message ends within a field")
        yield _Part(tag >> 3, kind, start, position, value, content)


def _varint(data: memoryview, position: int) -> tuple[int, int]:
    value = 0
    for count, byte in enumerate(data[position : position + _MAX_VARINT_BYTES]):
        value |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return value, position + count + 1
    raise ValueError("the message ends within a number")
