"""Tasks in the worker processes of Celery, over Redis or RabbitMQ.

What is set here, unless ``app.config["CELERY"]`` says otherwise, keeps a task from
being lost with its worker: it is acknowledged when it has ended, and what a killed
worker left is delivered again. So a task may run twice, and what it does should be
keyed by its ``id`` (see :meth:`cbv.tasks.Task.using`).
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from time import monotonic
from time import sleep
from typing import Any

from celery import Celery
from celery import Task as CeleryTask
from celery.backends.base import DisabledBackend
from celery.backends.rpc import RPCBackend
from celery.exceptions import Ignore
from flask import Flask
from werkzeug.utils import import_string
from werkzeug.utils import ImportStringError

from ..exceptions import ImproperlyConfigured
from .definition import Task
from .job import Job
from .results import class_path
from .results import TaskContext
from .results import TaskError
from .results import TaskResult
from .results import TaskResultStatus

DEFAULTS: Mapping[str, Any] = {
    "task_default_queue": "default",
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "task_track_started": True,
    # What lost its broker is delivered again: do not end it here as well.
    "worker_cancel_long_running_tasks_on_connection_loss": True,
    # A worker holds no task back that another one could begin.
    "worker_prefetch_multiplier": 1,
    "broker_connection_retry_on_startup": True,
    # A view that enqueues must not hang for twenty seconds when Redis is down.
    "result_backend_transport_options": {
        "retry_policy": {"max_retries": 3, "interval_step": 0.2}
    },
}
#: Options of the broker's transport, by the beginning of its URL.
TRANSPORT: Mapping[str, Mapping[str, Any]] = {
    # A task that runs longer than visibility_timeout is delivered once more. Kombu
    # looks for such tasks every interval times throttle seconds; its own are 10 and 10.
    "redis": {
        "visibility_timeout": 3600,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
    },
    # enqueue() returns when RabbitMQ has the task, not when it was sent.
    "amqp": {"confirm_publish": True},
}
#: No pickle, whatever the application says: who writes to the broker could run code.
JSON_ONLY: Mapping[str, Any] = {
    "task_serializer": "json",
    "result_serializer": "json",
    "accept_content": ["json"],
    "result_accept_content": ["json"],
}
#: Our states by Celery's; READY is our own mark, PENDING is what it says of any id.
STATES = {
    "READY": TaskResultStatus.READY,
    "RECEIVED": TaskResultStatus.READY,
    "SUCCESS": TaskResultStatus.SUCCESSFUL,
    "FAILURE": TaskResultStatus.FAILED,
    "REVOKED": TaskResultStatus.FAILED,
}
RUN = "cbv.run_task"
PROGRESS = "PROGRESS"


def made_celery(app: Flask) -> Any:
    """Return the application's Celery, made the first time; ours runs on it."""
    celery = app.extensions.get("celery")
    if celery is None:
        celery = app.extensions["celery"] = _made(app)
    celery.flask_app = app
    if RUN not in celery.tasks:
        celery.task(_run, bind=True, name=RUN, acks_late=True, serializer="json")
    return celery


def _made(app: Flask) -> Any:
    settings = dict(app.config.get("CELERY") or {})
    broker = settings.get("broker_url")
    if not broker:
        raise ImproperlyConfigured(
            f"The application {app.name!r} names no broker for Celery. Cure: set"
            " CELERY = {'broker_url': 'redis://…', 'result_backend': 'redis://…'}."
        )
    options = next((TRANSPORT[k] for k in TRANSPORT if broker.startswith(k)), {})
    settings["broker_transport_options"] = {
        **options,
        **settings.get("broker_transport_options", {}),
    }
    celery = Celery(app.import_name, task_cls=_task_class(app), set_as_current=False)
    celery.conf.update({**DEFAULTS, **settings, **JSON_ONLY})
    return celery


def _task_class(app: Flask) -> type[Any]:
    class FlaskTask(CeleryTask):  # type: ignore[misc]
        """A task of Celery's own that runs in an application context."""

        def __call__(self, *args: object, **kwargs: object) -> object:
            if self.name == RUN:  # which enters its own, as every backend does
                return self.run(*args, **kwargs)
            with app.app_context():
                return self.run(*args, **kwargs)

    return FlaskTask


# --- in the worker -------------------------------------------------------------------


