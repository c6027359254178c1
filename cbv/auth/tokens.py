"""The tokens in the links that reset a password: signed, expiring, for one use.

They are signed with itsdangerous and ``SECRET_KEY``. Tokens that were signed with one
of the older keys in ``SECRET_KEY_FALLBACKS`` are still accepted.

Django: ``django.contrib.auth.tokens``.
"""

from __future__ import annotations

import re
import time
from base64 import urlsafe_b64decode
from base64 import urlsafe_b64encode
from datetime import datetime
from datetime import UTC
from typing import Any

from flask import current_app
from itsdangerous import Signer

from ..exceptions import ImproperlyConfigured
from .backend import email_field
from .backend import load_user
from .users import key_text
from .users import stored_password

#: The time in hexadecimal digits, a dot and the signature. The last letter of the
#: signature has two unused bits. Only letters in which these bits are 0 are accepted;
#: otherwise each token could be written in four ways.
_TOKEN = re.compile(r"([0-9a-f]{1,12})\.([A-Za-z0-9_-]{1,99}[AEIMQUYcgkosw048])")
_UID = re.compile(r"[A-Za-z0-9_-]{1,200}")


class PasswordResetTokenGenerator:
    """Makes and checks the token that lets one user reset the password.

    Tokens are not stored. A token is a signature of the user's primary key, password
    hash, last login and mail address, so it becomes invalid when the password is
    changed with it. It expires after ``CBV_PASSWORD_RESET_TIMEOUT`` seconds (259,200 by
    default, three days).

    Since 0.1. Django: ``PasswordResetTokenGenerator``.
    """

    #: The salt of the signature. A subclass for another purpose sets its own, so that a
    #: token for one purpose is not valid for another.
    key_salt = "cbv.auth.tokens.PasswordResetTokenGenerator"

    def make_token(self, user: Any) -> str:
        """Return a new token for a user, a text that is safe in a URL.

        :raises ImproperlyConfigured: without ``SECRET_KEY``.
        :raises ValueError: for a user that was never saved.

        Since 0.1. Django: ``make_token``.
        """
        timestamp = self._now()
        value = self._make_hash_value(user, timestamp)
        return f"{timestamp:x}.{self._signer().get_signature(value).decode()}"

    def check_token(self, user: Any, token: str | None) -> bool:
        """Tell whether a token was made for this user, and is neither expired nor used.

        :param user: the user; None makes every token invalid.
        :param token: the text from the URL or session.

        Since 0.1. Django: ``check_token``.
        """
        match = _TOKEN.fullmatch(token or "")
        if user is None or match is None:
            return False
        timestamp = int(match[1], 16)
        value = self._make_hash_value(user, timestamp)
        if not self._signer().verify_signature(value, match[2]):
            return False
        timeout = current_app.config.get("CBV_PASSWORD_RESET_TIMEOUT", 259_200)
        return bool(self._now() - timestamp <= timeout)

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        """Return the text that is signed: the values whose change ends the token.

        A hook to override.

        :param timestamp: when the token was made, in seconds since 1970.

        Django: ``_make_hash_value``.
        """
        field = email_field()
        values = (
            key_text(user),
            stored_password(user) or "",
            _time_text(getattr(user, "last_login", None)),
            (getattr(user, field) or "") if field else "",
            f"{timestamp:x}",
        )
        return "\0".join(values)

    def _now(self) -> int:
        """Return the current time in seconds since 1970; for tests to override."""
        return int(time.time())

    def _signer(self) -> Signer:
        """Return the signer for the application's secret key and its older keys."""
        current = current_app.secret_key
        if not current:
            raise ImproperlyConfigured(
                "A token needs a secret. Cure: set SECRET_KEY in the configuration."
            )
        old_keys = current_app.config.get("SECRET_KEY_FALLBACKS") or ()
        # itsdangerous signs with the last key of the list (CVE-2025-47278).
        return Signer([*old_keys, current], salt=self.key_salt, key_derivation="hmac")


def _time_text(moment: datetime | None) -> str:
    """Return a time in UTC and in whole seconds; "" for None.

    So the text is the same, whether or not the database keeps time zones and fractions
    of a second.
    """
    if moment is None:
        return ""
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    return moment.replace(microsecond=0, tzinfo=None).isoformat()


#: The token generator of the password reset views. Since 0.1.
default_token_generator = PasswordResetTokenGenerator()


def uid_of(user: Any) -> str:
    """Return a user's primary key in Base64, as it stands in a reset link.

    :raises ValueError: for a user that was never saved.

    Since 0.1. Django: ``urlsafe_base64_encode``.
    """
    return urlsafe_b64encode(key_text(user).encode()).rstrip(b"=").decode()


def user_of(uid: str) -> Any:
    """Return the user whom a reset link names, or None when there is no such user.

    :param uid: the text that :func:`uid_of` returned, from the URL.

    Since 0.1. Django: ``PasswordResetConfirmView.get_user``.
    """
    if not _UID.fullmatch(uid):
        return None
    try:
        key = urlsafe_b64decode(uid + "=" * (-len(uid) % 4)).decode()
    except ValueError:
        return None
    return load_user(key)
