"""Becoming a user."""

from __future__ import annotations

import pytest
from flask import session
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from cbv.auth import RegisterForm
from cbv.auth import RegisterView
from cbv.auth import UserMixin
from cbv.testing import assert_redirects
from cbv.testing import assert_template_used
from support.account_site import counted_hashes
from support.account_site import log_in
from support.account_site import make_site
from support.account_site import PASSWORD
from support.account_site import who
from support.library_models import User

pytest_plugins = ["support.account_fixtures"]

NEW = {
    "username": "cleo",
    "email": "cleo@mail.test",
    "password1": PASSWORD,
    "password2": PASSWORD,
}


class Base(DeclarativeBase):
    pass


class Subscriber(UserMixin, Base):
    """Logs in with a mail address; has no other name."""

    __tablename__ = "subscriber"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(40), unique=True)


class Nickname(UserMixin, Base):
    """Has a short name of its own kind, and no mail address."""

    __tablename__ = "nickname"
    id: Mapped[int] = mapped_column(primary_key=True)
    nick: Mapped[str] = mapped_column(String(10), unique=True)


def errors(response):
    assert response.status_code == 200
    return list(response.context["form"].errors)


def test_a_user_is_made_and_logged_in(db, guest):
    """303; the password is stored as a hash."""
    page = guest.get("/register/")
    assert_template_used(page, "cbv/registration/register.html")
    assert list(page.context["form"]._fields) == list(NEW)
    with counted_hashes() as made:
        response = guest.post("/register/", data=NEW)
    assert_redirects(response, "/", 303)
    assert len(made) == 1
    assert who(guest) == "cleo"
    user = db.scalars(select(User)).one()
    assert (user.username, user.email) == ("cleo", "cleo@mail.test")
    assert user.is_active
    assert user.last_login is not None
    assert PASSWORD not in user.password_hash


def test_next_is_kept_and_followed(site, guest):
    """As for the login, on this site only."""
    page = guest.get("/register/?next=/who/")
    assert 'name="next" value="/who/"' in page.text
    response = guest.post("/register/", data={**NEW, "next": "/who/"})
    assert_redirects(response, "/who/", 303)
    other = {**NEW, "username": "dora", "email": "dora@mail.test"}
    response = guest.post("/register/?next=//evil.example", data=other)
    assert_redirects(response, "/", 303)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", ""),
        ("username", " "),
        ("username", "cl eo"),
        ("username", "cleo\n\nx"),
        ("username", "cleo\0"),
        ("username", "<b>"),
        ("username", "x" * 151),
        ("username", "x" * 1_000_000),
        ("username", "\uff43leo"),
        ("username", "\u2460"),
        ("email", ""),
        ("email", "cleo"),
        ("email", "cleo@mail.test\nBcc: x@y"),
        ("email", "cleo@mail.test\0"),
        ("email", "x" * 250 + "@mail.test"),
        ("password1", ""),
        ("password1", "short"),
        ("password1", "x" * 4097),
        ("password2", ""),
        ("password2", "correct house"),
    ],
)
def test_what_cannot_be_is_an_error_at_its_field(db, guest, field, value):
    """On either database, and nobody is made."""
    values = {**NEW, field: value}
    if field == "password1" and value:
        values["password2"] = value
    assert errors(guest.post("/register/", data=values)) == [field]
    assert not db.scalar(select(func.count()).select_from(User))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "ann"),
        ("username", "ANN"),
        ("username", " ann "),
        ("email", "ann@mail.test"),
        ("email", "Ann@Mail.TEST"),
    ],
)
def test_what_is_taken_is_an_error_at_its_field(ann, guest, field, value):
    """Whatever the case of its letters."""
    assert errors(guest.post("/register/", data={**NEW, field: value})) == [field]


def test_letters_beyond_ascii_make_a_name(add_user, guest):
    """One name, whether an accent is joined to its letter or not."""
    response = guest.post("/register/", data={**NEW, "username": "Ze\u0301e"})
    assert response.status_code == 303
    assert who(guest) == "Z\u00e9e"
    again = {**NEW, "username": "z\u00c9E", "email": "other@mail.test"}
    assert errors(guest.post("/register/", data=again)) == ["username"]


