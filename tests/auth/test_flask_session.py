"""Sessions on the server, by Flask-Session: in files, in Redis, in a table."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

import pytest
from flask import session
from flask_session import Session
from flask_sqlalchemy import SQLAlchemy
from redis import Redis
from redis.exceptions import ConnectionError
from sqlalchemy import select
from sqlalchemy import String
from sqlalchemy import text
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from cbv.auth import LoginView
from cbv.auth import logout_everywhere
from cbv.auth import RememberAuthenticationForm
from cbv.auth import UserMixin
from example_app.site.sessions import JSONRecords
from example_app.site.sessions import SessionFiles
from support.account_site import log_in
from support.account_site import make_site
from support.account_site import PASSWORD
from support.account_site import who
from support.services import missing

REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
PREFIX = f"test-{uuid.uuid4().hex}:"


class Kept:
    """A site whose sessions are on the server, its user, and what is stored."""

    def __init__(self, site, database, model, count):
        self.site, self.database, self.model, self._count = site, database, model, count
        view = LoginView.as_view("in", authentication_form=RememberAuthenticationForm)
        site.add_url_rule("/in/", view_func=view)
        site.add_url_rule("/cart/", "cart", cart, methods=["POST"])

    def client(self, cookie=None):
        """Return a client, with a copy of a cookie if one is given."""
        client = self.site.test_client()
        if cookie is not None:
            client.set_cookie("session", cookie)
        return client

    def count(self):
        """Return how many sessions are stored."""
        with self.site.app_context():
            return self._count()

    def add(self, name):
        """Add a user."""
        user = self.model(username=name)
        with self.site.app_context():
            user.set_password(PASSWORD)
            self.database.session.add(user)
            self.database.session.commit()

    def change(self, change):
        """Change the user, and save."""
        with self.site.app_context():
            change(self.database.session.scalars(select(self.model)).one())
            self.database.session.commit()


def cart():
    """Put something into the session; say what was there."""
    before = session.get("cart", "")
    session["cart"] = "pears"
    return before


def cookie_of(client):
    """Return the id of a client's session, None without one."""
    found = client.get_cookie("session")
    return found and found.value


@pytest.fixture
def redis():
    """The Redis that answers, emptied of what the test wrote; else skip."""
    server = Redis.from_url(REDIS, socket_connect_timeout=1)
    try:
        server.ping()
    except ConnectionError:
        missing(f"no Redis answers at {REDIS}")
    yield server
    for key in server.scan_iter(f"{PREFIX}*"):
        server.delete(key)
    server.close()


def in_files(request, database):
    """JSON in files; cachelib keeps a counter beside them."""
    folder = request.getfixturevalue("tmp_path") / "sessions"
    files = SessionFiles(str(folder), mode=0o600)
    counter = files._get_filename(SessionFiles._fs_count_file)

    def count():
        return sum(str(path) != counter for path in folder.iterdir())

    return {"SESSION_TYPE": "cachelib", "SESSION_CACHELIB": files}, count


def in_redis(request, database):
    """Under a prefix of this run's own."""
    server = request.getfixturevalue("redis")
    config = {"SESSION_TYPE": "redis", "SESSION_REDIS": server}
    return config, lambda: len(list(server.scan_iter(f"{PREFIX}*")))


def in_a_table(request, database):
    """In the database of the users, by Flask-SQLAlchemy."""

    def count():
        with database.engine.connect() as connection:
            return connection.scalar(text("SELECT count(*) FROM sessions"))

    return {"SESSION_TYPE": "sqlalchemy", "SESSION_SQLALCHEMY": database}, count


@pytest.fixture(params=[in_files, in_redis, in_a_table])
def kept(request, tmp_path):
    """Each of the three in turn, with users in Flask-SQLAlchemy."""
    database = SQLAlchemy(model_class=type("Base", (DeclarativeBase,), {}))

    class Account(UserMixin, database.Model):
        id: Mapped[int] = mapped_column(primary_key=True)
        username: Mapped[str] = mapped_column(String(150))

    address = f"sqlite:///{tmp_path / 'site.db'}"
    site = make_site(None, Account, SQLALCHEMY_DATABASE_URI=address)
    database.init_app(site)
    config, count = request.param(request, database)
    site.config.update(config, SESSION_PERMANENT=False, SESSION_KEY_PREFIX=PREFIX)
    found = Kept(site, database, Account, count)
    with site.app_context():
        Session(site)
        database.create_all()
    site.session_interface.serializer = JSONRecords()
    found.add("ann")
    yield found
    with site.app_context():
        database.engine.dispose()


