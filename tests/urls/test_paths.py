"""Addresses: reversed, lazy, safe to redirect to, and with a query string."""

from __future__ import annotations

import pytest
from flask import Blueprint
from flask import Flask
from flask import redirect
from werkzeug.routing import BuildError

from cbv import reverse
from cbv import reverse_lazy
from cbv import View
from cbv.exceptions import ImproperlyConfigured
from cbv.urls import NoReverseMatch
from cbv.urls import querystring
from cbv.urls import redirect_to_login
from cbv.urls import resolve_url
from cbv.urls import url_has_allowed_host_and_scheme
from cbv.urls.paths import filled_url
from cbv.urls.paths import is_endpoint
from cbv.urls.paths import login_url
from cbv.urls.paths import this_address
from support.redirect_targets import HIDDEN
from support.redirect_targets import OTHER_HOST
from support.redirect_targets import SAFE
from support.redirect_targets import SCHEMES


@pytest.fixture
def site():
    """An application with endpoints, some in blueprints."""
    app = Flask(__name__)
    blog = Blueprint("blog", __name__, url_prefix="/blog")

    def view(**kwargs):
        return ""

    app.add_url_rule("/", "home", view)
    app.add_url_rule("/post/<int:pk>/", "post_detail", view)
    app.add_url_rule("/<int:year>/<int:month>/", "archive", view)
    app.add_url_rule("/file/<path:name>", "file", view)
    blog.add_url_rule("/<slug>/", "entry", view)
    app.register_blueprint(blog)
    return app


@pytest.fixture
def context(site):
    """A request of that application, inside the blueprint."""
    with site.test_request_context("/blog/x/?a=1&b=2&a=3"):
        yield


# --- reverse ------------------------------------------------------------------------


def test_reverse_gives_the_path_of_an_endpoint(context):
    """Values by name, in a mapping or in order; the rest goes into the query."""
    assert reverse("home") == "/"
    assert reverse("post_detail", {"pk": 3}) == "/post/3/"
    assert reverse("post_detail", kwargs={"pk": 3}) == "/post/3/"
    assert reverse("post_detail", pk=3) == "/post/3/"
    assert reverse("archive", args=[2024, 2]) == "/2024/2/"
    assert reverse("post_detail", pk=3, page=2) == "/post/3/?page=2"
    assert reverse(".entry", slug="y") == "/blog/y/"
    assert reverse("blog.entry", slug="é ü") == "/blog/%C3%A9%20%C3%BC/"


def test_url_value_cannot_make_another_host(context):
    """A value that starts with slashes stays a path (CVE-2018-14574)."""
    app = Flask(__name__)
    app.add_url_rule("/<path:rest>", "rest", lambda rest: "")
    with app.test_request_context():
        assert reverse("rest", rest="/evil.example") == "/evil.example"


@pytest.mark.parametrize(
    ("endpoint", "hint"),
    [
        ("post_detial", "Did you mean 'post_detail'"),
        ("entry", "Did you mean 'blog.entry'"),
        ("blog:entry", "Did you mean 'blog.entry'"),
        (".nothing", "no endpoint 'blog.nothing'"),
        ("zzz", "There is no endpoint 'zzz'."),
    ],
)
def test_unknown_endpoint_names_near_ones(context, endpoint, hint):
    """A misspelt name, a forgotten blueprint or Django's colon gets a hint."""
    with pytest.raises(NoReverseMatch) as error:
        reverse(endpoint)
    assert hint in str(error.value)
    assert isinstance(error.value, BuildError)


def test_values_that_do_not_fit_list_the_rules(context):
    """The message shows what was given and what the rules ask for."""
    with pytest.raises(NoReverseMatch, match=r"given \(id\).*/post/<int:pk>/"):
        reverse("post_detail", id=3)
    with pytest.raises(NoReverseMatch, match=r"\(none\).*/post/<int:pk>/"):
        reverse("post_detail")
    with pytest.raises(NoReverseMatch, match="/post/<int:pk>/"):
        reverse("post_detail", args=[1, 2])


