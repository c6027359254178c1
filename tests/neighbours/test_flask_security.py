"""Flask-Security-Too: its login and its users, with cbv's access mixins."""

from __future__ import annotations

import pytest
from flask_security import hash_password
from flask_security import Security
from flask_security import SQLAlchemyUserDatastore
from flask_security.models import fsqla_v3 as fsqla
from flask_sqlalchemy import SQLAlchemy

from cbv import CBV
from cbv import path
from cbv import register
from cbv import View
from cbv.auth import LoginRequiredMixin
from cbv.auth import UserPassesTestMixin
from shop import make_app
from shop import REDIRECTS


class Inside(LoginRequiredMixin, View):
    """For all who are logged in."""

    def get(self):
        return f"inside: {self.user.email}"


class Editors(UserPassesTestMixin, View):
    """For those who have a role of Flask-Security's."""

    def test_func(self):
        return self.user.is_authenticated and self.user.has_role("editor")

    def get(self):
        return "editors"


@pytest.fixture
def shop():
    """An application that logs its users in by Flask-Security."""
    app = make_app(
        SQLALCHEMY_DATABASE_URI="sqlite://",
        SECURITY_PASSWORD_SALT="salt",
        SECURITY_PASSWORD_HASH="plaintext",
        SECURITY_PASSWORD_SCHEMES=["plaintext"],
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False},
    )
    db = SQLAlchemy(app)
    fsqla.FsModels.set_db_info(db)

    class Role(db.Model, fsqla.FsRoleMixin):
        pass

    class User(db.Model, fsqla.FsUserMixin):
        pass

    store = SQLAlchemyUserDatastore(db, User, Role)
    Security(app, store)
    CBV(app)
    register(app, [path("inside/", Inside), path("editors/", Editors)])
    with app.app_context():
        db.create_all()
        editor = store.create_role(name="editor")
        secret = hash_password("a long one")
        store.create_user(email="ann@example.com", password=secret)
        store.create_user(email="ed@example.com", password=secret, roles=[editor])
        db.session.commit()
    return app


def logged_in(shop, name):
    client = shop.test_client()
    data = {"email": f"{name}@example.com", "password": "a long one"}
    assert client.post("/login", data=data).status_code in REDIRECTS
    return client


def test_an_anonymous_reader_is_sent_to_its_login_page(shop):
    answer = shop.test_client().get("/inside/")
    assert answer.status_code in REDIRECTS
    assert answer.location.startswith("/login?next=")


def test_who_logged_in_there_may_enter_here(shop):
    assert logged_in(shop, "ann").get("/inside/").text == "inside: ann@example.com"


def test_who_logs_out_there_is_out_here(shop):
    client = logged_in(shop, "ann")
    client.post("/logout")
    assert client.get("/inside/").status_code in REDIRECTS


def test_its_roles_can_be_asked(shop):
    assert logged_in(shop, "ed").get("/editors/").text == "editors"
    assert logged_in(shop, "ann").get("/editors/").status_code == 403
