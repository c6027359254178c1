"""The example in a real browser: one reader's and one writer's way through it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
LONG = "Donaudampfschifffahrtsgesellschaft" * 6
#: A post that is wider than any screen in every way a post can be.
WIDE = f"{LONG}\n\n```\n{'long line ' * 40}\n```\n\n|a|b|\n|-|-|\n|{LONG}|b|"


GREETING = re.compile(r"(http://\S+)/home\s+Log in as\s+(\S+) .*password\s+(\S+)")


class Site:
    """The blog as ``make run`` starts it, and what it prints."""

    def __init__(self, process):
        self.said = ""
        self._said_more = threading.Condition()
        self._reader = threading.Thread(target=self._read, args=(process.stdout,))
        self._reader.start()
        self.address, self.username, self.password = self.printed(GREETING)
        wait_for(self.address)

    def _read(self, output):
        for line in output:
            with self._said_more:
                self.said += line
                self._said_more.notify_all()

    def printed(self, pattern, timeout=30):
        """Wait until something is printed; return the groups of the pattern."""
        with self._said_more:
            found = self._said_more.wait_for(
                lambda: re.search(pattern, self.said), timeout
            )
        assert found, f"{pattern} is not in {self.said!r}"
        return found.groups()

    def close(self):
        """Wait until all that was printed is read."""
        self._reader.join(10)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The blog on a database of its own."""
    folder = tmp_path_factory.mktemp("instance")
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "example_app"],
        cwd=ROOT,
        env={**os.environ, "INSTANCE_FOLDER": str(folder), "DATABASE_URL": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,  # the reloader's child is ended with it
    )
    site = None
    try:
        site = Site(process)
        yield site
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)
        if site is not None:
            site.close()
        process.stdout.close()


def wait_for(address):
    """Wait until a server answers; the first request of a new one may take a while."""
    host, port = address.removeprefix("http://").split(":")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"{address} does not answer")


@pytest.fixture
def page(browser, site):
    """A page of the browser; what its console says fails the test."""
    context = browser.new_context(base_url=site.address)
    context.set_default_timeout(60_000)  # a busy machine is no fault of the page
    page = context.new_page()
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    yield page
    context.close()
    assert said == []
    assert not [url for url in asked if not url.startswith(site.address)]


def log_in(page, site):
    page.goto("/home")
    page.get_by_role("link", name="Log in").click()
    page.get_by_label("Username").fill(site.username)
    page.get_by_label("Password").fill(site.password)
    page.get_by_role("button", name="Log in").click()


def first_post(page):
    return page.locator("article").first.get_by_role("link").first


def titles(page):
    page.wait_for_load_state()  # a click waits for a page to begin, not to be there
    return page.locator("article h2").all_inner_texts()


def write(page, title, content, tags=""):
    page.get_by_role("link", name="New post").click()
    page.get_by_label("Title").fill(title)
    page.get_by_label("Content").fill(content)
    page.get_by_label("Tags").fill(tags)
    page.get_by_role("button", name="Publish").click()


def delete(page):
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()


def test_a_writer_logs_in_writes_edits_and_deletes(page, site):
    """The new post stands first on /home; the console stays silent."""
    log_in(page, site)
    before = titles(page)
    write(page, "Fresh words", "Written *just now*.", "news")
    assert page.get_by_role("heading", level=1).inner_text() == "Fresh words"
    said = page.get_by_role("status").inner_text()
    assert said == "Your post “Fresh words” is published."
    page.goto("/home")
    assert titles(page) == ["Fresh words", *before[:4]]

    first_post(page).click()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Title").fill("Fresher words")
    page.get_by_role("button", name="Save").click()
    page.goto("/home")
    assert titles(page) == ["Fresher words", *before[:4]]

    first_post(page).click()
    delete(page)
    assert page.url.endswith("/home")
    assert titles(page) == before


def test_a_reader_turns_the_pages(page):
    """Older leads to page 2 and on, Newer back; no post stands on two pages."""
    page.goto("/home")
    shown = titles(page)
    page.get_by_role("link", name="Older").click()
    assert page.url.endswith("/home?page=2")
    second = titles(page)
    page.get_by_role("link", name="Older").click()
    shown += second + titles(page)
    assert len(set(shown)) == 15
    page.get_by_role("link", name="Newer").click()
    assert titles(page) == second


