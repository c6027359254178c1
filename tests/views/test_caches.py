"""A response cache shows one user's page to nobody else, wherever it stands."""

from __future__ import annotations

import functools

import pytest
from flask import abort
from flask import session
from flask_caching import Cache
from flask_login import current_user
from flask_login import login_required as flask_login_required
from jinja2 import DictLoader
from sqlalchemy import select

from cbv import CreateView
from cbv import DetailView
from cbv import ImproperlyConfigured
from cbv import ListView
from cbv import method_decorator
from cbv import TemplateView
from cbv import View
from cbv.auth import current_user_id
from cbv.auth import login_required
from cbv.auth import LoginRequiredMixin
from cbv.auth import PermissionRequiredMixin
from cbv.auth import UserPassesTestMixin
from cbv.db import per_request
from cbv.db import url_value
from cbv.inspector.checks import check
from cbv.views import register_response_cache
from support.library_models import Book

pytest_plugins = ["support.plain_users"]

cache = Cache(config={"CACHE_TYPE": "SimpleCache"})
cached = cache.cached(60)


@pytest.fixture
def site(guarded):
    """``guarded`` with an empty cache."""
    cache.init_app(guarded)
    return guarded


class Page(View):
    def get(self, **kwargs):
        return "the page"


class PlainGuard:
    def check_access(self):
        abort(403)


class Passes(UserPassesTestMixin, Page):
    def test_func(self):
        return True


class Permitted(PermissionRequiredMixin, Page):
    permission_required = "read"


class Detail(DetailView[Book], LoginRequiredMixin):
    pass


class OwnBooks(ListView[Book]):
    scope = Book.owner_id == current_user_id


class TenantBooks(ListView[Book]):
    scope = [Book.title != "", Book.owner_id == per_request(lambda: 3)]


class BooksOfQuery(ListView[Book]):
    queryset = select(Book).where(Book.owner_id == current_user_id)


class Form(CreateView[Book]):
    fields = ["title"]
    success_url = "/"


class UserInHandler(View):
    def get(self):
        return str(self.user)


class UserInHook(TemplateView):
    template_name = "x.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(name=[self.user for _ in "a"], **kwargs)


class UserInSetup(Page):
    def setup(self, **kwargs):
        super().setup(**kwargs)
        self.mine = bool(self.user)


class UserOfFlaskLogin(View):
    def get(self):
        return str(current_user)


class SessionInHandler(View):
    def get(self):
        return str(session.get("cart"))


GUARDED = [
    type("Login", (LoginRequiredMixin, Page), {}),
    type("LoginBehind", (Page, LoginRequiredMixin), {}),
    type("Plain", (PlainGuard, Page), {}),
    Passes,
    Permitted,
    Detail,
]
PERSONAL = [
    OwnBooks,
    TenantBooks,
    BooksOfQuery,
    Form,
    UserInHandler,
    UserInHook,
    UserInSetup,
    UserOfFlaskLogin,
    SessionInHandler,
]


def name_of(view_class):
    return view_class.__name__


# --- around the view ----------------------------------------------------------------


@pytest.mark.parametrize("view_class", GUARDED + PERSONAL, ids=name_of)
@pytest.mark.parametrize("place", ["class", "base", "option"])
def test_a_cache_around_a_view_that_knows_its_user_is_refused(view_class, place):
    """By as_view, with the class, the reason and every cure."""
    attributes = {"decorators": [plain_decorator, cached, plain_decorator, hiding]}
    bases, options = (view_class,), {}
    if place == "option":
        attributes, options = {}, attributes
    elif place == "base":
        bases = (view_class, type("Cached", (View,), attributes))
        attributes = {}
    refused = type("Refused", bases, attributes)
    with pytest.raises(ImproperlyConfigured) as caught:
        refused.as_view(**options)
    assert str(caught.value).startswith("Refused has a response cache around ")
    assert "cache_is_per_user = True" in str(caught.value)
    assert ("method_decorator" in str(caught.value)) == (view_class in GUARDED)


def plain_decorator(function):
    @functools.wraps(function)
    def decorated(**kwargs):
        return function(**kwargs)

    return decorated


def hiding(function):
    """A decorator that copies no attributes."""
    return lambda **kwargs: function(**kwargs)


@pytest.mark.parametrize("guard", [login_required, flask_login_required])
def test_a_cache_around_a_guard_among_the_decorators_is_refused(guard):
    """The guard would not be asked; the other way round it is."""
    with pytest.raises(ImproperlyConfigured, match=r"Page has a response cache.*guard"):
        Page.as_view(decorators=[guard, cached])
    Page.as_view(decorators=[cached, guard])


