"""Flask-Limiter: a limit stands in ``decorators``, or on one method."""

from __future__ import annotations

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from cbv import CreateView
from cbv import method_decorator
from cbv import View
from shop import Book


def limiter_of(app):
    return Limiter(get_remote_address, app=app, storage_uri="memory://")


def test_a_limit_of_a_view_counts_every_request(shop):
    limiter = limiter_of(shop)

    class Page(View):
        decorators = [limiter.limit("2/minute")]

        def get(self):
            return "page"

    shop.add_url_rule("/", view_func=Page.as_view())
    client = shop.test_client()
    assert [client.get("/").status_code for _ in range(3)] == [200, 200, 429]


def test_a_limit_of_a_method_lets_the_others_through(shop, Session):
    limiter = limiter_of(shop)

    @method_decorator(limiter.limit("1/minute"), name="post")
    class NewBook(CreateView[Book]):
        fields = ["title"]
        success_url = "/"

    shop.add_url_rule("/new", view_func=NewBook.as_view())
    client = shop.test_client()
    statuses = [
        client.post("/new", data={"title": title}).status_code for title in "AB"
    ]
    assert statuses == [303, 429]
    assert client.get("/new").status_code == 200
    with Session() as session:
        assert session.query(Book).count() == 1
