"""The example's pages of posts: what they show, in how many statements."""

from __future__ import annotations

import re

import pytest
from flask import g

from cbv.testing import count_queries

pytest_plugins = ["support.example_blog"]


def articles(response):
    """Return the titles that a list page links, article by article."""
    found = re.findall(r"<article.*?</article>", response.text, re.DOTALL)
    return [re.search(r"<a [^>]*>(.*?)</a>", article).group(1) for article in found]


@pytest.fixture
def twelve(blog):
    """Twelve posts of one author, ``Post 0`` the newest."""
    blog.add_user("ann")
    for age in range(12):
        blog.add_post(f"Post {age}", age=age)
    return blog


# --- lists ------------------------------------------------------------------------


def test_home_shows_the_newest_five_first(twelve):
    """Newest first by date_posted, five a page."""
    response = twelve.client().get("/home")
    assert articles(response) == [f"Post {age}" for age in range(5)]
    assert response.context["page_obj"].number == 1
    assert response.context["paginator"].num_pages == 3


def test_page_two_goes_on_where_page_one_ended(twelve):
    """``/home?page=2`` holds the sixth to the tenth post, and links both ways."""
    response = twelve.client().get("/home?page=2")
    assert articles(response) == [f"Post {age}" for age in range(5, 10)]
    assert 'href="?page=1"' in response.text
    assert 'href="?page=3"' in response.text


def test_equal_days_are_sorted_by_the_key(blog):
    """Posts of one moment keep one order on all pages: the later key first."""
    blog.add_user("ann")
    for number in range(7):
        blog.add_post(f"Post {number}")
    client = blog.client()
    shown = articles(client.get("/home")) + articles(client.get("/home?page=2"))
    assert shown == [f"Post {number}" for number in range(6, -1, -1)]


@pytest.mark.parametrize("page", ["0", "-1", "4", "abc", "1e99", "9" * 400, "٣", "+2"])
def test_a_page_that_is_not_there_is_404(twelve, page):
    """Whatever is written in its place, on both databases."""
    assert twelve.client().get("/home", query_string={"page": page}).status_code == 404


def test_an_empty_blog_says_so(blog):
    """No post is no error."""
    response = blog.client().get("/home")
    assert (response.status_code, articles(response)) == (200, [])
    assert "Nothing here yet" in response.text


def test_an_article_has_its_day_and_all_its_authors(blog):
    """The day stands in ``<time datetime>``; each author is a link to their posts."""
    blog.add_user("ann")
    blog.add_user("bob")
    blog.add_post("Shared", also=["bob"])
    text = blog.client().get("/home").text
    assert '<time datetime="2024-05-17T08:30:00Z">17 May 2024</time>' in text
    assert '<a href="/user/ann/">ann</a> and <a href="/user/bob/">bob</a>' in text


def test_home_takes_two_statements(twelve):
    """One for the page with its count, one for the authors of all its posts."""
    client = twelve.client()
    client.get("/home")
    with count_queries(2):
        client.get("/home?page=2")


def test_home_takes_one_more_for_the_user(twelve):
    """Who is logged in is loaded once."""
    twelve.add_user("bob")
    client = twelve.client("bob")
    client.get("/home")
    with count_queries(3):
        client.get("/home")


def test_the_root_leads_to_home(lite_blog):
    """``/`` is a RedirectView."""
    response = lite_blog.client().get("/")
    assert (response.status_code, response.location) == (302, "/home")


def test_a_user_page_lists_the_posts_that_name_them(blog):
    """First author or not; the posts of others are not there."""
    blog.add_user("ann")
    blog.add_user("bob")
    blog.add_post("By ann", age=1)
    blog.add_post("By bob", author="bob")
    blog.add_post("By both", age=2, also=["bob"])
    response = blog.client().get("/user/bob/")
    assert articles(response) == ["By bob", "By both"]
    assert "<h1>Posts by bob</h1>" in response.text


def test_the_user_page_shares_its_author_on_g(blog):
    """dispatch_request puts the author on g, get_context_data reads it."""
    blog.add_user("ann")
    seen = []

    @blog.app.after_request
    def look(response):
        seen.append(g.author.username)
        return response

    assert blog.client().get("/user/ann/").context["heading"] == "Posts by ann"
    assert seen == ["ann"]


def test_a_user_page_takes_three_statements(twelve):
    """The author, the page with its count, the authors of its posts."""
    client = twelve.client()
    client.get("/user/ann/")
    with count_queries(3):
        client.get("/user/ann/?page=2")


@pytest.mark.parametrize("path", ["/user/nobody/", "/tags/nothing/", "/user/%00/"])
def test_an_unknown_user_or_tag_is_404(blog, path):
    """As in a detail view; a NUL is no reason for a 500."""
    assert blog.client().get(path).status_code == 404


