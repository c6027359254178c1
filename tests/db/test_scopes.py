"""What a scope says of a new object and of the choices in its form."""

from __future__ import annotations

import pytest
from sqlalchemy import and_
from sqlalchemy import ForeignKey
from sqlalchemy import null
from sqlalchemy import or_
from sqlalchemy import true
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import relationship

from cbv import ImproperlyConfigured
from cbv import per_request
from cbv.db.scopes import own_choices
from cbv.db.scopes import scope_values
from support.library_models import Author
from support.library_models import Book


class Owner:
    """Stands for the view that errors name."""


class Base(DeclarativeBase):
    pass


class Node(Base):
    __tablename__ = "scopes_node"
    id: Mapped[int] = mapped_column(primary_key=True)
    public: Mapped[bool] = mapped_column("is_public")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("scopes_node.id"))
    parent: Mapped[Node | None] = relationship(remote_side=[id])


def values(scope, model=Book):
    found = scope_values(Owner(), model, scope)
    return {k: getattr(v, "effective_value", v) for k, v in found.items()}


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        (None, {}),
        (Book.pages == 3, {"pages": 3}),
        (3 == Book.pages, {"pages": 3}),  # noqa: SIM300 - either side
        ([Book.pages == 3, Book.title == "x"], {"pages": 3, "title": "x"}),
        (and_(Book.pages == 3, and_(Book.title == "x")), {"pages": 3, "title": "x"}),
        (Book.pages == per_request(lambda: 7), {"pages": 7}),
        (Book.pages.is_(None), {"pages": None}),
        (Book.pages == null(), {"pages": None}),
    ],
)
def test_equalities_fill_their_columns(scope, found):
    """Alone, in a list or joined by and_, with the column on either side."""
    assert values(scope) == found


def test_booleans_and_renamed_columns_fill_their_attributes():
    """is_(true()) is an equality; the attribute's name counts."""
    assert values(Node.public.is_(true()), Node) == {"public": True}
    assert values(Node.public == False, Node) == {"public": False}  # noqa: E712


@pytest.mark.parametrize(
    "scope",
    [
        Book.pages > 3,
        Book.pages != 3,
        or_(Book.pages == 3, Book.pages == 4),
        Book.pages.in_([3]),
        Book.title.like("x"),
        Book.author.has(),
        Author.name == "x",
        Book.pages == Book.id,
        [Book.pages == 3, Book.title > "a"],
    ],
)
def test_anything_else_cannot_be_filled(scope):
    """The error names the owner, the criterion and both cures."""
    with pytest.raises(ImproperlyConfigured, match=r"Owner creates .*scope = None"):
        scope_values(Owner(), Book, scope)


def test_choices_of_the_own_model_are_in_scope():
    """A node's parent is chosen among the nodes that the view may show."""
    scope = Node.public.is_(True)
    offered = own_choices(Owner(), Node, scope, ["parent", "parent_id", "public"])
    assert set(offered) == {"parent", "parent_id"}
    assert "is_public IS" in str(offered["parent"])
    assert set(own_choices(Owner(), Node, scope, "__all__")) == {"parent", "parent_id"}


def test_without_scope_or_own_relation_there_is_nothing_to_say():
    """Rows of other models are all offered."""
    assert own_choices(Owner(), Node, None, "__all__") == {}
    assert own_choices(Owner(), Book, Book.pages == 1, "__all__") == {}