def test_lazy_address_is_looked_up_when_it_is_used(site):
    """It can stand in a class body, and is a text everywhere."""
    lazy = reverse_lazy("post_detail", pk="1")
    query = reverse_lazy("home", a="1", b="2")
    assert repr(lazy) == "reverse_lazy('post_detail')"
    with site.test_request_context():
        assert str(lazy) == f"{lazy}" == "/post/1/"
        assert query.__html__() == "/?a=1&amp;b=2"
        assert redirect(lazy, code=302).location == "/post/1/"
        assert str(reverse_lazy("archive", args=(2024, 1))) == "/2024/1/"


def test_lazy_address_can_be_filled(site):
    """Both of Python's ways of formatting work, for a placeholder in it."""
    lazy = reverse_lazy("file", name="x")
    with site.test_request_context():
        assert lazy % {"name": "y"} == "/file/x"
        assert lazy.format(name="y") == "/file/x"


# --- what a target is ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("home", True),
        (".entry", True),
        ("blog.entry", True),
        ("blog:entry", True),
        ("/home", False),
        ("https://x.example", False),
        ("?page=2", False),
        ("#top", False),
        ("mailto:a@b.c", False),
        ("{slug}", False),
        ("", False),
        (None, False),
    ],
)
def test_endpoints_have_no_slash(text, found):
    """A text with a slash, scheme, query or fragment is an address."""
    assert is_endpoint(text) is found


def test_resolve_url_takes_addresses_endpoints_and_objects(context):
    """A path, a URL, a lazy one, an endpoint or an object with an address."""

    class Post:
        def get_absolute_url(self):
            return "/posts/1"

    found = [
        resolve_url(target)
        for target in ("/a", "https://b.example/", reverse_lazy("home"), Post(), "home")
    ]
    assert found == ["/a", "https://b.example/", "/", "/posts/1", "/"]
    assert resolve_url("post_detail", pk=2) == "/post/2/"


@pytest.mark.parametrize("target", ["/x/{nothing}/", "https://x.example/{pk}"])
def test_success_url_that_cannot_be_filled_names_class_and_value(context, target):
    """Neither the object nor the URL has a value of that name."""

    class Page(View):
        kwargs = {}

    name = target.split("{")[1].split("}")[0]
    with pytest.raises(ImproperlyConfigured, match=f"Page has a success_url.*{name}"):
        filled_url(Page(), target, object())


def test_success_url_is_filled_and_quoted(context):
    """From the object first, then from the URL; a path stays a path."""

    class Page(View):
        kwargs = {"year": 2024, "slug": "url"}

    class Thing:
        slug = "a b/?#"
        title = "//evil.example"

    found = [
        filled_url(Page(), target, Thing())
        for target in ("/{year}/{slug}/", "/{title}", "/plain", ".entry")
    ]
    quoted = "a%20b/%3F%23"
    assert found == [f"/2024/{quoted}/", "/evil.example", "/plain", f"/blog/{quoted}/"]


# --- query string -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, "?a=1&a=3&b=2"),
        ({"page": 2}, "?a=1&a=3&b=2&page=2"),
        ({"a": 9}, "?b=2&a=9"),
        ({"a": None}, "?b=2"),
        ({"a": None, "b": None}, "?"),
        ({"b": ["x", "y"]}, "?a=1&a=3&b=x&b=y"),
        ({"b": "é&="}, "?a=1&a=3&b=%C3%A9%26%3D"),
    ],
)
def test_querystring_changes_keys_and_keeps_the_rest(context, changes, found):
    """Repeated keys stay repeated; None removes; values are quoted."""
    assert querystring(**changes) == found


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"page": 4}, "/books/page4/?a=1"),
        ({"page": 4, "a": None}, "/books/page4/"),
        ({"page": 4, "b": 2}, "/books/page4/?a=1&b=2"),
        ({"b": 2}, "?a=1&b=2"),
        ({"page": None, "a": None}, "?"),
    ],
)
def test_querystring_changes_a_value_where_it_came_from(app, changes, found):
    """What is in the path is changed in the path."""
    seen = []

    def show(page):
        seen.append(querystring(**changes))
        return ""

    app.add_url_rule("/books/page<int:page>/", "books", show)
    app.test_client().get("/books/page3/?a=1")
    assert seen == [found]


