"""The example's accounts: logging in and out, and becoming a user."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from cbv.testing import assert_redirects
from example_app.models import User

pytest_plugins = ["blog"]

SECRET = "a long enough word"
NEW = {
    "username": "cleo",
    "email": "cleo@example.com",
    "password1": SECRET,
    "password2": SECRET,
}


def test_log_in_and_out(blog):
    """The right password logs in; the button in the head logs out."""
    blog.add_user("ann", SECRET)
    client = blog.client()
    response = client.post("/login/", data={"username": "ann", "password": SECRET})
    assert_redirects(response, "/home", 303)
    assert "Log out" in client.get("/home").text
    response = client.post("/logout/")
    assert_redirects(response, "/home", 303)
    assert "Log in" in client.get("/home").text


def test_log_in_goes_on_to_next_on_this_site_only(blog):
    """An address elsewhere is not followed."""
    blog.add_user("ann", SECRET)
    data = {"username": "ann", "password": SECRET}
    answer = blog.client().post("/login/?next=/post/new/", data=data)
    assert_redirects(answer, "/post/new/", 303)
    answer = blog.client().post("/login/?next=//evil.example", data=data)
    assert_redirects(answer, "/home", 303)


def test_a_wrong_password_is_shown_as_an_error(blog):
    """And does not log in."""
    blog.add_user("ann", SECRET)
    client = blog.client()
    response = client.post("/login/", data={"username": "ann", "password": "no"})
    assert response.status_code == 200
    assert response.context["form"].form_errors or response.context["form"].errors
    assert "Log in" in client.get("/home").text


def test_get_does_not_log_out(blog):
    """GET on the logout page is 405, as in Django 5."""
    blog.add_user("ann")
    client = blog.client("ann")
    assert client.get("/logout/").status_code == 405
    assert "Log out" in client.get("/home").text


def test_register_makes_a_user_and_logs_in(blog):
    """The password is hashed; the next page knows the new user."""
    client = blog.client()
    response = client.post("/register/", data=NEW)
    assert_redirects(response, "/home", 303)
    assert "Welcome, cleo." in client.get("/home").text
    with blog.session() as session:
        user = session.scalars(select(User)).one()
        assert SECRET not in user.password_hash
        assert user.check_password(SECRET)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", ""),
        ("username", "ann"),
        ("username", "a b"),
        ("username", "a/b"),
        ("username", "a\0b"),
        ("email", "no"),
        ("email", "ann@example.com"),
        ("password2", "another"),
    ],
)
def test_a_wrong_registration_is_a_form_error(blog, field, value):
    """A taken name or address too; no user is made."""
    blog.add_user("ann")
    response = blog.client().post("/register/", data={**NEW, field: value})
    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    assert blog.scalars(select(User.username)) == ["ann"]
