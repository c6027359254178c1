"""Why the database refused an object: on its field, else in words."""

from __future__ import annotations

import pytest
from sqlalchemy import ForeignKey
from sqlalchemy import select
from sqlalchemy import String
from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import relationship

from cbv import CreateView
from cbv import UpdateView
from cbv.formsets import CreateWithInlinesView
from cbv.formsets import InlineFormSetFactory
from cbv.formsets import ModelFormSetView


class Own(DeclarativeBase):
    pass


class Shelf(Own):
    __tablename__ = "refused_shelf"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20))
    words: Mapped[list[Word]] = relationship(back_populates="shelf")


class Word(Own):
    __tablename__ = "refused_word"
    __table_args__ = (UniqueConstraint("first_letter", "place"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    word: Mapped[str] = mapped_column(String(20), unique=True)
    owner_name: Mapped[str] = mapped_column(String(20), info={"label": "Owner"})
    first_letter: Mapped[str | None]
    place: Mapped[int | None]
    kind: Mapped[str] = mapped_column(String(20), default="noun")
    shelf_id: Mapped[int | None] = mapped_column(ForeignKey("refused_shelf.id"))
    shelf: Mapped[Shelf | None] = relationship(back_populates="words")


FIELDS = ["word", "owner_name", "first_letter", "place"]
TAKEN = {"word": "tea", "owner_name": "ann", "first_letter": "t", "place": 1}


@pytest.fixture
def words(db, connection):
    Own.metadata.create_all(connection)
    rows = [Word(**TAKEN), Word(word="milk", owner_name="ben", first_letter="m")]
    db.add_all(rows)
    db.commit()
    return rows


def refused(app, db, base, names, set_, address="/", late=False, **data):
    """Post to a view whose ``form_valid`` sets these attributes; return the form."""

    class View(base):
        fields = names
        success_url = "/done"

        def form_valid(self, form):
            if late:
                answer = super().form_valid(form)
            for name, value in set_.items():
                setattr(form.instance, name, value)
            return answer if late else super().form_valid(form)

    function = View.as_view("view")
    app.add_url_rule("/", view_func=function)
    app.add_url_rule("/<int:pk>", view_func=function)
    answer = app.test_client().post(address, data={"owner_name": "cat", **data})
    assert answer.status_code == 200
    db.expire_all()
    found = [word.word for word in db.scalars(select(Word).order_by(Word.id))]
    assert found == ["tea", "milk"]
    return answer.context["form"]


CASES = [
    (["word", "owner_name"], {"word": "tea"}, "word", "with this Word already"),
    (["owner_name"], {"word": "tea"}, None, "with this Word already exists"),
    (FIELDS, {"first_letter": "t", "place": 1}, None, "First letter and Place"),
    (["word", "owner_name"], {"first_letter": "t", "place": 1}, None, "and Place"),
    (["word", "owner_name"], {"owner_name": None}, "owner_name", "is required"),
    (["word"], {"owner_name": None}, None, "Owner name must have a value."),
]


@pytest.mark.parametrize("when", ["new", "saved", "after super()"])
@pytest.mark.parametrize(("names", "set_", "field", "text"), CASES)
def test_what_form_valid_set_is_named(app, db, words, names, set_, field, text, when):
    """A new object and an old one; at the flush, and at the commit."""
    base = CreateView[Word] if when == "new" else UpdateView[Word]
    address = "/" if when == "new" else f"/{words[1].id}"
    missing = {"word": "coffee", "owner_name": "x"} if when == "new" else {}
    set_ = {**{k: v for k, v in missing.items() if k not in names}, **set_}
    late = when == "after super()"
    form = refused(app, db, base, names, set_, address, late, word="coffee")
    found = form[field].errors if field else form.form_errors
    assert len(found) == 1
    assert text in found[0]


def test_a_column_left_out_of_the_fields_is_named(app, db, words):
    """By its words, not by the database's."""
    form = refused(app, db, CreateView[Word], ["word"], {}, word="coffee")
    assert form.form_errors == ["Owner name must have a value."]
    assert form.errors == {form._form_error_key: form.form_errors}


def test_a_refusal_without_a_known_reason_stays_a_general_one(app, db, words):
    """A foreign key to no row, on a database that checks it."""
    set_ = {"shelf_id": 77, "owner_name": "x"}
    form = refused(app, db, CreateView[Word], ["word"], set_, word="coffee")
    assert "could not be saved" in form.form_errors[0]


def test_the_row_of_a_formset_is_named(app, db, words):
    """The error stands in the form of that row."""

    class Words(ModelFormSetView[Word]):
        fields = ["word"]
        success_url = "/done"
        factory_kwargs = {"extra": 1}

    app.add_url_rule("/", view_func=Words.as_view("words"))
    data = {"form-TOTAL_FORMS": "3", "form-INITIAL_FORMS": "2"}
    for index, row in enumerate(words):
        data |= {f"form-{index}-id": str(row.id), f"form-{index}-word": row.word}
    answer = app.test_client().post("/", data={**data, "form-2-word": "coffee"})
    assert answer.status_code == 200
    forms = answer.context["formset"].forms
    assert [form.form_errors for form in forms] == [
        [],
        [],
        ["Owner name must have a value."],
    ]


def test_the_child_of_an_inline_is_named(app, db, words):
    """And nothing is said of the key to the parent, which it would have got."""

    class Words(InlineFormSetFactory):
        model = Word
        fields = ["word"]

    class Create(CreateWithInlinesView[Shelf]):
        fields = ["name"]
        inlines = [Words]
        success_url = "/done"

    app.add_url_rule("/", view_func=Create.as_view("create"))
    data = {"words-TOTAL_FORMS": "1", "words-INITIAL_FORMS": "0", "name": "s"}
    answer = app.test_client().post("/", data={**data, "words-0-word": "coffee"})
    assert answer.status_code == 200
    (formset,) = answer.context["inlines"]
    assert [f.form_errors for f in formset] == [["Owner name must have a value."]]
    assert db.scalars(select(Shelf)).all() == []
