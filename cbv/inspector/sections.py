"""The result format of the inspector: titled tables, for the terminal and for pages."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence
from typing import NamedTuple


class Section(NamedTuple):
    """A heading, which may be "", and a table below it: rows of texts.

    Since 0.1.
    """

    title: str
    rows: Sequence[tuple[str, ...]]


def as_text(sections: Iterable[Section]) -> str:
    """Return sections as plain text with aligned columns, for the terminal.

    Since 0.1.
    """
    return "\n\n".join(_section_text(section) for section in sections)


def _section_text(section: Section) -> str:
    lines = [section.title] if section.title else []
    widths = _widths(section.rows)
    for row in section.rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        lines.append(f"  {'  '.join(cells)}".rstrip())
    return "\n".join(lines)


def _widths(rows: Iterable[tuple[str, ...]]) -> list[int]:
    """Return the width of each column, in characters; rows may differ in length."""
    widths: list[int] = []
    for row in rows:
        widths += [0] * (len(row) - len(widths))
        widths = [
            max(width, len(row[n]) if n < len(row) else 0)
            for n, width in enumerate(widths)
        ]
    return widths
