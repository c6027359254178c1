"""The rows that a foreign key or relationship can point to, and their keys as texts.

Django: the ``queryset`` and ``to_field_name`` of ``ModelChoiceField``.
"""

from __future__ import annotations

from typing import Any
from typing import NamedTuple

from sqlalchemy import Select

from ..db.columns import coerce
from ..db.columns import column_of
from ..db.columns import is_mapped
from ..db.columns import key_text
from ..db.columns import without_proxy

#: The types of keys that are their own text; all others are asked for theirs.
_OWN_TEXT = (int, str)


class Target(NamedTuple):
    """The rows that a foreign key or relationship can point to, and their keys.

    A key is a tuple with one value for each attribute in ``names``.
    """

    #: The mapped class of the rows.
    model: Any
    #: The attributes of a row whose values make its key.
    names: tuple[str, ...]
    #: The attributes of the form's own object that hold that key; () for a
    #: many-to-many relationship.
    local: tuple[str, ...]
    #: True where the field's ``data`` is the row itself (a relationship), False where
    #: it is the value of the key (a foreign key column).
    whole: bool
    #: Selects all rows that may be chosen, where the field has no ``choices``.
    statement: Select[Any]

    def key_of(self, row: Any) -> tuple[Any, ...]:
        """Return the key of a row; a value that is a key already, as a tuple."""
        row = without_proxy(row)
        if is_mapped(type(row)):
            return self.values_of(row)
        return tuple(row) if isinstance(row, (tuple, list)) else (row,)

    def values_of(self, row: Any) -> tuple[Any, ...]:
        """Return the key of a row."""
        return tuple([getattr(row, name) for name in self.names])

    def parse(self, text: Any) -> tuple[Any, ...]:
        """Return the key that a posted text stands for.

        :param text: the values of the key, with commas between them; a comma within
            one is written ``%2C``, and a per cent sign ``%25``.
        :raises ValueError: when the columns of the key cannot hold such values.
        """
        parts = [text]
        if len(self.names) > 1:
            parts = [p.replace("%2C", ",").replace("%25", "%") for p in text.split(",")]
        if len(parts) != len(self.names):
            raise ValueError("not a key of so many columns")
        return tuple(map(coerce, self._columns(), parts))

    def text_of(self, key: tuple[Any, ...]) -> str:
        """Return the text of a key, which :meth:`parse` reads: ``3``, or ``3,7``."""
        if len(key) == 1 and type(key[0]) in _OWN_TEXT:
            return str(key[0])
        parts = list(map(key_text, self._columns(), key))
        if len(parts) > 1:
            parts = [p.replace("%", "%25").replace(",", "%2C") for p in parts]
        return ",".join(parts)

    def _columns(self) -> list[Any]:
        return [column_of(self.model, name) for name in self.names]
