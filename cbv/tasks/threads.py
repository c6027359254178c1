"""Background threads of this process: the default, which needs no server.

Django has none of these; Django 6 leaves workers to third parties.
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
    """At most ``size`` threads, which live only while there is something to do.

    So an idle application has none: nothing to stop before a fork, or between tests.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.forget()

    def forget(self) -> None:
        """Start empty; after a fork, which takes no thread along."""
        self._waiting: deque[tuple[Any, ...]] = deque()
        self._threads = 0
        self._idle = Condition()

    def submit(self, *call: Any) -> None:
        """Have a thread call ``call[0]`` with the rest, as soon as one is free."""
        with self._idle:
            self._waiting.append(call)
            if self._threads >= self.size:
                return
            self._threads += 1
        try:
            # A daemon: Python would wait for others without limit at its end.
            Thread(target=self._work, name="cbv-task", daemon=True).start()
        except RuntimeError:  # no thread can be had: others take it, if there are any
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
            with suppress(BaseException):  # recorded and logged; the thread goes on
                function(*arguments)

    def drain(self, grace: float) -> int:
        """Wait until all is done, but no longer than ``grace`` seconds.

        :returns: how many calls are not done.
        """
        with self._idle:
            self._idle.wait_for(lambda: not self._threads, grace)
            return self._threads + len(self._waiting)


class ThreadBackend(MemoryBackend):
    """Run tasks in a bounded pool of threads of this process.

    ``CBV_TASKS_MAX_THREADS`` (4) at once; at the end of the process what was enqueued
    is given ``CBV_TASKS_GRACE_TIME`` (10) seconds. Results are known to this process
    alone: a server of several processes needs Celery.

    Since 0.1.
    """

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        self.pool = Pool(int(app.config.get("CBV_TASKS_MAX_THREADS", 4)))
        self._has_warned = False
        _backends.add(self)

    def check(self, job: Job) -> None:
        """Say once that other server processes will not know this result."""
        if not self._has_warned and has_request_context() and request.is_multiprocess:
            self._has_warned = True
            logger.warning(
                "Tasks run in threads of one server process, and the other processes"
                " of this server do not know their results: get_result() and progress"
                " pages fail there. Cure: set CBV_TASKS_BACKEND = 'celery'."
            )

    def start(self, job: Job, result: TaskResult[Any]) -> None:
        """Hand a task to the pool."""
        if self._take(result):
            self.pool.submit(self._run, job)

    def forget(self) -> None:
        """Start empty in a process that was forked: its parent runs what it began."""
        super().__init__(self.app)
        self.pool.forget()

    def drain(self) -> None:
        """Wait for the tasks at the end of the process; say which are given up."""
        grace = float(self.app.config.get("CBV_TASKS_GRACE_TIME", 10))
        left = self.pool.drain(grace)
        if left:
            logger.warning("%d tasks were given up after %g s of grace", left, grace)


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
