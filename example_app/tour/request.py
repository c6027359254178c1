"""``request``: what came in. Django twin: the argument of every view."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Request
from flask import request
from wtforms import StringField
from wtforms.validators import Length

from cbv.forms import Form
from cbv.forms import Required
from cbv.forms import Storable

from .stop import Stop


class WordForm(Form):
    """A form of one word."""

    word = StringField("A word", [Required(), Length(max=50), Storable()])


class RequestStop(Stop):
    """``request`` is a proxy: one name for whatever request this thread answers."""

    subject = "request"
    in_django = "the argument request"
    summary = "What came in: the verb, the address, the form, who sent it."
    machinery = Request
    form_class = WordForm

    def live(self) -> Iterable[tuple[str, Any]]:
        """Return what this very request says of itself."""
        yield "type(request)", type(request)
        # The proxy's object, for where identity matters: a thread, a signal's sender.
        yield "the object behind it", type(request._get_current_object())  # type: ignore[attr-defined]
        yield "self.request is request", self.request is request
        yield "request.method", request.method
        yield "request.full_path", request.full_path
        yield "request.endpoint", request.endpoint
        yield "request.blueprint", request.blueprint
        yield "request.view_args, self.kwargs", request.view_args
        yield "request.remote_addr", request.remote_addr
        yield "request.user_agent", request.user_agent.string
        yield 'request.form.get("word")', request.form.get("word")
        yield 'request.args.get("word")', request.args.get("word")
        yield 'request.args.getlist("word")', request.args.getlist("word")
