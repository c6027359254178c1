"""Flask-KVSession: what its maintained fork does, and Flask-Session in its place.

The original, 0.6.2, fails at the first write with Werkzeug 3; Flask-KVSession-Invenio
is its fork. docs/sessions.md tells which to take.
"""

from __future__ import annotations

import json
from datetime import datetime
from datetime import timedelta

import cachelib.file
import flask_kvsession
import pytest
from flask import current_app
from flask import session
from flask_kvsession import KVSessionExtension
from flask_kvsession import KVSessionInterface
from flask_session import Session
from simplekv.memory import DictStore

from cbv.auth import logout
from example_app.site.sessions import SessionFiles
from support.account_site import log_in
from support.account_site import make_site
from support.account_site import who

pytest_plugins = ["support.account_fixtures"]


class JSONBytes:
    """How the records are written, instead of by pickle."""

    @staticmethod
    def dumps(value):
        return json.dumps(value).encode()

    @staticmethod
    def loads(data):
        return json.loads(data)


class JSONInterface(KVSessionInterface):
    serialization_method = JSONBytes


class Kept:
    """A site whose sessions are on the server, and what is stored there."""

    def __init__(self, site, records):
        self.site, self.records = site, records
        site.add_url_rule("/note/", "note", note, methods=["POST"])
        site.add_url_rule("/end/", "end", end, methods=["POST"])

    def client(self, cookie=None):
        """Return a client, with a copy of a cookie if one is given."""
        client = self.site.test_client()
        if cookie is not None:
            client.set_cookie("session", cookie)
        return client


def note():
    """Write into the session; say what was there."""
    before = session.get("note", "")
    session["note"] = "pears"
    return before


def end():
    """Destroy the session, and say at once whether it is gone."""
    logout()
    return "gone" if not session else "there"


@pytest.fixture(params=["kvsession", "cachelib"])
def kept(request, db, ann, tmp_path):
    """Each of the two in turn."""
    site = make_site(db, PERMANENT_SESSION_LIFETIME=100)
    if request.param == "kvsession":
        store = DictStore()
        site.config["SESSION_INTERFACE_FACTORY"] = JSONInterface
        KVSessionExtension(store, site)
        return Kept(site, lambda: list(store.keys()))
    files = SessionFiles(str(tmp_path), mode=0o600)
    site.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=files)
    Session(site)
    count = SessionFiles._fs_count_file
    skip = files._get_filename(count)
    return Kept(site, lambda: [p for p in tmp_path.iterdir() if str(p) != str(skip)])


def cookie_of(client):
    return client.get_cookie("session").value


def test_a_login_gives_a_new_id_and_the_old_one_is_dead(kept):
    """What was in the session moves along."""
    client = kept.client()
    client.post("/note/")
    before = cookie_of(client)
    log_in(client)
    assert cookie_of(client) != before
    assert client.post("/note/").text == "pears"
    thief = kept.client(before)
    assert who(thief) == ""
    assert thief.post("/note/").text == ""


def test_a_session_is_destroyed_at_once(kept):
    """A copy of its cookie is worth nothing after the logout."""
    client = kept.client()
    log_in(client)
    copied = cookie_of(client)
    assert who(kept.client(copied)) == "ann"
    assert client.post("/end/").text == "gone"
    assert who(kept.client(copied)) == ""


def test_who_reads_leaves_no_record(kept):
    """But who writes does."""
    client = kept.client()
    assert who(client) == ""
    assert not kept.records()
    client.post("/note/")
    assert len(kept.records()) == 1


def test_the_records_are_no_pickles(kept):
    """Whoever can write to the store can run nothing."""
    client = kept.client()
    client.post("/note/")
    [record] = kept.records()
    with kept.site.app_context():
        found = getattr(current_app, "kvsession_store", None)
        data = found.get(record) if found else record.read_bytes()
    assert b'"note"' in data
    assert b"pears" in data


def test_a_session_ends_after_its_lifetime(kept, monkeypatch):
    """On the server, whatever the browser still sends."""
    client = kept.client()
    log_in(client)
    copied = cookie_of(client)
    later = cachelib.file.time() + 200
    monkeypatch.setattr(cachelib.file, "time", lambda: later)
    monkeypatch.setattr(flask_kvsession, "datetime", Later)
    assert who(kept.client(copied)) == ""


class Later(datetime):
    """A clock that is 200 seconds ahead."""

    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) + timedelta(seconds=200)