def test_every_login_gives_a_new_id(kept):
    """To a visitor, and to the same user once more; what was held moves along."""
    client = kept.client()
    client.post("/cart/")
    ids = [cookie_of(client)]
    for _ in range(2):
        log_in(client)
        ids.append(cookie_of(client))
    assert len(set(ids)) == 3
    assert client.post("/cart/").text == "pears"
    assert kept.count() == 1


def test_an_id_that_somebody_planted_is_worth_nothing(kept):
    """Session fixation: the attacker's own id is dead when the victim logs in."""
    attacker = kept.client()
    attacker.post("/cart/")
    planted = cookie_of(attacker)
    victim = kept.client(planted)
    log_in(victim)
    assert (who(victim), who(kept.client(planted))) == ("ann", "")


def test_an_id_that_was_made_up_is_not_taken(kept):
    """Nor does it leave a record."""
    client = kept.client("made-up")
    assert who(client) == ""
    assert kept.count() == 0
    log_in(client)
    assert cookie_of(client) != "made-up"


def test_a_remember_cookie_gives_a_new_id_too(kept):
    """It is a login."""
    client = kept.client()
    log_in(client, path="/in/", remember="y")
    attacker = kept.client()
    attacker.post("/cart/")
    planted = cookie_of(attacker)
    client.set_cookie("session", planted)
    assert who(client) == "ann"
    assert cookie_of(client) != planted
    assert who(kept.client(planted)) == ""


def test_a_copied_cookie_is_dead_after_logout(kept):
    """The record is deleted at once."""
    client = kept.client()
    log_in(client)
    copy = cookie_of(client)
    assert who(kept.client(copy)) == "ann"
    client.post("/logout/")
    assert who(kept.client(copy)) == ""
    assert kept.count() == 0
    assert cookie_of(client) is None


def test_readers_of_pages_without_a_form_leave_no_record(kept):
    """However many come; nor do they get a cookie."""
    for _ in range(20):
        client = kept.client()
        assert who(client) == ""
        assert cookie_of(client) is None
    assert kept.count() == 0


def test_a_login_page_leaves_one_for_its_token(kept):
    """One each visitor."""
    kept.site.config["WTF_CSRF_ENABLED"] = True
    client = kept.client()
    for _ in range(3):
        client.get("/login/")
    assert kept.count() == 1


@pytest.mark.parametrize(
    "change", [lambda user: user.set_password("another one"), logout_everywhere]
)
def test_what_ends_all_sessions_empties_their_records(kept, change):
    """When they are next seen."""
    clients = [kept.client(), kept.client()]
    for client in clients:
        log_in(client)
        client.post("/cart/")
    kept.change(change)
    assert [who(client) for client in clients] == ["", ""]
    assert kept.count() == 0


def test_another_users_session_starts_empty(kept):
    """As with Flask's own cookie."""
    client = kept.client()
    log_in(client)
    client.post("/cart/")
    kept.add("bob")
    log_in(client, "bob")
    assert client.post("/cart/").text == ""
    assert kept.count() == 1


PICKLE = b"cos\nsystem\n(S'true'\ntR."


def spoil_file(kept):
    """Write a pickle over each record, behind the time it ends."""
    for path in kept.site.config["SESSION_CACHELIB"]._list_dir():
        whole = Path(path).read_bytes()
        Path(path).write_bytes(whole[:4] + PICKLE)


def spoil_redis(kept):
    server = kept.site.config["SESSION_REDIS"]
    for key in server.scan_iter(f"{PREFIX}*"):
        server.set(key, PICKLE)


def spoil_table(kept):
    with kept.site.app_context():
        kept.database.session.execute(
            text("UPDATE sessions SET data = :p"), {"p": PICKLE}
        )
        kept.database.session.commit()


def test_a_record_that_cannot_be_read_is_an_anonymous_visit(kept, monkeypatch):
    """Neither an error, nor a pickle that runs."""
    ran = []
    monkeypatch.setattr("os.system", ran.append)
    client = kept.client()
    log_in(client)
    kind = kept.site.config["SESSION_TYPE"]
    spoil = {"cachelib": spoil_file, "redis": spoil_redis, "sqlalchemy": spoil_table}
    spoil[kind](kept)
    assert who(client) == ""
    log_in(client)
    assert who(client) == "ann"
    assert ran == []
