"""The test client that remembers, the asserts, and the count of statements."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar

import pytest
from flask import abort
from flask import current_app
from flask import flash
from flask import g
from flask import has_request_context
from flask import redirect
from flask import render_template_string
from flask import request
from flask import Response as FlaskResponse
from flask import session
from flask import stream_with_context
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy import text

import cbv.db
from cbv import CreateView
from cbv import DeleteView
from cbv import DetailView
from cbv import ListView
from cbv import LoginRequiredMixin
from cbv import path
from cbv import register
from cbv import TemplateView
from cbv import UpdateView
from cbv import url_value
from cbv import View
from cbv.auth import current_user_id
from cbv.testing import assert_redirects
from cbv.testing import assert_second_user_gets_404
from cbv.testing import assert_template_used
from cbv.testing import Client
from cbv.testing import count_queries
from cbv.testing import crawl
from cbv.testing import Response
from support.library_models import Author
from support.library_models import Book
from support.library_models import User


@pytest.fixture
def site(app):
    """Pages that render, flash, redirect and answer with nothing."""

    class Listing(TemplateView):
        template_name = "cbv/object_list.html"

        def get_context_data(self, **kwargs):
            flash("hello", "info")
            return super().get_context_data(object_list=[1], **kwargs)

    @app.get("/two")
    def two():
        render_template_string("", a=1, b=1)
        return render_template_string("", b=2)

    app.add_url_rule("/", view_func=Listing.as_view())
    app.add_url_rule("/plain", "plain", lambda: "plain")
    app.add_url_rule(
        "/away", "away", lambda: (flash("bye"), redirect("/plain", 303))[1]
    )
    app.add_url_rule("/home", "home", lambda: redirect("/", code=302))
    return app.test_client()


def test_response_knows_context_templates_and_flashes(site):
    """What a Django test looks at, beside what Flask's client gives."""
    response = site.get("/")
    assert response.context["object_list"] == [1]
    assert response.context["request"] is not None
    assert response.templates[0] == "cbv/object_list.html"
    assert response.flashes == [("info", "hello")]


def test_response_without_a_template_has_no_context(site):
    """None, not an empty mapping."""
    response = site.get("/plain")
    assert (response.context, response.templates, response.flashes) == (None, [], [])


def test_several_templates_make_one_context(site):
    """The last one rendered wins, name by name."""
    context = site.get("/two").context
    assert (context["a"], context["b"]) == (1, 2)


def test_flashes_are_those_of_this_request(site):
    """An earlier flash that still waits in the session is not counted again."""
    assert site.get("/away").flashes == [("message", "bye")]
    assert site.get("/plain").flashes == []


def test_redirect_can_be_followed(site):
    """The page that was reached is the one looked at."""
    response = site.get("/home", follow_redirects=True)
    assert response.context["object_list"] == [1]
    assert response.flashes == [("info", "hello")]


def test_clients_of_two_applications_do_not_mix(site):
    """Only this client's own application is listened to."""
    assert site.get("/plain").context is None


def test_force_login_and_logout(app, db):
    """A user without a password, until the session is dropped."""
    user = User(username="u")
    db.add(user)
    db.commit()

    class Who(View):
        def get(self, **kwargs):
            return self.user.username if self.user.is_authenticated else "nobody"

    app.add_url_rule("/", view_func=Who.as_view())
    client = app.test_client()
    assert client.get("/").text == "nobody"
    client.force_login(user)
    assert client.get("/").text == "u"
    client.logout()
    assert client.get("/").text == "nobody"


def test_assert_redirects(site):
    """Status and Location; nothing is followed."""
    response = site.get("/away")
    assert_redirects(response, "/plain")
    assert_redirects(response, "/plain", 303)
    for wrong in (("/plain", 302), ("/other", 303)):
        with pytest.raises(AssertionError, match=r"/plain|303"):
            assert_redirects(response, *wrong)
    with pytest.raises(AssertionError, match="expected a redirect"):
        assert_redirects(site.get("/plain"), "/plain")


def test_assert_template_used(site):
    """Any of the templates that were rendered; the failure lists them."""
    response = site.get("/")
    assert_template_used(response, "cbv/object_list.html")
    with pytest.raises(AssertionError, match=r"'x\.html' is not among .*object_list"):
        assert_template_used(response, "x.html")


