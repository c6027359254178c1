"""Form and ModelForm: forms that are made from a mapped class and fill its objects.

Django: ``django.forms`` and ``django.forms.models``. :mod:`cbv.forms.options` reads a
form's ``class Meta``; :mod:`cbv.forms.model_fields` chooses the field for a column.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from flask import current_app
from flask_wtf import form as flask_wtf_form
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from wtforms import Form as WTForm
from wtforms.fields.core import UnboundField
from wtforms.widgets import HiddenInput
from wtforms.widgets import html_params

from ..db import writing
from ..db.columns import mapper_of
from ..db.columns import new_object
from ..db.columns import without_proxy
from .cleaning import add_errors
from .cleaning import clean
from .filling import fill
from .model_fields import register_field as register_field
from .options import check_hooks
from .options import check_meta
from .options import no_field
from .options import Options
from .submission import SubmittedForm
from .unique import check_unique as check_unique
from .validators import add_error as add_error


class Form(SubmittedForm, WTForm):
    """A WTForms form with messages in the user's language; the base of model forms.

    Flask-Babel, where the application uses it, translates the messages. The form has no
    CSRF field: cbv's form views check the token themselves, and the form macros add it.
    In a template of your own, ``{{ form.csrf_token }}`` or
    ``{{ form.hidden_tag() }}`` renders it, as with Flask-WTF.

    Since 0.1. Django: ``Form``.
    """

    class Meta(SubmittedForm.Meta):
        """The settings that WTForms reads from a form class."""

        def get_translations(self, form: Any) -> Any:
            """Return Flask-Babel's translations if the application uses Flask-Babel."""
            enabled = current_app and current_app.config.get("WTF_I18N_ENABLED", True)
            translations = flask_wtf_form.translations if enabled else None
            return translations or super().get_translations(form)

    #: The values of the valid fields while :meth:`clean` and the like run.
    _cleaned: dict[str, Any] | None = None
    #: The values that :meth:`clean` added, which no field has.
    _cleaned_more: Mapping[str, Any] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        check_hooks(cls)

    def validate(self, extra_validators: Any = None) -> bool:
        """Tell whether all fields are valid and the form's own rules are kept.

        After WTForms' validators it calls ``clean_<name>()`` for each valid field, then
        :meth:`clean`. What they return replaces the values of the fields.

        :param extra_validators: by field name, more validators, as in WTForms.
        """
        valid = super().validate(extra_validators)
        clean(self)
        return valid and not self.errors

    def clean(self) -> Mapping[str, Any] | None:
        """Check rules that concern several fields; a hook.

        :returns: the values by field name, which the fields then have; None to keep
            ``cleaned_data`` as it is.
        :raises ValidationError: of ``cbv.forms`` or of WTForms: an error of the form,
            or of fields where it is made of a dict.

        Since 0.1. Django: ``Form.clean``.
        """
        return self.cleaned_data

    def add_error(self, field: str | None, error: Any) -> None:
        """Add an error to a field, or with None to the form as a whole.

        :param error: a text, a ValidationError, or a list of these.

        Since 0.1. Django: ``Form.add_error``.
        """
        add_errors(self, field, error)

    @property
    def cleaned_data(self) -> dict[str, Any]:
        """The values of the fields, by field name, and those that ``clean()`` added.

        Django: ``cleaned_data``.
        """
        if self._cleaned is not None:
            return self._cleaned
        values = {name: field.data for name, field in self._fields.items()}
        return {**values, **self._cleaned_more}

    @property
    def csrf_token(self) -> Markup:
        """The HTML of the hidden input that holds the CSRF token."""
        name = current_app.config.get("WTF_CSRF_FIELD_NAME", "csrf_token")
        attributes = html_params(type="hidden", name=name, value=generate_csrf())
        return Markup(f"<input {attributes}>")

    def hidden_tag(self) -> Markup:
        """Return the HTML of the CSRF token and of all hidden fields.

        Flask-WTF: ``hidden_tag``.
        """
        hidden = [str(f()) for f in self if isinstance(f.widget, HiddenInput)]
        return Markup("\n").join([self.csrf_token, *map(Markup, hidden)])