def _run(self: Any, path: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Run a task of cbv's in a worker.

    One that succeeded is not run again: its worker was killed before it told the
    broker, or it was enqueued twice with one key.
    """
    id = self.request.id
    if self.backend.get_state(id) == "SUCCESS":
        raise Ignore
    found = _found(path)
    if found is None:
        raise LookupError(f"{path} is no task of this worker")

    def report(share: float) -> None:
        self.update_state(id, PROGRESS, {"progress": share})

    job = Job(id, path, found.func, args, kwargs, takes_context=found.takes_context)
    context = TaskContext(TaskResult(id, TaskResultStatus.RUNNING), report)
    return job.perform(self.app.flask_app, context)


def _found(path: str) -> Task[..., Any] | None:
    try:
        found = import_string(path)
    except ImportStringError:
        return None
    return found if isinstance(found, Task) else None


# --- in the application --------------------------------------------------------------


class CeleryBackend:
    """Send tasks to Celery's workers, and read their results where it keeps them.

    ``CBV_TASKS_BACKEND = "celery"``, with ``CELERY`` as :func:`cbv.tasks.celery_app`
    wants it.

    Since 0.1.
    """

    def __init__(self, app: Flask) -> None:
        self.celery = made_celery(app)
        self._marks = not isinstance(self.celery.backend, (DisabledBackend, RPCBackend))

    def check(self, job: Job) -> None:
        """Refuse what no worker could run.

        :raises TypeError: for a task that takes a request context.
        :raises ImproperlyConfigured: for one that a worker could not import.
        """
        if job.request is not None:
            raise TypeError(
                f"{job.path} takes a request context, which cannot go to a Celery"
                " worker. Cure: pass the values it needs, or run it in a thread."
            )
        found = _found(job.path)
        if found is None or found.func is not job.function:
            raise ImproperlyConfigured(
                f"A Celery worker finds no task at {job.path}. Cure: decorate a"
                " function of a module with @task, under its own name."
            )

    def start(self, job: Job, result: TaskResult[Any]) -> None:
        """Send a task, unless its key says that it waits, runs or succeeded."""
        if self._marks:
            if job.is_keyed and self._is_under_way(job.id):
                return
            # Celery itself cannot tell a task that waits from one it never heard of.
            self.celery.backend.store_result(job.id, None, "READY")
        self.celery.tasks[RUN].apply_async(
            args=(job.path, job.args, job.kwargs),
            task_id=job.id,
            queue=job.queue_name,
            shadow=job.path,
        )

    def _is_under_way(self, id: str) -> bool:
        known = self.find(id)
        return known is not None and known.status is not TaskResultStatus.FAILED

    def find(self, id: str) -> TaskResult[Any] | None:
        """Return the present state of a task, None for an unknown one.

        :raises ImproperlyConfigured: where Celery keeps no results to be shared.
        """
        if not self._marks:
            raise ImproperlyConfigured(
                "Celery keeps no results that another process could read. Cure: set"
                " CELERY['result_backend'] to redis://… or db+postgresql://…."
            )
        meta = self.celery.backend.get_task_meta(id)
        if meta["status"] == "PENDING":
            return None
        result: TaskResult[Any] = TaskResult(id, source=self)
        result.status = STATES.get(meta["status"], TaskResultStatus.RUNNING)
        _fill(result, meta)
        return result

    def wait(self, id: str, timeout: float | None) -> bool:
        """Look again and again until a task has ended or the time is over.

        Celery's own ``get()`` is refused in a worker and holds a connection per thread.
        """
        end = None if timeout is None else monotonic() + timeout
        pause = 0.01
        while True:
            found = self.find(id)
            if found is None or found.is_finished:
                return True
            left = pause if end is None else end - monotonic()
            if left <= 0:
                return False
            sleep(min(pause, left))
            pause = min(pause * 1.5, 0.5)


def _fill(result: TaskResult[Any], meta: Mapping[str, Any]) -> None:
    """Fill in what Celery kept beside the state."""
    value = meta["result"]
    if result.status is TaskResultStatus.SUCCESSFUL:
        result.value, result.progress = value, 1.0
    elif isinstance(value, BaseException):
        error = TaskError(class_path(value), meta.get("traceback") or str(value))
        result.errors = [error]
    elif meta["status"] == PROGRESS:
        result.progress = value["progress"]
