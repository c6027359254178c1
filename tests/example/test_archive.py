"""The example's archives: periods with their numbers of posts, and ways between."""

from __future__ import annotations

import pytest

from cbv.testing import count_queries

pytest_plugins = ["support.example_blog"]


@pytest.fixture
def client(blog):
    """A client of a blog with posts of two years, the newest on 17 May 2024."""
    blog.add_user("ann")
    for age in (0, 0, 1, 20, 200):
        blog.add_post(f"Post of {age} days ago", age=age)
    return blog.client()


def periods(response):
    return [(link.url, link.text, link.number) for link in response.context["periods"]]


def titles(response):
    return [post.title for post in response.context["object_list"]]


def test_the_archive_counts_the_posts_of_each_year(client):
    """Newest first."""
    assert periods(client.get("/archive/")) == [
        ("/archive/2024/", "2024", 4),
        ("/archive/2023/", "2023", 1),
    ]


def test_a_year_counts_the_posts_of_each_month(client):
    """And leads to the year before."""
    response = client.get("/archive/2024/")
    assert periods(response) == [
        ("/archive/2024/04/", "April", 1),
        ("/archive/2024/05/", "May", 3),
    ]
    assert response.context["previous"].url == "/archive/2023/"
    assert response.context["next"] is None


def test_a_month_counts_the_posts_of_each_day_and_shows_them(client):
    """Newest first."""
    response = client.get("/archive/2024/05/")
    assert periods(response) == [
        ("/archive/2024/05/16/", "Thu 16", 1),
        ("/archive/2024/05/17/", "Fri 17", 2),
    ]
    assert len(titles(response)) == response.text.count("<article") == 3


def test_a_week_and_a_day_show_their_posts(client):
    """The week is that of ISO 8601, from Monday to Sunday."""
    assert len(titles(client.get("/archive/2024/week/20/"))) == 3
    response = client.get("/archive/2024/05/16/")
    assert titles(response) == ["Post of 1 days ago"]
    assert response.context["next"].text == "17 May 2024"
    assert response.context["previous"].text == "27 April 2024"


def test_a_day_leads_to_the_periods_that_it_lies_in(client):
    """Its week too, which nothing else leads to; each of them is there."""
    around = client.get("/archive/2024/05/16/").context["around"]
    assert [link.text for link in around] == ["2024", "May 2024", "week 20 of 2024"]
    for link in around:
        assert client.get(link.url).status_code == 200


def test_a_year_takes_two_statements_and_a_month_four(client):
    """The dates with their neighbours, the counts; the rows and their authors."""
    client.get("/archive/2024/")
    with count_queries(2):
        client.get("/archive/2024/")
    client.get("/archive/2024/05/")
    with count_queries(4):
        client.get("/archive/2024/05/")


@pytest.mark.parametrize(
    "path",
    ["2022/", "abc/", "0000/", "2024/00/", "2024/13/", "2024/02/30/", "2024/week/54/"],
)
def test_a_date_without_posts_or_without_a_calendar_is_404(client, path):
    """Whatever stands in its place."""
    assert client.get(f"/archive/{path}").status_code == 404


def test_an_empty_blog_has_an_empty_archive(blog):
    """And says so."""
    response = blog.client().get("/archive/")
    assert response.status_code == 200
    assert "Nothing here yet" in response.text
