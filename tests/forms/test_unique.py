"""What must be unique is looked for before it is saved."""

from __future__ import annotations

import wtforms
from sqlalchemy import ForeignKey
from sqlalchemy import Index
from sqlalchemy import select
from sqlalchemy import String
from sqlalchemy import text
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from wtforms.validators import Length

from cbv import UpdateView
from cbv.forms import check_unique
from cbv.testing import count_queries
from support.column_models import form_for
from support.column_models import Player
from support.column_models import posted
from support.column_models import Team
from support.library_models import Book


def test_columns_that_are_unique_together_are_an_error_of_the_form(app, db):
    """Named by their labels, in form_errors; a different one is free."""
    db.add(Player(nick="x", shirt=1))
    db.commit()
    form_class = form_for(Player, "nick", "shirt")
    with app.test_request_context():
        form = form_class(posted(nick="x", shirt="1"))
        assert not form.validate()
        assert form.form_errors == ["Player with this Nick and Shirt already exists."]
        assert form_class(posted(nick="x", shirt="2")).validate()
        assert form_class(posted(nick="x", shirt="")).validate()  # NULL clashes not


def test_columns_outside_the_form_are_taken_from_the_object(app, db):
    """A scope's value counts, as does the key behind a relationship field."""
    db.add(Team(region="n", number=1, name="N1"))
    db.add(Player(nick="x", shirt=1, team_region="n", team_number=1))
    db.commit()
    with app.test_request_context():
        form = form_for(Player, "shirt")(
            posted(shirt="1"), instance=Player(nick="y", team_region="n", team_number=1)
        )
        assert not form.validate()
        form = form_for(Player, "nick", "shirt", "team")(
            posted(nick="y", shirt="1", team="n,1")
        )
        assert not form.validate()
        assert form.form_errors
        assert not form.team.errors


def test_row_does_not_clash_with_itself(app, client, db):
    """An unchanged value needs no look-up; a changed one is checked but for itself."""
    db.add_all([Player(nick="x", shirt=1), Player(nick="y", shirt=1)])
    db.commit()
    first = db.scalars(select(Player).where(Player.nick == "x")).one()

    class Edit(UpdateView[Player]):
        fields = ["nick", "shirt"]
        success_url = "/"

    app.add_url_rule("/<int:pk>", view_func=Edit.as_view())
    with count_queries(1):  # the object; nothing changed, so nothing is asked or saved
        client.post(f"/{first.id}", data={"nick": "x", "shirt": "1"})
    clash = client.post(f"/{first.id}", data={"nick": "y", "shirt": "1"})
    assert clash.context["form"].form_errors


def test_uniqueness_of_any_form_class(app, db):
    """A plain WTForms form is checked too; a value no row can hold clashes not."""
    db.add(Book(title="x", slug="taken"))
    db.commit()

    class Plain(wtforms.Form):
        slug = wtforms.StringField(validators=[Length(max=500)])

    with app.test_request_context():
        form = Plain(posted(slug="taken"))
        assert form.validate()
        assert not check_unique(form, Book())
        assert form.slug.errors == ["Book with this Slug already exists."]
        for other in ("free", "x" * 60, "\0"):
            form = Plain(posted(slug=other))
            assert form.validate()
            assert check_unique(form, Book())


def test_partial_and_expression_indexes_are_left_to_the_database():
    """Their rule is not known here; they are not taken for plain ones."""
    from cbv.forms.unique import unique_sets

    class Own(DeclarativeBase):
        pass

    class Seat(Own):
        __tablename__ = "seat"
        id: Mapped[int] = mapped_column(primary_key=True)
        row: Mapped[str]
        code: Mapped[str]
        __table_args__ = (
            Index("some", "row", unique=True, postgresql_where=text("id > 5")),
            Index("lowered", text("lower(code)"), unique=True),
        )

    assert [unique.names for unique in unique_sets(Seat)] == [("id",)]


def test_joined_inheritance_finds_unique_columns_of_the_parent(app, engine):
    """The parent's table is asked, so a sibling's row clashes too."""
    from sqlalchemy.orm import Session

    from support.applications import make_app

    class Own(DeclarativeBase):
        pass

    class Party(Own):
        __tablename__ = "party"
        id: Mapped[int] = mapped_column(primary_key=True)
        kind: Mapped[str] = mapped_column(String(10))
        code: Mapped[str] = mapped_column(String(10), unique=True)
        __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "party"}

    class Firm(Party):
        __tablename__ = "firm"
        id: Mapped[int] = mapped_column(ForeignKey("party.id"), primary_key=True)
        vat: Mapped[str | None] = mapped_column(String(10))
        __mapper_args__ = {"polymorphic_identity": "firm"}

    form_class = form_for(Firm)
    assert [f.short_name for f in form_class()] == ["code", "vat"]
    with engine.connect() as connection:
        outer = connection.begin()
        Own.metadata.create_all(connection)
        session = Session(connection)
        session.add(Party(code="x"))
        session.flush()
        app = make_app(lambda: session)
        with app.test_request_context():
            form = form_class(posted(code="x", vat=""))
            assert not form.validate()
            assert form.code.errors
        session.close()
        outer.rollback()


def test_single_table_inheritance_asks_for_the_rows_of_siblings_too(app, engine):
    """The unique column may be the parent's, or declared in the subclass itself."""
    from sqlalchemy.orm import Session

    from support.applications import make_app

    class Own(DeclarativeBase):
        pass

    class Pet(Own):
        __tablename__ = "pet"
        id: Mapped[int] = mapped_column(primary_key=True)
        kind: Mapped[str] = mapped_column(String(10))
        name: Mapped[str] = mapped_column(String(10), unique=True)
        __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "pet"}

    class Cat(Pet):
        chip: Mapped[str | None] = mapped_column(String(10), unique=True)
        __mapper_args__ = {"polymorphic_identity": "cat"}

    form_class = form_for(Cat, "name", "chip")
    with engine.connect() as connection:
        outer = connection.begin()
        Own.metadata.create_all(connection)
        session = Session(connection)
        session.add_all([Pet(name="x"), Cat(name="y", chip="1")])
        session.flush()
        with make_app(lambda: session).test_request_context():
            for posted_values, wrong in (
                ({"name": "x", "chip": "2"}, ["name"]),
                ({"name": "z", "chip": "1"}, ["chip"]),
                ({"name": "z", "chip": "2"}, []),
            ):
                form = form_class(posted(**posted_values))
                assert form.validate() is not bool(wrong)
                assert list(form.errors) == wrong
        session.close()
        outer.rollback()
