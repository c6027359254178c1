"""Count the forms of a formset, and keep the counts in hidden fields of the page.

Django: ``ManagementForm`` and the counting half of ``BaseFormSet``.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from werkzeug.utils import cached_property
from wtforms.fields import HiddenField
from wtforms.widgets import CheckboxInput
from wtforms.widgets import HiddenInput
from wtforms.widgets import NumberInput

from ..forms.fields import IntegerField
from ..forms.model_form import Form
from ..forms.validators import Required

#: The maximum number of forms, unless ``max_num`` is set. Up to the same number of
#: further forms is built when they are posted, to show them with the error that there
#: are too many. Since 0.1.
DEFAULT_MAX_NUM = 1000
#: The limit of a posted count; it is far above ``absolute_max``, which is what limits
#: the number of forms.
_GREATEST_COUNT = 10**40

#: The options of ``formset_factory``: attributes of the class that it returns.
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
    """The hidden fields of a formset that hold the numbers of its forms.

    A script that adds a form to the page must add 1 to ``TOTAL_FORMS``. The fields
    ``MIN_NUM_FORMS`` and ``MAX_NUM_FORMS`` only inform such a script: cbv does not
    read their posted values.

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
    """The part of a formset that counts its forms, by its options or as posted.

    Users derive from :class:`~cbv.formsets.BaseFormSet`, which documents the arguments.
    """

    #: The number of empty forms to show.
    extra: int = 1
    #: Whether each form has a field ``ORDER``.
    can_order: bool = False
    #: Whether each form has a checkbox ``DELETE``.
    can_delete: bool = False
    #: Whether the empty forms have that checkbox too.
    can_delete_extra: bool = True
    #: The number of forms to show at least; ``validate_min`` makes fewer an error.
    min_num: int = 0
    #: The number of forms to show at most, unless more have initial values;
    #: ``validate_max`` makes more an error.
    max_num: int = DEFAULT_MAX_NUM
    #: The number of forms to build at most, whatever the client posts.
    absolute_max: Any = None
    validate_min: bool = False
    validate_max: bool = False
    #: The widget of the field ``DELETE``: a class of WTForms' widgets, or an instance.
    deletion_widget: Any = CheckboxInput
    #: The widget of the field ``ORDER``.
    ordering_widget: Any = NumberInput

    def __init__(
        self,
        formdata: Any = None,
        *,
        data: Any = None,
        prefix: str | None = None,
        initial: Sequence[Mapping[str, Any]] | None = None,
        form_kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        values = data if formdata is None else formdata
        self.is_bound = values is not None
        self.data = values if hasattr(values, "getlist") else _as_posted(values or {})
        self.prefix = prefix or self.get_default_prefix()
        self.initial = initial
        self.form_kwargs = dict(form_kwargs or {})

    @classmethod
    def get_default_prefix(cls) -> str:
        """Return the prefix of all field names without ``prefix``: ``form``.

        Since 0.1. Django: ``BaseFormSet.get_default_prefix``.
        """
        return "form"

    @classmethod
    def get_deletion_widget(cls) -> Any:
        """Return the widget of the field ``DELETE``: here ``deletion_widget``.

        Since 0.1. Django: ``BaseFormSet.get_deletion_widget``.
        """
        return cls.deletion_widget

    @classmethod
    def get_ordering_widget(cls) -> Any:
        """Return the widget of the field ``ORDER``: here ``ordering_widget``.

        Since 0.1. Django: ``BaseFormSet.get_ordering_widget``.
        """
        return cls.ordering_widget

    @cached_property
    def management_form(self) -> ManagementForm:
        """The hidden fields with the numbers of forms; validated if it was submitted.

        Since 0.1. Django: ``BaseFormSet.management_form``.
        """
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

    def _posted_count(self, name: str) -> int:
        """Return a number from the management form, 0 when that form is invalid.

        :param name: ``TOTAL_FORMS`` or ``INITIAL_FORMS``.
        """
        form = self.management_form
        return 0 if form.errors else int(form[name].data)

    def total_form_count(self) -> int:
        """Return the number of all forms; when submitted, at most ``absolute_max``.

        Since 0.1. Django: ``BaseFormSet.total_form_count``.
        """
        if self.is_bound:
            return min(self._posted_count("TOTAL_FORMS"), int(self.absolute_max))
        initial = self.initial_form_count()
        total = max(initial, self.min_num) + self.extra
        return max(initial, min(total, self.max_num))

    def initial_form_count(self) -> int:
        """Return the number of forms with initial values; the empty ones follow them.

        Since 0.1. Django: ``BaseFormSet.initial_form_count``.
        """
        if self.is_bound:
            return self._posted_count("INITIAL_FORMS")
        return len(self.initial or ())

    def add_prefix(self, index: object) -> str:
        """Return the prefix of the field names of one form, such as ``form-0``.

        :param index: the number of the form, from 0; or a name in the management form.

        Since 0.1. Django: ``BaseFormSet.add_prefix``.
        """
        return f"{self.prefix}-{index}"

    @property
    def shown_forms(self) -> list[Any]:
        """The forms to show again, however many the management form claims there are.

        Left out are empty ones that a script had added, and those of which nothing was
        sent, but for ``extra``. At most ``max_num`` are shown, or as many as rows exist
        if these are more; an error says so when a filled form is left out.

        Since 0.1.
        """
        return forms_to_show(self)

    def _known_count(self) -> int:
        """Return how many of the submitted forms are of something that exists."""
        return min(self.initial_form_count(), len(self.initial or ()))


def forms_to_show(formset: Any) -> list[Any]:
    """Return the forms of a formset to show; see ``FormCounts.shown_forms``.

    The posted counts do not decide: a request of 100 bytes may claim 2000 forms, each
    of which may have a select field with 1000 options.
    """
    if not formset.is_bound:
        return list(formset.forms)
    first_extra, sent = formset.initial_form_count(), _sent_prefixes(formset)
    known = max(len(formset.initial or ()), formset.min_num)
    blank = {*range(known), *range(first_extra, first_extra + formset.extra)}
    forms = [
        (number, form)
        for number, form in enumerate(formset.forms)
        if number < first_extra or not form.is_marked()
    ]
    last = max((number for number, form in forms if form.has_changed()), default=-1)
    last = max(last, first_extra - 1)
    wanted = [
        (number >= first_extra and not form.has_changed(), number, form)
        for number, form in forms
        if number in blank or (number <= last and formset.add_prefix(number) in sent)
    ]
    most = max(formset.max_num, formset._known_count())
    first = sorted(wanted, key=itemgetter(0, 1))[:most]  # blank forms have to yield
    return [form for _, _, form in sorted(first, key=itemgetter(1))]


def _sent_prefixes(formset: Any) -> set[str]:
    """Return the prefixes of the forms of which a name was posted, and others."""
    prefixes = (formset.add_prefix(number) for number in range(len(formset.forms)))
    lengths = set(map(len, prefixes))
    return {
        name[:n] for name in formset.data for n in lengths if name[n : n + 1] == "-"
    }


def _as_posted(data: Mapping[str, Any]) -> MultiDict[str, Any]:
    """Return a plain dict like Flask's ``request.form``, with integers as texts."""
    posted = {k: str(v) if isinstance(v, int) else v for k, v in data.items()}
    return MultiDict(posted)
