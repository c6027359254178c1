"""``flask import-posts`` and ``seed``: a whole blog, or thirty demo posts."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func
from sqlalchemy import select

from example_app.blog.models import Comment
from example_app.blog.models import Post
from example_app.blog.models import ReadingList
from example_app.blog.models import Tag
from example_app.blog.models import User
from example_app.content.importer import LONGEST_LINE
from support.services import missing

pytest_plugins = ["support.example_blog"]

ROOT = Path(__file__).parents[2]
RUST_BLOG = ROOT.parent / "shared" / "data" / "rust-blog.jsonl"

ENTRY = {
    "title": "A “quoted” `title`",
    "slug": "title-1.0",
    "path": "2020/01/02/title-1.0",
    "date_posted": "2020-01-02",
    "authors": ["Zoë Example", "The Team"],
    "section": "main",
    "team": None,
    "description": None,
    "content": "# Heading\n\nWords.",
}


def line(number=0, **changes):
    """Return a line of a file: a post with a path of its own."""
    return json.dumps({**ENTRY, "path": f"path/{number}", **changes}).encode() + b"\n"


@pytest.fixture
def run(blog, tmp_path):
    """Write lines to a file and import it; the result of the command."""
    path = tmp_path / "posts.jsonl"

    def run(*lines):
        path.write_bytes(b"".join(lines))
        return blog.app.test_cli_runner().invoke(args=["import-posts", str(path)])

    return run


def titles(blog):
    return blog.scalars(select(Post.title).order_by(Post.id))


# --- a file of a few lines ---------------------------------------------------------


def test_a_post_is_saved_with_everything_the_line_says(blog, run):
    """All authors become users, in the order named; the first may edit."""
    result = run(line(team="Core", description="Why."))
    assert (result.exit_code, result.output) == (
        0,
        "1 posts added, 0 known already; 2 authors added.\n",
    )
    with blog.session() as session:
        post = session.scalars(select(Post)).one()
        assert (post.title, post.slug) == (ENTRY["title"], ENTRY["slug"])
        assert (post.team, post.description, post.section) == ("Core", "Why.", "main")
        assert post.date_posted.isoformat() == "2020-01-02T00:00:00"
        assert [str(user) for user in post.authors] == ENTRY["authors"]
        assert str(post.author) == "Zoë Example"
        address = f"/post/{post.id}/title-1.0"
    assert blog.client().get(address).status_code == 200


def test_nobody_can_log_in_as_an_imported_author(blog, run):
    """There is no password to guess."""
    run(line())
    with blog.session() as session:
        for user in session.scalars(select(User)):
            assert not user.has_usable_password()
            assert not user.check_password("")


def test_a_second_run_adds_nothing(blog, run):
    """A post is known by its path, an author by the name."""
    run(line(1), line(2))
    result = run(line(1), line(2), line(3))
    assert result.output == "1 posts added, 2 known already; 0 authors added.\n"
    assert len(titles(blog)) == 3


def test_equal_slugs_are_kept_apart(blog, run):
    """Each post has its own address."""
    run(line(1, title="One"), line(2, title="Two"))
    client = blog.client()
    keys = blog.scalars(select(Post.id).order_by(Post.id))
    pages = [client.get(f"/post/{key}/title-1.0") for key in keys]
    assert [page.context["post"].title for page in pages] == ["One", "Two"]


def test_a_path_that_stands_twice_in_a_file_is_one_post(blog, run):
    """The first line counts."""
    run(line(1, title="One"), line(1, title="Two"))
    assert titles(blog) == ["One"]


def test_names_that_look_alike_as_addresses_are_two_users(blog, run):
    """``Zoë`` and ``Zoe`` both become ``zoe``; the second gets a number."""
    run(line(1, authors=["Zoë"]), line(2, authors=["Zoe"]))
    assert blog.scalars(select(User.username).order_by(User.id)) == ["zoe", "zoe-2"]


def test_blank_lines_and_a_byte_order_mark_are_passed_over(blog, run):
    """As editors leave them."""
    assert run(b"\xef\xbb\xbf" + line(1), b"\n", b"  \r\n", line(2)).exit_code == 0
    assert len(titles(blog)) == 2


BROKEN = {
    "nothing like JSON": (b"{oops\n", "not valid JSON"),
    "cut off": (b'{"title": "x"', "not valid JSON"),
    "a list": (b"[]\n", "not a JSON object"),
    "nested without end": (b"[" * 100_000 + b"\n", "not valid JSON"),
    "not UTF-8": (b'{"title": "\xff"}\n', "not valid UTF-8"),
    "no title": (line(title=None), "'title' is missing"),
    "an empty title": (line(title=" "), "'title' is empty"),
    "a number for a title": (line(title=5), "'title' is not a text"),
    "too long a title": (
        line(title="x" * 201),
        "'title' is longer than 200",
    ),
    "a NUL": (line(content="a\0b"), "'content' holds a NUL"),
    "half a character": (line(content="a\ud800b"), "'content' holds a NUL or a lone"),
    "a slash in the slug": (line(slug="a/b"), "'slug' holds a slash"),
    "no such day": (line(date_posted="2021-02-30"), "no day of the calendar"),
    "another kind of day": (line(date_posted="20210203"), "no day of the calendar"),
    "no authors": (line(authors=[]), "'authors' is not a list of at least one name"),
    "a nameless author": (line(authors=[""]), "'authors' is empty"),
    "a line without end": (
        b'"' + b"x" * LONGEST_LINE + b'"\n',
        "longer than",
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_line_ends_the_run_and_what_was_loaded_stays(blog, run, kind):
    """The message has its number and why; no traceback; the exit code is not 0."""
    broken, why = BROKEN[kind]
    result = run(line(1), line(2), broken, line(3))
    assert result.exit_code == 1
    assert re.search(r"\bline 3: ", result.output)
    assert why in result.output
    assert "Traceback" not in result.output
    assert len(titles(blog)) == 2


def test_a_mended_file_goes_on_where_it_stopped(blog, run):
    """The posts before the fault are known the second time."""
    run(line(1), b"{\n", line(3))
    result = run(line(1), line(2), line(3))
    assert result.output.startswith("2 posts added, 1 known already")


def test_a_chunk_that_the_database_refuses_is_tried_post_by_post(blog, run):
    """A fault found late still names its line; the posts around it are kept."""
    with blog.session() as session:
        session.add(User(username="x", author_name="Zoë Example"))
    result = run(line(1), line(2))
    assert result.exit_code == 0
    assert len(titles(blog)) == 2


def test_a_file_that_is_not_there_is_said_so(blog):
    """By click, before anything is opened."""
    result = blog.app.test_cli_runner().invoke(args=["import-posts", "no-such-file"])
    assert result.exit_code == 2
    assert "No such file" in result.output


# --- the real blog -----------------------------------------------------------------


@pytest.fixture
def rust_blog():
    """The file of the 750 posts of the Rust project's blog, where it is at hand."""
    if not RUST_BLOG.exists():
        missing(f"{RUST_BLOG.name} is not beside the checkout")
    return RUST_BLOG


