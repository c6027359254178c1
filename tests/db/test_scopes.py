"""What a scope says of a new object and of the choices in its form."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from sqlalchemy import and_
from sqlalchemy import cast
from sqlalchemy import exists
from sqlalchemy import ForeignKey
from sqlalchemy import ForeignKeyConstraint
from sqlalchemy import Integer
from sqlalchemy import not_
from sqlalchemy import null
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy import true
from sqlalchemy import tuple_
from sqlalchemy.orm import aliased
from sqlalchemy.orm import composite
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import relationship
from sqlalchemy.orm import synonym
from sqlalchemy.orm import with_parent

from cbv import DeleteView
from cbv import DetailView
from cbv import ImproperlyConfigured
from cbv import ListView
from cbv import per_request
from cbv import UpdateView
from cbv.db.scopes import check_scope
from cbv.db.scopes import named_columns
from cbv.db.scopes import own_rows
from cbv.db.scopes import owned_names
from cbv.db.scopes import scope_values
from support.library_models import Author
from support.library_models import Book
from support.library_models import User


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
    kind: Mapped[str]
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "node"}


class Folder(Node):
    __tablename__ = "scopes_folder"
    id: Mapped[int] = mapped_column(ForeignKey("scopes_node.id"), primary_key=True)
    colour: Mapped[str]
    __mapper_args__ = {"polymorphic_identity": "folder"}


class Link(Node):
    __tablename__ = "scopes_link"
    id: Mapped[int] = mapped_column(ForeignKey("scopes_node.id"), primary_key=True)
    __mapper_args__ = {"polymorphic_identity": "link"}


class House(Base):
    __tablename__ = "scopes_house"
    id: Mapped[int] = mapped_column(primary_key=True)


class Place(NamedTuple):
    house: int
    guest: int


class Keeper(Base):
    __tablename__ = "scopes_keeper"
    house_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True)


class Shelf(Base):
    """A shelf's keeper is of its house: one key of two columns."""

    __tablename__ = "scopes_shelf"
    id: Mapped[int] = mapped_column(primary_key=True)
    house_id: Mapped[int] = mapped_column(ForeignKey("scopes_house.id"))
    keeper_id: Mapped[int]
    guest_id: Mapped[int]
    house: Mapped[House] = relationship()
    keeper: Mapped[Keeper] = relationship(
        foreign_keys="Shelf.house_id, Shelf.keeper_id", overlaps="house"
    )
    #: Found by the house too, but sets the key of the guest alone.
    guest: Mapped[Keeper] = relationship(
        primaryjoin="and_(Shelf.guest_id == Keeper.id,"
        " Shelf.house_id == Keeper.house_id)",
        foreign_keys="Shelf.guest_id",
    )
    house_key = synonym("house_id")
    place: Mapped[Place] = composite("house_id", "guest_id")
    __table_args__ = (
        ForeignKeyConstraint(
            ["house_id", "keeper_id"], ["scopes_keeper.house_id", "scopes_keeper.id"]
        ),
    )


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


def test_rows_of_the_own_model_are_in_scope():
    """A node's parent is chosen among the nodes that the view may show."""
    rows = own_rows(Owner(), Node, Node.public.is_(True), Node)
    assert "is_public IS" in str(rows)


def test_without_scope_or_own_rows_there_is_nothing_to_say():
    """Rows of other models are all offered."""
    assert own_rows(Owner(), Node, None, Node) is None
    assert own_rows(Owner(), Book, Book.pages == 1, Author) is None


def test_classes_that_share_a_table_share_a_scope():
    """As far as the scope is about the shared table; else the own rows are offered."""
    shared, own = Folder.public.is_(True), Folder.colour == "red"
    assert "is_public IS" in str(own_rows(Owner(), Folder, shared, Node))
    assert "is_public IS" in str(own_rows(Owner(), Node, shared, Folder))
    assert "is_public IS" in str(own_rows(Owner(), Folder, shared, Link))
    assert own_rows(Owner(), Folder, own, Node).column_descriptions[0]["type"] is Folder
    assert own_rows(Owner(), Folder, own, Link) is None
    assert "FROM scopes_node" in str(own_rows(Owner(), Node, shared, Node))


# --- what a scope owns ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        (None, ()),
        (Book.owner_id == 3, ("owner", "owner_id")),
        (3 == Book.owner_id, ("owner", "owner_id")),  # noqa: SIM300 - either side
        (Book.owner_id == per_request(lambda: 3), ("owner", "owner_id")),
        (Book.owner_id == select(User.id).scalar_subquery(), ("owner", "owner_id")),
        (Book.owner_id == cast(3, Integer), ("owner", "owner_id")),
        (Book.owner == User(id=3), ("owner", "owner_id")),
        (with_parent(User(id=3), User.books), ("owner", "owner_id")),
        (Book.owner_id.is_(None), ("owner", "owner_id")),
        ([Book.pages == 3, Book.title == "x"], ("pages", "title")),
        ([Book.owner_id == 3, Book.pages > 3], ("owner", "owner_id")),
        (and_(Book.pages == 3, or_(Book.title == "x", Book.slug == "y")), ("pages",)),
        (not_(Book.pages != 3), ("pages",)),
        (tuple_(Book.pages, Book.title) == (3, "x"), ("pages", "title")),
        (aliased(Book).owner_id == 3, ("owner", "owner_id")),
        (Book.pages > 3, ()),
        (Book.pages != 3, ()),
        (or_(Book.pages == 3, Book.pages == 4), ()),
        (Book.author.has(name="x"), ()),
        (Book.pages == Book.id, ()),
        (Author.name == "x", ()),
    ],
)
def test_what_an_equality_fixes_is_owned(scope, found):
    """Whatever it compares with, and beside criteria that own nothing."""
    assert owned_names(Book, scope) == found


