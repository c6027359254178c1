"""View, TemplateView and RedirectView."""

from __future__ import annotations

import functools
import logging

import pytest
from flask import abort
from flask import Blueprint
from flask import Flask
from flask import g
from flask import make_response
from flask import template_rendered
from jinja2 import DictLoader

from cbv import current_view
from cbv import ImproperlyConfigured
from cbv import method_decorator
from cbv import RedirectView
from cbv import TemplateView
from cbv import View
from cbv.views.base import FLASK_NAMES


@pytest.fixture
def templates(app):
    """Templates by name, for this test alone."""
    known = {}
    app.jinja_loader = DictLoader(known)
    return known


def route(app, rule, view_class, name=None, **options):
    app.add_url_rule(rule, view_func=view_class.as_view(name, **options))


# --- as_view --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "endpoint"),
    [
        ("PostListView", "post_list"),
        ("Home", "home"),
        ("HTTPErrorView", "http_error"),
        ("View2View", "view2"),
        ("View", "view"),
    ],
)
def test_endpoint_is_the_class_name_in_snake_case(name, endpoint):
    """Without a name the endpoint is the class name less a trailing view."""
    function = type(name, (View,), {}).as_view()
    assert function.__name__ == endpoint


def test_as_view_sets_what_flask_and_tools_read():
    """The function carries the class, its keywords and its methods."""

    class Page(TemplateView):
        """A page."""

    function = Page.as_view(template_name="a.html")
    assert function.view_class is Page
    assert function.view_initkwargs == {"template_name": "a.html"}
    assert function.methods == {"GET", "HEAD", "OPTIONS"}
    assert function.__doc__ == "A page."


@pytest.mark.parametrize("name", ["nothing", "get", "post"])
def test_unknown_keyword_or_verb_is_refused_at_registration(name):
    """A misspelled keyword is a TypeError that names class and keyword."""
    with pytest.raises(TypeError, match=f"TemplateView.*'{name}'"):
        TemplateView.as_view(**{name: 1})


def test_second_positional_is_refused():
    """Positional arguments beyond the name are a TypeError."""
    with pytest.raises(TypeError):
        View.as_view("name", 1)


def test_each_request_has_its_own_instance(app, client):
    """What one request sets on self is gone in the next."""

    class Count(View):
        seen = 0

        def get(self, **kwargs):
            self.seen += 1
            return str(self.seen)

    route(app, "/", Count)
    assert [client.get("/").text for _ in range(3)] == ["1", "1", "1"]


def test_exempting_one_class_never_names_another():
    """Two classes of one module and qualified name differ in module and name."""

    def make():
        class Hook(View):
            pass

        return Hook

    first, second = make(), make()
    pairs = {(f.__module__, f.__name__) for f in (first.as_view(), second.as_view())}
    assert len(pairs) == 2


def test_marks_of_an_overridden_dispatch_reach_the_function():
    """Attributes that a decorator sets on dispatch_request are copied, bar one."""

    def mark(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return function(*args, **kwargs)

        wrapper.marked = True
        return wrapper

    class Marked(View):
        @mark
        def dispatch_request(self, **kwargs):
            return super().dispatch_request(**kwargs)

    function = Marked.as_view()
    assert function.marked
    assert not hasattr(function, "__wrapped__")


def test_decorators_of_a_subclass_are_added_to_its_parents(app, client):
    """The parents' decorators stay, outermost, and none comes twice."""

    def tag(letter):
        def decorate(function):
            @functools.wraps(function)
            def wrapper(**kwargs):
                return letter + function(**kwargs)

            return wrapper

        return decorate

    a, b, c = tag("a"), tag("b"), tag("c")

    class Parent(View):
        decorators = [a, b]

    class Child(Parent):
        decorators = [c, a]

        def get(self, **kwargs):
            return "."

    route(app, "/", Child)
    assert client.get("/").text == "bac."


# --- dispatch -------------------------------------------------------------------


def test_handler_is_named_like_the_verb(app, client):
    """Each verb calls its own handler with the URL values."""

    class Both(View):
        def get(self, **kwargs):
            return f"got {kwargs['name']}"

        def post(self, **kwargs):
            return f"posted {self.kwargs['name']}"

    route(app, "/<name>", Both, csrf_exempt=True)
    assert client.get("/x").text == "got x"
    assert client.post("/x").text == "posted x"


def test_head_falls_back_to_get_and_an_own_head_wins(app, client):
    """HEAD is answered by get without a body, unless the class has head."""

    class Page(View):
        def get(self, **kwargs):
            return "body", {"X-From": "get"}

    class Own(Page):
        def head(self, **kwargs):
            return "", {"X-From": "head"}

    route(app, "/page", Page)
    route(app, "/own", Own)
    assert client.head("/page").headers["X-From"] == "get"
    assert client.head("/page").data == b""
    assert client.head("/own").headers["X-From"] == "head"


def test_options_lists_the_verbs_and_has_no_body(app, client):
    """OPTIONS answers Allow in the order of http_method_names."""

    class Both(View):
        def post(self, **kwargs):
            return ""

        def get(self, **kwargs):
            return ""

    route(app, "/", Both)
    response = client.options("/")
    assert response.headers["Allow"] == "GET, POST, HEAD, OPTIONS"
    assert (response.status_code, response.data) == (200, b"")


@pytest.mark.parametrize("verb", ["POST", "TRACE", "PROPFIND", "DISPATCH", "__INIT__"])
def test_other_verbs_are_405_with_allow(app, client, verb):
    """A verb without handler, or the name of a method, is a 405."""

    class Page(View):
        def get(self, **kwargs):
            return ""

    route(app, "/", Page)
    response = client.open("/", method=verb)
    assert response.status_code == 405
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_405_of_the_view_is_logged_with_control_characters_escaped(app, client, caplog):
    """A path cannot forge a line of the log."""

    class Page(View):
        def get(self, **kwargs):
            return ""

    app.add_url_rule("/<path:x>", view_func=Page.as_view(), methods=["GET", "POST"])
    with caplog.at_level(logging.WARNING, logger="cbv"):
        response = client.post("/a%0Dforged")
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]
    assert caplog.messages == ["Method Not Allowed (POST): /a\\rforged"]


