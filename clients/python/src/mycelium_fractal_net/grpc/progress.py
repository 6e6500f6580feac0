"""Saying how far a stream has come: to a function, or as a bar on the terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

#: ``True`` draws a bar (with the extra ``rich``); a function is called with the completed steps and all steps.
Progress = bool | Callable[[int, int], object]


class Reporter(Protocol):
    """Who is told of each frame and of the end."""

    def step(self, completed: int) -> None:
        """Take note of the completed steps."""

    def end(self) -> None:
        """Take note that no more frames come; a second time it does nothing."""


def reporter(progress: Progress, steps: int) -> Reporter:
    """Return the reporter that ``progress`` asks for."""
    if progress is True:
        return _Bar(steps)
    return _Function(progress or None, steps)


class _Function:
    def __init__(self, function: Callable[[int, int], object] | None, steps: int) -> None:
        self._function = function
        self._steps = steps

    def step(self, completed: int) -> None:
        if self._function is not None:
            self._function(completed, self._steps)

    def end(self) -> None:
        pass


class _Bar:
    def __init__(self, steps: int) -> None:
        try:
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
        except ImportError:
            raise ImportError("progress=True needs rich: pip install 'mycelium-fractal-net[rich]'") from None
        columns = TextColumn("steps"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        self._bar: Any = Progress(*columns)
        self._task = self._bar.add_task("steps", total=steps)
        self._bar.start()

    def step(self, completed: int) -> None:
        self._bar.update(self._task, completed=completed)

    def end(self) -> None:
        self._bar.stop()
