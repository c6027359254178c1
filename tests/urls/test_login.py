"""What a visitor who must log in first is answered, wherever that is found out."""

from __future__ import annotations

import pytest
from flask import Blueprint
from flask_login import fresh_login_required
from flask_login import LOGIN_MESSAGE
from flask_login import login_required as flask_login_required
from flask_login import user_needs_refresh
from flask_login import user_unauthorized
from jinja2 import DictLoader

from cbv import CreateView
from cbv import ImproperlyConfigured
from cbv import View
from cbv.auth import AccessMixin
from cbv.auth import current_user_id
from cbv.auth import FreshLoginRequiredMixin
from cbv.auth import login_required
from cbv.auth import LoginRequiredMixin
from cbv.auth import LoginView
from cbv.auth import permission_required
from cbv.auth import PermissionRequiredMixin
from cbv.auth import user_passes_test
from cbv.auth import UserPassesTestMixin
from support.library_models import Book

pytest_plugins = ["support.plain_users"]


class Page(View):
    def get(self, **kwargs):
        return "secret"


class Refuses(UserPassesTestMixin, Page):
    def test_func(self):
        return False


class Own(AccessMixin, Page):
    def check_access(self):
        return self.handle_no_permission()


class Create(CreateView[Book]):
    fields = ["title"]
    scope = Book.owner_id == current_user_id
    success_url = "/"


class CreateBehindMixin(AccessMixin, Create):
    """Its scope asks the hook of the mixin."""


def function():
    return "secret"


#: Everything that sends an anonymous user to the login page.
REFUSING = {
    "LoginRequiredMixin": type("Login", (LoginRequiredMixin, Page), {}).as_view(),
    "UserPassesTestMixin": Refuses.as_view(),
    "PermissionRequiredMixin": type(
        "Permission", (PermissionRequiredMixin, Page), {"permission_required": "x"}
    ).as_view(),
    "AccessMixin": Own.as_view(),
    "login_required": login_required(function),
    "user_passes_test": user_passes_test(lambda user: False)(function),
    "permission_required": permission_required("x")(function),
    "CBV_LOGIN_REQUIRED": Page.as_view(),
    "scope": Create.as_view(),
    "scope behind a mixin": CreateBehindMixin.as_view(),
}


@pytest.fixture(params=REFUSING)
def refusing(request, guarded, db):
    """``guarded`` with a page at / that refuses whoever is not logged in."""
    guarded.config["CBV_LOGIN_REQUIRED"] = request.param == "CBV_LOGIN_REQUIRED"
    guarded.add_url_rule("/", "page", REFUSING[request.param])
    return guarded


def test_the_handler_of_flask_login_answers(refusing, visitor):
    """Of any kind that a view may return, and without a login page."""
    del refusing.config["CBV_LOGIN_URL"]
    refusing.login_manager.unauthorized_handler(lambda: ({"error": "who?"}, 401))
    response = visitor().get("/")
    assert (response.status_code, response.json) == (401, {"error": "who?"})
    assert response.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("nothing", [None, True])
def test_a_handler_without_an_answer_shows_nothing(refusing, visitor, nothing):
    """It is named; a page that anybody sees is not the answer."""

    def ask():
        return nothing

    refusing.login_manager.unauthorized_handler(ask)
    refusing.config["PROPAGATE_EXCEPTIONS"] = False
    response = visitor().get("/")
    assert response.status_code in (403, 500)
    assert "secret" not in response.text


def test_a_handler_without_an_answer_is_named(guarded, visitor):
    """With its cure."""

    def ask():
        return None

    guarded.login_manager.unauthorized_handler(ask)
    guarded.add_url_rule("/", "page", REFUSING["LoginRequiredMixin"])
    with pytest.raises(ImproperlyConfigured, match=r"ask is.*unauthorized_handler"):
        visitor().get("/")


def test_the_message_of_flask_login_is_flashed(refusing, visitor):
    """Where the application has set one, with its category."""
    refusing.login_manager.login_message = "Who are you?"
    refusing.login_manager.login_message_category = "warning"
    response = visitor().get("/")
    assert response.location == "/login/?next=/"
    assert response.flashes == [("warning", "Who are you?")]