def test_http_method_names_restricts(app, client):
    """A handler whose verb is not listed is not called."""

    class Page(View):
        http_method_names = ["get"]

        def get(self, **kwargs):
            return ""

        def post(self, **kwargs):
            return ""

    route(app, "/", Page)
    assert Page.as_view().methods == {"GET"}
    assert client.post("/").status_code == 405


@pytest.mark.parametrize("verb", ["get", "post"])
def test_async_and_sync_handlers_mix(app, client, verb):
    """An async handler is awaited, beside a sync one in the same class."""

    class Mixed(View):
        async def get(self, **kwargs):
            return f"async {self.kwargs['x']}"

        def post(self, **kwargs):
            return f"sync {self.kwargs['x']}"

    route(app, "/<x>", Mixed)
    kind = {"get": "async", "post": "sync"}[verb]
    assert client.open("/1", method=verb.upper()).text == f"{kind} 1"


@pytest.mark.parametrize(
    "hook", ["setup", "dispatch_request", "get_context_data", "check_access"]
)
def test_async_hooks_are_refused_when_the_class_is_made(hook):
    """A coroutine nobody awaits would be taken for the answer."""

    async def function(self, **kwargs):
        return None

    with pytest.raises(ImproperlyConfigured, match=f"Bad has 'async def {hook}'"):
        type("Bad", (TemplateView,), {hook: function})


def test_own_async_helpers_are_allowed(app, client):
    """Only hooks are refused; an async method of one's own may be awaited."""

    class Page(View):
        async def fetch(self):
            return "fetched"

        async def get(self, **kwargs):
            return await self.fetch()

    route(app, "/", Page)
    assert client.get("/").text == "fetched"


def test_setup_without_super_says_so(app, client):
    """A forgotten super() names the class and setup."""

    class Forgot(View):
        def setup(self, **kwargs):
            pass

        def get(self, **kwargs):
            return ""

    route(app, "/", Forgot)
    with pytest.raises(ImproperlyConfigured, match=r"Forgot.*setup\(\)"):
        client.get("/")


def test_plain_mixin_behind_a_view_is_refused():
    """A hook that Python would ignore is refused when the class is made."""

    class Plain:
        def get_context_data(self, **kwargs):
            return {}

    with pytest.raises(ImproperlyConfigured, match="lists Plain behind View"):
        type("Page", (TemplateView, Plain), {})


def test_plain_mixin_in_front_or_overridden_is_fine():
    """In front it is asked; where the class has the hook itself, nobody is fooled."""

    class Plain:
        def get_context_data(self, **kwargs):
            return {}

    class Front(Plain, TemplateView):
        pass

    class Own(TemplateView, Plain):
        def get_context_data(self, **kwargs):
            return Plain.get_context_data(self)

    assert Front.get_context_data is Plain.get_context_data
    assert Own().get_context_data() == {}


