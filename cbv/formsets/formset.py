"""Formsets over rows of a table: several objects, or the children of one, in one form.

Django: ``django.forms.formsets`` and the formsets of ``django.forms.models``. Plain
formsets are in :mod:`cbv.formsets.base`; import all of them from here.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any
from typing import ClassVar

from sqlalchemy import inspect
from sqlalchemy import Select
from sqlalchemy import select
from wtforms.fields.core import UnboundField
from wtforms.validators import ValidationError

from ..db import writing
from ..db.columns import key_names
from ..db.columns import new_object
from ..db.parents import foreign_key_to
from ..db.parents import ForeignKey
from ..db.statements import keep
from ..exceptions import ImproperlyConfigured
from ..forms.choices import Target
from ..forms.model_form import fill
from ..forms.model_form import ModelForm
from ..forms.model_form import modelform_factory
from ..forms.rows import RowKeyField
from ..forms.unique import check_unique
from ..forms.unique import duplicates
from ..forms.validators import add_error
from ..forms.versions import is_stale
from ..forms.versions import STALE
from ..forms.versions import theirs
from ..forms.versions import version_name
from ..forms.versions import versioned
from ..translation import gettext
from .base import all_valid as all_valid
from .base import BaseFormSet as BaseFormSet
from .base import formset_factory as formset_factory
from .base import ImproperFormSet as ImproperFormSet
from .counts import DEFAULT_MAX_NUM as DEFAULT_MAX_NUM
from .counts import ManagementForm as ManagementForm
from .counts import OPTIONS
from .model_form_list import ModelFormList


class BaseModelFormSet(ModelFormList):
    """Edit rows of a statement, and add rows; :func:`modelformset_factory` subclasses.

    :param queryset: a ``select()`` of the model, or a sequence of objects; else all.
        What is posted for a row that it does not hold is an error.
    :param initial: values for the forms that start empty.

    Since 0.1. Django: ``BaseModelFormSet``.
    """

    def __init__(self, formdata: Any = None, **options: Any) -> None:
        super().__init__(formdata, **options)
        #: What :meth:`save` did.
        self.new_objects: list[Any] = []
        self.changed_objects: list[tuple[Any, list[str]]] = []
        self.deleted_objects: list[Any] = []

    # --- validation ----------------------------------------------------------------

    def _validate_form(self, form: Any, index: int) -> None:
        is_row, row = index < self.initial_form_count(), self._row_at(index)
        if is_row and row is None:
            add_error(form, self._key_field, _no_such_row())
        elif is_row and form.has_changed() and is_stale(form, row):
            theirs(form, row)
            add_error(form, None, gettext(STALE))
        elif not is_row or form.has_changed():  # untouched rows are not judged again
            valid = form.validate()
            if valid and not form.is_left_empty and not isinstance(form, ModelForm):
                check_unique(form, form.instance)

    def clean(self) -> None:
        """Check the forms against each other; an override calls ``super()``.

        :raises wtforms.validators.ValidationError: when two have what must be unique.
        """
        self.validate_unique()

    def validate_unique(self) -> None:
        """Refuse values that must be unique and stand in two forms.

        Since 0.1. Django: ``BaseModelFormSet.validate_unique``.
        """
        kept = [f for f in self._kept_forms() if not f.errors and not f.is_left_empty]
        texts = []
        for form, unique in duplicates(kept, self.model):
            names = [name for name in unique.names if name not in self.owned]
            texts.append(self.get_unique_error_message(names))
            add_error(form, None, self.get_form_error())
        if texts:
            raise ValidationError(*texts)

    def get_unique_error_message(self, unique_check: Sequence[str]) -> str:
        """Return what is said of two forms with the same values."""
        text = "Please correct the duplicate data for %(field)s."
        if len(unique_check) > 1:
            text = f"{text[:-1]}, which must be unique."
        return gettext(text, field=f" {gettext('and')} ".join(unique_check))

    def get_form_error(self) -> str:
        """Return what is said at the second of two forms with the same values."""
        return gettext("Please correct the duplicate values below.")

    # --- saving --------------------------------------------------------------------

    def save(self, commit: bool = True) -> list[Any]:
        """Delete, change and add rows; return those changed and added.

        What was done is in ``deleted_objects``, ``changed_objects`` (pairs of an object
        and the names of its changed fields) and ``new_objects``. The dispatcher
        commits; outside a view call :func:`cbv.db.commit`.

        :param commit: False to fill the objects only and touch no session.
        :raises ValueError: when there are errors.

        Since 0.1. Django: ``BaseModelFormSet.save``.
        """
        if not self.is_valid():
            problem = "has errors, or was not submitted: nothing was saved."
            raise ValueError(f"{type(self).__name__} {problem}")
        saved = self.save_existing_objects(commit)
        return saved if self.edit_only else saved + self.save_new_objects(commit)

    def save_existing_objects(self, commit: bool = True) -> list[Any]:
        """Delete and change rows that are there; return those changed."""
        forms = [f for f in self.initial_forms if inspect(f.instance).has_identity]
        self.deleted_objects = [form.instance for form in forms if form.is_marked()]
        for obj in self.deleted_objects:  # first: a new row may have what these had
            self.delete_existing(obj, commit)
        changed = [f for f in forms if f.has_changed() and not f.is_marked()]
        self.changed_objects = [(form.instance, form.changed_data) for form in changed]
        return [self.save_existing(form, form.instance, commit) for form in changed]

    def save_new_objects(self, commit: bool = True) -> list[Any]:
        """Add a row for each empty form that was filled; return them."""
        filled = [f for f in self.extra_forms if f.has_changed() and not f.is_marked()]
        self.new_objects = [self.save_new(form, commit) for form in filled]
        return self.new_objects

    def save_existing(self, form: Any, obj: Any, commit: bool = True) -> Any:
        """Save one changed row, and return it."""
        return _saved(form, commit)

    def save_new(self, form: Any, commit: bool = True) -> Any:
        """Save one new row, and return it."""
        self._prepare(form.instance)
        return _saved(form, commit)

    def delete_existing(self, obj: Any, commit: bool = True) -> None:
        """Delete one row."""
        if commit:
            writing.delete(obj)


class BaseInlineFormSet(BaseModelFormSet):
    """Edit the children of an object; :func:`inlineformset_factory` makes a subclass.

    :param instance: the parent; without one, or while it is new, it has no children.
    :param save_as_new: whether all forms are saved as new rows.

    Since 0.1. Django: ``BaseInlineFormSet``.
    """

    parent_model: ClassVar[Any]
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
        self.instance = new_object(self.parent_model) if instance is None else instance
        self.save_as_new = save_as_new

    @classmethod
    def get_default_prefix(cls) -> str:
        """Return the parent's relationship to its children, else ``<child>_set``."""
        return cls.fk.accessor or f"{cls.model.__name__.lower()}_set"

    def get_queryset(self) -> Any:
        """Return the statement of the parent's children; [] for a new parent."""
        if not inspect(self.instance).has_identity:
            return []
        found = super().get_queryset()
        if not isinstance(found, Select):
            return found
        return found.where(*self.fk.criteria(self.model, self.instance))

    def initial_form_count(self) -> int:
        """Return the number of forms for children that are there."""
        return 0 if self.save_as_new else super().initial_form_count()

    def _prepare(self, instance: Any) -> None:
        super()._prepare(instance)
        for name, value in self.fk.values_of(self.instance).items():
            setattr(instance, name, value)

    def save_new(self, form: Any, commit: bool = True) -> Any:
        """Save one new child of the parent, and return it."""
        if self.fk.relationship is not None:
            setattr(form.instance, self.fk.relationship, self.instance)
        return super().save_new(form, commit)


