"""What a call that failed raises: one class for each gRPC status code, all of them below ``MFNError``.

Each is also a ``grpc.aio.AioRpcError``, and so a ``grpc.RpcError``: code that catches those goes on to work.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import grpc
import grpc.aio

from . import error_details
from .error_details import ErrorDetails, Violation

_DETAILS_KEY = "grpc-status-details-bin"
_PUSHBACK_KEY = "grpc-retry-pushback-ms"
_REQUEST_ID_KEY = "x-request-id"


class MFNError(grpc.aio.AioRpcError):
    """A call that failed.

    ``code()``, ``details()``, ``initial_metadata()`` and ``trailing_metadata()`` are those of every gRPC error.
    """

    status_code: ClassVar[grpc.StatusCode] = grpc.StatusCode.UNKNOWN

    #: Machine-readable reason, such as ``PARAMETER_OUT_OF_RANGE``; ``None`` where the server did not answer.
    reason: str | None
    #: What the server adds to the reason, such as ``server_time`` to ``TIMESTAMP_OUTSIDE_WINDOW``.
    reason_metadata: dict[str, str]
    #: Seconds after which the server advises to try again; ``None`` without advice.
    retry_after: float | None
    #: The name by which the server's audit knows the call.
    request_id: str | None
    #: Every parameter that was out of range.
    violations: tuple[Violation, ...]
    #: How often the call was tried.
    attempts: int
    #: The address that gave this error.
    address: str

    def __init__(
        self,
        message: str,
        *,
        initial_metadata: grpc.aio.Metadata | None = None,
        trailing_metadata: grpc.aio.Metadata | None = None,
        debug: str | None = None,
        address: str = "",
    ) -> None:
        super().__init__(
            self.status_code,
            initial_metadata or grpc.aio.Metadata(),
            trailing_metadata or grpc.aio.Metadata(),
            message,
            debug,
        )
        found = _details(self.trailing_metadata())
        self.reason = found.reason
        self.reason_metadata = found.metadata
        self.retry_after = _pushback(self.trailing_metadata(), found.retry_after)
        self.request_id = found.request_id or _text(self.trailing_metadata(), _REQUEST_ID_KEY)
        self.request_id = self.request_id or _text(self.initial_metadata(), _REQUEST_ID_KEY)
        self.violations = found.violations
        self.attempts = 1
        self.address = address

    @property
    def may_be_retried(self) -> bool:
        """Whether the server left it open to try again: a negative pushback forbids it."""
        text = _text(self.trailing_metadata(), _PUSHBACK_KEY)
        return text is None or _milliseconds(text) is not None

    def __str__(self) -> str:
        name = self.code().name if self.reason is None else f"{self.code().name} ({self.reason})"
        parts = [f"{key} {value}" for key, value in self._facts()]
        return _printable(f"{name}: {self.details()}" + (f" [{', '.join(parts)}]" if parts else ""))

    __repr__ = __str__

    def __reduce__(self) -> tuple[Any, ...]:
        state = {key: self.__dict__[key] for key in ("attempts", "address")}
        return (
            _rebuild,
            (
                type(self),
                self.details(),
                tuple(self.initial_metadata()),
                tuple(self.trailing_metadata()),
                self.debug_error_string(),
            ),
            state,
        )

    def _facts(self) -> Iterable[tuple[str, object]]:
        if self.request_id:
            yield "request_id", self.request_id
        if self.retry_after is not None:
            yield "retry_after", f"{self.retry_after:g} s"
        if self.attempts > 1:
            yield "attempts", self.attempts
        if self.reason is None and self.address:
            yield "address", self.address


class Cancelled(MFNError):
    """The call was cancelled."""

    status_code = grpc.StatusCode.CANCELLED


class Unknown(MFNError):
    """The server failed in a way that it did not tell."""

    status_code = grpc.StatusCode.UNKNOWN


class InvalidArgument(MFNError):
    """A parameter is out of its range; ``violations`` names every one."""

    status_code = grpc.StatusCode.INVALID_ARGUMENT


class DeadlineExceeded(MFNError):
    """The call took longer than it was given."""

    status_code = grpc.StatusCode.DEADLINE_EXCEEDED


class NotFound(MFNError):
    """The server does not have what was asked for."""

    status_code = grpc.StatusCode.NOT_FOUND


class AlreadyExists(MFNError):
    """What should be made exists."""

    status_code = grpc.StatusCode.ALREADY_EXISTS


class PermissionDenied(MFNError):
    """The key may not call this service."""

    status_code = grpc.StatusCode.PERMISSION_DENIED


class ResourceExhausted(MFNError):
    """A limit of calls, the queue or the size of a message; ``retry_after`` is there where waiting helps."""

    status_code = grpc.StatusCode.RESOURCE_EXHAUSTED


class FailedPrecondition(MFNError):
    """The server is not in the state that the call needs."""

    status_code = grpc.StatusCode.FAILED_PRECONDITION


class Aborted(MFNError):
    """The call lost against another one."""

    status_code = grpc.StatusCode.ABORTED


class OutOfRange(MFNError):
    """The call went past the end of what is there."""

    status_code = grpc.StatusCode.OUT_OF_RANGE


class Unimplemented(MFNError):
    """The server does not have this method."""

    status_code = grpc.StatusCode.UNIMPLEMENTED


class Internal(MFNError):
    """The server failed."""

    status_code = grpc.StatusCode.INTERNAL


class Unavailable(MFNError):
    """No server could be reached, or it is ending."""

    status_code = grpc.StatusCode.UNAVAILABLE


class DataLoss(MFNError):
    """Data was lost."""

    status_code = grpc.StatusCode.DATA_LOSS


class Unauthenticated(MFNError):
    """The key, the signature or the timestamp was refused, or is missing."""

    status_code = grpc.StatusCode.UNAUTHENTICATED


_BY_CODE: dict[grpc.StatusCode, type[MFNError]] = {kind.status_code: kind for kind in MFNError.__subclasses__()}


def from_rpc_error(error: Any, address: str) -> MFNError:
    """Turn an error of grpcio, from a call of either kind of channel, into the one of its code."""
    if isinstance(error, MFNError):
        return error
    return _BY_CODE.get(error.code(), Unknown)(
        error.details() or "the server gave no message",
        initial_metadata=grpc.aio.Metadata(*(error.initial_metadata() or ())),
        trailing_metadata=grpc.aio.Metadata(*(error.trailing_metadata() or ())),
        debug=error.debug_error_string(),
        address=address,
    )


def _printable(text: str) -> str:
    # What a server sent could move the cursor of a terminal, or forge a line of a log.
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text)


def _rebuild(kind: type[MFNError], message: str, initial: Any, trailing: Any, debug: str | None) -> MFNError:
    return kind(
        message,
        initial_metadata=grpc.aio.Metadata(*initial),
        trailing_metadata=grpc.aio.Metadata(*trailing),
        debug=debug,
    )


def _details(metadata: grpc.aio.Metadata) -> ErrorDetails:
    value = metadata.get(_DETAILS_KEY)
    return error_details.decode(value) if isinstance(value, bytes) else ErrorDetails()


def _pushback(metadata: grpc.aio.Metadata, retry_after: float | None) -> float | None:
    text = _text(metadata, _PUSHBACK_KEY)
    if text is None:
        return retry_after
    milliseconds = _milliseconds(text)
    return None if milliseconds is None else milliseconds / 1000


def _milliseconds(text: str) -> int | None:
    # gRPC's retry design (gRFC A6): a negative or unreadable pushback forbids another attempt.
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _text(metadata: grpc.aio.Metadata, key: str) -> str | None:
    value = metadata.get(key)
    return value if isinstance(value, str) else None