class ModelForm(Form):
    """A form with fields for the columns and relationships of a mapped class.

    ``class Meta`` names ``model`` and ``fields`` (or ``exclude``), and perhaps
    ``choices, labels, help_texts, widgets, field_classes``. A field declared in the
    class replaces the one of that name.

    :param formdata: the submitted values, such as ``request.form``; None for a form
        that is only shown.
    :param obj: the object that the form edits, if ``instance`` is not given.
    :param prefix: the text before the HTML name of each field.
    :param data: initial values by field name, for fields that the object does not have.
    :param meta: WTForms settings that replace those of ``class Meta``.
    :param instance: the object that the form edits: the fields start with its values
        and :meth:`save` fills it. None: a new object.

    Since 0.1. Django: ``ModelForm``.
    """

    #: The names of the fields that were made from the model.
    _model_fields: frozenset[str] = frozenset()
    #: The object that :func:`fill` has filled with the values of this form.
    _filled: Any = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        check_meta(cls)
        options = Options.of(cls)
        if options.model is not None:
            _lay_out(cls, options)

    def __init__(
        self,
        formdata: Any = None,
        obj: Any = None,
        prefix: str = "",
        data: Any = None,
        meta: Any = None,
        *,
        instance: Any = None,
        **kwargs: Any,
    ) -> None:
        self._instance = without_proxy(obj if instance is None else instance)
        super().__init__(formdata, self._instance, prefix, data, meta, **kwargs)

    @property
    def instance(self) -> Any:
        """The object that the form fills; a new one unless the form edits one.

        Django: ``ModelForm.instance``.
        """
        if self._instance is None:
            self._instance = new_object(self.meta.model)
        return self._instance

    @instance.setter
    def instance(self, instance: Any) -> None:
        self._instance = without_proxy(instance)

    def validate(self, extra_validators: Any = None) -> bool:
        """Tell whether all fields are valid and no other row has their unique values.

        :param extra_validators: by field name, more validators, as in WTForms.
        """
        valid = super().validate(extra_validators)
        return check_unique(self, self.instance) and valid

    def save(self, commit: bool = True) -> Any:
        """Fill the object, add it to the session, flush, and return the object.

        The dispatcher commits the transaction; outside a view call
        :func:`cbv.db.commit`.

        An object that this form has filled before, as a view does before
        ``form_valid``, is not filled again: what was set on it meanwhile stays.

        :param commit: False to fill the object only, without using a session.
        :raises ValueError: when the form has errors, or the object refuses a value
            (:class:`RefusedValue`).

        Since 0.1. Django: ``ModelForm.save``.
        """
        if self.errors:
            raise ValueError(f"{type(self).__name__} has errors: nothing was saved.")
        with writing.unflushed() if commit else nullcontext():
            if self._filled is not self.instance:
                fill(self, self.instance)
            if commit:
                writing.save(self.instance)
        return self.instance

    def save_m2m(self) -> None:
        """Do nothing: a hook, called by a program after ``save(commit=False)``.

        ``save`` has set the many-to-many relationships with the other attributes; they
        are saved when the object is.

        Since 0.1. Django: ``ModelForm.save_m2m``, which saves them.
        """


def _lay_out(form_class: Any, options: Options) -> None:
    """Set the fields of a form class: the model's in order, then the others."""
    inherited = form_class._model_fields
    declared = {
        name: field
        for name in dir(form_class)
        if isinstance(field := getattr(form_class, name, None), UnboundField)
        and (name not in inherited or name in vars(form_class))
    }
    names = options.names()
    overridden = {*declared, *_dropped(form_class)}
    made = {name: options.field(name) for name in names if name not in overridden}
    for name in inherited - {*names, *declared}:
        setattr(form_class, name, None)
    in_order = sorted(declared, key=lambda name: declared[name].creation_counter)
    for name in [*names, *(name for name in in_order if name not in names)]:
        if name in declared or name in made:
            setattr(form_class, name, _renewed(made.get(name) or declared[name]))
    form_class._model_fields = frozenset(made)


def _dropped(form_class: type) -> set[str]:
    """Return the names that a class sets to None, which removes the field."""
    return {name for name, value in vars(form_class).items() if value is None}


def _renewed(field: Any) -> Any:
    """Return a new copy of a field, which then comes after all earlier ones.

    WTForms sorts the fields of a form by the time at which they were made.
    """
    return UnboundField(field.field_class, *field.args, name=field.name, **field.kwargs)


def modelform_factory(
    model: Any,
    form: type[ModelForm] = ModelForm,
    fields: Any = None,
    exclude: Any = None,
    *,
    choices: Mapping[str, Any] | None = None,
    **options: Any,
) -> type[ModelForm]:
    """Make a form class for a mapped class and return it.

    :param model: the mapped class.
    :param form: the base class of the new one.
    :param fields: names of columns and relationships, or ``"__all__"``.
    :param exclude: names of columns and relationships to leave out.
    :param choices: by field name, the choices that the field offers: a ``select()``, a
        callable that returns one, a sequence of rows, or of values with labels.
    :param options: ``labels, help_texts, widgets, field_classes``, each a mapping by
        field name.
    :raises ImproperlyConfigured: for an unknown name, a column whose type has no form
        field, a column that holds a password hash, or neither ``fields`` nor
        ``exclude``.
    :raises TypeError: for an unknown keyword.

    Since 0.1. Django: ``modelform_factory``.
    """
    settings = {"fields": fields, "exclude": exclude, "choices": choices, **options}
    unknown = set(options).difference(Options._fields)
    if unknown:
        raise TypeError(f"modelform_factory() got unknown keywords: {sorted(unknown)}")
    _check_choices(model, choices or {})
    attributes = {k: v for k, v in settings.items() if v is not None}
    meta = type("Meta", (), {"model": model, **attributes})
    metaclass: Any = type(form)
    return metaclass(f"{model.__name__}Form", (form,), {"Meta": meta})  # type: ignore[no-any-return]


def _check_choices(model: Any, choices: Mapping[str, Any]) -> None:
    """Refuse choices for a name that the model does not have.

    A misspelt name would otherwise leave its field with all rows to choose from.
    """
    for name in choices:
        if name not in mapper_of(model).attrs:
            raise no_field(model, name)


# --- the form and its object ---------------------------------------------------------


def save_form(form: Any) -> None:
    """Save the object that a form has filled; by ``save()`` where that is overridden.

    Django's views always call ``form.save()``; here a form may be of any class.

    :param form: a form with an ``instance``.
    """
    if isinstance(form, ModelForm) and type(form).save is not ModelForm.save:
        form.save()
    else:
        writing.save(form.instance)