def test_a_reader_registers_comments_and_logs_out(page):
    """The comment is the target of the address, so the browser shows it."""
    page.goto("/home")
    page.get_by_role("link", name="Register").click()
    page.get_by_label("Username").fill("cleo")
    page.get_by_label("Mail").fill("cleo@example.com")
    for label in page.get_by_label("Password").all():
        label.fill("a long enough word")
    page.get_by_role("button", name="Register").click()
    first_post(page).click()
    page.get_by_label("Your comment").fill("Well said.")
    page.get_by_role("button", name="Comment").click()
    assert "#comment-" in page.url
    assert page.locator("li:target .said").inner_text() == "Well said."
    page.get_by_role("button", name="Log out").click()
    assert page.get_by_role("link", name="Log in").is_visible()


def test_a_reader_resets_a_forgotten_password_and_changes_it(page, site):
    """By the link in the mail, which goes to the terminal; then on the profile."""
    page.goto("/register/")
    page.get_by_label("Username").fill("dora")
    page.get_by_label("Mail").fill("dora@example.com")
    for label in page.get_by_label("Password").all():
        label.fill("a long enough word")
    page.get_by_role("button", name="Register").click()
    page.get_by_role("button", name="Log out").click()

    page.get_by_role("link", name="Log in").click()
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("Mail").fill("dora@example.com")
    page.get_by_role("button", name="Send me a link").click()
    (link,) = site.printed(rf"({site.address}/reset/\S+)")
    page.goto(link)
    assert page.url.endswith("/set-password/")
    for label in page.get_by_label("New password").all():
        label.fill("another long enough word")
    page.get_by_role("button", name="Change my password").click()

    page.locator("main").get_by_role("link", name="Log in").click()
    page.get_by_label("Username").fill("dora")
    page.get_by_label("Password").fill("another long enough word")
    page.get_by_label("Stay logged in").check()
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("link", name="dora").click()
    assert page.locator(".states .now").inner_text().startswith("fresh")
    page.get_by_role("link", name="Change your password").click()
    page.get_by_label("Old password").fill("another long enough word")
    for label in page.get_by_label("New password").all():
        label.fill("a third long enough word")
    page.get_by_role("button", name="Change my password").click()
    page.goto("/profile/")
    page.get_by_role("button", name="Log out everywhere").click()
    assert "logged out on all devices" in page.get_by_role("status").inner_text()


def test_comments_change_in_their_place(page, site):
    """Written, edited and deleted without leaving the page."""
    log_in(page, site)
    first_post(page).click()
    page.get_by_label("Your comment").fill("First thought.")
    page.get_by_role("button", name="Comment").click()
    address = page.url
    page.locator("li:target").get_by_role("link", name="Edit your comment").click()
    form = page.locator(".comments li form")
    form.locator("textarea:focus").fill("Second thought.")
    form.get_by_role("button", name="Save").click()
    said = page.locator(".comments li").filter(has_text="Second thought.")
    said.locator("a:focus").get_by_text("Edit").wait_for()
    page.once("dialog", lambda dialog: dialog.accept())
    said.get_by_role("link", name="Delete your comment").click()
    said.wait_for(state="detached")
    assert page.url == address


def test_a_reader_scrolls_without_end(page):
    """The page grows until every post is on it."""
    page.goto("/stream/")
    for number in (5, 10, 15, 20, 25, 30):
        page.locator("article").nth(number - 1).wait_for()
        page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.locator(".more").wait_for(state="detached")
    assert page.locator("article").count() == len(set(titles(page))) == 30


def test_a_reader_narrows_the_page_that_grows(page):
    """What was asked for holds for the posts that are added."""
    page.goto("/stream/")
    page.get_by_label("Authors").select_option("bob")
    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**/stream/?*")  # the page before has five posts as well
    for number in (5, 10):
        page.locator("article").nth(number - 1).wait_for()
        page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.locator(".more").wait_for(state="detached")
    bylines = page.locator("article .meta").all_inner_texts()
    assert len(bylines) == 10
    assert all(byline.endswith("by bob") for byline in bylines)


def fill_row(page, number, title, address):
    row = page.locator("fieldset").nth(number)
    row.get_by_label("Title").fill(title)
    row.get_by_label("Address").fill(address)