@pytest.mark.parametrize("guard", [login_required, flask_login_required])
def test_a_cache_around_a_guard_of_a_method_is_refused(guard):
    """Put there by method_decorator."""

    @method_decorator(guard)
    class Guarded(Page):
        pass

    with pytest.raises(ImproperlyConfigured, match=r"Guarded has a response cache"):
        Guarded.as_view(decorators=[cached])

    @method_decorator([cached, guard], name="get")
    class Inside(Page):
        pass

    with pytest.raises(ImproperlyConfigured, match=r"Inside has a response cache"):
        Inside.as_view()
    ordered = method_decorator([guard, cached], name="get")
    ordered(type("Ordered", (Page,), {})).as_view()


# --- inside the guards --------------------------------------------------------------


@pytest.mark.parametrize("view_class", PERSONAL, ids=name_of)
@pytest.mark.parametrize("name", ["get", "dispatch_request"])
def test_a_cache_around_a_handler_that_knows_its_user_is_refused(view_class, name):
    """The guards run, but the page within them is one user's."""
    bases = (LoginRequiredMixin, view_class)
    inside = method_decorator(cached, name=name)(type("Inside", bases, {}))
    with pytest.raises(ImproperlyConfigured, match="Inside has a response cache"):
        inside.as_view()
    type("Sub", (inside,), {"cache_is_per_user": True}).as_view()


@pytest.mark.parametrize("view_class", GUARDED, ids=name_of)
def test_a_cache_around_a_handler_leaves_the_guards_outside(view_class):
    """Whether one decorates the class or the method, or another in a base class."""
    for name in ("get", "dispatch_request"):
        method_decorator(cached, name=name)(type("A", (view_class,), {})).as_view()

    class Direct(view_class):
        @cached
        def get(self, **kwargs):
            return "the page"

    Direct.as_view()


def test_a_guard_is_asked_each_time_where_the_handler_is_cached(site, visitor):
    """Also of those who were refused before."""
    calls = []

    class Members(LoginRequiredMixin, View):
        @method_decorator(cached)
        def get(self):
            calls.append(1)
            return "for members"

    site.add_url_rule("/", view_func=Members.as_view())
    clients = [visitor(), visitor("ann"), visitor("bob"), visitor()]
    responses = [client.get("/") for client in clients]
    assert [r.status_code for r in responses] == [302, 200, 200, 302]
    assert {r.headers["Cache-Control"] for r in responses} == {"private, no-store"}
    assert calls == [1]


def test_a_cached_handler_in_a_base_class_counts(site):
    """The subclass's own may call it."""

    class Base(View):
        @cached
        def get(self):
            return self.greeting()

    class Sub(LoginRequiredMixin, Base):
        scope = Book.owner_id == current_user_id

        def get(self):
            return super().get()

    with pytest.raises(ImproperlyConfigured, match="Sub has a response cache"):
        Sub.as_view()


# --- what may be cached -------------------------------------------------------------


class Constant(ListView[Book]):
    scope = Book.title == "x"


class OfUrl(ListView[Book]):
    scope = Book.author_id == url_value("author_id")


class OtherUser(View):
    """Names that are not the reader's."""

    def get(self):
        return f"{self.book().user} {self.users}"

    def book(self):
        return Book()

    def users(self):
        return self.user


@pytest.mark.parametrize(
    "view_class",
    [Page, TemplateView, Constant, OfUrl, OtherUser],
    ids=name_of,
)
def test_a_cache_around_a_view_for_everybody_is_fine(view_class):
    """Nothing of it depends on who reads."""
    type("Cached", (view_class,), {"decorators": [cached]}).as_view()
    method_decorator(cached, name="get")(type("A", (view_class,), {})).as_view()


@pytest.mark.parametrize("view_class", GUARDED + PERSONAL, ids=name_of)
@pytest.mark.parametrize("as_option", [True, False])
def test_a_key_per_user_is_said_explicitly(view_class, as_option):
    """By cache_is_per_user, on the class or in as_view()."""
    said = {"cache_is_per_user": True}
    cached_class = type("A", (view_class,), {"decorators": [cached], **said})
    if as_option:
        cached_class.cache_is_per_user = False
    cached_class.as_view(**said if as_option else {})


def test_a_key_per_user_gives_each_their_own_page(site, visitor):
    """From the cache."""
    calls = []
    per_user = cache.cached(60, make_cache_key=lambda: f"mine {current_user.get_id()}")

    class Mine(LoginRequiredMixin, View):
        decorators = [per_user]
        cache_is_per_user = True

        def get(self):
            calls.append(1)
            return self.user.name

    site.add_url_rule("/", view_func=Mine.as_view())
    names = ["ann", "bob", "ann", "bob"]
    assert [visitor(name).get("/").text for name in names] == names
    assert len(calls) == 2