@pytest.mark.parametrize("message", [None, "", LOGIN_MESSAGE])
def test_without_a_message_of_the_application_none_is_flashed(
    refusing, visitor, message
):
    """Flask-Login's own default is nobody's choice."""
    refusing.login_manager.login_message = message
    assert visitor().get("/").flashes == []


def test_a_category_of_the_application_flashes_the_default_message(guarded, visitor):
    """Whoever says how it looks wants to see it."""
    guarded.add_url_rule("/", "page", REFUSING["LoginRequiredMixin"])
    guarded.login_manager.login_message_category = "info"
    assert visitor().get("/").flashes == [("info", LOGIN_MESSAGE)]


def test_the_message_is_translated_as_flask_login_does(guarded, visitor):
    """By its localize_callback."""
    guarded.add_url_rule("/", "page", REFUSING["LoginRequiredMixin"])
    guarded.login_manager.login_message = "Who are you?"
    guarded.login_manager.localize_callback = str.upper
    assert visitor().get("/").flashes == [("message", "WHO ARE YOU?")]


def test_who_is_logged_in_and_refused_gets_403_whatever_the_handler(guarded, visitor):
    """The handler is about anonymous users, and about those who may be redirected."""
    guarded.login_manager.unauthorized_handler(lambda: "who?")
    guarded.login_manager.login_message = "Who are you?"
    guarded.add_url_rule("/", "page", Refuses.as_view())
    guarded.add_url_rule("/raise", "raise", Refuses.as_view(raise_exception=True))
    for client, path in ((visitor("ann"), "/"), (visitor(), "/raise")):
        response = client.get(path)
        assert (response.status_code, response.flashes) == (403, [])


def test_a_blueprint_may_have_its_own_login_page(guarded, visitor):
    """Flask-Login's blueprint_login_views, before its login_view."""
    del guarded.config["CBV_LOGIN_URL"]
    guarded.login_manager.login_view = "/enter/"
    guarded.login_manager.blueprint_login_views = {"staff": "/staff/enter/"}
    staff = Blueprint("staff", __name__, url_prefix="/staff")
    for owner in (guarded, staff):
        owner.add_url_rule("/", "page", REFUSING["LoginRequiredMixin"])
    guarded.register_blueprint(staff)
    assert visitor().get("/").location == "/enter/?next=/"
    assert visitor().get("/staff/").location == "/staff/enter/?next=/staff/"


def test_the_login_page_of_a_blueprint_comes_before_that_of_the_site(guarded, visitor):
    """The more particular word wins; a view's own is more particular still."""
    guarded.login_manager.blueprint_login_views = {"staff": "/staff/enter/"}
    staff = Blueprint("staff", __name__, url_prefix="/staff")
    for owner in (guarded, staff):
        owner.add_url_rule("/", "page", REFUSING["LoginRequiredMixin"])
    own = type("Own", (LoginRequiredMixin, Page), {"login_url": "/own/"})
    staff.add_url_rule("/own/", view_func=own.as_view())
    guarded.register_blueprint(staff)
    assert visitor().get("/").location == "/login/?next=/"
    assert visitor().get("/staff/").location == "/staff/enter/?next=/staff/"
    assert visitor().get("/staff/own/").location == "/own/?next=/staff/own/"


def test_the_signal_of_flask_login_is_sent_once(refusing, visitor):
    """Applications count refusals by it."""
    sent = []
    with user_unauthorized.connected_to(lambda app: sent.append(app), refusing):
        visitor().get("/")
        assert sent == [refusing]
        refusing.login_manager.unauthorized_handler(lambda: "who?")
        visitor().get("/")
    assert sent == [refusing, refusing]


# --- who was only remembered --------------------------------------------------------

#: Everything that asks for a login in this session.
FRESH = {
    "FreshLoginRequiredMixin": type("Fresh", (FreshLoginRequiredMixin, Page), {}),
    "behind the view": type("Fresh", (Page, FreshLoginRequiredMixin), {}),
    "fresh_login_required": type(
        "Fresh", (Page,), {"decorators": [fresh_login_required]}
    ),
}


