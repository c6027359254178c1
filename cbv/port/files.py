"""Read and write a project's texts: encoding, byte order mark and line ends stay."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from .notes import Untranslatable

_BOM = b"\xef\xbb\xbf"
#: Folders that are no part of a project's own code.
_FOREIGN = {"__pycache__", "node_modules", "migrations", "site-packages", "htmlcov"}


class Text(NamedTuple):
    """A text, and how it stands in its file."""

    text: str
    encoding: str = "utf-8"
    has_bom: bool = False

    def encoded(self, text: str) -> bytes:
        """Return another text as the bytes of such a file."""
        return (_BOM if self.has_bom else b"") + text.encode(self.encoding)


def read(path: Path) -> Text:
    """Return the text of a file; a Python file may name its own encoding.

    :raises Untranslatable: for bytes that are no text.
    """
    content = path.read_bytes()
    has_bom = content.startswith(_BOM)
    content = content.removeprefix(_BOM)
    try:
        encoding = _encoding(path, content)
        return Text(content.decode(encoding), encoding, has_bom)
    except (UnicodeDecodeError, SyntaxError, LookupError) as error:
        raise Untranslatable(f"it is no text: {error}", is_error=True) from error


def _encoding(path: Path, content: bytes) -> str:
    if path.suffix != ".py":
        return "utf-8"
    return tokenize.detect_encoding(io.BytesIO(content).readline)[0]


def walk(root: Path) -> Iterator[Path]:
    """Yield the files of a project, in order; what others made of it is left out."""
    for path in sorted(root.iterdir()):
        if path.name in _FOREIGN or path.name.startswith("."):
            continue
        if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
            continue
        if not path.is_dir():
            yield path
        elif not (path / "pyvenv.cfg").exists():
            yield from walk(path)
