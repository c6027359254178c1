"""The views with a form: FormView, CreateView, UpdateView, DeleteView and their mixins.

A POST calls, in this order: :meth:`FormMixin.post`, ``get_form``, the validation,
``form_valid`` or ``form_invalid``, ``get_success_url``.

Django: ``django.views.generic.edit``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask.typing import ResponseReturnValue
from sqlalchemy.orm.exc import StaleDataError
from typing_extensions import TypeVar

from ..db import unit
from ..db import writing
from ..db.columns import new_object
from ..db.consequences import Consequences
from ..exceptions import misconfigured
from ..forms import refusals
from ..forms import scoped
from ..forms import versions
from ..forms.filling import fill
from ..forms.filling import RefusedValue
from ..forms.making import made_form
from ..forms.model_form import Form
from ..forms.model_form import ModelForm
from ..forms.model_form import save_form
from ..forms.submission import submitted_form
from ..forms.unique import check_unique
from ..forms.validators import add_error
from ..translation import gettext
from ..urls.paths import filled_url
from ..urls.paths import no_success_url
from ..urls.redirects import redirect
from .base import TemplateView
from .detail import DetailView
from .detail import SingleObjectMixin
from .expired import shown_again
from .lookup import object_property
from .plan import is_overridden
from .refused import explain
from .refused import leads_away

M = TypeVar("M", default=Any)


class FormMixin(TemplateView):
    """Show a form on GET; on POST, call :meth:`form_valid` or :meth:`form_invalid`.

    Since 0.1. Django: ``FormMixin`` and ``ProcessFormView``.
    """

    #: Any WTForms form class, with or without Flask-WTF.
    form_class: Any = None
    #: Initial values by field name; they replace those of the edited object.
    initial: Mapping[str, Any] = {}
    #: The text that WTForms puts before the names of all fields.
    prefix: str | None = None
    #: The target after success: a URL (``{pk}`` is filled), ``reverse_lazy`` or an
    #: endpoint.
    success_url: Any = None

    csrf_protected = True
    #: The name of the form in the template context.
    _form_name = "form"
    _form: Any = None

    # --- one POST, in the order of its calls ------------------------------------------

    def post(self, **kwargs: Any) -> ResponseReturnValue:
        """Answer POST: call ``form_valid`` for a valid form, else ``form_invalid``.

        The transaction is rolled back when the form has errors at the end: from its
        validators, from ``form_valid``, or because the database refused to save. After
        errors from ``form_valid`` a redirect would say that the form was saved: the
        answer is then that of ``form_invalid``.

        Since 0.1. Django: ``ProcessFormView.post``.
        """
        form = self._form = self.get_form()
        if "_expired" in self.__dict__:
            return shown_again(self, form)
        try:
            if versions.is_stale(form, self._edited_object()):
                answer = self.form_stale(form)
            elif self._is_valid(form):
                answer = self._process_valid(form)
                if self._has_errors(form) and leads_away(answer):
                    raise RefusedValue("form_valid() added errors to the form")
            else:
                answer = self.form_invalid(form)
        except (*writing.SAVE_ERRORS, RefusedValue) as error:
            writing.rollback()
            answer = self.save_failed(error)
        if self._has_errors(form):
            unit.set_rollback()
        return answer

    def put(self, **kwargs: Any) -> ResponseReturnValue:
        """Answer PUT like POST. Django: ``ProcessFormView.put``."""
        return self.post(**kwargs)

    def get_form(self, form_class: Any = None) -> Any:
        """Return the form of this request; on POST it has the submitted values.

        :param form_class: a class to use instead of that of :meth:`get_form_class`.

        Since 0.1. Django: ``FormMixin.get_form``.
        """
        kwargs, edited = self.get_form_kwargs(), self._edited_object()
        return made_form(form_class or self.get_form_class(), kwargs, edited)

    def get_form_class(self) -> Any:
        """Return the form class to use. Django: ``FormMixin.get_form_class``."""
        if self.form_class is None:
            raise misconfigured(
                self,
                "has no form",
                "set form_class to a WTForms form class",
                "override get_form_class() or get_form()",
            )
        return self.form_class

    def get_form_kwargs(self) -> dict[str, Any]:
        """Return the keyword arguments for the form class, with WTForms' names.

        ``formdata`` (submitted fields and files; None on GET), ``obj``, ``data`` (from
        :meth:`get_initial`) and ``prefix``. Django's ``FormMixin.get_form_kwargs`` has
        ``data`` and ``files``, ``instance``, ``initial`` and ``prefix`` instead.
        """
        return {
            "formdata": submitted_form(),
            "obj": None,
            "data": self.get_initial(),
            "prefix": self.get_prefix() or "",
        }

    def get_initial(self) -> dict[str, Any]:
        """Return a copy of ``initial``. Django: ``FormMixin.get_initial``."""
        return dict(self.initial)

    def get_prefix(self) -> str | None:
        """Return the prefix of the field names. Django: ``FormMixin.get_prefix``."""
        return self.prefix

    def _is_valid(self, form: Any) -> bool:
        return bool(form.validate())

    def _edited_object(self) -> Any:
        """Return the object that the form edits or deletes, None for a new one."""
        return None

    def form_stale(self, form: Any) -> ResponseReturnValue:
        """Show the form again (409): another request changed the object meanwhile.

        The form keeps the submitted values and carries the new version of the row, so
        that submitting it again saves it. Context: ``theirs``, the values that are in
        the database now, by field name.

        Since 0.1. SQLAlchemy: ``version_id_col``.
        """
        add_error(form, None, gettext(versions.STALE))
        theirs = versions.theirs(form, self._edited_object())
        context = self.get_context_data(form=form, theirs=theirs)
        return self.render_to_response(context, status=409)

    def _answer_overtaken(self, form: Any) -> ResponseReturnValue:
        """Answer when another request changed a row, of this object or another."""
        if self._edited_object() is not None:
            view: Any = self  # declared here, it would hide SingleObjectMixin's
            form.instance = view.object = view.get_object()
            versions.carry(form, form.instance)
        return self.form_stale(form)

    def _has_errors(self, form: Any) -> bool:
        return bool(form.errors)

    def _process_valid(self, form: Any) -> ResponseReturnValue:
        return self.form_valid(form)

    def form_valid(self, form: Any) -> ResponseReturnValue:
        """Redirect to :meth:`get_success_url` with status 303.

        Since 0.1. Django: ``FormMixin.form_valid``, which answers 302.
        """
        return redirect(self.get_success_url(), 303)

    def form_invalid(self, form: Any) -> ResponseReturnValue:
        """Show the form again, with the submitted values and their errors.

        Since 0.1. Django: ``FormMixin.form_invalid``.
        """
        return self.render_to_response(self.get_context_data(form=form))

    def save_failed(self, error: Exception) -> ResponseReturnValue:
        """Show the form again, with an error unless its fields have errors already."""
        form = self._form
        if form is None:
            raise error
        if isinstance(error, StaleDataError):
            return self._answer_overtaken(form)
        explain(self, form, error)
        unit.set_rollback()
        return self.form_invalid(form)

    def _explain(self, form: Any) -> None:
        """Add an error that says why the database refused to save the form."""
        text = "This could not be saved: it does not fit the data that is there."
        add_error(form, None, text)

    def get_success_url(self) -> str:
        """Return the URL to redirect to after success.

        :raises ImproperlyConfigured: without ``success_url``.

        Since 0.1. Django: ``FormMixin.get_success_url``.
        """
        if not self.success_url:
            raise no_success_url(self)
        return filled_url(self, self.success_url, self._edited_object())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add ``form`` to the template context."""
        if self._form_name not in kwargs:
            kwargs[self._form_name] = self.get_form()
        return super().get_context_data(**kwargs)


