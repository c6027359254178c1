"""The decorator ``@task``, which makes a function one that can run in the background.

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
    """A function that can be enqueued, made by the decorator :func:`task`.

    Since 0.1. Django: ``Task``; without priority, ``run_after`` and the async twins.
    """

    #: The decorated function.
    func: Callable[..., T]
    #: The queue of Celery in which the task waits for a worker.
    queue_name: str = "default"
    #: Whether the function's first argument is a :class:`TaskContext`.
    takes_context: bool = False
    #: Whether the task runs in a copy of the request that enqueued it.
    takes_request_context: bool = False
    #: The name of the backend that runs it; None for ``CBV_TASKS_BACKEND``.
    backend: str | None = None
    #: The key that keeps the task from running twice; see :meth:`using`.
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
        """Return a copy of this task with another queue, backend or idempotency key.

        ``welcome.using(idempotency_key=f"welcome-{user.id}").enqueue(user.id)`` may be
        called more than once. Each call returns a result with the same id. The task is
        not started again while it waits or runs, nor after it has succeeded; after it
        has failed, it is.

        :param queue_name: the queue of Celery in which the task waits for a worker.
        :param backend: ``thread``, ``immediate`` or ``celery``.
        :param idempotency_key: a text that is unique among the calls of this task.
        :returns: the copy; arguments that are left out keep their present values.

        Since 0.1. Django: ``Task.using``, which has no idempotency key.
        """
        return replace(
            self,
            queue_name=queue_name or self.queue_name,
            backend=backend or self.backend,
            idempotency_key=idempotency_key or self.idempotency_key,
        )

    def enqueue(self, *args: P.args, **kwargs: P.kwargs) -> TaskResult[T]:
        """Have the function called in the background, with these arguments.

        Inside a class-based view the task is handed to the backend after the view's
        commit, and not at all after a rollback; elsewhere it is handed over at once.

        :returns: the result, which has no value until the task has ended.
        :raises TypeError: for arguments that do not fit the function or are not JSON,
            and for ``takes_request_context`` with Celery.
        :raises ImproperlyConfigured: for a backend that is not set up.

        Since 0.1. Django: ``Task.enqueue``.
        """
        job = self._job(args, kwargs)
        task_backend = backend(self.backend)
        task_backend.check(job)
        result: TaskResult[T] = TaskResult(job.id)

        def start() -> None:
            result.source = task_backend
            task_backend.start(job, result)

        unit.on_commit(start)
        return result

    def get_result(self, id: str) -> TaskResult[T]:
        """Return the result of an earlier call; see :func:`cbv.tasks.get_result`.

        Since 0.1. Django: ``Task.get_result``.
        """
        return get_result(id)

    def call(self, *args: Any, **kwargs: Any) -> T:
        """Call the function directly, without a backend, and return its value.

        Since 0.1. Django: ``Task.call``.
        """
        return self.func(*args, **kwargs)

    @cached_property
    def _signature(self) -> Signature:
        """The signature of the function, computed once."""
        return signature(self.func)

    def _job(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Job:
        """Return the record of one call, with the arguments as JSON.

        :raises TypeError: for arguments that do not fit the function or are not JSON.
        """
        context = (None,) if self.takes_context else ()
        self._signature.bind(*context, *args, **kwargs)
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
        """Return a new random id, or the id that belongs to the idempotency key.

        The latter is a hash with the application's secret, so that nobody can guess the
        id from the key.
        """
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
    """Make a :class:`Task` of a function: ``@task`` or ``@task(queue_name="mail")``.

    The function's arguments and its return value must be JSON, so that it works in the
    same way in a thread and in another process.

    :param queue_name: the queue of Celery in which the task waits for a worker.
    :param backend: the name of the backend that runs it; None for
        ``CBV_TASKS_BACKEND``.
    :param takes_context: whether the function gets a :class:`TaskContext` as its first
        argument, to report its progress.
    :param takes_request_context: whether the function runs in a copy of the request
        that enqueues it. Then ``request``, ``session`` (read-only) and ``current_user``
        can be used, and the plain values on ``g``. Not with Celery.
    :returns: the task, or a decorator.

    Since 0.1. Django: ``django.tasks.task``.
    """
    if function is None:
        return lambda decorated: Task(decorated, **options)
    return Task(function, **options)
