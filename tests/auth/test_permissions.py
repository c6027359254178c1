"""Permissions of users whose class is not cbv's: Flask-Security's, and alike."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import flask_login
import pytest
from flask import Flask
from flask_security import hash_password
from flask_security import Security
from flask_security import SQLAlchemyUserDatastore
from flask_security.models import fsqla_v3
from flask_sqlalchemy import SQLAlchemy

from cbv import CBV
from cbv import ImproperlyConfigured
from cbv import path
from cbv import register
from cbv import View
from cbv.auth import LoginRequiredMixin
from cbv.auth import permission_required
from cbv.auth import PermissionRequiredMixin
from cbv.auth.permissions import has_all


class Person(flask_login.UserMixin):
    def __init__(self, **values):
        vars(self).update(values)


def role(name, permissions, **values):
    return SimpleNamespace(name=name, permissions=permissions, **values)


#: Each is a user who may read and write.
WRITERS = {
    "has_perms": Person(has_perms=lambda names: set(names) <= {"read", "write"}),
    "has_permission": Person(has_permission=lambda name: name in ("read", "write")),
    "list": Person(roles=[role("editor", ["read", "write"])]),
    "set": Person(roles=[role("a", {"read", "write"})]),
    "text": Person(roles=[role("editor", "read, write")]),
    "two roles": Person(roles=(role("a", ["read"]), role("b", ["write"]))),
    "get_permissions": Person(
        roles=[role("a", None, get_permissions=lambda: {"read", "write"})]
    ),
    "rows": Person(
        roles=[role("a", [SimpleNamespace(name="read"), SimpleNamespace(name="write")])]
    ),
    "names of roles": Person(roles=["read", "write"]),
    "has_role": Person(has_role=lambda name: name in ("read", "write")),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_every_permission_is_asked_in_the_words_of_the_user(kind):
    """All of them must be there."""
    names = ("read", "write", "delete")
    for wanted in itertools.chain(
        *(itertools.combinations(names, n) for n in (1, 2, 3))
    ):
        assert has_all(WRITERS[kind], wanted) == ("delete" not in wanted)


@pytest.mark.parametrize("roles", [None, [], [role("a", None)], [role("a", "")]])
def test_a_user_without_permissions_has_none(roles):
    """Nothing is granted by what is not there."""
    assert not has_all(Person(roles=roles), ["read"])
    assert not has_all(Person(), ["read"])


def test_has_permission_decides_before_the_roles():
    """It may know that the permission was taken back."""
    user = Person(has_permission=lambda name: False, roles=[role("a", ["read"])])
    assert not has_all(user, ["read"])


@pytest.mark.parametrize("state", ["is_active", "is_authenticated"])
def test_a_user_who_is_inactive_or_anonymous_has_no_permission(state):
    """Whatever the roles say."""
    user = type("User", (Person,), {state: False})(roles=[role("a", ["read"])])
    assert not has_all(user, ["read"])


def test_a_hook_that_is_a_coroutine_is_refused():
    """It would always be true."""

    async def has_permission(name):
        return False

    with pytest.raises(ImproperlyConfigured, match="async"):
        has_all(Person(has_permission=has_permission), ["read"])


# --- Flask-Security -----------------------------------------------------------------


class Page(View):
    def get(self):
        return self.user.email


def make_site(cbv_first, **config):
    """Return an application with Flask-Security, an editor and a reader."""
    app = Flask("secure")
    app.config.update(
        SECRET_KEY="test",
        TESTING=True,
        WTF_CSRF_ENABLED=False,
        SQLALCHEMY_DATABASE_URI="sqlite://",
        SECURITY_PASSWORD_SALT="salt",
        SECURITY_PASSWORD_HASH="pbkdf2_sha512",
        SECURITY_PASSWORD_SINGLE_HASH=True,
        **config,
    )
    db = SQLAlchemy(app)
    fsqla_v3.FsModels.set_db_info(db)
    role_class = type("Role", (db.Model, fsqla_v3.FsRoleMixin), {})
    user_class = type("User", (db.Model, fsqla_v3.FsUserMixin), {})
    users = SQLAlchemyUserDatastore(db, user_class, role_class)
    installs = [lambda: CBV(app), lambda: Security(app, users)]
    for install in installs if cbv_first else reversed(installs):
        install()
    with app.app_context():
        db.create_all()
        users.create_role(name="editor", permissions=["post.change", "post.delete"])
        for name, roles in (("ann", ["editor"]), ("bob", [])):
            password = hash_password("a long sentence")
            users.create_user(email=f"{name}@x.org", password=password, roles=roles)
        db.session.commit()
    return app


@pytest.mark.parametrize("cbv_first", [True, False])
@pytest.mark.parametrize("none", [True, False])
def test_flask_security_logs_in_and_its_roles_count(cbv_first, none):
    """Whichever is installed first, with and without an anonymous user."""
    app = make_site(cbv_first, SECURITY_ANONYMOUS_USER_DISABLED=none)
    guarded = {"change": "post.change", "role": "editor", "both": ["editor", "x"]}
    bases = (PermissionRequiredMixin, Page)
    urls = [
        path(f"{rule}/", type(rule, bases, {"permission_required": wanted}))
        for rule, wanted in guarded.items()
    ]
    mine = type("Mine", (LoginRequiredMixin, Page), {})
    register(app, [*urls, path("mine/", mine)])
    app.add_url_rule("/old/", "old", permission_required("post.delete")(lambda: "old"))
    client = app.test_client()
    assert client.get("/mine/").location == "/login?next=/mine/"
    assert client.get("/change/").location == "/login?next=/change/"
    pages = ("/mine/", "/change/", "/role/", "/both/", "/old/")
    statuses = {"ann": [200, 200, 200, 403, 200], "bob": [200, 403, 403, 403, 403]}
    for name, wanted in statuses.items():
        client = app.test_client()
        data = {"email": f"{name}@x.org", "password": "a long sentence"}
        assert client.post("/login?next=/mine/", data=data).location == "/mine/"
        assert [client.get(page).status_code for page in pages] == wanted
