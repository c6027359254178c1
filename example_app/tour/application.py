"""``current_app``: the application at work. Django twin: ``django.conf.settings``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import current_app
from flask import Flask
from flask import has_app_context
from flask import request
from werkzeug.routing import RoutingException
from wtforms import StringField
from wtforms.validators import Length
from wtforms.validators import Regexp

from cbv.forms import Form
from cbv.forms import Required

from .stop import Stop


class PathForm(Form):
    """A form of a path of this site."""

    path = StringField(
        "A path of this site",
        [
            Required(),
            Length(max=200),
            Regexp(r"/[\w./?=&-]*\Z", message="A path starts with /, such as /home."),
        ],
        default="/home?page=2",
    )


def found_at(path: str) -> dict[str, Any]:
    """Return what answers a path, seen from a request that nobody sent."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    with app.test_request_context(path):
        error = request.routing_exception
        return {
            "request.endpoint": request.endpoint,
            "request.view_args": request.view_args,
            "request.args": request.args.to_dict(flat=False),
            "fault": error if isinstance(error, RoutingException) else str(error or ""),
        }


class ApplicationStop(Stop):
    """``current_app`` is the application whose context is pushed, here by the request.

    A factory may make several applications in one process, so no module may name one.
    """

    subject = "current_app"
    in_django = "django.conf.settings"
    summary = "The application at work: its settings, its rules, its extensions."
    machinery = Flask.app_context
    also = (found_at,)
    form_class = PathForm

    def live(self) -> Iterable[tuple[str, Any]]:
        """Return what the application is."""
        yield "type(current_app)", type(current_app)
        yield "current_app.name", current_app.name
        yield "current_app.debug", current_app.debug
        yield "current_app.testing", current_app.testing
        yield "rules", len(list(current_app.url_map.iter_rules()))
        yield "current_app.extensions", sorted(current_app.extensions)
        for name in ("SECRET_KEY", "MAX_CONTENT_LENGTH", "SESSION_COOKIE_NAME"):
            yield f'current_app.config["{name}"]', current_app.config[name]
        yield "has_app_context()", has_app_context()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what another request would be answered by, once a path was sent."""
        form = kwargs.get("form")
        if form is not None and not form.errors:
            kwargs["found"] = found_at(form.path.data)
        return super().get_context_data(**kwargs)
