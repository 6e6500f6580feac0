"""How a call is signed: HMAC-SHA256 of the timestamp and the method's path, with the API key."""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from collections.abc import Callable

Metadata = tuple[tuple[str, str], ...]

_NANOSECONDS = 1_000_000_000


def sign(api_key: str, method: str, timestamp: str) -> str:
    """Return the signature of a call, in hexadecimal.

    ``method`` is the full path, such as ``/mfn.MFNSimulationService/RunSimulation``; ``timestamp`` is Unix time in
    seconds, exactly as it is sent.
    """
    return hmac.new(api_key.encode(), (timestamp + method).encode(), hashlib.sha256).hexdigest()


class Signer:
    """Makes the metadata that signs a call, anew for every attempt.

    No two signatures carry the same time, since a server with replay protection takes each of them once.
    """

    def __init__(self, api_key: str, now_ns: Callable[[], int] = time.time_ns) -> None:
        if not api_key.isascii() or not api_key.isprintable() or api_key != api_key.strip():
            raise ValueError("api_key must be printable ASCII without white space at its ends")
        self._api_key = api_key
        self._now_ns = now_ns
        self._last_ns = 0
        self._lock = threading.Lock()

    def metadata(self, method: str) -> Metadata:
        """Return the three entries of metadata for one attempt of ``method``."""
        with self._lock:
            self._last_ns = max(self._now_ns(), self._last_ns + 1)
            ns = self._last_ns
        timestamp = f"{ns // _NANOSECONDS}.{ns % _NANOSECONDS:09d}"
        return (
            ("x-api-key", self._api_key),
            ("x-timestamp", timestamp),
            ("x-signature", sign(self._api_key, method, timestamp)),
        )

    def __repr__(self) -> str:
        return "Signer(api_key=...)"
