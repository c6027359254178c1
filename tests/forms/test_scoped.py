"""What the scope of a view leaves to its forms: which fields, and which choices."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from sqlalchemy import Column
from sqlalchemy import ForeignKey
from sqlalchemy import ForeignKeyConstraint
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy import String
from sqlalchemy import Table
from sqlalchemy.orm import composite
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import relationship
from sqlalchemy.orm import synonym
from wtforms import Form
from wtforms import IntegerField
from wtforms import StringField

from cbv import CreateView
from cbv import CRUDView
from cbv import FilterMixin
from cbv import ImproperlyConfigured
from cbv import ListView
from cbv import per_request
from cbv import UpdateView
from cbv.forms import ModelForm
from cbv.formsets import CreateWithInlinesView
from cbv.formsets import inlineformset_factory
from cbv.formsets import InlineFormSetFactory
from cbv.formsets import ModelFormSetView
from cbv.formsets import UpdateWithInlinesView


class Base(DeclarativeBase):
    pass


class Maker(Base):
    __tablename__ = "scoped_maker"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20))


class Place(NamedTuple):
    room: int | None
    desk: int | None


class Desk(Base):
    """A desk is known by its maker and a number."""

    __tablename__ = "scoped_desk"
    maker_id: Mapped[int] = mapped_column(
        ForeignKey("scoped_maker.id"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)


alike = Table(
    "scoped_alike",
    Base.metadata,
    Column("left_id", ForeignKey("scoped_topic.id"), primary_key=True),
    Column("right_id", ForeignKey("scoped_topic.id"), primary_key=True),
)


class Topic(Base):
    """A topic refers to topics in each way there is; only ``chief`` by name too."""

    __tablename__ = "scoped_topic"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(20))
    maker_id: Mapped[int | None] = mapped_column(ForeignKey("scoped_maker.id"))
    maker: Mapped[Maker | None] = relationship(foreign_keys=[maker_id])
    maker_key = synonym("maker_id")
    number: Mapped[int | None] = mapped_column()
    desk: Mapped[Desk | None] = relationship(
        foreign_keys=[maker_id, number], overlaps="maker"
    )
    place: Mapped[Place] = composite("maker_id", "number")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("scoped_topic.id"))
    chief_id: Mapped[int | None] = mapped_column(ForeignKey("scoped_topic.id"))
    chief: Mapped[Topic | None] = relationship(foreign_keys=[chief_id], remote_side=id)
    alike: Mapped[list[Topic]] = relationship(
        secondary=alike,
        primaryjoin=id == alike.c.left_id,
        secondaryjoin=id == alike.c.right_id,
    )
    notes: Mapped[list[Note]] = relationship(foreign_keys="Note.topic_id")
    kind: Mapped[str] = mapped_column(String(10))
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "topic"}
    __table_args__ = (
        ForeignKeyConstraint(
            ["maker_id", "number"], ["scoped_desk.maker_id", "scoped_desk.number"]
        ),
    )

    def __str__(self) -> str:
        return self.title


class Essay(Topic):
    """A subclass with a table of its own, and a bare key to that."""

    __tablename__ = "scoped_essay"
    id: Mapped[int] = mapped_column(ForeignKey("scoped_topic.id"), primary_key=True)
    sequel_id: Mapped[int | None] = mapped_column(ForeignKey("scoped_essay.id"))
    __mapper_args__ = {
        "polymorphic_identity": "essay",
        "inherit_condition": id == Topic.id,
    }


class Note(Base):
    """A note of a topic; ``see_id`` is a second key to one, without a relationship."""

    __tablename__ = "scoped_note"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(String(20))
    topic_id: Mapped[int] = mapped_column(ForeignKey("scoped_topic.id"))
    see_id: Mapped[int | None] = mapped_column(ForeignKey("scoped_topic.id"))
    maker_id: Mapped[int | None] = mapped_column(ForeignKey("scoped_maker.id"))
    maker: Mapped[Maker | None] = relationship()


#: What ``SCOPE`` owns: the column, and each other name under which it can be set.
OWNED = ["maker_id", "maker", "desk", "place", "maker_key"]
ME, OTHER = 1, 2
SCOPE = Topic.maker_id == per_request(lambda: ME)


@pytest.fixture
def topics(db, connection):
    """Mine and theirs, with a desk and a note each."""
    Base.metadata.create_all(connection)
    db.add_all([Maker(id=ME, name="me"), Maker(id=OTHER, name="they")])
    db.flush()
    db.add_all([Desk(maker_id=ME, number=5), Desk(maker_id=OTHER, number=5)])
    db.flush()
    found = [
        Topic(id=10, title="mine", maker_id=ME),
        Topic(id=20, title="theirs", maker_id=OTHER),
        Topic(id=11, title="second", maker_id=ME),
    ]
    db.add_all(found)
    db.flush()
    db.add_all([Note(id=30, text="n", topic_id=10), Note(id=40, text="t", topic_id=20)])
    db.commit()
    return found


def rows(total, initial, prefix="form", **values):
    data = {f"{prefix}-TOTAL_FORMS": total, f"{prefix}-INITIAL_FORMS": initial}
    for name, value in values.items():
        data[f"{prefix}-{name[1:].replace('_', '-', 1)}"] = value
    return data


class PlainForm(Form):
    title = StringField()
    maker_id = IntegerField()
    maker = IntegerField()
    desk = IntegerField()
    place = IntegerField()
    maker_key = IntegerField()


class TopicForm(ModelForm):
    class Meta:
        model = Topic
        fields = ["title", "maker_id", "maker", "desk", "parent_id", "chief", "alike"]


EVERY_VALUE = {
    "title": "new",
    "maker_id": OTHER,
    "maker": OTHER,
    "desk": f"{OTHER},5",
    "place": OTHER,
    "maker_key": OTHER,
    "initial-maker_id": OTHER,
}
DECLARED = {"model": Topic, "scope": SCOPE, "success_url": "/"}
FORMS = [{"fields": "__all__"}, {"form_class": PlainForm}, {"form_class": TopicForm}]


class NoteInline(InlineFormSetFactory):
    model = Note
    fk_name = "topic_id"
    fields = ["text", "see_id"]


# --- what the scope owns is no field --------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("inlines", [False, True])
def test_a_new_row_cannot_be_somebody_elses(app, client, db, topics, form, inlines):
    """Whatever is posted, and under whichever name."""
    base = CreateWithInlinesView if inlines else CreateView
    view = type("New", (base,), {**DECLARED, **form})
    app.add_url_rule("/", view_func=view.as_view())
    shown = client.get("/").context["form"]
    assert not set(OWNED).intersection(shown._fields)
    assert client.post("/", data=EVERY_VALUE).status_code == 303
    topic = db.scalars(select(Topic).where(Topic.title == "new")).one()
    assert (topic.maker_id, topic.number) == (ME, None)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("inlines", [False, True])
def test_a_row_cannot_be_moved_out_of_the_scope(app, client, db, topics, form, inlines):
    """By POST and PUT."""
    base = UpdateWithInlinesView if inlines else UpdateView
    view = type("Edit", (base,), {**DECLARED, **form})
    app.add_url_rule("/<int:pk>", view_func=view.as_view())
    shown = client.get("/10").context["form"]
    assert not set(OWNED).intersection(shown._fields)
    for verb in ("POST", "PUT"):
        answer = client.open("/10", method=verb, data=EVERY_VALUE)
        assert answer.status_code == 303
        db.expire_all()
        assert (topics[0].maker_id, topics[0].title) == (ME, "new")
    assert client.post("/20", data=EVERY_VALUE).status_code == 404


@pytest.mark.parametrize("form", FORMS)
def test_no_row_of_a_formset_can_be_moved(app, client, db, topics, form):
    """Neither one that is there nor one that is added."""
    view = type("All", (ModelFormSetView,), {**DECLARED, **form})
    app.add_url_rule("/", view_func=view.as_view())
    formset = client.get("/").context["formset"]
    for shown in (*formset, formset.empty_form):
        assert not set(OWNED).intersection(shown._fields)
    data = rows(2, 1, _0_id=10)
    for number in (0, 1):
        data |= {f"form-{number}-{name}": v for name, v in EVERY_VALUE.items()}
    assert client.post("/", data=data).status_code == 303
    found = db.execute(select(Topic.title, Topic.maker_id).order_by(Topic.id))
    assert sorted(map(tuple, found)) == [
        ("new", ME),
        ("new", ME),
        ("second", ME),
        ("theirs", OTHER),
    ]


@pytest.mark.parametrize("fields", ["__all__", None])
def test_no_row_of_an_inline_can_be_moved(app, client, db, topics, fields):
    """Neither to another parent nor out of the scope of the inline."""

    class Plain(Form):
        text = StringField()
        maker = maker_id = topic_id = topic = IntegerField()

    class Mine(NoteInline):
        scope = Note.maker_id == per_request(lambda: ME)

    Mine.fields, Mine.form_class = fields, None if fields else Plain

    class Edit(UpdateWithInlinesView[Topic]):
        fields = ["title"]
        scope = SCOPE
        inlines = [Mine]
        success_url = "/"

    app.add_url_rule("/<int:pk>", view_func=Edit.as_view())
    shown = client.get("/10").context["inlines"][0].empty_form
    assert not {"maker", "maker_id", "topic_id"}.intersection(shown._fields)
    new = rows(1, 0, "notes", _0_text="new", _0_topic_id=20, _0_maker_id=OTHER)
    new |= {"title": "x", "notes-0-maker": OTHER, "notes-0-topic": 20}
    assert client.post("/10", data=new).status_code == 303
    note = db.scalars(select(Note).where(Note.text == "new")).one()
    assert (note.topic_id, note.maker_id) == (10, ME)


def test_a_form_that_get_form_makes_itself_has_no_such_field_either(
    app, client, db, topics
):
    """What is posted to it is not saved."""

    class Edit(UpdateView[Topic]):
        scope = SCOPE
        form_class = TopicForm
        success_url = "/"

        def get_form(self, form_class=None):
            form = TopicForm(self.get_form_kwargs()["formdata"], self.object)
            form.instance = self.object
            return form

    app.add_url_rule("/<int:pk>", view_func=Edit.as_view())
    assert client.post("/10", data=EVERY_VALUE).status_code == 303
    db.expire_all()
    assert (topics[0].maker_id, topics[0].title) == (ME, "new")


def test_the_scope_owns_its_equalities_beside_other_criteria(app, client, db, topics):
    """A criterion that owns nothing does not open the others."""
    scope = [SCOPE, Topic.id > 0]
    declared = {**DECLARED, "scope": scope, "fields": "__all__"}
    view = type("Edit", (UpdateView,), declared)
    app.add_url_rule("/<int:pk>", view_func=view.as_view())
    assert client.post("/10", data=EVERY_VALUE).status_code == 303
    db.expire_all()
    assert topics[0].maker_id == ME


@pytest.mark.parametrize(
    "scope",
    [
        or_(SCOPE, Topic.number == 7),
        Topic.maker_id.in_(per_request(lambda: [ME])),
        Topic.maker.has(Maker.name == "me"),
        Topic.maker_id < OTHER,
    ],
)
@pytest.mark.parametrize("base", [UpdateView, ModelFormSetView])
def test_all_fields_are_none_that_the_scope_names_in_any_way(
    app, client, db, topics, base, scope
):
    """Whoever lets users change such a column names it."""
    declared = {**DECLARED, "scope": scope, "fields": "__all__"}
    if base is ModelFormSetView:
        declared["factory_kwargs"] = {"extra": 0}
    view = type("Edit", (base,), declared)
    rule = "/<int:pk>" if base is UpdateView else "/"
    app.add_url_rule(rule, view_func=view.as_view())
    named = type("Named", (UpdateView,), {**declared, "fields": ["maker_id"]})
    app.add_url_rule("/named/<int:pk>", view_func=named.as_view())
    data = EVERY_VALUE | rows(1, 1, _0_id=10)
    data |= {f"form-0-{name}": value for name, value in EVERY_VALUE.items()}
    address = "/10" if base is UpdateView else "/"
    assert client.post(address, data=data).status_code == 303
    db.expire_all()
    assert (topics[0].maker_id, topics[0].title) == (ME, "new")
    assert "maker_id" in client.get("/named/10").context["form"]


@pytest.mark.parametrize("name", ["maker_id", "maker", "desk"])
@pytest.mark.parametrize(
    "base",
    [
        CreateView,
        UpdateView,
        CreateWithInlinesView,
        UpdateWithInlinesView,
        ModelFormSetView,
    ],
)
def test_naming_what_the_scope_owns_is_refused_at_set_up(base, name):
    """With the class, the field and the cures; a tuple or a set is a list too."""
    for fields in (["title", name], ("title", name), {"title", name}):
        view = type("Wrong", (base,), {**DECLARED, "fields": fields})
        with pytest.raises(
            ImproperlyConfigured, match=rf"Wrong has fields with '{name}'.*leave.*out"
        ):
            view.as_view()
    view = type("Right", (base,), {**DECLARED, "fields": ["title"]})
    with pytest.raises(ImproperlyConfigured, match=name):
        view.as_view(fields=["title", name])


def test_naming_it_is_refused_in_a_crud_view_and_in_an_inline():
    """When the blueprint is made, and by the view of the page."""
    crud = type("Wrong", (CRUDView,), {**DECLARED, "fields": ["maker"]})
    with pytest.raises(ImproperlyConfigured, match=r"fields with 'maker'"):
        crud.blueprint()

    class Owned(NoteInline):
        fields = ["text", "maker"]
        scope = Note.maker_id == 1

    declared = {**DECLARED, "fields": ["title"], "inlines": [Owned]}
    view = type("Edit", (UpdateWithInlinesView,), declared)
    with pytest.raises(ImproperlyConfigured, match=r"Owned has fields with 'maker'"):
        view.as_view()


def test_naming_it_is_refused_at_the_latest_when_the_model_is_known(
    app, client, db, topics
):
    """That is by the first request, where only the statement says it."""

    class New(CreateView):
        queryset = select(Topic)
        fields = ["maker_id"]
        scope = SCOPE
        success_url = "/"

    app.add_url_rule("/", view_func=New.as_view())
    with pytest.raises(ImproperlyConfigured, match=r"New has fields with 'maker_id'"):
        client.get("/")


# --- choices of the own model are in scope --------------------------------------------

TO_TOPICS = ["parent_id", "chief_id", "chief", "alike"]


class Pointing(ModelForm):
    class Meta:
        model = Topic
        fields = ["title", *TO_TOPICS]


POINTING = [{"fields": ["title", *TO_TOPICS]}, {"form_class": Pointing}]
POINTING += [{"fields": "__all__"}]


@pytest.mark.parametrize("form", POINTING)
@pytest.mark.parametrize("base", [CreateView, UpdateView, ModelFormSetView])
def test_only_own_rows_are_offered_and_saved(app, client, db, topics, base, form):
    """By a bare foreign key, by a relationship, and many to many."""
    view = type("Edit", (base,), {**DECLARED, **form})
    rule = "/<int:pk>" if base is UpdateView else "/"
    app.add_url_rule(rule, view_func=view.as_view())
    address = "/10" if base is UpdateView else "/"
    page = client.get(address).text
    assert '<option value="11"' in page
    assert "theirs" not in page
    start = rows(1, 1, _0_id=10) if base is ModelFormSetView else {}
    prefix = "form-0-" if start else ""
    for name in TO_TOPICS:
        if name == "chief" and form.get("fields") == "__all__":
            continue  # which has the column alone
        data = {**start, f"{prefix}title": "mine"}
        refused = client.post(address, data={**data, f"{prefix}{name}": "20"})
        assert refused.status_code == 200, name
        assert "not one of the available choices" in refused.text
        saved = client.post(address, data={**data, f"{prefix}{name}": "11"})
        assert saved.status_code == 303, name
    db.expire_all()
    found = db.execute(select(Topic.parent_id, Topic.chief_id).distinct()).all()
    assert 20 not in {key for row in found for key in row}


def test_a_row_that_is_its_own_chief_is_an_error_of_the_form(app, client, db, topics):
    """SQLAlchemy cannot save a relationship to the row itself; that is no 500."""

    class Edit(UpdateView[Topic]):
        fields = ["chief"]
        success_url = "/"

    app.add_url_rule("/<int:pk>", view_func=Edit.as_view())
    answer = client.post("/10", data={"chief": "10"})
    assert (answer.status_code, topics[0].chief_id) == (200, None)
    assert "could not be saved" in answer.text


def test_choices_of_ones_own_are_kept(app, client, db, topics):
    """They say what is offered, as the one who wrote them wants it."""

    class Edit(UpdateView[Topic]):
        fields = ["parent_id", "chief"]
        choices = {"parent_id": select(Topic)}
        scope = SCOPE
        success_url = "/"

    app.add_url_rule("/<int:pk>", view_func=Edit.as_view())
    assert client.get("/10").text.count("theirs") == 1
    assert client.post("/10", data={"parent_id": "20"}).status_code == 303
    assert client.post("/10", data={"chief": "20"}).status_code == 200


@pytest.mark.parametrize("name", TO_TOPICS)
@pytest.mark.parametrize("base", [ListView, CRUDView])
def test_only_own_rows_are_options_of_a_filter(app, client, db, topics, base, name):
    """A key that is not offered finds nothing that the list would not show."""
    declared = {"model": Topic, "scope": SCOPE, "filter_fields": [name]}
    if base is ListView:
        view = type("List", (FilterMixin, ListView), declared)
        app.add_url_rule("/", view_func=view.as_view())
    else:
        crud = type("Topics", (CRUDView,), {**declared, "fields": ["title"]})
        app.register_blueprint(crud.blueprint())
    page = client.get("/" if base is ListView else "/topic/")
    field = page.context["filter_form"][name]
    assert [choice.label for choice in field.iter_choices()][1:] == ["mine", "second"]
    assert "theirs" not in page.text
    assert client.get(f"/?{name}=20").text.count("theirs") == 0


@pytest.mark.parametrize("kind", ["factory", "class", "form_class"])
def test_a_second_key_of_an_inline_is_in_the_scope_of_the_view(
    app, client, db, topics, kind
):
    """Whichever way the inline is declared."""

    class NoteForm(ModelForm):
        class Meta:
            model = Note
            fields = ["text", "see_id"]

    inline = {
        "factory": NoteInline,
        "class": inlineformset_factory(
            Topic, Note, fields=["text", "see_id"], fk_name="topic_id"
        ),
        "form_class": type(
            "Own", (NoteInline,), {"fields": None, "form_class": NoteForm}
        ),
    }[kind]

    class Edit(UpdateWithInlinesView[Topic]):
        fields = ["title"]
        scope = SCOPE
        inlines = [inline]
        success_url = "/"

    app.add_url_rule("/<int:pk>", view_func=Edit.as_view())
    page = client.get("/10").text
    assert '<option value="10"' in page
    assert "theirs" not in page
    new = {"title": "mine", **rows(1, 0, "notes", _0_text="new")}
    refused = client.post("/10", data={**new, "notes-0-see_id": "20"})
    assert refused.status_code == 200
    assert client.post("/10", data={**new, "notes-0-see_id": "10"}).status_code == 303
    assert db.scalars(select(Note.see_id).where(Note.text == "new")).all() == [10]


def test_an_inline_of_the_own_rows_is_in_both_scopes(app, client, db, topics):
    """A child that refers to children is limited by the scope of the inline."""

    class Children(InlineFormSetFactory):
        model = Topic
        fk_name = "parent_id"
        fields = ["title", "chief"]
        scope = Topic.maker_id == per_request(lambda: ME)

    class Edit(UpdateWithInlinesView[Topic]):
        fields = ["title"]
        inlines = [Children]
        success_url = "/"

    app.add_url_rule("/<int:pk>", view_func=Edit.as_view())
    assert "theirs" not in client.get("/10").text


def test_without_a_scope_all_rows_are_offered(app, client, db, topics):
    """As before."""

    class Edit(UpdateView[Topic]):
        fields = ["title", *TO_TOPICS]
        success_url = "/"

    app.add_url_rule("/<int:pk>", view_func=Edit.as_view())
    assert client.get("/10").text.count("theirs") == len(TO_TOPICS)


def test_a_subclass_chooses_among_its_own_rows_and_those_of_its_base(
    app, client, db, topics
):
    """A scope on the base's column holds for both tables."""
    db.add_all(
        [
            Essay(id=12, title="my essay", maker_id=ME),
            Essay(id=22, title="their essay", maker_id=OTHER),
        ]
    )
    db.commit()

    class Edit(UpdateView[Essay]):
        fields = "__all__"
        scope = SCOPE
        success_url = "/"

    app.add_url_rule("/<int:pk>", view_func=Edit.as_view())
    form = client.get("/12").context["form"]
    labels = {
        name: [choice.label for choice in form[name].iter_choices()][1:]
        for name in ("parent_id", "sequel_id")
    }
    assert labels == {
        "parent_id": ["mine", "second", "my essay"],
        "sequel_id": ["my essay"],
    }
    for name, theirs in (("parent_id", "20"), ("parent_id", "22"), ("sequel_id", "22")):
        data = {"title": "x", name: theirs}
        assert client.post("/12", data=data).status_code == 200
    assert (
        client.post("/12", data={**EVERY_VALUE, "sequel_id": "12"}).status_code == 303
    )
    assert db.scalars(select(Essay.maker_id).where(Essay.title == "new")).all() == [ME]
    assert client.get("/22").status_code == 404


def test_two_scopes_over_the_same_rows_both_limit_them(app, client, topics):
    """That of the view and that of its inline, whose children are of the same class."""

    class Parts(InlineFormSetFactory):
        model = Topic
        fields = ["title", "chief_id"]
        fk_name = "parent_id"
        scope = Topic.kind == "topic"

    class Whole(UpdateWithInlinesView[Topic]):
        fields = ["title"]
        inlines = [Parts]
        scope = SCOPE
        success_url = "/"

    app.add_url_rule("/<int:pk>", view_func=Whole.as_view())
    [formset] = client.get("/10").context["inlines"]
    chief = formset.empty_form["chief_id"]
    labels = [choice.label for choice in chief.iter_choices()]
    assert sorted(labels) == ["---------", "mine", "second"]
