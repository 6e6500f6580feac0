"""Streams of frames: iterated over, collected, or turned into a table."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from types import TracebackType
from typing import Any, Generic, TypeVar

from .progress import Progress, reporter
from .results import Answer, FeatureFrame, SimulationFrame

F = TypeVar("F", bound=SimulationFrame | FeatureFrame)


class AsyncFrames(Generic[F]):
    """The frames of one call, each as soon as the server has computed it.

    To leave the loop early is enough to stop the server's work; ``aclose`` or ``async with`` does it at once.
    """

    def __init__(self, frames: AsyncIterator[F], close: Callable[[], None], steps: int, progress: Progress) -> None:
        self._frames = frames
        self._close = close
        self._report = reporter(progress, steps)

    def __aiter__(self) -> AsyncFrames[F]:
        return self

    async def __anext__(self) -> F:
        try:
            frame = await self._frames.__anext__()
        except BaseException:
            self._report.end()
            raise
        self._report.step(frame.step)
        return frame

    async def collect(self) -> list[F]:
        """Return all frames that are left."""
        return [frame async for frame in self]

    async def to_pandas(self) -> Any:
        """Return a ``pandas.DataFrame`` with a row a frame and the step as its index."""
        return table(await self.collect())

    async def aclose(self) -> None:
        """End the call; a second time it does nothing."""
        self._report.end()
        self._close()

    async def __aenter__(self) -> AsyncFrames[F]:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __del__(self) -> None:
        self._close()


class Frames(Generic[F]):
    """The frames of one call, each as soon as the server has computed it.

    To leave the loop early is enough to stop the server's work; ``close`` or ``with`` does it at once.
    """

    def __init__(self, frames: Iterator[F], close: Callable[[], None], steps: int, progress: Progress) -> None:
        self._frames = frames
        self._close = close
        self._report = reporter(progress, steps)

    def __iter__(self) -> Frames[F]:
        return self

    def __next__(self) -> F:
        try:
            frame = next(self._frames)
        except BaseException:
            self._report.end()
            raise
        self._report.step(frame.step)
        return frame

    def collect(self) -> list[F]:
        """Return all frames that are left."""
        return list(self)

    def to_pandas(self) -> Any:
        """Return a ``pandas.DataFrame`` with a row a frame and the step as its index."""
        return table(self.collect())

    def close(self) -> None:
        """End the call; a second time it does nothing."""
        self._report.end()
        self._close()

    def __enter__(self) -> Frames[F]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        self._close()


def table(frames: Iterable[Answer]) -> Any:
    """Make a ``pandas.DataFrame`` of frames, without their fields."""
    try:
        import pandas as pd
    except ImportError:
        raise ImportError("to_pandas needs pandas: pip install 'mycelium-fractal-net[pandas]'") from None
    rows = [frame.to_dict() for frame in frames]
    for row in rows:
        row.pop("field", None)
    table: Any = pd.DataFrame(rows)
    return table.set_index("step") if rows else table
