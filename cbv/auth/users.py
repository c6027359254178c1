"""Who is logged in: what a user class must offer, and the stamp of its sessions.

Django: ``AbstractBaseUser``, ``PermissionsMixin`` and the session's auth hash.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask import current_app
from flask_login import current_user
from sqlalchemy import DateTime
from sqlalchemy import String
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from ..db import request_values
from ..db.columns import column_of
from ..db.columns import key_names
from ..db.columns import plain_type
from ..exceptions import ImproperlyConfigured
from . import passwords

_SALT = "cbv.auth.session-stamp"
_MARK = "~"
_STAMP_LENGTH = 40


class AbstractUserMixin:
    """What cbv and Flask-Login ask of a user, without columns: for an existing table.

    Map its password as ``password_hash`` or ``password``.

    Since 0.1. Django: ``AbstractBaseUser`` and ``PermissionsMixin``.
    """

    is_authenticated = True
    is_anonymous = False
    is_active: Any = True
    is_superuser: Any = False

    # --- the password ----------------------------------------------------------------

    def set_password(self, password: str | None) -> None:
        """Store the hash of a password; None makes the account unusable by password.

        :raises ValueError: for more than 4,096 characters.

        Since 0.1. Django: ``AbstractBaseUser.set_password``.
        """
        made = passwords.make_password(password, password_length(type(self)))
        setattr(self, password_attribute(type(self)), made)

    def set_unusable_password(self) -> None:
        """Have no password match.

        Since 0.1. Django: ``AbstractBaseUser.set_unusable_password``.
        """
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
        stored, length = stored_password(self), password_length(type(self))
        if not passwords.verify(password, stored, length):
            return False
        if stored and passwords.needs_new_hash(stored, length):
            self.set_password(password)
        return True

    # --- permissions -----------------------------------------------------------------

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

    # --- Flask-Login -----------------------------------------------------------------

    def get_id(self) -> str:
        """Return the key with a stamp that a change of the password makes invalid.

        Outside an application, where Flask-Login's test client asks, the key alone.

        Since 0.1. Django: ``get_session_auth_hash``.
        """
        key = key_text(self)
        return f"{key}{_MARK}{session_stamp(self)}" if current_app else key


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


def password_length(model: type) -> int | None:
    """Return how long a hash may be in its column; None for as long as may be."""
    column: Any = column_of(model, password_attribute(model))
    return getattr(plain_type(column.type), "length", None)


def stored_password(user: Any) -> str | None:
    """Return the stored hash of a user's password."""
    found: str | None = getattr(user, password_attribute(type(user)))
    return found


def key_text(user: Any) -> str:
    """Return the primary key of a user as a text.

    :raises ValueError: for a user that was never saved and has none.
    """
    values = [getattr(user, name) for name in key_names(type(user))]
    if None in values:
        raise ValueError(f"{user!r} has no key yet. Cure: save it first, and flush.")
    return ",".join(map(str, values))


def session_stamp(user: Any, secret: Any = None) -> str:
    """Return the HMAC of what ends a user's sessions when it changes.

    :param secret: another key than the application's current one.
    """
    secret = current_app.secret_key if secret is None else secret
    if not secret:
        raise ImproperlyConfigured(
            "A session needs a secret. Cure: set SECRET_KEY in the configuration."
        )
    epoch = getattr(user, "session_epoch", None) or 0
    return _stamp(secret, f"{key_text(user)}\0{stored_password(user) or ''}\0{epoch}")


@functools.lru_cache(maxsize=1024)
def _stamp(secret: Any, said: str) -> str:
    # Asked for by every request of a user, and the same until the password changes.
    made = hmac.digest(_stamp_key(secret), said.encode(), "sha256")
    return made.hex()[:_STAMP_LENGTH]


@functools.cache
def _stamp_key(secret: Any) -> bytes:
    """Return the key for stamps, which is a secret for nothing else."""
    raw = secret if isinstance(secret, bytes) else secret.encode()
    return hashlib.sha256(_SALT.encode() + b"\0" + raw).digest()


def has_stamp(user: Any, stamp: str) -> bool:
    """Tell whether a stamp is this user's, made with the current key or an old one."""
    if hmac.compare_digest(session_stamp(user), stamp):
        return True
    old = current_app.config.get("SECRET_KEY_FALLBACKS") or ()
    made = (session_stamp(user, secret) for secret in old)
    return any(hmac.compare_digest(own, stamp) for own in made)


def split_identity(identity: Any) -> tuple[Any, str | None]:
    """Return the key and the stamp in what ``get_id()`` gave; no stamp if not ours."""
    key, mark, stamp = str(identity).rpartition(_MARK)
    if mark and len(stamp) == _STAMP_LENGTH and stamp.isalnum():
        return key, stamp
    return identity, None


def is_identity_of(user: Any, identity: Any) -> bool:
    """Tell whether a session was made for this user, with the password of today."""
    key, stamp = split_identity(identity)
    if stamp is None or not isinstance(user, AbstractUserMixin):
        return bool(identity == user.get_id())
    return key == key_text(user) and has_stamp(user, stamp)


def _current_key() -> Any:
    if not hasattr(current_app, "login_manager") or not current_user.is_authenticated:
        return None
    user = current_user._get_current_object()
    return getattr(user, key_names(type(user))[0])


#: The key of the user of this request, NULL for nobody: ``scope = Post.author_id ==
#: current_user_id``. Since 0.1.
current_user_id = request_values.per_request(_current_key)
