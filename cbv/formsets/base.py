"""Formsets: several forms of one class in one ``<form>``, with Django's field names.

A formset may be submitted (Django's term is "bound") or shown for the first time. Its
forms with initial values come first, its empty forms ("extra") after them. A form whose
``DELETE`` checkbox is ticked is called marked; only the others are validated.

Django: ``django.forms.formsets``. Import the public names from :mod:`cbv.formsets`.
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
from ..forms.choices import KeyField
from ..forms.initial import read_texts
from ..forms.rows import DELETION_FIELD_NAME
from ..forms.rows import ORDERING_FIELD_NAME
from ..forms.rows import row_class
from ..translation import gettext
from .counts import FormCounts


class ImproperFormSet(ImproperlyConfigured, ValueError):
    """Raised for a formset that is set up wrongly.

    It is a ValueError as well, because Django raises that.

    Since 0.1.
    """


class FormList(FormCounts):
    """The part of a formset that builds its forms.

    Users derive from :class:`BaseFormSet`.
    """

    #: The class of the forms, with the fields ``ORDER`` and ``DELETE`` if needed.
    form: Any

    @classmethod
    def _laid_out(cls, form: Any, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the attributes of a formset class with these forms and options."""
        row_form = row_class(form, options["can_order"], options["can_delete"])
        return {"form": row_form, **options}

    @cached_property
    def _shared_options(self) -> dict[Any, Any]:
        """The options of select fields, so that all forms read them with one query."""
        return {}

    def __iter__(self) -> Iterator[Any]:
        return iter(self.forms)

    def __getitem__(self, index: Any) -> Any:
        return self.forms[index]

    def __len__(self) -> int:
        return len(self.forms)

    def __bool__(self) -> bool:
        return True  # a formset without forms still has a management form

    @cached_property
    def forms(self) -> list[Any]:
        """The forms, built when they are first used.

        Since 0.1. Django: ``BaseFormSet.forms``.
        """
        return [self._construct_form(i) for i in range(self.total_form_count())]

    def _construct_form(self, index: int) -> Any:
        form = self._build_form(index, self._start_values(index))
        required = max(self.initial_form_count(), self.min_num)
        form.empty_permitted = index >= required
        return form

    def _start_values(self, index: int | None) -> dict[str, Any]:
        """Return the arguments ``data`` and perhaps ``obj`` with a form's values.

        :param index: the number of the form, None for the empty form.
        """
        start: dict[str, Any] = {}
        if index is not None and index < self.initial_form_count():
            start[ORDERING_FIELD_NAME] = index + 1
        if index is not None and index < len(self.initial or ()):
            start.update((self.initial or ())[index])
        return {"data": start}

    def _build_form(self, index: int | None, start: Mapping[str, Any]) -> Any:
        """Return one form.

        :param index: the number of the form, None for the empty form.
        :param start: what :meth:`_start_values` returned.
        """
        number = "__prefix__" if index is None else index
        is_bound = self.is_bound and index is not None
        kwargs = {
            "formdata": self.data if is_bound else None,
            # With the dash, as in Django: WTForms adds none after an underscore.
            "prefix": f"{self.add_prefix(number)}-",
            "meta": {"csrf": False},  # the page has one token; the view checks it
            **start,
            **self.get_form_kwargs(index),
        }
        form = self.form(**kwargs)
        form.is_bound = is_bound
        if start.get("obj") is None:
            read_texts(form, kwargs.get("data") or ())
        for field in form:
            if isinstance(field, KeyField):
                field.known_options = self._shared_options
        self.add_fields(form, index)
        return form

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """Return additional keyword arguments for one form.

        :param index: the number of the form, None for the empty form.

        Since 0.1. Django: ``BaseFormSet.get_form_kwargs``.
        """
        return dict(self.form_kwargs)

    def add_fields(self, form: Any, index: int | None) -> None:
        """Change the fields of one form; an override must call ``super()``.

        Despite its name it cannot add fields, because WTForms allows that only in the
        form class; it can remove them with ``del form[name]``.

        :param index: the number of the form, None for the empty form.

        Since 0.1. Django: ``BaseFormSet.add_fields``.
        """
        for name, widget in (
            (DELETION_FIELD_NAME, self.get_deletion_widget()),
            (ORDERING_FIELD_NAME, self.get_ordering_widget()),
        ):
            if name in form:
                form[name].widget = widget() if isinstance(widget, type) else widget
        is_initial = index is not None and index < self.initial_form_count()
        if self.can_delete and not is_initial and not self.can_delete_extra:
            del form[DELETION_FIELD_NAME]

    @property
    def empty_form(self) -> Any:
        """An empty form that a script copies, with ``__prefix__`` for its number.

        Since 0.1. Django: ``BaseFormSet.empty_form``.
        """
        form = self._build_form(None, self._start_values(None))
        form.empty_permitted = True
        return form

    @property
    def initial_forms(self) -> list[Any]:
        """The forms with initial values. Django: ``BaseFormSet.initial_forms``."""
        return self.forms[: self.initial_form_count()]

    @property
    def extra_forms(self) -> list[Any]:
        """The forms without initial values. Django: ``BaseFormSet.extra_forms``."""
        return self.forms[self.initial_form_count() :]

    def is_multipart(self) -> bool:
        """Tell whether the ``<form>`` needs ``enctype="multipart/form-data"``.

        That is so if the forms have a file field.

        Since 0.1. Django: ``BaseFormSet.is_multipart``.
        """
        return any(isinstance(field, FileField) for field in self.empty_form)

    def has_changed(self) -> bool:
        """Tell whether the user changed any form. Django: ``has_changed``."""
        return any(form.has_changed() for form in self.forms)


