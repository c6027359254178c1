"""The functions that hash passwords and check a password against a stored hash.

New hashes are made by Werkzeug or argon2-cffi; hashes in Django's formats can be
checked, too. Each check computes exactly one hash, whatever is stored, so that the
response time does not tell which accounts exist (CVE-2024-39329).

Django: ``django.contrib.auth.hashers``.
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
#: The first character of a stored text that no password matches. Django: the same.
UNUSABLE = "!"


def make_password(password: str | None, length: int | None = None) -> str:
    """Return the hash of a password, ready to be stored.

    ``CBV_PASSWORD_METHOD`` chooses the method: ``argon2``, or a method of Werkzeug's
    ``generate_password_hash``. The default is argon2 where argon2-cffi is installed,
    else scrypt.

    :param password: None makes a text that no password matches.
    :param length: the most characters that the column holds; None for no limit. If a
        hash by the chosen method is longer, PBKDF2 is used, whose hash fits the 128
        characters of Django's column.
    :raises ValueError: for a password of more than 4,096 characters.
    :raises ImproperlyConfigured: when no hash fits the column, for an unknown method,
        and for ``argon2`` without argon2-cffi.

    Since 0.1. Django: ``make_password``.
    """
    if password is None:
        return (UNUSABLE + secrets.token_urlsafe(30))[:length]
    if len(password) > MAX_LENGTH:
        raise ValueError(f"A password has {MAX_LENGTH} characters at most.")
    candidates = (_current_method(), _SHORT_METHOD)
    method = next((m for m in candidates if fits(m, length)), None)
    if method is None:
        raise ImproperlyConfigured(
            f"The column of the password has {length} characters, too few for any hash."
            " Cure: make it String(255)."
        )
    if method == "argon2":
        return str(argon2.PasswordHasher().hash(password))
    return generate_password_hash(password, method=method)


def _current_method() -> str:
    """Return the method for new hashes, one of Werkzeug's with all its parameters."""
    chosen = current_app.config.get("CBV_PASSWORD_METHOD") if current_app else None
    if chosen == "argon2" and argon2 is None:
        raise ImproperlyConfigured(
            "CBV_PASSWORD_METHOD is 'argon2', but argon2-cffi is not installed. Cure:"
            " install flask-cbv[argon2], or choose 'scrypt'."
        )
    method = str(chosen or ("argon2" if argon2 is not None else "scrypt"))
    return method if method == "argon2" else _with_parameters(method)


def _with_parameters(method: str) -> str:
    """Return a method of Werkzeug's with the parameters that it leaves out added."""
    parts = method.split(":")
    if parts[0] not in _PARAMETERS:
        raise ImproperlyConfigured(
            f"CBV_PASSWORD_METHOD is {method!r}, which is no method. Cure: choose"
            " 'argon2', 'scrypt' or 'pbkdf2:sha256'."
        )
    return ":".join([*parts, *_PARAMETERS[parts[0]][len(parts) - 1 :]])


#: The default parameters that Werkzeug adds to the name of a method.
_PARAMETERS = {
    "scrypt": ("32768", "8", "1"),
    "pbkdf2": ("sha256", str(DEFAULT_PBKDF2_ITERATIONS)),
}
#: The method with the shortest hash.
_SHORT_METHOD = _with_parameters("pbkdf2")


def fits(method: str, length: int | None) -> bool:
    """Tell whether a hash by this method fits a column.

    :param method: ``argon2``, or a method of Werkzeug's with all its parameters.
    :param length: the most characters that the column holds; None for no limit.

    Since 0.1.
    """
    return length is None or _hash_length(method) <= length


def _hash_length(method: str) -> int:
    """Calculate how many characters a hash has, since to make one takes time."""
    if method == "argon2":
        a = argon2.PasswordHasher()
        start = f"$argon2id$v=19$m={a.memory_cost},t={a.time_cost},p={a.parallelism}$"
        # Base64 without padding has four characters for three bytes.
        salt, digest = (-(-size * 4 // 3) for size in (a.salt_len, a.hash_len))
        return len(start) + int(salt) + len("$") + int(digest)
    kind, algorithm = method.split(":")[:2]
    bytes_ = 64 if kind == "scrypt" else hashlib.new(algorithm).digest_size
    return len(method) + len("$") + 16 + len("$") + 2 * bytes_


def is_password_usable(stored: str | None) -> bool:
    """Tell whether a stored hash is one that some password can match.

    :param stored: what :func:`make_password` returned; None for no password at all.

    Since 0.1. Django: ``is_password_usable``.
    """
    return bool(stored) and not str(stored).startswith(UNUSABLE)


def verify(password: str | None, stored: str | None, length: int | None = None) -> bool:
    """Tell whether a password matches a stored hash, by computing exactly one hash.

    :param password: what was typed; None matches nothing.
    :param stored: a hash by :func:`make_password` or by Werkzeug, or one of Django's:
        ``pbkdf2_sha256$``, ``pbkdf2_sha1$``, ``scrypt$``, ``argon2$``,
        ``bcrypt_sha256$`` and ``bcrypt$`` (the last three where argon2-cffi or bcrypt
        is installed). No password matches anything else, or None.
    :param length: the most characters that the column holds. When there is no hash to
        check, a hash that would fit there is computed and dropped, so that the call
        takes the same time.

    Since 0.1. Django: ``check_password``.
    """
    check = _checker(stored)
    if check is None or password is None or not _is_hashable(password):
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
    """Tell whether a hash should be replaced, as new ones are made by another method.

    :param stored: the stored hash.
    :param length: the most characters that the column holds; None for no limit. False
        is returned when a hash by the new method would not fit.

    Since 0.1. Django: ``must_update_salt`` and ``check_password``'s ``setter``.
    """
    method = _current_method()
    if not fits(method, length):
        return False
    if method != "argon2":
        return stored.partition("$")[0] != method
    if not stored.startswith("$argon2"):
        return True
    return bool(argon2.PasswordHasher().check_needs_rehash(stored))


def _checker(stored: str | None) -> Callable[[str, str], bool] | None:
    """Return the function that checks a password against this kind of hash.

    None for a hash of an unknown kind, or of one whose library is not installed.
    """
    if not is_password_usable(stored):
        return None
    kind = str(stored).partition("$")[0]
    if ":" in kind:
        return _werkzeug
    if kind == "" or kind == "argon2":
        return _argon2 if argon2 is not None else None
    if kind.startswith("bcrypt") and bcrypt is None:
        return None
    return _DJANGO_CHECKERS.get(kind)


def _werkzeug(password: str, stored: str) -> bool:
    try:
        return check_password_hash(stored, password)
    except ValueError:  # an algorithm that this Python does not have
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
        key = hashlib.pbkdf2_hmac(digest, raw, salt.encode(), int(rounds))
    except (ValueError, OverflowError):
        return False
    return hmac.compare_digest(b64encode(key).decode(), expected)


def _scrypt(password: str, stored: str) -> bool:
    try:
        _, n, salt, r, p, expected = stored.split("$", 5)
        key = hashlib.scrypt(
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
    return hmac.compare_digest(b64encode(key).decode(), expected)


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


#: For Django's formats, by the first part of the hash.
_DJANGO_CHECKERS: dict[str, Callable[[str, str], bool]] = {
    "pbkdf2_sha256": _pbkdf2,
    "pbkdf2_sha1": _pbkdf2,
    "scrypt": _scrypt,
    "bcrypt_sha256": _bcrypt_sha256,
    "bcrypt": _bcrypt_plain,
}
