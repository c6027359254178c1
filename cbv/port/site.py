"""Make what a site needs in Flask: configuration, application, database, users, tests.

Django: ``settings.py``, ``wsgi.py``, ``manage.py``, ``django.contrib.auth.models``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from . import modules
from . import shipped
from .code import port_code
from .model_facts import USER
from .project import Project

_SHIPPED = Path(shipped.__file__).parent

_APPLICATION = '''"""The application: ``flask --app {package}.application run``."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from flask import Flask
from flask_wtf.csrf import CSRFProtect
from jinja2 import FileSystemLoader

from cbv import CBV, include, path, register
{user_import}
from . import config as settings
from . import database
from . import template_filters

ROOT = Path(__file__).parents[{depth}]
#: Modules with models; all are known to each other before the first query.
MODELS = {models}
#: Where templates are looked for, as in Django's INSTALLED_APPS.
TEMPLATES = {templates}
#: Modules with filters and tags for templates.
LIBRARIES = {libraries}


def create_app(config=None):
    """Make the application; ``config`` wins over the settings."""
    app = Flask(__name__, static_folder=ROOT / "static"{static})
    app.config.from_object(settings)
    app.config.update(config or {{}})
    app.jinja_loader = FileSystemLoader([ROOT / folder for folder in TEMPLATES])
    libraries = [import_module(name).register for name in LIBRARIES]
    template_filters.init_app(app, *libraries)
    for name in MODELS:
        import_module(name)
    CBV(app, session=database.init_app(app), user_model={user})
    CSRFProtect(app)  # every form, as Django's middleware
    register(app, {urls})
    return app
'''

_CONFTEST = '''"""What each test has: an application, an empty database, a client."""

from __future__ import annotations

from contextvars import Context

import pytest

from sqlalchemy.orm import Session

from cbv.auth import authenticate
from cbv.db import bind_session, commit
from cbv.testing import Client
from {package}.application import create_app
from {package}.database import Base

SETTINGS = {{
    "DATABASE_URL": "sqlite://",
    "TESTING": True,
    "TRUSTED_HOSTS": None,
    "WTF_CSRF_ENABLED": False,
    "SECRET_KEY": "test",
}}


class OwnClient(Client):
    """A client whose requests share the rows of the test, and nothing else of it."""

    def open(self, *args, **kwargs):
        commit()
        return Context().run(super().open, *args, **kwargs)

    def login(self, username, password):
        """Log a user in by name and password, as Django's client does."""
        user = authenticate(username, password)
        if user is not None:
            self.force_login(user)
        return user is not None


@pytest.fixture(autouse=True)
def app(request):
    """The application; a test in a class has its client as ``self.client``."""
    app = create_app(SETTINGS)
    app.test_client_class = OwnClient
    engine = app.extensions["database"]
    Base.metadata.create_all(engine)
    with Session(engine) as session, app.test_request_context():
        bind_session(app, lambda: session)
        if request.instance is not None:
            request.instance.client = app.test_client()
        yield app
    engine.dispose()


@pytest.fixture
def client(app):
    """A client of the application."""
    return app.test_client()
'''

_CREATE_USER = '''

def create_user(username, email="", password=None, **values):
    """Save a new user with a password. Django: ``User.objects.create_user``."""
    user = {user}(username=username, email=email or "", **values)
    user.set_password(password)
    save(user)
    return user
'''


def shipped_files(package: Path) -> Iterator[tuple[Path, str]]:
    """Yield what every ported site has a copy of, with its place."""
    for source in sorted(_SHIPPED.glob("*.py")):
        folder = (
            package if source.name == "database.py" else package / "template_filters"
        )
        yield folder / source.name, source.read_text(encoding="utf-8")


def site_files(project: Project, target: Path) -> Iterator[tuple[Path, str]]:
    """Yield the files that are made new: their places and texts."""
    package = target / project.package.replace(".", "/")
    yield from shipped_files(package)
    yield package / "application.py", _application(project)
    yield package / "users.py", _users(project)
    yield target / "conftest.py", _CONFTEST.format(package=project.package)
    if project.settings is None:
        yield package / "__init__.py", ""
        yield package / "config.py", _default_config()


def _default_config() -> str:
    return (
        '"""The settings of the application."""\n\n'
        'SECRET_KEY = "change me"\nDATABASE_URL = "sqlite:///site.sqlite3"\n'
    )


def _application(project: Project) -> str:
    static = modules.literal(project.values.get("STATIC_URL"))
    said = f', static_url_path="/{str(static).strip("/")}"' if static else ""
    return _APPLICATION.format(
        package=project.package,
        depth=project.package.count(".") + 1,
        models=_listed(_model_modules(project)),
        templates=_listed(_template_folders(project)),
        libraries=_listed([n for n in project.files if ".templatetags." in f".{n}"]),
        static=said,
        urls=_urls(project),
        user=project.models.user,
        user_import=_user_import(project),
    )


def _model_modules(project: Project) -> list[str]:
    paths = {model.path for model in project.models.by_name.values()} - {Path()}
    names = {modules.dotted(project.base, path) for path in paths}
    return sorted({*names, f"{project.package}.users"})


def _template_folders(project: Project) -> list[str]:
    folders = {
        next(p for p in path.parents if p.name in ("templates", "jinja2"))
        for path in project.templates.values()
    }
    return sorted(folder.relative_to(project.base).as_posix() for folder in folders)


def _listed(names: list[str]) -> str:
    if not names:
        return "[]"
    return "[\n" + "".join(f'    "{name}",\n' for name in names) + "]"


def _urls(project: Project) -> str:
    """Return what is registered: the root URLconf, or each one that is found."""
    root = modules.literal(project.values.get("ROOT_URLCONF"))
    found = modules.find(project.files, str(root)) if root else None
    names = (
        [found]
        if found
        else [p for p in project.urls.namespaces if p.name == "urls.py"]
    )
    entries = ", ".join(
        f'path("", include("{modules.dotted(project.base, path)}"))' for path in names
    )
    return f"[{entries}]"


def _user_import(project: Project) -> str:
    user = project.models.by_name[project.models.user]
    if user.path == Path():
        return f"from {project.package}.users import {user.name}"
    return f"from {modules.dotted(project.base, user.path)} import {user.name}"


def _users(project: Project) -> str:
    """Return the class of the users, and how one is made."""
    user = project.models.by_name[project.models.user]
    made = _CREATE_USER.format(user=user.name)
    if user.path != Path():
        head = '"""How a user is made."""\n\nfrom cbv.db import save\n'
        return f"{head}{_user_import(project)}\n{made}"
    source = (
        '"""The users, in Django\'s own table."""\n\n'
        "from django.contrib.auth.models import AbstractUser\n"
        "from django.db import models\nfrom django.utils import timezone\n\n"
        + USER.replace("models.Model", "AbstractUser")
    )
    text, _ = port_code(source, Path(), project)
    return (
        text.replace("from cbv.auth", "from cbv.db import save\nfrom cbv.auth", 1)
        + made
    )
