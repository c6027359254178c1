"""Tasks that take a request context: what they see, and what they leave alone."""

from __future__ import annotations

import warnings
from io import BytesIO

import pytest
from flask import g
from flask import request
from flask import session
from flask import url_for
from flask_login import current_user
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import QueuePool

from cbv import db as cbv_db
from cbv import View
from cbv.exceptions import UnsavedChangesWarning
from cbv.tasks import task
from support.applications import make_app
from support.library_models import Author
from support.library_models import Base
from support.library_models import User


@pytest.fixture(params=["thread", "immediate"])
def tasks_app(request):
    return make_app(CBV_TASKS_BACKEND=request.param)


def serve(app, work, before=lambda: None, after=lambda result: "ok", **rule):
    """Give an application a view that enqueues a task between two steps of its own."""
    results = []

    class Page(View):
        def get(self, **kwargs):
            before()
            results.append(work.enqueue())
            return after(results[-1])

        post = get

    app.add_url_rule(rule.pop("path", "/"), view_func=Page.as_view("page"), **rule)
    return results


def returned(results):
    assert results[-1].wait(10)
    assert results[-1].errors == []
    return results[-1].return_value


def in_request(function):
    return task(function, takes_request_context=True)


@task(takes_request_context=True)
def echo():
    """Return what a task can tell of its request."""
    return {
        "method": request.method,
        "url": request.url,
        "values": request.view_args,
        "endpoint": request.endpoint,
        "here": url_for(".page", name="x"),
        "header": request.headers.get("X-Test"),
        "cookie": request.cookies.get("c"),
        "form": list(request.form.items(multi=True)),
        "files": [
            [name, file.filename, file.read().decode()]
            for name, file in request.files.items(multi=True)
        ],
        "body": request.get_data(as_text=True) if not request.form else None,
        "json": request.get_json(silent=True),
    }


def test_the_request_is_there_with_its_address_headers_and_cookies(tasks_app):
    results = serve(tasks_app, echo, path="/p/<name>")
    client = tasks_app.test_client()
    client.set_cookie("c", "biscuit")
    client.get("/p/ä?q=1", headers={"X-Test": "t"})
    seen = returned(results)
    assert seen["method"] == "GET"
    assert seen["url"] == "http://localhost/p/ä?q=1"
    assert seen["values"] == {"name": "ä"}
    assert (seen["endpoint"], seen["here"]) == ("page", "/p/x")
    assert (seen["header"], seen["cookie"]) == ("t", "biscuit")


BODIES = {
    "form": {"data": {"a": ["1", "2 &="], "ü": "é"}},
    "upload": {"data": {"a": "1", "f": (BytesIO(b"file\r\n--x"), "ü.txt")}},
    "json": {"json": {"a": [1]}},
    "text": {"data": "plain", "content_type": "text/plain"},
    "nothing": {},
}


@pytest.mark.parametrize("read", ["read", "unread"])
@pytest.mark.parametrize("kind", BODIES)
def test_the_body_is_there_whether_the_view_has_read_it_or_not(tasks_app, kind, read):
    def read_all():
        if read == "read":
            _ = request.form, request.files, request.get_data()

    def after(result):
        """The view's own request is as good as before."""
        return {
            "form": list(request.form.items(multi=True)),
            "files": [file.read().decode() for file in request.files.values()],
            "json": request.get_json(silent=True),
        }

    sent = dict(BODIES[kind])
    if kind == "upload":
        sent["data"] = {"a": "1", "f": (BytesIO(b"file\r\n--x"), "ü.txt")}
    results = serve(
        tasks_app, echo, before=read_all, after=after, path="/<name>", methods=["POST"]
    )
    answer = tasks_app.test_client().post("/n", **sent).get_json()
    seen = returned(results)
    expected_form = {
        "form": [["a", "1"], ["a", "2 &="], ["ü", "é"]],
        "upload": [["a", "1"]],
    }.get(kind, [])
    assert seen["form"] == expected_form == answer["form"]
    expected_files = [["f", "ü.txt", "file\r\n--x"]] if kind == "upload" else []
    assert seen["files"] == expected_files
    assert answer["files"] == [file[2] for file in expected_files]
    assert seen["json"] == answer["json"] == ({"a": [1]} if kind == "json" else None)
    if kind == "text":
        assert seen["body"] == "plain"


def test_g_is_a_copy(tasks_app):
    @in_request
    def look():
        g.items.append("task")
        g.marker += " in the task"
        return [g.items, g.marker]

    @tasks_app.route("/")
    def page():
        g.items, g.marker = ["view"], "set"
        result = look.enqueue()
        return {"task": returned([result]), "view": [g.items, g.marker]}

    assert tasks_app.test_client().get("/").json == {
        "task": [["view", "task"], "set in the task"],
        "view": [["view"], "set"],
    }


