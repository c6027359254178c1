"""The application that the tests of Celery and its worker processes share.

``celery --app support.worker_app worker`` in ``tests``, told by the environment where
its services are.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time

from flask import current_app
from flask import Flask
from flask import has_request_context
from sqlalchemy import create_engine
from sqlalchemy import event
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import sessionmaker

from cbv import CBV
from cbv import db
from cbv.tasks import celery_app
from cbv.tasks import task


class Base(DeclarativeBase):
    pass


class Done(Base):
    """The idempotency keys of what has been done."""

    __tablename__ = "done"
    key: Mapped[str] = mapped_column(primary_key=True)


class Effect(Base):
    """What tasks do; nothing but their keys keeps it from being done twice."""

    __tablename__ = "effect"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]


@task
def add(a, b=0):
    return a + b


@task
def fail(text):
    raise OSError(text)


@task
def look():
    return [current_app.name, has_request_context()]


@task(queue_name="other")
def elsewhere():
    return "elsewhere"


@task(takes_context=True)
def steps(context, seconds):
    context.set_progress(1, 4)
    time.sleep(seconds)
    return context.task_result.id


@task(takes_context=True)
def have_effect(context, number, seconds=0.0):
    """Do something once, however often it is delivered."""
    note(f"begin {number}")
    if db.session().get(Done, context.task_result.id):
        return "done before"
    db.session().add(Done(key=context.task_result.id))
    db.session().add(Effect(number=number))
    db.session().flush()
    time.sleep(seconds)
    return "done"


@task
def see_effect(id):
    return db.session().get(Effect, id).number


@task(takes_request_context=True)
def with_request():
    pass


@task
def die_once(path):
    """Kill the worker's child process the first time."""
    if not os.path.exists(path):
        open(path, "w").close()
        os.kill(os.getpid(), 9)
    return "survived"


def note(text):
    """Write a line that outlives the process."""
    with open(os.environ["WORKER_NOTES"], "a") as file:
        file.write(text + "\n")


def make_app():
    app = Flask("worker_app")
    app.config.update(
        SECRET_KEY="test",
        TESTING=True,
        CBV_TASKS_BACKEND="celery",
        CELERY=json.loads(os.environ["WORKER_CELERY"]),
    )
    engine = create_engine(os.environ["WORKER_DATABASE"], connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def connected(connection, record):
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begun(connection):
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    Base.metadata.create_all(engine)
    CBV(app, session=sessionmaker(engine))
    return app


def end_with(parent):
    """End this worker and its children when the tests that started it are gone."""
    while os.getppid() == parent:
        time.sleep(1)
    os.killpg(0, signal.SIGKILL)


if "WORKER_PARENT" in os.environ:
    parent = int(os.environ["WORKER_PARENT"])
    threading.Thread(target=end_with, args=(parent,), daemon=True).start()
if "WORKER_CELERY" in os.environ:
    celery = celery_app(make_app())
