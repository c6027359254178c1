"""cbv.tasks with Celery: a real worker process on real brokers.

``python -m pytest -m figure tests/tasks/test_celery.py`` runs the figure: 200 tasks,
20 workers killed, 200 effects.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import current_app
from sqlalchemy import create_engine
from sqlalchemy import select

import cbv.db
from cbv import ImproperlyConfigured
from cbv import View
from cbv.tasks import celery_app
from cbv.tasks import get_result
from cbv.tasks import task
from cbv.tasks import TaskResultDoesNotExist
from support import worker_app
from support.applications import make_app
from support.services import missing

pytest.importorskip("celery")
import redis
from kombu import Connection
from kombu.exceptions import OperationalError

TESTS = Path(__file__).parents[1]
WORKER = [
    "celery",
    "--app",
    "support.worker_app",
    "worker",
    "--concurrency=2",
    "--loglevel=INFO",
    "--without-gossip",
    "--without-mingle",
    "--without-heartbeat",
]
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/0")
RABBITMQ = os.environ.get("TEST_AMQP_URL", "amqp://guest:guest@127.0.0.1:5672//")


def answers(url):
    """Tell whether a broker answers."""
    try:
        with Connection(url, connect_timeout=2) as connection:
            connection.ensure_connection(max_retries=1, timeout=2)
    except (OSError, OperationalError):
        return False
    return True


@pytest.fixture(scope="module")
def prefix():
    """What all queues and keys of this run begin with; they are deleted at its end."""
    name = f"cbv-test-{uuid.uuid4().hex[:8]}-"
    yield name
    if answers(REDIS):
        with redis.Redis.from_url(REDIS) as client:
            keys = list(client.scan_iter(f"{name}*"))
            if keys:
                client.delete(*keys)
    if answers(RABBITMQ):
        with Connection(RABBITMQ) as connection:
            for queue in ("default", "other", "nobody", "killed", "ending"):
                connection.default_channel.queue_delete(name + queue)


@pytest.fixture(scope="module", params=["redis", "rabbitmq"])
def settings(request, prefix):
    """Celery's settings for each broker; results are kept in Redis."""
    broker = REDIS if request.param == "redis" else RABBITMQ
    for url in (broker, REDIS):
        if not answers(url):
            missing(f"no broker answers at {url.partition('@')[2] or url}")
    options = {"global_keyprefix": f"{prefix}", "visibility_timeout": 5}
    options |= {"unacked_restore_interval": 1}
    return {
        "broker_url": broker,
        "result_backend": REDIS,
        "task_default_queue": f"{prefix}default",
        "broker_transport_options": options if request.param == "redis" else {},
        "result_backend_transport_options": {"global_keyprefix": prefix},
    }


@pytest.fixture(scope="module")
def environment(settings, tmp_path_factory):
    """What a worker is told of its services."""
    folder = tmp_path_factory.mktemp("worker")
    return {
        "WORKER_CELERY": json.dumps(settings),
        "WORKER_DATABASE": f"sqlite:///{folder / 'effects.db'}",
        "WORKER_NOTES": str(folder / "notes"),
    }


