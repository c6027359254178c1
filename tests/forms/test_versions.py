"""Optimistic locking by the version of a row, and rows nested in others."""

from __future__ import annotations

import pytest
from jinja2 import DictLoader
from sqlalchemy import ForeignKey
from sqlalchemy import select
from sqlalchemy import String
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import relationship
from wtforms import Form as PlainForm
from wtforms import StringField
from wtforms.validators import InputRequired

import cbv.db
from cbv import CreateView
from cbv import CreateWithInlinesView
from cbv import DeleteView
from cbv import DetailView
from cbv import FormView
from cbv import InlineFormSetFactory
from cbv import ListView
from cbv import ModelFormSetView
from cbv import UpdateView
from cbv import UpdateWithInlinesView
from cbv import url_value
from cbv.db import get_object_or_404
from cbv.formsets import modelformset_factory
from cbv.testing import count_queries
from support.library_models import Base


class Room(Base):
    __tablename__ = "room"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20))

    def __str__(self) -> str:
        return self.name


class Page(Base):
    """A page of a wiki; ``revision`` counts its versions."""

    __tablename__ = "wiki_page"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(20))
    text: Mapped[str | None] = mapped_column(String(100))
    done: Mapped[bool] = mapped_column(default=False)
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"))
    room: Mapped[Room | None] = relationship()
    revision: Mapped[int] = mapped_column("rev")

    __mapper_args__ = {"version_id_col": revision}


def route(app, rule, view_class, name=None, **options):
    app.add_url_rule(rule, view_func=view_class.as_view(name, **options))


class Edit(UpdateView[Page]):
    fields = ["title", "text", "done", "room_id"]
    success_url = "/done"


class Delete(DeleteView[Page]):
    success_url = "/done"


@pytest.fixture
def page(db):
    found = Page(title="Old", text="first", room=Room(name="Attic"))
    db.add(found)
    db.commit()
    return found


def stored(db, page):
    db.expire_all()
    return db.get(Page, page.id)


@pytest.mark.parametrize("view_class", [Edit, Delete])
def test_the_form_carries_the_version_in_a_hidden_field(app, client, page, view_class):
    """Named like the mapped attribute, not like the column."""
    route(app, "/<int:pk>", view_class)
    response = client.get(f"/{page.id}")
    field = response.context["form"]["revision"]
    assert 'type="hidden"' in str(field())
    assert 'name="revision"' in response.text
    assert 'value="1"' in str(field())


def test_the_right_version_is_saved_and_counts_up(app, client, db, page):
    """The object, the update: nothing more is asked for the version."""
    route(app, "/<int:pk>", Edit)
    address, key = f"/{page.id}", page.id
    db.expunge_all()
    with count_queries(2):
        response = client.post(address, data=typed(revision=1))
    assert response.status_code == 303
    assert db.get(Page, key).revision == 2


def typed(**values):
    return {"title": "Mine", "text": "first", **values}


@pytest.mark.parametrize(
    "version", ["0", "2", "", "x", "1.", "\uff11", "9" * 400, None]
)
def test_another_version_is_409_and_saves_nothing(app, client, db, page, version):
    """Missing or unreadable is stale too."""
    route(app, "/<int:pk>", Edit)
    data = typed() if version is None else typed(revision=version)
    response = client.post(f"/{page.id}", data=data)
    assert response.status_code == 409
    assert "Someone else has changed this" in response.text
    assert stored(db, page).title == "Old"


def test_409_keeps_what_was_typed_and_shows_what_is_stored(app, client, db, page):
    """Only where they differ; choices and boxes in words."""
    route(app, "/<int:pk>", Edit)
    page.text, page.done = "theirs", True
    db.commit()
    data = {"title": "Mine", "text": "", "room_id": "", "revision": "1"}
    response = client.post(f"/{page.id}", data=data)
    form = response.context["form"]
    assert (form["title"].data, form["text"].data) == ("Mine", None)
    assert response.context["theirs"] == {
        "title": "Old",
        "text": "theirs",
        "done": "Yes",
        "room_id": "Attic",
    }
    assert '<p class="theirs" id="title-theirs">Stored now: Old</p>' in response.text
    assert 'aria-describedby="title-theirs"' in response.text


def test_what_was_shown_after_a_409_can_be_saved(app, client, db, page):
    """The form then carries the version that it shows."""
    route(app, "/<int:pk>", Edit)
    page.text = "theirs"
    db.commit()
    stale = client.post(f"/{page.id}", data=typed(revision="1"))
    version = stale.context["form"]["revision"].data
    assert client.post(f"/{page.id}", data=typed(revision=version)).status_code == 303
    assert stored(db, page).title == "Mine"


