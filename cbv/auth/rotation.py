"""A new id for the session, so that one known before a login is worth nothing after.

Django: ``SessionBase.cycle_key`` and ``rotate_token``.
"""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask import g
from flask import session


def rotate_session() -> None:
    """Give a server-side session a new id; a signed cookie has none to change.

    Called before the session is emptied. Flask-Session offers ``regenerate`` on its
    interface, Flask-KVSession on the session.
    """
    interface: Any = current_app.session_interface
    own: Any = session._get_current_object()  # type: ignore[attr-defined]
    if hasattr(interface, "regenerate"):
        own["_rotated"] = True  # the id of an empty session would be kept
        interface.regenerate(own)
        del own["_rotated"]
    elif hasattr(own, "regenerate"):
        own.regenerate()


def drop_csrf_token() -> None:
    """Forget the CSRF token of before. Django: ``rotate_token``."""
    name = current_app.config.get("WTF_CSRF_FIELD_NAME", "csrf_token")
    session.pop(name, None)
    g.pop(name, None)
    g.pop(f"{name}_raw", None)
