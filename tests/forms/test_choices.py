"""Fields whose value is one of several rows or members."""

from __future__ import annotations

import pytest
import wtforms
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

import cbv.forms.choices
from cbv import CreateView
from cbv import ImproperlyConfigured
from cbv import UpdateView
from cbv.testing import count_queries
from support.column_models import Color
from support.column_models import form_for
from support.column_models import Player
from support.column_models import posted
from support.column_models import Team
from support.column_models import Thing
from support.library_models import Author
from support.library_models import Book
from support.library_models import Tag


@pytest.fixture
def authors(db):
    """Three authors; markup in one name."""
    found = [Author(name=name) for name in ("Ann", "<Bob>", "Cid")]
    db.add_all(found)
    db.commit()
    return found


def options_of(field):
    return [label for value, label, *_ in field.iter_choices() if value != ""]


@pytest.mark.parametrize("name", ["author_id", "author"])
def test_foreign_key_is_a_select_under_either_name(app, client, db, authors, name):
    """The column's or the relationship's: the same row is saved, in two statements."""

    class New(CreateView[Book]):
        fields = ["title", name]
        success_url = "/"

    app.add_url_rule("/", view_func=New.as_view())
    key = authors[1].id
    page = client.get("/").text
    assert f'<option value="{key}">&lt;Bob&gt;</option>' in page
    with count_queries(2):
        response = client.post("/", data={"title": "x", name: str(key)})
    assert response.status_code == 303
    assert db.scalars(select(Book)).one().author_id == key


@pytest.mark.parametrize(
    "bad", ["0", "-1", "x", "99999", "9" * 30, "1 OR 1=1", "\0", "\u0663"]
)
def test_posted_key_of_no_row_is_a_form_error(app, client, db, authors, bad):
    """Never a crash, never a row."""

    class New(CreateView[Book]):
        fields = ["title", "author_id", "tags"]
        success_url = "/"

    app.add_url_rule("/", view_func=New.as_view())
    response = client.post("/", data={"title": "x", "author_id": bad, "tags": [bad]})
    assert response.status_code == 200
    assert sorted(response.context["form"].errors) == ["author_id", "tags"]
    assert db.scalars(select(Book)).all() == []


@pytest.mark.parametrize(
    "source",
    [
        lambda: select(Author).where(Author.name != "Cid").order_by(Author.name.desc()),
        lambda: select(Author).order_by(Author.id).limit(2),
    ],
)
def test_choices_limit_what_is_shown_and_what_is_taken(
    app, client, db, authors, source
):
    """A statement per request, limited or not: others' rows are refused."""

    class New(CreateView[Book]):
        fields = ["title", "author_id"]
        choices = {"author": source}
        success_url = "/"

    app.add_url_rule("/", view_func=New.as_view())
    field = client.get("/").context["form"].author_id
    with app.test_request_context():
        assert sorted(options_of(field)) == ["<Bob>", "Ann"]
    data = {"title": "x", "author_id": str(authors[2].id)}
    assert "author_id" in client.post("/", data=data).context["form"].errors
    data["author_id"] = str(authors[0].id)
    assert client.post("/", data=data).status_code == 303


@pytest.mark.parametrize("whole", [False, True])
def test_choices_may_be_rows_or_plain_pairs(app, db, authors, whole):
    """A sequence instead of a statement, set on the form of this request."""
    name = "author" if whole else "author_id"
    form_class = form_for(Book, name)
    key = authors[0].id
    with app.test_request_context():
        for offered in ([authors[0]], [(key, "Ann")], {key: "Ann"}):
            form = form_class(MultiDict({name: str(key)}))
            form[name].choices = offered
            assert form[name].validate(form)
            assert form[name].data == (authors[0] if whole else key)
            assert options_of(form[name]) == ["Ann"]
            other = form_class(MultiDict({name: str(authors[1].id)}))
            other[name].choices = offered
            assert not other[name].validate(other)


def test_choices_of_another_class_are_refused(app, db, authors):
    """A statement that selects something else names the field."""
    form = form_for(Book, "author_id", choices={"author_id": select(Tag)})()
    with (
        app.test_request_context(),
        pytest.raises(ImproperlyConfigured, match="author_id"),
    ):
        str(form.author_id)


def test_choices_are_scoped_where_they_are_the_views_own_model(app, client, db):
    """A player's captain is one of the players that the view may show."""
    db.add_all([Player(nick="mine", shirt=1), Player(nick="other", shirt=2)])
    db.commit()

    class Edit(UpdateView[Player]):
        fields = ["captain_id"]
        scope = Player.nick == "mine"
        success_url = "/"

    app.add_url_rule("/<int:pk>", view_func=Edit.as_view())
    mine, other = db.scalars(select(Player).order_by(Player.id))
    page = client.get(f"/{mine.id}").text
    assert ">mine</option>" in page
    assert "other" not in page
    refused = client.post(f"/{mine.id}", data={"captain_id": str(other.id)})
    assert refused.status_code == 200
    assert (
        client.post(f"/{mine.id}", data={"captain_id": str(mine.id)}).status_code == 303
    )


