"""README and docs: Python runs as printed, links lead somewhere, trees are true."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import Generic

import pytest

import cbv
import cbv.auth

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
TEXTS = [*PAGES, ROOT / "CHANGES.md", ROOT / "CONTRIBUTING.md"]

#: A fenced block: its language, what else stands on that line, its lines.
BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^]]*\]\(([^)#:\s]+)(?:#[^)]*)?\)")


def blocks(page):
    """Yield the line, the language with its notes, and the text of each block."""
    text = page.read_text()
    for found in BLOCK.finditer(text):
        line = text.count("\n", 0, found.start()) + 2
        yield line, (found[1] + found[2]).strip(), found[3]


def program(page):
    """Return the Python of a page as one program whose lines stand where they stand.

    A word behind the language, as in ```` ```python django ````: it only compiles.
    """
    lines = []
    for line, language, text in blocks(page):
        if language == "python":
            lines += [""] * (line - 1 - len(lines))
            lines += text.splitlines()
    return "\n".join(lines)


#: Runs a file as ``page``: its own faults are errors, Flask-Login's utcnow() is not.
START = """
import runpy, sys, warnings
warnings.simplefilter("error")
warnings.filterwarnings("ignore", module="flask_login")
sys.path[:0] = sys.argv[2:]
runpy.run_path(sys.argv[1], run_name="page")
"""


def run(name, text, folder):
    """Run a program in an empty folder, warnings as errors; fail with what it said."""
    script = folder / name
    script.write_text(text)
    done = subprocess.run(
        [sys.executable, "-c", START, str(script), str(DOCS), str(ROOT)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_python_of_a_page_runs(page, tmp_path):
    run(f"{page.stem}.md.py", program(page), tmp_path)


VISIT = """
client = app.test_client()
assert client.get("/").status_code == 200
token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/new").text)[1]
data = {"csrf_token": token, "text": "Buy milk"}
answer = client.post("/new", data=data, follow_redirects=True)
assert answer.request.path == "/" and "Buy milk" in answer.text
assert client.post("/new", data={**data, "text": ""}).status_code == 200
assert client.post("/new", data={"text": "forged"}).status_code == 400
"""


def test_the_application_in_the_readme_lists_and_saves_notes(tmp_path):
    run("notes.py", f"import re\n{program(ROOT / 'README.md')}\n{VISIT}", tmp_path)


def test_the_application_in_the_readme_has_15_lines_besides_its_imports():
    lines = [line for line in program(ROOT / "README.md").splitlines() if line.strip()]
    assert len([line for line in lines if "import" not in line]) <= 15


# --- trees ----------------------------------------------------------------------------

CORE = tuple(
    f"cbv.views.{name}" for name in ("base", "detail", "edit", "list", "filtering")
)


def tree(root, indent=""):
    """Return the lines below a class: each class under the first of its bases."""
    below = [
        found
        for found in (getattr(cbv, name) for name in cbv.__all__)
        if isinstance(found, type) and found.__module__ in CORE
        if found.__bases__[0] is root
    ]
    below.sort(key=lambda found: (CORE.index(found.__module__), first_line(found)))
    for found in below:
        last = found is below[-1]
        others = [base.__name__ for base in found.__bases__[1:] if base is not Generic]
        yield (
            indent + ("└─ " if last else "├─ ") + " + ".join([found.__name__, *others])
        )
        yield from tree(found, indent + ("   " if last else "│  "))


def first_line(found):
    return inspect.getsourcelines(found)[1]


@pytest.mark.parametrize("page", ["README.md", "docs/index.md"])
def test_the_class_tree_is_true(page):
    expected = "\n".join(["View", *tree(cbv.View)])
    assert expected in (ROOT / page).read_text(), expected


# --- hooks ---------------------------------------------------------------------------


def hooks_of(page):
    """Yield each class and hook that a page says is Django's, unchanged."""
    table = (
        page.read_text().partition("same name, same meaning")[2].partition("\n\n")[0]
    )
    for row in table.splitlines()[2:]:
        owner, same = row.strip("| ").split(" | ")[:2]
        for hook in re.findall(r"`(\w+)`", same):
            yield owner.strip("`"), hook


@pytest.mark.parametrize(
    ("owner", "hook"), [*hooks_of(DOCS / "coming-from-django.md")], ids=str
)
def test_the_hooks_that_a_migrant_is_promised_are_there(owner, hook):
    found = getattr(cbv, owner, None) or getattr(cbv.auth, owner)
    assert hasattr(found, hook)


# --- links ----------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_python_that_is_only_shown_compiles(page):
    for line, language, text in blocks(page):
        if language.startswith("python"):
            compile("\n" * (line - 1) + text, page.name, "exec")


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    targets = LINK.findall(page.read_text())
    lost = [target for target in targets if not (page.parent / target).exists()]
    assert not lost


def test_every_page_is_in_the_index():
    linked = set(LINK.findall((DOCS / "index.md").read_text()))
    assert {page.name for page in DOCS.glob("*.md")} - {"index.md"} <= linked


# --- the map of the house -------------------------------------------------------------

MAP = DOCS / "architecture.md"


def test_the_drawing_of_the_wings_is_what_the_imports_say():
    done = subprocess.run(
        [sys.executable, str(DOCS / "wings.py")],
        capture_output=True,
        text=True,
        check=True,
    )
    [drawn] = [text for _, language, text in blocks(MAP) if language == "mermaid"]
    assert drawn == done.stdout


def places():
    """Yield each name in code on the map with the file of the next link in its row."""
    for row in MAP.read_text().partition("## Where do I change")[2].splitlines()[4:]:
        where = row.split(" | ")[1]
        for found in re.finditer(r"`(?:\w+\.)?(\w+)(?:\(\))?`", where):
            yield found[1], LINK.findall(where, found.end())[0]


@pytest.mark.parametrize(("name", "target"), [*places()], ids=str)
def test_what_the_map_names_is_where_it_says(name, target):
    text = (DOCS / target).read_text()
    assert re.search(
        rf"^\s*(class {name}\b|def {name}\(|(self\.)?{name}\b.* = )", text, re.MULTILINE
    ), target
