"""method_decorator: decorators of functions, put on a method of a view."""

from __future__ import annotations

import functools

import pytest
from flask import request

from cbv import ImproperlyConfigured
from cbv import method_decorator
from cbv import View


def tag(letter):
    """Return a decorator of functions that puts a letter before the answer."""

    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return letter + function(*args, **kwargs)

        return wrapper

    return decorate


def test_decorates_dispatch_unless_another_method_is_named(app):
    """The decorator sees a plain function without self."""

    @method_decorator(tag("a"))
    @method_decorator(tag("b"), name="get")
    class Page(View):
        def get(self, name, **kwargs):
            return name

        def post(self, name, **kwargs):
            return name.upper()

    app.add_url_rule("/<name>", view_func=Page.as_view())
    client = app.test_client()
    assert [client.get("/x").text, client.post("/x").text] == ["abx", "aX"]


@pytest.mark.parametrize("many", [list, tuple, iter])
def test_first_of_several_is_outermost(app, many):
    """As in Django, the other way round than a view's `decorators`."""

    @method_decorator(many([tag("a"), tag("b")]))
    class Page(View):
        def get(self, **kwargs):
            return "."

    app.add_url_rule("/", view_func=Page.as_view())
    client = app.test_client()
    assert [client.get("/").text for _ in range(2)] == ["ab.", "ab."]


def test_parent_is_left_alone(app):
    """An inherited method is decorated for the subclass only."""

    class Parent(View):
        def get(self, **kwargs):
            return "."

    @method_decorator(tag("a"), name="get")
    class Child(Parent):
        pass

    app.add_url_rule("/p", view_func=Parent.as_view())
    app.add_url_rule("/c", view_func=Child.as_view())
    client = app.test_client()
    assert [client.get("/p").text, client.get("/c").text] == [".", "a."]


def test_guards_come_before_a_decorated_dispatch(app):
    """A decorator runs as late as the method that it is put on."""

    @method_decorator(tag("a"))
    class Page(View):
        def check_access(self):
            return "closed" if request.args else None

        def get(self, **kwargs):
            return "open"

    app.add_url_rule("/", view_func=Page.as_view())
    client = app.test_client()
    assert [client.get("/").text, client.get("/?x=1").text] == ["aopen", "closed"]


@pytest.mark.parametrize("name", ["nothing", "atomic"])
def test_name_must_be_a_method(name):
    """The error names the class and what it has not."""
    with pytest.raises(ImproperlyConfigured, match=f"Page has no method '{name}'"):

        @method_decorator(tag("a"), name=name)
        class Page(View):
            pass
