"""The example's forms: who may write, edit, delete and comment, and what is saved."""

from __future__ import annotations

import pytest
from sqlalchemy import func
from sqlalchemy import select

from cbv.testing import assert_redirects
from example_app.blog import posts
from example_app.blog.models import Comment
from example_app.blog.models import Post
from example_app.blog.models import Tag

pytest_plugins = ["support.example_blog"]

WRITTEN = {"title": "Hello, world", "content": "Some *words*.", "tags": "Flask, forms"}


@pytest.fixture
def people(blog):
    """A blog with two users, ann and bob."""
    blog.add_user("ann")
    blog.add_user("bob")
    return blog


def counted(blog, model):
    return blog.scalars(select(func.count()).select_from(model))[0]


# --- writing ----------------------------------------------------------------------


def test_writing_needs_a_login(people):
    """Anonymous people go to the login page, which knows where they came from."""
    response = people.client().get("/post/new/")
    assert_redirects(response, "/login/?next=/post/new/", 302)


def test_a_new_post_is_saved_with_author_slug_and_tags(people):
    """One POST saves the post, who is named and its tags, and says so."""
    client = people.client("ann")
    response = client.post("/post/new/", data=WRITTEN)
    with people.session() as session:
        post = session.scalars(select(Post)).one()
        assert (post.title, post.slug) == ("Hello, world", "hello-world")
        assert post.author.username == "ann"
        assert [str(user) for user in post.authors] == ["ann"]
        assert [str(tag) for tag in post.tags] == ["flask", "forms"]
        address = f"/post/{post.id}/hello-world"
    assert_redirects(response, address, 303)
    assert response.flashes == [("success", "Your post “Hello, world” is published.")]
    assert client.get("/home").context["post_list"][0].title == "Hello, world"


def test_a_fault_after_the_post_is_saved_loses_post_and_tags(people, monkeypatch):
    """Both are one transaction: nothing stays of a request that failed half-way."""

    def fail(session, names):
        raise RuntimeError("half-way")

    monkeypatch.setattr(posts, "tags_named", fail)
    with pytest.raises(RuntimeError, match="half-way"):
        people.client("ann").post("/post/new/", data=WRITTEN)
    assert (counted(people, Post), counted(people, Tag)) == (0, 0)


def test_fields_that_the_form_has_not_are_passed_over(people):
    """Nobody writes in the name of another, or says when."""
    forged = {**WRITTEN, "author_id": "2", "author": "2", "path": "x", "id": "77"}
    people.client("ann").post("/post/new/", data=forged)
    with people.session() as session:
        post = session.scalars(select(Post)).one()
        assert (post.author.username, post.path, post.id) == ("ann", None, 1)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "  "),
        ("title", "x" * 201),
        ("title", "a\0b"),
        ("content", ""),
        ("content", "x" * 200_001),
        ("content", "a\0b"),
        ("tags", ",".join("abcdefghijk")),
        ("tags", "x" * 41),
        ("tags", "a\0b"),
    ],
)
def test_a_wrong_field_is_shown_with_its_error(people, field, value):
    """Status 200, nothing saved, the field marked and tied to its error."""
    data = {**WRITTEN, field: value}
    response = people.client("ann").post("/post/new/", data=data)
    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    assert 'aria-invalid="true"' in response.text
    assert f'aria-describedby="{field}' in response.text
    assert f'id="{field}-error"' in response.text
    assert counted(people, Post) == 0


def test_what_was_typed_is_kept_with_the_error(people):
    """Nobody writes a text twice."""
    data = {**WRITTEN, "title": ""}
    text = people.client("ann").post("/post/new/", data=data).text
    assert "Some *words*." in text
    assert 'value="Flask, forms"' in text


# --- editing ----------------------------------------------------------------------


def test_an_author_edits_title_content_and_tags(people):
    """The slug stays: the address of a post does not change."""
    key = people.add_post("Old", tags=["old", "kept"])
    client = people.client("ann")
    page = client.get(f"/post/{key}/edit/")
    assert 'value="kept, old"' in page.text
    data = {"title": "New", "content": "Changed.", "tags": "kept, new", "version": "1"}
    response = client.post(f"/post/{key}/edit/", data=data)
    assert_redirects(response, f"/post/{key}/old", 303)
    with people.session() as session:
        post = session.get(Post, key)
        assert (post.title, post.content, post.slug) == ("New", "Changed.", "old")
        assert [str(tag) for tag in post.tags] == ["kept", "new"]


