"""A user table that Django made works as it is, its hashes and all."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy import DateTime
from sqlalchemy import select
from sqlalchemy import String
from sqlalchemy import text
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import Session
from sqlalchemy.orm import sessionmaker

from cbv import ImproperlyConfigured
from cbv.auth import AbstractUserMixin
from cbv.auth import default_token_generator
from cbv.auth import logout_everywhere
from cbv.auth.tokens import uid_of
from support.account_site import counted_hashes
from support.account_site import log_in
from support.account_site import make_site
from support.account_site import PASSWORD
from support.account_site import who

SCRIPT = Path(__file__).parents[1] / "support" / "django_user_table.py"
NEW = "another long one"
SET = {"new_password1": NEW, "new_password2": NEW}


class Base(DeclarativeBase):
    pass


class Member(AbstractUserMixin, Base):
    """Django's columns, its password under its own name, and no epoch."""

    __tablename__ = "auth_user"
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(150), unique=True)
    email: Mapped[str] = mapped_column(String(254))
    password: Mapped[str] = mapped_column(String(128))
    is_active: Mapped[bool]
    is_superuser: Mapped[bool]
    last_login: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def made_by_django(request, tmp_path_factory):
    """An engine for a database in which Django has made its tables and users."""
    if request.param == "sqlite":
        path = str(tmp_path_factory.mktemp("django") / "db.sqlite3")
        engine = create_engine(f"sqlite:///{path}")
        database = {"ENGINE": "django.db.backends.sqlite3", "NAME": path}
    else:
        engine = request.getfixturevalue("postgres_engine")
        url = engine.url
        database = {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": url.database,
            "USER": url.username,
            "PASSWORD": url.password or "",
            "HOST": url.host,
            "PORT": url.port or "",
        }
    command = [sys.executable, str(SCRIPT), json.dumps(database)]
    subprocess.run(command, check=True)
    yield engine
    if request.param == "sqlite":
        engine.dispose()


@pytest.fixture
def members(made_by_django):
    """A site on Django's table; what the test changes there is put back."""
    query = text("SELECT id, password, last_login, is_active FROM auth_user")
    with made_by_django.connect() as connection:
        before = [dict(row._mapping) for row in connection.execute(query)]
    yield made_site(made_by_django)
    with made_by_django.begin() as connection:
        connection.execute(
            text(
                "UPDATE auth_user SET password = :password, last_login = :last_login,"
                " is_active = :is_active WHERE id = :id"
            ),
            before,
        )


def made_site(engine, **config):
    return make_site(sessionmaker(engine), Member, **config)


def member(engine, name="ann"):
    """Return a row as it is stored now."""
    with Session(engine) as session:
        return session.scalars(select(Member).filter_by(username=name)).one()


def test_users_log_in_with_the_password_they_had(members, made_by_django):
    """The moment is written; the session is theirs."""
    client = members.test_client()
    before = member(made_by_django)
    assert before.password.startswith("pbkdf2_sha256$")
    assert log_in(client).status_code == 303
    assert who(client) == "ann"
    assert member(made_by_django).last_login != before.last_login


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("ann", "wrong"),
        ("resting", PASSWORD),
        ("nopass", PASSWORD),
        ("nopass", "!"),
        ("ann ", "pbkdf2_sha256$"),
        ("nobody", PASSWORD),
    ],
)
def test_others_do_not(members, name, password):
    """Each for one hash."""
    with counted_hashes() as made:
        assert log_in(members.test_client(), name, password).status_code == 200
    assert len(made) == 1


def test_a_right_login_rewrites_the_hash_where_it_fits(members, made_by_django):
    """Argon2's fits Django's 128 characters; the next login costs one hash."""
    members.config["CBV_PASSWORD_METHOD"] = "argon2"
    assert log_in(members.test_client()).status_code == 303
    assert member(made_by_django).password.startswith("$argon2id$")
    with counted_hashes() as made:
        assert log_in(members.test_client()).status_code == 303
    assert made == ["verify"]


def test_a_hash_that_does_not_fit_is_not_written(members, made_by_django):
    """Nor made: the login costs one hash, and works every time."""
    members.config["CBV_PASSWORD_METHOD"] = "scrypt"
    before = member(made_by_django).password
    for _ in range(2):
        with counted_hashes() as made:
            assert log_in(members.test_client()).status_code == 303
        assert made == ["pbkdf2_hmac"]
    assert member(made_by_django).password == before


def test_a_changed_password_fits_the_column_too(members, made_by_django):
    """Whatever method is chosen; the other session ends."""
    members.config["CBV_PASSWORD_METHOD"] = "scrypt"
    client, other = members.test_client(), members.test_client()
    log_in(client)
    log_in(other)
    data = {"old_password": PASSWORD, **SET}
    assert client.post("/password_change/", data=data).status_code == 303
    assert (who(client), who(other)) == ("ann", "")
    assert len(member(made_by_django).password) <= 128
    assert log_in(other, password=NEW).status_code == 303


def test_a_password_can_be_reset(members, made_by_django):
    """By a link that works once."""
    with members.test_request_context():
        user = member(made_by_django)
        token = default_token_generator.make_token(user)
    client = members.test_client()
    where = client.get(f"/reset/{uid_of(user)}/{token}/").location
    assert client.post(where, data=SET).status_code == 303
    assert log_in(client, password=NEW).status_code == 303
    assert client.get(f"/reset/{uid_of(user)}/{token}/").status_code == 200


def test_permissions_follow_djangos_columns(members, made_by_django):
    """A superuser has all of them."""
    root, ann = member(made_by_django, "root"), member(made_by_django)
    assert root.has_perm("blog.add_post")
    assert not ann.has_perm("blog.add_post")


def test_without_an_epoch_there_is_no_logout_everywhere(members, made_by_django):
    """The error names the column that it needs."""
    user = member(made_by_django)
    with members.test_request_context():
        with pytest.raises(ImproperlyConfigured, match="session_epoch"):
            logout_everywhere(user)


def test_a_table_without_a_password_is_refused():
    """The error says how to map it."""

    class OtherBase(DeclarativeBase):
        pass

    class Nameless(AbstractUserMixin, OtherBase):
        __tablename__ = "nameless"
        id: Mapped[int] = mapped_column(primary_key=True)

    with Flask("bare").app_context():
        with pytest.raises(ImproperlyConfigured, match=r"Nameless.*password_hash"):
            Nameless().set_password(PASSWORD)
