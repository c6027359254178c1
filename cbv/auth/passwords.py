"""Password hashes: made by Werkzeug or argon2, read in Django's formats too.

Django: ``django.contrib.auth.hashers``. Every check costs exactly one hash, whatever is
stored, so that the time of an answer does not tell who exists (CVE-2024-39329).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64encode
from collections.abc import Callable
from typing import Any

from flask import current_app
from werkzeug.security import check_password_hash
from werkzeug.security import DEFAULT_PBKDF2_ITERATIONS
from werkzeug.security import generate_password_hash

from ..exceptions import ImproperlyConfigured

argon2: Any
bcrypt: Any
try:
    import argon2
except ImportError:  # an extra: flask-cbv[argon2]
    argon2 = None
try:
    import bcrypt
except ImportError:  # only needed to read hashes that Django made with it
    bcrypt = None

#: Longer passwords are refused before they are hashed (CVE-2013-1443).
MAX_LENGTH = 4096
#: What stands before a password that nobody can have. Django: the same.
UNUSABLE = "!"


def make_password(password: str | None, length: int | None = None) -> str:
    """Return the hash to store for a password; for None one that nothing matches.

    ``CBV_PASSWORD_METHOD`` chooses: ``argon2`` or a method of Werkzeug's
    ``generate_password_hash``. Without it argon2 is used where argon2-cffi is
    installed, else scrypt.

    :param length: how long it may be, in a column that is there already; where the
        chosen one is longer, PBKDF2 is taken, which fits Django's 128 characters.
    :raises ValueError: for more than 4,096 characters.
    :raises ImproperlyConfigured: when no hash is short enough, or for a method that
        does not exist.

    Since 0.1. Django: ``make_password``.
    """
    if password is None:
        return (UNUSABLE + secrets.token_urlsafe(30))[:length]
    if len(password) > MAX_LENGTH:
        raise ValueError(f"A password has {MAX_LENGTH} characters at most.")
    fitting = (m for m in (_method(), _SHORT) if fits(m, length))
    method = next(fitting, None)
    if method is None:
        raise ImproperlyConfigured(
            f"The column of the password has {length} characters, too few for any hash."
            " Cure: make it String(255)."
        )
    if method == "argon2":
        return str(argon2.PasswordHasher().hash(password))
    return generate_password_hash(password, method=method)


def _method() -> str:
    """Return how passwords are hashed now, Werkzeug's methods with their numbers."""
    chosen = current_app.config.get("CBV_PASSWORD_METHOD") if current_app else None
    if chosen == "argon2" and argon2 is None:
        raise ImproperlyConfigured(
            "CBV_PASSWORD_METHOD is 'argon2', but argon2-cffi is not installed. Cure:"
            " install flask-cbv[argon2], or choose 'scrypt'."
        )
    method = str(chosen or ("argon2" if argon2 is not None else "scrypt"))
    return method if method == "argon2" else _with_numbers(method)


def _with_numbers(method: str) -> str:
    given = method.split(":")
    if given[0] not in _NUMBERS:
        raise ImproperlyConfigured(
            f"CBV_PASSWORD_METHOD is {method!r}, which is no method. Cure: choose"
            " 'argon2', 'scrypt' or 'pbkdf2:sha256'."
        )
    return ":".join([*given, *_NUMBERS[given[0]][len(given) - 1 :]])


#: What Werkzeug adds to the name of a method.
_NUMBERS = {
    "scrypt": ("32768", "8", "1"),
    "pbkdf2": ("sha256", str(DEFAULT_PBKDF2_ITERATIONS)),
}
_SHORT = _with_numbers("pbkdf2")


def fits(method: str, length: int | None) -> bool:
    """Tell whether a hash by a method has so many characters at most."""
    return length is None or _length_of(method) <= length


