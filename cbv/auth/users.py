"""Who is logged in: what a user class must offer, and how Flask-Login finds a user.

Django: ``AbstractBaseUser``, ``PermissionsMixin`` and the session's auth hash.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import re
from collections.abc import Callable
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask import current_app
from flask import Flask
from flask import request
from flask_login import current_user
from flask_login import LoginManager
from flask_login.utils import _user_context_processor
from sqlalchemy import DateTime
from sqlalchemy import select
from sqlalchemy import String
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from .. import db
from ..columns import coerce
from ..columns import column_of
from ..columns import key_names
from ..exceptions import ImproperlyConfigured
from ..statements import by_values
from ..statements import keep
from . import passwords
from .required import require_login

_STAMPED = re.compile(r"(?P<key>.*)~(?P<stamp>[0-9a-f]{40})", re.DOTALL)
_SALT = "cbv.auth.session-stamp"


class AbstractUserMixin:
    """What cbv and Flask-Login ask of a user, without a column: for a table that exists.

    Map its password as ``password_hash`` or ``password``.

    Since 0.1. Django: ``AbstractBaseUser`` and ``PermissionsMixin``.
    """

    is_authenticated = True
    is_anonymous = False
    is_active: Any = True
    is_superuser: Any = False

    # --- the password ------------------------------------------------------------------

    def set_password(self, password: str | None) -> None:
        """Store the hash of a password; None makes the account unusable by password.

        :raises ValueError: for more than 4,096 characters.

        Since 0.1. Django: ``AbstractBaseUser.set_password``.
        """
        setattr(self, password_attribute(type(self)), passwords.make_password(password))

    def set_unusable_password(self) -> None:
        """Have no password match. Django: ``AbstractBaseUser.set_unusable_password``."""
        self.set_password(None)

    def has_usable_password(self) -> bool:
        """Tell whether a password can match.

        Since 0.1. Django: ``AbstractBaseUser.has_usable_password``.
        """
        return passwords.is_password_usable(stored_password(self))

    def check_password(self, password: str) -> bool:
        """Tell whether a password is right, at the price of one hash.

        A right one has a hash of an old kind, Django's say, replaced where the new one
        fits its column; whoever called saves it.

        Since 0.1. Django: ``AbstractBaseUser.check_password``.
        """
        stored = stored_password(self)
        if not passwords.verify(password, stored):
            return False
        if stored and passwords.needs_new_hash(stored):
            self._renew(password)
        return True

    def _renew(self, password: str) -> None:
        name = password_attribute(type(self))
        made = passwords.make_password(password)
        column = column_of(type(self), name)
        length = getattr(column.type, "length", None) if column is not None else None
        if length is None or len(made) <= length:
            setattr(self, name, made)

    # --- permissions -------------------------------------------------------------------

    def get_all_permissions(self) -> Iterable[str]:
        """Return the names of this user's permissions; the hook to override.

        Since 0.1. Django: ``PermissionsMixin.get_all_permissions``.
        """
        return ()

    def has_perm(self, perm: str) -> bool:
        """Tell whether this user has a permission: an inactive one has none.

        Since 0.1. Django: ``PermissionsMixin.has_perm``.
        """
        if not self.is_active:
            return False
        return bool(self.is_superuser) or perm in set(self.get_all_permissions())

    def has_perms(self, perms: Iterable[str]) -> bool:
        """Tell whether this user has every one of some permissions.

        Since 0.1. Django: ``PermissionsMixin.has_perms``.
        """
        if isinstance(perms, str):
            raise TypeError("has_perms() takes a list of names, not one name")
        return all(self.has_perm(perm) for perm in perms)

    # --- Flask-Login -------------------------------------------------------------------

    def get_id(self) -> str:
        """Return the key with a stamp that a change of the password makes invalid.

        Since 0.1. Django: ``get_session_auth_hash``.
        """
        return f"{key_text(self)}~{session_stamp(self)}"


class UserMixin(AbstractUserMixin):
    """A user with the columns this needs; a column that the class declares wins.

    Since 0.1. Django: ``AbstractUser``.
    """

    password_hash: Mapped[str | None] = mapped_column(String(255))
    is_active: Mapped[bool] = mapped_column(default=True)
    last_login: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: Raised by ``logout_everywhere()``.
    session_epoch: Mapped[int] = mapped_column(default=0)


def password_attribute(model: type) -> str:
    """Return the name of the attribute that holds the password's hash.

    :raises ImproperlyConfigured: when neither ``password_hash`` nor ``password`` is
        mapped.
    """
    for name in ("password_hash", "password"):
        if column_of(model, name) is not None:
            return name
    raise ImproperlyConfigured(
        f"{model.__name__} maps no column for the password's hash. Cure: derive it from"
        " cbv.auth.UserMixin, or map your column as password_hash or password."
    )


def stored_password(user: Any) -> str | None:
    """Return the stored hash of a user's password."""
    found: str | None = getattr(user, password_attribute(type(user)))
    return found


def key_text(user: Any) -> str:
    """Return the primary key of a user as a text."""
    return ",".join(str(getattr(user, name)) for name in key_names(type(user)))


