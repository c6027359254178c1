"""The example's posts when two people, or two tabs, change one at the same time."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy import text

from cbv.testing import assert_redirects
from cbv.testing import count_queries
from example_app.blog.models import Post
from example_app.site.database import ADDED_LATER
from example_app.site.database import Base
from example_app.site.database import db

pytest_plugins = ["support.example_blog"]


@pytest.fixture
def key(blog):
    """A post of ann's."""
    blog.add_user("ann")
    return blog.add_post("Hello", content="One.", tags=["flask"])


def form_of(client, key, **changes):
    """Return what the form to edit a post would send."""
    form = client.get(f"/post/{key}/edit/").context["form"]
    return {
        **{name: form[name].data for name in ("title", "content", "tags", "version")},
        **changes,
    }


def test_what_was_changed_meanwhile_is_not_overwritten(blog, key):
    """409: what was typed is kept, and what is stored now stands beside it."""
    client = blog.client("ann")
    mine, other = form_of(client, key, title="Mine"), form_of(client, key, title="Hers")
    client.post(f"/post/{key}/edit/", data=other)
    response = client.post(f"/post/{key}/edit/", data=mine)
    assert response.status_code == 409
    assert "Someone else has changed this meanwhile" in response.text
    assert response.context["theirs"] == {"title": "Hers"}
    assert 'value="Mine"' in response.text
    assert "Stored now: Hers" in response.text
    assert blog.scalars(select(Post.title)) == ["Hers"]


def test_the_form_of_a_conflict_is_saved_when_it_is_sent_again(blog, key):
    """Its reader has seen what it overwrites."""
    client = blog.client("ann")
    mine = form_of(client, key, title="Mine")
    client.post(f"/post/{key}/edit/", data={**mine, "title": "Hers"})
    again = client.post(f"/post/{key}/edit/", data=mine).context["form"]
    mine["version"] = again["version"].data
    response = client.post(f"/post/{key}/edit/", data=mine)
    assert_redirects(response, f"/post/{key}/hello", 303)
    assert blog.scalars(select(Post.title)) == ["Mine"]


def test_other_tags_are_a_change_too(blog, key):
    """Their rows are not the post's, so its version is counted up by hand."""
    client = blog.client("ann")
    mine = form_of(client, key)
    client.post(f"/post/{key}/edit/", data={**mine, "tags": "flask, forms"})
    response = client.post(f"/post/{key}/edit/", data=mine)
    assert response.status_code == 409
    assert response.context["theirs"] == {"tags": "flask, forms"}


def test_a_form_that_changes_nothing_is_no_change(blog, key):
    """What another tab shows is still right."""
    client = blog.client("ann")
    mine = form_of(client, key)
    client.post(f"/post/{key}/edit/", data=mine)
    assert client.post(f"/post/{key}/edit/", data=mine).status_code == 303


def test_a_post_that_was_changed_meanwhile_is_not_deleted(blog, key):
    """Whoever deletes it has not read it."""
    client = blog.client("ann")
    version = client.get(f"/post/{key}/delete/").context["form"]["version"].data
    client.post(f"/post/{key}/edit/", data=form_of(client, key, title="Changed"))
    response = client.post(f"/post/{key}/delete/", data={"version": version})
    assert response.status_code == 409
    assert "Someone else has changed this meanwhile" in response.text
    assert blog.scalars(select(Post.title)) == ["Changed"]


def test_a_change_takes_five_statements(blog, key):
    """The user, the post, its tags; UPDATE, the tags of the form."""
    client = blog.client("ann")
    client.post(f"/post/{key}/edit/", data=form_of(client, key, title="Once"))
    data = form_of(client, key, title="Twice")
    with count_queries() as queries:
        client.post(f"/post/{key}/edit/", data=data)
    assert len(queries) == 5
    assert [sql for sql in queries.statements if "version = " in sql]


# --- databases from before -----------------------------------------------------------


def old_blog(make_blog, config):
    """Make a blog with a post, and take from it what older ones had not."""
    blog = make_blog(**config)
    blog.add_user("ann")
    blog.add_post("Old")
    with blog.app.app_context():
        with db.engine.begin() as connection:
            connection.execute(text("ALTER TABLE posts DROP COLUMN version"))
            for name in ("links", "reading_lists"):
                connection.execute(text(f"DROP TABLE {name}"))
        db.engine.dispose()


def test_a_database_from_before_gets_what_it_lacks(make_blog, blog_config):
    """Its posts are there, and can be edited."""
    old_blog(make_blog, blog_config)
    blog = make_blog(**blog_config)
    client = blog.client("ann")
    assert [post.title for post in client.get("/home").context["post_list"]] == ["Old"]
    client.post("/post/1/edit/", data=form_of(client, 1, title="New"))
    assert blog.scalars(select(Post.version)) == [2]
    assert client.get("/reading/").status_code == 200


def test_columns_added_later_are_those_of_the_models():
    """The declaration and what is added to an older database say the same."""
    for table, name, declared in ADDED_LATER:
        column = Base.metadata.tables[table].c[name]
        assert declared.startswith(str(column.type))
        assert ("NOT NULL" in declared) is not column.nullable
        assert f"DEFAULT {column.server_default.arg}" in declared
