"""The database: the base of all models, its columns of Django's kinds, its sessions.

The tables and columns are those that Django made. Django: ``DATABASES``,
``django.db.models``.
"""

from __future__ import annotations

from datetime import datetime
from datetime import UTC
from enum import EnumType
from enum import IntEnum
from enum import StrEnum
from typing import Any

from flask import Flask
from sqlalchemy import BigInteger
from sqlalchemy import create_engine
from sqlalchemy import DateTime
from sqlalchemy import Dialect
from sqlalchemy import inspect
from sqlalchemy import Integer
from sqlalchemy import make_url
from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Session
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import StaticPool
from sqlalchemy.types import TypeDecorator
from wtforms import EmailField
from wtforms import URLField
from wtforms.validators import Length
from wtforms.validators import URL

from cbv.auth import MailAddress
from cbv.forms import register_field
from cbv.forms import stripped

#: The key that Django's ``BigAutoField`` makes.
BigKey = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """Every table of the site."""

    @property
    def pk(self) -> Any:
        """The primary key, as Django calls it."""
        mapper: Any = inspect(type(self))
        return getattr(self, mapper.get_property_by_column(mapper.primary_key[0]).key)


class Moment(TypeDecorator[datetime]):
    """A date-time as Django keeps it: stored in UTC, with a zone when it is read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        """Return the moment in UTC."""
        return value.astimezone(UTC) if value is not None and value.tzinfo else value

    def process_result_value(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        """Return the moment with a zone."""
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


class Email(TypeDecorator[str]):
    """A text that is a mail address; forms check it. Django: ``EmailField``."""

    impl = String
    cache_ok = True


class Address(TypeDecorator[str]):
    """A text that is a URL; forms check it. Django: ``URLField``."""

    impl = String
    cache_ok = True


def _checked(field: Any, validator: Any) -> Any:
    """Return what makes the form field of a column that is checked besides."""

    def build(column: Any, **kwargs: Any) -> Any:
        length = Length(max=column.type.impl.length or -1)
        kwargs["validators"] = [*kwargs["validators"], length, validator]
        kwargs["filters"] = [*kwargs.get("filters", ()), stripped]
        return field(**kwargs)

    return build


register_field(Email, _checked(EmailField, MailAddress()))
register_field(Address, _checked(URLField, URL()))


def utcnow() -> datetime:
    """Return the time with a zone. Django: ``timezone.now``."""
    return datetime.now(UTC)


class _Choices(EnumType):
    """Gives a class of choices Django's ``choices``, ``labels`` and ``values``."""

    @property
    def choices(cls) -> list[tuple[Any, str]]:
        """Values with labels."""
        members: Any = cls
        return [(member.value, member.label) for member in members]

    @property
    def labels(cls) -> list[str]:
        """What people read."""
        return [label for _, label in cls.choices]

    @property
    def values(cls) -> list[Any]:
        """What is stored."""
        return [value for value, _ in cls.choices]


def _member(kind: Any, cls: Any, value: Any, label: str) -> Any:
    member = kind.__new__(cls, value)
    member._value_ = value
    member._label = label
    return member


class _Labelled:
    """A member of choices."""

    _label: str
    name: str

    @property
    def label(self) -> str:
        """What people read: what was said, else the name."""
        return self._label or self.name.replace("_", " ").title()


class TextChoices(_Labelled, StrEnum, metaclass=_Choices):
    """Choices for a column of texts: ``DRAFT = "d", "Draft"``."""

    def __new__(cls, value: str, label: str = "") -> TextChoices:
        """Return a member."""
        return _member(str, cls, value, label)  # type: ignore[no-any-return]

    def __str__(self) -> str:
        return str(self.value)


class IntegerChoices(_Labelled, IntEnum, metaclass=_Choices):
    """Choices for a column of numbers: ``LOW = 1, "Low"``."""

    def __new__(cls, value: int, label: str = "") -> IntegerChoices:
        """Return a member."""
        return _member(int, cls, value, label)  # type: ignore[no-any-return]


def init_app(app: Flask) -> sessionmaker[Session]:
    """Connect to the ``DATABASE_URL`` of an application; return what makes sessions."""
    url = make_url(app.config["DATABASE_URL"])
    options: dict[str, Any] = {}
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        options["poolclass"] = StaticPool  # one database for all threads
    engine = create_engine(url, **options)
    app.extensions["database"] = engine
    return sessionmaker(engine)
