"""What the blog does in the background: a newsletter, mail by mail.

Django twin: ``blog/tasks.py`` with ``django.tasks``. Threads of the server run it, or
Celery's workers: ``REDIS_URL=redis://… celery --app example_app.tasks worker``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import current_app
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from cbv.tasks import task
from cbv.tasks import TaskContext
from example_app.site.database import Base
from example_app.site.database import db

#: Celery without a broker: a task is run at once, in the request that enqueues it.
WITHOUT_BROKER = {
    "broker_url": "memory://",
    "result_backend": "cache+memory://",
    "task_always_eager": True,
    "task_store_eager_result": True,
}


def init_app(app: Flask) -> None:
    """Have Celery use ``REDIS_URL``; without one it runs a task at once.

    Threads run what does not ask for Celery; ``CBV_TASKS_BACKEND`` changes that.
    """
    url = app.config.get("REDIS_URL")
    settings = {"broker_url": url, "result_backend": url} if url else WITHOUT_BROKER
    app.config.setdefault("CELERY", settings)


class Delivery(Base):
    """One mail of one newsletter, so that none is sent twice.

    A worker that was killed half-way leaves its task to another one, which begins
    again: with the same id.
    """

    __tablename__ = "deliveries"
    task_id: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(primary_key=True)


@task(takes_context=True)
def send_newsletter(context: TaskContext, subject: str, text: str, readers: int) -> int:
    """Send a newsletter to so many readers; return how many mails were sent now."""
    id = context.task_result.id
    query = select(Delivery.address).where(Delivery.task_id == id)
    known = set(db.session.scalars(query))
    sent = 0
    for number, address in enumerate(subscribers(readers), 1):
        if address not in known:
            mailer().send_mail(subject, text, recipient_list=[address])
            db.session.add(Delivery(task_id=id, address=address))
            db.session.commit()  # mail by mail: what was sent cannot be rolled back
            sent += 1
        context.set_progress(number, readers)
    return sent


def subscribers(count: int) -> Iterator[str]:
    """Yield the addresses of invented readers."""
    return (f"reader{number}@example.com" for number in range(1, count + 1))


def mailer() -> Any:
    """Return Flask-Mailman's extension of this application."""
    return current_app.extensions["mailman"]
