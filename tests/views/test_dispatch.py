"""One request: set-up, guards, handler, one commit, what waited for it."""

from __future__ import annotations

import asyncio
import threading
import warnings

import pytest
from flask import abort
from flask import current_app
from flask import g
from flask import make_response
from flask import redirect
from flask import request
from flask import stream_with_context
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import ImATeapot

import cbv.db
from cbv import current_view
from cbv import ImproperlyConfigured
from cbv import TemplateView
from cbv import View
from cbv.exceptions import UnsavedChangesWarning
from support.library_models import Book
from support.library_models import Tag


class Post(View):
    csrf_exempt = True


def route(app, rule, view_class, name=None, **options):
    app.add_url_rule(rule, view_func=view_class.as_view(name, **options))
    return app.test_client()


def titles(db):
    db.expire_all()
    return sorted(db.scalars(select(Book.title)))


# --- order --------------------------------------------------------------------------


def test_request_runs_in_the_order_of_the_contract(app, db):
    """setup, guards, dispatch_request, handler, commit, then what waited for it."""
    seen = []

    class Page(Post):
        def setup(self, **kwargs):
            seen.append("setup")
            super().setup(**kwargs)

        def check_access(self):
            seen.append("guard")

        def dispatch_request(self, **kwargs):
            seen.append("dispatch")
            return super().dispatch_request(**kwargs)

        def post(self, **kwargs):
            seen.append("handler")
            cbv.db.save(Book(title="x"))
            cbv.db.on_commit(lambda: seen.append(titles(db)))
            return ""

    client = route(app, "/", Page)
    app.after_request(lambda response: seen.append("after") or response)
    client.post("/")
    assert seen == ["setup", "guard", "dispatch", "handler", ["x"], "after"]


def test_commit_is_the_only_one(app, db, monkeypatch):
    """Hooks flush; the dispatcher commits once."""
    commits = []
    monkeypatch.setattr(cbv.db.writing, "commit", lambda: commits.append(1))

    class Page(Post):
        def post(self, **kwargs):
            cbv.db.save(Book(title="a"))
            cbv.db.save(Book(title="b"))
            return ""

    route(app, "/", Page).post("/")
    assert commits == [1]


@pytest.mark.parametrize(
    ("answer", "saved"),
    [
        (lambda: "text", True),
        (lambda: ("", 204), True),
        (lambda: ({"a": 1}, 201, {"X-A": "b"}), True),
        (lambda: redirect("/", code=303), True),
        (lambda: make_response("", 399), True),
        (lambda: ("", 400), False),
        (lambda: ("", "409 CONFLICT"), False),
        (lambda: make_response("", 500), False),
        (lambda: abort(418), False),
    ],
)
def test_status_decides_whatever_the_shape_of_the_answer(app, db, answer, saved):
    """Text, tuple, dict, response or abort: from 400 on nothing is saved."""

    class Page(Post):
        def post(self, **kwargs):
            cbv.db.save(Book(title="x"))
            return answer()

    route(app, "/", Page).post("/")
    assert titles(db) == (["x"] if saved else [])


def test_answer_that_is_none_saves_nothing(app, db):
    """Flask's own TypeError, before the commit."""

    class Page(Post):
        def post(self, **kwargs):
            cbv.db.save(Book(title="x"))

    client = route(app, "/", Page)
    with pytest.raises(TypeError):
        client.post("/")
    assert titles(db) == []


def test_error_handlers_see_the_error_after_the_rollback(app, db):
    """Flask's error handlers work unchanged, on a clean session."""

    class Page(Post):
        def post(self, **kwargs):
            cbv.db.save(Book(title="x"))
            raise ImATeapot

    @app.errorhandler(418)
    def handler(error):
        return f"{len(titles(db))} {bool(current_view)}", 418

    assert route(app, "/", Page).post("/").text == "0 True"