def test_many_to_many_is_checked_by_one_statement(app, client, db):
    """All posted keys in one look-up; unknown ones refuse all; none clears."""
    db.add_all(Tag(name=name) for name in "abc")
    db.commit()
    keys = [str(key) for key in db.scalars(select(Tag.id).order_by(Tag.id))]

    class New(CreateView[Book]):
        fields = ["title", "tags"]
        success_url = "/"

    class Edit(UpdateView[Book]):
        fields = ["title", "tags"]
        success_url = "/"

    app.add_url_rule("/", view_func=New.as_view())
    app.add_url_rule("/<int:pk>", view_func=Edit.as_view())
    with count_queries(3):  # the look-up, the book, its tags
        client.post("/", data={"title": "x", "tags": [keys[0], keys[2], keys[0]]})
    book = db.scalars(select(Book)).one()
    assert [tag.name for tag in book.tags] == ["a", "c"]
    page = client.get(f"/{book.id}").text
    assert page.count(" selected>") == 2
    client.post(f"/{book.id}", data={"title": "x"})
    db.expire_all()
    assert book.tags == []
    many = client.post("/", data={"title": "x", "tags": keys * 400})
    assert "tags" in many.context["form"].errors


def test_composite_key_is_chosen_whole(app, client, db):
    """Both columns of the key are set from one choice; half a key is refused."""
    db.add_all(
        [Team(region="n", number=1, name="N1"), Team(region="s", number=1, name="S1")]
    )
    db.commit()

    class New(CreateView[Player]):
        fields = ["nick", "team"]
        success_url = "/"

    app.add_url_rule("/", view_func=New.as_view())
    assert '<option value="s,1">S1</option>' in client.get("/").text
    for bad in ("s", "s,2", "s,1,1", ",", "s,x"):
        response = client.post("/", data={"nick": "x", "team": bad})
        assert "team" in response.context["form"].errors, bad
    assert client.post("/", data={"nick": "x", "team": "s,1"}).status_code == 303
    player = db.scalars(select(Player)).one()
    assert (player.team_region, player.team_number) == ("s", 1)


def test_a_composite_key_may_have_a_comma_in_it(app, db):
    """What the page offers can be posted; anything else is a form error."""
    db.add(Team(region="n,%2C", number=1, name="N1"))
    db.commit()
    with app.test_request_context():
        field = form_for(Player, "nick", "team")().team
        value = [choice.value for choice in field.iter_choices()][1]
        form = form_for(Player, "nick", "team")(posted(nick="x", team=value))
        assert form.validate()
        assert form.save().team_region == "n,%2C"
        for wrong in ("n,%2C,1", "n", "n%252C,1", "%,1", "n%2C%252C", ",", "%00,1"):
            form = form_for(Player, "nick", "team")(posted(nick="x", team=wrong))
            assert not form.validate()


def test_many_rows_are_not_all_read(app, client, db, monkeypatch):
    """Beyond the limit the chosen row is still shown and any row can be posted."""
    monkeypatch.setattr(cbv.forms.choices, "CHOICES_AT_MOST", 2)
    db.add_all(Author(name=f"a{n}") for n in range(5))
    db.flush()
    last = db.scalars(select(Author).order_by(Author.id.desc())).first()
    book = Book(title="x", author=last)
    db.add(book)
    db.commit()

    class Edit(UpdateView[Book]):
        fields = ["author_id"]
        success_url = "/"

    app.add_url_rule("/<int:pk>", view_func=Edit.as_view())
    page = client.get(f"/{book.id}").text
    assert page.count("<option") == 4
    assert f'<option value="{last.id}" selected>a4</option>' in page
    assert (
        client.post(f"/{book.id}", data={"author_id": str(last.id)}).status_code == 303
    )


def test_choices_for_a_plain_column():
    """Pairs, a dict or a callable; what is not offered is refused."""
    for offered in ([("a", "A")], {"a": "A"}, ["a"], lambda: [("a", "A")]):
        form_class = form_for(Thing, "title", choices={"title": offered})
        good = form_class(posted(title="a"))
        assert good.title.validate(good)
        bad = form_class(posted(title="b"))
        assert not bad.title.validate(bad)
        assert '<option value="a">' in str(form_class().title)


def test_grouped_choices_fall_back_to_wtforms_own_widget():
    """Option groups and attributes of single options are kept."""
    form = form_for(Thing, "title", choices={"title": ["a"]})()
    form.title.choices = [wtforms.SelectChoice("a", "A", {"data_x": "1"}, "Group")]
    assert '<optgroup label="Group">' in str(form.title)
    form.title.choices = [wtforms.SelectChoice("a", "A", {"data_x": "1"})]
    assert 'data-x="1"' in str(form.title)


def test_options_are_rendered_like_wtforms_own():
    """The one-pass widget says what WTForms' widget says."""
    form = form_for(Thing, "color", "flag")(obj=Thing(color=Color.RED))
    ours = str(form.color(class_="c"))
    theirs = str(wtforms.widgets.Select()(form.color, class_="c"))
    assert " selected" in ours
    assert ours == theirs.replace('selected value="RED"', 'value="RED" selected')