def test_count_queries_counts_and_asserts(app, db):
    """len() tells; a number asserts, and the failure lists the statements."""
    with app.app_context():
        with count_queries() as seen:
            cbv.db.count(select(Book))
            db.execute(text("SELECT 1"))
        assert len(seen) == 2
        assert seen.statements[1] == "SELECT 1"
        with count_queries(1):
            db.execute(text("SELECT 1"))
        with pytest.raises(
            AssertionError, match="1 statements instead of 2:\nSELECT 1"
        ):
            with count_queries(2):
                db.execute(text("SELECT 1"))


def test_count_queries_lets_errors_through(db):
    """The error inside is more than a wrong count."""
    with pytest.raises(ZeroDivisionError), count_queries(5):
        1 / 0  # noqa: B018 - the error is the point
    db.execute(text("SELECT 1"))


def test_savepoints_are_not_counted(app, db):
    """They belong to the fixture that rolls a test back."""

    class Books(ListView[Book]):
        pass

    app.add_url_rule("/", view_func=Books.as_view())
    with count_queries(1):
        app.test_client().get("/")
        db.commit()


# --- a request on its own ---------------------------------------------------------


@contextmanager
def no_context(app):
    """Hold nothing open, as a test does that knows nothing of contexts."""
    yield


def app_context(app):
    """Hold an application context open, as many tests do."""
    return app.app_context()


def request_context(app):
    """Hold a request context open, as pytest-flask does around each test."""
    return app.test_request_context()


HELD = pytest.mark.parametrize("held", [no_context, app_context, request_context])


@pytest.fixture
def people(app, db):
    """Two users, and pages that tell who asks."""
    users = [User(username="ann"), User(username="ben")]
    db.add_all(users)
    db.commit()

    class Who(View):
        def get(self, **kwargs):
            if "seen" in g:
                return "somebody was here"
            g.seen = True
            user = self.user if self.user.is_authenticated else None
            return user.username if user else "nobody"

    app.add_url_rule("/", view_func=Who.as_view())
    app.add_url_rule("/home", "home", lambda: redirect("/", code=302))
    return users


@HELD
def test_a_client_never_sees_the_user_of_another(app, people, held):
    with held(app):
        ann, ben, nobody = (app.test_client() for _ in range(3))
        ann.force_login(people[0])
        ben.force_login(people[1])
        for _ in range(2):
            assert ann.get("/").text == "ann"
            assert nobody.get("/").text == "nobody"
            assert ben.get("/home", follow_redirects=True).text == "ben"
        ann.logout()
        assert ann.get("/").text == "nobody"


@HELD
def test_a_request_leaves_no_user_in_a_context_that_is_held(app, people, held):
    client = app.test_client()
    client.force_login(people[0])
    with held(app):
        assert client.get("/").text == "ann"
        if has_request_context():
            assert not current_user.is_authenticated
        if current_app:
            assert "seen" not in g


@HELD
def test_a_with_block_still_shows_the_contexts_of_its_last_request(app, people, held):
    with held(app):
        outside = request._get_current_object() if request else None
        with app.test_client() as client:
            client.force_login(people[0])
            assert client.get("/?a=1").text == "ann"
            assert request.args["a"] == "1"
            assert session["_user_id"]
            assert g.seen
            assert current_user.username == "ann"
            assert app.test_client().get("/").text == "nobody"
            assert client.get("/?a=2").text == "ann"
            assert request.args["a"] == "2"
        assert (request._get_current_object() if request else None) is outside


@HELD
def test_a_stream_is_made_and_closed_in_the_context_of_its_request(app, held):
    closed = []

    @app.get("/stream")
    def stream():
        def parts():
            yield request.args["a"]
            yield request.args["b"]

        response = FlaskResponse(stream_with_context(parts()))
        response.call_on_close(lambda: closed.append(has_request_context()))
        return response

    with held(app):
        response = app.test_client().get("/stream?a=1&b=2")
        assert response.is_streamed
        assert response.text == "12"
        response.close()
        buffered = app.test_client().get("/stream?a=3&b=4", buffered=True)
        assert buffered.text == "34"
    assert closed == [False, False]


@HELD
def test_a_stream_in_a_with_block_leaves_the_contexts_in_order(app, held):
    @app.get("/stream")
    def stream():
        return stream_with_context(request.args[name] for name in "ab")

    with held(app), app.test_client() as client:
        for _ in range(2):
            response = client.get("/stream?a=1&b=2")
            assert response.text == "12"
            response.close()
            assert request.args["a"] == "1"


