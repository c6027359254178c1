"""What is worked out once for a class: handlers, guards, decorators, mistakes."""

from __future__ import annotations

import functools
import gc
import itertools

import pytest
from flask import abort
from flask import request
from flask.views import View as FlaskView
from flask_wtf.csrf import CSRFProtect

from cbv import CreateView
from cbv import DetailView
from cbv import FormView
from cbv import ImproperlyConfigured
from cbv import ListView
from cbv import TemplateView
from cbv import View
from cbv.auth import LoginRequiredMixin
from cbv.auth import UserPassesTestMixin
from cbv.urls.names import endpoint_name
from cbv.views.plan import is_overridden
from cbv.views.plan import merged_decorators
from cbv.views.plan import module_of
from cbv.views.plan import Plan
from cbv.views.plan import VERBS
from support.library_models import Book


def route(app, rule, view_class, name=None, **options):
    app.add_url_rule(rule, view_func=view_class.as_view(name, **options))
    return app.test_client()


# --- guards -------------------------------------------------------------------------


class Plain:
    """A guard that knows nothing of views."""

    def check_access(self):
        self.asked = [*getattr(self, "asked", []), "plain"]


class Derived(View):
    def check_access(self):
        self.asked = [*getattr(self, "asked", []), "derived"]


class Deeper(Derived):
    def check_access(self):
        self.asked = [*getattr(self, "asked", []), "deeper"]


def asked_of(app, bases, **body):
    """Return which guards ran, in order, before the handler of a view."""

    class Page(*bases):
        def get(self, **kwargs):
            return " ".join(self.asked)

    for name, value in body.items():
        setattr(Page, name, value)
    return route(app, "/", Page).get("/").text


@pytest.mark.parametrize(
    "bases",
    [
        order
        for size in (1, 2, 3)
        for order in itertools.permutations((Plain, Deeper, TemplateView), size)
        if order != (Plain,) and order != (TemplateView,)
    ],
    ids=lambda order: "-".join(base.__name__ for base in order),
)
def test_no_order_or_kind_of_bases_skips_a_guard(app, bases):
    """Plain classes, behind views too, and every class between are asked."""
    asked = asked_of(app, bases).split()
    expected = []
    for base in bases:
        expected += {Plain: ["plain"], Deeper: ["derived", "deeper"]}.get(base, [])
    assert asked == expected


def test_own_guard_comes_last_and_needs_no_super(app):
    """A class is asked after its bases; overriding hides none."""

    def own(self):
        self.asked = [*self.asked, "own"]

    assert (
        asked_of(app, (Deeper, Plain), check_access=own) == "derived deeper plain own"
    )


def test_diamond_is_asked_once(app):
    """A common ancestor's guard runs once, before those that derive from it."""

    class Other(Derived):
        def check_access(self):
            self.asked = [*self.asked, "other"]

    assert asked_of(app, (Deeper, Other)) == "derived deeper other"


@pytest.mark.parametrize("view", [ListView, DetailView, CreateView, FormView])
@pytest.mark.parametrize("first", [True, False])
def test_guard_runs_before_anything_is_loaded(app, db, view, first):
    """No statement, no form, no user code of the dispatch before it."""

    class Closed:
        def check_access(self):
            abort(403)

    def never(self, *args, **kwargs):
        raise AssertionError("the guard was skipped")

    hooks = ("dispatch_request", "get_queryset", "get_object", "get_form", "get")
    body = {name: never for name in hooks if hasattr(view, name)}
    body.update(model=Book, fields=["title"], form_class=None)
    if view is FormView:
        body["form_class"] = object
    bases = (Closed, view) if first else (view, Closed)
    page = type("Page", bases, body)
    client = route(app, "/<int:pk>", page)
    verbs = ["GET", "HEAD", "OPTIONS", "POST", "PUT"]
    allowed = page.as_view().methods
    found = {client.open("/1", method=v).status_code for v in verbs if v in allowed}
    assert found == {403}


def test_login_is_asked_for_before_the_test(app, db):
    """LoginRequiredMixin first, as it is listed first: no test for an anonymous."""

    class Page(LoginRequiredMixin, UserPassesTestMixin, View):
        login_url = "/login"

        def test_func(self):
            raise AssertionError("asked without a user")

        def get(self, **kwargs):
            return ""

    response = route(app, "/", Page).get("/")
    assert (response.status_code, response.location) == (302, "/login?next=/")


@pytest.mark.parametrize("answer", [0, "", [], {}])
def test_falsy_answer_that_is_not_none_is_an_answer(app, answer):
    """Only None lets the request through."""

    class Page(View):
        def check_access(self):
            return answer

        def get(self, **kwargs):
            return "inside"

    client = route(app, "/", Page)
    if answer == 0:
        with pytest.raises(TypeError):
            client.get("/")
    else:
        assert client.get("/").text != "inside"


def test_guard_may_be_a_static_or_a_partial_method(app):
    """Whatever Python binds is called as Python would."""

    class Page(View):
        @staticmethod
        def check_access():
            return "closed"

        def get(self, **kwargs):
            return "open"

    assert route(app, "/", Page).get("/").text == "closed"


