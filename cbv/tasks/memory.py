"""Results in the memory of this process, and the backend that runs a task at once.

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
    """What keeps results in this process: those of the last tasks that ended.

    ``CBV_TASKS_MAX_RESULTS`` (1,000) of them; what waits or runs is never dropped.
    """

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._limit = max(1, int(app.config.get("CBV_TASKS_MAX_RESULTS", 1000)))
        self._results: dict[str, TaskResult[Any]] = {}
        self._ended: deque[str] = deque()
        self._changed = Condition()

    def check(self, job: Job) -> None:
        """Refuse a task that this backend cannot run; there is none."""

    def find(self, id: str) -> TaskResult[Any] | None:
        """Return a copy of the present state of a task, None for an unknown one."""
        with self._changed:
            found = self._results.get(id)
            return None if found is None else copy(found)

    def wait(self, id: str, timeout: float | None) -> bool:
        """Return when a task has ended or the time is over; tell which."""
        with self._changed:
            return self._changed.wait_for(lambda: self._has_ended(id), timeout)

    def _has_ended(self, id: str) -> bool:
        found = self._results.get(id)
        return found is None or found.is_finished

    def _take(self, result: TaskResult[Any]) -> bool:
        """Keep a new result; tell whether its task is to be run.

        It is not where one with the same idempotency key waits, runs or succeeded.
        """
        with self._changed:
            known = self._results.get(result.id)
            if known is not None and known.status is not TaskResultStatus.FAILED:
                return False
            if known is not None:
                self._ended.remove(result.id)
            self._results[result.id] = copy(result)
            return True

    def _run(self, job: Job) -> None:
        """Run a task and record what becomes of it.

        :raises BaseException: only what is no Exception: the process is to end.
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
            failed = TaskResultStatus.FAILED
            self._end(job.id, status=failed, errors=[TaskError.of(error)])
            if not isinstance(error, Exception):
                raise
        else:
            done = TaskResultStatus.SUCCESSFUL
            self._end(job.id, status=done, value=value, progress=1.0)

    def _change(self, id: str, **changes: Any) -> None:
        with self._changed:
            self._results[id].__dict__.update(changes)

    def _end(self, id: str, **changes: Any) -> None:
        with self._changed:
            self._results[id].__dict__.update(changes)
            self._ended.append(id)
            if len(self._ended) > self._limit:
                del self._results[self._ended.popleft()]
            self._changed.notify_all()


class ImmediateBackend(MemoryBackend):
    """Run each task at once, in this thread, but in contexts of its own.

    For tests and scripts. ``CBV_TASKS_BACKEND = "immediate"``.

    Since 0.1. Django: ``ImmediateBackend``.
    """

    def start(self, job: Job, result: TaskResult[Any]) -> None:
        """Run a task; its result is up to date when this returns."""
        if self._take(result):
            self._run(job)
        result.wait()
