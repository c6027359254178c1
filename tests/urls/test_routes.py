"""path, include, register and route: which address calls which view."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest
from flask import Blueprint
from flask import Flask
from flask import request
from flask import url_for
from jinja2 import DictLoader

import cbv
from cbv import ImproperlyConfigured
from cbv import include
from cbv import path
from cbv import register
from cbv import reverse
from cbv import route
from cbv import TemplateView
from cbv import View
from cbv.urls import NoReverseMatch
from cbv.urls.routes import install_converters


class Where(View):
    """Say which endpoint was called with which values."""

    def get(self, **kwargs):
        values = ",".join(f"{k}={v}" for k, v in sorted(kwargs.items()))
        return f"{request.endpoint} {values}"


class PostListView(Where):
    pass


class PostDetail(Where):
    pass


@pytest.fixture
def app():
    """An application without CBV: urls work without it."""
    return Flask(__name__)


@pytest.fixture
def module():
    """A module with a list of URLs, as Django projects have one per app."""
    found = ModuleType("blog_urls_for_test")
    found.urlpatterns = [path("", PostListView), path("<int:pk>/", PostDetail)]
    sys.modules[found.__name__] = found
    yield found
    del sys.modules[found.__name__]


def get(app, address):
    return app.test_client().get(address).text


def test_names_live_in_urls_and_in_cbv():
    """Both homes give the same functions."""
    for name in ("path", "include", "register", "route"):
        assert getattr(cbv.urls, name) is getattr(cbv, name)


def test_list_of_paths_is_registered(app):
    """Classes, functions and view functions, named or not, with or without slash."""

    def about():
        return request.endpoint

    register(
        app,
        [
            path("", PostListView),
            path("post/<int:pk>/", PostDetail, name="one"),
            path("/about", about),
            path("contact", about, name="contact"),
            path("made", PostDetail.as_view("made")),
        ],
    )
    assert get(app, "/") == "post_list "
    assert get(app, "/post/3/") == "one pk=3"
    assert [get(app, p) for p in ("/about", "/contact")] == ["about", "contact"]
    assert get(app, "/made") == "made "
    with app.test_request_context():
        assert url_for("one", pk=3) == "/post/3/"


def test_kwargs_are_more_url_values(app):
    """The third argument reaches the view, as in Django."""
    register(app, [path("old/<int:pk>/", PostDetail, {"kind": "old"}, name="old")])
    assert get(app, "/old/1/") == "old kind=old,pk=1"


def test_options_are_flasks(app):
    """Methods, strict_slashes and defaults go to add_url_rule."""
    register(
        app,
        [path("x/", PostDetail, {"a": 1}, strict_slashes=False, defaults={"b": 2})],
    )
    assert get(app, "/x") == "post_detail a=1,b=2"


def test_one_view_may_have_several_addresses(app):
    """The same class under the same name is one endpoint with two rules."""
    register(app, [path("", PostListView), path("page/<int:page>/", PostListView)])
    assert get(app, "/page/2/") == "post_list page=2"
    with app.test_request_context():
        assert (reverse("post_list"), reverse("post_list", page=2)) == ("/", "/page/2/")


def test_two_views_of_one_name_are_refused(app):
    """The error names both, and the cure."""

    class Other(View):
        pass

    patterns = [path("a", PostListView, name="x"), path("b", Other, name="x")]
    with pytest.raises(ImproperlyConfigured, match=r"'x'.*PostListView and Other"):
        register(app, patterns)


@pytest.mark.parametrize(
    "view", [PostDetail(), object(), "views.post", int, None, Flask]
)
def test_path_takes_views_only(view):
    """An instance, a text or any other class is a TypeError when it is written."""
    with pytest.raises(TypeError, match=r"path\(\) takes"):
        path("x", view)


def test_function_without_a_name_needs_one(app):
    """A callable object has no name to make an endpoint of."""

    class Callable:
        def __call__(self):
            return "called"

    with pytest.raises(ImproperlyConfigured, match="give path"):
        register(app, [path("x", Callable())])
    register(app, [path("x", Callable(), name="x")])
    assert get(app, "/x") == "called"


# --- include ------------------------------------------------------------------------


def test_included_list_stands_behind_its_prefix(app, module):
    """A module, its name or a list, without a namespace: plain endpoints."""
    register(
        app,
        [
            path("blog/", include(module)),
            path("again/", include([path("x", Where, name="x")])),
        ],
    )
    assert get(app, "/blog/") == "post_list "
    assert get(app, "/blog/7/") == "post_detail pk=7"
    assert get(app, "/again/x") == "x "


def test_namespace_makes_a_blueprint(app, module):
    """Endpoints, reversing and templates follow the namespace."""
    module.app_name = "blog"
    register(
        app,
        [
            path("<lang>/blog/", include("blog_urls_for_test"), {"x": 1}),
            path("other/", include(module, namespace="other")),
            path("pair/", include(([path("", PostListView)], "pair"))),
        ],
    )
    assert get(app, "/en/blog/7/") == "blog.post_detail lang=en,pk=7,x=1"
    assert get(app, "/other/") == "other.post_list "
    assert get(app, "/pair/") == "pair.post_list "
    with app.test_request_context("/other/"):
        assert reverse(".post_detail", pk=1) == "/other/1/"
        with pytest.raises(NoReverseMatch, match=r"other\.post_list"):
            reverse("other:post_lst")


def test_namespaces_nest(app):
    """A list in a list in a list: one blueprint in the other."""
    inner = ([path("<slug:slug>", PostDetail, name="one")], "inner")
    outer = ([path("b/", include(inner))], "outer")
    register(app, [path("a/", include(outer))])
    assert get(app, "/a/b/x-1") == "outer.inner.one slug=x-1"


def test_template_of_a_namespace_comes_first(app):
    """Templates are looked for under the blueprint's name."""

    class Page(TemplateView):
        def get_template_names(self):
            return [f"{request.blueprint}/page.html"]

    app.jinja_loader = DictLoader({"shop/page.html": "in the shop"})
    register(app, [path("s/", include(([path("", Page)], "shop")))])
    assert get(app, "/s/") == "in the shop"


