"""The example in a real browser: one reader's and one writer's way through it."""

from __future__ import annotations

import pytest

pytest_plugins = ["blog"]
pytestmark = pytest.mark.browser

PASSWORD = "a long enough word"
LONG = "Donaudampfschifffahrtsgesellschaft" * 6


@pytest.fixture
def site(lite_blog, serve):
    """The blog with twelve posts of ann's, on a server; its address."""
    lite_blog.app.config["WTF_CSRF_ENABLED"] = True
    lite_blog.add_user("ann", PASSWORD)
    for age in range(12):
        code = f"```\n{'long line ' * 40}\n```\n\n{LONG}\n\n|a|b|\n|-|-|\n|{LONG}|b|"
        lite_blog.add_post(
            f"Post {age}", age=age, content=code, tags=["flask", LONG[:40]]
        )
    return serve(lite_blog.app)


@pytest.fixture
def page(browser, site):
    """A page of the browser; what its console says fails the test."""
    context = browser.new_context(base_url=site)
    page = context.new_page()
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("requestfailed", lambda request: said.append(request.url))
    outside = []
    page.on("request", lambda r: r.url.startswith(site) or outside.append(r.url))
    yield page
    context.close()
    assert said == []
    assert outside == []


def log_in(page):
    page.goto("/home")
    page.get_by_role("link", name="Log in").click()
    page.get_by_label("Username").fill("ann")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def first_title(page):
    return page.locator("article").first.get_by_role("link").first.inner_text()


def test_a_writer_logs_in_writes_edits_and_deletes(page):
    """The new post stands first on /home; the console stays silent."""
    log_in(page)
    page.get_by_role("link", name="New post").click()
    page.get_by_label("Title").fill("Fresh words")
    page.get_by_label("Content").fill("Written *just now*.")
    page.get_by_label("Tags").fill("news")
    page.get_by_role("button", name="Publish").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Fresh words"
    assert page.get_by_role("status").inner_text() == (
        "Your post “Fresh words” is published."
    )
    page.goto("/home")
    assert first_title(page) == "Fresh words"

    page.locator("article").first.get_by_role("link").first.click()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Title").fill("Fresher words")
    page.get_by_role("button", name="Save").click()
    page.goto("/home")
    assert first_title(page) == "Fresher words"

    page.locator("article").first.get_by_role("link").first.click()
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    assert page.url.endswith("/home")
    assert first_title(page) == "Post 0"


def test_a_reader_turns_the_pages(page):
    """Older leads to page 2 and on, Newer back."""
    page.goto("/home")
    page.get_by_role("link", name="Older").click()
    assert page.url.endswith("/home?page=2")
    assert first_title(page) == "Post 5"
    page.get_by_role("link", name="Older").click()
    assert first_title(page) == "Post 10"
    page.get_by_role("link", name="Newer").click()
    assert first_title(page) == "Post 5"


def test_a_reader_registers_comments_and_logs_out(page):
    """The comment is the target of the address, so the browser shows it."""
    page.goto("/home")
    page.get_by_role("link", name="Register").click()
    page.get_by_label("Username").fill("cleo")
    page.get_by_label("Mail").fill("cleo@example.com")
    for label in page.get_by_label("Password").all():
        label.fill(PASSWORD)
    page.get_by_role("button", name="Register").click()
    page.locator("article").first.get_by_role("link").first.click()
    page.get_by_label("Your comment").fill("Well said.")
    page.get_by_role("button", name="Comment").click()
    assert "#comment-" in page.url
    assert page.locator("li:target .said").inner_text() == "Well said."
    page.get_by_role("button", name="Log out").click()
    assert page.get_by_role("link", name="Log in").is_visible()


def test_errors_are_tied_to_their_fields(page):
    """A field's error is its description, for those who cannot see it."""
    log_in(page)
    page.goto("/post/new/")
    page.get_by_role("button", name="Publish").click()
    title = page.get_by_label("Title")
    assert title.get_attribute("aria-invalid") == "true"
    described = title.get_attribute("aria-describedby").split()[-1]
    assert "required" in page.locator(f"#{described}").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_scrolls_sideways_at_375_pixels(page, scheme):
    """With long words, code and tables, in both colour schemes."""
    page.set_viewport_size({"width": 375, "height": 700})
    page.emulate_media(color_scheme=scheme)
    log_in(page)
    paths = [
        "/home",
        "/post/1/post-0",
        "/post/new/",
        "/post/1/edit/",
        "/post/1/delete/",
    ]
    for path in [*paths, "/tags/", "/user/ann/", "/login/", "/register/"]:
        page.goto(path)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 375, path


def test_the_keyboard_reaches_everything_and_sees_where_it_is(page):
    """The skip link is first; every stop of the Tab key has an outline."""
    page.goto("/home")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(8):
        page.keyboard.press("Tab")
        style = "getComputedStyle(document.activeElement).outlineStyle"
        assert page.evaluate(style) == "solid"