def session_stamp(user: Any, secret: Any = None) -> str:
    """Return the HMAC of what ends a user's sessions when it changes.

    :param secret: another key than the application's current one.
    """
    secret = current_app.secret_key if secret is None else secret
    if not secret:
        raise ImproperlyConfigured(
            "A session needs a secret. Cure: set SECRET_KEY in the configuration."
        )
    raw = secret if isinstance(secret, bytes) else secret.encode()
    key = hashlib.sha256(_SALT.encode() + b"\0" + raw).digest()
    epoch = getattr(user, "session_epoch", None) or 0
    said = f"{key_text(user)}\0{stored_password(user) or ''}\0{epoch}"
    return hmac.new(key, said.encode(), hashlib.sha256).hexdigest()[:40]


def has_stamp(user: Any, stamp: str) -> bool:
    """Tell whether a stamp is this user's, made with the current key or an old one."""
    old = current_app.config.get("SECRET_KEY_FALLBACKS") or ()
    made = (session_stamp(user, secret) for secret in (current_app.secret_key, *old))
    return any(hmac.compare_digest(own, stamp) for own in made)


def _current_key() -> Any:
    if not hasattr(current_app, "login_manager") or not current_user.is_authenticated:
        return None
    user = current_user._get_current_object()
    return getattr(user, key_names(type(user))[0])


#: The key of the user of this request, NULL for nobody: ``scope = Post.author_id ==
#: current_user_id``. Since 0.1.
current_user_id = db.per_request(_current_key)


# --- Flask-Login in an application -------------------------------------------------------


def install_login(app: Flask, user_model: Any) -> None:
    """Give an application Flask-Login, unless it has it, and a way to load its users.

    What the application installs itself is kept, whichever comes first.

    :param user_model: the mapped class of the users; None leaves loading to the
        application's own ``user_loader``.
    """
    if user_model is not None:
        app.extensions["cbv.user_model"] = user_model
    if not hasattr(app, "login_manager"):
        app.config.setdefault("REMEMBER_COOKIE_SAMESITE", "Lax")
        app.config.setdefault("REMEMBER_COOKIE_HTTPONLY", True)
        app.config.setdefault("REMEMBER_COOKIE_SECURE", _OnHttps())
        LoginManager().init_app(app, add_context_processor=False)
    first = app.before_request_funcs.setdefault(None, [])
    first[:0] = [_adopt_manager, require_login]
    app.context_processor(_lazy_user)


class _OnHttps:
    """True while the request is encrypted: a cookie is Secure exactly then."""

    def __bool__(self) -> bool:
        return bool(request) and request.is_secure


def _lazy_user() -> dict[str, Any]:
    return {"current_user": current_user}


def _adopt_manager() -> None:
    """Have the manager that is installed now load users through cbv."""
    manager: Any = current_app.login_manager  # type: ignore[attr-defined]
    callback = manager._user_callback
    if isinstance(callback, _Loader):
        return
    manager._user_callback = _Loader(callback)
    # Flask-Login's own would load the user for every page, named there or not.
    processors = current_app.template_context_processors[None]
    processors[:] = [p for p in processors if p is not _user_context_processor]


class _Loader:
    """Loads the user of a session, if the stamp in the session still fits."""

    def __init__(self, callback: Callable[[str], Any] | None) -> None:
        self.callback = callback or load_user

    def __call__(self, identity: str) -> Any:
        found = _STAMPED.fullmatch(identity)
        if found is None:
            return self._usable(self.callback(identity))
        user = self._usable(self.callback(found["key"]))
        if user is None or not isinstance(user, AbstractUserMixin):
            return user
        return user if has_stamp(user, found["stamp"]) else None

    def _usable(self, user: Any) -> Any:
        return user if user is not None and getattr(user, "is_active", True) else None


def user_model() -> Any:
    """Return the application's user class.

    :raises ImproperlyConfigured: when CBV was not told.
    """
    found = current_app.extensions.get("cbv.user_model")
    if found is None:
        raise ImproperlyConfigured(
            f"The application {current_app.name!r} has no user class for cbv. Cure: pass"
            " CBV(app, user_model=User), or set a user_loader of your own."
        )
    return found


def load_user(key: str) -> Any:
    """Return the user with a key, None without one.

    Since 0.1. Django: ``ModelBackend.get_user``.
    """
    model = user_model()
    names = key_names(model)
    parts = key.split(",") if len(names) > 1 else [key]
    if len(parts) != len(names):
        return None
    columns = [column_of(model, name) for name in names]
    try:
        values = {f"value_{n}": coerce(c, parts[n]) for n, c in enumerate(columns)}
    except ValueError:
        return None
    return db.scalar(by_values(_all_users(model), names), values)


@functools.cache
def _all_users(model: Any) -> Any:
    return keep(select(model))


def user_named(name: str) -> Any:
    """Return the user with a login name (``CBV_USERNAME_FIELD``), None without one.

    Since 0.1. Django: ``get_by_natural_key``.
    """
    model = user_model()
    field = current_app.config.get("CBV_USERNAME_FIELD", "username")
    column = column_of(model, field)
    if column is None:
        raise ImproperlyConfigured(
            f"{model.__name__} maps no column {field!r}. Cure: set CBV_USERNAME_FIELD to"
            " the attribute that holds the login name."
        )
    try:
        value = coerce(column, name)
    except ValueError:
        return None
    return db.scalar(by_values(_all_users(model), (field,)), {"value_0": value})
