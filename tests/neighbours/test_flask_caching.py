"""Flask-Caching: it keeps what ``get`` answers; the guards are asked each time."""

from __future__ import annotations

from flask_caching import Cache

from cbv import ListView
from cbv import method_decorator
from cbv import View
from cbv.auth import LoginRequiredMixin
from cbv.testing import count_queries
from shop import Book


def test_a_public_page_is_made_once(shop, books):
    cache = Cache(shop, config={"CACHE_TYPE": "SimpleCache"})

    class Books(ListView[Book]):
        decorators = [cache.cached(60, query_string=True)]
        paginate_by = 10

    shop.add_url_rule("/", view_func=Books.as_view())
    client = shop.test_client()
    with count_queries(1):
        first = client.get("/").text
        assert client.get("/").text == first
    assert client.get("/?page=2").text != first


def test_a_method_is_cached_behind_the_guards(shop, ann):
    cache = Cache(shop, config={"CACHE_TYPE": "SimpleCache"})
    made = []

    @method_decorator(cache.cached(60, key_prefix="report"), name="get")
    class Report(LoginRequiredMixin, View):
        def get(self):
            made.append(1)
            return "for who is logged in"

    shop.config["CBV_LOGIN_URL"] = "/login"
    shop.add_url_rule("/", view_func=Report.as_view())
    client = shop.test_client()
    assert client.get("/").status_code == 302
    client.force_login(ann)
    for _ in range(3):
        assert client.get("/").text == "for who is logged in"
    assert made == [1]
    assert shop.test_client().get("/").status_code == 302


def test_a_value_of_a_view_is_remembered(shop):
    cache = Cache(shop, config={"CACHE_TYPE": "SimpleCache"})
    counted = []

    @cache.memoize(60)
    def expensive(number):
        counted.append(number)
        return number * 2

    class Sum(View):
        def get(self, number):
            return str(expensive(number))

    shop.add_url_rule("/<int:number>", view_func=Sum.as_view())
    client = shop.test_client()
    assert [client.get(f"/{n}").text for n in (1, 1, 2)] == ["2", "2", "4"]
    assert counted == [1, 2]
