"""The panel under the hood: what it says of a request, and when it is not there."""

from __future__ import annotations

import html
import re
import sys
import threading

import pytest

from cbv import DetailView
from cbv.testing import count_queries
from example_app.blog.posts import PostListView
from example_app.hood.masking import MASK
from example_app.hood.recorder import hooks_of
from example_app.hood.recorder import Recorder

pytest_plugins = ["support.example_blog"]

SECRET = "a long enough word"


@pytest.fixture
def open_blog(make_blog):
    """A blog with the panel on."""
    blog = make_blog(EXAMPLE_UNDER_THE_HOOD=True, WTF_CSRF_ENABLED=True)
    blog.add_user("ann")
    for age in range(7):
        blog.add_post(f"Post {age}", age=age, tags=["flask"])
    return blog


def panel(response):
    """Return the text of the panel, without markup."""
    found = re.search(r'<details class="hood">.*?</details>', response.text, re.DOTALL)
    return html.unescape(re.sub("<[^>]+>", "", found.group()))


def test_the_panel_is_off_unless_asked_for(lite_blog):
    """Not a byte of it in production, and no recorder runs."""
    assert "hood" not in lite_blog.client().get("/home").text


@pytest.mark.parametrize("word", ["0", "false", "No", "off", ""])
def test_the_panel_is_switched_off_by_a_word(make_blog, word):
    """As the environment has it, in debug mode too."""
    blog = make_blog(DEBUG=True, EXAMPLE_UNDER_THE_HOOD=word)
    assert "hood" not in blog.client().get("/home").text


def test_the_panel_is_on_in_debug_mode(make_blog):
    """Collapsed: a summary that the keyboard reaches."""
    blog = make_blog(DEBUG=True)
    text = blog.client().get("/home").text
    assert '<details class="hood">\n<summary>' in text


PAGES = """
/home /home?page=2 /post/1/post-0 /tags/ /tags/flask/ /user/ann/ /login/ /register/
/tour/ /tour/g/ /tour/session/ /archive/ /archive/2024/05/ /stream/ /reading/
/password_reset/
"""


@pytest.mark.parametrize("path", PAGES.split())
def test_every_page_has_the_panel_once(open_blog, path):
    """At its end, with the class that answered."""
    response = open_blog.client().get(path)
    assert response.text.count('<details class="hood">') == 1
    assert "The hooks, in the order of their calls" in panel(response)
    assert re.search(r"</details>\s*</body>", response.text)


def test_the_hooks_are_listed_in_the_order_of_their_calls(open_blog):
    """With the class that supplies each; super() shows as a call inside a call."""
    response = open_blog.client().get("/user/ann/")
    calls = [
        (call.depth, call.owner, call.name)
        for call in response.context["recorder"].calls
        if call.name in ("setup", "dispatch_request", "get", "get_queryset")
    ]
    assert calls == [
        (0, "View", "setup"),
        (0, "UserPostListView", "dispatch_request"),
        (1, "View", "dispatch_request"),
        (2, "TemplateView", "get"),
        (6, "UserPostListView", "get_queryset"),
        (7, "MultipleObjectMixin", "get_queryset"),
    ]
    assert all(call.milliseconds >= 0 for call in response.context["recorder"].calls)


def test_the_statements_are_those_that_were_sent(open_blog):
    """Counted by the test as well; no value of a parameter is shown."""
    client = open_blog.client()
    client.get("/user/ann/")
    with count_queries() as queries:
        response = client.get("/user/ann/")
    assert response.context["statements"] == queries.statements
    assert "3 SQL statements" in panel(response)


def test_the_sources_stand_side_by_side(open_blog):
    """The class of this page, and its Django twin."""
    text = panel(open_blog.client().get("/home"))
    assert "class PostListView(FilterMixin[Post], ListView[Post]):" in text
    assert "class PostListView(ListView):\n    model = Post" in text


def test_a_view_that_was_made_shows_its_declaration(open_blog):
    """Of the five views of a CRUDView none stands in a file."""
    text = panel(open_blog.client("ann").get("/tag_desk/"))
    assert "TagListView" in text
    assert "class TagDesk(LoginRequiredMixin, CRUDView[Tag]):" in text
    assert "class TagDesk(LoginRequiredMixin, CRUDView):" in text


def test_a_page_without_a_class_based_view_says_so(open_blog):
    """An error page too."""
    response = open_blog.client().get("/nowhere")
    assert response.status_code == 404
    assert "No class-based view answered this request." in panel(response)


def test_secrets_are_masked(open_blog):
    """Passwords in a form, tokens in the session, keys among the settings."""
    client = open_blog.client()
    page = client.get("/register/")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text).group(1)
    data = {"csrf_token": token, "username": "x", "password1": SECRET}
    text = panel(client.post("/register/", data=data))
    assert SECRET not in text
    assert token not in text
    assert text.count(MASK) >= 3
    assert "'username': 'x'" in text


def test_the_panel_adds_nothing_to_a_list_page_that_a_reader_counts(open_blog):
    """Five articles, and no link or button of its own."""
    text = open_blog.client().get("/home").text
    assert text.count("<article") == 5
    own = text[text.index('<details class="hood">') :]
    assert not re.search("<(a|button|form|input)[ >]", own)


def test_redirects_and_files_are_left_alone(open_blog):
    """Only pages have an end to put it at."""
    client = open_blog.client()
    assert "hood" not in client.get("/").text
    with client.get("/static/style.css") as response:
        assert b"<details" not in response.data


def test_the_interpreter_is_left_as_it_was(open_blog):
    """After a page, and after a fault."""

    @open_blog.app.get("/fault")
    def fault():
        raise RuntimeError("a fault")

    client = open_blog.client()
    client.get("/home")
    assert sys.getprofile() is None
    with pytest.raises(RuntimeError, match="a fault"):
        client.get("/fault")
    assert sys.getprofile() is None


def test_a_recorder_notes_its_own_thread_only():
    """Requests of a threaded server do not mix."""
    recorder = Recorder(PostListView)
    recorder.start()
    thread = threading.Thread(target=PostListView().get_ordering)
    thread.start()
    thread.join()
    PostListView().get_paginate_orphans()
    recorder.stop()
    assert [call.name for call in recorder.calls] == ["get_paginate_orphans"]


def test_hooks_are_found_behind_properties():
    """A cached property counts as the hook that it is."""
    names = {name for _, name in hooks_of(DetailView).values()}
    assert {"object", "user", "get_object", "as_view"} <= names
    assert not [name for name in names if name.startswith("_")]
