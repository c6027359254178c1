"""Who reads, whatever Flask-Login says of nobody."""

from __future__ import annotations

import pytest

from cbv import CreateView
from cbv import View
from cbv.auth import current_user_id
from cbv.auth import login_required
from cbv.auth import LoginRequiredMixin
from cbv.auth import logout
from cbv.auth import PermissionRequiredMixin
from support.library_models import Book

pytest_plugins = ["support.plain_users"]


class Page(View):
    def get(self):
        return "secret"


class Create(CreateView[Book]):
    fields = ["title"]
    scope = Book.owner_id == current_user_id
    success_url = "/"


REFUSING = {
    "LoginRequiredMixin": type("Login", (LoginRequiredMixin, Page), {}).as_view(),
    "PermissionRequiredMixin": type(
        "Permission", (PermissionRequiredMixin, Page), {"permission_required": "x"}
    ).as_view(),
    "login_required": login_required(lambda: "secret"),
    "CBV_LOGIN_REQUIRED": Page.as_view(),
    "scope": Create.as_view(),
}


@pytest.mark.parametrize("kind", REFUSING)
def test_an_anonymous_user_that_is_none_is_asked_to_log_in(guarded, visitor, db, kind):
    """As Flask-Security has it with SECURITY_ANONYMOUS_USER_DISABLED: no 500."""
    guarded.login_manager.anonymous_user = lambda: None
    guarded.config["CBV_LOGIN_REQUIRED"] = kind == "CBV_LOGIN_REQUIRED"
    guarded.add_url_rule("/", "page", REFUSING[kind])
    assert visitor().get("/").location == "/login/?next=/"


def test_an_anonymous_user_that_is_none_may_log_out(guarded, visitor):
    """With every session that nobody has."""
    guarded.login_manager.anonymous_user = lambda: None
    guarded.config["CBV_LOGOUT_EVERYWHERE"] = True
    guarded.add_url_rule("/", "leave", lambda: str(logout()))
    assert visitor().get("/").text == "None"
