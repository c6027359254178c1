"""The test client that remembers, the asserts, and the count of statements."""

from __future__ import annotations

import pytest
from flask import flash
from flask import redirect
from flask import render_template_string
from sqlalchemy import select
from sqlalchemy import text

import cbv.db
from cbv import ListView
from cbv import TemplateView
from cbv import View
from cbv.testing import assert_redirects
from cbv.testing import assert_template_used
from cbv.testing import count_queries
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
