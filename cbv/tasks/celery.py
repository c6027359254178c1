"""The backend that runs tasks in Celery's worker processes, over Redis or RabbitMQ.

The defaults below, which ``app.config["CELERY"]`` can override, make sure that no task
is lost when its worker dies: a task is acknowledged only when it has ended, and the
broker delivers the task of a killed worker again. So a task may run twice; to do its
work only once, it should record its ``id`` (see :meth:`cbv.tasks.Task.using`).
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

#: The settings of Celery for which cbv has its own defaults.
DEFAULTS: Mapping[str, Any] = {
    "task_default_queue": "default",
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "task_track_started": True,
    # A task whose worker has lost the broker is delivered again, to another worker: so
    # it is cancelled here.
    "worker_cancel_long_running_tasks_on_connection_loss": True,
    # A worker does not reserve tasks that another worker could start at once.
    "worker_prefetch_multiplier": 1,
    "broker_connection_retry_on_startup": True,
    # With Celery's default a view that enqueues hangs for twenty seconds when Redis is
    # down.
    "result_backend_transport_options": {
        "retry_policy": {"max_retries": 3, "interval_step": 0.2}
    },
}
#: Options of the broker's transport, by the beginning of its URL.
TRANSPORT: Mapping[str, Mapping[str, Any]] = {
    # A task that runs longer than visibility_timeout (seconds) is delivered once more.
    # Kombu looks for such tasks every interval times throttle seconds; its own values
    # are 10 and 10.
    "redis": {
        "visibility_timeout": 3600,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
    },
    # enqueue() returns when RabbitMQ has received the task, not when it was sent.
    "amqp": {"confirm_publish": True},
}
#: Settings that the application cannot change: no pickle, because with it anybody who
#: can write to the broker could run code in the workers.
JSON_ONLY: Mapping[str, Any] = {
    "task_serializer": "json",
    "result_serializer": "json",
    "accept_content": ["json"],
    "result_accept_content": ["json"],
}
#: The status in cbv for each state in Celery. The state READY is written by cbv itself,
#: since Celery reports PENDING for every unknown id. A state that is missing here means
#: RUNNING.
STATES = {
    "READY": TaskResultStatus.READY,
    "RECEIVED": TaskResultStatus.READY,
    "SUCCESS": TaskResultStatus.SUCCESSFUL,
    "FAILURE": TaskResultStatus.FAILED,
    "REVOKED": TaskResultStatus.FAILED,
}
#: The name of the one Celery task, which runs every task of cbv.
RUN = "cbv.run_task"
#: The state under which a running task stores its progress.
PROGRESS = "PROGRESS"


def made_celery(app: Flask) -> Any:
    """Return the Celery application of a Flask application, created at the first call.

    One that the application has put into ``app.extensions["celery"]`` is used instead.
    The Celery task that runs the tasks of cbv is registered on it.

    :raises ImproperlyConfigured: without ``broker_url``.

    Since 0.1.
    """
    celery = app.extensions.get("celery")
    if celery is None:
        celery = app.extensions["celery"] = _new_celery(app)
    celery.flask_app = app
    if RUN not in celery.tasks:
        celery.task(_run, bind=True, name=RUN, acks_late=True, serializer="json")
    return celery


def _new_celery(app: Flask) -> Any:
    """Return a new Celery application with the settings of a Flask application."""
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
    """Return the base class of the Celery tasks of a Flask application."""

    class FlaskTask(CeleryTask):  # type: ignore[misc]
        """A task of Celery that runs in an application context."""

        def __call__(self, *args: object, **kwargs: object) -> object:
            if self.name == RUN:  # Job.perform() enters the context
                return self.run(*args, **kwargs)
            with app.app_context():
                return self.run(*args, **kwargs)

    return FlaskTask


# --- in the worker -------------------------------------------------------------------


def _run(self: Any, path: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Run a task of cbv in a worker.

    A task that has succeeded already is not run again. It is delivered a second time
    when its worker was killed before the acknowledgement, or when it was enqueued twice
    with one idempotency key.

    :param path: the task's ``module_path``.
    """
    id = self.request.id
    if self.backend.get_state(id) == "SUCCESS":
        raise Ignore
    task = _task_at(path)
    if task is None:
        raise LookupError(f"{path} is no task of this worker")

    def report(share: float) -> None:
        self.update_state(id, PROGRESS, {"progress": share})

    job = Job(id, path, task.func, args, kwargs, takes_context=task.takes_context)
    context = TaskContext(TaskResult(id, TaskResultStatus.RUNNING), report)
    return job.perform(self.app.flask_app, context)