def test_refused_request_saves_nothing(app, db):
    """What a guard wrote is lost with its refusal, whatever the status."""

    class Page(Post):
        def check_access(self):
            cbv.db.save(Book(title="x"))
            return "no"

        def post(self, **kwargs):
            return ""

    assert route(app, "/", Page).post("/").text == "no"
    assert titles(db) == []


def test_clash_at_the_commit_goes_to_save_failed(app, db, monkeypatch):
    """What the database refuses at last is answered by the view's hook."""
    error = IntegrityError("", {}, Exception())

    def fail():
        raise error

    monkeypatch.setattr(cbv.db.writing, "commit", fail)

    class Page(Post):
        def post(self, **kwargs):
            cbv.db.save(Book(title="x"))
            cbv.db.on_commit(lambda: pytest.fail("nothing was saved"))
            return ""

        def save_failed(self, error):
            return "sorry", 409

    class Plain(Post):
        post = Page.post

    client = route(app, "/", Page)
    route(app, "/plain", Plain)
    assert (client.post("/").status_code, titles(db)) == (409, [])
    with pytest.raises(IntegrityError):
        client.post("/plain")


# --- safe verbs ---------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["get", "head", "options"])
def test_safe_verbs_save_nothing_and_say_so(app, db, verb):
    """The warning names the class and the verb."""

    class Page(View):
        def get(self, **kwargs):
            cbv.db.save(Book(title="x"))
            return ""

        options = get

    client = route(app, "/", Page)
    with pytest.warns(UnsavedChangesWarning, match=f"Page .* {verb.upper()} request"):
        getattr(client, verb)("/")
    assert titles(db) == []


def test_waiting_of_a_safe_verb_is_called_under_400_alone(app):
    """A page that starts a task starts it if it could be shown."""
    seen = []

    class Page(View):
        def get(self, status, **kwargs):
            cbv.db.on_commit(lambda: seen.append(status))
            if status == 418:
                abort(status)
            return "", status

    client = route(app, "/<int:status>", Page)
    for status in (200, 302, 404, 418):
        client.get(f"/{status}")
    assert seen == [200, 302]


def divide(db):
    return 1 / 0


def refuse(db):
    abort(403)


def clash(db):
    for _ in range(2):
        cbv.db.save(Tag(name="same"))


@pytest.mark.parametrize("fail", [divide, refuse, clash])
@pytest.mark.parametrize("inner", [False, True])
def test_a_function_that_fails_after_the_commit_changes_no_answer(
    app, db, caplog, fail, inner
):
    """What was saved is saved: its error is logged, and the next functions run."""
    seen = []

    class Page(Post):
        def post(self, **kwargs):
            cbv.db.save(Book(title="x"))
            cbv.db.on_commit(lambda: seen.append("first"))
            cbv.db.on_commit(lambda: fail(db))
            cbv.db.on_commit(lambda: seen.append(titles(db)))
            return "made", 201

    class Outer(Post):
        def post(self, **kwargs):
            return Page.as_view()(**kwargs)

    client = route(app, "/", Outer if inner else Page)
    response = client.post("/")
    assert (response.status_code, response.text) == (201, "made")
    assert seen == ["first", ["x"]]
    [logged] = [entry for entry in caplog.records if entry.name == "cbv"]
    assert (logged.levelname, bool(logged.exc_info)) == ("ERROR", True)
    assert "on_commit" in logged.getMessage()


@pytest.mark.parametrize("atomic", [None, False])
def test_a_function_that_fails_without_a_commit_changes_no_answer(app, caplog, atomic):
    """In a page that starts a task, and in a view that commits by itself."""
    seen = []

    class Page(Post):
        def get(self, **kwargs):
            cbv.db.on_commit(lambda: divide(None))
            cbv.db.on_commit(lambda: seen.append("next"))
            return "shown"

        post = get

    client = route(app, "/", Page, atomic=atomic)
    answers = [client.get("/").text, client.post("/").text]
    assert (answers, seen) == (["shown"] * 2, ["next"] * 2)
    assert "ZeroDivisionError" in caplog.text


