"""Say what a port has done: a screen of text, or the differences of every file."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path

from .notes import Note
from .port import Port

#: Lines of the report that list files and places, so that it fits one screen.
_FILES, _PLACES = 6, 10


def report(result: Port, base: Path) -> str:
    """Return what was ported and what is left, most work first.

    :param base: the folder that the names of files are relative to.

    Since 0.1.
    """
    lines = [file.lines for file in result.files]
    left = sum(file.left for file in result.files)
    ready = 100.0 if not sum(lines) else 100 * (1 - left / sum(lines))
    head = f"{len(result.files)} files, {sum(lines)} lines: {ready:.1f} % need no hand."
    parts = [*_errors(result, base), *_work(result, base), *_dropped(result, base)]
    return "\n".join([head, *parts])


def _dropped(result: Port, base: Path) -> Iterator[str]:
    if result.dropped:
        names = [_relative(path, base) for path in result.dropped]
        shown = ", ".join(names[:4]) + (" …" if len(names) > 4 else "")
        yield f"\nWithout a counterpart, {len(names)} files: {shown}"


def _errors(result: Port, base: Path) -> Iterator[str]:
    found = [(path, note) for path, note in result.notes if note.is_error]
    if found:
        yield f"\nBad input, {len(found)}:"
        yield from _listed(found, base)


def _work(result: Port, base: Path) -> Iterator[str]:
    files = sorted((f for f in result.files if f.left), key=lambda f: -f.left)
    if not files:
        yield "Nothing is left to do by hand."
        return
    yield f"\nLeft to do by hand, in {len(files)} files:"
    for file in files[:_FILES]:
        name = _relative(file.source or file.target, base)
        yield f"  {file.left:4} of {file.lines:4} lines  {name}"
    if len(files) > _FILES:
        rest = sum(file.left for file in files[_FILES:])
        yield f"  {rest:4} lines in {len(files) - _FILES} other files"
    yield ""
    notes = [(f.source or f.target, n) for f in files for n in f.notes]
    yield from _listed([(p, n) for p, n in notes if not n.is_error], base)


def _listed(found: list[tuple[Path, Note]], base: Path) -> Iterator[str]:
    for path, note in found[:_PLACES]:
        yield f"  {_relative(path, base)}:{note.line}: {note.text} (docs/{note.page})"
    if len(found) > _PLACES:
        yield f"  and {len(found) - _PLACES} more, each in a comment in its file"


def _relative(path: Path, base: Path) -> str:
    return str(path.relative_to(base) if path.is_relative_to(base) else path)


def differences(result: Port, target: Path) -> str:
    """Return a unified diff from the files of the project to the ported ones.

    Since 0.1.
    """
    parts: list[str] = []
    for file in result.files:
        before = file.before.splitlines(keepends=True)
        after = file.after.splitlines(keepends=True)
        old = str(file.source.relative_to(result.project.base)) if file.source else ""
        parts += difflib.unified_diff(
            before, after, old or "/dev/null", str(target / file.target)
        )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in parts)