@pytest.fixture(scope="module")
def tasks_app(environment):
    """The application, as a server process would have it."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        app = worker_app.make_app()
    yield app
    app.extensions["celery"].pool.force_close_all()


@pytest.fixture
def log(tmp_path):
    return tmp_path / "worker.log"


def start_worker(environment, log, *options):
    """Start a worker with two processes and wait until it is ready."""
    known = log.read_text().count(" ready.") if log.exists() else 0
    with log.open("ab") as file:
        worker = subprocess.Popen(
            [sys.executable, "-m", *WORKER, f"--hostname={uuid.uuid4()}", *options],
            stdout=file,
            stderr=file,
            cwd=TESTS,
            env={
                **os.environ,
                **environment,
                "PYTHONPATH": str(TESTS.parent),
                "WORKER_PARENT": str(os.getpid()),
            },
            start_new_session=True,
        )
    deadline = time.monotonic() + 30
    while log.read_text().count(" ready.") == known:
        if time.monotonic() > deadline or worker.poll() is not None:
            kill(worker)
            pytest.fail(log.read_text())
        time.sleep(0.05)
    return worker


def kill(worker):
    """Kill a worker and its children at once."""
    if worker.poll() is None:
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


@contextmanager
def running(environment, log, *options):
    """Run a worker for the length of a block."""
    worker = start_worker(environment, log, *options)
    try:
        yield worker
    finally:
        kill(worker)


@pytest.fixture(scope="module")
def worker(environment, tmp_path_factory):
    """A worker for all tests that do not kill it."""
    log = tmp_path_factory.mktemp("log") / "worker.log"
    queues = json.loads(environment["WORKER_CELERY"])["task_default_queue"]
    other = queues.removesuffix("default") + "other"
    with running(environment, log, f"--queues={queues},{other}") as worker:
        yield worker


@pytest.fixture
def context(tasks_app, settings):
    """The application's context, with tasks sent to this run's own queues."""
    with tasks_app.app_context():
        yield settings["task_default_queue"].removesuffix("default")


def enqueue(task, prefix, *args, queue="default", **kwargs):
    return task.using(queue_name=prefix + queue).enqueue(*args, **kwargs)


@pytest.fixture
def notes(environment):
    """What workers noted: a function that reads it again."""
    path = Path(environment["WORKER_NOTES"])
    return lambda: path.read_text().splitlines() if path.exists() else []


def ended(result, seconds=30):
    assert result.wait(seconds), f"{result} did not end"
    return result


def effects(environment, numbers):
    """Return how often each of these numbers had its effect."""
    engine = create_engine(environment["WORKER_DATABASE"])
    with engine.connect() as connection:
        found = Counter(connection.scalars(select(worker_app.Effect.number)))
    engine.dispose()
    return {number: found[number] for number in numbers}


# --- results ------------------------------------------------------------------------


def test_a_worker_runs_a_task_and_its_result_is_found_anywhere(worker, context):
    result = ended(enqueue(worker_app.add, context, 2, b=3))
    assert (result.status, result.return_value) == ("SUCCESSFUL", 5)
    assert result.progress == 1.0
    assert get_result(result.id).return_value == 5


def test_a_task_runs_in_the_application_of_the_worker(worker, context):
    seen = ended(enqueue(worker_app.look, context)).return_value
    assert seen == ["worker_app", False]


def test_the_error_of_a_task_comes_back_with_its_traceback(worker, context):
    result = ended(enqueue(worker_app.fail, context, "disk"))
    assert result.status == "FAILED"
    assert result.errors[0].exception_class_path == "builtins.OSError"
    assert "raise OSError(text)" in result.errors[0].traceback
    with pytest.raises(ValueError, match="failed"):
        _ = result.return_value


def test_progress_is_seen_while_the_task_runs(worker, context):
    result = enqueue(worker_app.steps, context, 1)
    deadline = time.monotonic() + 20
    while result.progress == 0 and time.monotonic() < deadline:
        time.sleep(0.02)
        result.refresh()
    assert (result.status, result.progress) == ("RUNNING", 0.25)
    assert ended(result).return_value == result.id


def test_a_task_goes_to_the_queue_it_names(worker, context):
    result = enqueue(worker_app.elsewhere, context, queue="other")
    assert ended(result).return_value == "elsewhere"


def test_a_task_that_no_worker_takes_is_ready_and_an_unknown_one_is_not_there(context):
    result = enqueue(worker_app.add, context, 1, queue="nobody")
    assert not result.wait(0.1)
    assert get_result(result.id).status == "READY"
    with pytest.raises(TaskResultDoesNotExist):
        get_result(str(uuid.uuid4()))


def test_a_key_keeps_a_task_from_running_twice(worker, context, notes):
    keyed = worker_app.have_effect.using(
        queue_name=f"{context}default", idempotency_key=uuid.uuid4().hex
    )
    results = [ended(keyed.enqueue(-1)) for _ in range(3)]
    assert len({result.id for result in results}) == 1
    assert notes().count("begin -1") == 1


def test_a_task_that_is_delivered_again_after_its_success_is_not_run_again(
    worker, context, notes, tasks_app
):
    result = ended(enqueue(worker_app.have_effect, context, -2))
    again = (
        tasks_app.extensions["celery"]
        .tasks["cbv.run_task"]
        .apply_async(
            args=("support.worker_app.have_effect", [-2], {}),
            task_id=result.id,
            queue=f"{context}default",
        )
    )
    ended(enqueue(worker_app.add, context, 1))
    ended(enqueue(worker_app.add, context, 1))
    assert again.id == result.id
    assert get_result(result.id).return_value == "done"
    assert notes().count("begin -2") == 1


def test_a_message_may_not_name_any_function(worker, context, tasks_app):
    id = str(uuid.uuid4())
    tasks_app.extensions["celery"].tasks["cbv.run_task"].apply_async(
        args=("os.getcwd", [], {}), task_id=id, queue=f"{context}default"
    )
    deadline = time.monotonic() + 20
    while True:
        try:
            result = get_result(id)
            break
        except TaskResultDoesNotExist:
            assert time.monotonic() < deadline
            time.sleep(0.02)
    ended(result)
    assert result.errors[0].exception_class_path == "builtins.LookupError"


# --- after the commit ---------------------------------------------------------------


def test_a_view_sends_its_task_after_the_commit_and_never_after_a_rollback(
    worker, tasks_app, settings
):
    """The figure: 50 transactions rolled back, no task."""
    queue = settings["task_default_queue"]
    results, answers = [], []

    class Page(View):
        def post(self):
            row = worker_app.Effect(number=1000 + len(results))
            cbv.db.save(row)
            results.append(see_effect.enqueue(row.id))
            return "answer", answers[0]

    see_effect = worker_app.see_effect.using(queue_name=queue)
    name = uuid.uuid4().hex
    tasks_app.add_url_rule(f"/{name}", view_func=Page.as_view(name))
    client = tasks_app.test_client()
    tasks_app.config["WTF_CSRF_ENABLED"] = False
    for status in [400] * 50 + [200]:
        answers[:] = [status]
        client.post(f"/{name}")
    with tasks_app.app_context():
        for dropped in results[:50]:
            with pytest.raises(TaskResultDoesNotExist):
                get_result(dropped.id)
        assert ended(results[50]).return_value == 1050


# --- killed workers -----------------------------------------------------------------


def test_a_task_survives_the_child_process_that_was_killed(worker, context, tmp_path):
    result = enqueue(worker_app.die_once, context, str(tmp_path / "died"))
    assert ended(result).return_value == "survived"


def test_a_worker_that_is_told_to_end_finishes_its_task(environment, log, context):
    with running(environment, log, f"--queues={context}ending") as worker:
        result = enqueue(worker_app.steps, context, 1, queue="ending")
        while result.status == "READY":
            time.sleep(0.02)
            result.refresh()
        worker.terminate()
        worker.wait(20)
    assert ended(result, 1).return_value == result.id


@pytest.mark.parametrize(
    ("tasks", "kills"), [(20, 2), pytest.param(200, 20, marks=pytest.mark.figure)]
)
def test_each_task_has_its_effect_once_however_many_workers_are_killed(
    environment, log, context, notes, tasks, kills
):
    queue = f"--queues={context}killed"
    results = [
        enqueue(worker_app.have_effect, context, n, 0.1, queue="killed")
        for n in range(tasks)
    ]
    begun = len(notes())
    for kill_at in range(1, kills + 1):
        with running(environment, log, queue):
            until = begun + kill_at * tasks // (kills + 1)
            while len(notes()) < until:
                time.sleep(0.01)
    with running(environment, log, queue):
        for result in results:
            assert ended(result, 60).status == "SUCCESSFUL"
    assert effects(environment, range(tasks)) == dict.fromkeys(range(tasks), 1)
    assert len(notes()) - begun > tasks  # some were killed half-way, and run again


# --- set-up ---------------------------------------------------------------------------


def celery_settings(**more):
    return {"broker_url": "memory://", "result_backend": "cache+memory://", **more}


def quiet_app(**more):
    """An application whose broker is in its own memory."""
    return make_app(CBV_TASKS_BACKEND="celery", CELERY=celery_settings(**more))


def test_a_task_with_a_request_context_is_refused():
    with quiet_app().test_request_context():
        with pytest.raises(TypeError, match="request context, which cannot go"):
            worker_app.with_request.enqueue()


def test_a_task_that_no_worker_could_import_is_refused():
    @task
    def local():
        pass

    with quiet_app().app_context():
        with pytest.raises(ImproperlyConfigured, match="under its own name"):
            local.enqueue()


def test_objects_are_refused_as_by_every_backend():
    with quiet_app().app_context():
        with pytest.raises(TypeError, match="pass its id"):
            worker_app.add.enqueue([{"a": worker_app.Effect()}])


def test_without_a_broker_the_error_says_what_to_set():
    app = make_app(CBV_TASKS_BACKEND="celery")
    with app.app_context(), pytest.raises(ImproperlyConfigured, match="broker_url"):
        worker_app.add.enqueue(1)


def test_without_shared_results_tasks_are_sent_but_not_found():
    app = make_app(CBV_TASKS_BACKEND="celery", CELERY={"broker_url": "memory://"})
    with app.app_context():
        result = worker_app.add.enqueue(1)
        with pytest.raises(ImproperlyConfigured, match="result_backend"):
            get_result(result.id)


EAGER = {"task_always_eager": True, "task_store_eager_result": True}


def test_without_a_broker_celery_can_run_a_task_at_once():
    with quiet_app(**EAGER).app_context():
        result = worker_app.steps.enqueue(0)
        assert get_result(result.id).return_value == result.id
        failed = get_result(worker_app.fail.enqueue("disk").id)
        assert failed.errors[0].exception_class_path == "builtins.OSError"
        assert get_result(worker_app.look.enqueue().id).return_value[1] is False


def test_pickle_is_not_taken_whatever_the_settings_say():
    celery = celery_app(quiet_app(accept_content=["pickle"], task_serializer="pickle"))
    assert celery.conf.accept_content == ["json"]
    assert celery.conf.task_serializer == "json"


def test_a_task_is_acknowledged_at_its_end_and_looked_for_again_soon():
    app = make_app(CELERY={"broker_url": "redis://127.0.0.1:1/0"})
    celery = celery_app(app)
    run = celery.tasks["cbv.run_task"]
    assert (run.acks_late, run.reject_on_worker_lost) == (True, True)
    options = celery.conf.broker_transport_options
    assert (
        options["unacked_restore_interval"] * options["unacked_restore_throttle"] <= 5
    )


def test_the_settings_of_the_application_win():
    options = {"visibility_timeout": 7}
    app = make_app(
        CELERY={
            "broker_url": "redis://127.0.0.1:1/0",
            "broker_transport_options": options,
            "worker_prefetch_multiplier": 3,
        }
    )
    conf = celery_app(app).conf
    assert conf.worker_prefetch_multiplier == 3
    assert conf.broker_transport_options["visibility_timeout"] == 7
    assert conf.broker_transport_options["unacked_restore_throttle"] == 1


def test_an_application_has_one_celery_and_keeps_what_it_has():
    app = quiet_app()
    celery = celery_app(app)
    assert celery_app(app) is celery
    other = make_app()
    other.extensions["celery"] = celery
    assert celery_app(other) is celery


def test_tasks_of_celerys_own_run_in_an_application_context():
    app = quiet_app()

    @celery_app(app).task
    def name():
        return current_app.name

    assert name.apply().get() == app.name


def test_a_broker_that_is_down_is_an_error_within_seconds():
    closed = "redis://127.0.0.1:1/0"
    app = make_app(
        CBV_TASKS_BACKEND="celery",
        CELERY={"broker_url": closed, "result_backend": closed},
    )
    start = time.monotonic()
    with app.app_context(), pytest.raises(redis.ConnectionError):
        worker_app.add.enqueue(1)
    assert time.monotonic() - start < 5


def test_a_task_that_the_broker_did_not_take_is_no_task_that_waits(monkeypatch):
    """It counts as failed, with the reason, and its key is free again."""
    app = quiet_app(task_always_eager=True, task_store_eager_result=True)
    keyed = worker_app.add.using(idempotency_key="k")
    run = celery_app(app).tasks["cbv.run_task"]

    def refuse(**options):
        refused.append(options["task_id"])
        raise OperationalError("broker down")

    refused = []
    with app.app_context():
        with monkeypatch.context() as patch:
            patch.setattr(run, "apply_async", refuse)
            for _ in range(2):
                with pytest.raises(OperationalError):
                    keyed.enqueue(1)
        assert len(refused) == 2
        failed = get_result(refused[0])
        assert failed.status == "FAILED"
        assert failed.errors[0].exception_class_path.endswith("OperationalError")
        assert get_result(keyed.enqueue(1).id).status == "SUCCESSFUL"


def test_without_celery_installed_the_error_names_the_extra():
    script = (
        "import sys; sys.modules['celery'] = None\n"
        "from flask import Flask\n"
        "from cbv.tasks import celery_app\n"
        "celery_app(Flask('x'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=TESTS.parent,
        check=False,
    )
    assert "ImproperlyConfigured" in done.stderr
    assert "flask-cbv[celery]" in done.stderr
