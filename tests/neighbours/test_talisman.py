"""Talisman: its default policy, which allows nothing inline, breaks no default page."""

from __future__ import annotations

import re

import pytest
from flask_talisman import Talisman

from cbv import CBV
from cbv import CRUDView
from cbv import ModelFormSetView
from cbv import path
from cbv import register
from cbv.auth import LoginView
from cbv.auth import PasswordResetView
from shop import Book
from shop import make_app
from shop import token_in
from shop import User

#: What `default-src 'self'` refuses: styles and scripts in the page, and foreign ones.
REFUSED = re.compile(
    r"""<style|\sstyle\s*=|<script(?![^>]*\ssrc=)|\son[a-z]+\s*=|javascript:"""
    r"""|(?:src|href)=["'](?:[a-z]+:)?//""",
    re.IGNORECASE,
)
BASE = "https://shop.test"


class Books(CRUDView[Book]):
    """Five pages and their forms."""

    fields = ["title"]
    paginate_by = 10


class Edits(ModelFormSetView[Book]):
    """A page with a script."""

    fields = ["title"]


@pytest.fixture
def client(Session, books):
    """A browser's client of an application with Talisman as it comes, and with CSRF."""
    app = make_app()
    app.config["WTF_CSRF_ENABLED"] = True
    Talisman(app)
    CBV(app, session=Session, user_model=User)
    app.register_blueprint(Books.blueprint())
    register(
        app,
        [
            path("edits/", Edits),
            path("login/", LoginView),
            path("reset/", PasswordResetView),
        ],
    )
    return app.test_client()


PAGES = [
    "/book/",
    "/book/1/",
    "/book/new/",
    "/book/1/edit/",
    "/book/1/delete/",
    "/edits/",
    "/login/",
    "/reset/",
]


@pytest.mark.parametrize("address", PAGES)
def test_a_default_page_holds_nothing_that_the_policy_refuses(client, address):
    page = client.get(address, base_url=BASE)
    assert page.status_code == 200
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert not REFUSED.findall(page.text)


def test_its_styles_and_scripts_are_files_of_the_application(client):
    page = client.get("/edits/", base_url=BASE).text
    files = re.findall(r'(?:src|href)="(/_cbv/static/[^"]+)"', page)
    assert {name.rpartition(".")[2] for name in files} == {"css", "js"}
    for name in files:
        with client.get(name, base_url=BASE) as answer:
            assert answer.status_code == 200


def test_a_form_is_sent_over_https_with_its_token(client):
    token = token_in(client.get("/book/new/", base_url=BASE).text)
    data = {"title": "New", "csrf_token": token}
    sent = {"data": data, "base_url": BASE, "headers": {"Referer": f"{BASE}/book/new/"}}
    assert client.post("/book/new/", **sent).status_code == 303


def test_http_is_sent_to_https(client):
    answer = client.get("/book/")
    assert answer.status_code == 302
    assert answer.location.startswith("https://")