# --- handlers -----------------------------------------------------------------------


def test_handlers_follow_http_method_names_and_methods():
    """Only verbs of the class, of the list, and of Flask's own `methods`."""

    class Page(View):
        methods = ["GET", "POST"]

        def get(self, **kwargs):
            return ""

        post = put = purge = get

    class Some(View):
        get = post = purge = Page.get

    assert Plan(Page, {}).handlers == {"GET": "get", "POST": "post"}
    options = {"http_method_names": ["get", "HEAD", "purge"]}
    assert Plan(Some, options).handlers == {"GET": "get", "HEAD": "get"}


def test_handler_set_to_none_is_gone(app):
    """A subclass can drop a verb of its parent."""

    class Both(View):
        def get(self, **kwargs):
            return ""

        post = get

    class Reading(Both):
        post = None

    assert Reading.as_view().methods == {"GET", "HEAD", "OPTIONS"}


# --- what is kept -------------------------------------------------------------------


def test_once_makes_a_thing_again_for_other_inputs():
    """Inputs are compared by identity: equal is not the same."""
    plan, made = Plan(View, {}), []
    first, second = [1], [1]

    def make():
        made.append(1)
        return object()

    kept = plan.once("x", make, first)
    assert plan.once("x", make, first) is kept
    assert plan.once("x", make, second) is not kept
    assert len(made) == 2


def test_plans_of_two_as_view_calls_are_apart(app, db):
    """Keywords of one function do not change another of the same class."""

    class Books(ListView[Book]):
        paginate_by = 1

    route(app, "/a", Books, "a", ordering="title")
    client = route(app, "/b", Books, "b", ordering="-title")
    db.add_all([Book(title="x"), Book(title="y")])
    db.commit()
    found = [client.get(a).context["book_list"][0].title for a in ("/a", "/b", "/a")]
    assert found == ["x", "y", "x"]


# --- mistakes -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["get_queryset", "get_context_data", "setup", "post"])
def test_hook_of_a_plain_class_behind_a_view_is_refused(name):
    """Python would ignore it without a word."""
    mixin = type("Mixin", (), {name: lambda self, **kwargs: None})
    with pytest.raises(ImproperlyConfigured, match=f"lists Mixin behind.*{name!r}"):
        type("Page", (FormView, ListView, mixin), {"model": Book})
    type("Page", (mixin, FormView, ListView), {"model": Book})


def test_other_names_of_a_plain_class_are_its_own():
    """Helpers, private names and guards behind a view are fine."""

    class Helpers:
        _private = 1

        def helper(self):
            return "x"

        def check_access(self):
            return None

    class Page(TemplateView, Helpers):
        pass

    assert Page().helper() == "x"


def test_async_hooks_of_a_mixin_are_refused_too():
    """Wherever in the tree the coroutine would come from."""

    class Mixin:
        async def get_queryset(self):
            return []

    with pytest.raises(ImproperlyConfigured, match="async def get_queryset"):
        type("Page", (Mixin, ListView), {"model": Book})


def test_overridden_tells_a_users_hook_from_the_librarys():
    """Whatever class of the tree it comes from."""

    class Own(ListView[Book]):
        def get_queryset(self):
            return []

    assert is_overridden(Own(), "get_queryset")
    assert not is_overridden(Own(), "get_context_data")


# --- the function -------------------------------------------------------------------


def test_exempting_one_class_frees_no_other(app):
    """Flask-WTF exempts by module and name; these are unique to the class."""
    app.config["WTF_CSRF_ENABLED"] = True
    csrf = CSRFProtect(app)

    def make(answer):
        class Hook(View):
            def post(self, **kwargs):
                return answer

        return Hook

    free, closed = make("free").as_view("hook"), make("closed").as_view("hook")
    csrf.exempt(free)
    app.add_url_rule("/free", "free", free)
    app.add_url_rule("/closed", "closed", closed)
    client = app.test_client()
    assert client.post("/free").text == "free"
    assert client.post("/closed").status_code == 400


def test_module_names_die_with_their_classes():
    """A name is given again once its class is gone; no registry grows."""

    def make():
        class Page(View):
            pass

        return module_of(Page)

    first = make()
    gc.collect()
    assert make() == first


def test_decorators_keep_their_order_over_three_classes():
    """The class's own first, then each parent's in MRO order, none twice."""
    a, b, c = (functools.partial(lambda name, f: f, name) for name in "abc")

    class One(View):
        decorators = [a]

    class Two(One):
        decorators = (b, a)

    class Three(Two):
        decorators = [c]

    assert merged_decorators(Three) == [c, b, a]


def test_decorators_given_to_as_view_stand_alone():
    """A keyword replaces the attribute, as every keyword does."""

    class Page(View):
        decorators = [lambda f: pytest.fail("not mine")]

    assert Page.as_view(decorators=[]).view_class is Page


