"""The access mixins: who is let in, whatever the order and kind of the bases."""

from __future__ import annotations

from contextlib import suppress
from itertools import permutations
from urllib.parse import parse_qsl
from urllib.parse import urlsplit

import pytest
from flask import abort
from flask import make_response
from flask import redirect
from flask_login import current_user
from werkzeug.exceptions import HTTPException
from werkzeug.local import LocalProxy

from cbv import DetailView
from cbv import ImproperlyConfigured
from cbv import RedirectView
from cbv import TemplateView
from cbv import View
from cbv.auth import AccessMixin
from cbv.auth import LoginRequiredMixin
from cbv.auth import PermissionRequiredMixin
from cbv.auth import UserPassesTestMixin

pytest_plugins = ["support.plain_users"]


class Page(View):
    """What the views under test show to whom they let in."""

    def get(self, **kwargs):
        return "secret"

    post = get


def route(app, view_class, rule="/", **options):
    app.add_url_rule(rule, view_func=view_class.as_view(rule, **options))


# --- LoginRequiredMixin ---------------------------------------------------------------


def test_anonymous_users_are_sent_to_the_login_page(guarded, visitor):
    """By 302, with the way back."""

    class Secret(LoginRequiredMixin, Page):
        pass

    route(guarded, Secret)
    response = visitor().get("/")
    assert (response.status_code, response.location) == (302, "/login/?next=/")
    assert visitor("ann").get("/").text == "secret"


@pytest.mark.parametrize("verb", ["get", "head", "post", "options", "put"])
def test_every_verb_is_guarded(guarded, visitor, verb):
    """OPTIONS too, as in Django, and one that the view does not answer."""

    class Secret(LoginRequiredMixin, Page):
        methods = ["GET", "POST", "PUT", "OPTIONS"]

    route(guarded, Secret)
    assert getattr(visitor(), verb)("/").status_code in (302, 405)
    assert visitor().options("/").status_code == 302


def test_login_disabled_opens_nothing(guarded, visitor):
    """A setting of Flask-Login's for tests, which has opened sites."""
    guarded.config["LOGIN_DISABLED"] = True
    route(guarded, type("Secret", (LoginRequiredMixin, Page), {}))
    assert visitor().get("/").status_code == 302


class Plain:
    """A mixin that is no view."""


class Extra(TemplateView):
    """Another view among the bases."""


@pytest.mark.parametrize(
    "bases", list(permutations([LoginRequiredMixin, Page, Extra, Plain]))
)
def test_no_order_of_bases_skips_a_guard(guarded, visitor, bases):
    """Where Django's mixin stands aside if it is not listed first."""
    route(guarded, type("Secret", bases, {}))
    assert visitor().get("/").status_code == 302


def test_a_guard_on_a_plain_class_is_asked(guarded, visitor):
    """Before or behind the view."""

    class Closed:
        def check_access(self):
            abort(403)

    route(guarded, type("Before", (Closed, Page), {}), "/before")
    route(guarded, type("Behind", (Page, Closed), {}), "/behind")
    assert visitor("ann").get("/before").status_code == 403
    assert visitor("ann").get("/behind").status_code == 403


def test_a_subclass_cannot_take_a_guard_back(guarded, visitor):
    """Its own check_access is asked besides."""

    class Secret(LoginRequiredMixin, Page):
        def check_access(self):
            return None

    route(guarded, Secret)
    assert visitor().get("/").status_code == 302


def test_guards_run_before_the_dispatch_and_before_any_object_is_loaded(
    guarded, visitor
):
    """No code of the view runs for who is refused."""
    ran = []

    class Secret(DetailView, LoginRequiredMixin):
        def dispatch_request(self, **kwargs):
            ran.append("dispatch")
            return super().dispatch_request(**kwargs)

        def get_object(self, queryset=None):
            ran.append("object")
            return object()

    route(guarded, Secret)
    assert visitor().get("/").status_code == 302
    assert ran == []


def test_redirect_views_are_guarded(guarded, visitor):
    """Their every verb is one handler."""

    class Away(LoginRequiredMixin, RedirectView):
        url = "/elsewhere"

    route(guarded, Away)
    assert visitor().get("/").location == "/login/?next=/"
    assert visitor("ann").options("/").location == "/elsewhere"


