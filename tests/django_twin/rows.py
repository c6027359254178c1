"""The twin with rows in it: set up once, a transaction for each test."""

from __future__ import annotations

from datetime import datetime
from datetime import timedelta
from datetime import UTC

import django
import pytest
from django.conf import settings as project

from django_twin import settings

# Not by the environment, where a Celery worker of another test would find it.
project.configure(**{k: v for k, v in vars(settings).items() if k.isupper()})
django.setup()

from django.contrib.auth import get_user_model  # noqa: E402 - needs the settings
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.db import transaction  # noqa: E402
from django.test import Client  # noqa: E402

from example_app.django_twins.models import Post  # noqa: E402
from example_app.django_twins.models import Tag  # noqa: E402

DAY = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)


class Twin:
    """What the tests ask of the Django blog."""

    def client(self, username=None):
        """Return a client, logged in as a user if a name is given."""
        client = Client()
        if username:
            client.force_login(get_user_model().objects.get(username=username))
        return client

    def add_user(self, username):
        """Add a user."""
        get_user_model().objects.create_user(username)

    def add_post(self, title, age, tags):
        """Add a post of ann's, ``age`` days old."""
        ann = get_user_model().objects.get(username="ann")
        slug, day = title.lower().replace(" ", "-"), DAY - timedelta(days=age)
        post = Post.objects.create(
            title=title, slug=slug, content="Text.", date_posted=day, author=ann
        )
        post.authors.set([ann])
        post.tags.set([Tag.objects.get_or_create(name=name)[0] for name in tags])


@pytest.fixture(scope="session")
def twin_tables():
    """The tables of the twin, in memory."""
    call_command("migrate", run_syncdb=True, verbosity=0)
    yield
    connection.close()


@pytest.fixture
def twin(twin_tables):
    """The twin, empty; what a test does is rolled back."""
    with transaction.atomic():
        yield Twin()
        transaction.set_rollback(True)
