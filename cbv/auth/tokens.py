"""The token in a reset link: signed, expiring, and worth nothing once it was used.

Django: ``django.contrib.auth.tokens``. Signed by itsdangerous; the secret's older keys
(``SECRET_KEY_FALLBACKS``) are still read.
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

#: The last letter of a signature has two bits that say nothing: they must be 0, or each
#: token could be written in four ways.
_TOKEN = re.compile(r"([0-9a-f]{1,12})\.([A-Za-z0-9_-]{1,99}[AEIMQUYcgkosw048])")
_UID = re.compile(r"[A-Za-z0-9_-]{1,200}")


class PasswordResetTokenGenerator:
    """Make and check tokens for one user, without storing anything.

    What the token is bound to changes when it is used: the password's hash, besides the
    last login and the mail address. ``CBV_PASSWORD_RESET_TIMEOUT`` (259,200 seconds,
    three days) ends it otherwise.

    Since 0.1. Django: ``PasswordResetTokenGenerator``.
    """

    #: Keeps tokens for one purpose apart from those for another: each class its own.
    key_salt = "cbv.auth.tokens.PasswordResetTokenGenerator"

    def make_token(self, user: Any) -> str:
        """Return a token for a user.

        Since 0.1. Django: ``make_token``.
        """
        moment = self._now()
        value = self._make_hash_value(user, moment)
        return f"{moment:x}.{self._signer().get_signature(value).decode()}"

    def check_token(self, user: Any, token: str | None) -> bool:
        """Tell whether a token was made for this user, is young enough and unused.

        Since 0.1. Django: ``check_token``.
        """
        found = _TOKEN.fullmatch(token or "")
        if user is None or found is None:
            return False
        moment = int(found[1], 16)
        value = self._make_hash_value(user, moment)
        if not self._signer().verify_signature(value, found[2]):
            return False
        timeout = current_app.config.get("CBV_PASSWORD_RESET_TIMEOUT", 259_200)
        return bool(self._now() - moment <= timeout)

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        """Return what a token is bound to; the hook to override.

        Django: ``_make_hash_value``.
        """
        field = email_field()
        bound = (
            key_text(user),
            stored_password(user) or "",
            _second(getattr(user, "last_login", None)),
            (getattr(user, field) or "") if field else "",
            f"{timestamp:x}",
        )
        return "\0".join(bound)

    def _now(self) -> int:
        return int(time.time())

    def _signer(self) -> Signer:
        current = current_app.secret_key
        if not current:
            raise ImproperlyConfigured(
                "A token needs a secret. Cure: set SECRET_KEY in the configuration."
            )
        old = current_app.config.get("SECRET_KEY_FALLBACKS") or ()
        # itsdangerous signs with the last key (CVE-2025-47278).
        return Signer([*old, current], salt=self.key_salt, key_derivation="hmac")


def _second(moment: datetime | None) -> str:
    """Return a moment alike from every database: in UTC, without a fraction."""
    if moment is None:
        return ""
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    return moment.replace(microsecond=0, tzinfo=None).isoformat()


#: What the views use unless they are told otherwise.
default_token_generator = PasswordResetTokenGenerator()


def uid_of(user: Any) -> str:
    """Return a user's key as it stands in a link. Django: ``urlsafe_base64_encode``."""
    return urlsafe_b64encode(key_text(user).encode()).rstrip(b"=").decode()


def user_of(uid: str) -> Any:
    """Return the user that a link is about, None for one that names nobody."""
    if not _UID.fullmatch(uid):
        return None
    try:
        key = urlsafe_b64decode(uid + "=" * (-len(uid) % 4)).decode()
    except ValueError:
        return None
    return load_user(key)