class BaseFormSet(FormList):
    """Several forms of one class; :func:`formset_factory` returns subclasses of it.

    :param formdata: the submitted values, fields and files in one ``MultiDict`` or
        plain dict; None when the formset is shown for the first time. It may be passed
        as ``data`` instead, Django's name.
    :param prefix: the prefix of all field names, instead of ``form``.
    :param initial: the initial values: a list of dicts, one for each form that has any.
    :param form_kwargs: additional keyword arguments for each form.
    :param error_messages: texts by their key in ``default_error_messages``.

    Since 0.1. Django: ``BaseFormSet``.
    """

    default_error_messages: Mapping[str, str] = {
        "missing_management_form": "ManagementForm data is missing or has been"
        " tampered with. Missing fields: %(field_names)s.",
        "too_many_forms": "Please submit at most %(num)d forms.",
        "too_few_forms": "Please submit at least %(num)d forms.",
        "missing_forms": "Some forms were not submitted. Please load the page again.",
    }

    def __init__(
        self,
        formdata: Any = None,
        *,
        error_messages: Mapping[str, str] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(formdata, **options)
        self.error_messages: dict[str, str] = {}
        for klass in reversed(type(self).__mro__):  # each may replace some of the texts
            self.error_messages.update(vars(klass).get("default_error_messages", {}))
        self.error_messages.update(error_messages or {})
        self._non_form_errors: list[str] | None = None

    def __repr__(self) -> str:
        was_asked = self._non_form_errors is not None
        parts = (
            f"bound={self.is_bound}",
            f"valid={self.is_valid() if was_asked else 'Unknown'}",
            f"total_forms={self.total_form_count()}",
        )
        return f"<{type(self).__qualname__}: {' '.join(parts)}>"

    # --- validation ----------------------------------------------------------------

    def is_valid(self) -> bool:
        """Tell whether the formset was submitted and has no error.

        Since 0.1. Django: ``BaseFormSet.is_valid``.
        """
        return self.is_bound and not self.non_form_errors() and not any(self.errors)

    @property
    def errors(self) -> list[dict[str, Any]]:
        """For each unmarked form: its errors by field name.

        Since 0.1. Django: ``BaseFormSet.errors``.
        """
        self.non_form_errors()
        return [form.errors for form in self._unmarked_forms()]

    def non_form_errors(self) -> list[str]:
        """Return the errors of the formset as a whole, such as "too many forms".

        Since 0.1. Django: ``BaseFormSet.non_form_errors``.
        """
        if self._non_form_errors is None:
            self.full_clean()
        return self._non_form_errors or []

    @property
    def form_errors(self) -> list[str]:
        """The errors of the formset as a whole, under WTForms' name for them.

        ``cbv.forms.add_error(formset, None, text)`` adds to them.

        Since 0.1. WTForms: ``Form.form_errors``.
        """
        return self.non_form_errors()

    @form_errors.setter
    def form_errors(self, errors: list[str]) -> None:
        self._non_form_errors = errors

    def total_error_count(self) -> int:
        """Return the number of errors of all forms and of the formset as a whole.

        Since 0.1. Django: ``BaseFormSet.total_error_count``.
        """
        texts_by_field = [texts for form in self.errors for texts in form.values()]
        return len(self.non_form_errors()) + sum(map(len, texts_by_field))

    def full_clean(self) -> None:
        """Validate each form and the number of forms, then call :meth:`clean`.

        Since 0.1. Django: ``BaseFormSet.full_clean``.
        """
        self._non_form_errors = errors = []
        if not self.is_bound:
            return
        if self.management_form.errors:
            names = ", ".join(map(self.add_prefix, self.management_form.errors))
            text = self.error_messages["missing_management_form"]
            errors.append(gettext(text, field_names=names))
        for index, form in enumerate(self.forms):
            if not form.is_marked():
                self._validate_form(form, index)
        try:
            self._check_number()
            self.clean()
        except ValidationError as error:
            errors += [str(text) for text in error.args]
        if errors or any(self.errors):
            self._explain_hidden(errors)

    def _explain_hidden(self, errors: list[str]) -> None:
        """Add an error for forms that are not shown again although the user needs to.

        :param errors: the errors of the formset as a whole.
        """
        shown = set(self.shown_forms)
        hidden = [form for form in self._unmarked_forms() if form not in shown]
        if any(form.has_changed() for form in hidden):
            text = self._number_error("too_many_forms", self.max_num)
        elif any(form.errors for form in hidden):
            text = gettext(self.error_messages["missing_forms"])
        else:
            return
        errors += [] if text in errors else [text]

    def _validate_form(self, form: Any, index: int) -> None:
        form.validate()

    def _check_number(self) -> None:
        """Raise ValidationError for too many or too few forms, marked ones not counted.

        An empty form that was left empty does not count towards ``min_num``.
        """
        unmarked = self._unmarked_forms()
        too_many = self._posted_count("TOTAL_FORMS") > self.absolute_max
        if too_many or (self.validate_max and len(unmarked) > self.max_num):
            raise ValidationError(self._number_error("too_many_forms", self.max_num))
        filled = [form for form in unmarked if form.has_changed()]
        number = len(set(filled) | set(self.initial_forms).intersection(unmarked))
        if self.validate_min and number < self.min_num:
            raise ValidationError(self._number_error("too_few_forms", self.min_num))

    def _unmarked_forms(self) -> list[Any]:
        """Return the forms whose ``DELETE`` checkbox is not ticked."""
        return [form for form in self.forms if not form.is_marked()]

    def _number_error(self, code: str, number: int) -> str:
        """Return the text of an error message with a number of forms."""
        text = self.error_messages[code]
        if number == 1 and text == BaseFormSet.default_error_messages[code]:
            text = text.replace("forms", "form")
        return gettext(text, num=number)

    def clean(self) -> None:
        """Check rules that concern several forms; a hook, called last of all checks.

        :raises wtforms.validators.ValidationError: with the texts of one or several
            errors.

        Since 0.1. Django: ``BaseFormSet.clean``.
        """

    # --- the submitted values --------------------------------------------------------

    @property
    def cleaned_data(self) -> list[dict[str, Any]]:
        """The values of each form, by field name.

        :raises AttributeError: unless the formset is valid.

        Since 0.1. Django: ``BaseFormSet.cleaned_data``.
        """
        if not self.is_valid():
            raise AttributeError(
                f"{type(self).__name__} has no cleaned_data: not valid"
            )
        return [form.cleaned_data for form in self.forms]

    @property
    def deleted_forms(self) -> list[Any]:
        """The marked forms: the user wants to delete their rows. [] unless valid.

        Since 0.1. Django: ``BaseFormSet.deleted_forms``.
        """
        if not self.can_delete or not self.is_valid():
            return []
        return [form for form in self.forms if form.is_marked()]

    @property
    def ordered_forms(self) -> list[Any]:
        """The filled, unmarked forms sorted by ``ORDER``; without a number, at the end.

        :raises AttributeError: without ``can_order``, and unless the formset is valid.

        Since 0.1. Django: ``BaseFormSet.ordered_forms``.
        """
        if not self.can_order or not self.is_valid():
            raise AttributeError(f"{type(self).__name__} has no ordered_forms")
        initial = self.initial_forms
        filled = [f for f in self._unmarked_forms() if f in initial or f.has_changed()]
        return sorted(filled, key=_order_of)


def _order_of(form: Any) -> tuple[bool, int]:
    """Return a sort key: True comes after False, so forms without a number are last."""
    number = form[ORDERING_FIELD_NAME].data
    return number is None, number or 0


def all_valid(formsets: Iterable[BaseFormSet]) -> bool:
    """Validate every formset, and tell whether all are valid.

    It does not stop at the first invalid one: the user shall see all errors.

    Since 0.1. Django: ``all_valid``.
    """
    results = [formset.is_valid() for formset in formsets]
    return all(results)