def test_view_called_by_a_view_restores_the_outer_one(app, client):
    """A handler may delegate to another view; current_view is the outer one after."""

    class Inner(View):
        def get(self, **kwargs):
            return f"{type(current_view).__name__}:{kwargs['x']}"

    class Outer(View):
        def get(self, **kwargs):
            answer = Inner.as_view()(**kwargs)
            return f"{answer} {current_view.__class__.__name__}"

    route(app, "/<x>", Outer)
    assert client.get("/1").text == "LocalProxy:1 Outer"


def test_max_content_length_of_a_view_narrows_the_body(app, client):
    """A larger body than the view allows is a 413, on this view only."""

    class Small(View):
        max_content_length = 10

        def post(self, **kwargs):
            return self.request.form["a"]

    route(app, "/small", Small)
    route(app, "/large", Small, "large", max_content_length=1000)
    assert client.post("/small", data={"a": "x" * 50}).status_code == 413
    assert client.post("/large", data={"a": "x" * 50}).status_code == 200


# --- guards ---------------------------------------------------------------------


def guard(name, calls, answer=None):
    def check_access(self):
        calls.append(name)
        return answer

    return type(name, (), {"check_access": check_access})


def test_guards_run_bases_left_to_right_each_once_before_dispatch(app, client):
    """Each class's guard runs after its bases', before any code of the dispatch."""
    calls = []
    a, b = guard("A", calls), guard("B", calls)
    c = type("C", (a,), dict(guard("C", calls).__dict__, __module__=__name__))

    class Page(TemplateView, c, b, a if False else object):
        def check_access(self):
            calls.append("Page")

        def dispatch_request(self, **kwargs):
            calls.append("dispatch")
            return "ok"

    route(app, "/", Page)
    client.get("/")
    assert calls == ["A", "C", "B", "Page", "dispatch"]


def test_first_answer_of_a_guard_is_the_answer(app, client):
    """A guard that answers ends the request; the handler and later guards rest."""
    calls = []
    first = guard("First", calls, ("no", 403))
    second = guard("Second", calls)

    class Page(TemplateView, first, second):
        def get(self, **kwargs):
            calls.append("get")
            return "secret"

    route(app, "/", Page)
    response = client.get("/")
    assert (response.status_code, response.text) == (403, "no")
    assert calls == ["First"]


@pytest.mark.parametrize("value", [True, False])
def test_truth_value_from_a_guard_fails_closed(app, client, value):
    """A guard that returns a bool is a mistake, never an open door."""

    class Page(TemplateView, guard("Guard", [], value)):
        template_name = "a.html"

    route(app, "/", Page)
    with pytest.raises(ImproperlyConfigured, match=f"Page.*returned {value}"):
        client.get("/")


@pytest.mark.parametrize("verb", ["GET", "HEAD", "OPTIONS", "POST"])
def test_guards_run_for_every_verb_and_answers_are_private(app, client, verb):
    """OPTIONS is guarded too; nothing of a guarded view may be cached."""

    class Page(TemplateView, guard("Guard", [], ("no", 403))):
        def post(self, **kwargs):
            return "secret"

    route(app, "/", Page)
    response = client.open("/", method=verb)
    assert response.status_code == 403
    assert response.headers["Cache-Control"] == "private, no-store"
    assert "Cookie" in response.headers["Vary"]


def test_allows_asks_the_guards_without_an_answer(app):
    """True when every guard lets through; an abort or an answer is False."""

    class Open(TemplateView, guard("A", [])):
        pass

    class Shut(TemplateView, guard("B", [], "no")):
        pass

    class Aborts(View):
        def check_access(self):
            abort(403 if self.kwargs["pk"] == 1 else 404)

    with app.test_request_context():
        assert Open.allows()
        assert not Shut.allows(pk=1)
        assert not Aborts.allows(pk=1)
        assert "cbv" not in g


# --- the stash and the context -----------------------------------------------------


def test_dispatch_and_context_share_g(app, client, templates):
    """What dispatch_request sets on g can be read in get_context_data and templates."""
    templates["a.html"] = "{{ from_g }} {{ g.foo }} {{ bar }} {{ g.bar }}"

    class Page(TemplateView):
        template_name = "a.html"

        def dispatch_request(self, **kwargs):
            g["foo"] = "foo"
            self.stash(bar="bar")
            return super().dispatch_request(**kwargs)

        def get_context_data(self, **kwargs):
            return super().get_context_data(from_g=g.foo + "!", **kwargs)

    route(app, "/", Page)
    assert client.get("/").text == "foo! foo bar bar"