@pytest.fixture(params=FRESH)
def fresh_page(request, guarded):
    """``guarded`` with a page at / that asks for a fresh login."""
    guarded.add_url_rule("/", "page", FRESH[request.param].as_view())
    return guarded


@pytest.fixture
def stale(guarded, visitor):
    """A client of ``guarded``: ann, who was only remembered."""
    guarded.login_manager.session_protection = None  # it asks for more of a session
    client = visitor("ann")
    with client.session_transaction() as session:
        session["_fresh"] = False
    return client


def test_who_was_remembered_is_asked_to_log_in_again(fresh_page, visitor, stale):
    """On the login page; and whoever is fresh gets the page."""
    assert visitor().get("/").location == "/login/?next=/"
    response = stale.get("/")
    assert (response.status_code, response.location) == (302, "/login/?next=/")
    assert response.flashes == []
    with stale.session_transaction() as session:
        session["_fresh"] = True
    assert stale.get("/").text == "secret"


def test_the_handler_of_flask_login_answers_who_was_remembered(fresh_page, stale):
    """needs_refresh_handler, without a login page."""
    del fresh_page.config["CBV_LOGIN_URL"]
    fresh_page.login_manager.needs_refresh_handler(lambda: ("again!", 401))
    assert (stale.get("/").status_code, stale.get("/").text) == (401, "again!")


@pytest.mark.parametrize("kind", ["FreshLoginRequiredMixin", "behind the view"])
def test_a_refresh_handler_without_an_answer_shows_nothing(guarded, stale, kind):
    """It is named."""
    guarded.login_manager.needs_refresh_handler(lambda: None)
    guarded.add_url_rule("/", "page", FRESH[kind].as_view())
    with pytest.raises(ImproperlyConfigured, match="needs_refresh_handler"):
        stale.get("/")


def test_the_refresh_view_and_message_of_flask_login_are_used(fresh_page, stale):
    """Where the application has set them; and its signal is sent."""
    manager, sent = fresh_page.login_manager, []
    manager.refresh_view = "/prove/"
    manager.needs_refresh_message = "Once more, please"
    manager.needs_refresh_message_category = "warning"
    with user_needs_refresh.connected_to(lambda app: sent.append(app), fresh_page):
        response = stale.get("/")
    assert response.location == "/prove/?next=/"
    assert response.flashes == [("warning", "Once more, please")]
    assert sent == [fresh_page]


def test_a_refused_page_that_wants_no_redirect_is_a_403(guarded, stale):
    """raise_exception, and links that are only asked about flash nothing."""
    view_class = FRESH["FreshLoginRequiredMixin"]
    guarded.login_manager.needs_refresh_message = "Once more, please"
    guarded.add_url_rule("/", view_func=view_class.as_view(raise_exception=True))
    guarded.add_url_rule("/link", "link", lambda: str(view_class.allows()))
    assert stale.get("/").status_code == 403
    response = stale.get("/link")
    assert (response.text, response.flashes) == ("False", [])


def test_the_login_page_lets_who_was_remembered_log_in_again(guarded, stale):
    """It redirects who is logged in, but not back to where this one was refused."""
    guarded.jinja_loader = DictLoader({"registration/login.html": "log in"})
    view = LoginView.as_view("login", redirect_authenticated_user=True)
    guarded.add_url_rule("/login/", view_func=view)
    view_class = FRESH["FreshLoginRequiredMixin"]
    guarded.add_url_rule("/", "page", view_class.as_view())
    assert stale.get("/login/?next=/x").location == "/x"
    assert stale.get(stale.get("/").location).text == "log in"
    with stale.session_transaction() as session:
        session["_fresh"] = True
    assert stale.get("/login/?next=/x").location == "/x"


def test_a_decorator_of_flask_login_knows_the_login_page(guarded, visitor):
    """CBV_LOGIN_URL; without any it is Flask-Login's 401."""
    guarded.add_url_rule("/", "page", flask_login_required(function))
    assert visitor().get("/").location == "/login/?next=/"
    del guarded.config["CBV_LOGIN_URL"]
    assert visitor().get("/").status_code == 401
