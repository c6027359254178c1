"""A site with the account pages, and its users."""

from __future__ import annotations

import pytest

from support.account_site import make_site
from support.account_site import PASSWORD
from support.library_models import User


@pytest.fixture
def site(db):
    """An application with the account pages, on each database."""
    return make_site(db)


@pytest.fixture
def guest(site):
    """A client of ``site`` that is not logged in."""
    return site.test_client()


@pytest.fixture
def add_user(db, site):
    """Add a user with a password; None makes it unusable."""

    def add(username="ann", password=PASSWORD, **values):
        user = User(username=username, **{"email": f"{username}@mail.test", **values})
        with site.app_context():
            user.set_password(password)
        db.add(user)
        db.commit()
        return user

    return add


@pytest.fixture
def ann(add_user):
    """A user."""
    return add_user()
