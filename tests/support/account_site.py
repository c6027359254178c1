"""What the tests of accounts share: a site, logging in, hashes that are counted."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager

import bcrypt
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask_login import current_user

from cbv import CBV
from cbv import register
from cbv.auth import urlpatterns
from cbv.testing import Client
from support.library_models import User

PASSWORD = "correct horse"
#: As quick as a hash can be; the tests that are about hashes choose their own.
QUICK = "pbkdf2:sha256:1"


def make_site(session, user_model=User, cbv=CBV, **config):
    """Return an application with the account pages, and one that says who is there."""
    app = Flask("site", template_folder=None)
    app.config.update(
        TESTING=True,
        SECRET_KEY="test",
        WTF_CSRF_ENABLED=False,
        CBV_PASSWORD_METHOD=QUICK,
        CBV_LOGIN_URL="login",
        CBV_BASE_URL="https://mail.example",
    )
    app.config.update(config)
    app.test_client_class = Client
    cbv(app, session=session, user_model=user_model)
    register(app, urlpatterns)
    app.add_url_rule("/who/", "who", lambda: getattr(current_user, "username", ""))
    return app


def log_in(client, username="ann", password=PASSWORD, path="/login/", **values):
    """Log in by the form; return the answer."""
    data = {"username": username, "password": password, **values}
    return client.post(path, data=data)


def who(client):
    """Return the name of whom a client is logged in as, "" for nobody."""
    return client.get("/who/").text


@contextmanager
def counted_hashes():
    """Count every hash of a password that any library is asked for."""
    made = []
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in (
            (hashlib, "scrypt"),
            (hashlib, "pbkdf2_hmac"),
            (PasswordHasher, "hash"),
            (PasswordHasher, "verify"),
            (bcrypt, "checkpw"),
            (bcrypt, "hashpw"),
        ):
            patch.setattr(owner, name, _counting(made, getattr(owner, name), name))
        yield made


def _counting(made, original, name):
    def wrapper(*args, **kwargs):
        made.append(name)
        return original(*args, **kwargs)

    return wrapper


def flask_session(app, cookie):
    """Return what Flask's signed cookie says."""
    return app.session_interface.get_signing_serializer(app).loads(cookie.value)
