"""The blog and its Django twin: the same classes, and the same answers."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from flask import request

import example_app
from example_app.hood.source import written

QueryDict = pytest.importorskip("django.http").QueryDict

pytest_plugins = ["support.example_blog", "django_twin.rows"]

FOLDER = Path(example_app.__file__).parent
TWINS = sorted((FOLDER / "django_twins").rglob("*.py"))


def classes(path):
    """Return the classes of a file, by name, each with the names in its body."""
    found = {}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef):
            found[node.name] = {n.name for n in node.body if hasattr(n, "name")}
    return found


@pytest.mark.parametrize("twin", TWINS, ids=lambda path: path.stem)
def test_every_twin_compiles_and_has_a_file_beside_it(twin):
    """Twins have the names of the files that they stand beside."""
    compile(twin.read_text(), str(twin), "exec")
    file = twin.relative_to(FOLDER / "django_twins")
    assert any((folder / file).exists() for folder in (FOLDER / "blog", FOLDER))


def test_every_view_has_a_twin_of_its_name(lite_blog):
    """Class by class; cbv's own views are used as they are on both sides."""
    for endpoint, function in lite_blog.app.view_functions.items():
        view_class = getattr(function, "view_class", None)
        if view_class is None or not view_class.__module__.startswith("example_app."):
            continue
        view_class = written(view_class)
        module = view_class.__module__.removeprefix("example_app.").removeprefix(
            "blog."
        )
        path = FOLDER / "django_twins" / f"{module.replace('.', '/')}.py"
        assert view_class.__name__ in classes(path), endpoint


# --- one table of requests ---------------------------------------------------------

TEXT = {"title": "New words", "content": "Text.", "tags": "flask, forms"}

#: Who asks, how, for what, with which form, and the status that both answer.
REQUESTS = [
    (None, "GET", "/", {}, 302),
    (None, "GET", "/home", {}, 200),
    (None, "GET", "/home?page=2", {}, 200),
    (None, "GET", "/home?page=last", {}, 200),
    (None, "GET", "/home?page=", {}, 200),
    (None, "GET", "/home?page=4", {}, 404),
    (None, "GET", "/home?page=0", {}, 404),
    (None, "GET", "/home?page=abc", {}, 404),
    (None, "POST", "/home", {}, 405),
    (None, "HEAD", "/home", {}, 200),
    (None, "OPTIONS", "/home", {}, 200),
    (None, "GET", "/home?q=post+1", {}, 200),
    (None, "GET", "/home?q=FLASK&page=2", {}, 200),
    (None, "GET", "/home?q=%25", {}, 200),
    (None, "GET", "/user/ann/", {}, 200),
    (None, "GET", "/user/nobody/", {}, 404),
    (None, "GET", "/archive/", {}, 200),
    (None, "GET", "/archive/2024/", {}, 200),
    (None, "GET", "/archive/2023/", {}, 404),
    (None, "GET", "/archive/2024/05/", {}, 200),
    (None, "GET", "/archive/2024/05/?page=3", {}, 200),
    (None, "GET", "/archive/2024/05/?page=4", {}, 404),
    (None, "GET", "/archive/2024/13/", {}, 404),
    (None, "GET", "/archive/2024/week/20/", {}, 200),
    (None, "GET", "/archive/2024/week/54/", {}, 404),
    (None, "GET", "/archive/2024/05/17/", {}, 200),
    (None, "GET", "/archive/2024/02/30/", {}, 404),
    (None, "GET", "/archive/2024/05/18/", {}, 404),
    (None, "GET", "/archive/abc/", {}, 404),
    (None, "GET", "/tags/", {}, 200),
    (None, "GET", "/tags/flask/", {}, 200),
    (None, "GET", "/tags/none/", {}, 404),
    (None, "GET", "/post/1/post-0", {}, 200),
    (None, "GET", "/post/1/other", {}, 404),
    (None, "GET", "/post/99/post-0", {}, 404),
    (None, "GET", "/post/new/", {}, 302),
    (None, "POST", "/post/new/", TEXT, 302),
    (None, "GET", "/post/1/edit/", {}, 302),
    ("bob", "GET", "/post/1/edit/", {}, 404),
    ("bob", "POST", "/post/1/edit/", TEXT, 404),
    ("bob", "GET", "/post/1/delete/", {}, 404),
    ("bob", "POST", "/post/1/delete/", {}, 404),
    ("ann", "GET", "/post/1/edit/", {}, 200),
    ("ann", "GET", "/post/1/delete/", {}, 200),
    ("ann", "POST", "/post/new/", {**TEXT, "title": ""}, 200),
    ("ann", "POST", "/post/new/", {**TEXT, "title": "x" * 201}, 200),
    ("ann", "POST", "/post/new/", {**TEXT, "tags": "x" * 41}, 200),
    ("bob", "POST", "/post/1/comment/", {"content": ""}, 200),
    ("bob", "GET", "/comment/1/delete/", {}, 404),
    ("bob", "GET", "/comment/1/edit/", {}, 404),
    (None, "GET", "/stream/", {}, 200),
    (None, "GET", "/stream/?q=post+1", {}, 200),
    (None, "GET", "/stream/?tags=1", {}, 200),
    (None, "GET", "/stream/?tags=1&tags=2&authors=1", {}, 200),
    (None, "GET", "/stream/?authors=2", {}, 200),
    (None, "GET", "/stream/?ordering=title", {}, 200),
    (None, "GET", "/stream/?ordering=author__password", {}, 200),
    (None, "GET", "/login/", {}, 200),
    ("ann", "GET", "/login/", {}, 302),
    (None, "GET", "/logout/", {}, 405),
    (None, "POST", "/login/", {"username": "ann", "password": "wrong"}, 200),
    (None, "GET", "/register/", {}, 200),
    (None, "GET", "/profile/", {}, 302),
    ("ann", "GET", "/profile/", {}, 200),
    ("ann", "POST", "/profile/", {"email": "no address"}, 200),
    ("ann", "GET", "/logout/everywhere/", {}, 405),
    (None, "POST", "/logout/everywhere/", {}, 302),
    (None, "GET", "/picture/99", {}, 404),
]

