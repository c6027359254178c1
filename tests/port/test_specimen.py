"""A site in the style of Django's tutorials, ported: both sides read one database."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cbv.port import port_project
from cbv.port.writing import write
from cbv.testing import Client
from port.django_site import importable

pytest.importorskip("django")

HERE = Path(__file__).parent
URLS = [
    "/catalog/",
    "/catalog/books/",
    "/catalog/books/?page=2",
    "/catalog/books/?language=it",
    "/catalog/books/book-0/",
    "/catalog/books/book-1/",
    "/catalog/authors/",
    "/catalog/authors/1/",
    "/catalog/authors/2/",
    "/catalog/loans/",
    "/polls/",
    "/polls/1/",
    "/polls/1/results/",
]


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return port_project(HERE / "specimen", tmp_path_factory.mktemp("flask") / "site")


def test_of_a_site_like_a_tutorial_very_few_lines_need_a_hand(result):
    lines = sum(file.lines for file in result.files)
    left = sum(file.left for file in result.files)
    assert 1 - left / lines >= 0.90, (left, lines)
    assert not result.has_errors


@pytest.fixture(scope="module")
def folder(result, tmp_path_factory):
    folder = tmp_path_factory.mktemp("ported")
    write(result, folder)
    return folder


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    return tmp_path_factory.mktemp("data") / "site.sqlite3"


@pytest.fixture(scope="module")
def in_django(database):
    command = [sys.executable, str(HERE / "specimen_rows.py"), str(HERE / "specimen")]
    done = subprocess.run(
        [*command, str(database), *URLS], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def site(folder, database, in_django):
    with importable(folder):
        create_app = importlib.import_module("mysite.application").create_app
        app = create_app(
            {
                "DATABASE_URL": f"sqlite:///{database}",
                "TESTING": True,
                "WTF_CSRF_ENABLED": False,
                "CBV_PASSWORD_METHOD": "pbkdf2:sha256",
            }
        )
        app.test_client_class = Client
        yield app
        app.extensions["database"].dispose()


@pytest.fixture(scope="module")
def ann(site):
    client = site.test_client()
    data = {"username": "ann", "password": "a long sentence"}
    response = client.post("/accounts/login/", data=data)
    assert (response.status_code, response.location) == (303, "/catalog/")
    return client


def plain(text):
    """Return a page less what is the site's alone: tokens, and how blanks are set."""
    text = re.sub(r'<input type="hidden" name="csrf[^>]*>', "", text)
    text = text.replace("&#x27;", "&#39;").replace("?next=%2F", "?next=/")
    return re.sub(
        r">\s+|\s+<", lambda m: m[0].strip(), re.sub(r"\s+", " ", text)
    ).strip()


@pytest.mark.parametrize("url", URLS)
def test_a_page_is_the_same_from_the_same_rows(in_django, site, url):
    """The Django site wrote the database; the ported one reads it."""
    response = site.test_client().get(url)
    assert plain(response.text) == plain(in_django["anonymous"][url]) or (
        response.status_code == 302
    )


@pytest.mark.parametrize("url", URLS)
def test_a_page_is_the_same_for_a_user_of_the_django_site(in_django, ann, url):
    """Who has a password there logs in with it here."""
    assert plain(ann.get(url).text) == plain(in_django["ann"][url])


def test_the_ported_tests_of_the_site_pass(folder):
    """The site's own TestCases, by pytest, in the ported site."""
    environ = {
        "PYTHONPATH": f"{HERE.parents[1]}",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PATH": "",
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "polls"],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "6 passed" in done.stdout


def test_forms_of_the_ported_site_save_what_is_right_and_say_what_is_wrong(site, ann):
    page = ann.get("/catalog/authors/new/").text
    assert "Day of birth" in page
    wrong = ann.post("/catalog/authors/new/", data={"name": "Anonymous"})
    assert "Please say who it was." in wrong.text
    right = ann.post("/catalog/authors/new/", data={"name": "Stanisław Lem"})
    assert right.status_code == 303
    assert "Stanisław Lem is in the catalog." in ann.get(right.location).text


def test_a_function_of_the_ported_site_commits_what_it_saves(ann):
    assert ann.post("/catalog/books/book-2/borrow/").status_code == 302
    assert "On loan" in ann.get("/catalog/books/book-2/").text


def test_a_function_of_the_ported_site_wants_the_token_as_in_django(site, ann):
    site.config["WTF_CSRF_ENABLED"] = True
    try:
        assert ann.post("/polls/1/vote/", data={"choice": "1"}).status_code == 400
    finally:
        site.config["WTF_CSRF_ENABLED"] = False


def test_a_search_of_the_ported_site_finds_by_related_rows(ann):
    data = {"words": "guin", "limit": "5"}
    page = ann.post("/catalog/search/", data=data).text
    assert "The Dispossessed" in page
    assert "Invisible" not in page


def test_a_page_of_the_ported_site_is_refused_to_whom_django_refuses_it(ann):
    assert ann.get("/catalog/books/book-0/edit/").status_code == 403
    assert ann.get("/admin/").status_code == 404
    assert ann.get("/accounts/register/").status_code == 404
