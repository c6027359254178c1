"""Bootstrap-Flask: its macros take cbv's forms, rows and pages."""

from __future__ import annotations

import re

import pytest
from flask_bootstrap import Bootstrap5
from jinja2 import DictLoader

from cbv import CreateView
from cbv import KeysetPaginator
from cbv import ListView
from cbv.pagination import InvalidPage
from shop import Book

TEMPLATES = {
    "form.html": """
        {% from "bootstrap5/form.html" import render_form %}{{ render_form(form) }}""",
    "table.html": """
        {% from "bootstrap5/table.html" import render_table %}
        {{ render_table(object_list, titles=[("id", "#"), ("title", "Title")]) }}""",
    "pages.html": """
        {% from "bootstrap5/pagination.html" import render_pagination %}
        {{ render_pagination(page_obj) }}""",
    "pager.html": """
        {% from "bootstrap5/pagination.html" import render_pager %}
        {{ render_pager(page_obj) }}""",
}


@pytest.fixture
def shop(shop, books):
    """The application with Bootstrap-Flask and templates that use its macros."""
    Bootstrap5(shop)
    shop.jinja_loader = DictLoader(TEMPLATES)
    return shop


def listing(shop, template, **options):
    view = ListView.as_view(
        "books", model=Book, template_name=template, ordering="title", **options
    )
    shop.add_url_rule("/", view_func=view)
    return shop.test_client()


def test_render_form_shows_and_sends_a_form(shop):
    class New(CreateView[Book]):
        fields = ["title"]
        template_name = "form.html"
        success_url = "/"

    shop.add_url_rule("/new", view_func=New.as_view())
    client = shop.test_client()
    assert 'class="form-control"' in client.get("/new").text
    refused = client.post("/new", data={"title": "Book 01"}).text
    assert "is-invalid" in refused
    assert client.post("/new", data={"title": "Other"}).status_code == 303


def test_render_table_shows_the_rows(shop):
    text = listing(shop, "table.html").get("/").text
    assert text.count("<tr>") == 26
    assert "Book 25" in text


def test_render_pagination_links_every_page(shop):
    client = listing(shop, "pages.html", paginate_by=5)
    text = client.get("/?page=2&q=x").text
    links = re.findall(r'href="([^"]+)"', text)
    numbers = ["1", "1", "3", "4", "5", "3"]
    assert [re.findall(r"page=(\d+)", link) for link in links if link != "#"] == [
        [number] for number in numbers
    ]
    assert 'aria-current="page"' in text
    assert text.count("disabled") == 0
    first, last = client.get("/").text, client.get("/?page=5").text
    assert first.count("disabled") == last.count("disabled") == 1


def test_render_pager_knows_whether_there_is_a_neighbour(shop):
    client = listing(shop, "pager.html", paginate_by=20)
    first, last = client.get("/").text, client.get("/?page=2").text
    assert "page=2" in first
    assert "page=1" in last
    assert first.count("disabled") == last.count("disabled") == 1


def test_pages_without_a_count_can_be_turned(shop):
    client = listing(shop, "pager.html", paginate_by=20, count="none")
    assert "page=2" in client.get("/").text
    assert "page=1" in client.get("/?page=2").text


def test_pages_by_key_are_not_linked_by_number(shop):
    """An error that names the tokens, and no link that leads to the first page."""
    client = listing(
        shop, "pager.html", paginate_by=20, paginator_class=KeysetPaginator
    )
    with pytest.raises(InvalidPage, match="tokens"):
        client.get("/")
