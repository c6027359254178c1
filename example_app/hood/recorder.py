"""What happened while one request was answered: hooks in order, statements, templates.

Django twin: the panels of django-debug-toolbar.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from time import perf_counter
from types import CodeType
from types import FrameType
from typing import Any

#: More than this many calls of hooks tell nobody anything.
MOST_CALLS = 200
_OURS = ("cbv", "example_app")


@dataclass
class Call:
    """One call of a hook: by which class it is supplied, how deep, how long it took."""

    owner: str
    name: str
    depth: int
    started: float
    milliseconds: float | None = None


class Recorder:
    """Notes the calls of one view class's hooks in this thread, until it is stopped.

    The interpreter reports every call of any function while this runs, which makes a
    request slower; so it runs for the panel only.
    """

    def __init__(self, view_class: type | None) -> None:
        self.hooks = hooks_of(view_class) if view_class else {}
        self.calls: list[Call] = []
        self.statements: list[str] = []
        self.templates: list[str] = []
        self._open: list[tuple[FrameType, Call]] = []
        self._before: Any = None

    def start(self) -> None:
        """Begin to note."""
        self._before = sys.getprofile()
        sys.setprofile(self._note)

    def stop(self) -> None:
        """Let the interpreter go on as it did before."""
        if sys.getprofile() == self._note:
            sys.setprofile(self._before)

    def _note(self, frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and frame.f_code in self.hooks:
            self._begin(frame, *self.hooks[frame.f_code])
        elif event == "return" and self._open and self._open[-1][0] is frame:
            _, call = self._open.pop()
            call.milliseconds = (perf_counter() - call.started) * 1000

    def _begin(self, frame: FrameType, owner: str, name: str) -> None:
        call = Call(owner, name, len(self._open), perf_counter())
        self._open.append((frame, call))
        if len(self.calls) < MOST_CALLS:
            self.calls.append(call)


@lru_cache(maxsize=256)
def hooks_of(view_class: Any) -> dict[CodeType, tuple[str, str]]:
    """Return the public methods of a view class by their code: supplier and name."""
    return {
        function.__code__: (klass.__name__, name)
        for klass in lineage(view_class)
        for name, function in _functions(klass)
    }


def lineage(view_class: type) -> list[type]:
    """Return a view class and its bases as far as they are cbv's or the blog's own."""
    return [k for k in view_class.__mro__ if k.__module__.partition(".")[0] in _OURS]


def _functions(klass: type) -> Iterator[tuple[str, Callable[..., Any]]]:
    for name, value in vars(klass).items():
        # What stands behind a cached property, a property, a class method.
        for attribute in ("func", "fget", "__func__"):
            value = getattr(value, attribute, value)
        if not name.startswith("_") and hasattr(value, "__code__"):
            yield name, value
