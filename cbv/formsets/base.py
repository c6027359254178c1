"""A formset: several forms of one class in one ``<form>``, with Django's field names.

Django: ``django.forms.formsets``. Everything here is importable from
:mod:`cbv.formsets`.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from werkzeug.utils import cached_property
from wtforms.fields import FileField
from wtforms.validators import ValidationError

from ..exceptions import ImproperlyConfigured
from ..exceptions import misconfigured
from ..forms.choices import KeyField
from ..forms.rows import DELETION_FIELD_NAME
from ..forms.rows import ORDERING_FIELD_NAME
from ..forms.rows import row_class
from ..translation import gettext
from .counts import DEFAULT_MAX_NUM as DEFAULT_MAX_NUM
from .counts import FormCounts
from .counts import ManagementForm as ManagementForm
from .counts import OPTIONS


class ImproperFormSet(ImproperlyConfigured, ValueError):
    """A formset is set up wrongly; Django raises a ValueError then."""


class FormList(FormCounts):
    """The forms of a formset, and how each is made."""

    form: Any

    @cached_property
    def _known_options(self) -> dict[Any, list[tuple[str, str]]]:
        """The options of each field, read once for all forms."""
        return {}

    def __iter__(self) -> Iterator[Any]:
        return iter(self.forms)

    def __getitem__(self, index: Any) -> Any:
        return self.forms[index]

    def __len__(self) -> int:
        return len(self.forms)

    def __bool__(self) -> bool:
        return True  # without forms, too, there is a management form

    @cached_property
    def forms(self) -> list[Any]:
        """The forms, made when they are first asked for."""
        return [self._construct_form(i) for i in range(self.total_form_count())]

    def _construct_form(self, index: int) -> Any:
        form = self._made_form(index, self._start_of(index))
        required = max(self.initial_form_count(), self.min_num)
        form.empty_permitted = index >= required
        return form

    def _start_of(self, index: int | None) -> dict[str, Any]:
        """Return the ``data`` (and perhaps ``obj``) that a form starts with."""
        start: dict[str, Any] = {}
        if index is not None and index < self.initial_form_count():
            start[ORDERING_FIELD_NAME] = index + 1
        if index is not None and index < len(self.initial or ()):
            start.update((self.initial or ())[index])
        return {"data": start}

    def _made_form(self, index: int | None, start: Mapping[str, Any]) -> Any:
        shown = "__prefix__" if index is None else index
        bound = self.is_bound and index is not None
        kwargs = {
            "formdata": self.data if bound else None,
            # Django's names: WTForms adds no dash of its own after an underscore.
            "prefix": f"{self.add_prefix(shown)}-",
            "meta": {"csrf": False},  # the page has one token, checked by the view
            **start,
            **self.get_form_kwargs(index),
        }
        form = self.form(**kwargs)
        form.is_bound = bound
        for field in form:
            if isinstance(field, KeyField):
                field.known_options = self._known_options
        self.add_fields(form, index)
        return form

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """Return more keywords for a form.

        :param index: which one, None for the empty form.
        """
        return dict(self.form_kwargs)

    def add_fields(self, form: Any, index: int | None) -> None:
        """Adapt the fields of a form to its place; an override calls ``super()``.

        WTForms lets a field be taken away (``del form[name]``), but not added, here.

        Since 0.1. Django: ``BaseFormSet.add_fields``.
        """
        initial = index is not None and index < self.initial_form_count()
        if self.can_delete and not initial and not self.can_delete_extra:
            del form[DELETION_FIELD_NAME]

    @property
    def empty_form(self) -> Any:
        """A form for a script to copy, with ``__prefix__`` in the place of a number."""
        form = self._made_form(None, self._start_of(None))
        form.empty_permitted = True
        return form

    @property
    def shown_forms(self) -> list[Any]:
        """The forms to show: no more empty ones at the end than there were at first."""
        last = self.initial_form_count() + self.extra
        for index, form in enumerate(self.forms if self.is_bound else ()):
            last = max(last, index + 1 if form.has_changed() else self.min_num)
        return self.forms[:last] if self.is_bound else self.forms

    @property
    def initial_forms(self) -> list[Any]:
        """The forms that started with values."""
        return self.forms[: self.initial_form_count()]

    @property
    def extra_forms(self) -> list[Any]:
        """The forms that started empty."""
        return self.forms[self.initial_form_count() :]

    def is_multipart(self) -> bool:
        """Tell whether the page's ``<form>`` needs ``multipart/form-data``."""
        return any(isinstance(field, FileField) for field in self.empty_form)

    def has_changed(self) -> bool:
        """Tell whether any form was changed."""
        return any(form.has_changed() for form in self.forms)