def test_the_user_of_a_view_is_the_object_and_never_the_proxy(guarded, visitor):
    """It can be compared, stored and asked for its type."""
    seen = []

    class Mine(LoginRequiredMixin, Page):
        def get(self):
            seen.append((self.user, current_user._get_current_object()))
            return ""

    route(guarded, Mine)
    visitor("ann").get("/")
    [(user, real)] = seen
    assert type(user).__name__ == "Person"
    assert not isinstance(user, LocalProxy)
    assert user is real


# --- how they refuse ------------------------------------------------------------------


@pytest.mark.parametrize("logged_in", [None, "ann"])
def test_raise_exception_refuses_with_403(guarded, visitor, logged_in):
    """Anonymous users too; the message is shown."""

    class Secret(UserPassesTestMixin, Page):
        raise_exception = True
        permission_denied_message = "Members only, please"

        def test_func(self):
            return False

    route(guarded, Secret)
    response = visitor(logged_in).get("/")
    assert response.status_code == 403
    assert "Members only, please" in response.text


def test_who_is_logged_in_gets_403_instead_of_the_login_page(guarded, visitor):
    """Logging in again would not help."""

    class Secret(UserPassesTestMixin, Page):
        def test_func(self):
            return False

    route(guarded, Secret)
    assert visitor("ann").get("/").status_code == 403
    assert visitor().get("/").status_code == 302


def test_handle_no_permission_may_be_replaced(guarded, visitor):
    """Its answer is sent."""

    class Secret(LoginRequiredMixin, Page):
        def handle_no_permission(self):
            return make_response("not you", 404)

    route(guarded, Secret)
    assert visitor().get("/").text == "not you"


def test_hooks_of_the_redirect_are_asked(guarded, visitor):
    """Django's: get_login_url and get_redirect_field_name."""

    class Secret(LoginRequiredMixin, Page):
        def get_login_url(self):
            return "/enter/"

        def get_redirect_field_name(self):
            return "back"

    route(guarded, Secret)
    assert visitor().get("/?a=1").location == "/enter/?back=/%3Fa%3D1"


@pytest.mark.parametrize(
    ("login_url", "location"),
    [
        ("/enter/", "/enter/?next=/x"),
        ("enter", "/here/?next=/x"),
        ("/enter/?next=/old&lang=de", "/enter/?lang=de&next=/x"),
        ("/enter/#form", "/enter/?next=/x#form"),
        ("https://sso.test/in", "https://sso.test/in?next=http%3A//localhost/x"),
        ("//localhost/in", "//localhost/in?next=/x"),
        ("https://localhost/in", "https://localhost/in?next=http%3A//localhost/x"),
    ],
)
def test_next_is_a_path_unless_the_login_page_is_elsewhere(
    guarded, visitor, login_url, location
):
    """What the login address has in its query stays, an old next apart."""
    guarded.add_url_rule("/here/", "enter", lambda: "")
    secret = type("Secret", (LoginRequiredMixin, Page), {"login_url": login_url})
    route(guarded, secret, "/x")
    assert visitor().get("/x").location == location


def test_next_may_be_left_out(guarded, visitor):
    """By redirect_field_name = None."""

    class Secret(LoginRequiredMixin, Page):
        redirect_field_name = None

    route(guarded, Secret)
    assert visitor().get("/").location == "/login/"


def test_next_keeps_prefix_query_and_foreign_letters(guarded, visitor):
    """So that it leads back where it came from."""

    class Secret(LoginRequiredMixin, Page):
        pass

    route(guarded, Secret, "/é/")
    response = visitor().get("/é/?q=%C3%BC&q=2", base_url="http://localhost/app")
    [(name, value)] = parse_qsl(urlsplit(response.location).query)
    assert (name, value) == ("next", "/app/é/?q=%C3%BC&q=2")


def test_the_body_of_an_anonymous_post_is_dropped(guarded, visitor):
    """Only the address is kept (CVE-2008-3909)."""

    class Secret(LoginRequiredMixin, Page):
        pass

    route(guarded, Secret)
    client = visitor()
    response = client.post("/", data={"amount": "1000"})
    assert response.location == "/login/?next=/"
    with client.session_transaction() as session:
        assert not session


