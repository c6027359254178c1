"""pytest-flask: its ``client`` reads cbv's views of the fixture ``app``."""

from __future__ import annotations

import pytest
from flask import url_for

from cbv import DetailView
from cbv import ListView
from cbv import View
from shop import Book


class Me(View):
    """Tells who reads it."""

    def get(self):
        return getattr(self.user, "username", "nobody")


@pytest.fixture
def app(shop, books):
    """The application; pytest-flask's other fixtures ask for this one."""
    shop.add_url_rule("/", view_func=ListView.as_view("books", model=Book))
    shop.add_url_rule("/<int:pk>", view_func=DetailView.as_view("book", model=Book))
    shop.add_url_rule("/me", view_func=Me.as_view())
    return shop


def test_its_client_reads_a_view_by_its_endpoint(client):
    answer = client.get(url_for("book", pk=1))
    assert answer == 200
    assert "Book 01" in answer.text


def test_its_client_is_the_application_s(client):
    assert len(client.get("/").context["book_list"]) == 25


def test_a_user_of_one_client_is_not_seen_by_the_next(app, ann, cbv_login):
    """Though the plugin holds a context open, in which Flask-Login keeps its user."""
    assert cbv_login(ann).get("/me").text == "ann"
    assert app.test_client().get("/me").text == "nobody"
    assert cbv_login(ann).get("/me").text == "ann"
