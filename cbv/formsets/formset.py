"""Model formsets and inline formsets: validate and save one row of a table per form.

A model formset edits the rows of a statement. An inline formset edits the children of
an object: the rows of another table whose foreign key refers to it. Each form's object
is ``form.instance``.

Django: the formsets of ``django.forms.models``. Import the public names from
:mod:`cbv.formsets`.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any
from typing import ClassVar

from sqlalchemy import inspect
from sqlalchemy import Select
from wtforms.validators import ValidationError

from ..db import writing
from ..db.columns import new_object
from ..db.columns import without_proxy
from ..db.parents import ForeignKey
from ..exceptions import misconfigured
from ..forms.filling import fill
from ..forms.model_form import ModelForm
from ..forms.unique import check_unique
from ..forms.unique import duplicates
from ..forms.unique import fields_by_attribute
from ..forms.validators import add_error
from ..forms.versions import is_stale
from ..forms.versions import STALE
from ..forms.versions import theirs
from ..translation import gettext
from .base import ImproperFormSet
from .model_form_list import ModelFormList


class BaseModelFormSet(ModelFormList):
    """Edit, delete and add rows of a table with one form for each.

    :func:`modelformset_factory` returns subclasses of it. The other arguments are those
    of :class:`BaseFormSet`.

    :param queryset: the rows to edit: a ``select()`` of the model or a sequence of
        objects; None for all rows. Values posted for another row are an error.
    :param initial: the initial values of the empty forms: a list of dicts.

    Since 0.1. Django: ``BaseModelFormSet``.
    """

    #: The attributes that get the same value in all rows: the key of the parent.
    unique_fields: ClassVar[tuple[str, ...]] = ()

    def __init__(self, formdata: Any = None, **options: Any) -> None:
        super().__init__(formdata, **options)
        #: The objects that :meth:`save` added.
        self.new_objects: list[Any] = []
        #: The objects that :meth:`save` changed, with the names of the changed fields.
        self.changed_objects: list[tuple[Any, list[str]]] = []
        #: The objects that :meth:`save` deleted.
        self.deleted_objects: list[Any] = []
        #: The forms whose objects :meth:`save` set without a session.
        self.saved_forms: list[Any] = []

        #: The form whose row :meth:`save` is deleting, or could not delete.
        self.deleting: Any = None

    # --- validation ----------------------------------------------------------------

    def _validate_form(self, form: Any, index: int) -> None:
        is_row, row = index < self.initial_form_count(), self._row_at(index)
        if is_row and row is None:
            add_error(form, self._key_field, _no_such_row())
        elif is_row and form.has_changed() and is_stale(form, row):
            theirs(form, row)
            add_error(form, None, gettext(STALE))
        elif not is_row or form.has_changed():  # an unchanged row needs no validation
            is_valid = form.validate()
            if is_valid and not form.is_left_empty and not isinstance(form, ModelForm):
                check_unique(form, form.instance)

    def _check_number(self) -> None:
        super()._check_number()
        known = [row for row in self._posted_rows if row is not None]
        if len(known) > self._known_count():  # a row comes twice, perhaps to be deleted
            raise ValidationError(self.get_unique_error_message([self._key_field]))

    def clean(self) -> None:
        """Check rules that concern several forms; an override must call ``super()``.

        :raises wtforms.validators.ValidationError: when two forms have the same values
            in unique columns.

        Since 0.1. Django: ``BaseModelFormSet.clean``.
        """
        self.validate_unique()

    def validate_unique(self) -> None:
        """Check that no two forms have the same values in unique columns.

        :raises wtforms.validators.ValidationError: when two forms have.

        Since 0.1. Django: ``BaseModelFormSet.validate_unique``.
        """
        unmarked = self._unmarked_forms()
        forms = [
            form for form in unmarked if not form.errors and not form.is_left_empty
        ]
        texts = []
        for form, unique in duplicates(forms, self.model, self.unique_fields):
            names = [name for name in unique.names if name not in self.owned]
            texts.append(self.get_unique_error_message(names))
            add_error(form, self._blamed_field(form, names), self.get_form_error())
        if texts:
            raise ValidationError(*texts)

    def _blamed_field(self, form: Any, names: Sequence[str]) -> str | None:
        """Return the field that shows the error of a duplicate; None for the form."""
        return None

    def get_unique_error_message(self, unique_check: Sequence[str]) -> str:
        """Return the error of the formset when two forms have the same unique values.

        :param unique_check: the names of the unique fields.

        Since 0.1. Django: ``BaseModelFormSet.get_unique_error_message``.
        """
        text = "Please correct the duplicate data for %(field)s."
        if len(unique_check) > 1:
            text = f"{text[:-1]}, which must be unique."
        return gettext(text, field=f" {gettext('and')} ".join(unique_check))

    def get_form_error(self) -> str:
        """Return the error of the second of two forms with the same unique values.

        Since 0.1. Django: ``BaseModelFormSet.get_form_error``.
        """
        return gettext("Please correct the duplicate values below.")

    # --- saving --------------------------------------------------------------------

    def save(self, commit: bool = True) -> list[Any]:
        """Delete, change and add rows; return the changed and the added objects.

        Afterwards the objects are in ``deleted_objects``, ``changed_objects`` and
        ``new_objects``. The rows are flushed. In a view the dispatcher commits them;
        elsewhere call :func:`cbv.db.commit`.

        :param commit: False to set the objects' attributes only, without a session.
        :raises ValueError: when the formset is not valid.

        Since 0.1. Django: ``BaseModelFormSet.save``.
        """
        if not self.is_valid():
            problem = "has errors, or was not submitted: nothing was saved."
            raise ValueError(f"{type(self).__name__} {problem}")
        objects = self.save_existing_objects(commit)
        objects += [] if self.edit_only else self.save_new_objects(commit)
        kept = () if commit else set(map(id, objects))
        self.saved_forms = [form for form in self.forms if id(form.instance) in kept]
        return objects

    def save_m2m(self) -> None:
        """Call ``save_m2m()`` of each form, after ``save(commit=False)``.

        Since 0.1. Django: ``BaseModelFormSet.save_m2m``.
        """
        for form in self.saved_forms:
            if isinstance(form, ModelForm):
                form.save_m2m()

    def save_existing_objects(self, commit: bool = True) -> list[Any]:
        """Delete the marked rows and save the changed ones; return the changed objects.

        Since 0.1. Django: ``BaseModelFormSet.save_existing_objects``.
        """
        forms = [f for f in self.initial_forms if inspect(f.instance).has_identity]
        marked = [form for form in forms if form.is_marked()]
        self.deleted_objects = [form.instance for form in marked]
        # First of all: another row may get the unique values of a deleted one.
        for self.deleting in marked:
            self.delete_existing(self.deleting.instance, commit)
        self.deleting = None
        changed = [f for f in forms if f.has_changed() and not f.is_marked()]
        self.changed_objects = [(form.instance, form.changed_data) for form in changed]
        return [self.save_existing(form, form.instance, commit) for form in changed]

    def save_new_objects(self, commit: bool = True) -> list[Any]:
        """Add a row for each empty form that the user filled; return the new objects.

        Since 0.1. Django: ``BaseModelFormSet.save_new_objects``.
        """
        filled = [f for f in self.extra_forms if f.has_changed() and not f.is_marked()]
        self.new_objects = [self.save_new(form, commit) for form in filled]
        return self.new_objects

    def save_existing(self, form: Any, obj: Any, commit: bool = True) -> Any:
        """Save one changed object and return it. Django: the same name.

        :param form: the form of the object.
        :param obj: the object, ``form.instance``.
        """
        return _save_form(form, commit)

    def save_new(self, form: Any, commit: bool = True) -> Any:
        """Add the new object ``form.instance``, return it. Django: the same name."""
        self._prepare_new(form.instance)
        return _save_form(form, commit)

    def delete_existing(self, obj: Any, commit: bool = True) -> None:
        """Delete the row of one object. Django: the same name."""
        if commit:
            writing.delete(obj)


class BaseInlineFormSet(BaseModelFormSet):
    """Edit the children of an object with one form for each.

    :func:`inlineformset_factory` returns subclasses of it. The other arguments are
    those of :class:`BaseModelFormSet`.

    :param instance: the parent. A new one, or None, has no children yet.
    :param save_as_new: whether all forms are saved as new rows, as for a copy of the
        parent.

    Since 0.1. Django: ``BaseInlineFormSet``.
    """

    #: The mapped class of the parent.
    parent_model: ClassVar[Any]
    #: The foreign key from the children to the parent.
    fk: ClassVar[ForeignKey]

    def __init__(
        self,
        formdata: Any = None,
        *,
        instance: Any = None,
        save_as_new: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(formdata, **options)
        parent = new_object(self.parent_model) if instance is None else instance
        self.instance = without_proxy(parent)
        self.save_as_new = save_as_new

    @classmethod
    def _laid_out(cls, form: Any, options: Mapping[str, Any]) -> dict[str, Any]:
        if not hasattr(cls, "fk"):
            cure = "call inlineformset_factory()"
            raise ImproperFormSet(misconfigured(cls, "has no parent_model", cure))
        attributes = super()._laid_out(form, options)
        return {**attributes, "unique_fields": cls.fk.names}

    @classmethod
    def get_default_prefix(cls) -> str:
        """Return the name of the parent's relationship, or ``<child>_set`` without one.

        Since 0.1. Django: ``BaseInlineFormSet.get_default_prefix``.
        """
        return cls.fk.accessor or f"{cls.model.__name__.lower()}_set"

    def get_queryset(self) -> Any:
        """Return the ``select()`` of the parent's children; [] for a new parent.

        Since 0.1. Django: ``BaseInlineFormSet.queryset``.
        """
        if not inspect(self.instance).has_identity:
            return []
        queryset = super().get_queryset()
        if not isinstance(queryset, Select):
            return queryset
        return queryset.where(*self.fk.criteria(self.model, self.instance))

    def initial_form_count(self) -> int:
        """Return the number of forms for children that exist; 0 with ``save_as_new``.

        Since 0.1. Django: ``BaseInlineFormSet.initial_form_count``.
        """
        return 0 if self.save_as_new else super().initial_form_count()

    def get_unique_error_message(self, unique_check: Sequence[str]) -> str:
        """Return the error of two children with the same unique values.

        Without a field of theirs it is the parent that may have one child only.

        Since 0.1. Django: ``BaseInlineFormSet.get_unique_error_message``.
        """
        if not unique_check:
            return self._number_error("too_many_forms", 1)
        return super().get_unique_error_message(unique_check)

    def _blamed_field(self, form: Any, names: Sequence[str]) -> str | None:
        if len(names) != 1:
            return None
        return str(fields_by_attribute(form)[names[0]][0].short_name)

    def _prepare_new(self, instance: Any) -> None:
        super()._prepare_new(instance)
        for name, value in self.fk.values_of(self.instance).items():
            setattr(instance, name, value)

    def save_new(self, form: Any, commit: bool = True) -> Any:
        """Add one new child of the parent, and return it. Django: the same name."""
        if self.fk.relationship is not None:
            setattr(form.instance, self.fk.relationship, self.instance)
        return super().save_new(form, commit)


def _no_such_row() -> str:
    """Return the error for a posted key of a row that may not be edited."""
    return gettext(
        "Select a valid choice. That choice is not one of the available choices."
    )


def _save_form(form: Any, commit: bool) -> Any:
    """Copy a form's values to its object, save it if ``commit``, and return it.

    :param form: a ModelForm, or a form of any other class with an ``instance``.
    """
    if isinstance(form, ModelForm):
        return form.save(commit=commit)
    with writing.unflushed() if commit else nullcontext():
        fill(form, form.instance)
        if commit:
            writing.save(form.instance)
    return form.instance
