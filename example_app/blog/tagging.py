"""Tags as people type them: names with commas between.

Django twin: what django-taggit does for a ``TagField``.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from .models import Tag

MOST_TAGS = 10
LONGEST_TAG = 40


def split_tags(text: str | None) -> list[str]:
    """Return the names in a text, in lower case, each once, in the order given."""
    names = (" ".join(name.split()).lower() for name in (text or "").split(","))
    return list(dict.fromkeys(name for name in names if name))


def tags_named(session: Session, names: list[str]) -> list[Tag]:
    """Return the tags with these names; those that are new are added to the session."""
    query = select(Tag).where(Tag.name.in_(names))
    known = {tag.name: tag for tag in session.scalars(query)}
    return [known.get(name) or Tag(name=name) for name in names]
