# ruff: noqa: E501 - a line of Django's stands beside one of Flask's
"""Settings of Django, and what they are called here; what nobody reads is said."""

from __future__ import annotations

import re

import pytest

from cbv.port.project import read_project
from cbv.port.settings import port_settings


@pytest.fixture
def port(tmp_path):
    def ported(source):
        (tmp_path / "site1").mkdir()
        path = tmp_path / "site1" / "settings.py"
        path.write_text(source)
        text, notes = port_settings(read_project(tmp_path), path)
        return re.sub('CBV_LOGIN_.* = "/accounts/.*\n', "", text), notes

    return ported


@pytest.mark.parametrize(
    ("django", "flask"),
    [
        ('LOGIN_URL = "accounts:login"', 'CBV_LOGIN_URL = "accounts.login"'),
        ('LOGIN_URL = "/in/"', 'CBV_LOGIN_URL = "/in/"'),
        ('TIME_ZONE = "UTC"', 'CBV_TIMEZONE = "UTC"'),
        ('ALLOWED_HOSTS = [".e.org"]', 'TRUSTED_HOSTS = [".e.org"]'),
        ('ALLOWED_HOSTS = ["*"]', ""),
        ("USE_TZ = True", ""),
        ("PAGE = 3  # mine", "PAGE = 3  # mine"),
        ("INSTALLED_APPS = []\nINSTALLED_APPS += []", ""),
        (
            'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3",'
            ' "NAME": ":memory:"}}',
            'DATABASE_URL = "sqlite:///"',
        ),
        (
            'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3",'
            ' "NAME": BASE / "a.db"}}',
            "DATABASE_URL = f\"sqlite:///{BASE / 'a.db'}\"",
        ),
        (
            'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql",'
            ' "NAME": "a", "USER": "b", "PORT": "5432", "HOST": ""}}',
            'from sqlalchemy import URL\nDATABASE_URL = URL.create("postgresql+psycopg",'
            " username='b', port=int('5432'), database='a')",
        ),
    ],
)
def test_a_setting_has_its_name_here(port, django, flask):
    text, notes = port(f"import os\n\n{django}\n")
    assert text.removeprefix("import os\n").strip() == flask
    assert not notes


def test_what_nobody_reads_stays_with_a_comment(port):
    text, [note] = port("A = 1\nSECURE_HSTS_SECONDS = 60\n")
    assert note.line == 2
    assert f"# {note}\nSECURE_HSTS_SECONDS = 60\n" in text


def test_apps_and_middleware_of_others_are_named(port):
    source = 'INSTALLED_APPS = [\n    "django.contrib.auth",\n    "taggit",\n]\n'
    _, notes = port(source + 'MIDDLEWARE = ["a.b.C"]\n')
    assert [(note.line, note.text) for note in notes] == [
        (3, "the app taggit has no counterpart"),
        (5, "the middleware a.b.C has no counterpart"),
    ]


def test_a_line_that_needs_a_setting_that_has_gone_is_named(port):
    source = "import os\n\nDATABASES = read()\nif os.name:\n"
    text, [first, note] = port(source + "    INSTALLED_APPS.append(1)\n")
    assert (first.line, note.line, note.lines) == (3, 4, 2)
    assert f"# {note}\nif os.name:" in text