def _length_of(method: str) -> int:
    """Work out how long a hash is; making one to see would cost its time."""
    if method == "argon2":
        a = argon2.PasswordHasher()
        sign = f"$argon2id$v=19$m={a.memory_cost},t={a.time_cost},p={a.parallelism}$"
        salt, made = (-(-size * 4 // 3) for size in (a.salt_len, a.hash_len))  # base64
        return len(sign) + int(salt) + len("$") + int(made)
    kind, digest = method.split(":")[:2]
    bytes_ = 64 if kind == "scrypt" else hashlib.new(digest).digest_size
    return len(method) + len("$") + 16 + len("$") + 2 * bytes_


def is_password_usable(stored: str | None) -> bool:
    """Tell whether any password can match what is stored.

    Since 0.1. Django: ``is_password_usable``.
    """
    return bool(stored) and not str(stored).startswith(UNUSABLE)


def verify(password: str, stored: str | None, length: int | None = None) -> bool:
    """Tell whether a password matches what is stored, at the price of one hash.

    :param stored: a hash of ours, of Werkzeug's, or of Django's ``pbkdf2_sha256$``,
        ``scrypt$``, ``argon2$`` and ``bcrypt_sha256$`` (the last two where the library
        is installed). Anything else, or None, matches nothing.
    :param length: how long a hash may be in the column: where there is none to check,
        one is made in vain, of the kind that would be stored there.

    Since 0.1. Django: ``check_password``.
    """
    check = _checker(stored)
    if check is None or not _is_hashable(password):
        make_password("not this one", length)
        return False
    return check(password, str(stored))


def _is_hashable(password: str) -> bool:
    try:
        password.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
    return len(password) <= MAX_LENGTH


def needs_new_hash(stored: str, length: int | None = None) -> bool:
    """Tell whether a hash is of another kind than those that are made now.

    :param length: how long a hash may be; one that is longer is not needed.

    Since 0.1. Django: ``must_update_salt`` and ``check_password``'s ``setter``.
    """
    method = _method()
    if not fits(method, length):
        return False
    if method != "argon2":
        return stored.partition("$")[0] != method
    if not stored.startswith("$argon2"):
        return True
    return bool(argon2.PasswordHasher().check_needs_rehash(stored))


def _checker(stored: str | None) -> Callable[[str, str], bool] | None:
    if not is_password_usable(stored):
        return None
    kind = str(stored).partition("$")[0]
    if ":" in kind:
        return _werkzeug
    if kind == "" or kind == "argon2":
        return _argon2 if argon2 is not None else None
    if kind.startswith("bcrypt") and bcrypt is None:
        return None
    return _DJANGO.get(kind)


def _werkzeug(password: str, stored: str) -> bool:
    try:
        return check_password_hash(stored, password)
    except ValueError:  # a method this Python does not know
        return False


def _argon2(password: str, stored: str) -> bool:
    try:
        hasher: Any = argon2.PasswordHasher()
        return bool(hasher.verify(stored.removeprefix("argon2"), password))
    except (argon2.exceptions.Argon2Error, argon2.exceptions.InvalidHashError):
        return False


def _pbkdf2(password: str, stored: str) -> bool:
    try:
        kind, rounds, salt, expected = stored.split("$", 3)
        digest = kind.removeprefix("pbkdf2_")
        raw = password.encode()
        made = hashlib.pbkdf2_hmac(digest, raw, salt.encode(), int(rounds))
    except (ValueError, OverflowError):
        return False
    return hmac.compare_digest(b64encode(made).decode(), expected)


def _scrypt(password: str, stored: str) -> bool:
    try:
        _, n, salt, r, p, expected = stored.split("$", 5)
        made = hashlib.scrypt(
            password.encode(),
            salt=salt.encode(),
            n=int(n),
            r=int(r),
            p=int(p),
            maxmem=132 * int(n) * int(r) * int(p) * 2,
            dklen=64,
        )
    except (ValueError, OverflowError):
        return False
    return hmac.compare_digest(b64encode(made).decode(), expected)


def _bcrypt_sha256(password: str, stored: str) -> bool:
    digest = hashlib.sha256(password.encode()).hexdigest().encode()
    return _bcrypt(digest, stored)


def _bcrypt_plain(password: str, stored: str) -> bool:
    return _bcrypt(password.encode()[:72], stored)


def _bcrypt(secret: bytes, stored: str) -> bool:
    try:
        return bool(bcrypt.checkpw(secret, stored.partition("$")[2].encode()))
    except ValueError:
        return False


_DJANGO: dict[str, Callable[[str, str], bool]] = {
    "pbkdf2_sha256": _pbkdf2,
    "pbkdf2_sha1": _pbkdf2,
    "scrypt": _scrypt,
    "bcrypt_sha256": _bcrypt_sha256,
    "bcrypt": _bcrypt_plain,
}
