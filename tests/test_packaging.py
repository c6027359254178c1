"""Wheel and sdist: built, installed where only what they declare is there, and used."""

from __future__ import annotations

import email
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.packaging

ROOT = Path(__file__).parents[1]

#: Imports every module of cbv, as only an installed one can be, and renders a template.
USE = """
import importlib, pkgutil, sys, warnings
warnings.simplefilter("error")
import cbv
assert "site-packages" in cbv.__file__, cbv.__file__
for module in pkgutil.walk_packages(cbv.__path__, "cbv."):
    extras = ("cbv.tasks.celery", "cbv.port", "cbv.pytest_plugin")
    if not module.name.startswith(extras):  # they need more than cbv declares
        importlib.import_module(module.name)

from flask import Flask

class Names(cbv.ListView):
    queryset = ["Ada", "Grace"]
    template_name = "cbv/object_list.html"

app = Flask("clean", static_folder=None)
app.secret_key = "clean"
cbv.CBV(app)
app.add_url_rule("/", view_func=Names.as_view())
answer = app.test_client().get("/")
assert answer.status_code == 200 and "Grace" in answer.text, answer.text
print("used")
"""


def run(*command, **options):
    """Run a command; fail with what it said."""
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder with the sdist, and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", folder, ROOT)
    return folder


@pytest.fixture
def wheel(built):
    return next(built.glob("*.whl"))


@pytest.fixture
def sdist(built):
    return next(built.glob("*.tar.gz"))


def shipped():
    """Return what of cbv is for users, relative to the checkout."""
    return {
        str(path.relative_to(ROOT))
        for path in (ROOT / "cbv").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


def test_the_wheel_holds_the_whole_package_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = {n for n in archive.namelist() if ".dist-info/" not in n}
    assert names == shipped()


def test_the_wheel_holds_the_licence(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = {n.partition(".dist-info/")[2] for n in archive.namelist()}
    assert {"METADATA", "licenses/LICENSE"} <= names


#: Bytes; 300 kB were meant, before the port of Django sites came in.
LARGEST_WHEEL = 520_000


def test_the_wheel_is_small(wheel):
    assert wheel.stat().st_size <= LARGEST_WHEEL


def test_the_metadata_says_what_a_user_may_want_to_know(wheel):
    with zipfile.ZipFile(wheel) as archive:
        [name] = [n for n in archive.namelist() if n.endswith("/METADATA")]
        metadata = email.message_from_bytes(archive.read(name))
    assert metadata["License-Expression"] == "BSD-3-Clause"
    assert metadata["Requires-Python"] == ">=3.11"
    pythons = [c for c in metadata.get_all("Classifier") if ":: 3." in c]
    assert [c.rpartition(" ")[2] for c in pythons] == ["3.11", "3.12", "3.13"]
    # What the tests and the example need is nobody's extra.
    assert not {"dev", "example", "test"} & set(metadata.get_all("Provides-Extra"))


def test_the_sdist_holds_the_package(sdist):
    with tarfile.open(sdist) as archive:
        names = {n.partition("/")[2] for n in archive.getnames()}
    assert shipped() <= names


def test_the_tests_in_the_sdist_run(sdist, tmp_path):
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    [root] = tmp_path.iterdir()
    clean = {k: v for k, v in os.environ.items() if not k.startswith("COV_")}
    chosen = ("tests/test_architecture.py", "tests/test_docs.py", "tests/views")
    options = ("-q", "-p", "no:cacheprovider", "-k", "not browser")
    said = run(sys.executable, "-m", "pytest", *options, *chosen, cwd=root, env=clean)
    assert " passed" in said
    run(sys.executable, "-m", "pytest", "--co", "-q", "tests", cwd=root, env=clean)


@pytest.fixture(params=["*.whl", "*.tar.gz"], scope="module")
def python(request, built, tmp_path_factory):
    """A Python with nothing but the package and what it declares."""
    folder = tmp_path_factory.mktemp("env")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    run(python, "-m", "pip", "install", "-qq", next(built.glob(request.param)))
    return python


def test_it_works_with_only_what_it_declares(python, tmp_path):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("COV_")}
    assert "used" in run(python, "-I", "-c", USE, cwd=tmp_path, env=clean)


def test_a_user_s_strict_mypy_reads_its_types(python, tmp_path):
    typed = tmp_path / "views.py"
    typed.write_text((ROOT / "tests" / "typing" / "view_types.py").read_text())
    options = ("--strict", "--config-file=", "--python-executable", python)
    run(sys.executable, "-m", "mypy", *options, typed.name, cwd=tmp_path)