@HELD
def test_a_request_sees_the_context_variables_of_the_test(app, held):
    tenant = ContextVar("tenant", default="none")
    app.add_url_rule("/", "index", tenant.get)
    token = tenant.set("acme")
    with held(app):
        assert app.test_client().get("/").text == "acme"
    tenant.reset(token)


# --- the class of the response ------------------------------------------------------


def test_a_response_is_of_a_class_that_says_what_it_has(site):
    for response in (site.get("/"), Client(site.application).get("/")):
        assert isinstance(response, Response)
        assert response.context["object_list"] == [1]
    for verb in ("post", "put", "patch", "delete", "head", "options", "trace"):
        answer = getattr(site, verb)("/plain")
        assert isinstance(answer, Response)
        assert answer.request.method == verb.upper()


def test_a_response_keeps_the_response_class_of_the_application(app):
    class Ours(FlaskResponse):
        def shout(self):
            return self.text.upper()

    app.response_class = Ours
    app.add_url_rule("/", "index", lambda: "hello")
    response = app.test_client().get("/")
    assert response.shout() == "HELLO"
    assert isinstance(response, Response)


def test_the_answers_on_the_way_of_a_redirect_have_no_template(site):
    response = site.get("/home", follow_redirects=True)
    [first] = response.history
    assert (first.context, first.templates, first.flashes) == (None, [], [])


# --- another user's row -------------------------------------------------------------


@pytest.fixture
def shelves(app, db):
    """Two users with a book each."""
    ann, ben = User(username="ann"), User(username="ben")
    for user in (ann, ben):
        author = Author(name=f"{user.username}'s author")
        title = f"{user.username}'s"
        db.add(Book(title=title, slug=user.username, owner=user, author=author))
    db.commit()
    return ann, ben


MINE = Book.owner_id == current_user_id
OF_AUTHOR = Book.author_id == url_value("author")


def test_every_view_with_a_scope_of_its_user_is_tried_with_the_row_of_another(
    app, db, shelves
):
    class Mine(LoginRequiredMixin):
        scope = MINE

    class BookDetail(Mine, DetailView[Book]):
        template_name = "cbv/object_detail.html"

    class BookUpdate(Mine, UpdateView[Book]):
        fields = ["title"]
        success_url = "/"
        slug_url_kwarg = "name"

    class BookDelete(Mine, DeleteView[Book]):
        scope = [MINE, OF_AUTHOR]
        success_url = "/"

    class BookCreate(Mine, CreateView[Book]):
        fields = ["title"]
        success_url = "/"

    class BookList(Mine, ListView[Book]):
        pass

    class PublicBook(DetailView[Book]):
        scope = Book.title != "secret"

    urls = [path("b/<int:pk>/", BookDetail), path("u/<slug:name>/", BookUpdate)]
    urls += [path("a/<author>/<pk>/", BookDelete), path("n/<pk>/", BookCreate)]
    register(app, [*urls, path("l/", BookList), path("p/<pk>/", PublicBook)])
    ann, ben = shelves
    sent = []
    app.before_request(lambda: sent.append((request.method, request.endpoint)))
    app.config["WTF_CSRF_ENABLED"] = True
    assert_second_user_gets_404(app, ann, ben)
    assert app.config["WTF_CSRF_ENABLED"]
    tried = {endpoint for _, endpoint in sent if endpoint}
    assert tried == {"book_detail", "book_update", "book_delete"}
    for method in ("GET", "POST"):
        assert (method, "book_delete") in sent


@pytest.mark.parametrize(
    ("hook", "told"),
    [
        ("get_object", r"GET /b/1/ \(leaky\): 200 for another user"),
        ("put", r"PUT /b/1/ \(leaky\): 200 for another user"),
        ("check_access", r"POST /b/1/ \(leaky\): 403 for another user"),
    ],
)
def test_a_view_that_shows_the_row_of_another_is_named(app, db, shelves, hook, told):
    found = db.scalar(select(Book).where(Book.slug == "ann"))
    answers = {
        "get_object": lambda view: db.get(Book, view.kwargs["pk"]),
        "put": lambda view, **kwargs: "saved",
        "check_access": lambda view: (
            abort(403) if view.user is not shelves[0] else None
        ),
    }
    methods = {hook: answers[hook], "fields": ["title"], "success_url": "/"}
    leaky = type("Leaky", (UpdateView,), {"model": Book, "scope": MINE, **methods})
    register(app, [path("b/<int:pk>/", leaky)])
    told = told.replace("/1/", f"/{found.id}/")
    with pytest.raises(AssertionError, match=told):
        assert_second_user_gets_404(app, *shelves)
    with pytest.raises(AssertionError, match="no view of one object"):
        assert_second_user_gets_404(app, *shelves, skip=["leaky"])


