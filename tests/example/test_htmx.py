"""The example with htmx: endless scroll, and comments that change in their place."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select

from cbv.testing import count_queries
from example_app.blog.models import Comment
from example_app.blog.models import Tag
from example_app.blog.models import User

pytest_plugins = ["support.example_blog"]

HTMX = {"HX-Request": "true"}


@pytest.fixture
def twelve(blog):
    """Twelve posts of ann's, ``Post 0`` the newest, with a comment of bob's."""
    blog.add_user("ann")
    blog.add_user("bob")
    for age in range(12):
        blog.add_post(f"Post {age}", age=age)
    blog.add_comment(1, "bob", "Well said.")
    return blog


def titles(text):
    return re.findall(r"<h2><a [^>]*>(.*?)</a>", text)


def more(text):
    """Return the address of what follows, None at the end."""
    found = re.search(r'<a rel="next" href="([^"]+)"', text)
    return found and unescape(found.group(1))


# --- endless scroll -------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["links", "htmx"])
def test_the_stream_goes_on_to_the_last_post(twelve, headers):
    """By links as by htmx; each post once, newest first."""
    client = twelve.client()
    text = client.get("/stream/").text
    shown = titles(text)
    while address := more(text):
        text = client.get(f"/stream/{address}", headers=headers).text
        shown += titles(text)
    assert shown == [f"Post {age}" for age in range(12)]


def test_htmx_gets_the_posts_alone(twelve):
    """The page is there already."""
    client = twelve.client()
    response = client.get(f"/stream/{more(client.get('/stream/').text)}", headers=HTMX)
    assert "<html" not in response.text
    assert response.text.count("<article") == 5
    assert "HX-Request" in response.vary


def test_the_stream_counts_nothing(twelve):
    """Two statements at any depth: five posts, and their authors.

    A whole page has two more, for what it can be narrowed by.
    """
    client = twelve.client()
    address = more(client.get("/stream/").text)
    client.get(f"/stream/{address}")
    with count_queries(4):
        client.get(f"/stream/{address}")
    with count_queries(2) as queries:
        client.get(f"/stream/{address}", headers=HTMX)
    assert not [said for said in queries.statements if "count(" in said.lower()]


@pytest.mark.parametrize("token", ["x", "a.b", "%00", "\u0663", "9" * 500])
def test_a_forged_token_is_404(twelve, token):
    """No row is found by guessing."""
    response = twelve.client().get("/stream/", query_string={"after": token})
    assert response.status_code == 404


def test_without_scripts_the_stream_leads_back_too(twelve):
    """To the very page before."""
    client = twelve.client()
    first = client.get("/stream/")
    second = client.get(f"/stream/{more(first.text)}")
    back = re.search(r'<a rel="prev" href="([^"]+)"', second.text).group(1)
    again = client.get(f"/stream/{back}")
    assert titles(again.text) == titles(first.text)
    assert more(again.text) == more(first.text)


@pytest.fixture
def tagged(blog):
    """Posts of two authors with two tags; twelve by ann and bob, one by bob alone."""
    blog.add_user("ann")
    blog.add_user("bob")
    for age in range(12):
        blog.add_post(f"Post {age}", also=["bob"], age=age, tags=["flask"])
    blog.add_post("Alone", author="bob", content="Of Django.", tags=["forms"], age=20)
    return blog


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("tags=1", 12),
        ("tags=2", 1),
        ("tags=1&tags=2", 13),
        ("authors=1", 12),
        ("authors=2", 13),
        ("authors=1&tags=2", 0),
        ("q=django", 1),
        ("q=post+1&authors=1", 3),
        ("tags=99", 0),
        ("tags=&authors=&q=", 13),
        ("team=x&author_id=1", 13),
    ],
)
def test_readers_narrow_the_stream(tagged, query, number):
    """By tags, authors and words; links to older posts keep it all."""
    client, shown = tagged.client(), []
    address = f"?{query}"
    while address:
        text = client.get(f"/stream/{address}", headers=HTMX).text
        shown += titles(text)
        address = more(text)
    assert len(shown) == len(set(shown)) == number


def test_the_stream_offers_what_would_be_found(tagged):
    """By the alphabet; neither a tag without posts nor a user who wrote none."""
    tagged.add_user("Abe")
    with tagged.session() as session:
        session.add(Tag(name="alone"))
        session.add(User(username="zoe", author_name="Aaron"))
    tagged.add_post("Of Zoe's", author="zoe")
    text = tagged.client().get("/stream/").text
    names = re.findall(r'<option value="\d+">(.*?)</option>', text)
    assert names == ["flask", "forms", "Aaron", "ann", "bob"]


def test_readers_sort_the_stream(tagged):
    """Page after page; a token of another order is none."""
    client, shown = tagged.client(), []
    address = "?ordering=-title&tags=1"
    while address:
        text = client.get(f"/stream/{address}", headers=HTMX).text
        shown += titles(text)
        other = address.replace("ordering=-title", "ordering=title")
        address = more(text)
    assert shown == sorted(shown, reverse=True)
    assert len(shown) == 12
    assert client.get(f"/stream/{other}").status_code == 404


def test_a_filter_that_no_column_can_hold_is_an_error_of_the_form(tagged):
    """200, nothing found, and the field says so."""
    response = tagged.client().get("/stream/?tags=abc")
    assert (response.status_code, titles(response.text)) == (200, [])
    assert response.context["filter_form"].errors
    assert 'aria-invalid="true"' in response.text


# --- comments in their place ----------------------------------------------------------


def test_a_comment_is_edited_in_its_place(twelve):
    """GET gives the form for it, PUT the comment as it now is."""
    client = twelve.client("bob")
    form = client.get("/comment/1/edit/", headers=HTMX)
    assert form.text.strip().startswith('<li id="comment-1">')
    assert 'hx-put="/comment/1/edit/"' in form.text
    saved = client.put("/comment/1/edit/", data={"edit-content": "Well!"}, headers=HTMX)
    assert saved.status_code == 200
    assert '<p class="said">Well!</p>' in saved.text
    assert twelve.scalars(select(Comment.content)) == ["Well!"]


def test_an_empty_comment_is_shown_again_in_its_place(twelve):
    """With its error; nothing is saved."""
    client = twelve.client("bob")
    response = client.put("/comment/1/edit/", data={"edit-content": ""}, headers=HTMX)
    assert response.status_code == 200
    assert 'aria-invalid="true"' in response.text
    assert twelve.scalars(select(Comment.content)) == ["Well said."]


def test_a_comment_is_edited_without_scripts_too(twelve):
    """On a page of its own, and back to the post."""
    client = twelve.client("bob")
    assert "<html" in client.get("/comment/1/edit/").text
    response = client.post("/comment/1/edit/", data={"content": "Well!"})
    assert (response.status_code, response.location) == (
        303,
        "/post/1/post-0#comment-1",
    )


def test_a_deleted_comment_is_swapped_for_nothing(twelve):
    """200, empty, and no message is left for another page."""
    client = twelve.client("bob")
    response = client.delete("/comment/1/delete/", headers=HTMX)
    assert (response.status_code, response.text, response.flashes) == (200, "", [])
    assert twelve.scalars(select(Comment.id)) == []


@pytest.mark.parametrize(
    ("method", "page"),
    [
        ("GET", "edit"),
        ("POST", "edit"),
        ("PUT", "edit"),
        ("GET", "delete"),
        ("POST", "delete"),
        ("DELETE", "delete"),
    ],
)
def test_the_comment_of_another_is_404(twelve, page, method):
    """Asked by htmx or not."""
    for headers in ({}, HTMX):
        response = twelve.client("ann").open(
            f"/comment/1/{page}/", method=method, headers=headers
        )
        assert response.status_code == 404


def test_htmx_without_a_login_moves_the_whole_page(twelve):
    """Not a login form in the place of a comment."""
    response = twelve.client().get("/comment/1/edit/", headers=HTMX)
    assert response.headers["HX-Redirect"].startswith("/login/?next=")


def test_only_pages_that_need_it_load_the_script(twelve):
    """A reader's page of a post does not."""
    for name, path, loaded in (
        (None, "/home", False),
        (None, "/post/1/post-0", False),
        ("bob", "/post/1/post-0", True),
        (None, "/stream/", True),
    ):
        text = twelve.client(name).get(path).text
        assert ("htmx-2.0.11.min.js" in text) is loaded, path


def test_unsafe_requests_of_htmx_carry_the_token(make_blog):
    """Without it 400; the page says which one to send."""
    blog = make_blog(WTF_CSRF_ENABLED=True)
    blog.add_user("ann")
    blog.add_comment(blog.add_post("Hello"), "ann")
    client = blog.client("ann")
    page = client.get("/post/1/hello").text
    assert client.delete("/comment/1/delete/", headers=HTMX).status_code == 400
    token = re.search(r'hx-headers=.{"X-CSRFToken": "([^"]+)"', page).group(1)
    headers = {**HTMX, "X-CSRFToken": token}
    assert client.delete("/comment/1/delete/", headers=headers).status_code == 200
