"""What becomes of a task: its result, for who enqueued it and for who asks later.

Django: ``django.tasks``' ``TaskResult``, ``TaskResultStatus`` and ``TaskError``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
from enum import StrEnum
from traceback import format_exception
from typing import Any
from typing import Generic
from typing import Protocol
from typing import TypeVar

T = TypeVar("T")


class TaskResultStatus(StrEnum):
    """How far a task has come. Since 0.1. Django: ``TaskResultStatus``."""

    #: It waits for its commit, or for a worker.
    READY = "READY"
    RUNNING = "RUNNING"
    #: The function raised; see :attr:`TaskResult.errors`.
    FAILED = "FAILED"
    SUCCESSFUL = "SUCCESSFUL"


class TaskResultDoesNotExist(LookupError):
    """Say that no task with this id is known here, or no longer.

    Since 0.1. Django: ``django.tasks.exceptions.TaskResultDoesNotExist``.
    """


@dataclass(frozen=True)
class TaskError:
    """One exception of a task. Since 0.1. Django: ``TaskError``."""

    #: ``package.module.ClassName`` of the exception.
    exception_class_path: str
    #: The traceback, as Python prints it.
    traceback: str

    @classmethod
    def of(cls, error: BaseException) -> TaskError:
        """Return the record of an exception."""
        text = "".join(format_exception(error))
        return cls(class_path(error), text)


def class_path(error: BaseException) -> str:
    """Return ``package.module.ClassName`` of an exception."""
    kind = type(error)
    return f"{kind.__module__}.{kind.__qualname__}"


class Source(Protocol):
    """Where results are kept: what a backend is to a result."""

    def find(self, id: str) -> TaskResult[Any] | None:
        """Return the present state of a task, None for an unknown one."""

    def wait(self, id: str, timeout: float | None) -> bool:
        """Return when a task has ended or the time is over; tell which."""


@dataclass
class TaskResult(Generic[T]):
    """The state of a task when it was last looked at; :meth:`refresh` looks again.

    Since 0.1. Django: ``TaskResult``; its times, arguments and workers are left out.
    """

    #: What :func:`cbv.tasks.get_result` finds it by; the same when a broker delivers
    #: the task once more, so it serves as an idempotency key.
    id: str
    status: TaskResultStatus = TaskResultStatus.READY
    #: From 0.0 to 1.0, as the task reports by ``context.set_progress``.
    progress: float = 0.0
    #: What the function raised.
    errors: list[TaskError] = field(default_factory=list)
    #: What the function returned, once it has.
    value: Any = field(default=None, repr=False)
    #: None until the task is handed over, which is after the view's commit.
    source: Source | None = field(default=None, repr=False, compare=False)

    @property
    def is_finished(self) -> bool:
        """Whether the function has returned or raised."""
        return self.status in (TaskResultStatus.FAILED, TaskResultStatus.SUCCESSFUL)

    @property
    def return_value(self) -> T:
        """What the function returned, in JSON's types.

        :raises ValueError: while the task has not ended, and when it failed.
        """
        if self.status is TaskResultStatus.FAILED:
            raise ValueError(f"Task {self.id} failed; its errors say how.")
        if self.status is not TaskResultStatus.SUCCESSFUL:
            raise ValueError(
                f"Task {self.id} has not finished yet: refresh() or wait()."
            )
        value: T = self.value
        return value

    def refresh(self) -> None:
        """Look again how far the task has come.

        A task that is not handed over yet, because its view has not committed, stays
        READY; one that was dropped with a rollback stays so for ever.

        :raises TaskResultDoesNotExist: when it is no longer kept.
        """
        if self.source is None:
            return
        found = self.source.find(self.id)
        if found is None:
            raise TaskResultDoesNotExist(self.id)
        self.__dict__.update(found.__dict__)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the task has ended; tell whether it has, and refresh.

        Inside the view that enqueued it the answer is False at once: the task starts
        after that view.

        :param timeout: seconds at most; None for no limit.
        """
        if self.source is not None:
            self.source.wait(self.id, timeout)
            self.refresh()
        return self.is_finished


class TaskContext:
    """The first argument of a task that was declared with ``takes_context=True``.

    Since 0.1. Django: ``TaskContext``; progress is ours.
    """

    def __init__(
        self, task_result: TaskResult[Any], report: Callable[[float], object]
    ) -> None:
        #: The result of this task, with its ``id``.
        self.task_result = task_result
        self._report = report

    def set_progress(self, done: float, total: float = 100) -> None:
        """Tell who asks for the result that ``done`` of ``total`` is done.

        Cheap enough for every step of a loop: what would not move the bar by a
        thousandth is not stored.
        """
        share = done / total if total > 0 else 1.0
        share = round(min(max(share, 0.0), 1.0), 3)
        if share != self.task_result.progress:
            self.task_result.progress = share
            self._report(share)
