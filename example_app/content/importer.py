"""A whole blog from a file: one JSON object a line, oldest post first.

Django twin: a management command over ``bulk_create``. Posts are known by their
``path`` and authors by their name, so a second run adds nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from datetime import datetime
from datetime import time
from itertools import chain
from itertools import count
from itertools import islice
from typing import Any
from typing import BinaryIO

from sqlalchemy import insert
from sqlalchemy import select
from sqlalchemy.exc import DataError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from example_app.blog.models import CONTENT_LENGTH
from example_app.blog.models import Post
from example_app.blog.models import post_authors
from example_app.blog.models import slugify
from example_app.blog.models import User

#: Posts that are saved together; a fault loses none of those before it.
CHUNK = 100
LONGEST_LINE = 5_000_000
LONGEST_NAME = 150

_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")

#: Field, longest value, whether it must be there.
_TEXTS = (
    ("title", 200, True),
    ("slug", 120, True),
    ("path", 200, True),
    ("content", CONTENT_LENGTH, True),
    ("section", 50, False),
    ("team", 100, False),
    ("description", 500, False),
)


class BrokenLine(ValueError):
    """Say which line of the file cannot be taken, and why.

    Raised by :func:`load` after everything before that line was saved.
    """

    def __init__(self, number: int, why: str) -> None:
        super().__init__(f"line {number}: {why}")


@dataclass(frozen=True)
class Entry:
    """One line of the file, checked: ``texts`` are columns of Post."""

    number: int
    texts: dict[str, str | None]
    date_posted: datetime
    authors: tuple[str, ...]


@dataclass
class Report:
    """What a run did."""

    added: int = 0
    known: int = 0
    authors: int = 0


def load(
    file: BinaryIO,
    session: Session,
    advance: Callable[[int], object] = lambda size: None,
) -> Report:
    """Add the posts of a file that are not there yet, and their authors.

    :param file: opened for reading bytes.
    :param advance: called with the size in bytes of each line that was read.
    :raises BrokenLine: at the first line that cannot be taken; what stands before it
        is saved.
    """
    report = Report()
    for chunk, fault in _chunks(read(file, advance)):
        _save(session, chunk, report)
        if fault is not None:
            raise fault
    return report


def read(file: BinaryIO, advance: Callable[[int], object]) -> Iterator[Entry]:
    """Give the lines of a file as entries; blank ones are passed over.

    :raises BrokenLine: at the first line that cannot be taken.
    """
    for number in count(1):
        line = file.readline(LONGEST_LINE + 1)
        if not line:
            return
        advance(len(line))
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if line.strip():
            try:
                yield _entry(number, line)
            except ValueError as error:
                raise BrokenLine(number, str(error)) from None


def _chunks(
    entries: Iterator[Entry],
) -> Iterator[tuple[list[Entry], BrokenLine | None]]:
    """Give entries by the hundred; with the last ones the fault that ended the file."""
    fault: BrokenLine | None = None
    complete = True
    while complete and fault is None:
        chunk: list[Entry] = []
        try:
            for entry in islice(entries, CHUNK):
                chunk.append(entry)  # noqa: PERF402 - keeps those before the fault
        except BrokenLine as error:
            fault = error
        complete = len(chunk) == CHUNK
        yield chunk, fault


# --- one line --------------------------------------------------------------------


def _entry(number: int, line: bytes) -> Entry:
    fields = _object(line)
    texts = {
        name: _text(fields.get(name), name, longest, required)
        for name, longest, required in _TEXTS
    }
    if "/" in str(texts["slug"]):
        raise ValueError("'slug' holds a slash")
    return Entry(
        number, texts, _moment(fields.get("date_posted")), _names(fields.get("authors"))
    )


def _object(line: bytes) -> dict[str, Any]:
    if len(line) > LONGEST_LINE:
        raise ValueError(f"longer than {LONGEST_LINE:,} bytes")
    try:
        found = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise ValueError("not valid UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"not valid JSON ({error.msg})") from None
    except (RecursionError, ValueError):
        raise ValueError("not valid JSON (too deep or too long a number)") from None
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")
    return found


def _text(value: object, name: str, longest: int, required: bool) -> str | None:
    """Return a text that every database can hold, None for one that is not given."""
    if value is None and not required:
        return None
    if value is None:
        raise ValueError(f"{name!r} is missing")
    if not isinstance(value, str):
        raise ValueError(f"{name!r} is not a text")
    if required and not value.strip():
        raise ValueError(f"{name!r} is empty")
    if len(value) > longest:
        raise ValueError(f"{name!r} is longer than {longest:,} characters")
    if re.search("[\0\ud800-\udfff]", value):
        raise ValueError(f"{name!r} holds a NUL or a lone surrogate")
    return value


def _moment(value: object) -> datetime:
    text = str(_text(value, "date_posted", 40, required=True))
    try:
        if not _DAY.fullmatch(text):
            raise ValueError
        return datetime.combine(date.fromisoformat(text), time.min)
    except ValueError:
        raise ValueError(
            f"'date_posted' is no day of the calendar (YYYY-MM-DD): {text!r}"
        ) from None


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError("'authors' is not a list of at least one name")
    names = [_text(name, "authors", LONGEST_NAME, required=True) for name in value]
    return tuple(dict.fromkeys(str(name) for name in names))


# --- saving ----------------------------------------------------------------------


def _save(session: Session, chunk: list[Entry], report: Report) -> None:
    """Save a chunk, or one by one what the database refuses to take together.

    :raises BrokenLine: for the entry that it refuses alone.
    """
    try:
        new = _unknown(session, chunk)
        writers, made = _writers(session, new)
        _insert(session, new, writers)
        session.commit()
    except (IntegrityError, DataError):
        session.rollback()
        if len(chunk) == 1:
            raise BrokenLine(chunk[0].number, "the database refuses it") from None
        for entry in chunk:
            _save(session, [entry], report)
    else:
        report.added += len(new)
        report.known += len(chunk) - len(new)
        report.authors += made


def _unknown(session: Session, chunk: list[Entry]) -> list[Entry]:
    """Return the entries whose path is not saved; of equal paths the first."""
    by_path: dict[str | None, Entry] = {}
    for entry in chunk:
        by_path.setdefault(entry.texts["path"], entry)
    saved = set(session.scalars(select(Post.path).where(Post.path.in_(by_path))))
    return [entry for path, entry in by_path.items() if path not in saved]


def _writers(session: Session, new: list[Entry]) -> tuple[dict[str, int], int]:
    """Return the keys of all authors by name, and how many were made for it."""
    names = list(dict.fromkeys(name for entry in new for name in entry.authors))
    query = select(User.author_name, User.id).where(User.author_name.in_(names))
    found = {str(name): key for name, key in session.execute(query)}
    missing = [name for name in names if name not in found]
    found |= {name: _make_user(session, name) for name in missing}
    return found, len(missing)


def _make_user(session: Session, name: str) -> int:
    """Save a user whom nobody can log in as, under a user name that is still free."""
    base = slugify(name, "author")
    user = User(username=_free_username(session, base), author_name=name)
    user.set_unusable_password()
    session.add(user)
    session.flush()
    return user.id


def _free_username(session: Session, base: str) -> str:
    taken = set(
        session.scalars(select(User.username).where(User.username.startswith(base)))
    )
    numbered = (f"{base}-{number}" for number in count(2))
    return next(name for name in chain([base], numbered) if name not in taken)


def _insert(session: Session, new: list[Entry], writers: dict[str, int]) -> None:
    if not new:
        return
    rows = [
        {
            **entry.texts,
            "date_posted": entry.date_posted,
            "author_id": writers[entry.authors[0]],
        }
        for entry in new
    ]
    keys = session.scalars(
        insert(Post).returning(Post.id, sort_by_parameter_order=True), rows
    )
    named = [
        {"post_id": key, "user_id": writers[name], "position": position}
        for key, entry in zip(keys, new, strict=True)
        for position, name in enumerate(entry.authors)
    ]
    session.execute(insert(post_authors), named)
