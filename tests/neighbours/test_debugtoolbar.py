"""Flask-DebugToolbar: it is on a view's page, and asks for the view class."""

from __future__ import annotations

from importlib.metadata import version

import pytest
from flask_debugtoolbar import DebugToolbarExtension

from cbv import CBV
from cbv import CRUDView
from shop import Book
from shop import make_app
from shop import User

#: What it overrides has one argument more in Flask 3.2.
pytestmark = pytest.mark.xfail(
    version("flask") >= "3.2",
    reason="Flask-DebugToolbar 0.16 answers no request of Flask 3.2",
    raises=TypeError,
)


class Books(CRUDView[Book]):
    """What is looked at."""

    fields = ["title"]
    paginate_by = 10


@pytest.fixture
def client(Session, books):
    """A client of an application in debug mode."""
    app = make_app(DEBUG_TB_INTERCEPT_REDIRECTS=False, DEBUG_TB_PROFILER_ENABLED=True)
    app.debug = True
    DebugToolbarExtension(app)
    CBV(app, session=Session, user_model=User)
    app.register_blueprint(Books.blueprint())
    return app.test_client()


def test_a_page_has_the_toolbar_and_its_own_content(client):
    page = client.get("/book/").text
    assert "flDebug" in page
    assert "Book 01" in page


def test_the_toolbar_tells_which_view_answered(client):
    assert "book.list" in client.get("/book/").text


def test_a_form_is_sent_and_redirects(client):
    answer = client.post("/book/new/", data={"title": "New"}, follow_redirects=True)
    assert answer.status_code == 200
    assert "flDebug" in answer.text


def test_the_pages_of_the_inspector_show_it_too(client):
    assert "flDebug" in client.get("/_cbv/").text
