"""Models with every type of column, for the tests of forms."""

from __future__ import annotations

import enum
import uuid
from datetime import date
from datetime import datetime
from datetime import time
from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy import Column
from sqlalchemy import Computed
from sqlalchemy import DateTime
from sqlalchemy import Double
from sqlalchemy import Enum
from sqlalchemy import ForeignKey
from sqlalchemy import func
from sqlalchemy import Index
from sqlalchemy import Interval
from sqlalchemy import JSON
from sqlalchemy import LargeBinary
from sqlalchemy import Numeric
from sqlalchemy import REAL
from sqlalchemy import SmallInteger
from sqlalchemy import String
from sqlalchemy import Table
from sqlalchemy import Text
from sqlalchemy import text
from sqlalchemy import TypeDecorator
from sqlalchemy import UniqueConstraint
from sqlalchemy import Uuid
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import attribute_keyed_dict
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import relationship
from sqlalchemy.orm import validates
from werkzeug.datastructures import MultiDict

from cbv.forms import modelform_factory


class Base(DeclarativeBase):
    """Apart from the models that all tests share: these tables are for this file."""


class Color(enum.Enum):
    RED = 1
    DARK_BLUE = 2


class Size(enum.StrEnum):
    SMALL = "s"
    LARGE = "l"


class Lowered(TypeDecorator):
    impl = String(20)
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return None if value is None else value.lower()


class Thing(Base):
    __tablename__ = "thing"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(10), doc="Short.")
    notes: Mapped[str | None] = mapped_column(Text, info={"label": "My notes"})
    whole: Mapped[int | None]
    small: Mapped[int | None] = mapped_column(SmallInteger)
    big: Mapped[int | None] = mapped_column(BigInteger)
    ratio: Mapped[float | None]
    double: Mapped[float | None] = mapped_column(Double)
    single: Mapped[float | None] = mapped_column(REAL)
    price: Mapped[float | None] = mapped_column(Numeric(6, 2, asdecimal=False))
    flag: Mapped[bool]
    maybe: Mapped[bool | None]
    day: Mapped[date | None]
    clock: Mapped[time | None]
    moment: Mapped[datetime | None]
    aware: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    span: Mapped[timedelta | None] = mapped_column(Interval)
    document: Mapped[Any | None] = mapped_column(JSON)
    key: Mapped[uuid.UUID | None]
    key_text: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    blob: Mapped[bytes | None] = mapped_column(LargeBinary(4))
    color: Mapped[Color | None]
    size: Mapped[Size | None] = mapped_column(
        Enum(Size, values_callable=lambda e: [m.value for m in e])
    )
    word: Mapped[str | None] = mapped_column(Enum("a", "b", name="word"))
    lowered: Mapped[str | None] = mapped_column(Lowered)
    status: Mapped[str] = mapped_column(String(10), default="draft")
    made: Mapped[datetime] = mapped_column(server_default=func.now())
    rank: Mapped[int] = mapped_column(server_default=text("7"))
    twice: Mapped[int | None] = mapped_column(Computed("small * 2", persisted=True))


class Team(Base):
    __tablename__ = "team"
    region: Mapped[str] = mapped_column(String(10), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20))

    def __str__(self) -> str:
        return self.name


class Player(Base):
    __tablename__ = "player"
    id: Mapped[int] = mapped_column(primary_key=True)
    nick: Mapped[str] = mapped_column(String(20))
    shirt: Mapped[int | None]
    team_region: Mapped[str | None] = mapped_column(String(10))
    team_number: Mapped[int | None]
    captain_id: Mapped[int | None] = mapped_column(ForeignKey("player.id"))
    team: Mapped[Team | None] = relationship(
        primaryjoin="and_(foreign(Player.team_region) == Team.region,"
        " foreign(Player.team_number) == Team.number)",
    )
    captain: Mapped[Player | None] = relationship(remote_side=[id])
    __table_args__ = (
        UniqueConstraint("nick", "shirt"),
        Index("one_shirt", "team_region", "team_number", "shirt", unique=True),
    )

    def __str__(self) -> str:
        return self.nick


class Country(Base):
    __tablename__ = "country"
    code: Mapped[str] = mapped_column(String(2), primary_key=True)
    name: Mapped[str] = mapped_column(String(20))


def form_for(model, *fields, **options):
    return modelform_factory(model, fields=list(fields) or "__all__", **options)


def bound(model, name, value, **options):
    """Return a form over one field to which a value was posted."""
    return form_for(model, name, **options)(MultiDict([(name, value)]))


def posted(**values):
    """Return what a browser would send."""
    return MultiDict(values)


def parsed(name, value):
    form = bound(Thing, name, value)
    form[name].validate(form)
    return form[name].data if not form[name].errors else form[name].errors


def _parcel_labels(name):
    return Table(
        name,
        Base.metadata,
        Column("parcel_id", ForeignKey("parcel.id"), primary_key=True),
        Column("label_id", ForeignKey("label.id"), primary_key=True),
    )


class Label(Base):
    __tablename__ = "label"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20))


class Stack(list):
    """A list of one's own."""


class Parcel(Base):
    """Its collections have classes of their own, and it refuses some values."""

    __tablename__ = "parcel"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20))
    size: Mapped[str | None] = mapped_column(String(20))
    secret: Mapped[str | None] = mapped_column(String(20))
    outer_id: Mapped[int | None] = mapped_column(ForeignKey("parcel.id"))
    outer: Mapped[Parcel | None] = relationship(
        back_populates="inner", remote_side="Parcel.id"
    )
    inner: Mapped[set[Parcel]] = relationship(back_populates="outer")
    in_set: Mapped[set[Label]] = relationship(secondary=_parcel_labels("parcel_set"))
    in_list: Mapped[list[Label]] = relationship(secondary=_parcel_labels("parcel_list"))
    in_stack: Mapped[list[Label]] = relationship(
        secondary=_parcel_labels("parcel_stack"), collection_class=Stack
    )
    in_dict: Mapped[dict[str, Label]] = relationship(
        secondary=_parcel_labels("parcel_dict"),
        collection_class=attribute_keyed_dict("name"),
    )

    @validates("name", "in_set")
    def check(self, key, value):
        if getattr(value, "name", value) == "bad":
            raise ValueError(f"{key} may not be bad.")
        return value

    @property
    def password(self):
        raise AttributeError("write only")

    @password.setter
    def password(self, value):
        if value == "short":
            raise ValueError("Too short.")
        self.secret = f"hash of {value}"

    @hybrid_property
    def big(self):
        return self.size == "big"

    @big.inplace.setter
    def _set_big(self, value):
        self.size = "big" if value else "small"

    @property
    def title(self):
        return self.name.title()