def test_without_a_login_page_the_error_names_every_cure(guarded, visitor):
    """Unless Flask-Login's manager has one."""

    class Secret(LoginRequiredMixin, Page):
        pass

    route(guarded, Secret)
    guarded.add_url_rule("/here/", "enter", lambda: "")
    guarded.config["CBV_LOGIN_URL"] = None
    cures = "CBV_LOGIN_URL.*login_url.*login_view"
    with pytest.raises(ImproperlyConfigured, match=cures):
        visitor().get("/")
    guarded.login_manager.login_view = "enter"
    assert visitor().get("/").location == "/here/?next=/"


def test_guarded_pages_stay_out_of_caches(guarded, visitor):
    """Whether shown, refused or failed; a page without a guard may be cached."""

    class Secret(UserPassesTestMixin, Page):
        def test_func(self):
            return self.user.is_authenticated and self.user.name == "ann"

    route(guarded, Secret)
    route(guarded, Page, "/open")
    for client in (visitor(), visitor("ann"), visitor("bob")):
        response = client.get("/")
        assert response.headers["Cache-Control"] == "private, no-store"
        assert "Cookie" in response.vary
    assert "Cache-Control" not in visitor().get("/open").headers


# --- UserPassesTestMixin --------------------------------------------------------------


def who(*names):
    """Return a mixin that lets in who is called so."""

    def test_func(self):
        return self.user.is_authenticated and self.user.name in names

    return type("Only", (UserPassesTestMixin,), {"test_func": test_func})


def test_every_test_of_independent_bases_must_be_true(guarded, visitor):
    """Django asks the first alone."""
    route(guarded, type("Secret", (who("ann", "bob"), who("bob"), Page), {}))
    assert visitor("bob").get("/").status_code == 200
    assert visitor("ann").get("/").status_code == 403
    assert visitor().get("/").status_code == 302


def test_a_subclass_replaces_the_tests_of_its_ancestors(guarded, visitor):
    """Of all of them, where it has several."""

    class Secret(who("ann"), who("bob"), Page):
        def test_func(self):
            return self.user.name == "cleo"

    route(guarded, Secret)
    assert visitor("cleo").get("/").status_code == 200
    assert visitor("ann").get("/").status_code == 403


def test_a_grandchild_replaces_its_branch_and_leaves_the_other(guarded, visitor):
    """A diamond: each branch has one voice."""
    base = who("ann")

    class Wider(base):
        def test_func(self):
            return self.user.name in ("ann", "bob")

    class Secret(Wider, who("bob", "cleo"), base, Page):
        pass

    route(guarded, Secret)
    assert visitor("bob").get("/").status_code == 200
    assert visitor("ann").get("/").status_code == 403
    assert visitor("cleo").get("/").status_code == 403


def test_get_test_func_chooses_for_its_own_branch_only(guarded, visitor):
    """It cannot hide the test of another base."""

    class Chosen(UserPassesTestMixin):
        def get_test_func(self):
            return self.is_short

        def is_short(self):
            return len(self.user.name) == 3

    route(guarded, type("Secret", (Chosen, who("ann", "cleo"), Page), {}))
    assert visitor("ann").get("/").status_code == 200
    assert visitor("bob").get("/").status_code == 403
    assert visitor("cleo").get("/").status_code == 403


def test_the_default_get_test_func_is_every_test(guarded, visitor):
    """So that an override can ask for more by super()."""

    class Secret(who("ann", "bob"), who("bob", "cleo"), Page):
        def get_test_func(self):
            return lambda: self.request.args and super(Secret, self).get_test_func()()

    route(guarded, Secret)
    assert visitor("bob").get("/?x").status_code == 200
    assert visitor("bob").get("/").status_code == 403
    assert visitor("ann").get("/?x").status_code == 403


def test_a_plain_class_may_bring_the_test(guarded, visitor):
    """Before the mixin; behind it Python would ignore it, which is refused."""

    class Test:
        def test_func(self):
            return self.user.name == "ann"

    route(guarded, type("Secret", (Test, UserPassesTestMixin, Page), {}))
    assert visitor("ann").get("/").status_code == 200
    assert visitor("bob").get("/").status_code == 403
    with pytest.raises(ImproperlyConfigured, match=r"Test.*test_func"):
        type("Behind", (UserPassesTestMixin, Page, Test), {})


