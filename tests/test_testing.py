"""The test client that remembers, the asserts, and the count of statements."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar

import pytest
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
from cbv import ListView
from cbv import TemplateView
from cbv import View
from cbv.testing import assert_redirects
from cbv.testing import assert_template_used
from cbv.testing import Client
from cbv.testing import count_queries
from cbv.testing import Response
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