@pytest.mark.parametrize("page", ["edit", "delete"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_post_of_another_is_404(people, page, method):
    """As if it were not there, and it is unchanged."""
    key = people.add_post("Hers")
    response = people.client("bob").open(
        f"/post/{key}/{page}/", method=method, data=WRITTEN
    )
    assert response.status_code == 404
    assert people.scalars(select(Post.title)) == ["Hers"]


def test_only_the_first_author_may_edit(people):
    """Who is named beside the author reads the post like everybody else."""
    key = people.add_post("Ours", also=["bob"])
    assert people.client("bob").get(f"/post/{key}/edit/").status_code == 404
    assert people.client("ann").get(f"/post/{key}/edit/").status_code == 200


# --- deleting ---------------------------------------------------------------------


def test_delete_asks_by_get_and_deletes_by_post(people):
    """With its comments; the tag stays for the next post."""
    key = people.add_post("Gone", tags=["flask"])
    people.add_comment(key, "bob")
    client = people.client("ann")
    asked = client.get(f"/post/{key}/delete/")
    assert "Delete “Gone”?" in asked.text
    assert counted(people, Post) == 1
    response = client.post(f"/post/{key}/delete/", data={"version": "1"})
    assert_redirects(response, "/home", 303)
    assert response.flashes == [("success", "Your post “Gone” is deleted.")]
    assert counted(people, Post) == counted(people, Comment) == 0
    assert people.scalars(select(Tag.name)) == ["flask"]


# --- comments ---------------------------------------------------------------------


def test_a_comment_is_saved_for_its_post_and_its_author(people):
    """Both keys come from the scope: the address and the login."""
    key = people.add_post("Hello")
    data = {"content": "Well said.", "author_id": "1", "post_id": "99"}
    response = people.client("bob").post(f"/post/{key}/comment/", data=data)
    with people.session() as session:
        comment = session.scalars(select(Comment)).one()
        assert (comment.post_id, comment.author.username) == (key, "bob")
        address = f"/post/{key}/hello#comment-{comment.id}"
    assert_redirects(response, address, 303)


def test_a_comment_needs_a_login(people):
    """Nobody is nobody's author."""
    key = people.add_post("Hello")
    response = people.client().post(f"/post/{key}/comment/", data={"content": "x"})
    assert_redirects(response, f"/login/?next=/post/{key}/comment/", 302)
    assert counted(people, Comment) == 0


def test_a_comment_on_no_post_is_404(people):
    """Before the form is looked at."""
    response = people.client("bob").post("/post/7/comment/", data={"content": "x"})
    assert response.status_code == 404


def test_an_empty_comment_is_shown_again_below_the_title_of_its_post(people):
    """The stashed post is in the context of the invalid form as well."""
    key = people.add_post("Hello")
    response = people.client("bob").post(f"/post/{key}/comment/", data={"content": ""})
    assert response.status_code == 200
    assert "Comment on “Hello”" in response.text
    assert list(response.context["form"].errors) == ["content"]


def test_a_comment_is_deleted_by_its_author_alone(people):
    """Not even by the author of the post."""
    key = people.add_post("Hello")
    comment = people.add_comment(key, "bob")
    path = f"/comment/{comment}/delete/"
    assert people.client("ann").post(path).status_code == 404
    assert counted(people, Comment) == 1
    response = people.client("bob").post(path)
    assert_redirects(response, f"/post/{key}/hello", 303)
    assert counted(people, Comment) == 0


def test_a_link_to_delete_is_offered_to_the_author_of_a_comment(people):
    """And to nobody else."""
    key = people.add_post("Hello")
    comment = people.add_comment(key, "bob")
    link = f'href="/comment/{comment}/delete/"'
    for name, offered in (("bob", True), ("ann", False), (None, False)):
        page = people.client(name).get(f"/post/{key}/hello")
        assert (link in page.text) is offered
