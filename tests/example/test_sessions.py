"""The example's sessions on the server: in files, or in Redis."""

from __future__ import annotations

import json
import os

import pytest
from redis import Redis
from redis.exceptions import ConnectionError

from support.services import missing

pytest_plugins = ["support.example_blog"]

SECRET = "a long enough word"
RIGHT = {"username": "ann", "password": SECRET}
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")


def redis():
    """Return a client of a Redis server, or skip."""
    server = Redis.from_url(REDIS, socket_connect_timeout=1)
    try:
        server.ping()
    except ConnectionError:
        missing(f"no Redis answers at {REDIS}")
    return server


class Store:
    """A blog that keeps sessions on the server, and what is in its store."""

    def __init__(self, blog, records):
        self.blog, self.records = blog, records


@pytest.fixture(params=["cachelib", "redis"])
def store(request, make_blog, tmp_path):
    """Each of the two stores in turn."""
    if request.param == "cachelib":
        blog = make_blog(SESSION_TYPE="cachelib")
        folder = tmp_path / "sessions"
        yield Store(blog, lambda: sessions_in(folder))
        return
    server = redis()
    prefix = f"test-{os.getpid()}:"
    blog = make_blog(
        SESSION_TYPE="redis",
        REDIS_URL=REDIS,
        SESSION_KEY_PREFIX=prefix,
        RATELIMIT_STORAGE_URI="memory://",
    )
    yield Store(blog, lambda: list(server.scan_iter(f"{prefix}*")))
    for key in server.scan_iter(f"{prefix}*"):
        server.delete(key)
    blog.app.session_interface.client.close()
    server.close()


def sessions_in(folder):
    """Return the files of sessions; cachelib keeps a counter beside them."""
    return [path for path in folder.iterdir() if b"{" in path.read_bytes()]


def cookie(client):
    return client.get_cookie("session").value


def test_the_cookie_is_an_id_and_nothing_else(store):
    """What is kept cannot be read from it."""
    client = store.blog.client()
    client.get("/tour/session/")
    response = client.get("/tour/session/")
    assert response.context["live"]['session["visits"]'] == "2"
    assert response.context["decoded"] is None
    assert "kept on the server" in response.text
    assert len(store.records()) == 1


def test_a_reader_of_pages_without_a_form_leaves_no_record(store):
    """However many come."""
    store.blog.add_user("ann")
    store.blog.add_post("Hello")
    for path in ("/", "/home", "/post/1/hello", "/user/ann/", "/tags/", "/tour/"):
        store.blog.client().get(path)
    assert store.records() == []


def test_a_login_changes_the_id(store):
    """Who knew it before knows it no longer; its record is gone."""
    store.blog.add_user("ann", SECRET)
    client = store.blog.client()
    client.get("/tour/session/")
    before = cookie(client)
    client.post("/login/", data=RIGHT)
    client.get("/home")
    assert cookie(client) != before
    assert len(store.records()) == 1


def test_a_copied_cookie_is_dead_after_logging_out(store):
    """The record is gone, so the copy opens nothing."""
    store.blog.add_user("ann", SECRET)
    client, thief = store.blog.client(), store.blog.client()
    client.post("/login/", data=RIGHT)
    thief.set_cookie("session", cookie(client))
    assert thief.get("/profile/").status_code == 200
    client.post("/logout/")
    assert thief.get("/profile/").status_code == 302


def test_a_message_is_shown_on_the_next_page(store):
    """What is flashed passes the serialiser."""
    store.blog.add_user("ann", SECRET)
    client = store.blog.client()
    client.post("/login/", data=RIGHT)
    client.post("/post/new/", data={"title": "Hi", "content": "Text.", "tags": ""})
    assert "Your post “Hi” is published." in client.get("/home").text


def test_a_record_that_cannot_be_read_is_an_anonymous_visit(make_blog, tmp_path):
    """Neither an error, nor anything that runs: files hold JSON, never pickle."""
    blog = make_blog(SESSION_TYPE="cachelib")
    client = blog.client()
    client.get("/tour/session/")
    for path in sessions_in(tmp_path / "sessions"):
        kept = path.read_bytes()
        assert json.loads(kept[4:])["visits"] == 1
        path.write_bytes(kept[:4] + b"cos\nsystem\n(S'true'\ntR.")
    response = client.get("/tour/session/")
    assert response.context["live"]['session["visits"]'] == "1"


def test_an_unknown_store_is_refused_with_the_known_ones(make_blog):
    """When the app is made."""
    with pytest.raises(ValueError, match=r"'mongo'.*cachelib or redis"):
        make_blog(SESSION_TYPE="mongo")
