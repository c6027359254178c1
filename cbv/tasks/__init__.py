"""Background tasks: functions that a view enqueues and that run outside of it.

``CBV_TASKS_BACKEND`` chooses what runs them: threads of this process (``"thread"``, the
default), Celery's workers (``"celery"``), or the caller's own thread, at once, which is
for tests (``"immediate"``). The same task runs on all three.

Django: ``django.tasks`` (6.0).
"""

from __future__ import annotations

from .backends import celery_app
from .backends import get_result
from .definition import Task
from .definition import task
from .results import TaskContext
from .results import TaskError
from .results import TaskResult
from .results import TaskResultDoesNotExist
from .results import TaskResultStatus

__all__ = [
    "Task",
    "TaskContext",
    "TaskError",
    "TaskResult",
    "TaskResultDoesNotExist",
    "TaskResultStatus",
    "celery_app",
    "get_result",
    "task",
]