def test_the_real_blog_is_loaded_whole_and_fast(blog, rust_blog):
    """750 posts of 167 authors in under ten seconds; the second run adds none."""
    runner = blog.app.test_cli_runner()
    started = time.perf_counter()
    result = runner.invoke(args=["import-posts", str(rust_blog)])
    assert time.perf_counter() - started < 10
    assert result.output.startswith("750 posts added, 0 known already; 167 authors")
    again = runner.invoke(args=["import-posts", str(rust_blog)])
    assert again.output.startswith("0 posts added, 750 known already; 0 authors")


def test_every_page_of_the_real_blog_is_shown(lite_blog, rust_blog):
    """All 150 list pages and all 750 posts: 200, each post at an address of its own."""
    runner = lite_blog.app.test_cli_runner()
    runner.invoke(args=["import-posts", str(rust_blog)])
    client = lite_blog.client()
    addresses = []
    for number in range(1, 151):
        text = client.get(f"/home?page={number}").text
        assert text.count("<article") == 5
        addresses += re.findall(r'<h2><a href="([^"]+)"', text)
    assert len(set(addresses)) == 750
    assert client.get("/home?page=151").status_code == 404
    for address in addresses:
        response = client.get(address)
        assert response.status_code == 200
        assert "<script" not in response.text


# --- a terminal --------------------------------------------------------------------


def flask(tmp_path, *arguments, **options):
    """Return the command line and environment of ``flask --app example_app``."""
    command = [sys.executable, "-m", "flask", "--app", "example_app", *arguments]
    environment = {**os.environ, "INSTANCE_FOLDER": str(tmp_path), "TERM": "xterm"}
    environment.pop("DATABASE_URL", None)
    return {"args": command, "cwd": ROOT, "env": environment, **options}


def test_the_commands_work_on_a_fresh_checkout(tmp_path):
    """Tables are made by themselves; no progress bar goes into a pipe."""
    path = tmp_path / "posts.jsonl"
    path.write_bytes(line(1) + line(2))
    done = subprocess.run(
        **flask(tmp_path, "import-posts", str(path), capture_output=True, text=True),
        check=True,
        timeout=60,
    )
    assert done.stdout == "2 posts added, 0 known already; 2 authors added.\n"
    assert done.stderr == ""


def test_a_terminal_sees_a_progress_bar(tmp_path):
    """It ends at 100 %."""
    path = tmp_path / "posts.jsonl"
    path.write_bytes(b"".join(line(number) for number in range(300)))
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        **flask(tmp_path, "import-posts", str(path), stdout=theirs, stderr=theirs)
    )
    os.close(theirs)
    seen = b""
    try:
        while chunk := os.read(ours, 4096):
            seen += chunk
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    assert process.wait(60) == 0
    assert b"Importing" in seen
    assert b"100%" in seen


# --- the seed ----------------------------------------------------------------------


def test_seed_adds_a_blog_once(blog):
    """Users, posts, tags, comments and reading lists; the second run adds none."""
    runner = blog.app.test_cli_runner()
    first = runner.invoke(args=["seed"])
    assert first.output.startswith("30 posts added.\nLog in as demo with the password")
    assert runner.invoke(args=["seed"]).output.startswith("0 posts added.")
    counts = [
        blog.scalars(select(func.count()).select_from(model))[0]
        for model in (User, Post, ReadingList, Comment)
    ]
    assert counts[:3] == [3, 30, 2]
    assert counts[3] > 0
    assert blog.scalars(select(func.count()).select_from(Tag))[0] > 5


def test_the_demo_login_that_seed_prints_works(blog):
    """As it stands in what the command says."""
    output = blog.app.test_cli_runner().invoke(args=["seed"]).output
    name, password = re.search(r"as (\S+) with the password (\S+)\.", output).groups()
    client = blog.client()
    client.post("/login/", data={"username": name, "password": password})
    assert "Log out" in client.get("/home").text
