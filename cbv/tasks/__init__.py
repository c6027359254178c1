"""Background work: threads by default, Celery when configured, at once in tests.

Django: ``django.tasks`` (6.0). ``CBV_TASKS_BACKEND`` chooses: ``"thread"``,
``"immediate"`` or ``"celery"``; the same task runs on all three.
"""

from __future__ import annotations

from .backends import celery_app as celery_app
from .backends import get_result as get_result
from .definition import Task as Task
from .definition import task as task
from .results import TaskContext as TaskContext
from .results import TaskError as TaskError
from .results import TaskResult as TaskResult
from .results import TaskResultDoesNotExist as TaskResultDoesNotExist
from .results import TaskResultStatus as TaskResultStatus
