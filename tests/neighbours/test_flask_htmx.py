"""flask-htmx: its ``htmx`` and cbv's ``HtmxMixin`` agree on what is a part."""

from __future__ import annotations

import pytest
from flask import request
from flask_htmx import HTMX
from flask_htmx import make_response

from cbv import HtmxMixin
from cbv import ListView
from cbv import View
from shop import Book


@pytest.mark.parametrize(
    ("headers", "is_part"),
    [
        ({}, False),
        ({"HX-Request": "true"}, True),
        ({"HX-Request": "true", "HX-Boosted": "true"}, False),
    ],
)
def test_both_tell_the_same(shop, books, headers, is_part):
    htmx = HTMX(shop)
    seen = []

    class Books(HtmxMixin, ListView[Book]):
        partial_block = "content"

        def get(self, **kwargs):
            seen.append((self.is_htmx, bool(htmx) and not htmx.boosted))
            return super().get(**kwargs)

    shop.add_url_rule("/", view_func=Books.as_view())
    answer = shop.test_client().get("/", headers=headers)
    assert seen == [(is_part, is_part)]
    assert ("<!doctype html>" in answer.text) is not is_part
    assert "HX-Request" in answer.headers["Vary"]


def test_a_view_may_answer_with_its_response(shop):
    HTMX(shop)

    class Ring(View):
        def get(self):
            return make_response("rung", trigger={"bell": request.path})

    shop.add_url_rule("/ring", view_func=Ring.as_view())
    answer = shop.test_client().get("/ring", headers={"HX-Request": "true"})
    assert answer.text == "rung"
    assert answer.headers["HX-Trigger"] == '{"bell": "/ring"}'
