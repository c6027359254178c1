"""Finding users: by their key, by their login name, by their mail address.

Django: ``django.contrib.auth.backends.ModelBackend`` and ``get_user_model``.
"""

from __future__ import annotations

import functools
import unicodedata
from typing import Any

from flask import current_app
from sqlalchemy import bindparam
from sqlalchemy import func
from sqlalchemy import or_
from sqlalchemy import Select
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from ..db import reading
from ..db import writing
from ..db.columns import coerce
from ..db.columns import column_of
from ..db.columns import key_names
from ..db.columns import mapper_of
from ..db.statements import by_values
from ..db.statements import derived
from ..db.statements import keep
from ..exceptions import ImproperlyConfigured
from .users import password_attribute


def user_model() -> Any:
    """Return the application's user class.

    :raises ImproperlyConfigured: when CBV was not told.

    Since 0.1. Django: ``get_user_model``.
    """
    found = current_app.extensions.get("cbv.user_model")
    if found is None:
        raise ImproperlyConfigured(
            f"The application {current_app.name!r} has no user class for cbv. Cure:"
            " pass CBV(app, user_model=User), or set a user_loader of your own."
        )
    return found


def username_field() -> str:
    """Return the name of the attribute that users log in with.

    :raises ImproperlyConfigured: when the user class maps no such column.

    Since 0.1. Django: ``USERNAME_FIELD``.
    """
    field: str = current_app.config.get("CBV_USERNAME_FIELD", "username")
    model = user_model()
    if column_of(model, field) is None:
        raise ImproperlyConfigured(
            f"{model.__name__} maps no column {field!r}. Cure: set CBV_USERNAME_FIELD"
            " to the attribute that holds the login name."
        )
    return field


def email_field() -> str | None:
    """Return the name of the attribute with the mail address, None without one.

    Since 0.1. Django: ``EMAIL_FIELD``.
    """
    field: str = current_app.config.get("CBV_EMAIL_FIELD", "email")
    return field if column_of(user_model(), field) is not None else None


def load_user(key: str) -> Any:
    """Return the user with a key, None without one.

    Since 0.1. Django: ``ModelBackend.get_user``.
    """
    names = key_names(user_model())
    parts = key.split(",") if len(names) > 1 else [key]
    return _user_with(names, parts) if len(parts) == len(names) else None


def user_named(name: str) -> Any:
    """Return the user with a login name (``CBV_USERNAME_FIELD``), None without one.

    Since 0.1. Django: ``get_by_natural_key``.
    """
    return _user_with((username_field(),), [name])


def _user_with(names: tuple[str, ...], texts: list[str]) -> Any:
    """Return the only user with these values; a name that several have is nobody's."""
    model = user_model()
    users = _all_users(model)
    columns = derived(
        users, ("columns", *names), lambda _: [column_of(model, n) for n in names]
    )
    try:
        values = {f"value_{n}": coerce(c, texts[n]) for n, c in enumerate(columns)}
    except ValueError:
        return None
    found = reading.scalars(by_values(users, names), values)
    return found[0] if len(found) == 1 else None


def users_like(field: str, text: str) -> list[Any]:
    """Return the users that have a text in a field, whatever the case of its letters.

    The database only narrows them down: what it takes for the same letter is compared
    again here, so that a look-alike is nobody (CVE-2019-19844).

    :param field: the attribute of the user class.
    """
    model = user_model()
    try:
        value = coerce(column_of(model, field), text)
    except ValueError:
        return []
    statement = derived(_all_users(model), ("like", field), _like(field))
    values = {"exact": value, "lower": value.lower()}
    found = reading.scalars(statement, values)
    return [user for user in found if _folded(getattr(user, field)) == _folded(text)]


def _like(field: str) -> Any:
    def narrow(statement: Select[Any]) -> Select[Any]:
        column = getattr(user_model(), field)
        same = column == bindparam("exact")
        # SQLite lowers ASCII letters only, Python all of them: ask for either.
        return statement.where(or_(same, func.lower(column) == bindparam("lower")))

    return narrow


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


@functools.cache
def _all_users(model: Any) -> Any:
    return keep(select(model))


def claim(user: Any) -> bool:
    """Lock a user's row if it still holds the password that was read.

    Of several requests that hold one reset token, the first changes the password; the
    others wait here until it is saved, and are told False, as are those that a database
    does not let wait (SQLite within a transaction). No look before the save could tell
    them apart.
    """
    name = password_attribute(type(user))
    column: Any = column_of(type(user), name)
    read = getattr(user, name)
    keys = column.table.primary_key.columns
    mapper = mapper_of(type(user))
    same = [k == getattr(user, mapper.get_property_by_column(k).key) for k in keys]
    statement = (
        update(column.table)
        .where(*same, column.is_not_distinct_from(read))
        .values({column: read})
        .returning(*keys)
    )
    try:
        return len(reading.rows(statement)) == 1
    except OperationalError:
        writing.rollback()
        return False
