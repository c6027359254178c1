"""How the session gets a new id and a new CSRF token when a user logs in or out.

An attacker who knew the id or the token before the login cannot use it afterwards
(session fixation).

Django: ``SessionBase.cycle_key`` and ``rotate_token``.
"""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask import g
from flask import session


def rotate_session() -> None:
    """Give a server-side session a new id.

    Flask's own session, a signed cookie, has no id; nothing happens then. Call it
    before the session is emptied. Flask-Session has the method ``regenerate`` on its
    session interface, Flask-KVSession on the session.

    Since 0.1. Django: ``SessionBase.cycle_key``.
    """
    interface: Any = current_app.session_interface
    current: Any = session._get_current_object()  # type: ignore[attr-defined]
    if hasattr(interface, "regenerate"):
        # Flask-Session changes the id only of a session that is not empty.
        current["_rotated"] = True
        interface.regenerate(current)
        del current["_rotated"]
    elif hasattr(current, "regenerate"):
        current.regenerate()


def drop_csrf_token() -> None:
    """Remove Flask-WTF's CSRF token, so that the next form gets a new one.

    Since 0.1. Django: ``rotate_token``.
    """
    name = current_app.config.get("WTF_CSRF_FIELD_NAME", "csrf_token")
    session.pop(name, None)
    g.pop(name, None)
    g.pop(f"{name}_raw", None)
