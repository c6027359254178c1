"""CBV_LOGIN_REQUIRED: an application that is closed but for what says otherwise."""

from __future__ import annotations

import pytest
from flask import Blueprint
from flask.views import MethodView

from cbv import ImproperlyConfigured
from cbv import RedirectView
from cbv import register
from cbv import View
from cbv.auth import login_not_required
from cbv.auth import LoginView
from cbv.auth import urlpatterns

pytest_plugins = ["support.plain_users"]


class Page(View):
    def get(self, **kwargs):
        return "secret"


class OpenPage(Page):
    login_required = False


def function_page():
    """A function view."""
    return "secret"


@pytest.fixture
def closed(guarded):
    """``guarded``, closed."""
    guarded.config["CBV_LOGIN_REQUIRED"] = True
    return guarded


def route(app, view, rule="/"):
    app.add_url_rule(rule, rule, view)


@pytest.mark.parametrize("verb", ["get", "head", "options", "post"])
def test_every_endpoint_needs_a_login(closed, visitor, verb):
    """Functions, class-based views of either kind, every verb."""

    class Method(MethodView):
        def get(self):
            return "secret"

        post = get

    class Own(Page):
        post = Page.get

    function = closed.add_url_rule
    function("/f", "f", function_page, methods=["GET", "POST"])
    route(closed, Method.as_view("m"), "/m")
    route(closed, Own.as_view(), "/v")
    for rule in ("/f", "/m", "/v"):
        response = getattr(visitor(), verb)(rule)
        assert (response.status_code, response.location) == (
            302,
            f"/login/?next={rule}",
        )
        assert getattr(visitor("ann"), verb)(rule).status_code == 200


def test_without_the_setting_nothing_is_closed(guarded, visitor):
    """CBV can be added to a running application."""
    route(guarded, function_page)
    assert visitor().get("/").text == "secret"


def test_views_and_functions_may_say_otherwise(closed, visitor):
    """By attribute, keyword of as_view, or mark; the word of a class is inherited."""

    class Opened(MethodView):
        login_required = False

        def get(self):
            return "open"

    class Inheriting(OpenPage):
        pass

    open_ones = {
        "/class": OpenPage.as_view(),
        "/inherited": Inheriting.as_view(),
        "/keyword": Page.as_view("k", login_required=False),
        "/method": Opened.as_view("m"),
        "/function": login_not_required(lambda: "open"),
        "/marked": login_not_required(Page.as_view("marked")),
    }
    for rule, view in open_ones.items():
        route(closed, view, rule)
    assert {
        rule: visitor().get(rule).status_code for rule in open_ones
    } == dict.fromkeys(open_ones, 200)


def test_a_subclass_or_keyword_may_close_again(closed, visitor):
    """The most specific word counts."""

    class Closed(OpenPage):
        login_required = True

    route(closed, Closed.as_view(), "/class")
    route(closed, OpenPage.as_view("k", login_required=True), "/keyword")
    assert visitor().get("/class").status_code == 302
    assert visitor().get("/keyword").status_code == 302


@pytest.mark.parametrize("word", [None, 0, "", "no"])
def test_only_false_opens(closed, visitor, word):
    """A setting that went missing closes."""
    view = type("Odd", (Page,), {"login_required": word}).as_view()
    route(closed, view)
    assert visitor().get("/").status_code == 302


def test_an_open_view_keeps_its_own_guards(closed, visitor):
    """The setting opens nothing that a guard closes."""

    class Guarded(OpenPage):
        def check_access(self):
            return "refused", 403

    route(closed, Guarded.as_view())
    assert visitor().get("/").status_code == 403


def test_static_files_stay_open(closed, visitor, tmp_path):
    """Those of the application and of blueprints; no view that is only called so."""
    (tmp_path / "style.css").write_text("p {}")
    closed.static_folder = tmp_path  # Flask's rule for it is there already
    files = Blueprint("files", __name__, static_folder=tmp_path, static_url_path="/f")
    false = Blueprint("false", __name__)
    false.add_url_rule("/false", "static", function_page)
    closed.register_blueprint(files)
    closed.register_blueprint(false)
    for rule in ("/static/style.css", "/f/style.css"):
        with visitor().get(rule) as response:
            assert response.status_code == 200
    assert visitor().get("/false").status_code == 302


def test_an_unknown_address_is_a_404_and_an_unknown_verb_a_405(closed, visitor):
    """For everybody alike."""
    route(closed, function_page)
    for name in (None, "ann"):
        assert visitor(name).get("/missing").status_code == 404
        assert visitor(name).put("/").status_code == 405


def test_the_login_page_of_the_view_is_used(closed, visitor):
    """And its name for next."""

    class Own(Page):
        login_url = "/enter/"
        redirect_field_name = "back"

    route(closed, Own.as_view())
    assert visitor().get("/?a=1").location == "/enter/?back=/%3Fa%3D1"


def test_redirects_need_a_login(closed, visitor):
    """As the contract says of RedirectView."""
    route(closed, RedirectView.as_view("r", url="/elsewhere"))
    assert visitor().get("/").location == "/login/?next=/"


OPEN = {
    "login",
    "register",
    "password_reset",
    "password_reset_done",
    "password_reset_confirm",
    "password_reset_complete",
}


def test_of_the_account_pages_those_for_strangers_stay_open(closed):
    """Logout and the change of a password do not."""
    register(closed, urlpatterns)
    names = {p.name for p in urlpatterns}
    found = {
        name
        for name in names
        if closed.view_functions[name].view_class.__dict__.get("login_required")
        is False
        or getattr(closed.view_functions[name].view_class, "login_required", True)
        is False
    }
    assert found == OPEN
    assert names - found == {"logout", "password_change", "password_change_done"}


def test_answers_are_kept_private(closed, visitor):
    """The redirect and the page, which is another for everybody."""
    route(closed, function_page)
    for name in (None, "ann"):
        response = visitor(name).get("/")
        assert response.headers["Cache-Control"] == "private, no-store"
        assert "Cookie" in response.vary


def test_the_login_view_can_be_seen(closed, visitor):
    """It says login_required = False."""
    route(closed, LoginView.as_view("login"), "/login/")
    assert visitor().get("/login/").status_code == 200


@pytest.mark.parametrize("rule", ["/login/", "/<kind>/"])
def test_a_login_page_that_needs_a_login_says_how_to_mend_it(closed, visitor, rule):
    """Instead of a redirect without end."""

    def log_in(**values):
        return ""

    route(closed, log_in, rule)
    with pytest.raises(ImproperlyConfigured, match=r"log_in.*login_not_required"):
        visitor().get("/login/")


def test_allows_knows_that_the_application_is_closed(closed, visitor):
    """So that no link leads a stranger to the login page."""
    closed.add_url_rule(
        "/links",
        "links",
        login_not_required(lambda: f"{Page.allows()} {OpenPage.allows()}"),
    )
    assert visitor().get("/links").text == "False True"
    assert visitor("ann").get("/links").text == "True True"


@pytest.mark.parametrize("endpoint", ["shop.list", "shop.static"])
def test_an_endpoint_with_a_dot_needs_no_blueprint(closed, visitor, endpoint):
    """Flask allows one on the application itself."""
    closed.add_url_rule("/shop", endpoint, function_page)
    assert visitor().get("/shop").status_code == 302
    assert visitor("ann").get("/shop").text == "secret"