def test_a_function_outside_a_view_raises_its_error(app):
    """There the caller can see to it."""
    with app.app_context(), pytest.raises(ZeroDivisionError):
        cbv.db.on_commit(lambda: divide(None))


def test_reading_request_commits_nothing(app, db, monkeypatch):
    """No commit, no rollback, no warning where nothing was changed."""
    monkeypatch.setattr(cbv.db.writing, "commit", lambda: pytest.fail("committed"))
    monkeypatch.setattr(cbv.db.writing, "rollback", lambda: pytest.fail("rolled back"))

    class Page(View):
        def get(self, **kwargs):
            return str(cbv.db.count(select(Book)))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert route(app, "/", Page).get("/").text == "0"


# --- a view that calls another ------------------------------------------------------


def test_inner_view_shares_the_outer_transaction(app, db):
    """Both are saved or lost together, and the outer view is current again."""

    class Inner(Post):
        def post(self, **kwargs):
            cbv.db.save(Tag(name="inner"))
            return "inner"

    inner = Inner.as_view()

    class Outer(Post):
        def post(self, ok, **kwargs):
            text = inner()
            cbv.db.save(Book(title=f"{text} {current_view.__class__.__name__}"))
            return "", 200 if ok else 400

    client = route(app, "/<int:ok>", Outer)
    client.post("/0")
    assert (titles(db), db.scalars(select(Tag)).all()) == ([], [])
    client.post("/1")
    assert titles(db) == ["inner Outer"]


def test_refusal_of_an_inner_view_loses_both(app, db):
    """A guard of the inner view that answers dooms the transaction."""

    class Inner(Post):
        def check_access(self):
            return "refused"

    inner = Inner.as_view()

    class Outer(Post):
        def post(self, **kwargs):
            cbv.db.save(Book(title="x"))
            return inner()

    assert route(app, "/", Outer).post("/").text == "refused"
    assert titles(db) == []


# --- contexts, threads, async -------------------------------------------------------


def test_context_held_open_mixes_no_requests(app, db):
    """Each request has its own view, though both share one g."""

    class Page(View):
        def get(self, name, **kwargs):
            return f"{name} {current_view.kwargs['name']}"

    client = route(app, "/<name>", Page)

    @app.get("/function/")
    def function():
        return repr(bool(current_view))

    with app.app_context():
        assert [client.get(f"/{n}").text for n in "ab"] == ["a a", "b b"]
        assert client.get("/function/").text == "False"
        assert not current_view


def test_a_view_is_current_until_its_request_is_over(app):
    """In the functions that Flask calls after it; then no longer, though its context
    is held open."""
    seen = []

    class Page(View):
        def get(self, name, **kwargs):
            if name == "abort":
                abort(404)
            return name

    @app.after_request
    def after(response):
        seen.append(type(current_view._get_current_object()))
        return response

    @app.errorhandler(404)
    def error(error):
        return type(current_view._get_current_object()).__name__, 404

    client = route(app, "/<name>", Page)
    for name, text in (("a", "a"), ("abort", "Page")):
        with client:
            assert client.get(f"/{name}").text == text
            assert not current_view
            assert current_view == None  # noqa: E711 - the proxy compares
        with app.test_request_context(f"/{name}"):
            assert app.full_dispatch_request().get_data(as_text=True) == text
            assert not current_view
    assert seen == [Page] * 4
    with app.test_request_context("/a"):
        assert Page.as_view()(name="b") == "b"
        assert not current_view


def test_a_view_is_current_in_the_stream_that_it_answers(app):
    """Until the response is closed."""

    class Page(View):
        def get(self, **kwargs):
            return stream_with_context(str(current_view.mark) for _ in range(2))

        mark = "x"

    client = route(app, "/", Page)
    with client:
        response = client.get("/", buffered=False)
        assert response.text == "xx"
        response.close()
        assert not current_view


