"""Have Django make a user table: ``django_user_table.py '<DATABASES entry>'``."""

from __future__ import annotations

import json
import sys

import django
from django.conf import settings
from django.core.management import call_command


def main(database):
    """Make Django's tables, and users whose password is ``correct horse``."""
    settings.configure(
        DATABASES={"default": database},
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"],
        USE_TZ=True,
    )
    django.setup()
    call_command("migrate", verbosity=0)
    from django.contrib.auth import get_user_model

    add = get_user_model().objects.create_user
    add("ann", "ann@mail.test", "correct horse")
    add("resting", "resting@mail.test", "correct horse", is_active=False)
    add("nopass", "nopass@mail.test")
    get_user_model().objects.create_superuser("root", None, "correct horse")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
