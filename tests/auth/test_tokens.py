"""The token of a reset link: for one user, one purpose, one use and a while."""

from __future__ import annotations

import time
from datetime import datetime
from datetime import timedelta
from datetime import timezone
from datetime import UTC

import pytest
from flask import Flask

from cbv import ImproperlyConfigured
from cbv.auth import default_token_generator
from cbv.auth import PasswordResetTokenGenerator
from cbv.auth.tokens import uid_of
from cbv.auth.tokens import user_of
from support.account_site import PASSWORD
from support.library_models import User

pytest_plugins = ["support.account_fixtures"]

DAY = 24 * 60 * 60


@pytest.fixture
def context(site):
    """An application context, for tokens made by hand."""
    with site.app_context():
        yield site


def check(user, token):
    return default_token_generator.check_token(user, token)


def test_a_token_is_good_for_its_user_only(context, ann, add_user):
    """However often it is looked at."""
    token = default_token_generator.make_token(ann)
    assert check(ann, token)
    assert check(ann, token)
    assert not check(add_user("bob"), token)
    assert not check(None, token)


def test_a_token_says_nothing_of_its_user(context, ann):
    """A moment and a signature, which fit in a URL."""
    moment, _, signature = default_token_generator.make_token(ann).partition(".")
    assert abs(int(moment, 16) - time.time()) < 60
    assert len(signature) < 50
    assert signature.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(
    "change",
    [
        lambda user: user.set_password(PASSWORD),
        lambda user: setattr(user, "last_login", datetime.now(UTC)),
        lambda user: setattr(user, "email", "other@mail.test"),
    ],
    ids=["password", "login", "mail"],
)
def test_a_token_ends_with_what_it_is_bound_to(context, db, ann, change):
    """The same password again is another hash."""
    token = default_token_generator.make_token(ann)
    change(ann)
    db.commit()
    assert not check(ann, token)


def test_a_token_survives_a_round_trip_through_the_database(context, db, ann):
    """Whose moments come back without a zone, or in another one."""
    ann.last_login = datetime.now(UTC)
    token = default_token_generator.make_token(ann)
    db.commit()
    db.expire_all()
    assert check(ann, token)
    elsewhere = timezone(timedelta(hours=5))
    ann.last_login = ann.last_login.replace(tzinfo=UTC).astimezone(elsewhere)
    assert check(ann, token)


def test_a_token_expires(context, ann, monkeypatch):
    """After three days, or what CBV_PASSWORD_RESET_TIMEOUT says."""
    token = default_token_generator.make_token(ann)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3 * DAY - 5)
    assert check(ann, token)
    monkeypatch.setattr(time, "time", lambda: now + 3 * DAY + 5)
    assert not check(ann, token)
    context.config["CBV_PASSWORD_RESET_TIMEOUT"] = 4 * DAY
    assert check(ann, token)


def test_no_part_of_a_token_can_be_changed(context, ann):
    """A later moment, a cut or longer signature, another letter anywhere."""
    token = default_token_generator.make_token(ann)
    moment, _, signature = token.partition(".")
    later = f"{int(moment, 16) + 1:x}.{signature}"
    changed = [
        token[:n] + ("A" if token[n] != "A" else "B") + token[n + 1 :]
        for n in range(len(token))
    ]
    for bad in [later, token[:-1], token + "A", token.upper(), *changed]:
        assert not check(ann, bad), bad


@pytest.mark.parametrize(
    "bad",
    [
        None,
        "",
        ".",
        "-",
        "a.b.c",
        "set-password",
        "zzz.abc",
        "٣.abc",
        "-1.abc",
        "1\n.abc",
        "1.abc\n",
        "\0",
        "é",
        "9" * 5000 + ".abc",
        "1." + "a" * 5000,
    ],
)
def test_what_is_no_token_is_refused(context, ann, bad):
    """And raises nothing."""
    assert not check(ann, bad)


def test_a_token_for_another_purpose_is_refused(context, ann):
    """Each subclass has a salt of its own."""

    class Invitation(PasswordResetTokenGenerator):
        key_salt = "invitation"

    token = Invitation().make_token(ann)
    assert Invitation().check_token(ann, token)
    assert not check(ann, token)


def test_what_a_token_is_bound_to_can_be_chosen(context, db, ann):
    """As in Django, by _make_hash_value."""

    class Forever(PasswordResetTokenGenerator):
        def _make_hash_value(self, user, timestamp):
            return f"{user.username}{timestamp}"

    token = Forever().make_token(ann)
    ann.set_password("another one")
    assert Forever().check_token(ann, token)


def test_a_new_secret_reads_old_tokens_while_it_is_told_to(context, ann):
    """And signs with the new one."""
    old = default_token_generator.make_token(ann)
    context.config.update(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["test"])
    assert check(ann, old)
    new = default_token_generator.make_token(ann)
    context.config["SECRET_KEY_FALLBACKS"] = []
    assert check(ann, new)
    assert not check(ann, old)


def test_without_a_secret_there_is_no_token():
    """The error says what to set."""
    app = Flask("bare")
    app.extensions["cbv.user_model"] = User
    with app.app_context(), pytest.raises(ImproperlyConfigured, match="SECRET_KEY"):
        default_token_generator.make_token(User(id=1, username="ann"))


def test_the_id_in_a_link_names_its_user(context, ann):
    """Both ways."""
    assert user_of(uid_of(ann)) is ann


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "=",
        "MQ==",
        "!",
        "A",
        "____",
        "OTk5OTk5OTk5OTk5OTk5OTk5OTk5",
        "é",
        "a" * 5000,
    ],
)
def test_an_id_that_names_nobody_is_nobody(context, ann, bad):
    """Not base64, not UTF-8, no key, one beyond the column's range."""
    assert user_of(bad) is None