@pytest.mark.parametrize("name", [*sorted(FLASK_NAMES), "cbv", "pop", "get"])
def test_stash_refuses_names_of_flask_and_g(app, name):
    """A stashed name never hides one of Flask's own."""
    view = View()
    with app.test_request_context():
        with pytest.raises(ImproperlyConfigured, match=f"View stashes '{name}'"):
            view.stash(**{name: 1})


def test_precedence_of_the_context(app, client, templates):
    """URL values, stash, what the view adds, keywords, extra_context: lowest first."""
    templates["a.html"] = "{{ a }}{{ b }}{{ c }}{{ d }}{{ view.__class__.__name__ }}"

    class Base(TemplateView):
        template_name = "a.html"

        def get_context_data(self, **kwargs):
            return super().get_context_data(**{"c": "V", "d": "V", **kwargs})

    class Page(Base):
        extra_context = {"d": "E"}

        def dispatch_request(self, **kwargs):
            self.stash(b="S", c="S", d="S")
            return super().dispatch_request(**kwargs)

        def get_context_data(self, **kwargs):
            return super().get_context_data(c="K", **kwargs)

    app.add_url_rule("/", view_func=Page.as_view(), defaults=dict.fromkeys("abcd", "U"))
    assert client.get("/").text == "USKEPage"


def test_url_value_never_takes_a_name_of_flask(app, client, templates):
    """A URL value called request is left out of the context."""
    templates["a.html"] = "{{ request.path }} {{ x }}"

    class Page(TemplateView):
        template_name = "a.html"

    route(app, "/<request>/<x>", Page)
    assert client.get("/evil/1").text == "/evil/1 1"


def test_record_on_g_equals_what_was_rendered(app, client, templates):
    """g.cbv has the view and the context; template_rendered carries the same values."""
    templates["a.html"] = "{{ x }}"
    seen = {}

    class Page(TemplateView):
        template_name = "a.html"
        extra_context = {"x": 1}

    @app.after_request
    def look(response):
        seen.update(context=g.cbv.context, view=g.cbv.view, current=current_view.kwargs)
        return response

    def rendered(sender, template, context, **extra):
        seen["rendered"] = context

    route(app, "/<y>", Page)
    with template_rendered.connected_to(rendered, app):
        client.get("/2")
    assert seen["context"]["x"] == 1
    assert type(seen["view"]) is Page
    assert seen["current"] == {"y": "2"}
    assert seen["context"].items() <= seen["rendered"].items()


def test_current_view_is_none_like_outside_a_view(app, client):
    """False and equal to None outside, in function views and error handlers too."""
    assert not current_view

    @app.get("/function")
    def function():
        return str(bool(current_view))

    class Page(View):
        def get(self, **kwargs):
            return ""

    route(app, "/", Page)
    client.get("/")
    assert client.get("/function").text == "False"
    with app.test_request_context():
        assert current_view == None  # noqa: E711 - the proxy compares, it is not None


# --- templates and responses --------------------------------------------------------


def test_template_view_without_template_name_lists_the_cures(app, client):
    """The error names the class and both cures."""

    class Bare(TemplateView):
        pass

    route(app, "/", Bare)
    with pytest.raises(
        ImproperlyConfigured, match=r"Bare has no template.*template_name"
    ):
        client.get("/")


def test_missing_template_lists_what_was_tried(app, client):
    """None found: the error lists all names in order."""

    class Gone(TemplateView):
        def get_template_names(self):
            return ["first.html", "second.html"]

    route(app, "/", Gone)
    with pytest.raises(ImproperlyConfigured, match=r"Gone.*first\.html, second\.html"):
        client.get("/")


def test_template_missing_inside_a_template_surfaces_as_it_is(app, client, templates):
    """What our template extends is not what the view failed to find."""
    templates["a.html"] = "{% extends 'nowhere.html' %}"
    route(app, "/", TemplateView, "page", template_name="a.html")
    with pytest.raises(Exception, match=r"nowhere\.html") as caught:
        client.get("/")
    assert not isinstance(caught.value, ImproperlyConfigured)


def test_content_type_and_response_class(app, client, templates):
    """Both are used, as in Django."""
    templates["a.txt"] = "x"

    class Own(app.response_class):
        pass

    class Text(TemplateView):
        template_name = "a.txt"
        content_type = "text/plain; charset=utf-8"
        response_class = Own

        def render_to_response(self, context, **kwargs):
            response = super().render_to_response(context, status=203, **kwargs)
            assert isinstance(response, Own)
            return response

    route(app, "/", Text)
    response = client.get("/")
    assert (response.status_code, response.mimetype) == (203, "text/plain")