def test_a_decorator_that_finds_the_user_still_stands_outside(site, visitor):
    """Flask's order, which applications rely on."""

    class Greeting(LoginRequiredMixin, View):
        decorators = [plain_decorator]

        def get(self):
            return self.user.name

    site.add_url_rule("/", view_func=Greeting.as_view())
    assert visitor("ann").get("/").text == "ann"


def test_the_setting_for_every_page_stands_before_any_cache(site, visitor):
    """CBV_LOGIN_REQUIRED is asked before the view function."""
    site.config["CBV_LOGIN_REQUIRED"] = True
    site.add_url_rule("/", view_func=Page.as_view(decorators=[cached]))
    clients = visitor("ann"), visitor(), visitor("bob")
    responses = [client.get("/") for client in clients]
    assert [r.status_code for r in responses] == [200, 302, 200]
    assert {r.headers["Cache-Control"] for r in responses} == {"private, no-store"}


# --- what only a request shows ------------------------------------------------------


class Hidden(TemplateView):
    """Asks for the user where as_view() does not see it."""

    template_name = "x.html"


ASKING = {
    "{{ view.user.name }}": "self.user",
    "{{ current_user.name }}": "current_user",
    "{% if current_user.is_authenticated %}in{% endif %}": "current_user",
    "{{ mine() }}": "current_user_id",
    "{{ csrf_token() }}": "a CSRF token",
}


@pytest.mark.parametrize("source", ASKING)
@pytest.mark.parametrize("login_required", [True, False])
@pytest.mark.parametrize("inside", [True, False])
def test_a_shared_page_cannot_ask_who_reads(
    site, visitor, source, login_required, inside
):
    """Wherever it asks, and whether or not the user was found before."""
    site.config["CBV_LOGIN_REQUIRED"] = login_required
    site.jinja_loader = DictLoader({"x.html": source})
    site.jinja_env.globals["mine"] = lambda: current_user_id.effective_value
    if inside:
        page = method_decorator(cached, name="get")(
            type("Hidden", (LoginRequiredMixin, Hidden), {})
        )
        site.add_url_rule("/", view_func=page.as_view())
    else:
        site.add_url_rule("/", view_func=Hidden.as_view(decorators=[cached]))
    for name in ("ann", "bob"):
        with pytest.raises(ImproperlyConfigured, match=f"asks for {ASKING[source]}"):
            visitor(name).get("/")


def test_an_error_page_and_what_runs_after_the_view_may_ask(site, visitor):
    """They are not in the cache."""

    class Lost(View):
        decorators = [cached]

        def get(self):
            abort(404)

    @site.errorhandler(404)
    def not_found(error):
        return site.jinja_env.from_string("{{ user.name }}").render(user=current_user)

    @site.after_request
    def note(response):
        response.headers["X-User"] = current_user.name
        return response

    site.add_url_rule("/", view_func=Lost.as_view())
    assert visitor("ann").get("/").text == "ann"
    assert visitor("bob").get("/").headers["X-User"] == "bob"


# --- other caches -------------------------------------------------------------------


def test_a_registered_cache_is_refused_as_well(monkeypatch):
    """It is known by the attributes of the function that it returns."""
    monkeypatch.setattr("cbv.views.caches._known", [("uncached", "cache_timeout")])

    def own_cache(function):
        wrapper = plain_decorator(function)
        wrapper.keeps_answers = True
        return wrapper

    page = type("Members", (LoginRequiredMixin, Page), {"decorators": [own_cache]})
    page.as_view()
    register_response_cache("keeps_answers")
    with pytest.raises(ImproperlyConfigured, match="Members has a response cache"):
        page.as_view()
    with pytest.raises(TypeError, match="names of attributes"):
        register_response_cache()


def test_a_cache_around_the_result_of_as_view_is_found_by_check(site):
    """as_view() does not see it."""
    page = type("Members", (LoginRequiredMixin, Page), {})
    site.add_url_rule("/a", "a", cached(page.as_view("a")))
    site.add_url_rule("/b", "b", page.as_view("b"))
    site.add_url_rule("/c", "c", cached(Page.as_view("c")))
    said = page.as_view("d", cache_is_per_user=True)
    site.add_url_rule("/d", "d", cached(said))
    [fault] = [f for f in check(site) if "cache" in f.text]
    assert fault.where == "a"
    assert fault.text.startswith("Members has a response cache around the guard of")