def test_g_leaves_behind_what_is_tied_to_the_request(tasks_app, tmp_path):
    @in_request
    def look():
        return sorted(g)

    file = (tmp_path / "open").open("w")

    def before():
        g.file, g.author, g.user, g._private = file, Author(), current_user, 1
        g.name = "kept"

    results = serve(tasks_app, look, before)
    tasks_app.test_client().get("/")
    file.close()
    assert returned(results) == ["name"]


def test_the_session_is_loaded_from_the_cookie(tasks_app):
    @in_request
    def look():
        return session.get("name")

    results = serve(tasks_app, look)
    client = tasks_app.test_client()
    with client.session_transaction() as stored:
        stored["name"] = "Ada"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        client.get("/")
        assert returned(results) == "Ada"


@pytest.mark.parametrize("nested", [False, True])
def test_a_write_to_the_session_is_not_kept_and_warns(tasks_app, nested):
    @in_request
    def write():
        if nested:
            session["list"].append(1)
        else:
            session["name"] = "task"

    results = serve(tasks_app, write)
    client = tasks_app.test_client()
    with client.session_transaction() as stored:
        stored.update(name="Ada", list=[])

    def visit():
        client.get("/")
        return returned(results)

    with pytest.warns(UnsavedChangesWarning, match="copy of the session"):
        visit()
    with client.session_transaction() as stored:
        assert (stored["name"], stored["list"]) == ("Ada", [])


def test_the_teardown_runs_once_for_the_view_and_once_for_the_task(tasks_app):
    torn = []
    tasks_app.teardown_request(lambda error: torn.append(g.get("owner", "view")))

    @in_request
    def work():
        g.owner = "task"

    results = serve(tasks_app, work)
    tasks_app.test_client().get("/")
    returned(results)
    assert sorted(torn) == ["task", "view"]


def test_no_function_runs_before_the_task_as_before_a_request(tasks_app):
    ran = []
    tasks_app.before_request(lambda: ran.append(request.path))

    @in_request
    def work():
        pass

    results = serve(tasks_app, work)
    tasks_app.test_client().get("/")
    returned(results)
    assert ran == ["/"]


def test_without_a_request_there_is_nothing_to_copy(tasks_app):
    with tasks_app.app_context(), pytest.raises(RuntimeError, match="no request here"):
        echo.enqueue()


def test_it_works_in_a_test_request_context(tasks_app):
    @in_request
    def path():
        return request.full_path

    with tasks_app.test_request_context("/x?y=1"):
        result = path.enqueue()
        assert result.wait(5)
    assert result.return_value == "/x?y=1"


@pytest.fixture
def small_pool(tmp_path):
    """An engine of two connections, which no one waits for longer than a second."""
    engine = create_engine(
        f"sqlite:///{tmp_path / 'pool.db'}",
        poolclass=QueuePool,
        pool_size=2,
        max_overflow=0,
        pool_timeout=1,
    )
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.mark.parametrize("backend", ["thread", "immediate"])
def test_a_pool_of_2_connections_serves_1000_calls(small_pool, backend):
    app = make_app(
        sessionmaker(small_pool), CBV_TASKS_BACKEND=backend, CBV_TASKS_MAX_THREADS=1
    )

    @in_request
    def count():
        return len(cbv_db.rows(Author.__table__.select()))

    results = serve(app, count, before=lambda: cbv_db.session().connection())
    client = app.test_client()
    for _ in range(1000):
        client.get("/")
        assert returned(results) == 0
    assert small_pool.pool.checkedout() == 0


def test_the_user_is_there_as_an_object_of_the_tasks_own_session(small_pool):
    app = make_app(sessionmaker(small_pool))
    app.config["CBV_TASKS_BACKEND"] = "thread"
    app.login_manager.init_app(app)

    @in_request
    def look():
        user = current_user._get_current_object()
        assert user in cbv_db.session()
        objects.append(user)
        return user.username

    objects = []
    with app.app_context():
        ada = User(username="ada")
        cbv_db.save(ada)
        cbv_db.commit()
        key = ada.id
    app.login_manager.user_loader(lambda id: cbv_db.session().get(User, key))
    results = serve(
        app, look, before=lambda: objects.append(current_user._get_current_object())
    )
    client = app.test_client()
    with client.session_transaction() as stored:
        stored.update(_user_id=str(key), _fresh=True)
    client.get("/")
    assert returned(results) == "ada"
    assert objects[0] is not objects[1]
