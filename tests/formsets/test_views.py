"""FormSetView, ModelFormSetView, CreateWithInlinesView and UpdateWithInlinesView."""

from __future__ import annotations

import re
import threading

import pytest
from sqlalchemy import CheckConstraint
from sqlalchemy import ForeignKey
from sqlalchemy import select
from sqlalchemy import String
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import relationship
from werkzeug.serving import make_server
from wtforms import Form as PlainForm
from wtforms import StringField
from wtforms.validators import InputRequired

from cbv import CreateWithInlinesView
from cbv import FormSetView
from cbv import ImproperlyConfigured
from cbv import InlineFormSetFactory
from cbv import ModelFormSetView
from cbv import per_request
from cbv import SuccessMessageMixin
from cbv import UpdateWithInlinesView
from cbv.forms import add_error
from cbv.forms import choices
from cbv.formsets import BaseFormSet
from cbv.formsets import BaseModelFormSet
from cbv.formsets import inlineformset_factory
from cbv.testing import assert_template_used
from cbv.testing import count_queries
from support.library_models import Author
from support.library_models import Base
from support.library_models import Book
from support.library_models import User


class Quiz(Base):
    __tablename__ = "quiz"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(20), unique=True)
    answers: Mapped[list[Answer]] = relationship(
        back_populates="quiz", order_by="Answer.id"
    )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/quiz/{self.id}"