def test_blueprint_can_be_included(app):
    """A Flask blueprint takes its prefix, another name and values."""
    blueprint = Blueprint("plain", __name__)
    register(blueprint, [path("x/", Where, name="x")])
    register(
        app,
        [
            path("one/", include(blueprint)),
            path("two/", include(blueprint, namespace="second"), {"v": 2}),
        ],
    )
    assert get(app, "/one/x/") == "plain.x "
    assert get(app, "/two/x/") == "second.x v=2"


@pytest.mark.parametrize("source", [object(), ["x"], 3, ModuleType("empty")])
def test_include_needs_a_list_of_paths(source):
    """Anything else is refused, with the cure."""
    with pytest.raises(ImproperlyConfigured, match="no list of path"):
        include(source)


def test_include_takes_no_name_or_option():
    """A name of many views would mean nothing."""
    for extra in ({"name": "x"}, {"methods": ["GET"]}):
        with pytest.raises(TypeError, match="no name or option"):
            path("x/", include([]), **extra)


def test_register_takes_a_list_of_paths(app):
    """A list of views is refused before anything is registered."""
    with pytest.raises(ImproperlyConfigured, match=r"list of\s+path"):
        register(app, [PostListView])


# --- route --------------------------------------------------------------------------


def test_route_registers_a_class_where_it_stands(app):
    """The decorator gives the class back, on an application or a blueprint."""
    blueprint = Blueprint("b", __name__, url_prefix="/b")

    @route(app, "/home", name="home")
    @route(blueprint, "/<slug:slug>", defaults={"x": 1})
    class HomeView(Where):
        pass

    app.register_blueprint(blueprint)
    assert isinstance(HomeView, type)
    assert get(app, "/home") == "home "
    assert get(app, "/b/a-b") == "b.home slug=a-b,x=1"


# --- the slug converter -------------------------------------------------------------


@pytest.mark.parametrize(
    ("slug", "status"),
    [
        ("a-b_C1", 200),
        ("a b", 404),
        ("a.b", 404),
        ("é", 404),
        ("a%00", 404),
        ("a/b", 404),
        ("%", 404),
    ],
)
def test_slug_is_letters_digits_hyphens_and_underscores(app, slug, status):
    """Anything else does not match the rule."""
    register(app, [path("p/<slug:slug>", PostDetail)])
    assert app.test_client().get(f"/p/{slug}").status_code == status


def test_other_text_makes_no_address_of_a_slug(app):
    """Reversing refuses what could not be asked for."""
    register(app, [path("p/<slug:slug>", PostDetail)])
    with app.test_request_context():
        assert reverse("post_detail", slug="a-b") == "/p/a-b"
        with pytest.raises(NoReverseMatch):
            reverse("post_detail", slug="a b")


def test_own_slug_converter_is_kept(app):
    """An application that has a converter of that name keeps it."""
    app.url_map.converters["slug"] = app.url_map.converters["int"]
    install_converters(app)
    assert app.url_map.converters["slug"] is app.url_map.converters["int"]
