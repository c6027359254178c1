"""What else goes, or changes, with a deleted object."""

from __future__ import annotations

import pytest
from sqlalchemy import Column
from sqlalchemy import ForeignKey
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy import String
from sqlalchemy import Table
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import relationship
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm import sessionmaker

from cbv import DeleteView
from cbv.db import consequences
from cbv.db.consequences import effects_of
from cbv.db.consequences import orphans_silently
from cbv.inspector import check
from cbv.testing import count_queries
from support.applications import make_app
from support.library_models import Author
from support.library_models import Book
from support.library_models import Tag


class Own(DeclarativeBase):
    """Tables of this file: a firm, and all that may refer to it."""


firm_badge = Table(
    "cons_firm_badge",
    Own.metadata,
    Column("firm_id", ForeignKey("cons_firm.id"), primary_key=True),
    Column("badge_id", ForeignKey("cons_badge.id"), primary_key=True),
)
audit = Table(
    "firm_audit",
    Own.metadata,
    Column("id", String(5), primary_key=True),
    Column("firm_id", ForeignKey("cons_firm.id", ondelete="CASCADE")),
)


class Firm(Own):
    __tablename__ = "cons_firm"
    id: Mapped[int] = mapped_column(primary_key=True)
    plain: Mapped[list[Plain]] = relationship()
    meant: Mapped[list[Meant]] = relationship()
    strict: Mapped[list[Strict]] = relationship()
    owned: Mapped[list[Owned]] = relationship(cascade="all, delete-orphan")
    passive: Mapped[list[Passive]] = relationship(passive_deletes=True, cascade="all")
    left: Mapped[list[Left]] = relationship(passive_deletes="all")
    card: Mapped[Card | None] = relationship(cascade="all", uselist=False)
    badges: Mapped[list[Badge]] = relationship(secondary=firm_badge)
    seen: Mapped[list[Plain]] = relationship(viewonly=True, overlaps="plain")


class Child:
    """A row with a key to a firm."""

    id: Mapped[int] = mapped_column(primary_key=True)

    def __init_subclass__(cls, **kwargs):
        cls.__tablename__ = f"cons_{cls.__name__.lower()}"
        super().__init_subclass__(**kwargs)


def to_firm(nullable=True, **options):
    return mapped_column(ForeignKey("cons_firm.id", **options), nullable=nullable)


class Plain(Child, Own):
    __verbose_name__ = "plain child"
    __verbose_name_plural__ = "plain children"
    firm_id: Mapped[int | None] = to_firm()


class Meant(Child, Own):
    firm_id: Mapped[int | None] = to_firm(ondelete="SET NULL")


class Strict(Child, Own):
    firm_id: Mapped[int] = to_firm(nullable=False)


class Owned(Child, Own):
    firm_id: Mapped[int] = to_firm(nullable=False)
    parts: Mapped[list[Part]] = relationship(cascade="all")
    loose: Mapped[list[Loose]] = relationship()


class Part(Child, Own):
    owned_id: Mapped[int] = mapped_column(ForeignKey("cons_owned.id"))


class Loose(Child, Own):
    owned_id: Mapped[int | None] = mapped_column(ForeignKey("cons_owned.id"))


class Passive(Child, Own):
    firm_id: Mapped[int] = to_firm(nullable=False, ondelete="CASCADE")


class Under(Child, Own):
    """The database deletes it with what it deletes itself."""

    passive_id: Mapped[int] = mapped_column(
        ForeignKey("cons_passive.id", ondelete="CASCADE")
    )


class Left(Child, Own):
    firm_id: Mapped[int | None] = to_firm(ondelete="RESTRICT")


class Card(Child, Own):
    firm_id: Mapped[int] = to_firm(nullable=False)


class Badge(Child, Own):
    """No relationship leads back to the firms."""


class Lonely(Child, Own):
    """No relationship of the firm leads here, only the key."""

    firm_id: Mapped[int | None] = to_firm()
    back: Mapped[Firm | None] = relationship()


class Folder(Own):
    __tablename__ = "cons_folder"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("cons_folder.id"))
    inside: Mapped[list[Folder]] = relationship(cascade="all")


class Person(Own):
    __tablename__ = "cons_person"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(9))
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "person"}


class Worker(Person):
    __tablename__ = "cons_worker"
    id: Mapped[int] = mapped_column(ForeignKey("cons_person.id"), primary_key=True)
    boss_id: Mapped[int | None] = mapped_column(ForeignKey("cons_worker.id"))
    team: Mapped[list[Worker]] = relationship(
        foreign_keys="Worker.boss_id", remote_side="Worker.boss_id"
    )
    __mapper_args__ = {
        "polymorphic_identity": "worker",
        "inherit_condition": id == Person.id,
    }