@pytest.mark.parametrize(
    ("name", "endpoint"),
    [
        ("A", "a"),
        ("HTMLPageView", "html_page"),
        ("Post2View", "post2"),
        ("ViewX", "view_x"),
    ],
)
def test_endpoint_names(name, endpoint):
    """Snake case, less a trailing view."""
    assert endpoint_name(type(name, (), {})) == endpoint


def test_djangos_dispatch_is_refused():
    """Nothing would call it: a guard that came along would leave the page open."""
    with pytest.raises(ImproperlyConfigured, match=r"Closed.*dispatch_request"):

        class Closed(View):
            def dispatch(self, *args, **kwargs):
                raise PermissionError


# --- a view that has only dispatch_request --------------------------------------------


def dispatched(**attributes):
    """Return a pair of Flask's View and ours with the same dispatch_request alone."""
    hooks = {"dispatch_request": lambda self, **kwargs: request.method, **attributes}
    return type("Plain", (FlaskView,), hooks), type("Ours", (View,), hooks)


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"methods": ["GET"]},
        {"methods": ["POST"]},
        {"methods": ("get", "post")},
        {"methods": {"PUT", "DELETE", "PATCH"}},
        {"methods": ["GET", "PROPFIND"]},
        {"methods": ["OPTIONS"]},
        {"methods": ["GET", "OPTIONS", "HEAD"]},
    ],
)
def test_a_view_with_a_dispatch_alone_answers_what_flasks_view_does(app, attributes):
    """The same verbs, the same answers and the same Allow."""
    plain, ours = dispatched(**attributes)
    app.add_url_rule("/plain", view_func=plain.as_view("plain"))
    app.add_url_rule("/ours", view_func=ours.as_view())
    client = app.test_client()
    for verb in (*VERBS, "propfind"):
        was, now = (client.open(path, method=verb) for path in ("/plain", "/ours"))
        assert (verb, now.status_code, now.text) == (verb, was.status_code, was.text)
        assert set(now.allow) == set(was.allow)


def test_a_dispatch_alone_is_guarded_for_every_verb(app):
    """OPTIONS as well, which Flask would answer by itself."""
    hooks = {"check_access": lambda self: ("no", 403)}
    _, ours = dispatched(methods=["GET", "POST", "PUT"], **hooks)
    app.add_url_rule("/", view_func=ours.as_view())
    client = app.test_client()
    for verb in ("get", "head", "post", "put", "options"):
        assert getattr(client, verb)("/").status_code == 403


def test_http_method_names_limits_a_dispatch_alone():
    """As it limits handlers."""
    _, ours = dispatched(methods=["GET", "POST"])
    function = ours.as_view(http_method_names=["POST", "options"])
    assert function.methods == {"POST", "OPTIONS"}


def test_a_handler_makes_the_dispatch_an_ordinary_one(app):
    """Its verbs are those of the handlers, though http_method_names leaves one out."""
    _, ours = dispatched(post=lambda self: "posted")
    assert ours.as_view().methods == {"POST", "OPTIONS"}
    assert ours.as_view(http_method_names=["get"]).methods == set()


def test_a_handler_that_is_set_to_none_opens_no_verb():
    """Whoever takes GET away does not mean the dispatch to answer it."""
    _, ours = dispatched(get=None)
    assert ours.as_view().methods == {"OPTIONS"}


def test_a_dispatch_alone_that_calls_super_is_not_allowed(app):
    """There is no handler to call; and no recursion."""

    class Page(View):
        def dispatch_request(self, **kwargs):
            return super().dispatch_request(**kwargs)

    app.add_url_rule("/", view_func=Page.as_view())
    assert app.test_client().get("/").status_code == 405


@pytest.mark.parametrize(
    "name", ["get", "post", "delete", "setup", "dispatch_request", "options"]
)
def test_a_handler_with_djangos_request_is_refused(name):
    """At once, in the view and in a mixin; whatever stands behind ``request``."""

    def plain(self, request, *args, **kwargs):
        """Django's signature."""

    def optional(self, request=None):
        """It would never be given."""

    async def waiting(self, request, pk):
        """An async one."""

    handlers = [plain, optional]
    handlers += [waiting] if name in ("get", "post", "delete") else []
    for handler in handlers:
        with pytest.raises(ImproperlyConfigured, match=rf"Own has {name}\(self, req"):
            type("Own", (View,), {name: handler})
        mixin = type("Mixin", (), {name: handler})
        with pytest.raises(ImproperlyConfigured, match=r"Cure: .*self\.request"):
            type("Own", (mixin, View), {})


def test_a_request_that_somebody_passes_is_let_be():
    """A URL value by keyword only, a decorator's, a method that is no handler."""

    def passes_request(function):
        @functools.wraps(function)
        def handler(self, **kwargs):
            return function(self, "request", **kwargs)

        return handler

    class Own(View):
        @passes_request
        def get(self, request, **kwargs):
            return request

        def post(self, *, request):
            return request

        def helper(self, request):
            return request

    assert Own.as_view()