class Answer(Base):
    """An answer; the database alone refuses a negative score."""

    __tablename__ = "answer"
    __table_args__ = (CheckConstraint("score >= 0"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(String(20))
    score: Mapped[int | None]
    quiz_id: Mapped[int] = mapped_column(ForeignKey("quiz.id"))
    quiz: Mapped[Quiz] = relationship(back_populates="answers")


class Answers(InlineFormSetFactory):
    model = Answer
    fields = ["text", "score"]


class NewQuiz(CreateWithInlinesView[Quiz]):
    fields = ["title"]
    inlines = [Answers]


class EditQuiz(UpdateWithInlinesView[Quiz]):
    fields = ["title"]
    inlines = [Answers]


class Name(PlainForm):
    name = StringField(validators=[InputRequired()])


def route(app, rule, view_class, name=None, **options):
    app.add_url_rule(rule, view_func=view_class.as_view(name, **options))


def posted(prefix="form", total=1, initial=0, /, **values):
    """Return what a browser posts; ``_0_name`` stands for ``form-0-name``."""
    data = {f"{prefix}-TOTAL_FORMS": total, f"{prefix}-INITIAL_FORMS": initial}
    for name, value in values.items():
        index, field = name.removeprefix("_").split("_", 1)
        data[f"{prefix}-{index}-{field}"] = value
    return data


@pytest.fixture
def quiz(db):
    found = Quiz(title="Old", answers=[Answer(text="a"), Answer(text="b")])
    db.add(found)
    db.commit()
    return found


def answers(db, quiz):
    db.expire_all()
    return [answer.text for answer in quiz.answers]


# --- FormSetView ----------------------------------------------------------------------


def test_form_set_view_shows_validates_and_redirects_with_303(app, client):
    """Context ``formset``; without ``success_url`` it comes back to the same page."""
    seen = []

    class Names(FormSetView):
        form_class = Name
        initial = [{"name": "first"}]
        factory_kwargs = {"extra": 2}

        def formset_valid(self, formset):
            seen.append(formset.cleaned_data)
            return super().formset_valid(formset)

    route(app, "/names", Names)
    shown = client.get("/names")
    assert_template_used(shown, "cbv/object_formset.html")
    assert [form["name"].data for form in shown.context["formset"]] == [
        "first",
        None,
        None,
    ]
    invalid = client.post("/names", data=posted("form", 1, 1, _0_name=""))
    assert invalid.status_code == 200
    assert invalid.context["formset"].errors == [{"name": ["This field is required."]}]
    valid = client.post("/names?a=1", data=posted("form", 1, 0, _0_name="x"))
    assert (valid.status_code, valid.location) == (303, "/names?a=1")
    assert seen == [[{"name": "x"}]]


def test_the_way_back_never_leads_to_another_host(app, client):
    """A path that begins with two slashes is a host's name elsewhere."""
    route(app, "/<path:rest>", FormSetView, "names", form_class=Name)
    app.url_map.merge_slashes = False
    for address in app.url_map.iter_rules():
        address.merge_slashes = False
    answer = client.post("//evil.test/x", data=posted(), base_url="http://localhost")
    assert not (answer.location or "").startswith("//")


@pytest.mark.parametrize("data", [{}, {"form-TOTAL_FORMS": "10"}, posted("form", "x")])
def test_a_forged_management_form_is_shown_again(app, client, data):
    """Status 200, with the reason, and nothing done."""
    route(app, "/", FormSetView, "names", form_class=Name, success_url="/done")
    response = client.post("/", data=data)
    assert response.status_code == 200
    assert "ManagementForm data is missing" in response.text


def test_hooks_are_those_of_django_extra_views(app, client):
    """Each may be overridden."""

    class Loud(BaseFormSet):
        pass

    class Names(FormSetView):
        success_url = "/done"

        def get_form_class(self):
            return Name

        def get_formset_class(self):
            return Loud

        def get_factory_kwargs(self):
            return {**super().get_factory_kwargs(), "extra": int(self.kwargs["n"])}

        def get_formset_kwargs(self):
            return {**super().get_formset_kwargs(), "prefix": "p"}

        def get_initial(self):
            return [{"name": "i"}]

    route(app, "/<n>", Names)
    for number in (3, 1, 1):
        formset = client.get(f"/{number}").context["formset"]
        assert len(formset) == number + 1
        assert isinstance(formset, Loud)
        assert formset[0]["name"].name == "p-0-name"


def test_the_formset_class_is_made_once(app, client):
    """Not once for each request."""
    route(app, "/", FormSetView, "names", form_class=Name)
    first, second = (type(client.get("/").context["formset"]) for _ in "ab")
    assert first is second


def test_csrf_is_checked_once_for_all_forms(csrf_app):
    """By field or header, as in every form view."""
    route(csrf_app, "/", FormSetView, "names", form_class=Name)
    client = csrf_app.test_client()
    assert client.get("/").text.count('name="csrf_token"') == 1
    assert client.post("/", data=posted()).status_code == 400


def test_success_message_speaks_for_a_formset_too(app, client):
    """Once it was valid."""

    class Names(SuccessMessageMixin, FormSetView):
        form_class = Name
        success_message = "Saved."

    route(app, "/", Names)
    assert client.post("/", data=posted(_0_name="x")).flashes == [("success", "Saved.")]


# --- ModelFormSetView -----------------------------------------------------------------


def look_of(formset):
    """Return what tells formset classes apart: model, fields, options, owned names."""
    form = formset.empty_form
    author = form._fields.get("author_id")
    labels = author and [choice.label for choice in author.iter_choices()]
    return formset.model, list(form._fields), labels, tuple(formset.owned)


FOR_ADMINS = {
    "fields": {"fields": ["title", "author_id", "notes"]},
    "model": {"model": Author, "fields": ["name"]},
    "scope": {"scope": Book.owner_id == 1},
    "choices": {"choices": {"author_id": [(7, "Seven")]}},
    "form_class": {"form_class": Name, "fields": None},
}


@pytest.mark.parametrize("attributes", FOR_ADMINS.values(), ids=FOR_ADMINS)
def test_what_one_request_sets_on_its_view_is_not_the_next_ones(
    app, client, db, attributes
):
    """What an administrator may edit is not for everybody afterwards."""

    class Books(ModelFormSetView):
        model = Book
        fields = ["title", "author_id"]

        def setup(self, **kwargs):
            super().setup(**kwargs)
            if "admin" in self.request.args:
                vars(self).update(attributes)

    route(app, "/", Books)
    urls = ("/", "/?admin=1", "/")
    before, admin, after = (look_of(client.get(url).context["formset"]) for url in urls)
    assert before == after != admin


@pytest.mark.parametrize("name", sorted(set(FOR_ADMINS) - {"model"}))
def test_what_one_request_sets_on_its_inline_is_not_the_next_ones(
    app, client, db, name
):
    """Nor is what another inline of the same name has."""

    class Books(InlineFormSetFactory):
        model = Book
        fields = ["title", "author_id"]
        fk_name = "owner_id"

        def __init__(self, view, instance=None):
            super().__init__(view, instance)
            if "admin" in view.request.args:
                vars(self).update(FOR_ADMINS[name])

    class Other(Books):
        fields = ["title"]

    class NewUser(CreateWithInlinesView[User]):
        fields = ["username"]

        def get_inlines(self):
            return [Other if "other" in self.request.args else Books]

    Other.__qualname__ = Books.__qualname__
    route(app, "/", NewUser)
    urls = ("/", "/?admin=1", "/", "/?other=1", "/")
    looks = [look_of(client.get(url).context["inlines"][0]) for url in urls]
    assert looks[0] == looks[2] == looks[4]
    assert looks[0] not in (looks[1], looks[3])


class Titles(ModelFormSetView[Book]):
    fields = ["title"]
    factory_kwargs = {"can_delete": True}


@pytest.fixture
def books(db):
    found = [Book(title="One"), Book(title="Two")]
    db.add_all(found)
    db.commit()
    return found


def titles(db):
    db.expire_all()
    return sorted(db.scalars(select(Book.title)))


def test_model_form_set_view_shows_the_rows_in_one_statement(app, client, db, books):
    """As forms, and as ``object_list`` and ``book_list``."""
    route(app, "/", Titles)
    db.expire_all()
    with count_queries(1):
        response = client.get("/")
    assert_template_used(response, "cbv/object_formset.html")
    context = response.context
    assert [form["title"].data for form in context["formset"]] == ["One", "Two", None]
    assert context["object_list"] == context["book_list"] == books


def test_model_form_set_view_saves_all_or_nothing(app, client, db, books):
    """Changes, deletions and new rows in one transaction."""
    route(app, "/", Titles)
    one, two = (book.id for book in books)
    data = posted(
        "form",
        3,
        2,
        _0_id=one,
        _0_title="Eins",
        _1_id=two,
        _1_DELETE="on",
        _2_title="x" * 51,
    )
    assert client.post("/", data=data).status_code == 200
    assert titles(db) == ["One", "Two"]
    data["form-2-title"] = "Drei"
    assert client.post("/", data=data).status_code == 303
    assert titles(db) == ["Drei", "Eins"]


def test_an_error_after_saving_loses_all(app, client, db, books):
    """The dispatcher commits once, at the end."""

    class Failing(Titles):
        def formset_valid(self, formset):
            answer = super().formset_valid(formset)
            raise RuntimeError(answer)

    route(app, "/", Failing)
    with pytest.raises(RuntimeError):
        client.post("/", data=posted("form", 1, 0, _0_title="New"))
    assert titles(db) == ["One", "Two"]


def test_what_the_database_refuses_is_shown_again(app, client, db, quiz):
    """In plain words, nothing saved."""
    route(app, "/", ModelFormSetView, "all", model=Answer, fields=["text", "score"])
    first = quiz.answers[0].id
    data = posted("form", 1, 1, _0_id=first, _0_text="changed", _0_score="-1")
    response = client.post("/", data=data)
    assert response.status_code == 200
    assert "could not be saved" in response.text
    assert answers(db, quiz) == ["a", "b"]


def test_scope_limits_what_is_seen_and_posted(app, client, db):
    """And fills new rows; a field for it is not even shown."""
    users = [User(username="me"), User(username="other")]
    db.add_all(users)
    db.flush()
    mine, theirs = (Book(title=user.username, owner_id=user.id) for user in users)
    db.add_all([mine, theirs])
    db.commit()
    me = users[0].id

    class Mine(ModelFormSetView[Book]):
        fields = ["title"]
        scope = Book.owner_id == per_request(lambda: me)

    route(app, "/", Mine)
    formset = client.get("/").context["formset"]
    assert [form.instance for form in formset.initial_forms] == [mine]
    assert "owner_id" not in formset[0]
    stolen = posted("form", 1, 1, _0_id=theirs.id, _0_title="taken")
    assert client.post("/", data=stolen).status_code == 200
    new = posted("form", 1, 0, _0_title="new", _0_owner_id=users[1].id)
    assert client.post("/", data=new).status_code == 303
    assert titles(db) == ["me", "new", "other"]
    assert db.scalars(select(Book.owner_id).where(Book.title == "new")).one() == me


def test_a_scope_for_nobody_asks_to_log_in(app, client, db):
    """Where new rows could be made; none is made for nobody."""

    class Mine(ModelFormSetView[Book]):
        fields = ["title"]
        scope = Book.owner_id == per_request(lambda: None)

    route(app, "/", Mine)
    route(app, "/edit", Mine, "edit", factory_kwargs={"extra": 0})
    assert client.get("/").status_code == 403
    assert client.get("/edit").context["object_list"] == []


def test_a_scope_that_is_no_equality_can_be_edited(app, client, db, books):
    """But no row can be made in it."""

    class Long(ModelFormSetView[Book]):
        fields = ["title"]
        scope = Book.title != "Two"

    route(app, "/", Long)
    route(app, "/edit", Long, "edit", factory_kwargs={"extra": 0})
    with pytest.raises(ImproperlyConfigured, match="no equality"):
        client.get("/")
    assert client.get("/edit").context["object_list"] == [books[0]]


def test_a_statement_of_ones_own_is_edited(app, client, db, books):
    """By ``get_queryset``, in its order."""

    class Sorted(Titles):
        ordering = "-title"

        def get_queryset(self):
            return super().get_queryset().where(Book.title != "x")

    route(app, "/", Sorted)
    assert client.get("/").context["object_list"] == books[::-1]


def test_fields_and_form_class_are_checked_by_as_view():
    """Not both, never neither."""
    with pytest.raises(ImproperlyConfigured, match="neither fields nor form_class"):
        ModelFormSetView.as_view(model=Book)
    with pytest.raises(ImproperlyConfigured, match="both fields and form_class"):
        ModelFormSetView.as_view(model=Book, fields=["title"], form_class=Name)


def test_any_form_and_formset_class_will_do(app, client, db, books):
    """A plain form; a formset class of one's own."""

    class Loud(BaseModelFormSet):
        pass

    class Title(PlainForm):
        title = StringField()

    route(
        app,
        "/",
        ModelFormSetView,
        "t",
        model=Book,
        form_class=Title,
        formset_class=Loud,
    )
    assert isinstance(client.get("/").context["formset"], Loud)
    data = posted("form", 1, 1, _0_id=books[0].id, _0_title="Plain")
    assert client.post("/", data=data).status_code == 303
    assert titles(db) == ["Plain", "Two"]


def test_choices_are_read_once_for_all_rows(app, client, db, books):
    """Two statements for any number of rows: the rows, and what may be chosen."""
    db.add_all([Author(name="A"), Author(name="B")])
    db.commit()
    fields = ["title", "author_id"]
    route(app, "/", ModelFormSetView, "books", model=Book, fields=fields)
    with count_queries(2):
        text = client.get("/").text
    assert text.count(">B</option>") == 4


def test_a_billion_forms_are_not_shown(app, client, db):
    """The error, and as many empty forms as at first."""
    route(app, "/", Titles)
    response = client.post("/", data=posted("form", 10**9, 0, _7_title="x"))
    assert "Please submit at most 1000 forms." in response.text
    assert "form-7-title" in response.text
    assert "form-8-title" not in response.text
    assert len(response.context["formset"]) == 2000


class LongTitles(ModelFormSetView[Book]):
    """Each form has a select of all authors."""

    fields = ["title", "author_id"]


@pytest.mark.parametrize("initial", [0, 300])
@pytest.mark.parametrize(
    ("values", "shown"),
    [({}, 1), ({"_299_title": "x" * 60}, 2), ({"_0_DELETE": "y", "_7_title": ""}, 1)],
)
def test_forms_that_were_not_sent_are_not_shown(
    app, client, db, initial, values, shown
):
    """Whatever the counts claim: an error and a small page."""
    db.add_all([Author(name=f"Author {number}") for number in range(200)])
    db.commit()
    kwargs = {"can_delete": True, "min_num": 1, "validate_min": True, "extra": 0}
    route(app, "/", LongTitles, factory_kwargs=kwargs)
    with count_queries() as seen:
        response = client.post("/", data=posted("form", 300, initial, **values))
    assert (response.status_code, len(seen)) == (200, 1)
    assert len(response.data) < 80_000
    assert len(response.context["formset"].shown_forms) <= shown + 1
    assert response.context["formset"].total_error_count()
    assert 'role="alert"' in response.text or "aria-invalid" in response.text


def test_all_rows_missing_is_an_error_that_is_seen(app, client, db):
    """Nothing was sent of the rows that the management form counts."""
    route(app, "/", Titles)
    response = client.post("/", data=posted("form", 300, 300))
    assert response.context["formset"].non_form_errors() == [
        "Some forms were not submitted. Please load the page again."
    ]
    assert "Some forms were not submitted" in response.text
    assert response.text.count("<fieldset") == 1  # the template of an empty form


def test_a_row_that_is_gone_is_shown_with_what_was_typed(app, client, db, quiz):
    """Nothing that was typed is lost, nor is another row."""
    route(app, "/<int:pk>", EditQuiz)
    first, _ = db.scalars(select(Answer).order_by(Answer.id)).all()[:2]
    counts = posted("answers", 2, 2, _0_id=first.id, _0_text="kept", _1_id=999)
    data = {"title": "Q", **counts, "answers-1-text": "typed"}
    text = client.post(f"/{quiz.id}", data=data).text
    assert 'value="kept"' in text
    assert 'value="typed"' in text


def test_more_filled_forms_than_max_num_are_an_error_and_not_shown(app, client, db):
    """Where the formset is shown again; without another error they are saved."""
    route(app, "/", Titles, factory_kwargs={"max_num": 2, "extra": 1})
    values = {f"_{number}_title": f"t{number}" for number in range(1, 4)}
    data = posted("form", 5, 0, **values, _4_title="x" * 60)
    response = client.post("/", data=data)
    formset = response.context["formset"]
    assert [form.title.data for form in formset.shown_forms] == ["t1", "t2"]
    assert formset.non_form_errors() == ["Please submit at most 2 forms."]
    assert client.post("/", data={**data, "form-4-title": "t4"}).status_code == 303
    assert len(db.scalars(select(Book)).all()) == 4


def test_a_removed_new_form_leaves_its_place_to_another(app, client, db):
    """The script ticks its box and counts it no longer."""
    kwargs = {"max_num": 2, "extra": 0, "can_delete": True}
    route(app, "/", Titles, factory_kwargs=kwargs)
    values = {"_0_title": "a", "_0_DELETE": "y", "_1_title": "b", "_2_title": "x" * 60}
    response = client.post("/", data=posted("form", 3, 0, **values))
    shown = response.context["formset"].shown_forms
    assert [form.title.data for form in shown] == ["b", "x" * 60]
    assert response.context["formset"].non_form_errors() == []


def test_all_rows_are_shown_beyond_max_num(app, client, db):
    """As in Django: it limits the empty forms."""
    db.add_all([Book(title=f"t{number}") for number in range(4)])
    db.commit()
    books = db.scalars(select(Book).order_by(Book.id)).all()
    route(app, "/", Titles, factory_kwargs={"max_num": 2})
    values = {f"_{n}_id": book.id for n, book in enumerate(books)}
    values |= {f"_{n}_title": "x" * 60 for n in range(4)}
    text = client.post("/", data=posted("form", 4, 4, **values)).text
    assert text.count("x" * 60) == 4


def test_the_options_of_all_forms_are_rendered_once(app, client, db, monkeypatch):
    """Only the chosen one of each form is marked anew."""
    db.add_all([Author(id=9000 + number, name=f"<{number}>") for number in range(50)])
    db.flush()
    db.add_all([Book(title=f"t{n}", author_id=9000 + n) for n in range(0, 20, 2)])
    db.add(Book(title="none"))
    db.commit()
    route(app, "/", LongTitles, ordering="id")
    rendered = []
    option = choices.option
    monkeypatch.setattr(choices, "option", lambda c: rendered.append(c) or option(c))
    text = client.get("/").text
    assert len(rendered) == 50 + 13  # the empty option of 13 forms
    chosen = re.findall(r'<option value="(\d*)" selected>', text)
    assert chosen == [*(str(9000 + n) for n in range(0, 20, 2)), "", "", ""]


# --- a row with its children ----------------------------------------------------------


def test_create_shows_a_form_and_its_inlines(app, client, db):
    """One form element; no statement for the children of what is not there."""
    route(app, "/new", NewQuiz)
    with count_queries(0):
        response = client.get("/new")
    (inline,) = response.context["inlines"]
    assert (inline.prefix, len(inline)) == ("answers", 3)
    assert response.text.count("<form") == 1
    assert response.context["object"] is None if "object" in response.context else True


def test_create_saves_parent_and_children(app, client, db):
    """Filled rows only; the redirect goes to the parent."""
    route(app, "/new", NewQuiz)
    data = {"title": "New", **posted("answers", 3, 0, _0_text="x", _1_text="y")}
    response = client.post("/new", data=data)
    quiz = db.scalars(select(Quiz)).one()
    assert (response.status_code, response.location) == (303, f"/quiz/{quiz.id}")
    assert answers(db, quiz) == ["x", "y"]


@pytest.mark.parametrize(
    ("title", "text"), [("", "ok"), ("ok", "x" * 21), ("x" * 21, "")]
)
def test_an_error_in_either_saves_neither(app, client, db, title, text):
    """Both are shown again with what was typed."""
    route(app, "/new", NewQuiz)
    inlines = posted("answers", 1, 0, _0_text=text, _0_score="3")
    response = client.post("/new", data={"title": title, **inlines})
    assert response.status_code == 200
    assert response.context["form"]["title"].data == title
    assert response.context["inlines"][0][0]["score"].data == 3
    assert db.scalars(select(Quiz)).all() == []


def test_a_child_that_the_database_refuses_loses_the_parent(app, client, db):
    """django-extra-views would have saved it: all are one transaction here."""
    route(app, "/new", NewQuiz)
    inlines = posted("answers", 1, 0, _0_text="x", _0_score="-1")
    response = client.post("/new", data={"title": "New", **inlines})
    assert response.status_code == 200
    assert "could not be saved" in response.text
    assert response.context["inlines"][0][0]["text"].data == "x"
    assert db.scalars(select(Quiz)).all() == []
    good = posted("answers", 1, 0, _0_text="x", _0_score="1")
    assert client.post("/new", data={"title": "New", **good}).status_code == 303


def test_update_changes_parent_and_children(app, client, db, quiz):
    """Adds, changes and deletes; the parent's statement and one for the children."""
    route(app, "/<int:pk>", EditQuiz)
    address = f"/{quiz.id}"
    first, second = (answer.id for answer in quiz.answers)
    db.expunge_all()
    with count_queries(2):
        response = client.get(address)
    assert response.context["object"].title == "Old"
    inlines = posted(
        "answers",
        3,
        2,
        _0_id=first,
        _0_text="A",
        _1_id=second,
        _1_DELETE="on",
        _2_text="c",
    )
    assert client.post(address, data={"title": "New", **inlines}).status_code == 303
    found = db.scalars(select(Quiz)).one()
    assert (found.title, answers(db, found)) == ("New", ["A", "c"])


def test_an_invalid_child_leaves_the_parent_as_it_was(app, client, db, quiz):
    """Nothing is filled before all is valid."""
    route(app, "/<int:pk>", EditQuiz)
    inlines = posted("answers", 1, 0, _0_text="x" * 21)
    response = client.post(f"/{quiz.id}", data={"title": "New", **inlines})
    assert response.status_code == 200
    db.expire_all()
    assert quiz.title == "Old"


def test_a_missing_management_form_saves_nothing(app, client, db, quiz):
    """The parent is not saved without its children."""
    route(app, "/<int:pk>", EditQuiz)
    response = client.post(f"/{quiz.id}", data={"title": "New"})
    assert response.status_code == 200
    assert "ManagementForm" in response.text
    db.expire_all()
    assert quiz.title == "Old"


def test_a_unique_clash_of_the_parent_is_shown_with_the_inlines(app, client, db, quiz):
    """Found before the database is asked, and when it is."""
    route(app, "/new", NewQuiz)
    inlines = posted("answers", 1, 0, _0_text="x")
    response = client.post("/new", data={"title": "Old", **inlines})
    assert list(response.context["form"].errors) == ["title"]
    assert response.context["inlines"][0][0]["text"].data == "x"


def test_a_formset_class_can_stand_among_the_inlines(app, client, db, quiz):
    """What ``inlineformset_factory`` made."""
    made = inlineformset_factory(Quiz, Answer, fields=["text"], extra=1)
    route(app, "/<int:pk>", EditQuiz, inlines=[made])
    assert len(client.get(f"/{quiz.id}").context["inlines"][0]) == 3


def test_hooks_of_the_inlines_are_called(app, client, db, quiz):
    """``forms_valid``, ``forms_invalid``, ``get_inlines``, and those of the factory."""
    seen = []

    class One(Answers):
        factory_kwargs = {"extra": 1, "can_delete": False}
        initial = [{"text": "initial"}]
        prefix = "p"

        def get_formset_kwargs(self):
            seen.append(self.instance)
            return super().get_formset_kwargs()

    class Edit(EditQuiz):
        success_url = "/done"

        def get_inlines(self):
            return [One]

        def forms_valid(self, form, inlines):
            seen.append(len(inlines))
            return super().forms_valid(form, inlines)

        def forms_invalid(self, form, inlines):
            seen.append("invalid")
            return super().forms_invalid(form, inlines)

    route(app, "/<int:pk>", Edit)
    inline = client.get(f"/{quiz.id}").context["inlines"][0]
    assert [form["text"].data for form in inline] == ["a", "b", "initial"]
    assert "DELETE" not in inline[0]
    client.post(f"/{quiz.id}", data={"title": "", **posted("p")})
    client.post(f"/{quiz.id}", data={"title": "x", **posted("p")})
    assert [item if isinstance(item, (int, str)) else "q" for item in seen] == [
        "q",
        "q",
        "invalid",
        "q",
        1,
    ]


def test_rows_of_an_inline_may_be_limited(app, client, db, quiz):
    """By ``queryset`` and ``scope``; what is outside cannot be posted."""

    class Good(Answers):
        fields = ["text"]
        queryset = select(Answer).where(Answer.text != "b")
        scope = Answer.score == 5

    quiz.answers[0].score = 5
    db.commit()
    route(app, "/<int:pk>", EditQuiz, inlines=[Good])
    inline = client.get(f"/{quiz.id}").context["inlines"][0]
    assert [form.instance for form in inline.initial_forms] == [quiz.answers[0]]
    assert "score" not in inline[0]
    new = posted("answers", 1, 0, _0_text="n")
    assert client.post(f"/{quiz.id}", data={"title": "x", **new}).status_code == 303
    assert db.scalars(select(Answer.score).where(Answer.text == "n")).one() == 5


def test_an_inline_without_fields_is_a_configuration_error(app, client, db):
    """Naming the inline."""

    class Bare(InlineFormSetFactory):
        model = Answer

    route(app, "/new", NewQuiz, inlines=[Bare])
    with pytest.raises(ImproperlyConfigured, match="Bare has neither fields"):
        client.get("/new")


@pytest.mark.parametrize("marked", ["_0_DELETE", "_1_DELETE", "_2_DELETE"])
def test_a_row_that_comes_twice_is_an_error(app, client, db, books, marked):
    """Once deleted and once changed, in either order, or with two values."""
    route(app, "/", Titles)
    key = books[0].id
    twice = {"_0_id": key, "_0_title": "B", "_1_id": key, "_1_title": "C"}
    answer = client.post("/", data=posted("form", 2, 2, **twice, **{marked: "y"}))
    assert answer.status_code == 200
    assert "Please correct the duplicate data for id." in answer.text
    assert titles(db) == ["One", "Two"]


def test_a_row_that_others_refer_to_says_that_it_cannot_be_deleted(app, client, db):
    """As the page of a DeleteView does; the box is ticked no more."""

    class Quizzes(ModelFormSetView[Quiz]):
        fields = ["title"]
        factory_kwargs = {"can_delete": True}

    db.add(Quiz(title="Q", answers=[Answer(text="a")]))
    db.commit()
    key = db.scalars(select(Quiz.id)).one()
    route(app, "/", Quizzes)
    values = {"_0_id": key, "_0_title": "Q", "_0_DELETE": "y"}
    answer = client.post("/", data=posted("form", 1, 1, **values))
    [form] = answer.context["formset"].initial_forms
    assert form.form_errors == ["This cannot be deleted: other entries refer to it."]
    assert form.form_errors[0] in answer.text
    assert not form.is_marked()
    assert db.scalars(select(Quiz.title)).all() == ["Q"]


@pytest.mark.parametrize("is_inline", [False, True])
def test_a_redirect_after_errors_shows_the_formset_and_keeps_nothing(
    app, client, db, quiz, is_inline
):
    """The error may stand on a form, on a child's or on the formset."""

    class Rows(ModelFormSetView[Answer]):
        fields = ["text"]

        def formset_valid(self, formset):
            answer = super().formset_valid(formset)
            add_error(formset[0], "text", "no!")
            return answer

    class Children(EditQuiz):
        def forms_valid(self, form, inlines):
            answer = super().forms_valid(form, inlines)
            add_error(inlines[0][0], "text", "no!")
            return answer

    route(
        app, "/<int:pk>" if is_inline else "/<int:_>", Children if is_inline else Rows
    )
    first, second = (answer.id for answer in quiz.answers)
    rows = {"_0_id": first, "_0_text": "c", "_1_id": second, "_1_text": "b"}
    data = posted("answers" if is_inline else "form", 3, 2, **rows, _2_text="")
    answer = client.post(f"/{quiz.id}", data={"title": "New", **data})
    assert answer.status_code == 200
    assert "no!" in answer.text
    assert 'value="c"' in answer.text
    assert (answers(db, quiz), quiz.title) == (["a", "b"], "Old")


# --- in a browser ---------------------------------------------------------------------


@pytest.fixture
def server(app):
    """The application on a free port, in a thread."""
    server = make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.browser
def test_rows_are_added_and_removed_in_the_browser(app, server, browser):
    """By the script, and without it by the empty rows and boxes."""
    posts = []

    class Names(FormSetView):
        form_class = Name
        factory_kwargs = {"can_delete": True, "max_num": 3}

        def formset_valid(self, formset):
            deleted = formset.deleted_forms
            kept = [form for form in formset if form not in deleted]
            posts.append([form["name"].data for form in kept])
            return super().formset_valid(formset)

    route(app, "/", Names)
    page = browser.new_page()
    page.goto(server)
    page.fill("[name=form-0-name]", "first")
    page.click("text=Add another")
    page.keyboard.type("second")
    page.click("text=Add another")
    page.keyboard.type("third")
    assert not page.is_visible("[data-formset-delete]")
    assert page.is_disabled("text=Add another")
    page.click("[data-formset-row]:nth-child(2) >> text=Remove")
    assert page.is_enabled("text=Add another")
    page.click("text=Save")
    assert posts == [["first", "third"]]
    page.close()
    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.goto(server)
    plain.fill("[name=form-0-name]", "plain")
    plain.click("text=Save")
    assert posts[1:] == [["plain"]]
    plain.context.close()


def test_two_inlines_with_one_prefix_are_refused(app, client, db):
    """Each would save as its own what was typed into the other: a row too many."""

    class First(InlineFormSetFactory):
        model = Answer
        fields = ["text"]

    class Second(First):
        pass

    class Twice(CreateWithInlinesView[Quiz]):
        fields = ["title"]
        inlines = [First, Second]
        success_url = "/"

    class Apart(Twice):
        inlines = [First, type("Other", (First,), {"prefix": "other"})]

    route(app, "/", Twice)
    route(app, "/apart", Apart)
    with pytest.raises(ImproperlyConfigured, match=r"Twice.*'answers'.*another prefix"):
        client.get("/")
    assert client.get("/apart").status_code == 200
