"""Views of formsets: several forms, several rows, or a row with its children.

django-extra-views: ``FormSetView``, ``ModelFormSetView``, ``CreateWithInlinesView`` and
``UpdateWithInlinesView``. All that one POST saves is one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from functools import partial
from typing import Any

from flask.typing import ResponseReturnValue
from typing_extensions import TypeVar
from werkzeug.utils import cached_property

from ..db.statements import entity_of
from ..db.statements import finished
from ..db.statements import own_queryset
from ..forms.model_form import ModelForm
from ..forms.scoped import check_fields
from ..forms.scoped import fill_scope
from ..forms.scoped import made_form_class
from ..forms.scoped import owned_names
from ..forms.submission import submitted_form
from ..urls.paths import this_address
from ..views.edit import CreateView
from ..views.edit import FormMixin
from ..views.edit import ModelFormMixin
from ..views.edit import UpdateView
from ..views.list import Listing
from ..views.list import MultipleObjectMixin
from ..views.plan import is_overridden
from .base import all_valid
from .base import BaseFormSet
from .base import formset_factory
from .formset import BaseInlineFormSet
from .formset import BaseModelFormSet
from .formset import inlineformset_factory
from .formset import modelformset_factory

M = TypeVar("M", default=Any)


class FormSetView(FormMixin):
    """Show several forms of one class, and act on them when all are valid.

    Context: ``formset``.

    Since 0.1. django-extra-views: ``FormSetView``.
    """

    formset_class: Any = BaseFormSet
    #: Values for each form that starts with some: a list of dicts.
    initial: Any = ()
    #: Keywords for the factory: ``extra``, ``can_delete``, ``max_num`` …
    factory_kwargs: Mapping[str, Any] = {}
    #: Keywords for the formset: ``form_kwargs``, ``error_messages`` …
    formset_kwargs: Mapping[str, Any] = {}

    template_name_suffix = "_formset"
    _form_name = "formset"

    # --- in the order in which a request meets them ----------------------------------

    def get_form(self, form_class: Any = None) -> Any:
        """Return the formset: what ``post`` validates in the place of a form."""
        return self.construct_formset()

    def construct_formset(self) -> Any:
        """Return the formset of this request."""
        return self.get_formset()(**self.get_formset_kwargs())

    def get_formset(self) -> Any:
        """Return the formset class, made once for what the class declares."""
        return _remembered(self, self._plan, "formset")

    def _made_formset(self, form_class: Any, base: Any, kwargs: Any) -> Any:
        return formset_factory(form_class, base, **kwargs)

    def get_formset_class(self) -> Any:
        """Return the class that the formset class is derived from."""
        return self.formset_class

    def get_factory_kwargs(self) -> dict[str, Any]:
        """Return the keywords for the factory."""
        return dict(self.factory_kwargs)

    def get_formset_kwargs(self) -> dict[str, Any]:
        """Return the keywords for the formset."""
        return {
            "formdata": submitted_form(),
            "initial": self.get_initial(),
            "prefix": self.get_prefix(),
            **self.formset_kwargs,
        }

    def get_initial(self) -> Any:
        """Return the values that forms start with: a copy of ``initial``."""
        return [dict(values) for values in self.initial]

    def _is_valid(self, form: Any) -> bool:
        return bool(form.is_valid())

    def _has_errors(self, form: Any) -> bool:
        return bool(form.total_error_count())

    def _valid(self, form: Any) -> ResponseReturnValue:
        return self.formset_valid(form)

    def formset_valid(self, formset: Any) -> ResponseReturnValue:
        """Redirect (303) to :meth:`get_success_url`.

        Since 0.1. django-extra-views: ``formset_valid``.
        """
        return self.form_valid(formset)

    def form_invalid(self, form: Any) -> ResponseReturnValue:
        """Hand on to :meth:`formset_invalid`."""
        return self.formset_invalid(form)

    def formset_invalid(self, formset: Any) -> ResponseReturnValue:
        """Show the formset again, with what was typed and the errors.

        Since 0.1. django-extra-views: ``formset_invalid``.
        """
        return self.render_to_response(self.get_context_data(formset=formset))

    def get_success_url(self) -> str:
        """Return where to go after success; without ``success_url``, here again."""
        if self.success_url:
            return super().get_success_url()
        return "/" + this_address("").lstrip("/")  # never another host's


class ModelFormSetView(FormSetView, MultipleObjectMixin[M]):
    """Edit rows of a statement, and add rows, all on one page.

    Rows outside the scope can be neither seen nor posted; new ones are filled from it.

    Context: ``formset``, and the rows as ``object_list`` and ``<model>_list``.

    Since 0.1. django-extra-views: ``ModelFormSetView``.
    """

    formset_class = BaseModelFormSet
    #: Names of the columns and relationships to edit, or ``"__all__"``.
    fields: Any = None
    #: By field name: a ``select()``, a callable giving one, or plain choices.
    choices: Mapping[str, Any] | None = None

    def _check_setup(self) -> None:
        super()._check_setup()
        if not is_overridden(self, "get_form_class"):
            check_fields(self)

    def get_form_class(self) -> Any:
        """Return ``form_class``, else the class that model forms are derived from."""
        return self.form_class or ModelForm

    def _made_formset(self, form_class: Any, base: Any, kwargs: Any) -> Any:
        model = self._template_model()
        make = partial(modelformset_factory, form=form_class, formset=base, **kwargs)
        made = made_form_class(self, model, make)
        made.owned = owned_names(self, model)
        return made

    def get_formset_kwargs(self) -> dict[str, Any]:
        """Add the statement of the rows, in scope, as ``queryset``."""
        queryset = finished(self, self.get_queryset(), self.scope, self.related)
        return {**super().get_formset_kwargs(), "queryset": queryset}

    def construct_formset(self) -> Any:
        """Return the formset of this request; the scope fills its new rows."""
        formset = self._formset = super().construct_formset()
        if self.scope is not None:
            formset.prepare_new = partial(fill_scope, self)
        return formset

    @cached_property
    def _listing(self) -> Listing:
        rows = [form.instance for form in self._formset.initial_forms]
        return Listing(self.get_queryset(), rows)

    def formset_valid(self, formset: Any) -> ResponseReturnValue:
        """Delete, change and add rows (the dispatcher commits), then redirect."""
        formset.save()
        return super().formset_valid(formset)

    def _template_model(self) -> type | None:
        return self.model or entity_of(self.get_queryset())


class InlineFormSetFactory:
    """The children of a page's object, edited along with it; a subclass says which.

    ``class ChoiceInline(InlineFormSetFactory): model = Choice; fields = ["text"]``

    :param view: the view of the page.
    :param instance: the parent.

    Since 0.1. django-extra-views: ``InlineFormSetFactory``.
    """

    #: The children's mapped class.
    model: Any = None
    #: Names of the columns and relationships to edit, or ``"__all__"``.
    fields: Any = None
    form_class: Any = None
    #: By field name: a ``select()``, a callable giving one, or plain choices.
    choices: Mapping[str, Any] | None = None
    #: A criterion, or a list of them, that every child must meet.
    scope: Any = None
    #: The statement of the children, instead of all rows of the model.
    queryset: Any = None
    #: An attribute of the foreign key, where there are several.
    fk_name: str | None = None
    prefix: str | None = None
    initial: Sequence[Mapping[str, Any]] = ()
    formset_class: Any = BaseInlineFormSet
    factory_kwargs: Mapping[str, Any] = {}
    formset_kwargs: Mapping[str, Any] = {}

    def __init__(self, view: Any, instance: Any = None) -> None:
        self.view, self.instance = view, instance
        self.user, self._plan = view.user, view._plan

    def construct_formset(self) -> Any:
        """Return the formset of this request."""
        formset = self.get_formset()(**self.get_formset_kwargs())
        if self.scope is not None:
            formset.prepare_new = partial(fill_scope, self)
        return formset

    def get_formset(self) -> Any:
        """Return the formset class, made once for what the class declares."""
        return _remembered(self, self._plan, f"inline {type(self).__qualname__}")

    def _made_formset(self, form_class: Any, base: Any, kwargs: Any) -> Any:
        make = partial(
            inlineformset_factory,
            self.view._form_model(),
            form=form_class,
            formset=base,
            fk_name=self.fk_name,
            **kwargs,
        )
        made = made_form_class(self, self.model, make)
        made.owned = (*made.owned, *owned_names(self, self.model))
        return made

    def get_form_class(self) -> Any:
        """Return ``form_class``, else the class that model forms are derived from."""
        check_fields(self)
        return self.form_class or ModelForm

    def get_formset_class(self) -> Any:
        """Return the class that the formset class is derived from."""
        return self.formset_class

    def get_factory_kwargs(self) -> dict[str, Any]:
        """Return the keywords for the factory."""
        return dict(self.factory_kwargs)

    def get_formset_kwargs(self) -> dict[str, Any]:
        """Return the keywords for the formset."""
        queryset = own_queryset(self, self.model, self.queryset)
        return {
            "formdata": submitted_form(),
            "initial": [dict(values) for values in self.initial],
            "prefix": self.prefix,
            **self.formset_kwargs,
            "instance": self.instance,
            "queryset": finished(self, queryset, self.scope),
        }


class ModelFormWithInlinesMixin(ModelFormMixin[M]):
    """Edit an object together with its children.

    Since 0.1. django-extra-views: ``ModelFormWithInlinesMixin``.
    """

    #: Subclasses of :class:`InlineFormSetFactory`, or classes that
    #: ``inlineformset_factory`` made.
    inlines: Sequence[Any] = ()

    _inlines: Sequence[Any] = ()
    _parent: Any = None

    def get_inlines(self) -> Sequence[Any]:
        """Return the classes of the children's formsets."""
        return self.inlines

    def construct_inlines(self) -> list[Any]:
        """Return the formsets of this request, one for each kind of children."""
        return [self._constructed(inline) for inline in self.get_inlines()]

    def _constructed(self, inline: Any) -> Any:
        if issubclass(inline, BaseInlineFormSet):
            return inline(submitted_form(), instance=self._parent)
        return inline(self, self._parent).construct_formset()

    def _is_valid(self, form: Any) -> bool:
        valid = super()._is_valid(form)
        self._parent = form.instance
        self._inlines = self.construct_inlines()
        return all_valid(self._inlines) and valid

    def _has_errors(self, form: Any) -> bool:
        found = any(formset.total_error_count() for formset in self._inlines)
        return super()._has_errors(form) or found

    def form_valid(self, form: Any) -> ResponseReturnValue:
        """Hand on to :meth:`forms_valid`."""
        return self.forms_valid(form, self._inlines)

    def forms_valid(self, form: Any, inlines: Sequence[Any]) -> ResponseReturnValue:
        """Save the object, then its children (the dispatcher commits), then redirect.

        Since 0.1. django-extra-views: ``forms_valid``.
        """
        answer = super().form_valid(form)
        for formset in inlines:
            formset.save()
        return answer

    def form_invalid(self, form: Any) -> ResponseReturnValue:
        """Hand on to :meth:`forms_invalid`."""
        return self.forms_invalid(form, self._inlines)

    def forms_invalid(self, form: Any, inlines: Sequence[Any]) -> ResponseReturnValue:
        """Show all forms again, with what was typed and the errors.

        Since 0.1. django-extra-views: ``forms_invalid``.
        """
        return self.render_to_response(
            self.get_context_data(form=form, inlines=inlines)
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add ``inlines``, a list of formsets."""
        if "form" not in kwargs:
            kwargs["form"] = self.get_form()
        if "inlines" not in kwargs:
            self._parent = kwargs["form"].instance
            kwargs["inlines"] = self.construct_inlines()
        return super().get_context_data(**kwargs)


class CreateWithInlinesView(ModelFormWithInlinesMixin[M], CreateView[M]):
    """Make an object together with its children: all of them, or nothing.

    Context: ``form``, ``inlines``.

    Since 0.1. django-extra-views: ``CreateWithInlinesView``.
    """


class UpdateWithInlinesView(ModelFormWithInlinesMixin[M], UpdateView[M]):
    """Edit an object together with its children: all of them, or nothing.

    Context: ``form``, ``inlines``, ``object``.

    Since 0.1. django-extra-views: ``UpdateWithInlinesView``.
    """


def _remembered(owner: Any, plan: Any, name: str) -> Any:
    """Return a view's formset class, made again only when its hooks say otherwise."""
    form_class, base = owner.get_form_class(), owner.get_formset_class()
    kwargs = owner.get_factory_kwargs()
    kept: dict[str, Any] = plan.once(name, dict, form_class, base)
    made = kept.get("made")
    if made is None or made[0] != kwargs:
        made = kept["made"] = kwargs, owner._made_formset(form_class, base, kwargs)
    return made[1]
