"""login_required and its kin on function views: the same answers as the mixins."""

from __future__ import annotations

import asyncio

import pytest

from cbv import ImproperlyConfigured
from cbv import View
from cbv.auth import login_not_required
from cbv.auth import login_required
from cbv.auth import permission_required
from cbv.auth import user_passes_test
from cbv.views import method_decorator

pytest_plugins = ["support.plain_users"]


def page(**values):
    """Show a secret."""
    return f"secret {values}" if values else "secret"


def only_ann(user):
    return getattr(user, "name", "") == "ann"


def route(app, function, rule="/"):
    app.add_url_rule(rule, rule, function)


def statuses(visitor, rule="/", names=(None, "ann", "bob")):
    return [visitor(name).get(rule).status_code for name in names]


# --- who is let in --------------------------------------------------------------------


@pytest.mark.parametrize("decorate", [login_required, login_required()])
def test_login_required_with_or_without_parentheses(guarded, visitor, decorate):
    """Anonymous users go to the login page with the way back."""
    route(guarded, decorate(page), "/<int:pk>")
    assert visitor().get("/1?a=b").location == "/login/?next=/1%3Fa%3Db"
    assert visitor("ann").get("/1").text == "secret {'pk': 1}"


def test_user_passes_test_refuses_as_the_mixin_does(guarded, visitor):
    """403 for who is logged in, the login page for others."""
    route(guarded, user_passes_test(only_ann)(page))
    assert statuses(visitor) == [302, 200, 403]


@pytest.mark.parametrize("answer", [None, 0, ""])
def test_a_falsy_answer_refuses(guarded, visitor, answer):
    """A forgotten return as well."""
    route(guarded, user_passes_test(lambda user: answer)(page))
    assert statuses(visitor) == [302, 403, 403]


def test_raise_exception_refuses_anonymous_users_too(guarded, visitor):
    """With 403."""
    decorate = user_passes_test(only_ann, raise_exception=True)
    route(guarded, decorate(page))
    assert statuses(visitor) == [403, 200, 403]


@pytest.mark.parametrize("wanted", ["read", ["read"], ("read", "write")])
def test_permission_required_asks_for_all(guarded, visitor, wanted):
    """403 for who is logged in and lacks one, where Django's goes to the login page."""
    route(guarded, permission_required(wanted)(page))
    names = (None, "ann+read+write", "bob")
    assert statuses(visitor, names=names) == [302, 200, 403]
    partly = visitor("cleo+read").get("/").status_code
    assert partly == (403 if "write" in wanted else 200)


def test_permission_required_may_raise_at_once(guarded, visitor):
    """Django's keyword."""
    route(guarded, permission_required("read", raise_exception=True)(page))
    assert statuses(visitor) == [403, 403, 403]


def test_login_url_and_the_name_of_next_may_be_chosen(guarded, visitor):
    """As an endpoint or address; None leaves next out."""
    guarded.add_url_rule("/here/", "enter", lambda: "")
    route(guarded, login_required(login_url="enter")(page), "/a")
    route(guarded, login_required(redirect_field_name="back")(page), "/b")
    route(guarded, login_required(redirect_field_name=None)(page), "/c")
    route(guarded, permission_required("x", "/enter/")(page), "/d")
    locations = [visitor().get(rule).location for rule in ("/a", "/b", "/c", "/d")]
    assert locations == [
        "/here/?next=/a",
        "/login/?back=/b",
        "/login/",
        "/enter/?next=/d",
    ]


def test_pages_behind_a_decorator_stay_out_of_caches(guarded, visitor):
    """Whether shown or refused."""
    route(guarded, user_passes_test(only_ann)(page))
    for name in (None, "ann", "bob"):
        response = visitor(name).get("/")
        assert response.headers["Cache-Control"] == "private, no-store"
        assert "Cookie" in response.vary


# --- what they decorate ---------------------------------------------------------------


def test_async_functions_are_awaited(guarded, visitor):
    """By Flask's ensure_sync."""

    @login_required
    async def slow():
        await asyncio.sleep(0)
        return "slow secret"

    route(guarded, slow)
    assert visitor().get("/").status_code == 302
    assert visitor("ann").get("/").text == "slow secret"


async def no(user):
    """Let nobody in."""
    return False


def test_an_async_test_is_refused_at_once():
    """Its coroutine would be true for everybody."""
    with pytest.raises(ImproperlyConfigured, match=r"^no is.*async.*plain function"):
        user_passes_test(no)


def test_a_test_that_gives_a_coroutine_is_refused_when_it_is_met(guarded, visitor):
    """A plain function hides it until then."""
    route(guarded, user_passes_test(lambda user: no(user))(page))
    with pytest.raises(ImproperlyConfigured, match=r"async test.*plain function"):
        visitor("ann").get("/")


def test_the_function_keeps_its_name_and_text(guarded):
    """functools.wraps."""
    assert login_required(page).__name__ == "page"
    assert login_required(page).__doc__ == page.__doc__


class Page(View):
    def get(self):
        return "secret"


def test_they_decorate_class_based_views(guarded, visitor):
    """By ``decorators``, by method_decorator, and around as_view()."""

    class Listed(Page):
        decorators = [login_required]

    @method_decorator(login_required)
    class Dressed(Page):
        pass

    route(guarded, Listed.as_view(), "/listed")
    route(guarded, Dressed.as_view(), "/dressed")
    route(guarded, login_required(Page.as_view()), "/around")
    for rule in ("/listed", "/dressed", "/around"):
        assert statuses(visitor, rule, (None, "ann")) == [302, 200]


def test_a_subclass_that_lists_decorators_keeps_its_parents_login(guarded, visitor):
    """Flask's own list would replace the parent's."""

    class Closed(Page):
        decorators = [login_required]

    class Counted(Closed):
        decorators = [lambda view: view]

    route(guarded, Counted.as_view())
    assert statuses(visitor) == [302, 200, 200]


def test_decorators_stack(guarded, visitor):
    """Each refuses by itself."""
    view = login_required(user_passes_test(only_ann)(permission_required("x")(page)))
    route(guarded, view)
    assert statuses(visitor, names=(None, "ann", "ann+x", "bob+x")) == [
        302,
        403,
        200,
        403,
    ]


def test_login_not_required_marks_and_returns_the_function():
    """The mark is Django's."""
    assert login_not_required(page) is page
    assert page.login_required is False
    del page.login_required
