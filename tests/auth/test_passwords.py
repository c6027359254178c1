"""Password hashes: ours, Werkzeug's, argon2's and Django's; one for every check."""

from __future__ import annotations

import subprocess
import sys
from functools import partial

import argon2
import pytest
from flask import Flask
from sqlalchemy import select

from cbv import ImproperlyConfigured
from cbv.auth import authenticate
from cbv.auth import is_password_usable
from cbv.auth import make_password
from cbv.auth import passwords
from support.account_site import counted_hashes
from support.account_site import log_in
from support.account_site import make_site
from support.account_site import PASSWORD
from support.account_site import QUICK
from support.library_models import User

pytest_plugins = ["support.account_fixtures"]

HASHERS = {
    "pbkdf2_sha256": "PBKDF2PasswordHasher",
    "pbkdf2_sha1": "PBKDF2SHA1PasswordHasher",
    "scrypt": "ScryptPasswordHasher",
    "argon2": "Argon2PasswordHasher",
    "bcrypt_sha256": "BCryptSHA256PasswordHasher",
    "bcrypt": "BCryptPasswordHasher",
}


@pytest.fixture(scope="module")
def django_hashes():
    """The same password as Django stores it, by each hasher, in fewer rounds."""
    paths = [f"django.contrib.auth.hashers.{name}" for name in HASHERS.values()]
    script = (
        "from django.conf import settings\n"
        f"settings.configure(PASSWORD_HASHERS={paths})\n"
        "from django.contrib.auth import hashers\n"
        "from django.contrib.auth.hashers import make_password\n"
        "hashers.PBKDF2PasswordHasher.iterations = 1000\n"
        "hashers.BCryptSHA256PasswordHasher.rounds = 4\n"
        f"for name in {list(HASHERS)}: print(make_password({PASSWORD!r}, hasher=name))"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(zip(HASHERS, done.stdout.split(), strict=True))


@pytest.fixture
def context():
    """An application context whose settings the test changes."""
    app = Flask("site")
    with app.app_context():
        yield app.config


@pytest.fixture
def quick_argon2(monkeypatch):
    """Have argon2 take its time no longer."""
    quick = partial(argon2.PasswordHasher, time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(argon2, "PasswordHasher", quick)


# --- making one -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "start"),
    [
        (None, "$argon2id$"),
        ("argon2", "$argon2id$"),
        ("scrypt", "scrypt:32768:8:1$"),
        ("scrypt:16384:8:1", "scrypt:16384:8:1$"),
        ("pbkdf2", "pbkdf2:sha256:"),
        ("pbkdf2:sha512:10", "pbkdf2:sha512:10$"),
    ],
)
def test_the_setting_chooses_how_passwords_are_hashed(context, method, start):
    """A new hash is right, of no old kind, and as long as was foretold."""
    context["CBV_PASSWORD_METHOD"] = method
    made = make_password(PASSWORD)
    assert made.startswith(start)
    assert passwords.verify(PASSWORD, made)
    assert not passwords.verify(PASSWORD + " ", made)
    assert not passwords.needs_new_hash(made)
    assert make_password(PASSWORD, len(made)).startswith(start)


def test_without_argon2_it_is_scrypt(context, monkeypatch):
    """Argon2 comes with an extra; asking for it without says how to get it."""
    monkeypatch.setattr(passwords, "argon2", None)
    assert make_password(PASSWORD).startswith("scrypt:32768:8:1$")
    context["CBV_PASSWORD_METHOD"] = "argon2"
    with pytest.raises(ImproperlyConfigured, match=r"flask-cbv\[argon2\]"):
        make_password(PASSWORD)


def test_an_unknown_method_is_refused_by_name(context):
    """With the methods that there are."""
    context["CBV_PASSWORD_METHOD"] = "md5"
    with pytest.raises(ImproperlyConfigured, match=r"'md5'.*'scrypt'"):
        make_password(PASSWORD)


def test_a_narrow_column_gets_a_hash_that_fits_it(context):
    """Django's column has 128 characters, Werkzeug's scrypt 162."""
    context["CBV_PASSWORD_METHOD"] = "scrypt"
    made = make_password(PASSWORD, 128)
    assert len(made) <= 128
    assert passwords.verify(PASSWORD, made)
    with pytest.raises(ImproperlyConfigured, match=r"40 characters.*255"):
        make_password(PASSWORD, 40)


def test_longer_passwords_are_refused_before_they_are_hashed(context):
    """4,096 characters are the most."""
    with counted_hashes() as made, pytest.raises(ValueError, match="4096"):
        make_password("x" * 4097)
    assert not made
    context["CBV_PASSWORD_METHOD"] = QUICK
    longest = "x" * 4096
    assert passwords.verify(longest, make_password(longest))


def test_no_password_is_one_that_nothing_matches(context):
    """It starts with the mark that Django's has, and is never the same."""
    unusable = make_password(None)
    assert unusable.startswith("!")
    assert unusable != make_password(None)
    assert not is_password_usable(unusable)
    assert not passwords.verify("", unusable)
    assert not passwords.verify(unusable, unusable)


# --- reading what is stored ---------------------------------------------------------


@pytest.mark.parametrize("kind", HASHERS)
def test_hashes_made_by_django_are_read(context, django_hashes, kind):
    """By one hash each; they are of an old kind."""
    stored = django_hashes[kind]
    assert stored.startswith(kind)
    with counted_hashes() as made:
        assert passwords.verify(PASSWORD, stored)
        assert not passwords.verify("another", stored)
    assert len(made) == 2
    assert passwords.needs_new_hash(stored)


@pytest.mark.parametrize(
    "stored",
    [
        None,
        "",
        "!",
        "!abc",
        "plain text",
        PASSWORD,
        "$",
        "$argon2id$",
        "$argon2id$v=19$m=65536,t=3,p=4$broken",
        "argon2$nonsense",
        "md5$salt$0123",
        "pbkdf2_sha256$",
        "pbkdf2_sha256$0$salt$x",
        "pbkdf2_sha256$-1$salt$x",
        "pbkdf2_sha256$9999999999999999999$salt$x",
        "pbkdf2_sha256$many$salt$x",
        "pbkdf2:sha256:many$salt$x",
        "pbkdf2:nonsense:1$salt$x",
        "scrypt:1:1$salt$x",
        "scrypt:0:0:0$salt$x",
        "scrypt$",
        "scrypt$3$salt$8$1$x",
        "scrypt$x$salt$y$z$x",
        "bcrypt$nonsense",
        "bcrypt_sha256$$2b$04$short",
    ],
)
def test_what_is_no_hash_matches_nothing(context, stored):
    """And raises nothing."""
    context["CBV_PASSWORD_METHOD"] = QUICK
    assert not passwords.verify(PASSWORD, stored)
    assert not passwords.verify("", stored)


def test_without_its_library_a_hash_matches_nothing(
    context, django_hashes, monkeypatch
):
    """Nobody logs in, and nothing breaks."""
    monkeypatch.setattr(passwords, "argon2", None)
    monkeypatch.setattr(passwords, "bcrypt", None)
    for kind in ("argon2", "bcrypt_sha256", "bcrypt"):
        assert not passwords.verify(PASSWORD, django_hashes[kind])


@pytest.mark.parametrize("password", ["", "\0", "p\0", "é" * 50, "\ud800", "x" * 4097])
@pytest.mark.parametrize("kind", ["pbkdf2_sha256", "argon2", "bcrypt_sha256"])
def test_no_password_breaks_a_check(context, django_hashes, kind, password):
    """NUL, half of a surrogate pair, nothing, or too much of it."""
    context["CBV_PASSWORD_METHOD"] = QUICK
    assert not passwords.verify(password, django_hashes[kind])


# --- exactly one hash -----------------------------------------------------------------


ATTEMPTS = [
    ("ann", PASSWORD),
    ("ann", "wrong"),
    ("nobody", PASSWORD),
    ("resting", PASSWORD),
    ("resting", "wrong"),
    ("unusable", "wrong"),
    ("empty", "wrong"),
    ("odd", "wrong"),
    ("x" * 200, PASSWORD),
]


@pytest.mark.parametrize("method", ["argon2", "scrypt:1024:8:1", QUICK])
def test_every_login_costs_one_hash(db, site, add_user, quick_argon2, method):
    """For no user, one at rest, one whose password cannot be read, and the others."""
    site.config["CBV_PASSWORD_METHOD"] = method
    add_user()
    add_user("resting", is_active=False)
    add_user("unusable", None)
    add_user("empty").password_hash = None
    add_user("odd").password_hash = "md5$salt$0123"
    db.commit()
    for name, password in ATTEMPTS:
        with counted_hashes() as made:
            response = log_in(site.test_client(), name, password)
        right = name == "ann" and password == PASSWORD
        assert (len(made), response.status_code) == (1, 303 if right else 200), name


def test_a_password_too_long_costs_none_for_anybody(site, ann, guest):
    """And says the same of a known and an unknown name."""
    with counted_hashes() as made:
        known = log_in(guest, "ann", "x" * 1_000_000 + "y")
        unknown = log_in(guest, "bob", "x" * 1_000_000 + "y")
    assert not made
    assert known.status_code == unknown.status_code
    assert known.text == unknown.text.replace("bob", "ann")


# --- old hashes -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", HASHERS)
def test_a_right_login_rewrites_an_old_hash(db, site, ann, guest, django_hashes, kind):
    """Once: the next login costs one hash again."""
    ann.password_hash = django_hashes[kind]
    db.commit()
    assert log_in(guest).status_code == 303
    db.expire_all()
    stored = ann.password_hash
    assert stored.startswith(QUICK)
    with counted_hashes() as made:
        assert log_in(site.test_client()).status_code == 303
    db.expire_all()
    assert (len(made), ann.password_hash) == (1, stored)


def test_a_wrong_login_leaves_an_old_hash_alone(db, ann, guest, django_hashes):
    """So does one of an inactive user, whose password may be right."""
    ann.password_hash = django_hashes["scrypt"]
    db.commit()
    log_in(guest, password="wrong")
    ann.is_active = False
    db.commit()
    log_in(guest)
    db.expire_all()
    assert ann.password_hash == django_hashes["scrypt"]


def test_outside_a_view_the_rewritten_hash_is_saved_too(db, site, ann, django_hashes):
    """A function view has no dispatcher that would commit it."""
    ann.password_hash = django_hashes["scrypt"]
    db.commit()

    @site.post("/by-hand/")
    def by_hand():
        return authenticate("ann", PASSWORD).username

    assert site.test_client().post("/by-hand/").text == "ann"
    db.rollback()
    db.expire_all()
    assert db.scalars(select(User.password_hash)).one().startswith(QUICK)


def test_numbers_that_are_not_todays_are_old(context):
    """A new setting reaches every user at the next login."""
    context["CBV_PASSWORD_METHOD"] = "pbkdf2:sha256:2"
    old = make_password(PASSWORD)
    context["CBV_PASSWORD_METHOD"] = "pbkdf2:sha256:3"
    assert passwords.needs_new_hash(old)
    context["CBV_PASSWORD_METHOD"] = "argon2"
    assert passwords.needs_new_hash(old)
    weak = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Ng"
    assert passwords.needs_new_hash(weak)


def test_the_site_may_choose_any_method(db):
    """What a login needs works with the quickest hash as with the default."""
    site = make_site(db, CBV_PASSWORD_METHOD=None)
    with site.app_context():
        user = User(username="ann")
        user.set_password(PASSWORD)
        db.add(user)
        db.commit()
    assert log_in(site.test_client()).status_code == 303