def test_a_tag_page_lists_its_posts(blog):
    """Those that have the tag, newest first; the tag is in the context by the stash."""
    blog.add_user("ann")
    blog.add_post("Old", age=3, tags=["c/c++"])
    blog.add_post("Untagged")
    client = blog.client()
    path = re.search(r'href="(/tags/[^"]+)"', client.get("/tags/").text).group(1)
    response = client.get(path)
    assert articles(response) == ["Old"]
    assert response.context["tag"].name == "c/c++"


def test_the_tag_list_counts_posts(blog):
    """By name, each with its number of posts, in one statement."""
    blog.add_user("ann")
    blog.add_post("One", tags=["flask", "forms"])
    blog.add_post("Two", tags=["flask"])
    client = blog.client()
    client.get("/tags/")
    with count_queries(1):
        response = client.get("/tags/")
    rows = [(tag.name, number) for tag, number in response.context["object_list"]]
    assert rows == [("flask", 2), ("forms", 1)]


# --- search and order ----------------------------------------------------------------


def test_search_finds_words_in_title_content_and_tags(blog):
    """Every word, in any case; the field keeps what was typed."""
    blog.add_user("ann")
    blog.add_post("Django views", age=1)
    blog.add_post("Views", content="of FLASK", age=2)
    blog.add_post("More views", tags=["flask"], age=3)
    client = blog.client()
    response = client.get("/home?q=flask+views")
    assert articles(response) == ["Views", "More views"]
    assert 'value="flask views"' in response.text
    assert articles(client.get("/home?q=nowhere")) == []


@pytest.mark.parametrize("sign", ["%", "_", "\\"])
def test_signs_of_patterns_stand_for_themselves(blog, sign):
    """On both databases."""
    blog.add_user("ann")
    blog.add_post(f"100{sign}")
    blog.add_post("1000")
    response = blog.client().get("/home", query_string={"q": f"100{sign}"})
    assert articles(response) == [f"100{sign}"]


def test_a_search_goes_on_over_pages(twelve):
    """Links to other pages keep the words, and the order."""
    response = twelve.client().get("/home?q=post&ordering=title&page=2")
    assert articles(response) == ["Post 3", "Post 4", "Post 5", "Post 6", "Post 7"]
    assert 'href="?q=post&amp;ordering=title&amp;page=3"' in response.text


@pytest.mark.parametrize("name", ["path", "author.password_hash", "(select 1)", "id"])
def test_an_order_that_is_not_offered_has_no_effect(twelve, name):
    """Nobody learns a column by its order."""
    response = twelve.client().get("/home", query_string={"ordering": name})
    assert articles(response) == [f"Post {age}" for age in range(5)]


def test_words_that_no_column_can_hold_find_nothing(twelve):
    """An error beside the field, no fault of the database."""
    response = twelve.client().get("/home?q=a%00b")
    assert (response.status_code, articles(response)) == (200, [])
    assert 'aria-invalid="true"' in response.text


# --- one post ---------------------------------------------------------------------


def test_a_post_shows_its_markdown_its_tags_and_its_comments(blog):
    """In four statements: the post, its authors, its tags, its comments."""
    blog.add_user("ann")
    key = blog.add_post("Hello", content="*soft* words", tags=["flask"])
    blog.add_comment(key, "ann", "Well said.")
    client = blog.client()
    client.get(f"/post/{key}/hello")
    with count_queries(4):
        response = client.get(f"/post/{key}/hello")
    assert "<em>soft</em> words" in response.text
    assert 'href="/tags/flask/"' in response.text
    assert "Well said." in response.text


def test_a_post_with_another_slug_is_404(blog):
    """Key and slug must both fit: a post has one address."""
    blog.add_user("ann")
    key = blog.add_post("Hello")
    client = blog.client()
    assert client.get(f"/post/{key}/hello").status_code == 200
    assert client.get(f"/post/{key}/other").status_code == 404


@pytest.mark.parametrize(
    "path", ["/post/1/hello", f"/post/{2**63}/x", "/post/1/%00", "/post/-1/x"]
)
def test_a_post_that_is_not_there_is_404(blog, path):
    """Keys beyond the column and NUL in the slug too, on both databases."""
    assert blog.client().get(path).status_code == 404


def test_only_the_author_is_offered_edit_and_delete(blog):
    """Links are shown to whom they lead somewhere."""
    blog.add_user("ann")
    blog.add_user("bob")
    key = blog.add_post("Hello")
    for name, offered in (("ann", True), ("bob", False), (None, False)):
        text = blog.client(name).get(f"/post/{key}/hello").text
        assert (">Edit</a>" in text, ">Delete</a>" in text) == (offered, offered)


def test_titles_are_escaped_and_content_is_cleaned(blog):
    """Nothing that someone wrote runs in the page of another."""
    blog.add_user("ann")
    bad = "<script>alert(1)</script>"
    key = blog.add_post(bad, content=f'{bad} <a href="javascript:alert(1)">x</a>')
    client = blog.client()
    for path in ("/home", f"/post/{key}/script-alert-1-script"):
        text = client.get(path).text
        assert "<script" not in text
        assert "javascript:" not in text
