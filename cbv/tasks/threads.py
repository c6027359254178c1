"""The backend that runs tasks in threads of this process: the default.

It needs no broker and no worker process. Django has no such backend; it leaves the
running of tasks to third parties.
"""

from __future__ import annotations

import atexit
import logging
import os
from collections import deque
from contextlib import suppress
from threading import Condition
from threading import Thread
from typing import Any
from weakref import WeakSet

from flask import Flask
from flask import has_request_context
from flask import request

from .job import Job
from .memory import MemoryBackend
from .results import TaskResult

logger = logging.getLogger("cbv")


class Pool:
    """A pool of at most ``size`` threads, which end when there is nothing to do.

    So an application without tasks has no threads that would have to be stopped before
    a fork or between tests.

    Since 0.1.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.forget()

    def forget(self) -> None:
        """Start empty; also called after a fork, since the child has no threads."""
        self._waiting: deque[tuple[Any, ...]] = deque()
        self._threads = 0
        self._idle = Condition()

    def submit(self, *call: Any) -> None:
        """Have a thread call ``call[0](*call[1:])`` as soon as one is free.

        :raises RuntimeError: when no thread can be started and none is running.
        """
        with self._idle:
            self._waiting.append(call)
            if self._threads >= self.size:
                return
            self._threads += 1
        try:
            # A daemon thread: at its end Python would wait for any other without limit.
            Thread(target=self._work, name="cbv-task", daemon=True).start()
        except RuntimeError:  # no new thread: one that is running takes the call
            with self._idle:
                self._threads -= 1
                if not self._threads:
                    self._waiting.remove(call)
                    raise

    def _work(self) -> None:
        while True:
            with self._idle:
                if not self._waiting:
                    self._threads -= 1
                    self._idle.notify_all()
                    return
                function, *arguments = self._waiting.popleft()
            with suppress(BaseException):  # the function has stored and logged it
                function(*arguments)

    def drain(self, grace: float) -> int:
        """Wait until every call has ended, but no longer than ``grace`` seconds.

        :returns: how many calls have not ended.
        """
        with self._idle:
            self._idle.wait_for(lambda: not self._threads, grace)
            return self._threads + len(self._waiting)


class ThreadBackend(MemoryBackend):
    """The backend that runs tasks in a pool of threads of this process.

    At most ``CBV_TASKS_MAX_THREADS`` tasks (4 by default) run at the same time. When
    the process ends, it gives the tasks that wait or run ``CBV_TASKS_GRACE_TIME``
    seconds (10 by default) to end. Other processes do not know the results, so a server
    with several processes needs Celery.

    Since 0.1.
    """

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        self.pool = Pool(int(app.config.get("CBV_TASKS_MAX_THREADS", 4)))
        self._has_warned = False
        _backends.add(self)

    def check(self, job: Job) -> None:
        """Log a warning, once, if the server has more processes than this one."""
        if not self._has_warned and has_request_context() and request.is_multiprocess:
            self._has_warned = True
            logger.warning(
                "Tasks run in threads of one server process, and the other processes"
                " of this server do not know their results: get_result() and progress"
                " pages fail there. Cure: set CBV_TASKS_BACKEND = 'celery'."
            )

    def start(self, job: Job, result: TaskResult[Any]) -> None:
        """Hand a task to the pool.

        :raises RuntimeError: when no thread can be had. The task has failed then, so
            that its idempotency key is free again.
        """
        if not self._register(result):
            return
        try:
            self.pool.submit(self._run, job)
        except RuntimeError as error:
            self._fail(job.id, error)
            raise

    def forget(self) -> None:
        """Start empty in a forked process; the parent process runs its own tasks."""
        super().__init__(self.app)
        self.pool.forget()

    def drain(self) -> None:
        """Wait for the tasks at the end of the process; log how many are given up."""
        grace = float(self.app.config.get("CBV_TASKS_GRACE_TIME", 10))
        count = self.pool.drain(grace)
        if count:
            logger.warning("%d tasks were given up after %g s of grace", count, grace)


#: The thread backends of all applications in this process.
_backends: WeakSet[ThreadBackend] = WeakSet()


@atexit.register
def _drain_all() -> None:
    for backend in list(_backends):
        backend.drain()


def _forget_all() -> None:
    for backend in _backends:
        backend.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
