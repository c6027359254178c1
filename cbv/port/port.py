"""Port a project: which file becomes which, and what is left in each.

``flask cbv port`` shows what :func:`port` returns, or writes it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path

from .code import port_code
from .notes import lines_left
from .notes import Note
from .project import DROPPED
from .project import Project
from .project import read_project
from .settings import port_settings
from .site import site_files
from .template import port_template


@dataclass
class Ported:
    """One file: where it comes from, where it goes, what it was and is.

    A file that is made new has no ``source``; one that is copied has no notes.
    """

    target: Path
    content: bytes
    source: Path | None = None
    before: str = ""
    after: str = ""
    notes: list[Note] = field(default_factory=list)

    @property
    def lines(self) -> int:
        """How many lines of the source say something."""
        return sum(_says(line) for line in self.before.splitlines())

    @property
    def left(self) -> int:
        """How many of them need a hand."""
        numbers = lines_left(self.notes)
        lines = enumerate(self.before.splitlines(), 1)
        return sum(_says(line) for number, line in lines if number in numbers)


def _says(line: str) -> bool:
    """Tell whether a line is code or text, not blank and not a comment."""
    line = line.strip()
    return bool(line) and not line.startswith("#")


@dataclass
class Port:
    """A ported project: its files, and what could not be read at all."""

    project: Project
    files: list[Ported] = field(default_factory=list)
    dropped: list[Path] = field(default_factory=list)

    @property
    def notes(self) -> list[tuple[Path, Note]]:
        """Every note with the file of the source, errors first, then as they come."""
        found = list(self.project.faults)
        for file in self.files:
            found += [(file.source or file.target, note) for note in file.notes]
        return found

    @property
    def has_errors(self) -> bool:
        """Tell whether some input was bad."""
        return any(note.is_error for _, note in self.notes)


def port(root: Path, target: Path, parts: Sequence[str] = ()) -> Port:
    """Return a project turned into one for Flask and cbv; nothing is written.

    :param root: the folder of the Django project.
    :param target: the folder for the new one.
    :param parts: what to port: some of :data:`PARTS`, all without any.
    :raises FileNotFoundError: when there is no such folder.

    Since 0.1.
    """
    if not root.is_dir():
        raise FileNotFoundError(root)
    project = read_project(root.resolve(), target.resolve())
    result = Port(project)
    project.faults += project.urls.faults
    for name in parts or PARTS:
        result.files += _PARTS[name](project)
    result.dropped = [path for path in project.texts if path.name in DROPPED]
    return result


def _templates(project: Project) -> Iterator[Ported]:
    for name, path in project.templates.items():
        before = project.texts[path]
        after, notes = port_template(before.text, project.known, name)
        yield Ported(
            path.relative_to(project.base),
            before.encoded(after),
            path,
            before.text,
            after,
            notes,
        )


def _code(project: Project, is_wanted: Callable[[Path], bool]) -> Iterator[Ported]:
    for path in project.trees:
        if path.name in DROPPED or path == project.settings or not is_wanted(path):
            continue
        before = project.texts[path]
        after, notes = _turned(project, path)
        place = path.relative_to(project.base)
        if path.name == "tests.py":
            place = place.with_name(f"test_{project.labels[path]}.py")
        yield Ported(place, before.encoded(after), path, before.text, after, notes)


def _turned(project: Project, path: Path) -> tuple[str, list[Note]]:
    """Port one file; a file that a rule fails for stays as it is, and is named."""
    before = project.texts[path].text
    try:
        after, notes = port_code(before, path, project)
        ast.parse(after)
    except Exception as error:  # one strange file must not stop the others
        text = f"it could not be turned: {type(error).__name__}: {error}"
        lines = before.count("\n") + 1
        return before, [Note(1, " ".join(text.split()), lines=lines, is_error=True)]
    return after, notes


def _views(project: Project) -> Iterator[Ported]:
    """Port everything in Python but the models: views, forms, URLconfs, tests."""
    models = {model.path for model in project.models.by_name.values()}
    return _code(project, lambda path: path not in models)


def _models(project: Project) -> Iterator[Ported]:
    models = {model.path for model in project.models.by_name.values()}
    return _code(project, lambda path: path in models)


def _site(project: Project) -> Iterator[Ported]:
    """Port the settings, add what is new, and copy static files to one folder."""
    if project.settings is not None:
        path, before = project.settings, project.texts[project.settings]
        after, notes = port_settings(project, path)
        place = Path(project.package.replace(".", "/")) / "config.py"
        yield Ported(place, before.encoded(after), path, before.text, after, notes)
    for place, text in site_files(project, Path()):
        yield Ported(place, text.encode(), after=text)
    for path in project.others:
        folders = [folder for folder in path.parents if folder.name == "static"]
        if folders:
            place = Path("static") / path.relative_to(folders[-1])
            yield Ported(place, path.read_bytes(), path)


_PARTS: dict[str, Callable[[Project], Iterator[Ported]]] = {
    "templates": _templates,
    "views": _views,
    "models": _models,
    "settings": _site,
}
#: What can be ported alone.
PARTS = tuple(_PARTS)
