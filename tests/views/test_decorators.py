"""method_decorator: decorators of functions, put on a method of a view."""

from __future__ import annotations

import functools

import pytest
from flask import request

from cbv import ImproperlyConfigured
from cbv import method_decorator
from cbv import TemplateView
from cbv import View
from cbv.auth import login_not_required
from cbv.auth import login_required
from cbv.auth import permission_required
from cbv.auth import user_passes_test
from cbv.views.plan import VERBS

pytest_plugins = ["support.plain_users"]


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


# --- on a method, as Django is mostly used --------------------------------------------


@pytest.mark.parametrize("verb", ["get", "post", "put", "patch", "delete"])
@pytest.mark.parametrize("is_async", [False, True])
def test_decorates_the_method_that_it_stands_on(guarded, visitor, verb, is_async):
    """login_required, say; the other methods stay open."""

    def handler(self, name, **kwargs):
        """Say the name."""
        return f"{name} {type(self).__name__}"

    async def async_handler(self, name, **kwargs):
        return handler(self, name)

    inner = async_handler if is_async else handler
    decorated = method_decorator(login_required)(inner)
    assert decorated.__name__ == inner.__name__
    assert decorated.__doc__ == inner.__doc__
    others = dict.fromkeys(VERBS[:5], lambda self, **kwargs: "open")
    page = type("Page", (View,), {**others, verb: decorated})
    guarded.add_url_rule("/<name>", view_func=page.as_view())
    for each in VERBS[:5]:
        answers = [getattr(visitor(who), each)("/x") for who in (None, "ann")]
        expected = [302, "x Page"] if each == verb else [200, "open"]
        assert [answers[0].status_code, answers[1].text] == expected


def test_decorates_any_method(app):
    """A hook in the middle of a request; super() and a subclass work as ever."""

    class Page(TemplateView):
        @method_decorator([tag("a"), tag("b")])
        def named(self, name):
            return name

        def get(self, **kwargs):
            return self.named(name="x")

    class Child(Page):
        def named(self, name):
            return super().named(name) + "!"

    app.add_url_rule("/", view_func=Child.as_view())
    assert app.test_client().get("/").text == "abx!"


@pytest.mark.parametrize("on_class", [False, True])
def test_what_a_decorator_sets_on_the_dispatch_reaches_the_function(
    guarded, visitor, on_class
):
    """login_not_required is such a mark."""
    guarded.config["CBV_LOGIN_REQUIRED"] = True
    mark = method_decorator(login_not_required)

    class Page(View):
        def dispatch_request(self, **kwargs):
            return "open"

        if not on_class:
            dispatch_request = mark(dispatch_request)

    page = mark(Page) if on_class else Page
    guarded.add_url_rule("/", view_func=page.as_view())
    assert visitor().get("/").text == "open"


def test_the_name_of_django_on_a_class_says_what_to_use_instead():
    """The hook is dispatch_request, and a mixin cannot be skipped."""
    cures = r"Page.*'dispatch'.*'dispatch_request'.*LoginRequiredMixin"
    with pytest.raises(ImproperlyConfigured, match=cures):

        @method_decorator(login_required, name="dispatch")
        class Page(View):
            pass


@pytest.mark.parametrize(
    "decorator",
    [login_required, permission_required("x"), user_passes_test(bool)],
)
def test_a_decorator_of_functions_on_a_class_says_what_to_use_instead(decorator):
    """It would make a function of the class."""
    with pytest.raises(ImproperlyConfigured, match=r"Page.*LoginRequiredMixin"):

        @decorator
        class Page(View):
            pass
