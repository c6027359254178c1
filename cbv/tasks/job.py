"""One call of a task, and how every backend makes it.

Django: what ``ImmediateBackend._execute_task`` does.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from contextvars import Context
from dataclasses import dataclass
from typing import Any

from flask import Flask

from ..db import writing
from .arguments import plain
from .request_copy import RequestCopy
from .results import TaskContext


@dataclass(frozen=True)
class Job:
    """One call of a task: what is called, with what, and under which id."""

    id: str
    #: ``package.module.function``.
    path: str
    function: Callable[..., Any]
    args: Sequence[Any]
    kwargs: Mapping[str, Any]
    queue_name: str = "default"
    #: Whether the caller chose the id, by an idempotency key.
    is_keyed: bool = False
    takes_context: bool = False
    request: RequestCopy | None = None

    def perform(self, app: Flask, context: TaskContext) -> Any:
        """Call the function in contexts of its own; return what it returned, as JSON.

        Nothing of the caller's is seen, even in the caller's thread: another ``g``,
        another database session, no request but a copy. The session is committed at
        the end, or rolled back.

        :raises Exception: whatever the function raises, or the commit.
        """
        return Context().run(self._perform, app, context)

    def _perform(self, app: Flask, context: TaskContext) -> Any:
        first = (context,) if self.takes_context else ()
        function: Callable[..., Any] = app.ensure_sync(self.function)
        with self.request.context(app) if self.request else app.app_context():
            try:
                value = function(*first, *self.args, **self.kwargs)
                value = plain(value, f"What {self.path} returned")
                writing.commit()
            except BaseException:
                writing.rollback()
                raise
            return value