def test_threads_see_their_own_view_alone(app):
    """Twenty requests at once, each stopped in the middle."""
    together = threading.Barrier(10)

    class Page(View):
        def get(self, name, **kwargs):
            self.mark = g.mark = name
            together.wait()
            return f"{self.mark} {g.mark} {current_view.kwargs['name']} {request.path}"

    route(app, "/<name>", Page)
    found = {}

    def run(name):
        found[name] = app.test_client().get(f"/{name}").text

    for _ in range(2):
        threads = [threading.Thread(target=run, args=[str(n)]) for n in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == {str(n): f"{n} {n} {n} /{n}" for n in range(10)}


def test_async_handler_sees_request_g_and_view(app):
    """What the contract gives a handler it gives an async one."""

    class Page(TemplateView):
        async def get(self, **kwargs):
            await asyncio.sleep(0)
            g.seen = request.path
            return f"{current_view.kwargs['name']} {g.seen} {current_app.name}"

    assert route(app, "/<name>", Page).get("/x").text == "x /x test_app"


def test_async_handler_may_call_sync_hooks(app, db):
    """super() of an async handler is the ordinary sync one."""

    class Page(TemplateView):
        template_name = "cbv/object_list.html"

        async def get(self, **kwargs):
            return super().get(**kwargs)

        def get_context_data(self, **kwargs):
            return super().get_context_data(object_list=[], **kwargs)

    assert "Nothing here yet" in route(app, "/", Page).get("/").text


def test_async_error_rolls_back(app, db):
    """An exception in an async handler is the request's."""

    class Page(Post):
        async def post(self, **kwargs):
            cbv.db.save(Book(title="x"))
            abort(409)

    assert route(app, "/", Page).post("/").status_code == 409
    assert titles(db) == []


# --- guards and privacy -------------------------------------------------------------


def test_pages_behind_a_guard_are_private(app):
    """Kept out of shared caches; a stricter header of the view stays."""

    class Page(View):
        def check_access(self):
            return None

        def get(self, **kwargs):
            return "", {"Cache-Control": "no-store"} if kwargs["own"] else {}

    client = route(app, "/<int:own>", Page)
    response = client.get("/0")
    assert response.headers["Cache-Control"] == "private, no-store"
    assert "Cookie" in response.headers["Vary"]
    assert client.get("/1").headers["Cache-Control"] == "no-store"


def test_error_inside_a_guarded_view_is_private_too(app):
    """A 404 behind a guard tells something as well."""

    class Page(View):
        def check_access(self):
            return None

        def get(self, **kwargs):
            abort(404)

    response = route(app, "/", Page).get("/")
    assert response.headers["Cache-Control"] == "private, no-store"


def test_setup_that_forgets_super_names_class_and_cure(app):
    """The mistake is told before any guard is asked."""

    class Page(View):
        def setup(self, **kwargs):
            self.name = "x"

        def check_access(self):
            pytest.fail("asked without kwargs")

        def get(self, **kwargs):
            return ""

    client = route(app, "/", Page)
    with pytest.raises(ImproperlyConfigured, match=r"Page .*super\(\)\.setup"):
        client.get("/")


def test_a_guard_that_an_instance_was_given_is_asked(app):
    """By as_view, or by setup(); allows() asks it as well."""

    def closed():
        abort(403)

    class Page(View):
        def get(self, **kwargs):
            return "secret"

    class ByName(Page):
        def setup(self, **kwargs):
            super().setup(**kwargs)
            self.check_access = closed

    app.add_url_rule("/option", view_func=Page.as_view("page", check_access=closed))
    app.add_url_rule("/setup", view_func=ByName.as_view())
    for rule in ("/option", "/setup"):
        response = app.test_client().get(rule)
        assert response.status_code == 403
        assert response.headers["Cache-Control"] == "private, no-store"
    with app.test_request_context():
        assert not ByName.allows()
