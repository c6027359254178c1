"""``session``: what a browser brings back. Django twin: ``request.session``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import current_app
from flask import request
from flask import session
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from wtforms import BooleanField
from wtforms import StringField
from wtforms.validators import Length

from cbv.forms import Form
from cbv.forms import Required
from cbv.forms import Storable

from .cookie import COOKIE_LIMIT
from .cookie import decoded
from .stop import Stop

MOST_WORDS = 10


class RememberForm(Form):
    """A word for the session to keep, and whether to tell the session of it."""

    word = StringField("A word", [Required(), Length(max=50), Storable()])
    tell = BooleanField("Say session.modified = True", default=True)


class SessionStop(Stop):
    """``session`` is a mapping that comes back in a cookie: signed, but not hidden.

    With ``SESSION_TYPE`` set Flask-Session keeps it on the server, and the cookie holds
    nothing but its id.
    """

    subject = "session"
    in_django = "request.session"
    summary = "What a browser brings back with every request."
    machinery = SecureCookieSessionInterface.save_session
    also = (decoded,)
    form_class = RememberForm

    def get(self, **kwargs: Any) -> ResponseReturnValue:
        """Count the visits of this browser. A key that is set is saved."""
        session["visits"] = session.get("visits", 0) + 1
        return super().get(**kwargs)

    def form_valid(self, form: RememberForm) -> ResponseReturnValue:
        """Append to a list in the session: of that the session knows only if told."""
        words = session.setdefault("words", [])
        words.append(form.word.data)
        del words[:-MOST_WORDS]
        if form.tell.data:
            session.modified = True
        return super().form_valid(form)

    def live(self) -> Iterable[tuple[str, Any]]:
        """Return what the session is and holds."""
        yield "type(session)", type(session._get_current_object())  # type: ignore[attr-defined]
        yield "kept by", type(current_app.session_interface)
        yield 'session["visits"]', session.get("visits")
        yield 'session["words"]', session.get("words")
        yield "session.new", session.new
        yield "session.modified", session.modified
        yield "session.permanent", session.permanent

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the cookie as the browser can read it, without any key."""
        cookie = request.cookies.get(current_app.config["SESSION_COOKIE_NAME"], "")
        context = {"cookie": cookie, "decoded": decoded(cookie), "limit": COOKIE_LIMIT}
        return super().get_context_data(**{**context, **kwargs})
