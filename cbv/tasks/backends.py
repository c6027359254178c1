"""Which backend runs an application's tasks: ``CBV_TASKS_BACKEND``.

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

#: Imported when they are first asked for: Celery is an extra.
BACKENDS = {
    "thread": "cbv.tasks.threads.ThreadBackend",
    "immediate": "cbv.tasks.memory.ImmediateBackend",
    "celery": "cbv.tasks.celery.CeleryBackend",
}


class Backend(Source, Protocol):
    """What runs tasks, and knows their results."""

    def check(self, job: Job) -> None:
        """Refuse, when it is enqueued, what this backend cannot run."""

    def start(self, job: Job, result: TaskResult[Any]) -> None:
        """Run a task, or hand it over; the view's transaction is committed."""


def backend(name: str | None = None) -> Backend:
    """Return the backend of that name, else the application's own.

    :raises ImproperlyConfigured: for an unknown name, or when Celery is not installed.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    name = name or app.config.get("CBV_TASKS_BACKEND", "thread")
    made = _made(app)
    found = made.get(name)
    if found is None:
        found = made.setdefault(name, _imported(BACKENDS.get(name), name)(app))
    return found


def _made(app: Flask) -> dict[str, Backend]:
    made: dict[str, Backend] = app.extensions.setdefault("cbv.tasks", {})
    return made


def _imported(path: str | None, name: object) -> Any:
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
    """Return the result of a task of this application.

    :param id: the ``id`` of the result that ``enqueue`` returned.
    :raises TaskResultDoesNotExist: for an id that is not known, or no longer.

    Since 0.1. Django: ``default_task_backend.get_result``.
    """
    own = backend()
    for kept in (own, *_made(current_app).values()):
        found = kept.find(id)
        if found is not None:
            return found
    raise TaskResultDoesNotExist(id)


def celery_app(app: Flask) -> Any:
    """Return the Celery application that runs the tasks of a Flask application.

    ``celery --app example.tasks worker`` wants it in a module::

        celery = celery_app(create_app())

    It is configured by ``app.config["CELERY"]``, a dict of Celery's own settings
    with at least ``broker_url`` and, for results, ``result_backend``. What cbv sets
    unless it says otherwise stands in :mod:`cbv.tasks.celery`.

    :raises ImproperlyConfigured: without a broker, or when Celery is not installed.

    Since 0.1. Flask: ``celery_init_app`` of its documentation.
    """
    return _imported("cbv.tasks.celery.made_celery", "celery")(app)