#: Where the two differ on purpose: what Flask answers, what Django, and why.
DIFFERENCES = [
    # After a form was taken, the browser must come back by GET: 303 says so.
    ("ann", "POST", "/post/new/", TEXT, 303, 302),
    ("ann", "POST", "/post/1/edit/", {**TEXT, "version": "1"}, 303, 302),
    ("ann", "POST", "/post/1/delete/", {"version": "1"}, 303, 302),
    ("bob", "POST", "/post/1/comment/", {"content": "Yes."}, 303, 302),
    ("ann", "POST", "/logout/", {}, 303, 302),
    ("ann", "POST", "/logout/everywhere/", {}, 303, 302),
    # One page has one address: digits of other scripts and signs are none.
    (None, "GET", "/home?page=٢", {}, 404, 200),
    (None, "GET", "/home?page=%202", {}, 404, 200),
    # Guards run before any hook: nothing is looked up for who may not comment.
    (None, "POST", "/post/99/comment/", {"content": "x"}, 302, 404),
    # DELETE deletes, which is what htmx sends.
    ("ann", "DELETE", "/post/1/delete/?version=1", {}, 303, 302),
    # Nobody overwrites what they never saw; in Django who saves last wins.
    ("ann", "POST", "/post/1/edit/", {**TEXT, "version": "0"}, 409, 302),
    ("ann", "POST", "/post/1/delete/", {"version": "0"}, 409, 302),
]


@pytest.fixture
def both(lite_blog, twin):
    """Ask both blogs, which have the same rows: two statuses, two Locations."""
    for side in (lite_blog, twin):
        side.add_user("ann")
        side.add_user("bob")
        for age in range(12):
            side.add_post(f"Post {age}", age=age, tags=["flask"])
    return lambda *asked: (ask_flask(lite_blog, *asked), ask_django(twin, *asked))


def ask_flask(blog, user, method, path, form):
    response = blog.client(user).open(path, method=method, data=form or None)
    return response.status_code, response.headers.get("Location"), response.text


def ask_django(twin, user, method, path, form):
    ask = getattr(twin.client(user), method.lower())
    response = ask(path, form) if form else ask(path)
    return response.status_code, response.headers.get("Location"), response.text


@pytest.mark.parametrize(("user", "method", "path", "form", "status"), REQUESTS)
def test_both_blogs_give_the_same_answer(both, user, method, path, form, status):
    """The same status, the same Location, and lists of the same posts."""
    flask, django = both(user, method, path, form)
    assert (flask[0], django[0]) == (status, status)
    assert flask[1] == django[1]
    assert articles(flask[2]) == articles(django[2])


@pytest.mark.parametrize(
    ("user", "method", "path", "form", "in_flask", "in_django"), DIFFERENCES
)
def test_the_listed_differences_are_the_only_ones(
    both, user, method, path, form, in_flask, in_django
):
    """They are there: this list would be wrong about anything that has changed."""
    flask, django = both(user, method, path, form)
    assert (flask[0], django[0]) == (in_flask, in_django)


def articles(text):
    return re.findall(r'<article[^>]*>\s*(?:<h2>)?<a href="([^"]*)"', text, re.DOTALL)


def test_of_a_name_sent_twice_the_first_or_the_last_counts(lite_blog, twin):
    """Flask's ``args["word"]`` is the first, Django's ``GET["word"]`` the last."""
    query = "word=first&word=second"
    with lite_blog.app.test_request_context(f"/?{query}"):
        assert request.args["word"] == "first"
    assert QueryDict(query)["word"] == "second"