FATES = {
    (Plain, "unlinked", True),
    (Meant, "unlinked", False),
    (Strict, "refused", False),
    (Owned, "deleted", False),
    (Part, "deleted", False),
    (Loose, "unlinked", True),
    (Passive, "deleted", False),
    (Under, "deleted", False),
    (Left, "refused", False),
    (Card, "deleted", False),
    (Badge, "unlinked", False),
    (Lonely, "refused", False),
    (audit, "deleted", False),
}


def test_every_relationship_and_every_key_has_its_fate():
    """By SQLAlchemy where a relationship acts, else by the database."""
    found = {(e.target, e.fate, orphans_silently(e)) for e in effects_of(Firm)}
    assert found == FATES
    assert len(effects_of(Firm)) == len(FATES)


def test_the_class_behind_a_link_is_named_in_the_place_of_its_table():
    """A badge that firms wear cannot be deleted: nothing removes the links."""
    assert [(e.target, e.fate) for e in effects_of(Badge)] == [(Firm, "refused")]
    assert [(e.target, e.fate) for e in effects_of(Tag)] == [(Book, "refused")]


def test_a_circle_is_followed_once():
    [effect] = effects_of(Folder)
    assert (effect.target, effect.fate, effect.more) == (Folder, "deleted", True)


def test_inheritance_is_no_consequence():
    """The two rows of one object go together."""
    assert effects_of(Person) == ()
    [effect] = effects_of(Worker)
    assert (effect.target, effect.fate) == (Worker, "unlinked")


@pytest.fixture
def firms(engine):
    """An application whose database has the tables of this file."""
    with engine.connect() as connection:
        outer = connection.begin()
        Own.metadata.create_all(connection)
        maker = sessionmaker(connection, join_transaction_mode="create_savepoint")
        session = scoped_session(maker)
        yield session
        session.remove()
        outer.rollback()


def filled(session, *children):
    """Return a firm with three of each kind of child."""
    firm = Firm(id=1)
    session.add(firm)
    session.flush()
    for child in children:
        session.add_all(child(firm_id=1) for _ in range(3))
    session.commit()
    return firm


@pytest.mark.parametrize("child", [Plain, Meant, Strict, Passive, Left, Lonely])
def test_what_is_foretold_happens(firms, child):
    """The page says it; the deletion does it."""

    class Delete(DeleteView):
        model = Firm
        success_url = "/"

    app = make_app(firms)
    app.add_url_rule("/<int:pk>", view_func=Delete.as_view())
    filled(firms, child)
    client = app.test_client()
    [said] = client.get("/1").context["consequences"]
    assert (said.target, said.number, said.more) == (child, 3, False)
    status = client.post("/1").status_code
    firms.expire_all()
    left = firms.scalar(select(func.count()).select_from(child))
    linked = firms.scalar(
        select(func.count()).select_from(child).where(child.firm_id == 1)
    )
    happened = {(303, 0, 0): "deleted", (303, 3, 0): "unlinked", (409, 3, 3): "refused"}
    assert happened[status, left, linked] == said.fate


class Note(Own):
    __tablename__ = "cons_note"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("cons_note.id"))


@pytest.mark.parametrize("model", [Note, Folder])
def test_a_row_that_refers_to_itself_is_no_consequence(firms, model):
    """It goes with itself; only others count."""

    class Delete(DeleteView):
        success_url = "/"

    app = make_app(firms)
    app.add_url_rule("/<int:pk>", view_func=Delete.as_view(model=model))
    firms.add_all([model(id=1, parent_id=1), model(id=2), model(id=3, parent_id=2)])
    firms.commit()
    client = app.test_client()
    assert [str(c) for c in client.get("/1").context["consequences"]] == []
    assert [c.number for c in client.get("/2").context["consequences"]] == [1]
    if model is Note:
        assert client.post("/1").status_code == 303
        assert client.post("/2").status_code == 409


def test_a_child_whose_key_is_the_parents_refuses(app, client, db, engine):
    """SQLAlchemy says so before the database is asked; 409, not 500."""

    class Base(DeclarativeBase):
        pass

    class Whole(Base):
        __tablename__ = "cons_whole"
        id: Mapped[int] = mapped_column(primary_key=True)
        half: Mapped[Half | None] = relationship()

    class Half(Base):
        __tablename__ = "cons_half"
        id: Mapped[int] = mapped_column(ForeignKey("cons_whole.id"), primary_key=True)

    class Delete(DeleteView[Whole]):
        success_url = "/"

    Base.metadata.create_all(db.connection())
    db.add_all([Whole(id=1), Half(id=1)])
    db.commit()
    app.add_url_rule("/<int:pk>", view_func=Delete.as_view())
    assert "1 Half: while there are any" in client.get("/1").text
    assert client.post("/1").status_code == 409