# --- factories ---------------------------------------------------------------------


def modelformset_factory(
    model: Any,
    form: Any = ModelForm,
    formset: Any = BaseModelFormSet,
    *,
    edit_only: bool = False,
    **options: Any,
) -> Any:
    """Return a formset class for a mapped class.

    :param form: a form class, from which the rows' is derived.
    :param edit_only: whether rows can be changed and deleted, but not added.
    :param options: those of :func:`formset_factory`, and those of
        :func:`cbv.forms.modelform_factory` (``fields``, ``exclude``, ``choices``,
        ``widgets``, ``labels``, ``help_texts``, ``field_classes``).
    :raises ImproperlyConfigured: for neither ``fields`` nor a form class that has any.

    Since 0.1. Django: ``modelformset_factory``.
    """
    counts = {name: options.pop(name) for name in OPTIONS if name in options}
    if issubclass(form, ModelForm):
        form = modelform_factory(model, form, **options)
    keys = key_names(model)
    key_field = "pk" if len(keys) > 1 or hasattr(form, keys[0]) else keys[0]
    form = _with_carried_fields(form, model, key_field)
    return type(
        f"{model.__name__}FormSet",
        (formset_factory(form, formset, **counts),),
        {
            "model": model,
            "edit_only": edit_only,
            "_target": Target(model, keys, (), True, keep(select(model))),
            "_key_field": key_field,
            "_made_anew": tuple(_names_made_anew(form)),
        },
    )


def inlineformset_factory(
    parent_model: Any,
    model: Any,
    form: Any = ModelForm,
    formset: Any = BaseInlineFormSet,
    *,
    fk_name: str | None = None,
    **options: Any,
) -> Any:
    """Return a formset class for the children of an object.

    :param parent_model: the parent's mapped class, and :param model: the children's.
    :param fk_name: an attribute of the foreign key, or the relationship, where the
        children have several to the parent's class.
    :param options: as :func:`modelformset_factory`; by default three empty forms are
        shown, and children can be deleted.
    :raises ImproperFormSet: without a foreign key, or with several and no ``fk_name``.

    Since 0.1. Django: ``inlineformset_factory``.
    """
    try:
        fk = foreign_key_to(parent_model, model, fk_name)
    except ImproperlyConfigured as error:
        raise ImproperFormSet(str(error)) from error
    owned = (*fk.names, *([fk.relationship] if fk.relationship else ()))
    options = {"extra": 3, "can_delete": True, **options}
    if fk.unique:
        options["max_num"] = 1
    made = modelformset_factory(model, form, formset, **options)
    made.parent_model, made.fk, made.owned = parent_model, fk, owned
    return made


def _with_carried_fields(form: Any, model: Any, key_field: str) -> Any:
    """Return a form class with hidden fields for the key and version of a row."""
    made = type(form)(form.__name__, (form,), {key_field: RowKeyField()})
    version = version_name(model)
    return made if version is None else versioned(made, version)


def _names_made_anew(form: Any) -> Iterator[str]:
    for name in dir(form):
        field = getattr(form, name)
        if isinstance(field, UnboundField) and callable(field.kwargs.get("default")):
            yield name


def _no_such_row() -> str:
    return gettext(
        "Select a valid choice. That choice is not one of the available choices."
    )


def _saved(form: Any, commit: bool) -> Any:
    """Fill the object of a form of any class and save it, unless not to commit."""
    if isinstance(form, ModelForm):
        return form.save(commit=commit)
    with writing.unflushed() if commit else nullcontext():
        fill(form, form.instance)
        if commit:
            writing.save(form.instance)
    return form.instance
