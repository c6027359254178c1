"""The foreign key from a child to its parent, and how many children it allows."""

from __future__ import annotations

import pytest
from sqlalchemy import ForeignKey
from sqlalchemy import func
from sqlalchemy import Index
from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from cbv.db.parents import foreign_key_to

UNIQUE = {
    "unique index": lambda child: [Index(None, child.parent_id, unique=True)],
    "unique constraint": lambda child: [UniqueConstraint(child.parent_id)],
}
NOT_UNIQUE = {
    "nothing": lambda child: [],
    "plain index": lambda child: [Index(None, child.parent_id)],
    "index of two columns": lambda child: [
        Index(None, child.parent_id, child.place, unique=True)
    ],
    "partial index": lambda child: [
        Index(
            "partial",
            child.parent_id,
            unique=True,
            sqlite_where=child.place > 0,
            postgresql_where=child.place > 0,
        )
    ],
    "expression index": lambda child: [
        Index("expression", func.abs(child.parent_id), unique=True)
    ],
}


def key_with(constraints):
    """Return the foreign key of a child whose table has these constraints."""

    class Base(DeclarativeBase):
        pass

    class Parent(Base):
        __tablename__ = "parent"
        id: Mapped[int] = mapped_column(primary_key=True)

    class Child(Base):
        __tablename__ = "child"
        id: Mapped[int] = mapped_column(primary_key=True)
        place: Mapped[int | None]
        parent_id: Mapped[int] = mapped_column(ForeignKey("parent.id"))

    for constraint in constraints(Child.__table__.c):
        if not isinstance(constraint, Index):  # which has joined its table by itself
            Child.__table__.append_constraint(constraint)
    return foreign_key_to(Parent, Child)


@pytest.mark.parametrize("constraints", UNIQUE.values(), ids=UNIQUE)
def test_a_unique_foreign_key_allows_one_child(constraints):
    """Whatever makes it unique."""
    assert key_with(constraints).unique


@pytest.mark.parametrize("constraints", NOT_UNIQUE.values(), ids=NOT_UNIQUE)
def test_a_foreign_key_that_is_unique_in_some_rows_allows_more(constraints):
    """A partial index, say, leaves the other rows alone."""
    assert not key_with(constraints).unique
