"""``@task``: a function that can be enqueued, to be run later and elsewhere.

Django: ``django.tasks.task`` and ``Task``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import replace
from functools import cached_property
from inspect import Signature
from inspect import signature
from typing import Any
from typing import Concatenate
from typing import Generic
from typing import Literal
from typing import overload
from typing import ParamSpec
from typing import TypeVar
from uuid import uuid4

from flask import current_app

from ..db import unit
from .arguments import plain
from .backends import backend
from .backends import get_result
from .job import Job
from .request_copy import RequestCopy
from .results import TaskContext
from .results import TaskResult

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Task(Generic[P, T]):
    """A function that can be enqueued; :func:`task` makes it.

    Since 0.1. Django: ``Task``; without priority, ``run_after`` and the async twins.
    """

    #: The function itself.
    func: Callable[..., T]
    #: The queue of Celery that it waits in.
    queue_name: str = "default"
    #: Whether the function's first argument is a :class:`TaskContext`.
    takes_context: bool = False
    #: Whether it runs in a copy of the request that enqueued it.
    takes_request_context: bool = False
    #: What runs it; None for the application's own backend.
    backend: str | None = None
    #: See :meth:`using`.
    idempotency_key: str | None = None

    @property
    def name(self) -> str:
        """The name of the function."""
        return self.func.__name__

    @property
    def module_path(self) -> str:
        """``package.module.function``, by which a Celery worker finds the task."""
        return f"{self.func.__module__}.{self.func.__qualname__}"

    def using(
        self,
        *,
        queue_name: str | None = None,
        backend: str | None = None,
        idempotency_key: str | None = None,
    ) -> Task[P, T]:
        """Return the same task with another queue or backend, or with a key that keeps
        it from running twice.

        ``welcome.using(idempotency_key=f"welcome-{user.id}").enqueue(user.id)`` may be
        called again: the result has the same id, and a task that waits, runs or
        succeeded is not started once more; one that failed is.

        Since 0.1. Django: ``Task.using``; the key is ours.
        """
        return replace(
            self,
            queue_name=queue_name or self.queue_name,
            backend=backend or self.backend,
            idempotency_key=idempotency_key or self.idempotency_key,
        )

    def enqueue(self, *args: P.args, **kwargs: P.kwargs) -> TaskResult[T]:
        """Have the function called in the background; return its result to be.

        Inside a cbv view it is handed over after the view's commit, and never after a
        rollback; elsewhere at once.

        :raises TypeError: for arguments that do not fit the function or are not JSON,
            and for ``takes_request_context`` with Celery.
        :raises ImproperlyConfigured: for a backend that is not set up.

        Since 0.1. Django: ``Task.enqueue``.
        """
        job = self._job(args, kwargs)
        runs = backend(self.backend)
        runs.check(job)
        result: TaskResult[T] = TaskResult(job.id)

        def start() -> None:
            result.source = runs
            runs.start(job, result)

        unit.on_commit(start)
        return result

    def get_result(self, id: str) -> TaskResult[T]:
        """Return the result of an earlier call; see :func:`cbv.tasks.get_result`."""
        return get_result(id)

    def call(self, *args: Any, **kwargs: Any) -> T:
        """Call the function itself, here and now. Django: ``Task.call``."""
        return self.func(*args, **kwargs)

    @cached_property
    def _signature(self) -> Signature:
        return signature(self.func)

    def _job(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Job:
        first = (None,) if self.takes_context else ()
        self._signature.bind(*first, *args, **kwargs)
        return Job(
            id=self._id(),
            path=self.module_path,
            function=self.func,
            args=[
                plain(value, f"{self.name}: argument {number}")
                for number, value in enumerate(args, 1)
            ],
            kwargs={
                name: plain(value, f"{self.name}: argument {name!r}")
                for name, value in kwargs.items()
            },
            queue_name=self.queue_name,
            is_keyed=self.idempotency_key is not None,
            takes_context=self.takes_context,
            request=RequestCopy(self.name) if self.takes_request_context else None,
        )

    def _id(self) -> str:
        """Return a new id, or the key's own, which an outsider cannot guess."""
        if self.idempotency_key is None:
            return str(uuid4())
        secret = current_app.secret_key or b""
        secret = secret.encode() if isinstance(secret, str) else secret
        text = f"{self.module_path}:{self.idempotency_key}".encode()
        return hashlib.blake2b(text, key=secret[:64], digest_size=16).hexdigest()


@overload
def task(function: Callable[P, T], /) -> Task[P, T]: ...
@overload
def task(
    *,
    queue_name: str = "default",
    backend: str | None = None,
    takes_context: Literal[True],
    takes_request_context: bool = False,
) -> Callable[[Callable[Concatenate[TaskContext, P], T]], Task[P, T]]: ...
@overload
def task(
    *,
    queue_name: str = "default",
    backend: str | None = None,
    takes_request_context: bool = False,
) -> Callable[[Callable[P, T]], Task[P, T]]: ...
def task(function: Any = None, /, **options: Any) -> Any:
    """Make a function a task: ``@task`` or ``@task(queue_name="mail")``.

    Its arguments and what it returns are JSON, so that it runs alike in a thread and in
    another process.

    :param queue_name: the queue of Celery that it waits in.
    :param backend: what runs it, if not what ``CBV_TASKS_BACKEND`` says.
    :param takes_context: give it a :class:`TaskContext` as first argument.
    :param takes_request_context: run it in a copy of the request that enqueues it:
        ``request``, ``session`` (to be read) and ``current_user`` are there, and what
        is plain on ``g``. Not with Celery.

    Since 0.1. Django: ``django.tasks.task``.
    """
    if function is None:
        return lambda decorated: Task(decorated, **options)
    return Task(function, **options)
