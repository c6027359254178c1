"""Turn Django's lookups (``author__name__icontains="x"``) into criteria of SQLAlchemy.

Everything is text: names of classes and of their attributes, and code of values.
"""

from __future__ import annotations

from collections.abc import Callable

from . import modules
from .model_facts import Models
from .notes import Untranslatable

PAGE = "coming-from-django.md"
#: What is compared, ``{c}``, with what, ``{v}``.
_OPERATORS = {
    "contains": "{c}.contains({v}, autoescape=True)",
    "endswith": "{c}.endswith({v}, autoescape=True)",
    "exact": "{c} == {v}",
    "gt": "{c} > {v}",
    "gte": "{c} >= {v}",
    "icontains": "{c}.icontains({v}, autoescape=True)",
    "iendswith": "{c}.iendswith({v}, autoescape=True)",
    "iexact": "func.lower({c}) == {v}.lower()",
    "in": "{c}.in_({v})",
    "isnull": "({c} == None) == {v}",
    "istartswith": "{c}.istartswith({v}, autoescape=True)",
    "lt": "{c} < {v}",
    "lte": "{c} <= {v}",
    "range": "{c}.between(*{v})",
    "regex": "{c}.regexp_match({v})",
    "startswith": "{c}.startswith({v}, autoescape=True)",
}
_PARTS = {"year", "month", "day", "hour", "minute", "second", "week", "quarter"}
_NULLS = {"True": "{c}.is_(None)", "False": "{c}.is_not(None)"}


class Lookups:
    """Writes criteria; ``need`` is called for each class that a criterion names."""

    def __init__(self, models: Models, need: Callable[[str, str], str]) -> None:
        self.models = models
        self.need = need

    def criterion(self, model: str, lookup: str, value: str) -> str:
        """Return the criterion for one keyword of ``filter``.

        :raises Untranslatable: for a model or a name that is not known.
        """
        if not self.models.fields(model):
            raise Untranslatable(f"whose {lookup} is meant is not known", PAGE)
        return self._criterion(model, lookup.split("__"), value)

    def attribute(self, model: str, name: str) -> str:
        """Return a column of a model.

        :raises Untranslatable: for a name that the model has not.
        """
        name = self.models.pk(model) if name == "pk" else name
        fields = self.models.fields(model)
        is_key = name.endswith("_id") and name.removesuffix("_id") in fields
        known = name in fields or is_key or name == self.models.pk(model)
        if not known:
            raise Untranslatable(f"{model} has no field {name}", PAGE)
        return f"{self.need('model', model)}.{name}"

    def path(self, model: str, names: str, loader: str) -> str:
        """Return a loader along relations: ``selectinload(A.b).selectinload(B.c)``."""
        steps = []
        for name in names.split("__"):
            target = self.models.relation(model, name)
            if not target:
                raise Untranslatable(f"{model} has no relation {name}", PAGE)
            steps.append(f"{loader}({self.need('model', model)}.{name})")
            model = target
        return ".".join(steps)

    def order(self, model: str, name: str) -> str:
        """Return what one name of ``order_by`` sorts by."""
        if name == "?":
            return f"{self.need('sqlalchemy', 'func')}.random()"
        plain = name.lstrip("-")
        if "__" in plain:
            raise Untranslatable("sorting by another table needs a join", PAGE)
        target = self.models.relation(model, plain)
        if target and self.models.by_name[target].meta.get("ordering"):
            raise Untranslatable("sorting by another table needs a join", PAGE)
        if target and plain in self.models.fields(model):
            plain = f"{plain}_id"
        column = self.attribute(model, plain)
        return f"{column}.desc()" if name.startswith("-") else column

    def ordering(self, model: str) -> tuple[list[str], list[str]]:
        """Return what ``Meta.ordering`` names: what can be sorted by, and the rest."""
        found = self.models.by_name.get(model)
        names = modules.literal(found.meta.get("ordering")) if found else None
        able: list[str] = []
        unable: list[str] = []
        for name in names if isinstance(names, (list, tuple)) else ():
            try:
                self.order(model, str(name))
                able.append(str(name))
            except Untranslatable:
                unable.append(str(name))
        return able, unable

    def _criterion(self, model: str, parts: list[str], value: str) -> str:
        head, rest = parts[0], parts[1:]
        target = self.models.relation(model, head)
        if not target:
            return self._compared(self.attribute(model, head), rest, value)
        column = f"{self.need('model', model)}.{head}"
        is_many = self.models.is_many(model, head)
        if not rest or rest == ["exact"]:
            return f"{column}.contains({value})" if is_many else f"{column} == {value}"
        if rest == ["isnull"]:
            return self._absent(column, value, is_many)
        if rest == ["in"]:
            rest = ["pk", "in"]
        if rest[0] in ("pk", self.models.pk(target)) and not is_many:
            if head in self.models.fields(model):
                return self._compared(f"{column}_id", rest[1:], value)
        inner = self._criterion(target, rest, value)
        return f"{column}.{'any' if is_many else 'has'}({inner})"

    def _absent(self, column: str, value: str, is_many: bool) -> str:
        found = f"{column}.any()" if is_many else f"{column}.has()"
        if value not in _NULLS:
            raise Untranslatable("isnull needs True or False", PAGE)
        return f"~{found}" if value == "True" else found

    def _compared(self, column: str, rest: list[str], value: str) -> str:
        if rest and rest[0] in _PARTS:
            self.need("sqlalchemy", "extract")
            column, rest = f'extract("{rest[0]}", {column})', rest[1:]
        elif rest and rest[0] == "date":
            self.need("sqlalchemy", "func")
            column, rest = f"func.date({column})", rest[1:]
        name = rest[0] if rest else "exact"
        if len(rest) > 1 or name not in _OPERATORS:
            raise Untranslatable(f"the lookup {'__'.join(rest)} is not known", PAGE)
        pattern = _OPERATORS[name]
        if name == "isnull" and value in _NULLS:
            pattern = _NULLS[value]
        if "func." in pattern:
            self.need("sqlalchemy", "func")
        return pattern.replace("{c}", column).replace("{v}", _atom(value))


def _atom(value: str) -> str:
    """Put what has blanks into parentheses, since an operator may follow."""
    is_one = value.replace("_", "").replace(".", "").isalnum() or value[-1] in ")]}\"'"
    return value if is_one else f"({value})"
