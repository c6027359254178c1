"""Views with formsets: for several forms, several rows, or an object and its children.

All rows that one POST saves are saved in one transaction.

Django has no counterpart; the classes and hooks have the names of django-extra-views.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from collections.abc import Sequence
from functools import partial
from typing import Any

from flask.typing import ResponseReturnValue
from typing_extensions import TypeVar
from werkzeug.utils import cached_property

from ..db.scopes import check_scope
from ..db.statements import entity_of
from ..db.statements import finished
from ..db.statements import own_queryset
from ..exceptions import misconfigured
from ..forms.model_form import ModelForm
from ..forms.refusals import explain_formset
from ..forms.scoped import check_declared
from ..forms.scoped import check_owned
from ..forms.scoped import fill_scope
from ..forms.scoped import limits_of
from ..forms.scoped import made_form_class
from ..forms.submission import submitted_form
from ..forms.validators import add_error
from ..forms.versions import STALE
from ..translation import gettext
from ..urls.paths import this_address
from ..urls.redirects import single_slash
from ..views.edit import CreateView
from ..views.edit import FormMixin
from ..views.edit import ModelFormMixin
from ..views.edit import UpdateView
from ..views.list import MultipleObjectMixin
from ..views.listing import Listing
from ..views.plan import is_overridden
from .base import all_valid
from .base import BaseFormSet
from .factories import formset_factory
from .factories import modelformset_factory
from .formset import BaseInlineFormSet
from .formset import BaseModelFormSet
from .inlines import InlineFormSetFactory
from .inlines import remembered_class

M = TypeVar("M", default=Any)


class FormSetView(FormMixin):
    """Show several forms of one class; call :meth:`formset_valid` if all are valid.

    Context: ``formset``.

    Since 0.1. django-extra-views: ``FormSetView``.
    """

    #: The class to derive the formset class from.
    formset_class: Any = BaseFormSet
    #: The initial values: a list of dicts, one for each form that has any.
    initial: Any = ()
    #: Arguments of ``formset_factory``: ``extra``, ``can_delete``, ``max_num`` …
    factory_kwargs: Mapping[str, Any] = {}
    #: Arguments of the formset: ``form_kwargs``, ``error_messages`` …
    formset_kwargs: Mapping[str, Any] = {}

    template_name_suffix = "_formset"
    _form_name = "formset"

    # --- in the order in which a request calls them ----------------------------------

    def get_form(self, form_class: Any = None) -> Any:
        """Return the formset, which ``post`` validates like a form."""
        return self.construct_formset()

    def construct_formset(self) -> Any:
        """Return the formset of this request.

        Since 0.1. django-extra-views: ``construct_formset``.
        """
        return self.get_formset()(**self.get_formset_kwargs())

    def get_formset(self) -> Any:
        """Return the formset class; it is remembered while its arguments are the same.

        Since 0.1. django-extra-views: ``get_formset``.
        """
        return remembered_class(self, self._plan, "formset")

    def _class_inputs(self) -> tuple[Any, ...]:
        """Return what the formset class is made from, besides its keywords."""
        return ()

    def _formset_class_from(self, form_class: Any, base: Any, kwargs: Any) -> Any:
        """Return a new formset class: of these forms, derived from ``base``."""
        return formset_factory(form_class, base, **kwargs)

    def get_formset_class(self) -> Any:
        """Return the class to derive the formset class from."""
        return self.formset_class

    def get_factory_kwargs(self) -> dict[str, Any]:
        """Return the keyword arguments for ``formset_factory``."""
        return dict(self.factory_kwargs)

    def get_formset_kwargs(self) -> dict[str, Any]:
        """Return the keyword arguments for the formset.

        Since 0.1. django-extra-views: ``get_formset_kwargs``.
        """
        return {
            "formdata": submitted_form(),
            "initial": self.get_initial(),
            "prefix": self.get_prefix(),
            **self.formset_kwargs,
        }

    def get_initial(self) -> Any:
        """Return a copy of ``initial``, the initial values of the forms."""
        return [dict(values) for values in self.initial]

    def _is_valid(self, form: Any) -> bool:
        return bool(form.is_valid())

    def _has_errors(self, form: Any) -> bool:
        return bool(form.total_error_count())

    def _process_valid(self, form: Any) -> ResponseReturnValue:
        return self.formset_valid(form)

    def form_stale(self, form: Any) -> ResponseReturnValue:
        """Show the formset again (409): another request changed a row meanwhile.

        It is made anew from what was submitted and the rows as they are now, so the
        error stands at the row, which carries its new version.

        Since 0.1. SQLAlchemy: ``version_id_col``.
        """
        formset = self.get_form()
        if self._is_valid(formset):  # then it was a row of no form
            add_error(formset, None, gettext(STALE))
        context = self.get_context_data(formset=formset)
        return self.render_to_response(context, status=409)

    def formset_valid(self, formset: Any) -> ResponseReturnValue:
        """Redirect to :meth:`get_success_url` with status 303.

        Since 0.1. django-extra-views: ``formset_valid``.
        """
        return self.form_valid(formset)

    def form_invalid(self, form: Any) -> ResponseReturnValue:
        """Call :meth:`formset_invalid` with the formset."""
        return self.formset_invalid(form)

    def formset_invalid(self, formset: Any) -> ResponseReturnValue:
        """Show the formset again, with the submitted values and their errors.

        Since 0.1. django-extra-views: ``formset_invalid``.
        """
        return self.render_to_response(self.get_context_data(formset=formset))

    def get_success_url(self) -> str:
        """Return the URL to redirect to; without ``success_url``, that of this page."""
        if self.success_url:
            return super().get_success_url()
        return single_slash(this_address(""))


class ModelFormSetView(FormSetView, MultipleObjectMixin[M]):
    """Edit, delete and add rows of a table on one page.

    Rows outside the view's ``scope`` are not shown, and posting their keys is an error.
    New rows get the values that the scope requires.

    Context: ``formset``, and the rows as ``object_list`` and ``<model>_list``.

    Since 0.1. django-extra-views: ``ModelFormSetView``.
    """

    formset_class = BaseModelFormSet
    #: Names of the columns and relationships to edit, or ``"__all__"``.
    fields: Any = None
    #: Choices by field name: a ``select()``, a function that returns one, or a list.
    choices: Mapping[str, Any] | None = None

    def _check_setup(self) -> None:
        super()._check_setup()
        if not is_overridden(self, "get_form_class"):
            check_declared(self)

    def get_form_class(self) -> Any:
        """Return the class to derive the forms from: ``form_class``, or ModelForm."""
        return self.form_class or ModelForm

    def _class_inputs(self) -> tuple[Any, ...]:
        return self._template_model(), self.fields, self.choices, self.scope

    def _formset_class_from(self, form_class: Any, base: Any, kwargs: Any) -> Any:
        model = self._template_model()
        make = partial(modelformset_factory, form=form_class, formset=base, **kwargs)
        return made_form_class(self, model, make)

    def get_formset_kwargs(self) -> dict[str, Any]:
        """Add ``queryset``: the statement of the rows, with the view's scope."""
        queryset = finished(self, self.get_queryset(), self.scope, self.related)
        return {**super().get_formset_kwargs(), "queryset": queryset}

    def construct_formset(self) -> Any:
        """Return the formset of this request; its new rows get the scope's values."""
        formset = self._formset = super().construct_formset()
        formset.keep_within(limits_of(self, formset.model))
        if self.scope is not None:
            formset.prepare_new = partial(fill_scope, self)
        return formset

    @cached_property
    def _listing(self) -> Listing:
        rows = [form.instance for form in self._formset.initial_forms]
        return Listing(self.get_queryset(), rows)

    def formset_valid(self, formset: Any) -> ResponseReturnValue:
        """Save the rows, then redirect; the dispatcher commits after the handler.

        Since 0.1. django-extra-views: ``formset_valid``.
        """
        formset.save()
        return super().formset_valid(formset)

    def _explain(self, form: Any) -> None:
        if not explain_formset(form):
            super()._explain(form)

    def _template_model(self) -> type | None:
        return self.model or entity_of(self.get_queryset())