def test_links_of_a_list_are_added_and_removed_as_rows(page, site):
    """Only the rows that are there when the list is saved are saved."""
    log_in(page, site)
    page.get_by_role("link", name="Reading").click()
    page.get_by_role("link", name="New list").click()
    page.get_by_label("Title").first.fill("Frameworks")
    fill_row(page, 0, "Flask", "https://flask.example/")
    fill_row(page, 1, "Gone", "https://gone.example/")
    page.get_by_role("button", name="Add a link").click()
    fill_row(page, 2, "Django", "https://django.example/")
    page.get_by_role("button", name="Remove").nth(1).click()
    page.get_by_role("button", name="Save").click()
    section = page.get_by_role("region", name="Frameworks")
    assert section.get_by_role("listitem").all_inner_texts() == ["Flask", "Django"]

    section.get_by_role("link", name="Edit").click()
    page.get_by_role("button", name="Remove").first.click()
    page.get_by_role("button", name="Add a link").click()
    fill_row(page, 4, "Wrong", "no address")
    page.get_by_role("button", name="Save").click()
    assert "Begin with https://" in page.locator("fieldset .errors").inner_text()
    page.locator("fieldset").first.wait_for(state="hidden")
    page.locator("[aria-invalid=true]").fill("https://right.example/")
    page.get_by_role("button", name="Save").click()
    assert section.get_by_role("listitem").all_inner_texts() == ["Django", "Wrong"]
    section.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    assert "“Frameworks” is deleted" in page.get_by_role("status").inner_text()
    assert section.count() == 0


def test_links_of_a_list_are_changed_without_scripts(browser, site):
    """By the empty rows that are there, and boxes for those to delete."""
    context = browser.new_context(base_url=site.address, java_script_enabled=False)
    context.set_default_timeout(60_000)
    page = context.new_page()
    log_in(page, site)
    page.goto("/reading/new/")
    page.get_by_label("Title").first.fill("Plain")
    fill_row(page, 0, "Flask", "https://flask.example/")
    fill_row(page, 1, "Django", "https://django.example/")
    page.get_by_role("button", name="Save").click()
    section = page.get_by_role("region", name="Plain")
    assert section.get_by_role("listitem").all_inner_texts() == ["Flask", "Django"]
    section.get_by_role("link", name="Edit").click()
    page.get_by_label("Delete").first.check()
    page.get_by_role("button", name="Save").click()
    assert section.get_by_role("listitem").all_inner_texts() == ["Django"]
    section.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    context.close()


def test_a_post_that_another_tab_changed_is_not_overwritten(page, site):
    """Both texts stand on the page; sent again, the form is saved."""
    log_in(page, site)
    write(page, "Two tabs", "Mine.")
    page.get_by_role("link", name="Edit").click()
    page.wait_for_load_state()
    late = page.context.new_page()  # the browser itself notes a 409 on its console
    late.goto(page.url)
    page.get_by_label("Content").fill("Theirs.")
    page.get_by_role("button", name="Save").click()
    late.get_by_label("Title").fill("Two tabs, later")
    late.get_by_role("button", name="Save").click()
    assert "Someone else has changed" in late.get_by_role("alert").inner_text()
    assert late.get_by_label("Title").input_value() == "Two tabs, later"
    assert late.get_by_text("Stored now: Theirs.").is_visible()
    late.get_by_role("button", name="Save").click()
    assert late.get_by_role("heading", level=1).inner_text() == "Two tabs, later"
    delete(late)


def test_errors_are_tied_to_their_fields(page, site):
    """A field's error is its description, for those who cannot see it."""
    log_in(page, site)
    page.goto("/post/new/")
    page.get_by_role("button", name="Publish").click()
    title = page.get_by_label("Title")
    assert title.get_attribute("aria-invalid") == "true"
    described = title.get_attribute("aria-describedby").split()[-1]
    assert "required" in page.locator(f"#{described}").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_scrolls_sideways_at_375_pixels(page, site, scheme):
    """With long words, code and tables, in both colour schemes."""
    page.set_viewport_size({"width": 375, "height": 700})
    page.emulate_media(color_scheme=scheme)
    log_in(page, site)
    write(page, LONG[:190], WIDE, LONG[:40])
    own = page.url
    edit, drop = (
        page.get_by_role("link", name=name).get_attribute("href")
        for name in ("Edit", "Delete")
    )
    lists = ["/home", "/tags/", f"/user/{site.username}/", "/stream/", "/reading/"]
    forms = ["/post/new/", "/register/", "/reading/new/", "/tag_desk/1/edit/"]
    page.goto("/archive/")
    year = page.locator(".periods a").first.get_attribute("href")
    for path in [own, edit, drop, *lists, *forms, "/archive/", year, "/tag_desk/"]:
        page.goto(path)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 375, path
    page.goto(own)
    delete(page)


def test_the_keyboard_sees_where_it_is(page):
    """The skip link is first; every stop of the Tab key has an outline."""
    page.goto("/home")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(8):
        page.keyboard.press("Tab")
        style = "getComputedStyle(document.activeElement).outlineStyle"
        assert page.evaluate(style) == "solid"