def test_a_view_without_a_row_to_try_is_named(app, db, shelves):
    class Unowned(DetailView[Book]):
        scope = [MINE, Book.title == "no such book"]

    class Dated(DetailView[Book]):
        scope = MINE

    register(app, [path("u/<pk>/", Unowned), path("<int:year>/<pk>/", Dated)])
    with pytest.raises(AssertionError) as told:
        assert_second_user_gets_404(app, *shelves)
    assert "unowned: the owner has no row" in str(told.value)
    assert "dated: its URL has values that no attribute of a row" in str(told.value)


def test_a_url_that_the_owner_does_not_reach_proves_nothing(app, db, shelves):
    class Lost(DetailView[Book]):
        scope = MINE

        def get_object(self, queryset=None):
            abort(404)

    register(app, [path("<pk>/", Lost)])
    with pytest.raises(AssertionError, match="404 for the owner of the row, too"):
        assert_second_user_gets_404(app, *shelves)


# --- hostile URLs ---------------------------------------------------------------------


def test_crawl_sends_hostile_values_to_each_variable_by_each_method(app):
    seen = []

    @app.route("/a/<int:n>/<any('x>y', z):other>/<path:rest>", methods=["GET", "POST"])
    @app.route("/b/<text>")
    def index(**values):
        seen.append((request.method, values))
        return "ok"

    answers = crawl(app)
    assert {a.method for a in answers if a.endpoint == "index"} == {"GET", "POST"}
    assert {a.status for a in answers} <= {200, 308, 400, 404, 405}
    assert "\0" in [values.get("text") for _, values in seen]
    assert any(a.url.startswith("/a/1/1/") for a in answers)
    assert any(a.url.startswith(f"/a/{'9' * 20}/") for a in answers)
    assert not any("<" in a.url for a in answers)


@pytest.mark.parametrize("answer", [ValueError("no"), 500, 503])
def test_crawl_names_the_request_that_was_not_answered(app, answer):
    @app.route("/<text>", methods=["POST"])
    def index(text):
        if text == "None" and isinstance(answer, int):
            abort(answer)
        if text == "None":
            raise answer
        return "ok"

    with pytest.raises(AssertionError, match=r"^POST /None \(index\): .*(no|50\d)"):
        crawl(app)
    assert crawl(app, skip=["index"])


def test_crawl_tries_the_query_of_a_page_without_a_variable(app):
    @app.get("/")
    def index():
        return str(int(request.args.get("page", "1")))

    with pytest.raises(AssertionError, match=r"GET /\?page=%FF .*ValueError"):
        crawl(app)


def test_crawl_can_be_somebody(app, db, shelves):
    class Page(LoginRequiredMixin, View):
        raise_exception = True

        def get(self, **kwargs):
            return "in"

    register(app, [path("page/<text>", Page)])
    seen = {a.status for a in crawl(app) if a.endpoint == "page"}
    as_ann = {a.status for a in crawl(app, shelves[0]) if a.endpoint == "page"}
    assert 403 in seen
    assert 200 in as_ann
    assert 403 not in as_ann


def test_crawl_finds_no_fault_in_the_views_of_cbv(app, db, shelves):
    class BookList(ListView[Book]):
        paginate_by = 1

    class BookDetail(DetailView[Book]):
        pass

    class BookUpdate(UpdateView[Book]):
        fields = "__all__"
        success_url = "/"

    class BookDelete(DeleteView[Book]):
        success_url = "/"

    urls = [path("", BookList), path("<pk>/", BookDetail), path("s/<slug>", BookDetail)]
    urls += [path("<pk>/edit/", BookUpdate), path("<int:pk>/delete/", BookDelete)]
    register(app, urls)
    crawl(app)
