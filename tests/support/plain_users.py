"""Users without a database: a name, and the permissions that stand behind it."""

from __future__ import annotations

import flask_login
import pytest


class Person(flask_login.UserMixin):
    """``ann+read+write`` is ann, who may read and write; no user class of cbv's."""

    def __init__(self, id):
        self.id = id
        self.name, *self.permissions = id.split("+")

    def has_perms(self, names):
        return set(names) <= set(self.permissions)


@pytest.fixture
def guarded(app):
    """``app`` with a login page, whose sessions are those of a Person each."""
    app.config["CBV_LOGIN_URL"] = "/login/"
    app.login_manager.user_loader(Person)
    return app


@pytest.fixture
def visitor(guarded):
    """Make a client of ``guarded``, logged in as the person named."""

    def make(name=None):
        client = guarded.test_client()
        if name is not None:
            with client.session_transaction() as session:
                session["_user_id"] = name
        return client

    return make
