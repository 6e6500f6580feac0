"""Messages of the parameters that a caller gives. What is left out has the API's default, and is not sent.

Ranges are the server's to check, which names every parameter at once that is out of its range. Here only what the
wire cannot carry is refused.
"""

from __future__ import annotations

import operator
import uuid
from typing import Any, SupportsFloat, SupportsIndex, TypeVar

from google.protobuf.message import Message

M = TypeVar("M", bound=Message)

_INT32_MIN, _INT32_MAX = -(2**31), 2**31 - 1
_MAX_REQUEST_ID_BYTES = 256

#: Steps of a simulation where none are given (proto/mfn.proto).
DEFAULT_STEPS = 64


def request(kind: type[M], **parameters: Any) -> M:
    """Make a request of what was given; ``None`` is left out."""
    message: Any = kind()
    for name, value in parameters.items():
        if value is not None:
            setattr(message, name, _checked(kind, name, value))
    message.request_id = message.request_id or str(uuid.uuid4())
    return message  # type: ignore[no-any-return]


def _checked(kind: type[Message], name: str, value: Any) -> Any:
    field = kind.DESCRIPTOR.fields_by_name[name]
    if field.cpp_type == field.CPPTYPE_INT32:
        return _whole(name, value)
    if field.cpp_type == field.CPPTYPE_DOUBLE:
        return _real(name, value)
    if field.cpp_type == field.CPPTYPE_BOOL:
        return bool(value)
    return _request_id(value)


def _whole(name: str, value: SupportsIndex) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be a whole number, not {value!r}") from None
    if not _INT32_MIN <= number <= _INT32_MAX:
        raise ValueError(f"{name} must be from {_INT32_MIN} to {_INT32_MAX}, not {number}")
    return number


def _real(name: str, value: SupportsFloat) -> float:
    if isinstance(value, str):
        raise TypeError(f"{name} must be a number, not {value!r}")
    try:
        return float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a number, not {value!r}") from None


def _request_id(value: str) -> str:
    if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"request_id must be text, not {value!r}")
    if len(value.encode(errors="replace")) > _MAX_REQUEST_ID_BYTES:
        raise ValueError(f"request_id must be at most {_MAX_REQUEST_ID_BYTES} bytes of UTF-8")
    return value
