"""Port a project: which file becomes which, and what is left in each.

``flask cbv port`` shows what :func:`port` returns, or writes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path

from .notes import lines_left
from .notes import Note
from .project import DROPPED
from .project import Project
from .project import read_project
from .template import port_template

PARTS = ("templates", "views", "models", "settings")


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


def port(root: Path, target: Path, parts: tuple[str, ...] = PARTS) -> Port:
    """Return a project turned into one for Flask and cbv; nothing is written.

    :param root: the folder of the Django project.
    :param target: the folder for the new one.
    :param parts: what to port: some of :data:`PARTS`.
    :raises FileNotFoundError: when there is no such folder.

    Since 0.1.
    """
    if not root.is_dir():
        raise FileNotFoundError(root)
    project = read_project(root.resolve(), target.resolve())
    result = Port(project)
    project.faults += project.urls.faults
    if "templates" in parts:
        result.files += _templates(project)
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