class FormView(FormMixin):
    """Show a form; when it is submitted and valid, call :meth:`form_valid`.

    Since 0.1. Django: ``FormView``.
    """


class ModelFormMixin(FormMixin, SingleObjectMixin[M]):
    """Create or edit an object with a form class, by default generated from the model.

    Since 0.1. Django: ``ModelFormMixin``.
    """

    #: Names of the columns and relationships to edit, or ``"__all__"``.
    fields: Any = None
    #: Choices by field name: a ``select()``, a function that returns one, or a list.
    choices: Mapping[str, Any] | None = None

    def _check_setup(self) -> None:
        super()._check_setup()
        hooks = ("get_form_class", "get_form", "setup", "dispatch_request")
        if not any(is_overridden(self, hook) for hook in hooks):
            scoped.check_declared(self)

    def get_form_class(self) -> Any:
        """Return ``form_class``, or a form class generated from the model's ``fields``.

        Since 0.1. Django: ``ModelFormMixin.get_form_class``.
        """
        scoped.check_fields(self)
        if self.form_class is not None:
            return self.form_class
        model, inputs = self._form_model(), (self.fields, self.choices, self.scope)
        return self._plan.once(
            "form_class", lambda: scoped.made_form_class(self, model), model, *inputs
        )

    def _form_model(self) -> Any:
        return self.model or self._object_model()

    def _edited_object(self) -> Any:
        return self.object

    def get_form_kwargs(self) -> dict[str, Any]:
        """Add ``obj``: the object whose values the fields show, None for a new one."""
        return {**super().get_form_kwargs(), "obj": self.object}

    def get_form(self, form_class: Any = None) -> Any:
        """Return the form; ``form.instance`` is the object that will be saved."""
        form = super().get_form(form_class)
        scoped.limits_of(self, self._form_model()).apply(form)
        form.instance = self.object if self.object is not None else self._new_object()
        return form

    def _new_object(self) -> Any:
        """Return a new object of the model, with the values that the scope requires."""
        instance = new_object(self._form_model())
        scoped.fill_scope(self, instance)
        return instance

    def _is_valid(self, form: Any) -> bool:
        # Again: an override of get_form() may have made the form.
        scoped.limits_of(self, self._form_model()).apply(form)
        valid = super()._is_valid(form)
        is_checked = isinstance(form, ModelForm)  # its validate() finds what is taken
        return valid and (is_checked or check_unique(form, form.instance))

    def _process_valid(self, form: Any) -> ResponseReturnValue:
        """Copy the form's values to the object, then call ``form_valid``."""
        with writing.unflushed():
            fill(form, form.instance)
            if self.object is None:
                scoped.fill_scope(self, form.instance)
            return super()._process_valid(form)

    def form_valid(self, form: Any) -> ResponseReturnValue:
        """Add ``form.instance`` to the session and flush it, then redirect.

        The dispatcher commits after the handler.

        Since 0.1. Django: ``ModelFormMixin.form_valid``.
        """
        save_form(form)
        self.object = form.instance
        return super().form_valid(form)

    def _explain(self, form: Any) -> None:
        if not refusals.explain(form, form.instance):
            super()._explain(form)

    def get_success_url(self) -> str:
        """Return ``success_url`` filled from the object, or its ``get_absolute_url()``.

        Since 0.1. Django: ``ModelFormMixin.get_success_url``.
        """
        if self.success_url:
            return filled_url(self, self.success_url, self.object)
        instance: Any = self.object
        if hasattr(type(instance), "get_absolute_url"):
            return str(instance.get_absolute_url())
        model = self._form_model().__name__
        raise no_success_url(self, f"define get_absolute_url() on {model}")

    def _template_model(self) -> type | None:
        return self._object_model()