class ModelFormWithInlinesMixin(ModelFormMixin[M]):
    """Edit an object together with its children, in one ``<form>``.

    Since 0.1. django-extra-views: ``ModelFormWithInlinesMixin``.
    """

    #: The kinds of children: subclasses of :class:`InlineFormSetFactory`, or formset
    #: classes from ``inlineformset_factory``.
    inlines: Sequence[Any] = ()

    _inlines: Sequence[Any] = ()
    _parent: Any = None

    def _check_setup(self) -> None:
        super()._check_setup()
        for inline in self.inlines:
            if issubclass(inline, InlineFormSetFactory) and inline.model is not None:
                check_owned(inline, inline.model)
                declared = own_queryset(inline, inline.model, inline.queryset)
                check_scope(inline, declared, inline.scope)

    def get_inlines(self) -> Sequence[Any]:
        """Return the kinds of children to edit: here ``inlines``.

        Since 0.1. django-extra-views: ``get_inlines``.
        """
        return self.inlines

    def construct_inlines(self) -> list[Any]:
        """Return the formsets of this request, one for each kind of children.

        Since 0.1. django-extra-views: ``construct_inlines``.
        """
        inlines = [self._construct_inline(inline) for inline in self.get_inlines()]
        counts = Counter(formset.prefix for formset in inlines)
        for prefix in (prefix for prefix, count in counts.items() if count > 1):
            problem = f"has several inlines with the prefix {prefix!r}, so that each"
            problem += " would save what was typed into another"
            raise misconfigured(self, problem, "set another prefix on one of them")
        return inlines

    def _construct_inline(self, inline: Any) -> Any:
        if issubclass(inline, BaseInlineFormSet):
            formset = inline(submitted_form(), instance=self._parent)
            limits = limits_of(self, self._form_model())
            formset.keep_within(limits._replace(owned=()))
            return formset
        return inline(self, self._parent).construct_formset()

    def _is_valid(self, form: Any) -> bool:
        is_valid = super()._is_valid(form)
        self._parent = form.instance
        self._inlines = self.construct_inlines()
        return all_valid(self._inlines) and is_valid

    def _has_errors(self, form: Any) -> bool:
        in_children = any(formset.total_error_count() for formset in self._inlines)
        return super()._has_errors(form) or in_children

    def _explain(self, form: Any) -> None:
        found = [explain_formset(formset) for formset in self._inlines]
        if not any(found):
            super()._explain(form)

    def form_valid(self, form: Any) -> ResponseReturnValue:
        """Call :meth:`forms_valid` with the form and the formsets."""
        return self.forms_valid(form, self._inlines)

    def forms_valid(self, form: Any, inlines: Sequence[Any]) -> ResponseReturnValue:
        """Save the object, then its children, then redirect; the dispatcher commits.

        :param form: the form of the object.
        :param inlines: the formsets of the children.

        Since 0.1. django-extra-views: ``forms_valid``.
        """
        answer = super().form_valid(form)
        for formset in inlines:
            formset.save()
        return answer

    def form_stale(self, form: Any) -> ResponseReturnValue:
        """Show all forms again (409), with the children as they are now.

        Since 0.1. SQLAlchemy: ``version_id_col``.
        """
        self._parent = form.instance
        self._inlines = self.construct_inlines()
        all_valid(self._inlines)
        return super().form_stale(form)

    def form_invalid(self, form: Any) -> ResponseReturnValue:
        """Call :meth:`forms_invalid` with the form and the formsets."""
        return self.forms_invalid(form, self._inlines)

    def forms_invalid(self, form: Any, inlines: Sequence[Any]) -> ResponseReturnValue:
        """Show all forms again, with the submitted values and their errors.

        :param form: the form of the object.
        :param inlines: the formsets of the children.

        Since 0.1. django-extra-views: ``forms_invalid``.
        """
        return self.render_to_response(
            self.get_context_data(form=form, inlines=inlines)
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add ``inlines`` to the template context: a list of formsets."""
        if "form" not in kwargs:
            kwargs["form"] = self.get_form()
        if "inlines" not in kwargs:
            self._parent = kwargs["form"].instance
            kwargs["inlines"] = self._inlines or self.construct_inlines()
        return super().get_context_data(**kwargs)


class CreateWithInlinesView(ModelFormWithInlinesMixin[M], CreateView[M]):
    """Create an object together with its children, in one transaction.

    Context: ``form``, ``inlines``.

    Since 0.1. django-extra-views: ``CreateWithInlinesView``.
    """


class UpdateWithInlinesView(ModelFormWithInlinesMixin[M], UpdateView[M]):
    """Edit an object together with its children, in one transaction.

    Context: ``form``, ``inlines``, ``object``.

    Since 0.1. django-extra-views: ``UpdateWithInlinesView``.
    """
