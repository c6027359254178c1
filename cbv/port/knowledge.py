"""What the port knows of a project when it turns one of its files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field

#: Methods of Django's own objects that its templates call by their bare names.
METHODS = frozenset(
    {
        "end_index",
        "get_absolute_url",
        "get_all_permissions",
        "get_full_name",
        "get_short_name",
        "get_username",
        "has_next",
        "has_other_pages",
        "has_previous",
        "isoformat",
        "items",
        "keys",
        "next_page_number",
        "previous_page_number",
        "start_index",
        "strip",
        "upper",
        "values",
    }
)


@dataclass
class Knowledge:
    """Names of the project: its addresses, and what the attributes of its objects are.

    ``addresses`` has, by endpoint, the variables of each of its rules in order.
    ``dates`` says of an attribute whether it is a ``DATE``, ``DATETIME`` or ``TIME``.
    """

    addresses: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    methods: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    relations: set[str] = field(default_factory=set)
    dates: dict[str, str] = field(default_factory=dict)
    filters: set[str] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)

    def is_method(self, name: str) -> bool:
        """Tell whether templates mean a call by this attribute, and nothing else."""
        display = name.startswith("get_") and name.endswith("_display")
        return display or (self._may_be_method(name) and name not in self.attributes)

    def is_unclear(self, name: str) -> bool:
        """Tell whether one class has a method of this name and another a column."""
        return name in self.attributes and self._may_be_method(name)

    def _may_be_method(self, name: str) -> bool:
        return name in METHODS or name in self.methods

    def argument_names(
        self, endpoint: str, count: int, given: Sequence[str]
    ) -> tuple[str, ...] | None:
        """Return the names of URL values given by position; None if no rule fits."""
        for names in self.addresses.get(endpoint, ()):
            if len(names) == count + len(given) and set(given) <= set(names):
                return tuple(name for name in names if name not in given)
        return None