def test_numbers_are_counted_by_class_and_capped(firms, monkeypatch):
    """One statement for each class and fate."""
    monkeypatch.setattr(consequences, "COUNTED_AT_MOST", 2)
    consequences._counts.cache_clear()
    firm = filled(firms, Plain, Owned)
    firms.add(Part(owned_id=firms.scalars(select(Owned.id)).first()))
    firms.commit()
    app = make_app(firms)
    with app.test_request_context():
        assert firm.id == 1
        with count_queries(len(FATES)):
            found = consequences.Consequences(firm)
            texts = list(map(str, found))
        with count_queries(0):
            assert len(found) == 3
    consequences._counts.cache_clear()
    assert sorted(texts) == ["1 Part", "2+ Owneds", "2+ plain children"]
    thousand = consequences.Consequence("deleted", Plain, 1000, True)
    assert str(thousand) == "1,000+ plain children"
    one = consequences.Consequence("deleted", audit, 1, False)
    assert str(one) == "1 Firm audit"


def test_rows_of_a_class_that_two_ways_lead_to_are_counted_in_one_statement(firms):
    class Base(DeclarativeBase):
        pass

    class Team(Base):
        __tablename__ = "team_of_match"
        id: Mapped[int] = mapped_column(primary_key=True)

    class Match(Base):
        __tablename__ = "match_of_teams"
        id: Mapped[int] = mapped_column(primary_key=True)
        home_id: Mapped[int] = mapped_column(ForeignKey("team_of_match.id"))
        guest_id: Mapped[int] = mapped_column(ForeignKey("team_of_match.id"))

    Base.metadata.create_all(firms.connection())
    firms.add_all([Team(id=1), Team(id=2)])
    firms.flush()
    firms.add_all([Match(home_id=1, guest_id=2), Match(home_id=2, guest_id=1)])
    firms.commit()
    home = firms.get(Team, 1)
    with make_app(firms).test_request_context(), count_queries(1):
        [found] = consequences.Consequences(home)
        assert (found.target, found.number, found.fate) == (Match, 2, "refused")


# --- the page and the check -----------------------------------------------------------


def test_the_shipped_page_says_what_goes_with_it(app, client, db):
    """An author's books stay, without their author."""

    class Delete(DeleteView[Author]):
        success_url = "/"

    app.add_url_rule("/<int:pk>", view_func=Delete.as_view())
    author = Author(name="x", books=[Book(title="a"), Book(title="b")])
    db.add_all([author, Author(name="y")])
    db.commit()
    assert "2 Books: kept, without it" in client.get(f"/{author.id}").text
    assert "consequences" not in client.get(f"/{author.id + 1}").text


def test_a_page_that_does_not_ask_counts_nothing(app, client, db):
    class Delete(DeleteView[Author]):
        success_url = "/"
        template_name = "cbv/object_detail.html"

    app.add_url_rule("/<int:pk>", view_func=Delete.as_view())
    author = Author(name="x")
    db.add(author)
    db.commit()
    url = f"/{author.id}"
    with count_queries(1):
        client.get(url)


def test_check_names_a_model_whose_children_would_be_orphaned(app, db):
    """With the cures; a key that says SET NULL is meant, links are no children."""

    class Delete(DeleteView):
        success_url = "/"

    for model in (Author, Book, Tag, Firm, Meant):
        view = Delete.as_view(model.__name__.lower(), model=model)
        app.add_url_rule(f"/{model.__name__}/<int:pk>", view_func=view)
    faults = {fault.where: fault.text for fault in check(app)}
    assert set(faults) == {"author", "firm"}
    assert "deletes objects of Author" in faults["author"]
    assert "Author.books" in faults["author"]
    for cure in ("delete-orphan", 'passive_deletes="all"', 'ondelete="SET NULL"'):
        assert cure in faults["author"]


def test_check_leaves_a_view_that_sees_to_the_children_alone(app, db):
    class Delete(DeleteView[Author]):
        success_url = "/"

        def form_valid(self, form):
            self.object.books.clear()
            return super().form_valid(form)

    app.add_url_rule("/<int:pk>", view_func=Delete.as_view())
    assert check(app) == []
