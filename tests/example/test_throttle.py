"""The example's limits on logging in."""

from __future__ import annotations

import pytest

pytest_plugins = ["support.example_blog"]

SECRET = "a long enough word"
WRONG = {"username": "ann", "password": "wrong"}
RIGHT = {"username": "ann", "password": SECRET}


@pytest.fixture
def client(make_blog):
    """A client of a blog that counts."""
    blog = make_blog(RATELIMIT_ENABLED=True)
    blog.add_user("ann", SECRET)
    return blog.client()


def test_the_eleventh_wrong_password_in_a_minute_is_429(client):
    """With a page that says what to do, and a header that says when."""
    for _ in range(10):
        assert client.post("/login/", data=WRONG).status_code == 200
    response = client.post("/login/", data=WRONG)
    assert response.status_code == 429
    assert 0 < int(response.headers["Retry-After"]) <= 61
    assert "too often" in response.text
    assert "<main" in response.text


def test_the_right_password_does_not_pass_the_limit(client):
    """Else a guess could be told from the answer."""
    for _ in range(10):
        client.post("/login/", data=WRONG)
    assert client.post("/login/", data=RIGHT).status_code == 429


def test_another_name_is_counted_with_the_first(client):
    """The address counts."""
    for number in range(10):
        client.post("/login/", data={**WRONG, "username": f"user{number}"})
    assert client.post("/login/", data=WRONG).status_code == 429


def test_another_address_is_not(client):
    """One reader cannot lock the others out."""
    for _ in range(11):
        client.post("/login/", data=WRONG)
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    response = client.post("/login/", data=RIGHT, environ_overrides=elsewhere)
    assert response.status_code == 303


def test_right_passwords_and_visits_cost_nothing(client):
    """Only what failed is counted."""
    for _ in range(15):
        assert client.get("/login/").status_code == 200
        assert client.post("/login/", data=RIGHT).status_code == 303
        client.post("/logout/")


def test_the_sixth_mail_in_a_minute_is_429(client):
    """For known and unknown addresses alike."""
    for number in range(5):
        data = {"email": f"user{number}@example.com"}
        assert client.post("/password_reset/", data=data).status_code == 303
    response = client.post("/password_reset/", data={"email": "ann@example.com"})
    assert response.status_code == 429
    assert "Retry-After" in response.headers
