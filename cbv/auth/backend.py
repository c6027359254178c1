"""The queries that find users by primary key, login name or mail address.

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
from ..db.columns import owner_of
from ..db.columns import without_proxy
from ..db.statements import by_values
from ..db.statements import derived
from ..db.statements import keep
from ..exceptions import ImproperlyConfigured
from .users import key_texts
from .users import password_attribute


def user_model() -> Any:
    """Return the application's user class, as passed to ``CBV(app, user_model=…)``.

    :raises ImproperlyConfigured: when ``CBV`` was given no user class.

    Since 0.1. Django: ``get_user_model``.
    """
    model = current_app.extensions.get("cbv.user_model")
    if model is None:
        raise ImproperlyConfigured(
            f"The application {current_app.name!r} has no user class for cbv. Cure:"
            " pass CBV(app, user_model=User), or set a user_loader of your own."
        )
    return model


def username_field() -> str:
    """Return the attribute of the user class that holds the login name.

    ``CBV_USERNAME_FIELD`` says which; the default is ``username``.

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
    """Return the attribute of the user class that holds the mail address.

    ``CBV_EMAIL_FIELD`` says which; the default is ``email``.

    :returns: the name of the attribute; None when the user class maps no such column.

    Since 0.1. Django: ``EMAIL_FIELD``.
    """
    field: str = current_app.config.get("CBV_EMAIL_FIELD", "email")
    return field if column_of(user_model(), field) is not None else None


def load_user(key: str) -> Any:
    """Return the user with this primary key, or None when there is no such user.

    :param key: the primary key as :func:`cbv.auth.users.key_text` writes it.

    Since 0.1. Django: ``ModelBackend.get_user``.
    """
    names = key_names(user_model())
    parts = key_texts(key, user_model())
    return _user_with(names, parts) if len(parts) == len(names) else None


def user_named(name: str) -> Any:
    """Return the user with this login name, or None when there is no such user.

    ``CBV_USERNAME_FIELD`` says which attribute holds the login name.

    :raises ImproperlyConfigured: when the user class maps no such column.

    Since 0.1. Django: ``get_by_natural_key``.
    """
    return _user_with((username_field(),), [name])


def _user_with(names: tuple[str, ...], texts: list[str]) -> Any:
    """Return the user whose attributes have these values, or None.

    None also when several users have them: then it is not clear who is meant.

    :param names: the attributes of the user class.
    :param texts: the value of each attribute, as a text.
    """
    model = user_model()
    users = _all_users(model)
    columns = derived(
        users, ("columns", *names), lambda _: [column_of(model, n) for n in names]
    )
    try:
        values = {f"value_{n}": coerce(c, texts[n]) for n, c in enumerate(columns)}
    except ValueError:
        return None
    matches = reading.scalars(by_values(users, names), values)
    return matches[0] if len(matches) == 1 else None


def users_like(field: str, text: str) -> list[Any]:
    """Return the users whose attribute equals a text, without regard to case.

    The database only preselects the rows. A collation may take two different letters
    for the same one, so the values are compared again in Python: a user with a name
    that only looks similar is not returned (CVE-2019-19844).

    :param field: the name of the attribute of the user class.
    :param text: the login name or mail address to look for.
    :returns: all matching users; an empty list when the column cannot hold the text.

    Since 0.1.
    """
    model = user_model()
    try:
        value = coerce(column_of(model, field), text)
    except ValueError:
        return []
    statement = derived(_all_users(model), ("like", field), _same_text(field))
    values = {"exact": value, "lower": value.lower()}
    rows = reading.scalars(statement, values)
    return [user for user in rows if _folded(getattr(user, field)) == _folded(text)]


def _same_text(field: str) -> Any:
    """Return the function that limits a statement to rows with the text in a field.

    The statement then has the parameters ``exact`` and ``lower``.
    """

    def narrow(statement: Select[Any]) -> Select[Any]:
        column = getattr(user_model(), field)
        same = column == bindparam("exact")
        # SQLite lowers only ASCII letters, Python all letters: either match counts.
        return statement.where(or_(same, func.lower(column) == bindparam("lower")))

    return narrow


def _folded(text: str) -> str:
    """Return a text in the form in which two texts that differ in case are equal."""
    return unicodedata.normalize("NFKC", text).casefold()


@functools.cache
def _all_users(model: Any) -> Any:
    """Return the statement that selects every user; one statement for each class."""
    return keep(select(model))


def claim(user: Any) -> bool:
    """Lock a user's row, if the row still has the password hash that was read before.

    Several requests may come with the same reset token at the same time. The first of
    them changes the password. The others wait here for its commit and then get False.
    Where the database does not let them wait (SQLite within a transaction), they get
    False too. A mere check of the token before the save could not prevent that two
    requests pass it.

    :param user: the user as it was loaded in this request.
    :returns: True when the row is locked for this transaction; otherwise False.

    Since 0.1.
    """
    user = without_proxy(user)
    name = password_attribute(type(user))
    column: Any = column_of(type(user), name)
    password_hash = getattr(user, name)
    model = owner_of(type(user), column.table)
    keys = [getattr(model, key) for key in key_names(model)]
    same_key = [key == getattr(user, key.key) for key in keys]
    statement = (
        update(model)
        .where(*same_key, column.is_not_distinct_from(password_hash))
        .values({column: password_hash})
        .returning(*keys)
        .execution_options(synchronize_session=False)
    )
    try:
        return len(reading.rows(statement)) == 1
    except OperationalError:
        writing.rollback()
        return False
