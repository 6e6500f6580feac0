"""When a call is tried again. Nothing here waits or sends: the clients do, as this decides."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from .errors import DeadlineExceeded, MFNError, ResourceExhausted, Unavailable


@dataclass(frozen=True)
class RetryPolicy:
    """How often a call is tried, and how long it may take; times in seconds."""

    max_retries: int = 3
    backoff_sec: float = 1.0
    timeout_sec: float | None = 30.0
    attempt_timeout_sec: float | None = None

    def __post_init__(self) -> None:
        if self.max_retries < 0:
            raise ValueError(f"max_retries must be at least 0, not {self.max_retries}")
        if not (math.isfinite(self.backoff_sec) and self.backoff_sec >= 0):
            raise ValueError(f"retry_backoff_sec must be a number of seconds from 0, not {self.backoff_sec}")
        for name in ("timeout_sec", "attempt_timeout_sec"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value > 0):
                raise ValueError(f"{name} must be a number of seconds above 0 or None, not {value}")


@dataclass(frozen=True)
class Clock:
    """Where the time and the chance of a client come from, and how it waits; tests put their own here."""

    monotonic: Callable[[], float] = time.monotonic
    wall_ns: Callable[[], int] = time.time_ns
    random: Callable[[], float] = random.random
    sleep: Callable[[float], None] = time.sleep
    sleep_async: Callable[[float], Awaitable[None]] = asyncio.sleep


class Attempts:
    """The attempts of one call, within one deadline for all of them."""

    def __init__(self, policy: RetryPolicy, clock: Clock, addresses: int) -> None:
        self._policy = policy
        self._clock = clock
        self._addresses = addresses
        self._failed = 0
        self._deadline = None if policy.timeout_sec is None else clock.monotonic() + policy.timeout_sec

    def timeout(self) -> float | None:
        """Return how many seconds the next attempt may take; ``None`` is without end."""
        bounds = [bound for bound in (self._remaining(), self._policy.attempt_timeout_sec) if bound is not None]
        return max(0.0, min(bounds)) if bounds else None

    def delay_after(self, error: MFNError) -> float:
        """Return how many seconds to wait before another attempt, or raise ``error`` if there is to be none."""
        self._failed += 1
        error.attempts = self._failed
        if self._failed > self._policy.max_retries or not self._transient(error):
            raise error
        delay = self._delay(error)
        remaining = self._remaining()
        # To wait for a deadline would only hide the error behind it.
        if remaining is not None and delay >= remaining:
            raise error
        return delay

    def _transient(self, error: MFNError) -> bool:
        if not error.may_be_retried:
            return False
        if isinstance(error, ResourceExhausted):
            # Without a hint it may be a message that is too large, which no waiting makes smaller.
            return error.retry_after is not None
        if isinstance(error, DeadlineExceeded):
            return self._policy.attempt_timeout_sec is not None
        return isinstance(error, Unavailable)

    def _delay(self, error: MFNError) -> float:
        if error.retry_after is not None:
            return error.retry_after
        if isinstance(error, Unavailable) and self._failed < self._addresses:
            # Another address has not been asked yet.
            return 0.0
        # Full jitter, so that callers who failed together do not come back together.
        return self._clock.random() * self._policy.backoff_sec * float(2 ** (self._failed - 1))

    def _remaining(self) -> float | None:
        return None if self._deadline is None else self._deadline - self._clock.monotonic()
