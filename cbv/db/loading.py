"""Build the loader options that read related rows together with a statement's objects.

Django: ``QuerySet.select_related`` and ``prefetch_related``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy.orm import joinedload
from sqlalchemy.orm import selectinload

from ..exceptions import misconfigured
from .columns import mapper_of


def loader(owner: object, model: Any, path: str) -> Any:
    """Return the loader option for a relationship of a mapped class.

    To-one relationships are joined; collections are read by a second statement.

    :param owner: the view; an error names its class.
    :param path: a relationship, or a dotted path of them such as ``author.country``.
    :raises ImproperlyConfigured: for a name that is not a relationship.
    """
    try:
        return _load_option(model, path)
    except _NoRelationship as error:
        name, relationships = error.args
        problem = f"has related = {path!r}, but {name!r} is no relationship"
        cure = f"name a relationship ({relationships})"
        raise misconfigured(owner, problem, cure) from None


class _NoRelationship(LookupError):
    """A name on a path is not a relationship; carries it and the existing ones."""


@lru_cache(maxsize=512)
def _load_option(model: Any, path: str) -> Any:
    option: Any = None
    for name in path.split("."):
        relationships: Any = mapper_of(model).relationships if model else {}
        if name not in relationships:
            existing = ", ".join(sorted(relationships.keys())) or "none"
            raise _NoRelationship(name, existing)
        start: Any = option if option is not None else _Loaders
        many = relationships[name].uselist
        load = start.selectinload if many else start.joinedload
        option = load(getattr(model, name))
        model = relationships[name].mapper.class_
    return option


class _Loaders:
    """The start of a chain of loader options, with the method names of its links."""

    joinedload = staticmethod(joinedload)
    selectinload = staticmethod(selectinload)
