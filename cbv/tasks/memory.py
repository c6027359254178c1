"""The backends that keep results in this process; one of them runs a task at once.

Django: ``django.tasks.backends.immediate``.
"""

from __future__ import annotations

import logging
from collections import deque
from copy import copy
from threading import Condition
from typing import Any

from flask import Flask

from .job import Job
from .results import TaskContext
from .results import TaskError
from .results import TaskResult
from .results import TaskResultStatus

logger = logging.getLogger("cbv")


class MemoryBackend:
    """The base of the backends that keep results in the memory of this process.

    It keeps the results of the last ``CBV_TASKS_MAX_RESULTS`` tasks that have ended
    (1,000 by default), and those of all tasks that wait or run.

    Since 0.1.
    """

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._limit = max(1, int(app.config.get("CBV_TASKS_MAX_RESULTS", 1000)))
        self._results: dict[str, TaskResult[Any]] = {}
        self._ended: deque[str] = deque()
        self._changed = Condition()

    def check(self, job: Job) -> None:
        """Accept every task; a subclass raises an error for one that it cannot run."""

    def find(self, id: str) -> TaskResult[Any] | None:
        """Return a copy of the present result of a task, None for an unknown id."""
        with self._changed:
            result = self._results.get(id)
            return None if result is None else copy(result)

    def wait(self, id: str, timeout: float | None) -> bool:
        """Wait until a task has ended.

        :param timeout: the most seconds to wait; None for no limit.
        :returns: whether the task has ended; True for an unknown id as well.
        """
        with self._changed:
            return self._changed.wait_for(lambda: self._has_ended(id), timeout)

    def _has_ended(self, id: str) -> bool:
        result = self._results.get(id)
        return result is None or result.is_finished

    def _register(self, result: TaskResult[Any]) -> bool:
        """Store the result of a new task, and tell whether the task is to be run.

        It is not, and nothing is stored, when a task with the same idempotency key
        waits, runs or has succeeded.
        """
        with self._changed:
            earlier = self._results.get(result.id)
            if earlier is not None and earlier.status is not TaskResultStatus.FAILED:
                return False
            if earlier is not None:
                self._ended.remove(result.id)
            self._results[result.id] = copy(result)
            return True

    def _run(self, job: Job) -> None:
        """Run a task and store its value or its error.

        :raises BaseException: an error that is no ``Exception``, such as SystemExit,
            which is to end the process.
        """
        self._change(job.id, status=TaskResultStatus.RUNNING)
        context = TaskContext(
            TaskResult(job.id, TaskResultStatus.RUNNING, source=self),
            lambda share: self._change(job.id, progress=share),
        )
        try:
            value = job.perform(self.app, context)
        except BaseException as error:
            logger.exception("Task %s (%s) failed", job.path, job.id)
            self._fail(job.id, error)
            if not isinstance(error, Exception):
                raise
        else:
            successful = TaskResultStatus.SUCCESSFUL
            self._finish(job.id, status=successful, value=value, progress=1.0)

    def _change(self, id: str, **changes: Any) -> None:
        """Set attributes of a stored result."""
        with self._changed:
            self._results[id].__dict__.update(changes)

    def _fail(self, id: str, error: BaseException) -> None:
        """Store the error of a task that has failed or could not be started."""
        failed = TaskResultStatus.FAILED
        self._finish(id, status=failed, errors=[TaskError.of(error)])

    def _finish(self, id: str, **changes: Any) -> None:
        """Set attributes of the result of a task that has ended.

        Beyond the limit the oldest result is dropped.
        """
        with self._changed:
            self._results[id].__dict__.update(changes)
            self._ended.append(id)
            if len(self._ended) > self._limit:
                del self._results[self._ended.popleft()]
            self._changed.notify_all()


class ImmediateBackend(MemoryBackend):
    """The backend that runs each task at once in the caller's thread, for tests.

    Chosen by ``CBV_TASKS_BACKEND = "immediate"``. The task has an application context
    and a database session of its own, as with the other backends.

    Since 0.1. Django: ``ImmediateBackend``.
    """

    def start(self, job: Job, result: TaskResult[Any]) -> None:
        """Run a task and update its result before returning."""
        if self._register(result):
            self._run(job)
        result.wait()
