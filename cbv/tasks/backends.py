"""The choice of the backend that runs an application's tasks, by ``CBV_TASKS_BACKEND``.

Django: ``django.tasks.task_backends`` and the setting ``TASKS``.
"""

from __future__ import annotations

from typing import Any
from typing import Protocol

from flask import current_app
from flask import Flask
from werkzeug.utils import import_string

from ..exceptions import ImproperlyConfigured
from .job import Job
from .results import Source
from .results import TaskResult
from .results import TaskResultDoesNotExist

#: The backend classes, by their name in the configuration. They are imported when they
#: are first needed, because Celery may not be installed.
BACKENDS = {
    "thread": "cbv.tasks.threads.ThreadBackend",
    "immediate": "cbv.tasks.memory.ImmediateBackend",
    "celery": "cbv.tasks.celery.CeleryBackend",
}


class Backend(Source, Protocol):
    """The protocol of a backend, which runs tasks and finds their results.

    Since 0.1. Django: ``BaseTaskBackend``.
    """

    def check(self, job: Job) -> None:
        """Raise an error, while the task is enqueued, if this backend cannot run it."""

    def start(self, job: Job, result: TaskResult[Any]) -> None:
        """Run the task, or hand it to a worker.

        It is called after the commit of the view that enqueued the task.

        :param result: the result that ``enqueue`` returned.
        """


def backend(name: str | None = None) -> Backend:
    """Return the backend with this name, created at the first call.

    :param name: ``thread``, ``immediate`` or ``celery``; None for the one that
        ``CBV_TASKS_BACKEND`` names.
    :raises ImproperlyConfigured: for an unknown name, or when Celery is not installed.

    Since 0.1. Django: ``task_backends[alias]``.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    name = name or app.config.get("CBV_TASKS_BACKEND", "thread")
    backends = _backends_of(app)
    chosen = backends.get(name)
    if chosen is None:
        chosen = backends.setdefault(name, _imported(BACKENDS.get(name), name)(app))
    return chosen


def _backends_of(app: Flask) -> dict[str, Backend]:
    """Return the backends that an application has created so far, by name."""
    backends: dict[str, Backend] = app.extensions.setdefault("cbv.tasks", {})
    return backends


def _imported(path: str | None, name: object) -> Any:
    """Import and return a class or function of the backend with this name.

    :param path: its dotted path; None when there is no such backend.
    """
    if path is None:
        raise ImproperlyConfigured(
            f"CBV_TASKS_BACKEND or using() says {name!r}. Cure: say one of"
            f" {', '.join(map(repr, BACKENDS))}."
        )
    try:
        return import_string(path)
    except ImportError as error:
        raise ImproperlyConfigured(
            f"The tasks' backend {name!r} cannot be imported ({error}). Cure: install"
            " flask-cbv[celery]."
        ) from error


def get_result(id: str) -> TaskResult[Any]:
    """Return the present result of a task that this application has enqueued.

    The application's own backend is asked first, then the other backends that this
    process has used.

    :param id: the ``id`` of the result that ``enqueue`` returned.
    :raises TaskResultDoesNotExist: for an unknown id, or when the result is not stored
        any more.

    Since 0.1. Django: ``default_task_backend.get_result``.
    """
    default_backend = backend()
    for candidate in (default_backend, *_backends_of(current_app).values()):
        result = candidate.find(id)
        if result is not None:
            return result
    raise TaskResultDoesNotExist(id)


def celery_app(app: Flask) -> Any:
    """Return the Celery application that runs the tasks of a Flask application.

    The command ``celery --app example.tasks worker`` finds it in a module::

        celery = celery_app(create_app())

    It is configured by ``app.config["CELERY"]``, a dict of Celery's own settings
    with at least ``broker_url`` and, for results, ``result_backend``. The module
    :mod:`cbv.tasks.celery` lists the settings for which cbv has its own defaults.

    :raises ImproperlyConfigured: without ``broker_url``, or when Celery is not
        installed.

    Since 0.1. Flask: ``celery_init_app`` in its documentation.
    """
    return _imported("cbv.tasks.celery.made_celery", "celery")(app)
