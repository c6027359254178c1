"""Sentry: an error of a view is reported under the view's endpoint; a 404 is not."""

from __future__ import annotations

import pytest
import sentry_sdk
from sentry_sdk.integrations.flask import FlaskIntegration
from sentry_sdk.transport import Transport

from cbv import View
from cbv.auth import LoginRequiredMixin


@pytest.fixture
def events():
    """The events that would have been sent."""
    sent = []

    class Kept(Transport):
        def capture_envelope(self, envelope):
            sent.append(envelope.get_event())

    sentry_sdk.init(
        dsn="https://key@sentry.test/1",
        transport=Kept,
        integrations=[FlaskIntegration()],
        auto_session_tracking=False,
    )
    yield sent
    sentry_sdk.get_global_scope().set_client(None)


class Broken(LoginRequiredMixin, View):
    """Fails for who is logged in."""

    def get(self, pk):
        raise ZeroDivisionError(f"for {self.user.username}")


def test_an_error_is_reported_with_its_endpoint_and_its_frames(shop, ann, events):
    shop.testing = False
    shop.add_url_rule("/broken/<int:pk>", view_func=Broken.as_view("broken"))
    client = shop.test_client()
    client.force_login(ann)
    assert client.get("/broken/7").status_code == 500
    [event] = events
    [error] = event["exception"]["values"]
    assert event["transaction"] == "broken"
    assert (error["type"], error["value"]) == ("ZeroDivisionError", "for ann")
    assert error["stacktrace"]["frames"][-1]["function"] == "get"
    assert event["request"]["url"].endswith("/broken/7")


def test_a_refusal_and_a_missing_page_are_no_errors(shop, ann, events):
    shop.testing = False
    shop.config["CBV_LOGIN_URL"] = "/login"
    shop.add_url_rule("/broken/<int:pk>", view_func=Broken.as_view("broken"))
    client = shop.test_client()
    assert client.get("/broken/7").status_code == 302
    assert client.get("/nowhere").status_code == 404
    assert events == []