def test_a_test_may_be_given_to_as_view(guarded, visitor):
    """It replaces the class's own, as every keyword does."""
    secret = type("Secret", (who("ann"), Page), {})
    route(guarded, secret, "/", test_func=lambda: True)
    route(guarded, secret, "/closed", test_func=lambda: False)
    assert visitor("bob").get("/").status_code == 200
    assert visitor("ann").get("/closed").status_code == 403


def test_a_static_method_is_a_test(guarded, visitor):
    """Bound as Python binds it."""

    class Secret(UserPassesTestMixin, Page):
        @staticmethod
        def test_func():
            return False

    route(guarded, Secret)
    assert visitor("ann").get("/").status_code == 403


@pytest.mark.parametrize("answer", [None, False, 0, "", []])
def test_a_falsy_answer_refuses(guarded, visitor, answer):
    """A forgotten return as well."""
    attributes = {"test_func": lambda self: answer}
    route(guarded, type("Secret", (UserPassesTestMixin, Page), attributes))
    assert visitor("ann").get("/").status_code == 403


@pytest.mark.parametrize(
    ("mixin", "name"),
    [
        (UserPassesTestMixin, "test_func"),
        (UserPassesTestMixin, "get_test_func"),
        (PermissionRequiredMixin, "has_permission"),
        (PermissionRequiredMixin, "get_permission_required"),
        (AccessMixin, "handle_no_permission"),
    ],
)
def test_an_async_hook_is_refused_when_the_class_is_made(mixin, name):
    """Its coroutine would be true."""

    async def hook(self):
        return False

    with pytest.raises(ImproperlyConfigured, match=f"Secret.*async def {name}"):
        type("Secret", (mixin, Page), {name: hook})


def test_a_coroutine_in_disguise_is_refused_when_it_is_met(guarded, visitor):
    """A plain function that gives one would let everybody in."""

    async def no():
        return False

    attributes = {"test_func": lambda self: no()}
    route(guarded, type("Secret", (UserPassesTestMixin, Page), attributes))
    with pytest.raises(ImproperlyConfigured, match=r"Secret.*async"):
        visitor("ann").get("/")


def test_a_view_without_a_test_names_its_class(guarded, visitor):
    """NotImplementedError, as in Django."""
    route(guarded, type("Secret", (UserPassesTestMixin, Page), {}))
    with pytest.raises(NotImplementedError, match=r"Secret.*test_func"):
        visitor().get("/")


def test_mixins_are_asked_from_left_to_right(guarded, visitor):
    """The login first, so that the test need not think of anonymous users."""

    class Named(LoginRequiredMixin, UserPassesTestMixin, Page):
        def test_func(self):
            return self.user.name == "ann"  # an anonymous user has none

    route(guarded, Named)
    assert visitor().get("/").status_code == 302
    assert visitor("bob").get("/").status_code == 403
    assert visitor("ann").get("/").status_code == 200


# --- PermissionRequiredMixin ----------------------------------------------------------


def needs(permission, **hooks):
    """Return a mixin that asks for a permission."""
    attributes = {"permission_required": permission, **hooks}
    return type("Needs", (PermissionRequiredMixin,), attributes)


@pytest.mark.parametrize("wanted", ["read", ("read",), ["read", "write"], "write"])
def test_every_permission_is_asked_for(guarded, visitor, wanted):
    """A text is one permission."""
    route(guarded, type("Secret", (needs(wanted), Page), {}))
    assert visitor("ann+read+write").get("/").status_code == 200
    allowed = visitor("bob+read").get("/").status_code == 200
    assert allowed is ("write" not in wanted)
    assert visitor("cleo").get("/").status_code == 403
    assert visitor().get("/").status_code == 302


def test_permissions_of_independent_bases_add_up(guarded, visitor):
    """And are told as one list."""
    secret = type("Secret", (needs("read"), needs(["write", "read"]), Page), {})
    route(guarded, secret)
    assert visitor("ann+read+write").get("/").status_code == 200
    assert visitor("bob+read").get("/").status_code == 403
    assert visitor("cleo+write").get("/").status_code == 403
    with guarded.test_request_context():
        assert sorted(secret().get_permission_required()) == ["read", "write"]


