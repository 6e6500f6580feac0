"""The details of an error: ``google.rpc.Status`` and what it carries, as far as MFN sends it.

The messages stand in a descriptor pool of their own, so that they do not meet those of ``googleapis-common-protos``
where a program has both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, duration_pb2, message_factory
from google.protobuf.message import DecodeError, Message

_Field = descriptor_pb2.FieldDescriptorProto

# Larger details than a server of MFN sends (its messages stay under 1 KiB) are not read.
MAX_DETAILS_BYTES = 64 * 1024


@dataclass(frozen=True)
class Violation:
    """One parameter that was refused: its name on the wire and what is allowed."""

    field: str
    description: str


@dataclass(frozen=True)
class ErrorDetails:
    """What the details of one error say; every part may be missing."""

    reason: str | None = None
    metadata: dict[str, str] = field(default_factory=dict[str, str])
    request_id: str | None = None
    retry_after: float | None = None
    violations: tuple[Violation, ...] = ()


def decode(status: bytes) -> ErrorDetails:
    """Read ``grpc-status-details-bin``. What cannot be read is as if it had not been sent."""
    if len(status) > MAX_DETAILS_BYTES:
        return ErrorDetails()
    try:
        return _decode(status)
    except DecodeError:
        return ErrorDetails()


def _decode(status: bytes) -> ErrorDetails:
    parts: dict[str, Any] = {}
    for detail in _parse("Status", status).details:
        name = detail.type_url.rpartition("/")[2].removeprefix("google.rpc.")
        if name in _MESSAGES:
            parts.setdefault(name, _parse(name, detail.value))
    info, retry = parts.get("ErrorInfo"), parts.get("RetryInfo")
    request, bad = parts.get("RequestInfo"), parts.get("BadRequest")
    return ErrorDetails(
        reason=info.reason if info else None,
        metadata=dict(info.metadata) if info else {},
        request_id=request.request_id if request else None,
        retry_after=_seconds(retry.retry_delay) if retry and retry.HasField("retry_delay") else None,
        violations=tuple(Violation(v.field, v.description) for v in bad.field_violations) if bad else (),
    )


def _seconds(duration: duration_pb2.Duration) -> float:
    return max(0.0, duration.seconds + duration.nanos / 1e9)


def _parse(name: str, data: bytes) -> Any:
    message = _MESSAGES[name]()
    message.ParseFromString(data)
    return message


def _messages() -> dict[str, type[Message]]:
    # Names and numbers are those of google/rpc/status.proto and google/rpc/error_details.proto.
    file = descriptor_pb2.FileDescriptorProto(name="mfn_error_details.proto", package="google.rpc", syntax="proto3")
    file.dependency.extend([any_pb2.DESCRIPTOR.name, duration_pb2.DESCRIPTOR.name])
    string, many = _Field.TYPE_STRING, _Field.LABEL_REPEATED
    status = file.message_type.add(name="Status")
    status.field.add(name="code", number=1, type=_Field.TYPE_INT32, label=_Field.LABEL_OPTIONAL)
    status.field.add(name="message", number=2, type=string, label=_Field.LABEL_OPTIONAL)
    _add(status, "details", 3, ".google.protobuf.Any", many)
    info = file.message_type.add(name="ErrorInfo")
    info.field.add(name="reason", number=1, type=string, label=_Field.LABEL_OPTIONAL)
    info.field.add(name="domain", number=2, type=string, label=_Field.LABEL_OPTIONAL)
    entry = info.nested_type.add(name="MetadataEntry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, type=string, label=_Field.LABEL_OPTIONAL)
    entry.field.add(name="value", number=2, type=string, label=_Field.LABEL_OPTIONAL)
    _add(info, "metadata", 3, ".google.rpc.ErrorInfo.MetadataEntry", many)
    _add(file.message_type.add(name="RetryInfo"), "retry_delay", 1, ".google.protobuf.Duration")
    request = file.message_type.add(name="RequestInfo")
    request.field.add(name="request_id", number=1, type=string, label=_Field.LABEL_OPTIONAL)
    bad = file.message_type.add(name="BadRequest")
    violation = bad.nested_type.add(name="FieldViolation")
    violation.field.add(name="field", number=1, type=string, label=_Field.LABEL_OPTIONAL)
    violation.field.add(name="description", number=2, type=string, label=_Field.LABEL_OPTIONAL)
    _add(bad, "field_violations", 1, ".google.rpc.BadRequest.FieldViolation", many)
    pool = descriptor_pool.DescriptorPool()
    for known in (any_pb2, duration_pb2):
        pool.AddSerializedFile(known.DESCRIPTOR.serialized_pb)
    pool.AddSerializedFile(file.SerializeToString())
    names = [message.name for message in file.message_type]
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"google.rpc.{name}")) for name in names}


def _add(
    message: descriptor_pb2.DescriptorProto,
    name: str,
    number: int,
    type_name: str,
    label: descriptor_pb2.FieldDescriptorProto.Label.ValueType = _Field.LABEL_OPTIONAL,
) -> None:
    message.field.add(name=name, number=number, type=_Field.TYPE_MESSAGE, type_name=type_name, label=label)


_MESSAGES = _messages()