def test_a_change_while_the_request_runs_is_409(app, client, db, page):
    """Read at version 1, overtaken before it is saved: the database tells."""

    class Overtaken(Edit):
        def form_valid(self, form):
            db.execute(
                update(Page).values(rev=7, text="theirs"),
                execution_options={"synchronize_session": False},
            )
            return super().form_valid(form)

    route(app, "/<int:pk>", Overtaken)
    response = client.post(f"/{page.id}", data=typed(revision=1))
    assert response.status_code == 409
    assert stored(db, page).title == "Old"


def test_a_row_that_is_gone_meanwhile_is_404(app, client, db, page):
    """As a row that was never there."""

    class Overtaken(Edit):
        def form_valid(self, form):
            db.connection().exec_driver_sql("DELETE FROM wiki_page")
            return super().form_valid(form)

        def get_object(self, queryset=None):
            if self.__dict__.get("asked"):
                return super().get_object(select(Page).where(Page.title == "gone"))
            self.asked = True
            return super().get_object(queryset)

    route(app, "/<int:pk>", Overtaken)
    assert client.post(f"/{page.id}", data=typed(revision=1)).status_code == 404


@pytest.mark.parametrize("explicit", ["fields", "form_class"])
def test_an_explicit_form_class_carries_it_too(app, client, db, page, explicit):
    """Any WTForms class; the one declared stays as it is."""

    class Title(PlainForm):
        title = StringField(validators=[InputRequired()])

    own = {"fields": None, "form_class": Title}
    if (
        explicit == "fields"
    ):  # the version named among the fields is hidden all the same
        own = {"fields": ["title", "revision"]}
    route(app, "/<int:pk>", Edit, **own)
    assert client.post(f"/{page.id}", data={"title": "x"}).status_code == 409
    answer = client.post(f"/{page.id}", data={"title": "x", "revision": "1"})
    assert answer.status_code == 303
    assert not hasattr(Title, "revision")


def test_the_version_cannot_be_set_by_a_post(app, client, db, page):
    """It names what was read, and sets nothing."""
    route(app, "/new", CreateView, model=Page, fields=["title"], success_url="/")
    client.post("/new", data={"title": "New", "revision": "40", "rev": "40"})
    assert db.scalars(select(Page.revision).where(Page.title == "New")).one() == 1


def test_a_prefix_holds_for_the_version_too(app, client, page):
    """As for every other field."""
    route(app, "/<int:pk>", Edit, prefix="p")
    data = {"p-title": "Mine", "p-revision": "1"}
    assert (
        client.post(f"/{page.id}", data={**data, "p-revision": "0"}).status_code == 409
    )
    assert client.post(f"/{page.id}", data=data).status_code == 303


def test_a_stale_delete_is_409_with_the_confirm_page(app, client, db, page):
    """What was changed meanwhile is looked at once more."""
    route(app, "/<int:pk>", Delete)
    response = client.post(f"/{page.id}", data={"revision": "0"})
    assert response.status_code == 409
    assert "Someone else has changed this" in response.text
    version = response.context["form"]["revision"].data
    assert client.post(f"/{page.id}", data={"revision": version}).status_code == 303
    assert db.scalars(select(Page)).all() == []


def test_a_delete_without_body_carries_it_in_the_query(app, client, db, page):
    """As htmx sends it; without, it is stale."""
    route(app, "/<int:pk>", Delete)
    assert client.delete(f"/{page.id}").status_code == 409
    assert client.delete(f"/{page.id}?revision=0").status_code == 409
    assert client.post(f"/{page.id}?revision=1").status_code == 409
    assert client.delete(f"/{page.id}?revision=1").status_code == 303


def test_rows_of_a_formset_carry_their_versions(app, db, page):
    """A stale row is an error of that row; a fresh version goes along with it."""
    formset_class = modelformset_factory(Page, fields=["title"], extra=0)
    data = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1}
    data |= {"form-0-id": str(page.id), "form-0-title": "Mine"}
    with app.test_request_context(method="POST"):
        assert formset_class()[0]["revision"].data == "1"
        stale = formset_class(data={**data, "form-0-revision": "0"})
        assert not stale.is_valid()
        assert "Someone else" in stale.errors[0][""][0]
        assert stale[0]["revision"].data == "1"
        assert formset_class(data={**data, "form-0-revision": "1"}).is_valid()


# --- overtaken while the request runs -------------------------------------------------


class Ask(FormView):
    form_class = type("Title", (PlainForm,), {"title": StringField()})
    template_name = "cbv/object_form.html"
    success_url = "/done"

    def form_valid(self, form):
        cbv.db.session().flush()
        return super().form_valid(form)


class New(CreateView[Page]):
    fields = ["title"]
    success_url = "/done"


class Pages(InlineFormSetFactory):
    model = Page
    fields = ["title"]
    prefix = "form"


class NewRoom(CreateWithInlinesView[Room]):
    fields = ["name"]
    success_url = "/done"


class EditRoom(UpdateWithInlinesView[Room]):
    fields = ["name"]
    inlines = [Pages]
    success_url = "/done"