def test_a_subclass_replaces_the_permissions_of_its_ancestors(guarded, visitor):
    """So does a keyword of as_view."""
    base = needs("read")
    secret = type("Secret", (base, Page), {"permission_required": "write"})
    route(guarded, secret)
    route(guarded, secret, "/other", permission_required="other")
    assert visitor("ann+write").get("/").status_code == 200
    assert visitor("bob+read").get("/").status_code == 403
    assert visitor("ann+write").get("/other").status_code == 403
    assert visitor("cleo+other").get("/other").status_code == 200


@pytest.mark.parametrize(
    "hook",
    [
        {"has_permission": lambda self: True},
        {"get_permission_required": lambda self: "read"},
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_an_override_in_one_base_does_not_hide_another_base(
    guarded, visitor, hook, first
):
    """Whichever is listed first."""
    bases = (needs("read", **hook), needs("write"))
    bases = bases if first else bases[::-1]
    route(guarded, type("Secret", (*bases, Page), {}))
    assert visitor("ann+read+write").get("/").status_code == 200
    assert visitor("bob+read").get("/").status_code == 403


def test_has_permission_may_use_the_names_of_a_subclass(guarded, visitor):
    """An override stays in charge when a subclass only names the permissions."""

    class Either(PermissionRequiredMixin):
        def has_permission(self):
            wanted = self.get_permission_required()
            return any(self.user.has_perms([name]) for name in wanted)

    class Secret(Either, Page):
        permission_required = ("read", "write")

    route(guarded, Secret)
    assert visitor("ann+read").get("/").status_code == 200
    assert visitor("bob").get("/").status_code == 403


def test_has_permission_may_ask_for_more_by_super(guarded, visitor):
    """Django's way to add a condition."""

    class Secret(PermissionRequiredMixin, Page):
        permission_required = "read"

        def has_permission(self):
            return super().has_permission() and self.user.name == "ann"

    route(guarded, Secret)
    assert visitor("ann+read").get("/").status_code == 200
    assert visitor("bob+read").get("/").status_code == 403
    assert visitor("ann").get("/").status_code == 403


def test_a_user_without_permissions_has_none(guarded, visitor):
    """A user class that knows no has_perms: never a 500."""
    guarded.login_manager.user_loader(
        lambda key: type("Bare", (), {"is_authenticated": True, "is_active": True})()
    )
    route(guarded, type("Secret", (needs("read"), Page), {}))
    assert visitor("ann").get("/").status_code == 403


@pytest.mark.parametrize("base", [PermissionRequiredMixin, needs(None)])
def test_without_permission_required_the_error_names_class_and_cures(
    guarded, visitor, base
):
    """Not set is a mistake, not an open page."""
    route(guarded, type("Secret", (base, Page), {}))
    with pytest.raises(ImproperlyConfigured, match=r"Secret.*permission_required.*has"):
        visitor("ann").get("/")


# --- SomeView.allows() ----------------------------------------------------------------


@pytest.fixture
def allowed(guarded, visitor):
    """Ask ``allows()`` in a page that somebody visits."""
    asked = []

    def menu():
        view_class, values = asked[-1]
        return str(view_class.allows(**values))

    guarded.add_url_rule("/menu", "menu", menu)

    def ask(visitor_name, view_class, **values):
        asked.append((view_class, values))
        return visitor(visitor_name).get("/menu").text == "True"

    return ask


def test_allows_tells_whether_the_guards_would_let_in(allowed):
    """For links and menus, with the URL values of the link."""

    class Own(UserPassesTestMixin, LoginRequiredMixin, Page):
        def test_func(self):
            return self.user.is_authenticated and self.user.name == self.kwargs["name"]

    assert allowed("ann", Own, name="ann")
    assert not allowed("ann", Own, name="bob")
    assert not allowed(None, Own, name="ann")
    assert allowed(None, Page)


def test_allows_takes_an_abort_for_a_no(allowed):
    """And raises nothing."""
    closed = type("Closed", (needs("read"), Page), {"raise_exception": True})
    assert not allowed(None, closed)
    assert allowed("ann+read", closed)


# --- a refusal that gives no answer ---------------------------------------------------


class Refuses(UserPassesTestMixin):
    def test_func(self):
        return False


class Lacks(PermissionRequiredMixin):
    permission_required = "read"


class Swallows(AccessMixin):
    """Its own guard, which catches the refusal."""

    def check_access(self):
        if not self.user.is_authenticated:
            with suppress(HTTPException, ImproperlyConfigured):
                return self.handle_no_permission()
        return None


class Asks(AccessMixin):
    def check_access(self):
        return None if self.user.is_authenticated else self.handle_no_permission()


class Forgets(AccessMixin):
    """Its own guard, which calls the hook and forgets to return its answer."""

    def check_access(self):
        if not self.user.is_authenticated:
            self.handle_no_permission()


MIXINS = [LoginRequiredMixin, Refuses, Lacks, Asks, Forgets]


def forgets_to_return(self):
    AccessMixin.handle_no_permission(self)


def refuses_by_nothing(self):
    return None


def says_true(self):
    return True


def says_false(self):
    return False


async def answer():
    return "not you"


def awaits_nothing(self):
    return answer()


@pytest.mark.parametrize("mixin", MIXINS)
@pytest.mark.parametrize(
    "hook",
    [
        forgets_to_return,
        refuses_by_nothing,
        says_true,
        says_false,
        awaits_nothing,
    ],
)
def test_a_refusal_without_an_answer_shows_nothing(guarded, visitor, mixin, hook):
    """Fail closed: the class and the hook are named, whoever forgot the return."""
    refusing = {"handle_no_permission": hook}
    route(guarded, type("Own", (mixin, Page), refusing), "/own")
    plain = type("Plain", (), refusing)
    route(guarded, type("Mixed", (plain, mixin, Page), {}), "/mixed")
    for path, name in (("/own", "Own"), ("/mixed", "Mixed")):
        with pytest.raises(
            ImproperlyConfigured, match=rf"{name}.*handle_no_permission"
        ):
            visitor().get(path)


@pytest.mark.parametrize("verb", ["get", "post", "head", "options"])
@pytest.mark.parametrize(("mixin", "raises"), [(Forgets, False), (Swallows, True)])
def test_an_answer_that_check_access_drops_shows_nothing(
    guarded, visitor, verb, mixin, raises
):
    """The hook gave its answer or raised it, and the guard dropped it."""
    route(guarded, type("Secret", (mixin, Page), {"raise_exception": raises}))
    with pytest.raises(ImproperlyConfigured, match=r"Secret.*check_access"):
        getattr(visitor(), verb)("/")
    assert visitor("ann").get("/").text == "secret"


@pytest.mark.parametrize("empty", ["", b"", {}, []])
def test_an_empty_answer_is_an_answer(guarded, visitor, empty):
    """Whoever is refused sees nothing of the page."""
    hooks = {"handle_no_permission": lambda self: empty}
    route(guarded, type("Secret", (LoginRequiredMixin, Page), hooks))
    assert "secret" not in visitor().get("/").text


def test_a_guard_that_returns_a_coroutine_shows_nothing(guarded, visitor):
    """A lambda hides the async function from the check of the class."""
    route(guarded, type("Secret", (Page,), {"check_access": lambda self: answer()}))
    with pytest.raises(ImproperlyConfigured, match=r"Secret.*check_access"):
        visitor("ann").get("/")


@pytest.mark.parametrize("mixin", MIXINS)
def test_allows_refuses_without_calling_the_hook_of_the_answer(allowed, mixin):
    """A link on a page must flash nothing, and need no login page."""
    called = []

    class Secret(mixin, Page):
        def handle_no_permission(self):
            called.append(self)

    assert not allowed(None, Secret)
    assert not called


def test_a_test_that_returns_a_response_shows_nothing(guarded, visitor):
    """It is meant to refuse, and would be true."""

    class Page(UserPassesTestMixin, View):
        def test_func(self):
            return redirect("/elsewhere")

        def get(self):
            return "secret"

    guarded.add_url_rule("/", "page", Page.as_view())
    with pytest.raises(ImproperlyConfigured, match=r"Page .*return False"):
        visitor("ann").get("/")
