"""How many forms a formset has, and the hidden fields that say so.

Django: ``ManagementForm`` and the counting half of ``BaseFormSet``.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from werkzeug.utils import cached_property
from wtforms.fields import HiddenField
from wtforms.widgets import HiddenInput

from ..forms.fields import IntegerField
from ..forms.model_form import Form
from ..forms.validators import Required

#: How many forms there may be, unless ``max_num`` says otherwise. As many again are
#: built to be shown with the error that there are too many.
DEFAULT_MAX_NUM = 1000
_GREATEST_COUNT = 10**40

#: What :func:`formset_factory` takes, each an attribute of the class it makes.
OPTIONS = (
    "extra",
    "can_order",
    "can_delete",
    "can_delete_extra",
    "min_num",
    "max_num",
    "absolute_max",
    "validate_min",
    "validate_max",
)


class ManagementForm(Form):
    """The hidden fields that say how many forms there are.

    A script that adds a form counts ``TOTAL_FORMS`` up. ``MIN_NUM_FORMS`` and
    ``MAX_NUM_FORMS`` are for such scripts alone: what is posted there is not read.

    Since 0.1. Django: ``ManagementForm``.
    """

    TOTAL_FORMS = IntegerField(
        validators=[Required()], widget=HiddenInput(), low=0, high=_GREATEST_COUNT
    )
    INITIAL_FORMS = IntegerField(
        validators=[Required()], widget=HiddenInput(), low=0, high=_GREATEST_COUNT
    )
    MIN_NUM_FORMS = HiddenField()
    MAX_NUM_FORMS = HiddenField()

    def __html__(self) -> str:
        return Markup("").join(field() for field in self)


class FormCounts:
    """How many forms a formset has: what it was told, and what was posted."""

    extra: int = 1
    can_order: bool = False
    can_delete: bool = False
    can_delete_extra: bool = True
    min_num: int = 0
    max_num: int = DEFAULT_MAX_NUM
    absolute_max: Any = None
    validate_min: bool = False
    validate_max: bool = False

    def __init__(
        self,
        formdata: Any = None,
        *,
        data: Any = None,
        prefix: str | None = None,
        initial: Sequence[Mapping[str, Any]] | None = None,
        form_kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        given = data if formdata is None else formdata
        self.is_bound = given is not None
        self.data = given if hasattr(given, "getlist") else _as_posted(given or {})
        self.prefix = prefix or self.get_default_prefix()
        self.initial = initial
        self.form_kwargs = dict(form_kwargs or {})

    @classmethod
    def get_default_prefix(cls) -> str:
        """Return what is put before all names: ``form``."""
        return "form"

    @cached_property
    def management_form(self) -> ManagementForm:
        """The hidden fields that say how many forms there are."""
        if self.is_bound:
            form = ManagementForm(self.data, prefix=f"{self.prefix}-")
            form.validate()
            return form
        counts = {
            "TOTAL_FORMS": self.total_form_count(),
            "INITIAL_FORMS": self.initial_form_count(),
            "MIN_NUM_FORMS": self.min_num,
            "MAX_NUM_FORMS": self.max_num,
        }
        return ManagementForm(None, data=counts, prefix=f"{self.prefix}-")

    def _posted(self, name: str) -> int:
        """Return a count that was posted, 0 where the management form is invalid."""
        form = self.management_form
        return 0 if form.errors else int(form[name].data)

    def total_form_count(self) -> int:
        """Return the number of forms, never more than ``absolute_max``."""
        if self.is_bound:
            return min(self._posted("TOTAL_FORMS"), int(self.absolute_max))
        initial = self.initial_form_count()
        total = max(initial, self.min_num) + self.extra
        return max(initial, min(total, self.max_num))

    def initial_form_count(self) -> int:
        """Return the number of forms that start with values."""
        if self.is_bound:
            return self._posted("INITIAL_FORMS")
        return len(self.initial or ())

    def add_prefix(self, index: object) -> str:
        """Return what is put before the names of a form's fields."""
        return f"{self.prefix}-{index}"


def _as_posted(data: Mapping[str, Any]) -> MultiDict[str, Any]:
    """Return a plain dict as a request has it: numbers are texts."""
    posted = {k: str(v) if isinstance(v, int) else v for k, v in data.items()}
    return MultiDict(posted)
