"""What the test kit can tell of every page of the blog by itself."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from cbv.testing import assert_second_user_gets_404
from cbv.testing import crawl
from example_app.blog.models import ReadingList
from example_app.blog.models import User

pytest_plugins = ["support.example_blog"]


@pytest.fixture
def people(blog):
    """Two users; the first has a post, a comment and a reading list."""
    blog.add_user("ann")
    blog.add_user("ben")
    blog.add_comment(blog.add_post(author="ann"), author="ann")
    with blog.session() as session:
        ann = session.scalar(select(User).where(User.username == "ann"))
        session.add(ReadingList(title="Later", author=ann))
    return blog.scalars(select(User).order_by(User.username))


def test_the_row_of_another_user_is_404_in_every_view_with_a_scope(blog, people):
    assert_second_user_gets_404(blog.app, *people)


def test_no_page_has_a_5xx_for_a_hostile_url(lite_blog):
    lite_blog.app.config["RATELIMIT_ENABLED"] = False
    lite_blog.add_post(author=lite_blog.add_user("ann"))
    [ann] = lite_blog.scalars(select(User))
    answers = crawl(lite_blog.app, ann)
    assert {answer.endpoint for answer in answers} >= {"home", "post_detail"}