# --- safe redirects -----------------------------------------------------------------


@pytest.mark.parametrize("url", OTHER_HOST + SCHEMES + HIDDEN)
def test_address_that_leads_elsewhere_is_refused(url):
    """Other hosts, schemes, hidden characters and broken ones, in any spelling."""
    assert not url_has_allowed_host_and_scheme(url, "app.test")


@pytest.mark.parametrize("url", SAFE)
def test_address_on_this_host_is_allowed(url):
    """Paths, queries and this host's own addresses."""
    assert url_has_allowed_host_and_scheme(url, {"app.test"})


@pytest.mark.parametrize("url", ["http://app.test/", "HTTP://app.test/", "//app.test/"])
def test_https_may_be_required(url):
    """An address that leaves https is refused then."""
    assert url_has_allowed_host_and_scheme(url, "app.test")
    assert not url_has_allowed_host_and_scheme(url, "app.test", require_https=True)


def test_path_needs_no_allowed_host():
    """Without a host only paths are allowed."""
    assert url_has_allowed_host_and_scheme("/a", None)
    assert not url_has_allowed_host_and_scheme("http://app.test/", None)


# --- the login page -----------------------------------------------------------------


def test_login_url_is_the_views_the_settings_or_the_managers(site):
    """The nearest one wins; without any the error lists the cures."""
    with site.test_request_context():
        with pytest.raises(ImproperlyConfigured, match=r"CBV_LOGIN_URL.*login_view"):
            login_url()
        site.login_manager = type("Manager", (), {"login_view": "home"})
        assert login_url() == "/"
        site.config["CBV_LOGIN_URL"] = "/from-settings"
        assert login_url() == "/from-settings"
        assert login_url("/mine") == "/mine"
        assert login_url(reverse_lazy("post_detail", pk=1)) == "/post/1/"


@pytest.mark.parametrize(
    ("page", "field", "location"),
    [
        ("/login", "next", "/login?next=/a?b%3Dc"),
        ("/login?x=1&next=/old", "next", "/login?x=1&next=/a?b%3Dc"),
        ("/login", "to", "/login?to=/a?b%3Dc"),
        ("/login", None, "/login"),
        ("https://sso.example/in#f", "next", "https://sso.example/in?next=/a?b%3Dc#f"),
    ],
)
def test_redirect_to_login_says_where_to_come_back_to(site, page, field, location):
    """302 to the login page; another `next` in it is replaced."""
    with site.test_request_context():
        answer = redirect_to_login("/a?b=c", page, field)
    assert (answer.status_code, answer.location.replace("%3F", "?")) == (302, location)


@pytest.mark.parametrize(
    ("login", "found"),
    [
        ("/login", "/blog/x/?a=1&b=2&a=3"),
        ("http://localhost/login", "/blog/x/?a=1&b=2&a=3"),
        ("https://localhost/login", "http://localhost/blog/x/?a=1&b=2&a=3"),
        ("//sso.example/login", "http://localhost/blog/x/?a=1&b=2&a=3"),
    ],
)
def test_next_is_a_path_unless_the_login_page_is_elsewhere(context, login, found):
    """As in Django, another host or scheme needs the whole address."""
    assert this_address(login) == found


@pytest.mark.parametrize(
    ("prefix", "found"),
    [
        ("", "/blog/x/"),
        ("/on", "/on/blog/x/"),
        ("@evil.example", "/blog/x/"),
        ("//evil.example", "/blog/x/"),
        ("/\\evil.example", "/blog/x/"),
        (".evil.example", "/blog/x/"),
    ],
)
@pytest.mark.parametrize("login", ["/login/", "https://else.example/login/"])
def test_the_way_back_has_no_prefix_that_is_no_path(site, prefix, found, login):
    """On another host too, where it would follow this one's name."""
    environ = {"SCRIPT_NAME": prefix}
    start = "http://localhost" if login.startswith("https") else ""
    with site.test_request_context("/blog/x/", environ_overrides=environ):
        assert this_address(login) == start + found
