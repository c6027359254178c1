"""The twin of the example as a project of its own, as Django people have one."""

from __future__ import annotations

import importlib
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path

import example_app

TESTS = Path(__file__).parents[1]
TWINS = Path(example_app.__file__).parent / "django_twins"
MANAGE = (
    'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site1.settings")\n'
)


def make_twin(folder):
    """Write the twin with its settings and templates into a folder."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(TWINS, folder / "django_twins", ignore=ignored)
    shutil.copytree(TESTS / "django_twin" / "templates", folder / "templates")
    package = folder / "site1"
    package.mkdir()
    (package / "__init__.py").write_text("")
    settings = (TESTS / "django_twin" / "settings.py").read_text()
    settings = settings.replace("example_app.django_twins", "django_twins")
    settings = settings.replace("parent /", "parents[1] /")
    (package / "settings.py").write_text(settings)
    (folder / "manage.py").write_text(MANAGE)
    return folder


@contextmanager
def importable(folder):
    """Let modules be imported from a folder, and forget them afterwards."""
    known = set(sys.modules)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in set(sys.modules) - known:
            if str(folder) in str(getattr(sys.modules[name], "__file__", "")):
                del sys.modules[name]
