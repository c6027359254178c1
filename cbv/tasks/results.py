"""The result of a task: its status, progress, return value and errors.

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
    """The status of a task. Since 0.1. Django: ``TaskResultStatus``."""

    #: The task waits for the commit of its view, or for a worker.
    READY = "READY"
    RUNNING = "RUNNING"
    #: The function raised an error; see :attr:`TaskResult.errors`.
    FAILED = "FAILED"
    SUCCESSFUL = "SUCCESSFUL"


class TaskResultDoesNotExist(LookupError):
    """The error for the id of a task that is unknown, or whose result was dropped.

    Since 0.1. Django: ``django.tasks.exceptions.TaskResultDoesNotExist``.
    """


@dataclass(frozen=True)
class TaskError:
    """The record of an exception that a task raised.

    Since 0.1. Django: ``TaskError``.
    """

    #: The class of the exception as ``package.module.ClassName``.
    exception_class_path: str
    #: The traceback as a text, as Python prints it.
    traceback: str

    @classmethod
    def of(cls, error: BaseException) -> TaskError:
        """Return the record of an exception. Since 0.1."""
        text = "".join(format_exception(error))
        return cls(class_path(error), text)


def class_path(error: BaseException) -> str:
    """Return the class of an exception as ``package.module.ClassName``. Since 0.1."""
    kind = type(error)
    return f"{kind.__module__}.{kind.__qualname__}"


class Source(Protocol):
    """The protocol by which a :class:`TaskResult` asks its backend for news.

    Since 0.1.
    """

    def find(self, id: str) -> TaskResult[Any] | None:
        """Return the present result of a task, None for an unknown id."""

    def wait(self, id: str, timeout: float | None) -> bool:
        """Wait until a task has ended, ``timeout`` seconds at most; tell if it has."""


@dataclass
class TaskResult(Generic[T]):
    """The state of a task when it was last read; :meth:`refresh` reads it again.

    Since 0.1. Django: ``TaskResult``; its times, arguments and workers are left out.
    """

    #: The id for :func:`cbv.tasks.get_result`. It stays the same when a broker delivers
    #: the task once more, so a task can record it to do its work only once.
    id: str
    status: TaskResultStatus = TaskResultStatus.READY
    #: From 0.0 to 1.0, as reported by the task with ``context.set_progress``.
    progress: float = 0.0
    #: The exception that the function raised, if it did.
    errors: list[TaskError] = field(default_factory=list)
    #: What the function returned; None until then. See :attr:`return_value`.
    value: Any = field(default=None, repr=False)
    #: The backend. None until the task is handed to it, after the commit of its view.
    source: Source | None = field(default=None, repr=False, compare=False)

    @property
    def is_finished(self) -> bool:
        """Whether the function has returned or raised an error.

        Since 0.1. Django: ``TaskResult.is_finished``.
        """
        return self.status in (TaskResultStatus.FAILED, TaskResultStatus.SUCCESSFUL)

    @property
    def return_value(self) -> T:
        """What the function returned, in JSON's types.

        :raises ValueError: before the task has ended, and when it failed.

        Since 0.1. Django: ``TaskResult.return_value``.
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
        """Read the present state of the task from its backend into this object.

        The status is READY until the view that enqueued the task has committed. After a
        rollback the task is never started and stays READY for ever.

        :raises TaskResultDoesNotExist: when the backend has dropped the result.

        Since 0.1. Django: ``TaskResult.refresh``.
        """
        if self.source is None:
            return
        present = self.source.find(self.id)
        if present is None:
            raise TaskResultDoesNotExist(self.id)
        self.__dict__.update(present.__dict__)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the task has ended, then :meth:`refresh` this object.

        Inside the view that enqueued the task it returns False at once, because the
        task starts only after that view.

        :param timeout: the most seconds to wait; None for no limit.
        :returns: whether the task has ended.
        :raises TaskResultDoesNotExist: when the backend has dropped the result.

        Since 0.1.
        """
        if self.source is not None:
            self.source.wait(self.id, timeout)
            self.refresh()
        return self.is_finished


class TaskContext:
    """The first argument of a task that is declared with ``takes_context=True``.

    Through it the task reports its progress.

    Since 0.1. Django: ``TaskContext``, which has no progress.
    """

    def __init__(
        self, task_result: TaskResult[Any], report: Callable[[float], object]
    ) -> None:
        #: The result of this task, with its ``id``.
        self.task_result = task_result
        self._report = report

    def set_progress(self, done: float, total: float = 100) -> None:
        """Report that ``done`` of ``total`` steps are done, for a progress bar.

        It may be called in each step of a loop: the progress is stored only when it
        has changed by a thousandth.

        Since 0.1.
        """
        share = done / total if total > 0 else 1.0
        share = round(min(max(share, 0.0), 1.0), 3)
        if share != self.task_result.progress:
            self.task_result.progress = share
            self._report(share)
