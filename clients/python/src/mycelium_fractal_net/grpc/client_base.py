"""What both clients share: settings, signatures, attempts, and whose turn it is among several addresses."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from .attempts import Attempts, Clock, RetryPolicy
from .endpoints import Endpoints, Pem, endpoints
from .server_process import ServerProcess, Setting
from .signing import Metadata, Signer

C = TypeVar("C", bound="ClientBase")

DEFAULT_ADDRESS = "localhost:50051"

Entries = Sequence[tuple[str, str]]
#: Metadata of every attempt, or what makes it for the path of a method.
CallMetadata = Entries | Callable[[str], Entries]


class ClientBase:
    """All of a client but its input and output."""

    def __init__(
        self,
        address: str | Sequence[str] = DEFAULT_ADDRESS,
        api_key: str | None = None,
        use_tls: bool = False,
        max_retries: int = 3,
        retry_backoff_sec: float = 1.0,
        timeout_sec: float | None = 30.0,
        *,
        ca: Pem | None = None,
        client_certificate: tuple[Pem, Pem] | None = None,
        server_name: str | None = None,
        attempt_timeout_sec: float | None = None,
        metadata: CallMetadata = (),
        clock: Clock | None = None,
    ) -> None:
        """Make a client; it connects with its first call.

        Args:
            address: ``host:port`` of a server, or several of which one is asked after the other.
            api_key: Key that signs every call. Left out, it is that of the variable MFN_API_KEY, if that is set.
            use_tls: Whether to speak TLS; any argument about certificates implies it.
            max_retries: How often a call that failed for a passing reason is tried again, from 0.
            retry_backoff_sec: Longest wait before the first retry, in seconds; it doubles with every further one.
            timeout_sec: Seconds for a call with all its attempts, streams to their end included; ``None`` is no bound.
            ca: Certificates to trust in place of the system's: path of a PEM file, or its content.
            client_certificate: Certificate and key for a server that asks for one, like ``ca``.
            server_name: Name that the server's certificate must have, if it is not the address's.
            attempt_timeout_sec: Seconds for one attempt; with it an attempt that took too long is tried again.
            metadata: Entries sent with every attempt, such as a ``traceparent``: themselves, or a function that returns
                them for a method's path.
            clock: Source of time and chance, for tests.

        """
        self._clock = clock or Clock()
        self._policy = RetryPolicy(max_retries, retry_backoff_sec, timeout_sec, attempt_timeout_sec)
        api_key = os.environ.get("MFN_API_KEY", "").strip() if api_key is None else api_key
        self._signer = Signer(api_key, self._clock.wall_ns) if api_key else None
        self._endpoints: Endpoints = endpoints(
            address, use_tls=use_tls, ca=ca, client_certificate=client_certificate, server_name=server_name
        )
        self._local: ServerProcess | None = None
        self._more_metadata = metadata
        self._closed = False
        self._next_address = 0
        self._turns = threading.Lock()

    @classmethod
    def local(cls: type[C], *, timeout_sec: float | None = 30.0, **settings: Setting) -> C:
        """Return a client with a server of its own: an ``mfn serve`` on a free port, which ends with the client.

        ``settings`` are flags of ``mfn serve`` with underscores, such as ``max_workers=4``.
        """
        server = local_server(settings)
        client = cls(server.address, "", timeout_sec=timeout_sec)
        client._local = server
        return client

    @property
    def address(self) -> str:
        """The address, or all of them with commas."""
        return ",".join(self._endpoints.addresses)

    @property
    def use_tls(self) -> bool:
        """Whether it speaks TLS."""
        return self._endpoints.credentials is not None

    @property
    def max_retries(self) -> int:
        """How often a call that failed for a passing reason is tried again."""
        return self._policy.max_retries

    @property
    def retry_backoff_sec(self) -> float:
        """Longest wait before the first retry, in seconds."""
        return self._policy.backoff_sec

    @property
    def timeout_sec(self) -> float | None:
        """Seconds for a call with all its attempts; ``None`` is no bound."""
        return self._policy.timeout_sec

    def _attempts(self) -> Attempts:
        if self._closed:
            raise RuntimeError("the client is closed: make a new one, or call it before its `with` block ends")
        return Attempts(self._policy, self._clock, len(self._endpoints.addresses))

    def _metadata(self, method: str) -> Metadata:
        more = self._more_metadata(method) if callable(self._more_metadata) else self._more_metadata
        return (*more, *(self._signer.metadata(method) if self._signer else ()))

    def _address_index(self) -> int:
        with self._turns:
            index = self._next_address
            self._next_address = (index + 1) % len(self._endpoints.addresses)
        return index

    def _end_local(self) -> None:
        if self._local is not None:
            self._local.stop()

    def __repr__(self) -> str:
        signed = "signed" if self._signer else "unsigned"
        return f"{type(self).__name__}({self.address!r}, {signed})"


class Attempt:
    """The attempt of a streamed call that is under way."""

    call: Any = None

    def cancel(self) -> None:
        """End the attempt, if it has begun."""
        if self.call is not None:
            self.call.cancel()


def local_server(settings: dict[str, Setting]) -> ServerProcess:
    """Start a server for one client: on a free port of this machine, without keys, with no limit that it would meet."""
    own: dict[str, Setting] = {
        "host": "127.0.0.1",
        "port": 0,
        "rate_limit_rps": 0,
        "rate_limit_concurrent": 1000,
        "audit_log": "off",
        "log": "warn",
        # The usual port of metrics is for a server that somebody operates.
        "admin_port": 0,
    }
    return ServerProcess.start({**own, **settings}, inherit=False)