class CreateView(ModelFormMixin[M]):
    """Show a form for a new object, and save the object.

    Context: ``form``; ``object`` is missing until the object is saved.

    Since 0.1. Django: ``CreateView``.
    """

    template_name_suffix = "_form"

    @object_property
    def object(self) -> Any:
        """None until the new object is saved."""
        return None

    def save_failed(self, error: Exception) -> ResponseReturnValue:
        """Show the form again with an error; the object was not saved."""
        self.object = None
        return super().save_failed(error)


class UpdateView(ModelFormMixin[M]):
    """Show a form for the object that the URL names, and save its changes.

    Context: ``form``, ``object``, and the same object under the model's name.

    Since 0.1. Django: ``UpdateView``.
    """

    template_name_suffix = "_form"


class DeleteView(FormMixin, DetailView[M]):
    """Ask for confirmation on GET; delete the object on POST or DELETE.

    Context: ``object``, ``form``, and ``consequences``: what else goes or changes.

    Since 0.1. Django: ``DeleteView``.
    """

    form_class = Form
    template_name_suffix = "_confirm_delete"
    #: PUT would replace the object; nobody means to delete it by that.
    put: Any = None

    def delete(self, **kwargs: Any) -> ResponseReturnValue:
        """Answer DELETE like POST. Django: ``DeletionMixin.delete``."""
        return self.post(**kwargs)

    def _edited_object(self) -> Any:
        return self.object

    def form_valid(self, form: Any) -> ResponseReturnValue:
        """Delete the object, flush, then redirect; the dispatcher commits.

        Since 0.1. Django: ``DeleteView.form_valid``.
        """
        answer = super().form_valid(form)  # first: its URL may need the object's values
        writing.delete(self.object)
        return answer

    def save_failed(self, error: Exception) -> ResponseReturnValue:
        """Show the page again with status 409: other rows refer to the object."""
        form, is_busy = self._form, writing.is_busy(error)
        if form is None or is_busy or isinstance(error, (StaleDataError, RefusedValue)):
            return super().save_failed(error)
        add_error(form, None, refusals.REFERRED_TO)
        unit.set_rollback()
        context = self.get_context_data(form=form)
        return self.render_to_response(context, status=409)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add ``consequences``, which are counted when the template asks for them."""
        kwargs.setdefault("consequences", Consequences(self.object))
        return super().get_context_data(**kwargs)
