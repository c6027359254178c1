"""Make formset classes: for a form class, for a mapped class, for an object's children.

Django: ``formset_factory``, ``modelformset_factory`` and ``inlineformset_factory``.
Import the public names from :mod:`cbv.formsets`.
"""

from __future__ import annotations

from typing import Any

from ..db.parents import foreign_key_to
from ..exceptions import ImproperlyConfigured
from ..exceptions import misconfigured
from ..forms.model_form import ModelForm
from ..forms.model_form import modelform_factory
from ..forms.options import Options
from .base import BaseFormSet
from .base import ImproperFormSet
from .counts import DEFAULT_MAX_NUM
from .counts import OPTIONS
from .formset import BaseInlineFormSet
from .formset import BaseModelFormSet


def formset_factory(form: Any, formset: Any = BaseFormSet, **options: Any) -> Any:
    """Return a formset class for a form class.

    :param form: any WTForms form class.
    :param formset: the class to derive the formset class from. One for the rows of a
        mapped class must know that class: by its ``model``, or by the form's
        ``class Meta``.
    :param options: ``extra`` (the number of empty forms to show), ``can_order`` and
        ``can_delete`` (whether each form has a field ``ORDER`` or ``DELETE``),
        ``can_delete_extra`` (whether empty forms have ``DELETE`` too), ``max_num`` (the
        number of forms to show at most, unless more have initial values),
        ``validate_max`` (whether more forms are an error), ``min_num`` and
        ``validate_min`` (the same for the minimum), ``absolute_max`` (the number of
        forms to build at most, whatever is posted; by default ``max_num`` + 1000).
        None is the same as no value.
    :raises ImproperFormSet: for ``max_num`` above ``absolute_max``, for a model formset
        without a model, and for an inline formset, which knows no parent here.
    :raises TypeError: for another option.

    Since 0.1. Django: ``formset_factory``.
    """
    if unknown := set(options).difference(OPTIONS):
        raise TypeError(f"formset_factory() got unknown keywords: {sorted(unknown)}")
    attributes = {name: getattr(formset, name) for name in OPTIONS}
    attributes.update((name, v) for name, v in options.items() if v is not None)
    if attributes["absolute_max"] is None:
        attributes["absolute_max"] = attributes["max_num"] + DEFAULT_MAX_NUM
    if attributes["max_num"] > attributes["absolute_max"]:
        problem = "has a max_num above its absolute_max"
        raise ImproperFormSet(misconfigured(formset, problem, "raise absolute_max"))
    name = f"{form.__name__.removesuffix('Form')}FormSet"
    return type(name, (formset,), formset._laid_out(form, attributes))


def modelformset_factory(
    model: Any,
    form: Any = ModelForm,
    formset: Any = BaseModelFormSet,
    *,
    edit_only: bool = False,
    **options: Any,
) -> Any:
    """Return a formset class for the rows of a mapped class.

    :param model: the mapped class.
    :param form: the form class to derive the forms of the rows from: a ModelForm, or
        any other WTForms form class.
    :param formset: the class to derive the formset class from.
    :param edit_only: whether rows can be changed and deleted, but not added.
    :param options: the options of :func:`formset_factory`; for a ModelForm also those
        of :func:`cbv.forms.modelform_factory` (``fields``, ``exclude``, ``choices``,
        ``widgets``, ``labels``, ``help_texts``, ``field_classes``).
    :raises ImproperlyConfigured: without ``fields``, ``exclude`` and a form class that
        has fields.
    :raises ImproperFormSet: for a ``formset`` that is no :class:`BaseModelFormSet`.
    :raises TypeError: for another option.

    Since 0.1. Django: ``modelformset_factory``.
    """
    _check_base(formset, BaseModelFormSet)
    counts = {name: options.pop(name) for name in OPTIONS if name in options}
    if issubclass(form, ModelForm):
        form = modelform_factory(model, form, **options)
    elif unknown := set(options).difference(Options._fields):
        raise TypeError(
            f"modelformset_factory() got unknown keywords: {sorted(unknown)}"
        )
    known = {"model": model, "edit_only": edit_only}
    base = type(f"{model.__name__}FormSet", (formset,), known)
    return formset_factory(form, base, **counts)


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

    :param parent_model: the mapped class of the object.
    :param model: the mapped class of the children.
    :param form: as in :func:`modelformset_factory`.
    :param formset: the class to derive the formset class from.
    :param fk_name: the attribute of the children with the foreign key to the parent, or
        their relationship to it; needed when there are several.
    :param options: the options of :func:`modelformset_factory`. By default three empty
        forms are shown (``extra``), and children can be deleted (``can_delete``).
    :raises ImproperFormSet: when the children have no foreign key to the parent, or
        several and ``fk_name`` is None.

    Since 0.1. Django: ``inlineformset_factory``.
    """
    try:
        fk = foreign_key_to(parent_model, model, fk_name)
    except ImproperlyConfigured as error:
        raise ImproperFormSet(str(error)) from error
    _check_base(formset, BaseInlineFormSet)
    owned = (*fk.names, *([fk.relationship] if fk.relationship else ()))
    options = {"extra": 3, "can_delete": True, **options}
    if fk.unique:  # a one-to-one relationship
        options["max_num"] = 1
    known = {"parent_model": parent_model, "fk": fk, "owned": owned}
    base = type(f"{model.__name__}FormSet", (formset,), known)
    return modelformset_factory(model, form, base, **options)


def _check_base(formset: Any, wanted: Any) -> None:
    """Refuse a class that the formset class of a factory cannot be derived from."""
    if not issubclass(formset, wanted):
        problem = f"is no {wanted.__name__}"
        raise ImproperFormSet(
            misconfigured(formset, problem, f"derive it from {wanted.__name__}")
        )
