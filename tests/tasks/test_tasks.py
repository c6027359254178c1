"""cbv.tasks in this process: the thread pool and the immediate backend."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from enum import IntEnum
from enum import StrEnum

import pytest
from flask import current_app
from flask import g
from flask import has_request_context
from flask import request
from flask import session
from flask_login import current_user
from sqlalchemy import create_engine
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm import sessionmaker
from werkzeug.datastructures import FileStorage

from cbv import CreateView
from cbv import current_view
from cbv import db as cbv_db
from cbv import ImproperlyConfigured
from cbv import View
from cbv.tasks import get_result
from cbv.tasks import task
from cbv.tasks import TaskResultDoesNotExist
from cbv.tasks import TaskResultStatus
from support.applications import make_app
from support.library_models import Author
from support.library_models import Book

BACKENDS = ["thread", "immediate"]


@pytest.fixture(params=BACKENDS)
def tasks_app(request):
    """An application without database on each backend of this process."""
    return make_app(CBV_TASKS_BACKEND=request.param)


@pytest.fixture
def tables(committing):
    """Tables whose rows other threads see too."""
    return committing


@pytest.fixture(params=BACKENDS)
def data_app(request, tables):
    """An application on a database on each backend of this process."""
    return make_app(sessionmaker(tables), CBV_TASKS_BACKEND=request.param)


def count_books(engine):
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(Book))


def ended(result, seconds=10):
    """Return a result after its end."""
    assert result.wait(seconds), "the task did not end"
    return result


# --- results ------------------------------------------------------------------------


def test_a_task_runs_and_its_result_holds_what_it_returned(tasks_app):
    @task
    def add(a, b=0):
        return a + b

    with tasks_app.app_context():
        result = ended(add.enqueue(2, b=3))
        assert result.status == TaskResultStatus.SUCCESSFUL
        assert result.is_finished
        assert result.return_value == 5
        assert result.progress == 1.0
        assert result.errors == []


def test_the_error_of_a_task_is_kept_with_its_traceback(tasks_app):
    @task
    def divide(a):
        return a / 0

    with tasks_app.app_context():
        result = ended(divide.enqueue(1))
        assert result.status == "FAILED"
        assert result.errors[0].exception_class_path == "builtins.ZeroDivisionError"
        assert "return a / 0" in result.errors[0].traceback
        with pytest.raises(ValueError, match="failed"):
            _ = result.return_value


def test_a_failed_task_is_logged(tasks_app, caplog):
    @task
    def fail():
        raise OSError("disk")

    with tasks_app.app_context(), caplog.at_level(logging.ERROR, "cbv"):
        ended(fail.enqueue())
    assert "OSError: disk" in caplog.text


def test_the_return_value_before_the_end_is_a_value_error():
    release = threading.Event()

    @task
    def slow():
        release.wait(10)

    with make_app().app_context():
        result = slow.enqueue()
        try:
            with pytest.raises(ValueError, match="not finished"):
                _ = result.return_value
            assert not result.wait(0.05)
        finally:
            release.set()
        ended(result)


def test_a_result_is_found_by_its_id(tasks_app):
    @task
    def seven():
        return 7

    with tasks_app.app_context():
        id = ended(seven.enqueue()).id
        assert get_result(id).return_value == 7
        assert seven.get_result(id).return_value == 7


def test_an_unknown_id_has_no_result(tasks_app):
    with tasks_app.app_context(), pytest.raises(TaskResultDoesNotExist):
        get_result("nobody")


def test_statuses_are_texts():
    assert TaskResultStatus.READY == "READY"
    assert set(TaskResultStatus) == {"READY", "RUNNING", "FAILED", "SUCCESSFUL"}


def test_only_the_last_results_are_kept(tasks_app):
    tasks_app.config["CBV_TASKS_MAX_RESULTS"] = 2

    @task
    def number(n):
        return n

    with tasks_app.app_context():
        results = [ended(number.enqueue(n)) for n in range(4)]
        assert [r.return_value for r in results] == [0, 1, 2, 3]
        assert get_result(results[3].id).return_value == 3
        assert get_result(results[2].id).return_value == 2
        for forgotten in results[:2]:
            with pytest.raises(TaskResultDoesNotExist):
                get_result(forgotten.id)


def test_progress_can_be_watched_while_the_task_runs():
    reported, go_on = threading.Event(), threading.Event()

    @task(takes_context=True)
    def work(context, total):
        context.set_progress(1, total)
        reported.set()
        go_on.wait(10)
        return context.task_result.id

    with make_app().app_context():
        result = work.enqueue(4)
        assert reported.wait(10)
        result.refresh()
        assert (result.status, result.progress) == ("RUNNING", 0.25)
        go_on.set()
        assert ended(result).return_value == result.id
        assert result.progress == 1.0


@pytest.mark.parametrize(
    ("done", "total", "progress"),
    [(30, 100, 0.3), (5, 4, 1.0), (-1, 4, 0.0), (0, 0, 1.0), (1, 3, 0.333)],
)
def test_progress_stays_between_0_and_1(done, total, progress):
    seen = []

    @task(takes_context=True)
    def work(context):
        context.set_progress(done, total)
        seen.append(get_result(context.task_result.id).progress)

    with make_app(CBV_TASKS_BACKEND="immediate").app_context():
        work.enqueue()
    assert seen == [progress]


def test_a_task_can_be_called_like_the_function_it_is():
    @task
    def add(a, b):
        return a + b

    assert add.call(1, b=2) == 3
    assert add.func(1, 2) == 3
    assert add.name == "add"


def test_an_unknown_backend_names_those_there_are():
    @task
    def nothing():
        pass

    with make_app(CBV_TASKS_BACKEND="rq").app_context():
        with pytest.raises(ImproperlyConfigured, match="'thread', 'immediate'"):
            nothing.enqueue()


def test_an_async_function_is_awaited(tasks_app):
    @task
    async def answer():
        return 42

    with tasks_app.app_context():
        assert ended(answer.enqueue()).return_value == 42


def test_a_key_keeps_a_task_from_running_twice(tasks_app):
    ran = []

    @task
    def mail(user):
        ran.append(user)

    with tasks_app.app_context():
        keyed = mail.using(idempotency_key="welcome-1")
        first = ended(keyed.enqueue(1))
        second = ended(keyed.enqueue(1))
        other = ended(mail.using(idempotency_key="welcome-2").enqueue(2))
    assert first.id == second.id != other.id
    assert ran == [1, 2]


def test_a_keyed_task_that_failed_may_run_again(tasks_app):
    ran = []

    @task
    def mail():
        ran.append(1)
        if len(ran) == 1:
            raise OSError

    with tasks_app.app_context():
        keyed = mail.using(idempotency_key="k")
        assert ended(keyed.enqueue()).status == "FAILED"
        assert ended(keyed.enqueue()).status == "SUCCESSFUL"
        assert get_result(keyed.enqueue().id).errors == []
    assert len(ran) == 2


def test_a_task_that_ran_again_counts_once_among_the_results_kept(tasks_app):
    tasks_app.config["CBV_TASKS_MAX_RESULTS"] = 2
    fails = [True]

    @task
    def mail():
        if fails:
            raise OSError(fails.pop())

    with tasks_app.app_context():
        keyed = mail.using(idempotency_key="k")
        for run in (keyed, keyed, mail, mail):
            result = ended(run.enqueue())
        assert get_result(result.id).status == "SUCCESSFUL"


def test_the_id_of_a_key_depends_on_the_secret_key():
    @task
    def mail():
        pass

    ids = set()
    for secret in ("one", b"two", None):
        app = make_app(CBV_TASKS_BACKEND="immediate")
        app.secret_key = secret
        with app.app_context():
            ids.add(mail.using(idempotency_key="k").enqueue().id)
    assert len(ids) == 3


def test_using_leaves_the_task_itself_as_it_was():
    @task(queue_name="mail")
    def send():
        pass

    urgent = send.using(queue_name="urgent")
    assert (send.queue_name, urgent.queue_name) == ("mail", "urgent")
    assert urgent.using(idempotency_key="k").queue_name == "urgent"


def test_a_task_may_choose_its_backend_and_its_result_is_found_all_the_same():
    @task(backend="immediate")
    def thread():
        return threading.get_ident()

    with make_app(CBV_TASKS_BACKEND="thread").app_context():
        here, there = thread.enqueue(), thread.using(backend="thread").enqueue()
        assert here.return_value == threading.get_ident() != ended(there).return_value
        assert get_result(here.id).is_finished


# --- contexts -----------------------------------------------------------------------


def test_a_task_has_contexts_of_its_own(tasks_app):
    seen = {}

    @task
    def look():
        seen["app"] = current_app._get_current_object()
        seen["marker"] = g.get("marker")
        seen["request"] = has_request_context()
        seen["view"] = bool(current_view)
        g.marker = "the task's"

    class Page(View):
        def get(self):
            g.marker = "the view's"
            results.append(look.enqueue())
            return g.marker

    results = []
    tasks_app.add_url_rule("/", view_func=Page.as_view())
    assert tasks_app.test_client().get("/").text == "the view's"
    ended(results[0])
    assert seen == {"app": tasks_app, "marker": None, "request": False, "view": False}


def test_the_teardown_of_a_task_is_its_own(tasks_app):
    torn = []
    tasks_app.teardown_appcontext(lambda error: torn.append(g.get("owner")))

    @task
    def work():
        g.owner = "task"

    with tasks_app.app_context():
        g.owner = "caller"
        ended(work.enqueue())
        time.sleep(0.05)
        assert torn == ["task"]
    assert torn == ["task", "caller"]


def test_what_a_task_wrote_is_committed_at_its_end(data_app, tables):
    @task
    def write():
        cbv_db.save(Book(title="Written"))

    with data_app.app_context():
        ended(write.enqueue())
    assert count_books(tables) == 1


def test_what_a_task_wrote_is_lost_when_it_fails(data_app, tables):
    @task
    def write():
        cbv_db.save(Book(title="Written"))
        raise OSError

    with data_app.app_context():
        assert ended(write.enqueue()).status == "FAILED"
    assert count_books(tables) == 0


def test_a_session_that_the_application_closes_itself_is_rolled_back(tables):
    own = sessionmaker(tables)()

    @task
    def write():
        cbv_db.save(Book(title="Written"))
        raise OSError

    app = make_app(lambda: own, CBV_TASKS_BACKEND="immediate")
    with app.app_context():
        assert write.enqueue().status == "FAILED"
    assert not own.in_transaction()
    own.close()


def test_a_commit_that_fails_is_the_failure_of_the_task(data_app, tables):
    @task
    def write():
        cbv_db.session().add(Book(title=None))

    with data_app.app_context():
        result = ended(write.enqueue())
        assert result.errors[0].exception_class_path.endswith("IntegrityError")
    assert count_books(tables) == 0


def test_the_caller_keeps_its_own_database_session(data_app):
    sessions = []

    @task
    def look():
        sessions.append(cbv_db.session())

    with data_app.app_context():
        mine = cbv_db.session()
        ended(look.enqueue())
        assert cbv_db.session() is mine
        assert sessions[0] is not mine


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("in_request", [False, True])
def test_a_session_of_the_thread_stays_its_callers(tables, fails, in_request):
    """The task neither ends nor removes it, whether it succeeds or fails."""
    factory = scoped_session(sessionmaker(tables))
    app = make_app(factory, CBV_TASKS_BACKEND="immediate")
    app.teardown_appcontext(lambda error: factory.remove())
    sessions = []

    @task(takes_request_context=in_request)
    def look():
        sessions.append(cbv_db.session())
        sessions.append(factory())
        if fails:
            raise OSError

    with app.test_request_context():
        mine, book = cbv_db.session(), Book(title="Not saved yet")
        mine.add(book)
        assert look.enqueue().is_finished
        assert factory() is cbv_db.session() is mine
        assert list(mine.new) == [book]
    assert sessions[0] is sessions[1] is not mine
    assert count_books(tables) == 0
    assert not factory.registry.has()


def test_a_task_leaves_no_session_where_there_was_none(tables):
    """The application removes what the task opened."""
    factory = scoped_session(sessionmaker(tables))
    app = make_app(factory, CBV_TASKS_BACKEND="immediate")
    app.teardown_appcontext(lambda error: factory.remove())

    @task
    def write():
        cbv_db.save(Book(title="Written"))

    with app.app_context():
        write.enqueue()
        assert not factory.registry.has()
    assert count_books(tables) == 1


# --- after the commit ---------------------------------------------------------------


@task
def seen_title(pk):
    return cbv_db.session().get(Book, pk).title


def book_views(app, **attributes):
    """Give an application a view that makes a book and enqueues its look-up."""
    results = []

    class BookCreate(CreateView):
        model = Book
        fields = ["title"]
        success_url = "/done"

        def form_valid(self, form):
            response = super().form_valid(form)
            results.append(seen_title.enqueue(form.instance.id))
            assert not results[-1].wait(5)
            return self.answer(response)

        def answer(self, response):
            return response

    for name, value in attributes.items():
        setattr(BookCreate, name, value)
    app.add_url_rule("/", view_func=BookCreate.as_view())
    return results


def test_a_task_of_a_view_starts_after_its_commit(data_app):
    results = book_views(data_app)
    data_app.test_client().post("/", data={"title": "New"})
    assert ended(results[0]).return_value == "New"


def test_a_task_is_never_started_after_a_rollback(data_app, tables):
    """The figure: 50 transactions rolled back in five ways, no task."""
    ways = [
        lambda self, response: ("refused", 409),
        lambda self, response: 1 / 0,
        lambda self, response: cbv_db.set_rollback() or response,
        lambda self, response: cbv_db.session().add(Book(title=None)) or response,
        lambda self, response: ("gone", 410),
    ]
    data_app.config.update(PROPAGATE_EXCEPTIONS=False)
    results = book_views(
        data_app,
        answer=lambda self, response: ways[len(results) % len(ways)](self, response),
    )
    client = data_app.test_client()
    for _ in range(50):
        client.post("/", data={"title": "New"})
    assert len(results) == 50
    time.sleep(0.05)
    with data_app.app_context():
        for result in results:
            result.refresh()
            assert result.status == TaskResultStatus.READY
            with pytest.raises(TaskResultDoesNotExist):
                get_result(result.id)
    assert count_books(tables) == 0


@pytest.mark.parametrize("atomic", [None, False, True])
def test_a_task_of_a_safe_verb_starts_after_the_handler(tasks_app, atomic):
    order = []

    @task
    def note():
        order.append("task")

    class Page(View):
        def get(self):
            results.append(note.enqueue())
            order.append("handler")
            return "ok"

    Page.atomic = atomic
    results = []
    tasks_app.add_url_rule("/", view_func=Page.as_view())
    tasks_app.test_client().get("/")
    ended(results[0])
    assert order == ["handler", "task"]


@pytest.mark.parametrize("atomic", [None, False])
def test_a_task_of_a_handler_that_refuses_is_dropped(tasks_app, atomic):
    ran = []

    @task
    def note():
        ran.append(1)

    class Page(View):
        def get(self):
            note.enqueue()
            return "no", 400

    Page.atomic = atomic
    tasks_app.add_url_rule("/", view_func=Page.as_view())
    tasks_app.test_client().get("/")
    time.sleep(0.05)
    assert ran == []


def test_a_task_of_a_function_view_starts_at_once(tasks_app):
    @task
    def seven():
        return 7

    @tasks_app.route("/")
    def page():
        return str(ended(seven.enqueue()).return_value)

    assert tasks_app.test_client().get("/").text == "7"


def test_a_task_enqueued_in_a_task_starts_at_once(tasks_app):
    @task
    def inner():
        return "inner"

    @task
    def outer():
        return ended(inner.enqueue()).return_value

    with tasks_app.app_context():
        assert ended(outer.enqueue()).return_value == "inner"


def test_waiting_in_the_view_that_enqueued_gives_up_at_once(tasks_app):
    @task
    def seven():
        return 7

    class Page(View):
        def get(self):
            return str(seven.enqueue().wait())

    tasks_app.add_url_rule("/", view_func=Page.as_view())
    assert tasks_app.test_client().get("/").text == "False"


# --- arguments ----------------------------------------------------------------------


class Colour(StrEnum):
    RED = "red"


class Size(IntEnum):
    BIG = 3


@task
def take(*args, **kwargs):
    return [args, kwargs]


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (None, None),
        (True, True),
        ([1, 2.5, "x"], [1, 2.5, "x"]),
        ((1, (2,)), [1, [2]]),
        ({"a": {"b": ()}}, {"a": {"b": []}}),
        (Colour.RED, "red"),
        (Size.BIG, 3),
        ("é\x00\U0001f600", "é\x00\U0001f600"),
    ],
)
def test_arguments_arrive_as_json_would_bring_them(tasks_app, given, taken):
    with tasks_app.app_context():
        result = ended(take.enqueue(given, name=given))
        assert result.return_value == [[taken], {"name": taken}]
        assert type(result.return_value[0][0]) is type(taken)


def test_arguments_are_copied(tasks_app):
    release = threading.Event()
    immediate = tasks_app.config["CBV_TASKS_BACKEND"] == "immediate"

    @task
    def late(items):
        release.wait(0 if immediate else 10)
        return items

    items = [1]
    with tasks_app.app_context():
        result = late.enqueue(items)
        items.append(2)
        release.set()
        assert ended(result).return_value == [1]


def refused_values():
    """Return a maker for each kind of argument that is refused, and its cure."""
    return {
        "object": (lambda: Book(id=1), "pass its id"),
        "current_user": (lambda: current_user, "pass the id"),
        "request": (lambda: request, "proxy"),
        "real request": (lambda: request._get_current_object(), "a request"),
        "session": (lambda: session, "proxy"),
        "real session": (lambda: session._get_current_object(), "a session"),
        "g": (lambda: g, "proxy"),
        "current_app": (lambda: current_app, "proxy"),
        "app": (lambda: current_app._get_current_object(), "use current_app"),
        "form data": (lambda: request.args, "to_dict"),
        "upload": (FileStorage, "pass its path"),
        "file": (lambda: sys.stdin, "pass its path"),
        "connection": (lambda: create_engine("sqlite://").raw_connection, "JSON"),
        "bytes": (lambda: b"x", "bytes"),
        "set": (lambda: {1}, "set"),
        "nan": (lambda: float("nan"), "nan"),
        "key": (lambda: {1: "a"}, r"str\(key\)"),
        "function": (lambda: len, "JSON"),
    }


@pytest.mark.parametrize("shape", ["argument", "keyword", "list", "dict", "deep"])
@pytest.mark.parametrize("kind", refused_values())
def test_what_cannot_travel_is_refused(tasks_app, kind, shape):
    make, cure = refused_values()[kind]
    with tasks_app.test_request_context("/?a=1"):
        value = make()
        args = {
            "argument": (value,),
            "keyword": (),
            "list": ([value],),
            "dict": ({"a": value},),
            "deep": ([{"a": (1, {"b": [value]})}],),
        }[shape]
        kwargs = {"name": value} if shape == "keyword" else {}
        with pytest.raises(TypeError, match=cure) as caught:
            take.enqueue(*args, **kwargs)
    assert str(caught.value).startswith("take: argument")


def test_the_message_says_where_the_refused_value_is(tasks_app):
    with tasks_app.app_context():
        with pytest.raises(TypeError, match=r"argument 'users'\['x'\]\[1\] is an obj"):
            take.enqueue(users={"x": [1, Author()]})


def test_an_argument_that_contains_itself_is_refused(tasks_app):
    endless = []
    endless.append(endless)
    with tasks_app.app_context(), pytest.raises(TypeError, match="contains itself"):
        take.enqueue(endless)


def test_arguments_that_do_not_fit_the_function_are_refused(tasks_app):
    @task(takes_context=True)
    def work(context, n):
        pass

    with tasks_app.app_context():
        with pytest.raises(TypeError, match="missing a required argument: 'n'"):
            work.enqueue()
        with pytest.raises(TypeError, match="too many"):
            work.enqueue(1, 2)


def test_a_return_value_that_is_not_json_fails_the_task(tasks_app):
    @task
    def load():
        return [Book()]

    with tasks_app.app_context():
        error = ended(load.enqueue()).errors[0]
        assert error.exception_class_path == "builtins.TypeError"
        assert "pass its id" in error.traceback


# --- the pool -----------------------------------------------------------------------


def test_the_pool_has_no_more_threads_than_it_may():
    running, most, lock = set(), [], threading.Lock()

    @task
    def work():
        with lock:
            running.add(threading.get_ident())
            most.append(len(running))
        time.sleep(0.01)
        with lock:
            running.discard(threading.get_ident())

    with make_app(CBV_TASKS_MAX_THREADS=3).app_context():
        for result in [work.enqueue() for _ in range(30)]:
            ended(result)
    assert max(most) == 3


def test_an_idle_application_has_no_threads():
    @task
    def nothing():
        pass

    with make_app().app_context():
        for result in [nothing.enqueue() for _ in range(10)]:
            ended(result)
    deadline = time.monotonic() + 5
    while any(t.name == "cbv-task" for t in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_thread_survives_a_task_that_wants_to_exit():
    @task
    def leave():
        raise SystemExit(3)

    @task
    def seven():
        return 7

    with make_app(CBV_TASKS_MAX_THREADS=1).app_context():
        left = leave.enqueue()
        assert ended(seven.enqueue()).return_value == 7
        left.refresh()
        assert left.errors[0].exception_class_path == "builtins.SystemExit"


def test_enqueuing_adds_less_than_a_millisecond_to_the_request():
    """The median of 300 requests with one and 300 without, of processor time."""

    @task
    def nothing(n):
        pass

    class Page(View):
        def get(self):
            if "enqueue" in request.args:
                nothing.enqueue(1)
            return "ok"

    app = make_app()
    app.add_url_rule("/", view_func=Page.as_view())
    client = app.test_client()

    def seconds(url):
        start = time.thread_time()
        client.get(url)
        return time.thread_time() - start

    pairs = [(seconds("/?enqueue"), seconds("/")) for _ in range(300)]
    added = sorted(one - other for one, other in pairs)[150]
    assert added < 0.001


def test_a_backend_that_is_drained_says_what_it_gives_up(caplog):
    release = threading.Event()

    @task
    def slow():
        release.wait(10)

    app = make_app(CBV_TASKS_MAX_THREADS=1, CBV_TASKS_GRACE_TIME=0.05)
    with app.app_context():
        results = [slow.enqueue(), slow.enqueue()]
    threads = app.extensions["cbv.tasks"]["thread"]
    threads.drain()
    assert "2 tasks were given up after 0.05 s of grace" in caplog.text
    caplog.clear()
    release.set()
    for result in results:
        ended(result)
    threads.drain()
    assert caplog.text == ""


def test_a_forked_process_knows_nothing_of_its_parents_tasks():
    @task
    def seven():
        return 7

    app = make_app()
    with app.app_context():
        result = ended(seven.enqueue())
        app.extensions["cbv.tasks"]["thread"].forget()
        with pytest.raises(TaskResultDoesNotExist):
            result.refresh()
        assert ended(seven.enqueue()).return_value == 7


def test_where_no_thread_can_be_had_the_caller_is_told(monkeypatch):
    @task
    def seven():
        return 7

    def refuse(thread):
        raise RuntimeError("can't start new thread")

    with make_app().app_context():
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", refuse)
            with pytest.raises(RuntimeError, match="new thread"):
                seven.enqueue()
        assert ended(seven.enqueue()).return_value == 7


def test_a_key_is_free_again_when_no_thread_could_be_had(monkeypatch):
    """The task counts as failed, with the reason, and may be enqueued once more."""

    @task
    def seven():
        return 7

    def refuse(thread):
        raise RuntimeError("can't start new thread")

    keyed = seven.using(idempotency_key="k")
    with make_app().app_context():
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", refuse)
            with pytest.raises(RuntimeError, match="new thread"):
                keyed.enqueue()
        [failed] = current_app.extensions["cbv.tasks"]["thread"]._results.values()
        assert failed.status == "FAILED"
        assert failed.errors[0].exception_class_path == "builtins.RuntimeError"
        assert ended(keyed.enqueue()).return_value == 7


def run_script(tmp_path, body, **config):
    """Run a script with an application and tasks to its end; return what it said."""
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, time\n"
        "from flask import Flask\n"
        "from cbv.tasks import task\n"
        "app = Flask('script')\n"
        f"app.config.update({config!r})\n"
        "@task\n"
        "def slow(seconds, text):\n"
        "    time.sleep(seconds)\n"
        "    print(text, flush=True)\n"
        "with app.app_context():\n"
        f"    {body}\n"
    )
    return subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        timeout=30,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
        check=True,
    )


def test_what_is_enqueued_is_done_before_the_process_ends(tmp_path):
    body = "[slow.enqueue(0.1, f'{n} done') for n in range(12)]"
    done = run_script(tmp_path, body)
    assert len(done.stdout.splitlines()) == 12
    assert done.stderr == ""


def test_a_task_that_takes_too_long_is_given_up_after_the_grace_time(tmp_path):
    start = time.monotonic()
    body = "slow.enqueue(60, 'never')"
    done = run_script(tmp_path, body, CBV_TASKS_GRACE_TIME=0.2)
    assert time.monotonic() - start < 15
    assert done.stdout == ""
    assert "1 tasks were given up after 0.2 s" in done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_process_runs_its_own_tasks_and_not_its_parents(tmp_path):
    body = (
        "first = slow.enqueue(0.3, 'first')\n"
        "    import os\n"
        "    pid = os.fork()\n"
        "    if pid: os.waitpid(pid, 0)\n"
        "    else: assert slow.enqueue(0, 'second').wait(5)\n"
    )
    done = run_script(tmp_path, body, CBV_TASKS_MAX_THREADS=1)
    assert sorted(done.stdout.splitlines()) == ["first", "second"]


def test_a_server_of_several_processes_is_told_to_use_celery_once(caplog):
    @task
    def nothing():
        pass

    app = make_app()
    with caplog.at_level(logging.WARNING, "cbv"):
        for _ in range(2):
            environ = {"wsgi.multiprocess": True}
            with app.test_request_context("/", environ_overrides=environ):
                ended(nothing.enqueue())
    assert caplog.text.count("CBV_TASKS_BACKEND = 'celery'") == 1


# --- no value of one request is seen in another -------------------------------------


@pytest.mark.parametrize(
    ("threads", "requests"),
    [(20, 50), pytest.param(200, 500, marks=pytest.mark.figure)],
)
def test_no_request_sees_a_value_of_another(tmp_path, threads, requests):
    """A marker on ``g``, session and database session, with a switch in between."""
    engine = create_engine(f"sqlite:///{tmp_path / 'marker.db'}", pool_size=threads)
    app = make_app(sessionmaker(engine))
    foreign, answered = [], []

    class Marker(View):
        def get(self, marker):
            g.marker = session["marker"] = marker
            cbv_db.session().info["marker"] = marker
            time.sleep(0)  # lets another thread run between writing and reading
            seen = {g.marker, session["marker"], cbv_db.session().info["marker"]}
            foreign.extend(seen - {marker})
            return marker

    app.add_url_rule("/<marker>", view_func=Marker.as_view())

    def visit(thread):
        client = app.test_client()
        for number in range(requests):
            marker = f"{thread}-{number}"
            answered.append(client.get(f"/{marker}").text == marker)

    visitors = [threading.Thread(target=visit, args=(n,)) for n in range(threads)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    engine.dispose()
    assert foreign == []
    assert answered == [True] * (threads * requests)
