"""The example's accounts: logging in and out, and becoming a user."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from cbv.testing import assert_redirects
from example_app.blog.models import User

pytest_plugins = ["support.example_blog"]

SECRET = "a long enough word"
OTHER = "another long enough word"
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


def test_a_registered_user_goes_on_to_where_they_came_from(blog):
    """``next`` is kept from the login page to this one, and followed."""
    client = blog.client()
    page = client.get("/login/?next=/post/new/")
    assert 'href="/register/?next=/post/new/"' in page.text
    response = client.post("/register/?next=/post/new/", data=NEW)
    assert_redirects(response, "/post/new/", 303)


# --- passwords ------------------------------------------------------------------------


def test_a_changed_password_ends_the_other_sessions(blog):
    """This one goes on."""
    blog.add_user("ann", SECRET)
    here, there = blog.client("ann"), blog.client("ann")
    data = {"old_password": SECRET, "new_password1": OTHER, "new_password2": OTHER}
    response = here.post("/password_change/", data=data)
    assert_redirects(response, "/password_change/done/", 303)
    assert here.get("/password_change/done/").status_code == 200
    assert there.get("/profile/").status_code == 302


def reset_link(blog, client, **options):
    """Ask for a mail; return the path of the link in it, None without a mail."""
    data = {"email": "ann@example.com"}
    client.post("/password_reset/", data=data, **options)
    outbox = getattr(blog.app.extensions["mailman"], "outbox", [])
    if not outbox:
        return None
    (mail,) = outbox
    assert mail.to == ["ann@example.com"]
    return re.search(r"https://blog.example(/reset/\S+)", mail.body).group(1)


@pytest.fixture
def mailing(make_blog):
    """A blog whose mail is kept, with ann as its user."""
    blog = make_blog(CBV_BASE_URL="https://blog.example")
    blog.add_user("ann", SECRET)
    return blog


def test_a_forgotten_password_is_reset_by_mail(mailing):
    """By the link in it, once; then the new one logs in."""
    client = mailing.client()
    link = reset_link(mailing, client)
    page = client.get(link, follow_redirects=True)
    assert page.context["validlink"]
    data = {"new_password1": OTHER, "new_password2": OTHER}
    response = client.post(page.request.path, data=data)
    assert_redirects(response, "/reset/done/", 303)
    assert not client.get(link).context["validlink"]
    client.post("/login/", data={"username": "ann", "password": OTHER})
    assert "Log out" in client.get("/home").text


def test_an_unknown_address_gets_no_mail_and_the_same_answer(mailing):
    """Nothing tells whether an address is registered."""
    client = mailing.client()
    known = client.post("/password_reset/", data={"email": "ann@example.com"})
    unknown = client.post("/password_reset/", data={"email": "eve@example.com"})
    assert known.location == unknown.location == "/password_reset/done/"
    assert known.data == unknown.data


def test_the_link_leads_where_the_configuration_says(mailing):
    """Whichever of the trusted hosts was asked; another one gets nothing."""
    client = mailing.client()
    assert reset_link(mailing, client, base_url="http://127.0.0.1:5000")
    mailing.app.extensions["mailman"].outbox.clear()
    assert reset_link(mailing, client, base_url="http://evil.example") is None


@pytest.mark.parametrize(
    ("settings", "home"),
    [
        ({}, "http://127.0.0.1:5000"),
        ({"TRUSTED_HOSTS": "blog.example,www.blog.example"}, "https://blog.example"),
        ({"CBV_BASE_URL": "https://b.example"}, "https://b.example"),
    ],
)
def test_links_in_mail_have_a_home_by_default(make_blog, settings, home):
    """The first trusted host, else this machine."""
    assert make_blog(**settings).app.config["CBV_BASE_URL"] == home


def test_mail_goes_to_the_terminal_without_a_server(make_blog, capsys):
    """So that a fresh checkout can show its reset mail."""
    blog = make_blog(MAIL_BACKEND="console")
    blog.add_user("ann", SECRET)
    data = {"email": "ann@example.com"}
    blog.client().post("/password_reset/", data=data)
    assert "http://127.0.0.1:5000/reset/" in capsys.readouterr().out


@pytest.mark.parametrize(
    "path",
    ["/password_reset/", "/password_reset/done/", "/reset/done/", "/reset/x/y/"],
)
def test_account_pages_of_cbv_stand_in_the_layout_of_the_site(blog, path):
    """One template of two lines takes their base over."""
    text = blog.client().get(path).text
    assert 'href="/static/style.css"' in text
    assert text.count("<h1>") == 1
