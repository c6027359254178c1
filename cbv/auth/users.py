"""The mixins for a user class, and the stamp that ends a user's sessions.

The stamp is a keyed hash of the stored password that every session of a user carries.
When the password changes, the stamp in the session is no longer valid.

Django: ``AbstractBaseUser``, ``PermissionsMixin`` and the session's auth hash.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from flask import after_this_request
from flask import current_app
from flask import has_request_context
from flask_login import UserMixin as FlaskLoginUserMixin
from sqlalchemy import DateTime
from sqlalchemy import String
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from ..db import request_values
from ..db.columns import column_of
from ..db.columns import key_names
from ..db.columns import plain_type
from ..db.columns import without_proxy
from ..exceptions import ImproperlyConfigured
from ..exceptions import misconfigured
from ..views.dispatch import forbid_if_shared
from ..views.dispatch import keep_private
from ..views.reader import reader
from . import passwords
from .truth import is_true

_SALT = "cbv.auth.session-stamp"
#: Separates the primary key from the stamp in ``get_id()``.
_SEPARATOR = "~"
#: In hexadecimal digits.
_STAMP_LENGTH = 40
_STAMP = re.compile(rf"[0-9A-Za-z]{{{_STAMP_LENGTH}}}")


class AbstractUserMixin:
    """The base of a user class with columns of its own, for an existing table.

    It has the attributes and methods that cbv and Flask-Login need, but no columns. The
    class must map the column of the password hash as ``password_hash`` or ``password``.

    Since 0.1. Django: ``AbstractBaseUser`` and ``PermissionsMixin``.
    """

    is_authenticated = True
    is_anonymous = False
    is_active: Any = True
    is_superuser: Any = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if cls.get_id is FlaskLoginUserMixin.get_id:
            raise misconfigured(
                cls,
                "lists Flask-Login's UserMixin before cbv's and so has its get_id(),"
                " without the stamp that ends a session",
                "list cbv's first",
                "leave Flask-Login's out",
            )
        super().__init_subclass__(**kwargs)

    # --- the password ----------------------------------------------------------------

    def set_password(self, password: str | None) -> None:
        """Set the hash of a new password on this user; the caller saves the user.

        :param password: None sets a text that no password matches.
        :raises ValueError: for a password of more than 4,096 characters.

        Since 0.1. Django: ``AbstractBaseUser.set_password``.
        """
        new_hash = passwords.make_password(password, password_length(type(self)))
        setattr(self, password_attribute(type(self)), new_hash)

    def set_unusable_password(self) -> None:
        """Set a text that no password matches, so that nobody can log in with one.

        Since 0.1. Django: ``AbstractBaseUser.set_unusable_password``.
        """
        self.set_password(None)

    def has_usable_password(self) -> bool:
        """Tell whether there is a password with which this user can log in.

        Since 0.1. Django: ``AbstractBaseUser.has_usable_password``.
        """
        return passwords.is_password_usable(stored_password(self))

    def check_password(self, password: str | None) -> bool:
        """Tell whether a password is this user's; None never is.

        If it is, and the stored hash is of an older kind (one of Django's, for
        example), a new hash is set on this user, provided that it fits the column. The
        caller saves the user.

        Since 0.1. Django: ``AbstractBaseUser.check_password``.
        """
        stored, length = stored_password(self), password_length(type(self))
        if not passwords.verify(password, stored, length):
            return False
        if stored and passwords.needs_new_hash(stored, length):
            self.set_password(password)
        return True

    # --- permissions -----------------------------------------------------------------

    def get_all_permissions(self) -> Iterable[str]:
        """Return the names of this user's permissions: none, unless overridden.

        Since 0.1. Django: ``PermissionsMixin.get_all_permissions``.
        """
        return ()

    def has_perm(self, perm: str) -> bool:
        """Tell whether this user has a permission.

        An inactive user has none; an active one with ``is_superuser`` has all.

        Since 0.1. Django: ``PermissionsMixin.has_perm``.
        """
        if not self.is_active:
            return False
        return bool(self.is_superuser) or perm in set(self.get_all_permissions())

    def has_perms(self, perms: Iterable[str]) -> bool:
        """Tell whether this user has every one of several permissions.

        :param perms: the names of the permissions.
        :raises TypeError: for a single name, whose letters would be taken for names.

        Since 0.1. Django: ``PermissionsMixin.has_perms``.
        """
        if isinstance(perms, str):
            raise TypeError("has_perms() takes a list of names, not one name")
        return all(is_true(self, self.has_perm(perm)) for perm in perms)

    # --- Flask-Login -----------------------------------------------------------------

    def get_id(self) -> str:
        """Return what Flask-Login stores in the session: the primary key and a stamp.

        A change of the password makes the stamp invalid. Outside an application
        context, where Flask-Login's test client calls this, it is the primary key
        alone.

        :raises ValueError: for a user that was never saved.

        Since 0.1. Django: ``get_session_auth_hash``. Flask-Login: ``UserMixin.get_id``.
        """
        key = key_text(self)
        return f"{key}{_SEPARATOR}{session_stamp(self)}" if current_app else key


class UserMixin(AbstractUserMixin):
    """The base of a new user class, with the columns that the account pages need.

    The user class adds the primary key and the login name. A column that it declares
    itself replaces the one here.

    Since 0.1. Django: ``AbstractUser``.
    """

    password_hash: Mapped[str | None] = mapped_column(String(255))
    is_active: Mapped[bool] = mapped_column(default=True)
    last_login: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: Incremented by ``logout_everywhere()``, which ends all sessions of the user.
    session_epoch: Mapped[int] = mapped_column(default=0)


def password_attribute(model: type) -> str:
    """Return the name of the user class's attribute that holds the password hash.

    :returns: ``password_hash`` or ``password``.
    :raises ImproperlyConfigured: when neither of them is mapped.

    Since 0.1.
    """
    for name in ("password_hash", "password"):
        if column_of(model, name) is not None:
            return name
    raise ImproperlyConfigured(
        f"{model.__name__} maps no column for the password's hash. Cure: derive it from"
        " cbv.auth.UserMixin, or map your column as password_hash or password."
    )


def password_length(model: type) -> int | None:
    """Return how many characters the column of the password hash holds.

    :returns: None for a column without a limit.

    Since 0.1.
    """
    column: Any = column_of(model, password_attribute(model))
    return getattr(plain_type(column.type), "length", None)


def stored_password(user: Any) -> str | None:
    """Return the stored hash of a user's password; None if there is none.

    Since 0.1.
    """
    user = without_proxy(user)
    password_hash: str | None = getattr(user, password_attribute(type(user)))
    return password_hash


def key_text(user: Any) -> str:
    """Return the primary key of a user as a text.

    The values of a key of several columns are separated by commas; a comma within a
    value is written as ``%2C``, and a percent sign as ``%25``.

    :raises ValueError: for a user that was never saved and so has no primary key.

    Since 0.1.
    """
    user = without_proxy(user)
    values = [getattr(user, name) for name in key_names(type(user))]
    if None in values:
        raise ValueError(f"{user!r} has no key yet. Cure: save it first, and flush.")
    if len(values) == 1:
        return str(values[0])
    return ",".join(str(v).replace("%", "%25").replace(",", "%2C") for v in values)


def key_texts(key: str, model: type) -> list[str]:
    """Return the text of each value in a primary key that :func:`key_text` wrote.

    :param key: any text; one that is no key may give too few values or too many.
    :param model: the user class.

    Since 0.1.
    """
    if len(key_names(model)) == 1:
        return [key]
    return [unquote(part) for part in key.split(",")]


def session_stamp(user: Any, secret: Any = None) -> str:
    """Return the stamp that a session of this user must have to be valid.

    It is an HMAC of the user's primary key, password hash and ``session_epoch``: a
    change of any of them ends all sessions of the user.

    :param secret: the key of the HMAC; None for the application's ``SECRET_KEY``.
    :returns: 40 hexadecimal digits.
    :raises ImproperlyConfigured: without ``SECRET_KEY``.

    Since 0.1. Django: ``AbstractBaseUser.get_session_auth_hash``.
    """
    secret = current_app.secret_key if secret is None else secret
    if not secret:
        raise ImproperlyConfigured(
            "A session needs a secret. Cure: set SECRET_KEY in the configuration."
        )
    epoch = getattr(user, "session_epoch", None) or 0
    return _stamp(secret, f"{key_text(user)}\0{stored_password(user) or ''}\0{epoch}")


@functools.lru_cache(maxsize=1024)
def _stamp(secret: Any, text: str) -> str:
    """Return the HMAC of a text.

    Cached, because every request of a user needs the stamp, and it stays the same until
    the password changes.
    """
    digest = hmac.digest(_stamp_key(secret), text.encode(), "sha256")
    return digest.hex()[:_STAMP_LENGTH]


@functools.cache
def _stamp_key(secret: Any) -> bytes:
    """Return the HMAC key for stamps, derived from the secret for this use only."""
    raw = secret if isinstance(secret, bytes) else secret.encode()
    return hashlib.sha256(_SALT.encode() + b"\0" + raw).digest()


def has_stamp(user: Any, stamp: str) -> bool:
    """Tell whether a stamp is valid for this user.

    It may be made with ``SECRET_KEY`` or with a key of ``SECRET_KEY_FALLBACKS``.

    Since 0.1.
    """
    if hmac.compare_digest(session_stamp(user), stamp):
        return True
    old_keys = current_app.config.get("SECRET_KEY_FALLBACKS") or ()
    old_stamps = (session_stamp(user, secret) for secret in old_keys)
    return any(hmac.compare_digest(old_stamp, stamp) for old_stamp in old_stamps)


def identity_of(user: Any) -> Any:
    """Return what Flask-Login stores in the session for a user: ``user.get_id()``.

    :raises ValueError: for a user that was never saved.
    :raises ImproperlyConfigured: for a user class of cbv's whose ``get_id()`` gives no
        stamp: the next request would not know the user.

    Since 0.1.
    """
    identity = user.get_id()
    if isinstance(user, AbstractUserMixin) and split_identity(identity)[1] is None:
        problem = "has a get_id() without cbv's stamp, so no session of its is valid"
        cures = "return super().get_id() in it", "remove it"
        raise misconfigured(user, problem, *cures)
    return identity


def split_identity(identity: Any) -> tuple[Any, str | None]:
    """Return the primary key and the stamp of what ``get_id()`` returned.

    :param identity: the value that Flask-Login stored in the session.
    :returns: the stamp is None when there is none, as for a user class that is not
        cbv's; the key is then the whole value.

    Since 0.1.
    """
    key, separator, stamp = str(identity).rpartition(_SEPARATOR)
    if separator and _STAMP.fullmatch(stamp):
        return key, stamp
    return identity, None


def is_identity_of(user: Any, identity: Any) -> bool:
    """Tell whether a session belongs to this user, with the current password.

    :param identity: the value that Flask-Login stored in the session.

    Since 0.1.
    """
    key, stamp = split_identity(identity)
    if stamp is None or not isinstance(user, AbstractUserMixin):
        return bool(identity == user.get_id())
    return key == key_text(user) and has_stamp(user, stamp)


def is_same_user(user: Any, other: Any) -> bool:
    """Tell whether two objects, perhaps of different database sessions, are one user.

    Since 0.1.
    """
    user, other = without_proxy(user), without_proxy(other)
    if isinstance(user, AbstractUserMixin) and isinstance(other, AbstractUserMixin):
        return type(user) is type(other) and key_text(user) == key_text(other)
    return bool(user == other)


def _current_key() -> Any:
    """Return the primary key of the current user, None for an anonymous one.

    Of a key of several columns it is the first. The response of this request depends on
    the user from now on, so no shared cache may store it.
    """
    if has_request_context():
        forbid_if_shared("current_user_id")
        after_this_request(keep_private)
    user = reader()
    if not user.is_authenticated:
        return None
    return getattr(user, key_names(type(user))[0])


#: The primary key of the current user, as a bound parameter of SQL statements; NULL for
#: an anonymous user. Example: ``scope = Post.author_id == current_user_id``. A response
#: for which it was asked is kept out of shared caches. Since 0.1.
current_user_id = request_values.per_request(_current_key)
