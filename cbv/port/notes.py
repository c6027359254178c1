"""What the port leaves to a person: where, why, and which page of the docs helps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

PAGE = "porting.md"


class Note(NamedTuple):
    """One place that needs a hand.

    ``lines`` says how many lines of the source it takes up. An error is bad input,
    such as a file that does not parse; anything else is a line that the port left.
    """

    line: int
    text: str
    page: str = PAGE
    lines: int = 1
    is_error: bool = False

    def __str__(self) -> str:
        return f"port: {self.text}; see docs/{self.page}"


class Untranslatable(Exception):
    """Raised where the port cannot decide; the line is left with this text."""

    def __init__(self, text: str, page: str = PAGE, is_error: bool = False) -> None:
        super().__init__(text)
        self.text = text
        self.page = page
        self.is_error = is_error

    def at(self, line: int, lines: int = 1) -> Note:
        """Return the note of this for a line of a file."""
        return Note(line, self.text, self.page, lines, self.is_error)


def lines_left(notes: Iterable[Note]) -> set[int]:
    """Return the numbers of the source's lines that notes take up."""
    return {note.line + n for note in notes for n in range(note.lines)}