class BaseFormSet(FormList):
    """Several forms of one class; :func:`formset_factory` makes a subclass.

    :param formdata: what was submitted (form and files as one), None to show it first;
        as ``data`` too. A plain dict will do.
    :param prefix: what is put before all names, instead of ``form``.
    :param initial: a list of dicts, one for each form that starts with values.
    :param form_kwargs: more keywords for each form.
    :param error_messages: replaces texts of ``default_error_messages``.

    Since 0.1. Django: ``BaseFormSet``.
    """

    default_error_messages: Mapping[str, str] = {
        "missing_management_form": "ManagementForm data is missing or has been"
        " tampered with. Missing fields: %(field_names)s.",
        "too_many_forms": "Please submit at most %(num)d forms.",
        "too_few_forms": "Please submit at least %(num)d forms.",
    }

    def __init__(
        self,
        formdata: Any = None,
        *,
        error_messages: Mapping[str, str] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(formdata, **options)
        self.error_messages = {**self.default_error_messages, **(error_messages or {})}
        self._non_form_errors: list[str] | None = None

    # --- validation ----------------------------------------------------------------

    def is_valid(self) -> bool:
        """Tell whether it was submitted without any error."""
        return self.is_bound and not self.non_form_errors() and not any(self.errors)

    @property
    def errors(self) -> list[dict[str, Any]]:
        """The errors of each form that is not to be deleted, by field."""
        self.non_form_errors()
        return [form.errors for form in self._kept_forms()]

    def non_form_errors(self) -> list[str]:
        """Return the errors that belong to no single form."""
        if self._non_form_errors is None:
            self.full_clean()
        return self._non_form_errors or []

    @property
    def form_errors(self) -> list[str]:
        """The errors that belong to no single form; ``add_error`` adds to them."""
        return self.non_form_errors()

    @form_errors.setter
    def form_errors(self, errors: list[str]) -> None:
        self._non_form_errors = errors

    def total_error_count(self) -> int:
        """Return the number of all errors."""
        listed = [texts for form in self.errors for texts in form.values()]
        return len(self.non_form_errors()) + sum(map(len, listed))

    def full_clean(self) -> None:
        """Validate all forms, then how many there are, then call :meth:`clean`."""
        self._non_form_errors = found = []
        if not self.is_bound:
            return
        if self.management_form.errors:
            names = ", ".join(map(self.add_prefix, self.management_form.errors))
            text = self.error_messages["missing_management_form"]
            found.append(gettext(text, field_names=names))
        for index, form in enumerate(self.forms):
            if not form.is_marked():
                self._validate_form(form, index)
        try:
            self._check_number()
            self.clean()
        except ValidationError as error:
            found += [str(text) for text in error.args]

    def _validate_form(self, form: Any, index: int) -> None:
        form.validate()

    def _check_number(self) -> None:
        kept = self._kept_forms()
        too_many = self._posted("TOTAL_FORMS") > self.absolute_max
        if too_many or (self.validate_max and len(kept) > self.max_num):
            raise ValidationError(self._counted("too_many_forms", self.max_num))
        filled = [form for form in kept if form.has_changed()]
        number = len(set(filled) | set(self.initial_forms).intersection(kept))
        if self.validate_min and number < self.min_num:
            raise ValidationError(self._counted("too_few_forms", self.min_num))

    def _kept_forms(self) -> list[Any]:
        return [form for form in self.forms if not form.is_marked()]

    def _counted(self, code: str, number: int) -> str:
        text = self.error_messages[code]
        if number == 1 and text == self.default_error_messages[code]:
            text = text.replace("forms", "form")
        return gettext(text, num=number)

    def clean(self) -> None:
        """Check the forms against each other: a hook.

        :raises wtforms.validators.ValidationError: with what is wrong.

        Since 0.1. Django: ``BaseFormSet.clean``.
        """

    # --- what was submitted ----------------------------------------------------------

    @property
    def cleaned_data(self) -> list[dict[str, Any]]:
        """The values of each form; AttributeError while there are errors."""
        if not self.is_valid():
            raise AttributeError(
                f"{type(self).__name__} has no cleaned_data: not valid"
            )
        return [form.cleaned_data for form in self.forms]

    @property
    def deleted_forms(self) -> list[Any]:
        """The forms ticked to be deleted; none while there are errors."""
        if not self.can_delete or not self.is_valid():
            return []
        return [form for form in self.forms if form.is_marked()]

    @property
    def ordered_forms(self) -> list[Any]:
        """The filled forms by their ``ORDER``; those without a number come last."""
        if not self.can_order or not self.is_valid():
            raise AttributeError(f"{type(self).__name__} has no ordered_forms")
        initial = self.initial_forms
        kept = [f for f in self._kept_forms() if f in initial or f.has_changed()]
        return sorted(kept, key=_order_of)


def _order_of(form: Any) -> tuple[bool, int]:
    number = form[ORDERING_FIELD_NAME].data
    return number is None, number or 0


def formset_factory(form: Any, formset: Any = BaseFormSet, **options: Any) -> Any:
    """Return a formset class for a form class: any of WTForms'.

    :param formset: the class to derive it from.
    :param options: ``extra`` (how many empty forms are shown), ``can_order`` and
        ``can_delete`` (whether each form has an ``ORDER`` and a ``DELETE`` field),
        ``can_delete_extra`` (whether empty ones have it), ``max_num`` (how many are
        shown, unless more have initial values), ``validate_max`` (whether more are an
        error), ``min_num`` and ``validate_min`` likewise, ``absolute_max`` (how many
        are built at most, whatever is posted; else ``max_num`` + 1000).
    :raises ImproperFormSet: for ``max_num`` above ``absolute_max``; a ValueError too.

    Since 0.1. Django: ``formset_factory``.
    """
    if unknown := set(options).difference(OPTIONS):
        raise TypeError(f"formset_factory() got unknown keywords: {sorted(unknown)}")
    chosen = {name: getattr(formset, name) for name in OPTIONS}
    chosen.update((name, v) for name, v in options.items() if v is not None)
    if chosen["absolute_max"] is None:
        chosen["absolute_max"] = chosen["max_num"] + DEFAULT_MAX_NUM
    if chosen["max_num"] > chosen["absolute_max"]:
        problem = "has a max_num above its absolute_max"
        raise ImproperFormSet(misconfigured(formset, problem, "raise absolute_max"))
    rows = row_class(form, chosen["can_order"], chosen["can_delete"])
    name = f"{form.__name__.removesuffix('Form')}FormSet"
    return type(name, (formset,), {"form": rows, **chosen})


def all_valid(formsets: Iterable[BaseFormSet]) -> bool:
    """Validate every formset; tell whether all are valid.

    Since 0.1. Django: ``all_valid``.
    """
    found = [formset.is_valid() for formset in formsets]
    return all(found)
