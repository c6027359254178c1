"""Read ``choices`` in every shape that WTForms and Django know, groups included.

A list of values, of pairs of value and label, or of rows; a dict of labels by value; a
dict of any of these by group, or Django's nested pairs ``(group, [...])``.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from enum import Enum
from typing import Any

from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from ..translation import gettext


def flat(choices: Any, group: str | None = None) -> Iterator[tuple[Any, str | None]]:
    """Yield each item of ``choices`` with the name of its group, None without one.

    :param choices: an item is a value, a row, a pair of value and label, or WTForms'
        ``SelectChoice``.
    """
    items = choices.items() if isinstance(choices, Mapping) else choices
    for item in items:
        if _is_group(item):
            yield from flat(item[1], str(item[0]))
        else:
            yield item, getattr(item, "optgroup", None) or group


def _is_group(item: Any) -> bool:
    """Tell whether an item is a name with the choices of a group."""
    is_pair = isinstance(item, (tuple, list)) and len(item) == 2
    return is_pair and isinstance(item[1], (tuple, list, Mapping))


def as_choice(item: Any) -> Any:
    """Return an item that is no row as a ``SelectChoice``."""
    if isinstance(item, SelectChoice):
        return item
    if isinstance(item, (tuple, list)):
        return SelectChoice(*item)
    return SelectChoice(item, label_of_value(item))


def label_of_value(value: Any) -> str:
    """Return the label of a value without one: an enum member's ``label``, text, name.

    Django: ``Choices.label``.
    """
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if not isinstance(value, Enum):
        return str(value)
    label = getattr(value, "label", None)
    if isinstance(label, str):
        return label
    if isinstance(value, str):
        return str(value.value)
    return value.name.lower().replace("_", " ").capitalize()