def _task_at(path: str) -> Task[..., Any] | None:
    """Return the task with this ``module_path``, None if there is no task."""
    try:
        value = import_string(path)
    except ImportStringError:
        return None
    return value if isinstance(value, Task) else None


# --- in the application --------------------------------------------------------------


class CeleryBackend:
    """The backend that sends tasks to Celery's workers and reads their results.

    Chosen by ``CBV_TASKS_BACKEND = "celery"``. :func:`cbv.tasks.celery_app` describes
    the setting ``CELERY``. The results are read from Celery's result backend.

    Since 0.1.
    """

    def __init__(self, app: Flask) -> None:
        self.celery = made_celery(app)
        no_shared_results = (DisabledBackend, RPCBackend)
        #: Whether other processes can read the results.
        self._has_results = not isinstance(self.celery.backend, no_shared_results)

    def check(self, job: Job) -> None:
        """Raise an error if no worker could run the task.

        :raises TypeError: for a task that takes a request context.
        :raises ImproperlyConfigured: for a task that a worker could not import by its
            path.
        """
        if job.request is not None:
            raise TypeError(
                f"{job.path} takes a request context, which cannot go to a Celery"
                " worker. Cure: pass the values it needs, or run it in a thread."
            )
        task = _task_at(job.path)
        if task is None or task.func is not job.function:
            raise ImproperlyConfigured(
                f"A Celery worker finds no task at {job.path}. Cure: decorate a"
                " function of a module with @task, under its own name."
            )

    def start(self, job: Job, result: TaskResult[Any]) -> None:
        """Send a task to the broker.

        Nothing is sent when a task with the same idempotency key waits, runs or has
        succeeded.

        :raises Exception: what Celery raises when the broker does not take the task.
            The task has failed then, so that its idempotency key is free again.
        """
        if self._has_results:
            if job.is_keyed and self._is_under_way(job.id):
                return
            # Otherwise Celery could not tell a task that waits from an unknown id.
            self.celery.backend.store_result(job.id, None, "READY")
        try:
            self.celery.tasks[RUN].apply_async(
                args=(job.path, job.args, job.kwargs),
                task_id=job.id,
                queue=job.queue_name,
                shadow=job.path,
            )
        except Exception as error:
            if self._has_results:
                self.celery.backend.store_result(job.id, error, "FAILURE")
            raise

    def _is_under_way(self, id: str) -> bool:
        """Tell whether a task waits, runs or has succeeded."""
        result = self.find(id)
        return result is not None and result.status is not TaskResultStatus.FAILED

    def find(self, id: str) -> TaskResult[Any] | None:
        """Return the present result of a task, None for an unknown id.

        :raises ImproperlyConfigured: when Celery has no result backend that other
            processes can read.
        """
        if not self._has_results:
            raise ImproperlyConfigured(
                "Celery keeps no results that another process could read. Cure: set"
                " CELERY['result_backend'] to redis://… or db+postgresql://…."
            )
        meta = self.celery.backend.get_task_meta(id)
        if meta["status"] == "PENDING":
            return None
        result: TaskResult[Any] = TaskResult(id, source=self)
        result.status = STATES.get(meta["status"], TaskResultStatus.RUNNING)
        _fill_in(result, meta)
        return result

    def wait(self, id: str, timeout: float | None) -> bool:
        """Wait until a task has ended, by asking for its state again and again.

        Celery's own ``get()`` is not allowed in a worker, and each thread that calls it
        keeps a connection open.

        :param timeout: the most seconds to wait; None for no limit.
        :returns: whether the task has ended; True for an unknown id as well.
        """
        deadline = None if timeout is None else monotonic() + timeout
        pause = 0.01
        while True:
            result = self.find(id)
            if result is None or result.is_finished:
                return True
            remaining = pause if deadline is None else deadline - monotonic()
            if remaining <= 0:
                return False
            sleep(min(pause, remaining))
            pause = min(pause * 1.5, 0.5)


def _fill_in(result: TaskResult[Any], meta: Mapping[str, Any]) -> None:
    """Set value, error or progress of a result from Celery's record of the task."""
    value = meta["result"]
    if result.status is TaskResultStatus.SUCCESSFUL:
        result.value, result.progress = value, 1.0
    elif isinstance(value, BaseException):
        error = TaskError(class_path(value), meta.get("traceback") or str(value))
        result.errors = [error]
    elif meta["status"] == PROGRESS:
        result.progress = value["progress"]
