"""Celery: work in other processes. Django twin: Celery, or the tasks of Django 6."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import current_app
from flask.typing import ResponseReturnValue

from cbv.tasks import Task
from example_app.tasks import send_newsletter

from .newsletter import NewsletterForm
from .newsletter import send
from .stop import Stop


class CeleryStop(Stop):
    """A worker is another process, maybe on another machine: hand it plain values.

    Without ``REDIS_URL`` there is no broker, and the task is run at once, as Celery
    does in tests. The task is the one that the threads run.
    """

    subject = "celery"
    in_django = "Celery, or the tasks of Django 6"
    summary = "Work in other processes, which survives this one."
    machinery = Task.enqueue
    also = (send,)
    form_class = NewsletterForm

    def form_valid(self, form: NewsletterForm) -> ResponseReturnValue:
        """Hand the newsletter to a worker, after this request's commit."""
        return send(form, "celery")

    def live(self) -> Iterable[tuple[str, Any]]:
        """Return how the work gets to whoever does it."""
        settings = current_app.config["CELERY"]
        yield "broker", settings["broker_url"].partition(":")[0]
        yield "run at once, without a worker", settings.get("task_always_eager", False)
        yield "task", send_newsletter.module_path
        yield "queue", send_newsletter.queue_name

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say whether there is a broker."""
        eager = current_app.config["CELERY"].get("task_always_eager", False)
        return super().get_context_data(**{"has_broker": not eager, **kwargs})