# --- RedirectView -------------------------------------------------------------------


@pytest.mark.parametrize(
    "verb", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
)
def test_redirect_view_redirects_every_verb(app, client, verb):
    """302 by default for every verb but TRACE."""
    route(app, "/", RedirectView, "old", url="/new")
    response = client.open("/", method=verb)
    assert (response.status_code, response.location) == (302, "/new")
    assert client.open("/", method="TRACE").status_code == 405


def test_redirect_view_permanent_with_values_and_query(app, client):
    """Placeholders are filled, the query goes along, permanent is 301."""
    route(
        app,
        "/<int:id>",
        RedirectView,
        "old",
        url="/new/%(id)s",
        permanent=True,
        query_string=True,
    )
    response = client.get("/3?a=1")
    assert (response.status_code, response.location) == (301, "/new/3?a=1")


@pytest.mark.parametrize("url", ["/x/%(nothing)s", "/100%/%(pk)s", "/%(pk)z"])
def test_redirect_view_that_cannot_be_filled_names_the_cure(app, client, url):
    """A name that the rule has not, or a lone percent sign beside one that it has."""
    route(app, "/<int:pk>", RedirectView, url=url)
    with pytest.raises(ImproperlyConfigured, match=r"RedirectView has url .*%%"):
        client.get("/1")


def test_redirect_view_leaves_percent_without_placeholder(app, client):
    """A URL without %( is used as it is."""
    route(app, "/", RedirectView, "old", url="/a%20b")
    assert client.get("/").location == "/a%20b"


def test_redirect_view_to_an_endpoint_of_this_blueprint(app, client):
    """pattern_name is looked up with the URL values; a dot means this blueprint."""
    bp = Blueprint("bp", __name__, url_prefix="/bp")
    bp.add_url_rule("/new/<x>", "new", lambda x: x)
    bp.add_url_rule("/old/<x>", view_func=RedirectView.as_view(pattern_name=".new"))
    app.register_blueprint(bp)
    assert client.get("/bp/old/1").location == "/bp/new/1"


@pytest.mark.parametrize(
    "value", ["/evil.example", "\\evil.example", "/\\/evil.example"]
)
def test_url_value_cannot_turn_a_redirect_into_another_host(value):
    """A path that begins with two slashes, or a backslash, would be a host."""
    view = RedirectView(url="/%(to)s")
    with Flask(__name__).test_request_context():
        assert view.get_redirect_url(to=value) == "/evil.example"


def test_redirect_view_without_target_is_410_and_logged(app, client, caplog):
    """No URL: 410, with a line in the log."""
    route(app, "/", RedirectView, "gone")
    assert client.get("/").status_code == 410
    assert caplog.messages == ["Gone: /"]


# --- method_decorator ----------------------------------------------------------------


def test_method_decorator_list_has_the_first_outermost(app, client):
    """As in Django, and a method may be inherited."""

    def tag(letter):
        def decorate(function):
            @functools.wraps(function)
            def wrapper(**kwargs):
                return letter + make_response(function(**kwargs)).get_data(as_text=True)

            return wrapper

        return decorate

    class Parent(View):
        def get(self, **kwargs):
            return kwargs["x"]

    @method_decorator([tag("a"), tag("b")])
    @method_decorator(tag("c"), name="get")
    class Page(Parent):
        pass

    route(app, "/<x>", Page)
    assert client.get("/1").text == "abc1"
    assert Parent().get(x="1") == "1"


def test_method_decorator_names_a_missing_method():
    """The error names class and method."""
    with pytest.raises(ImproperlyConfigured, match="Page has no method 'nothing'"):
        method_decorator(lambda f: f, name="nothing")(type("Page", (View,), {}))


def test_page_without_a_guard_may_be_cached(app, client):
    """Only what depends on the user is kept out of shared caches."""

    class Open(View):
        def get(self, **kwargs):
            return "ok"

    class Guarded(Open):
        def check_access(self):
            return None

    app.add_url_rule("/open", view_func=Open.as_view())
    app.add_url_rule("/guarded", view_func=Guarded.as_view())
    assert "Cache-Control" not in client.get("/open").headers
    assert client.get("/guarded").headers["Cache-Control"] == "private, no-store"


def test_user_without_a_login_manager_is_anonymous():
    """A view needs no Flask-Login to ask who is there."""
    app = Flask("plain")

    class Page(View):
        def get(self, **kwargs):
            return str(self.user.is_anonymous)

    route(app, "/", Page)
    assert app.test_client().get("/").text == "True"
