"""Background work: threads by default, Celery when configured, at once in tests.

Django: ``django.tasks`` (6.0). ``CBV_TASKS_BACKEND`` chooses: ``"thread"``,
``"immediate"`` or ``"celery"``; the same task runs on all three.
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
