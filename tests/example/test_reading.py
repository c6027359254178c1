"""The example's reading lists, edited with their links, and its desk of tags."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from cbv.testing import assert_redirects
from cbv.testing import count_queries
from example_app.blog.models import Link
from example_app.blog.models import ReadingList
from example_app.blog.models import Tag

pytest_plugins = ["support.example_blog"]


@pytest.fixture
def people(blog):
    """A blog with two users, ann and bob."""
    blog.add_user("ann")
    blog.add_user("bob")
    return blog


def rows(*links, initial=0):
    """Return the fields of a form with these links: key, title, address."""
    data = {"links-TOTAL_FORMS": str(len(links)), "links-INITIAL_FORMS": str(initial)}
    for number, (key, title, url) in enumerate(links):
        data[f"links-{number}-id"] = key
        data[f"links-{number}-title"] = title
        data[f"links-{number}-url"] = url
    return data


FLASK = ("", "Flask", "https://flask.example/")
DJANGO = ("", "Django", "https://django.example/")


@pytest.fixture
def made(people):
    """A list of ann's with two links; its key."""
    data = {"title": "Frameworks", **rows(FLASK, DJANGO)}
    people.client("ann").post("/reading/new/", data=data)
    return people.scalars(select(ReadingList.id))[0]


def titles(blog):
    return blog.scalars(select(Link.title).order_by(Link.id))


# --- reading lists --------------------------------------------------------------------


def test_a_list_is_saved_with_its_links(people, made):
    """In one POST; the author is whoever is logged in."""
    response = people.client().get("/reading/")
    assert titles(people) == ["Flask", "Django"]
    assert '<a href="https://flask.example/" rel="nofollow noopener">' in response.text
    with people.session() as session:
        assert session.get(ReadingList, made).author.username == "ann"


def test_a_list_with_a_wrong_link_is_not_saved(people):
    """Neither the list nor the other links."""
    wrong = ("", "Bad", "javascript:alert(1)")
    data = {"title": "Frameworks", **rows(FLASK, wrong)}
    response = people.client("ann").post("/reading/new/", data=data)
    assert response.status_code == 200
    assert "Begin with https://" in response.text
    assert titles(people) == people.scalars(select(ReadingList.id)) == []


def test_links_are_changed_added_and_removed_at_once(people, made):
    """By their keys, which the form carries."""
    first, second = people.scalars(select(Link.id).order_by(Link.id))
    links = rows(
        (first, "Flask 3", "https://flask.example/"),
        (second, "Django", "https://django.example/"),
        ("", "SQLAlchemy", "https://sqlalchemy.example/"),
        initial=2,
    )
    data = {"title": "Tools", **links, "links-1-DELETE": "y"}
    response = people.client("ann").post(f"/reading/{made}/edit/", data=data)
    assert_redirects(response, "/reading/", 303)
    assert titles(people) == ["Flask 3", "SQLAlchemy"]


def test_a_link_of_another_list_is_out_of_reach(people, made):
    """A forged key is an error, and the link stays as it is."""
    bob = people.client("bob")
    bob.post("/reading/new/", data={"title": "Bob's", **rows()})
    own = people.scalars(select(ReadingList.id).order_by(ReadingList.id))[-1]
    (key, *_) = people.scalars(select(Link.id).order_by(Link.id))
    forged = rows((key, "Mine now", "https://evil.example/"), initial=1)
    response = bob.post(f"/reading/{own}/edit/", data={"title": "x", **forged})
    assert response.status_code in (200, 400)
    assert titles(people) == ["Flask", "Django"]


@pytest.mark.parametrize("page", ["edit", "delete"])
def test_the_list_of_another_is_404(people, made, page):
    """By GET and by POST."""
    client = people.client("bob")
    assert client.get(f"/reading/{made}/{page}/").status_code == 404
    data = {"title": "x", **rows()}
    assert client.post(f"/reading/{made}/{page}/", data=data).status_code == 404
    assert len(titles(people)) == 2


def test_a_list_is_deleted_with_its_links(people, made):
    """Asked first."""
    client = people.client("ann")
    assert "Delete “Frameworks”?" in client.get(f"/reading/{made}/delete/").text
    client.post(f"/reading/{made}/delete/")
    assert titles(people) == []


def test_the_lists_take_two_statements(people, made):
    """The page with its count and authors, and the links of all."""
    client = people.client()
    client.get("/reading/")
    with count_queries(2):
        client.get("/reading/")


def test_a_change_of_a_list_takes_seven_statements(people, made):
    """The user, the list, its links; UPDATE of the list, then one for each change."""
    client = people.client("ann")
    first, second = people.scalars(select(Link.id).order_by(Link.id))
    links = rows(
        (first, "Flask 3", "https://flask.example/"),
        (second, "Django", "https://django.example/"),
        ("", "SQLAlchemy", "https://sqlalchemy.example/"),
        initial=2,
    )
    data = {"title": "Tools", **links, "links-1-DELETE": "y"}
    with count_queries(7):
        client.post(f"/reading/{made}/edit/", data=data)


# --- the desk of tags -----------------------------------------------------------------


def test_the_desk_is_for_those_who_are_logged_in(people):
    """All five pages of it, and the link to it."""
    client = people.client()
    for path in ("", "new/", "1/", "1/edit/", "1/delete/"):
        assert client.get(f"/tag_desk/{path}").status_code == 302
    assert "/tag_desk/" not in client.get("/tags/").text
    assert "/tag_desk/" in people.client("ann").get("/tags/").text


def test_a_tag_is_made_renamed_and_deleted(people):
    """In lower case, however it is typed."""
    client = people.client("ann")
    client.post("/tag_desk/new/", data={"name": "  Flask  Views "})
    assert people.scalars(select(Tag.name)) == ["flask views"]
    (key,) = people.scalars(select(Tag.id))
    client.post(f"/tag_desk/{key}/edit/", data={"name": "views"})
    assert people.scalars(select(Tag.name)) == ["views"]
    client.post(f"/tag_desk/{key}/delete/")
    assert people.scalars(select(Tag.name)) == []


def test_a_name_that_is_taken_in_another_spelling_is_an_error(people):
    """Found by the database, shown in the form."""
    people.add_post("Hello", tags=["flask"])
    response = people.client("ann").post("/tag_desk/new/", data={"name": "FLASK"})
    assert response.status_code == 200
    assert response.context["form"].errors
    assert people.scalars(select(Tag.name)) == ["flask"]


def test_a_tag_that_a_post_has_cannot_be_deleted(people):
    """409 with the reason; nothing is lost."""
    people.add_post("Hello", tags=["flask"])
    (key,) = people.scalars(select(Tag.id))
    response = people.client("ann").post(f"/tag_desk/{key}/delete/")
    assert response.status_code == 409
    assert "other entries refer to it" in response.text
    assert people.scalars(select(Tag.name)) == ["flask"]


def test_the_desk_takes_two_statements(people):
    """The user, and the page of tags with its count."""
    people.add_post("Hello", tags=["flask", "forms"])
    client = people.client("ann")
    client.get("/tag_desk/")
    with count_queries(2):
        client.get("/tag_desk/")