def test_every_name_of_a_column_is_owned():
    """A synonym, a composite, each relationship that sets it, the subclass's own."""
    owned = owned_names(Shelf, Shelf.house_id == 1)
    assert owned == ("house", "house_id", "house_key", "keeper", "place")
    assert owned_names(Shelf, Shelf.keeper_id == 1) == ("keeper", "keeper_id")
    assert owned_names(Folder, Node.parent_id == 1) == ("parent", "parent_id")
    assert owned_names(Folder, Node.id == 1) == ("id",)


def test_every_column_of_a_criterion_is_named():
    """In whatever way: another value may take the row out of the scope."""
    owner = ("owner", "owner_id")
    assert named_columns(Book, None) == ()
    assert named_columns(Book, Book.owner_id.in_([1])) == owner
    assert named_columns(Book, or_(Book.pages == 1, Book.owner_id == 2)) == (
        *owner,
        "pages",
    )
    assert "author_id" in named_columns(Book, Book.author.has(name="x"))


# --- a scope that would limit nothing -------------------------------------------------


@pytest.mark.parametrize(
    ("queryset", "scope"),
    [
        (select(Book), Author.name == "x"),
        (select(Book), [Book.pages == 1, Author.name == "x"]),
        (select(Book), or_(Author.name == "x", Author.id == 1)),
        (select(Book), aliased(Book).owner_id == 1),
        (select(aliased(Book)), Book.owner_id == 1),
        (select(Book).join(Book.author), User.id == 1),
    ],
)
def test_a_scope_about_a_table_that_is_not_read_is_refused(queryset, scope):
    """It would let every row through, or none, by what stands in that table."""
    with pytest.raises(ImproperlyConfigured, match=r"Owner has a scope with .*has\(\)"):
        check_scope(Owner(), queryset, scope)


@pytest.mark.parametrize("base", [ListView, DetailView, UpdateView, DeleteView])
def test_a_view_refuses_it_at_set_up(base):
    """The scope of another view, say."""
    declared = {"model": Book, "scope": Author.id == 1, "fields": ["title"]}
    with pytest.raises(ImproperlyConfigured, match="Wrong has a scope with"):
        type("Wrong", (base,), declared).as_view()


@pytest.mark.parametrize("scope", [{"owner_id": 1}, lambda: 1, Book.id is None, [3]])
@pytest.mark.parametrize("base", [ListView, UpdateView])
def test_a_scope_that_is_no_criterion_is_refused_at_set_up(base, scope):
    """Naming the view and what a scope looks like."""
    declared = {"model": Book, "scope": scope, "fields": ["title"]}
    said = r"Wrong has a scope with .* no criterion.*Model\.column == value"
    with pytest.raises(ImproperlyConfigured, match=said):
        type("Wrong", (base,), declared).as_view()


ALIAS = aliased(Book)


@pytest.mark.parametrize(
    ("queryset", "scope"),
    [
        (select(Book), None),
        (select(Book), Book.author.has(name="x")),
        (select(Book), Book.tags.any(name="x")),
        (select(Book), Book.author_id.in_(select(Author.id))),
        (select(Book), exists().where(Author.id == Book.author_id)),
        (select(Book).join(Book.author), Author.name == "x"),
        (select(Book), [Book.author_id == Author.id, Author.name == "x"]),
        (select(ALIAS), ALIAS.owner_id == 1),
        (select(Folder), Node.public.is_(True)),
        (select(Folder), Folder.colour == "red"),
        ([Book()], None),
    ],
)
def test_a_scope_about_what_is_read_is_let_through(queryset, scope):
    """Also by a subquery, by a join, and by a base class."""
    check_scope(Owner(), queryset, scope)


def test_rows_to_choose_from_need_a_scope_that_says_them():
    """One that needs the join of the view's statement does not."""
    scope = [Node.parent_id == House.id, House.id == 1]
    with pytest.raises(ImproperlyConfigured, match=r"Owner offers each Node.*choices"):
        own_rows(Owner(), Node, scope, Node)


def test_a_scope_that_an_override_would_lose_shows_no_row(app, client, db):
    """as_view cannot know what get_queryset() will return, nor what setup() will do."""
    users = [User(username="me"), User(username="other")]
    db.add_all(users)
    db.flush()
    db.add_all([Book(title=user.username, owner_id=user.id) for user in users])
    db.commit()
    me = users[0].id

    class Mine(ListView[Book]):
        scope = Book.owner_id == per_request(lambda: me)

    class Alias(Mine):
        def get_queryset(self):
            return select(aliased(Book))

    class OfAuthors(Mine):
        model = Author

        def setup(self, **kwargs):
            super().setup(**kwargs)

    app.add_url_rule("/alias", view_func=Alias.as_view())
    app.add_url_rule("/authors", view_func=OfAuthors.as_view())
    for rule in ("/alias", "/authors"):
        with pytest.raises(ImproperlyConfigured, match="would limit nothing"):
            client.get(rule)


@pytest.mark.parametrize("rows", [Folder, Node, aliased(Node)])
def test_a_scope_holds_for_a_statement_of_the_same_rows(app, client, db, rows):
    """get_object() may be given one of a subclass, of a base class or of an alias."""
    Base.metadata.create_all(db.connection())
    db.add(Folder(id=7, public=False, colour="red"))
    db.commit()

    class Public(DetailView[Node]):
        scope = Node.public == true()

        def get_object(self, queryset=None):
            return super().get_object(select(rows))

    app.add_url_rule("/<int:pk>", view_func=Public.as_view())
    if isinstance(rows, type):
        assert client.get("/7").status_code == 404
    else:
        with pytest.raises(ImproperlyConfigured, match="would limit nothing"):
            client.get("/7")
