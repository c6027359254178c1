"""Configure the formset of one kind of children, and remember formset classes.

The views that use both are in ``views.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from difflib import get_close_matches
from functools import partial
from typing import Any

from ..db.statements import finished
from ..db.statements import own_queryset
from ..exceptions import misconfigured
from ..forms.model_form import ModelForm
from ..forms.options import Options
from ..forms.scoped import check_fields
from ..forms.scoped import fill_scope
from ..forms.scoped import limits_of
from ..forms.scoped import made_form_class
from ..forms.submission import submitted_form
from .counts import OPTIONS
from .factories import inlineformset_factory
from .formset import BaseInlineFormSet


class InlineFormSetFactory:
    """Configures the formset for one kind of children on the page of their parent.

    ``class ChoiceInline(InlineFormSetFactory): model = Choice; fields = ["text"]``

    List subclasses in ``inlines`` of the view, which makes an instance for a request.

    :param view: the view of the page.
    :param instance: the parent, which the view's own form edits.

    Since 0.1. django-extra-views: ``InlineFormSetFactory``.
    """

    #: The mapped class of the children.
    model: Any = None
    #: Names of the columns and relationships to edit, or ``"__all__"``.
    fields: Any = None
    #: A form class to use instead of ``fields``.
    form_class: Any = None
    #: Choices by field name: a ``select()``, a function that returns one, or a list.
    choices: Mapping[str, Any] | None = None
    #: A SQLAlchemy criterion, or a list of them, that every child must meet.
    scope: Any = None
    #: The ``select()`` of the children; None for all rows of the model. The formset
    #: limits it to the children of the parent.
    queryset: Any = None
    #: The attribute with the foreign key to the parent, where there are several.
    fk_name: str | None = None
    #: The prefix of the field names; None for the name of the parent's relationship.
    prefix: str | None = None
    #: The initial values of the empty forms: a list of dicts.
    initial: Sequence[Mapping[str, Any]] = ()
    #: The class to derive the formset class from.
    formset_class: Any = BaseInlineFormSet
    #: Arguments of ``inlineformset_factory``: ``extra``, ``can_delete``, ``max_num`` …
    factory_kwargs: Mapping[str, Any] = {}
    #: Arguments of the formset: ``form_kwargs``, ``error_messages`` …
    formset_kwargs: Mapping[str, Any] = {}

    def __init__(self, view: Any, instance: Any = None) -> None:
        self.view, self.instance = view, instance
        self.user, self._plan = view.user, view._plan

    def construct_formset(self) -> Any:
        """Return the formset of this request; its new rows get the scope's values."""
        formset = self.get_formset()(**self.get_formset_kwargs())
        view = self.view
        parents = (type(view), view._form_model(), view.scope)
        formset.keep_within(limits_of(self, self.model, parents))
        if self.scope is not None:
            formset.prepare_new = partial(fill_scope, self)
        return formset

    def get_formset(self) -> Any:
        """Return the formset class; it is remembered while its arguments are the same.

        Since 0.1. django-extra-views: ``get_formset``.
        """
        return remembered_class(self, self._plan, f"inline {type(self).__qualname__}")

    def _class_inputs(self) -> tuple[Any, ...]:
        """Return what the formset class is made from, besides its keywords."""
        kind = type(self), self.view._form_model(), self.model, self.fk_name
        return *kind, self.fields, self.choices, self.scope

    def _formset_class_from(self, form_class: Any, base: Any, kwargs: Any) -> Any:
        make = partial(
            inlineformset_factory,
            self.view._form_model(),
            form=form_class,
            formset=base,
            fk_name=self.fk_name,
            **kwargs,
        )
        return made_form_class(self, self.model, make)

    def get_form_class(self) -> Any:
        """Return the class to derive the forms from: ``form_class``, or ModelForm."""
        check_fields(self)
        return self.form_class or ModelForm

    def get_formset_class(self) -> Any:
        """Return the class to derive the formset class from."""
        return self.formset_class

    def get_factory_kwargs(self) -> dict[str, Any]:
        """Return the keyword arguments for ``inlineformset_factory``."""
        return dict(self.factory_kwargs)

    def get_formset_kwargs(self) -> dict[str, Any]:
        """Return the keyword arguments for the formset."""
        queryset = own_queryset(self, self.model, self.queryset)
        return {
            "formdata": submitted_form(),
            "initial": [dict(values) for values in self.initial],
            "prefix": self.prefix,
            **self.formset_kwargs,
            "instance": self.instance,
            "queryset": finished(self, queryset, self.scope),
        }


def remembered_class(owner: Any, plan: Any, name: str) -> Any:
    """Return the formset class of a view or inline, the same one for each request.

    A new one is made when something that it is made from is not what it was in the
    last request: what a hook returns, or an attribute that a request has set on its
    own instance (the ``fields`` of an administrator, say, which nobody else may see).

    :param owner: the view or InlineFormSetFactory, whose hooks are called.
    :param plan: the plan of the view class, which remembers the formset class.
    :param name: the name to remember it under.
    """
    form_class, base = owner.get_form_class(), owner.get_formset_class()
    kwargs = owner.get_factory_kwargs()
    inputs = form_class, base, *owner._class_inputs()
    memory: dict[str, Any] = plan.once(name, dict, *inputs)
    last = memory.get("last")
    if last is None or last[0] != kwargs:
        try:
            formset_class = owner._formset_class_from(form_class, base, kwargs)
        except TypeError as error:
            raise _unknown_options(owner, kwargs) or error from error
        last = memory["last"] = kwargs, formset_class
    return last[1]


def _unknown_options(owner: Any, kwargs: Any) -> Exception | None:
    """Return the error for keywords that no formset factory has, None without any."""
    known = {*OPTIONS, *Options._fields, "edit_only", "fk_name"}
    unknown = sorted(set(kwargs) - known)
    if not unknown:
        return None
    near = [n for name in unknown for n in get_close_matches(name, known)]
    hint = f": did you mean {' or '.join(map(repr, near))}?" if near else ""
    problem = f"has factory_kwargs with {', '.join(map(repr, unknown))}{hint}"
    return misconfigured(owner, problem.rstrip("?"), "name options of the factory")