def test_the_user_name_is_no_password(guest):
    """As for a change."""
    values = {**NEW, "username": "cleopatra", "password1": "Cleopatra"}
    values["password2"] = values["password1"]
    assert errors(guest.post("/register/", data=values)) == ["password1"]


def test_whoever_is_slower_meets_the_same_error(db, site, ann, guest, monkeypatch):
    """The name was free when it was looked at, and taken when it was saved."""
    looked = []
    original = RegisterForm.check_free

    def blind(self):
        looked.append(self)
        return original(self) if len(looked) > 1 else True

    monkeypatch.setattr(RegisterForm, "check_free", blind)
    response = guest.post("/register/", data={**NEW, "username": "ann"})
    assert errors(response) == ["username"]
    assert who(guest) == ""
    assert db.scalar(select(func.count()).select_from(User)) == 1


def test_what_else_the_table_refuses_is_said_in_plain_words(
    db, site, guest, monkeypatch
):
    """No text of the database's is shown."""

    class Twice(RegisterForm):
        def save(self):
            user = super().save()
            db.add(User(id=user.id, username="again"))
            db.flush()

    class Register(RegisterView):
        form_class = Twice

    site.add_url_rule("/own/", view_func=Register.as_view("own"))
    with pytest.warns(Warning, match="conflicts with persistent instance"):
        response = guest.post("/own/", data=NEW)
    assert errors(response) == [""]
    assert "user_account" not in response.text
    assert not db.scalar(select(func.count()).select_from(User))


def test_fields_that_are_not_in_the_form_have_no_effect(db, guest):
    """However they are spelt."""
    extra = {
        "is_superuser": "1",
        "id": "77",
        "password_hash": "x",
        "session_epoch": "5",
    }
    guest.post("/register/", data={**NEW, **extra})
    user = db.scalars(select(User)).one()
    assert (user.id != 77, user.session_epoch) == (True, 0)
    assert not user.is_superuser


def test_the_session_of_before_gets_a_new_id_and_its_data_stays(site, guest):
    """As at a login."""

    @site.post("/cart/")
    def cart():
        session["cart"] = "pears"
        return ""

    guest.post("/cart/")
    guest.post("/register/", data=NEW)
    with guest.session_transaction() as kept:
        assert kept["cart"] == "pears"


def test_another_user_is_logged_out_first(site, ann, guest):
    """Whoever registers is who is logged in then."""
    log_in(guest)
    guest.post("/register/", data=NEW)
    assert who(guest) == "cleo"


def test_without_a_user_name_the_mail_address_is_the_name(db, connection):
    """The form asks for no other; a column's length is a form error."""
    Base.metadata.create_all(connection)
    site = make_site(db, Subscriber, CBV_USERNAME_FIELD="email")
    client = site.test_client()
    page = client.get("/register/")
    assert list(page.context["form"]._fields) == ["email", "password1", "password2"]
    long = {**NEW, "email": "x" * 40 + "@mail.test"}
    assert errors(client.post("/register/", data=long)) == ["email"]
    same = {**NEW, "password1": NEW["email"], "password2": NEW["email"]}
    assert errors(client.post("/register/", data=same)) == ["password1"]
    assert client.post("/register/", data=NEW).status_code == 303
    login = log_in(site.test_client(), "cleo@mail.test")
    assert login.status_code == 303


def test_without_a_mail_address_the_form_asks_for_none(db, connection):
    """The field ``username`` fills the attribute that the setting names."""
    Base.metadata.create_all(connection)
    site = make_site(db, Nickname, CBV_USERNAME_FIELD="nick")
    client = site.test_client()
    page = client.get("/register/")
    assert list(page.context["form"]._fields) == ["username", "password1", "password2"]
    assert errors(client.post("/register/", data={**NEW, "username": "x" * 11}))
    assert client.post("/register/", data=NEW).status_code == 303
    assert db.scalars(select(Nickname.nick)).one() == "cleo"


def test_the_page_is_open_where_the_application_is_closed(site, guest):
    """And kept by no cache."""
    site.config["CBV_LOGIN_REQUIRED"] = True
    page = guest.get("/register/")
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "private, no-store"