class Several(ModelFormSetView[Page]):
    fields = ["title"]
    success_url = "/done"


def overtaken(view_class, hook, page, late):
    """Return a view that saves a page which another request has changed meanwhile.

    :param late: whether it is saved by the commit, else by the hook.
    """

    def save(self, *args):
        held = cbv.db.session().get(Page, page.id)
        parent = getattr(super(view, self), hook)
        answer = parent(*args) if late else None
        cbv.db.session().execute(
            update(Page).values(rev=7, text="theirs"),
            execution_options={"synchronize_session": False},
        )
        held.done = True
        return answer if late else parent(*args)

    view = type("Overtaken", (view_class,), {hook: save})
    return view


@pytest.mark.parametrize(
    ("view_class", "hook"),
    [
        (Ask, "form_valid"),
        (New, "form_valid"),
        (Edit, "form_valid"),
        (NewRoom, "forms_valid"),
        (EditRoom, "forms_valid"),
        (Several, "formset_valid"),
    ],
)
@pytest.mark.parametrize("late", [False, True])
def test_a_form_that_is_overtaken_is_shown_again(
    app, client, db, page, view_class, hook, late
):
    """409 with what was typed, in every kind of form view; nothing is saved."""
    route(app, "/<int:pk>", overtaken(view_class, hook, page, late))
    data = {"title": "Mine", "name": "Mine", "revision": "1", "form-0-title": "Mine"}
    data |= {"form-0-id": str(page.id), "form-0-revision": "1"}
    data |= {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1"}
    pk = page.room_id if view_class is EditRoom else page.id
    response = client.post(f"/{pk}", data=data)
    assert response.status_code == 409
    assert "Someone else has changed this" in response.text
    assert 'value="Mine"' in response.text
    db.rollback()
    assert db.scalars(select(Page.title)).all() == ["Old"]
    assert db.scalars(select(Room.name)).all() == ["Attic"]


def test_a_delete_that_is_overtaken_is_409(app, client, db, page):
    """The page asks once more."""
    route(app, "/<int:pk>", overtaken(Delete, "form_valid", page, False))
    response = client.post(f"/{page.id}", data={"revision": "1"})
    assert response.status_code == 409
    assert "Someone else has changed this" in response.text
    db.rollback()
    assert db.scalars(select(Page.title)).all() == ["Old"]


@pytest.mark.parametrize("view_class", [New, Edit, Delete])
def test_a_page_that_saves_in_a_get_says_what_the_database_said(
    app, client, db, page, view_class
):
    """There is no form to show again, so the error is not hidden by another."""

    class Counting(view_class):
        atomic = True

        def get(self, **kwargs):
            cbv.db.session().add(Room())
            return "counted"

    route(app, "/<int:pk>", Counting)
    with pytest.raises(IntegrityError):
        client.get(f"/{page.id}")


# --- nested resources -----------------------------------------------------------------


def test_a_parent_in_the_url_is_a_scope(app, client, db, page):
    """List, detail, update, delete and create, all by one line."""
    other = Room(name="Cellar")
    db.add(other)
    db.commit()
    nested = {"model": Page, "scope": Page.room_id == url_value("room_id")}
    edit = {**nested, "fields": ["title"], "success_url": "/done"}
    route(app, "/<int:room_id>/", ListView, "list", **nested)
    route(app, "/<int:room_id>/<int:pk>", DetailView, "detail", **nested)
    route(app, "/<int:room_id>/<int:pk>/edit", UpdateView, "edit", **edit)
    route(app, "/<int:room_id>/new", CreateView, "new", **edit)
    attic, cellar = page.room_id, other.id
    assert client.get(f"/{attic}/").context["object_list"] == [page]
    assert client.get(f"/{cellar}/").context["object_list"] == []
    assert client.get(f"/{attic}/{page.id}").status_code == 200
    for path in (f"/{cellar}/{page.id}", f"/{cellar}/{page.id}/edit"):
        assert client.get(path).status_code == 404
    client.post(f"/{cellar}/new", data={"title": "Nested", "room_id": attic})
    assert (
        db.scalars(select(Page.room_id).where(Page.title == "Nested")).one() == cellar
    )


def test_parent_and_list_stand_on_one_page(app, client, db, page):
    """A list of children that adds their parent: two statements."""
    page_html = "{{ room }}: {{ page_list[0].title }}"
    app.jinja_loader = DictLoader({"pages.html": page_html})

    class Pages(ListView[Page]):
        scope = Page.room_id == url_value("room_id")
        template_name = "pages.html"

        def get_context_data(self, **kwargs):
            room = get_object_or_404(Room, id=self.kwargs["room_id"])
            return super().get_context_data(room=room, **kwargs)

    route(app, "/<int:room_id>/", Pages)
    address = f"/{page.room_id}/"
    db.expunge_all()
    with count_queries(2):
        assert client.get(address).text == "Attic: Old"
    assert client.get("/999/").status_code == 404
