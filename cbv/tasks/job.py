"""The record of one call of a task, and how every backend performs it.

Django: ``ImmediateBackend._execute_task``.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import ExitStack
from contextvars import Context
from dataclasses import dataclass
from typing import Any

from flask import Flask

from ..db import writing
from ..db.session import set_aside_session
from .arguments import plain
from .request_copy import RequestCopy
from .results import TaskContext


@dataclass(frozen=True)
class Job:
    """One call of a task: the function, its arguments and the id of its result.

    Since 0.1.
    """

    id: str
    #: The task's ``module_path``: ``package.module.function``.
    path: str
    function: Callable[..., Any]
    args: Sequence[Any]
    kwargs: Mapping[str, Any]
    queue_name: str = "default"
    #: Whether the id comes from an idempotency key.
    is_keyed: bool = False
    takes_context: bool = False
    #: The copy of the request to run in; None for an application context alone.
    request: RequestCopy | None = None

    def perform(self, app: Flask, context: TaskContext) -> Any:
        """Call the function in a new application context and database session.

        The function sees nothing of the caller's context, even in the caller's thread:
        it has another ``g``, another session and, at most, a copy of the request. The
        session is committed at the end, or rolled back after an error.

        :param context: the first argument, for a task that takes one.
        :returns: what the function returned, in JSON's types.
        :raises Exception: what the function or the commit raises.
        """
        return Context().run(self._perform, app, context)

    def _perform(self, app: Flask, context: TaskContext) -> Any:
        context_args = (context,) if self.takes_context else ()
        function: Callable[..., Any] = app.ensure_sync(self.function)
        own_context = self.request.context(app) if self.request else app.app_context()
        with ExitStack() as afterwards, own_context:
            afterwards.callback(set_aside_session())
            try:
                value = function(*context_args, *self.args, **self.kwargs)
                value = plain(value, f"What {self.path} returned")
                writing.commit()
            except BaseException:
                writing.rollback()
                raise
            return value
