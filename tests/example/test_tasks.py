"""The example's background work: the newsletter, in each way it can be sent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func
from sqlalchemy import select

from cbv.tasks import get_result
from example_app import create_app
from example_app.site.database import db
from example_app.tasks import Delivery
from example_app.tasks import send_newsletter
from support.services import missing

ROOT = Path(__file__).parents[2]
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/0")


def make_blog(tmp_path, **config):
    return create_app(
        {
            "TESTING": True,
            "INSTANCE_FOLDER": str(tmp_path),
            "DATABASE_URL": f"sqlite:///{tmp_path / 'blog.db'}",
            **config,
        }
    )


def outbox(app):
    return [message.to for message in app.extensions["mailman"].outbox]


@pytest.mark.parametrize("backend", [None, "thread", "immediate", "celery"])
def test_a_newsletter_reaches_every_reader_once(tmp_path, backend):
    app = make_blog(tmp_path)
    with app.app_context():
        result = send_newsletter.using(backend=backend).enqueue("News", "Text", 3)
        assert result.wait(10)
        assert result.errors == []
        assert get_result(result.id).return_value == 3
    assert outbox(app) == [[f"reader{n}@example.com"] for n in (1, 2, 3)]


def test_a_newsletter_that_is_delivered_to_a_worker_again_sends_only_the_rest(tmp_path):
    app = make_blog(tmp_path)
    job = send_newsletter.using(backend="immediate", idempotency_key="spring")
    with app.app_context():
        id = job.enqueue("News", "Text", 0).id
        db.session.add(Delivery(task_id=id, address="reader1@example.com"))
        db.session.commit()
        app.extensions["cbv.tasks"].clear()  # as another process would begin
        assert job.enqueue("News", "Text", 2).return_value == 1
    assert outbox(app) == [["reader2@example.com"]]


def test_the_documented_command_starts_a_worker(tmp_path):
    """``celery --app example_app.tasks worker``, as printed."""
    redis = pytest.importorskip("redis")
    try:
        redis.Redis.from_url(REDIS).ping()
    except redis.ConnectionError:
        missing("no Redis answers")
    queue = f"cbv-example-{os.getpid()}-{time.time_ns()}"
    environment = {
        **os.environ,
        "REDIS_URL": REDIS,
        "INSTANCE_FOLDER": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'blog.db'}",
    }
    command = f"-m celery --app example_app.tasks worker -Q {queue} -P solo".split()
    with (tmp_path / "log").open("wb") as log:
        worker = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    app = make_blog(tmp_path, REDIS_URL=REDIS)
    try:
        with app.app_context():
            job = send_newsletter.using(backend="celery", queue_name=queue)
            result = job.enqueue("News", "Text", 2)
            assert result.wait(30), (tmp_path / "log").read_text()
            assert result.return_value == 2
            count = select(func.count()).select_from(Delivery)
            assert db.session.scalar(count) == 2
    finally:
        os.killpg(worker.pid, signal.SIGTERM)
        worker.wait(20)
        app.extensions["celery"].pool.force_close_all()
        with redis.Redis.from_url(REDIS) as client:
            kept = [*client.scan_iter(f"*{queue}*"), *client.scan_iter(f"*{result.id}")]
            client.delete(*kept)
