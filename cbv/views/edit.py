"""FormMixin to DeleteView: one form from GET to the saved object.

Django: ``django.views.generic.edit``. One POST, top to bottom: :meth:`FormMixin.post`,
``get_form``, validation, ``form_valid`` or ``form_invalid``, ``get_success_url``.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from flask import abort
from flask import redirect
from flask.typing import ResponseReturnValue
from sqlalchemy.orm.exc import StaleDataError
from typing_extensions import TypeVar
from werkzeug.utils import cached_property

from ..db import unit
from ..db import writing
from ..db.columns import new_object
from ..exceptions import misconfigured
from ..forms.model_form import fill
from ..forms.model_form import Form
from ..forms.model_form import ModelForm
from ..forms.scoped import check_fields
from ..forms.scoped import fill_scope
from ..forms.scoped import made_form_class
from ..forms.submission import submitted_form
from ..forms.submission import with_initial
from ..forms.unique import check_unique
from ..forms.validators import add_error
from ..forms.versions import carry
from ..forms.versions import form_class_for
from ..forms.versions import is_stale
from ..forms.versions import STALE
from ..forms.versions import theirs
from ..translation import gettext
from ..urls.paths import filled_url
from .base import TemplateView
from .detail import DetailView
from .detail import SingleObjectMixin
from .plan import is_overridden

M = TypeVar("M", default=Any)

logger = logging.getLogger("cbv")


class FormMixin(TemplateView):
    """Show a form, and act on it when it is posted and valid.

    Since 0.1. Django: ``FormMixin`` and ``ProcessFormView``.
    """

    #: Any WTForms form class, with or without Flask-WTF.
    form_class: Any = None
    #: Values the form starts with; stronger than the object's.
    initial: Mapping[str, Any] = {}
    #: What is put before the names of the fields.
    prefix: str | None = None
    #: Where to go after success: a URL (``{pk}`` is filled), a lazy one or an endpoint.
    success_url: Any = None

    csrf_protected = True
    #: What the form is called in the context.
    _form_name = "form"

    # --- one POST, top to bottom ------------------------------------------------------

    def post(self, **kwargs: Any) -> ResponseReturnValue:
        """Answer POST: ``form_valid`` for a valid form, else ``form_invalid``.

        Nothing is saved when the form ends with errors: found by its validators, added
        by ``form_valid``, or because the database refused to save.

        Since 0.1. Django: ``ProcessFormView.post``.
        """
        form = self._form = self.get_form()
        try:
            if is_stale(form, self._edited()):
                answer = self.form_stale(form)
            elif self._is_valid(form):
                answer = self._valid(form)
            else:
                answer = self.form_invalid(form)
        except writing.SAVE_ERRORS as error:
            writing.rollback()
            answer = self.save_failed(error)
        except StaleDataError:
            writing.rollback()
            answer = self._overtaken(form)
        if self._has_errors(form):
            if not 300 <= getattr(answer, "status_code", 200) < 400:
                unit.set_rollback()
        return answer

    def put(self, **kwargs: Any) -> ResponseReturnValue:
        """Answer PUT as POST. Django: ``ProcessFormView.put``."""
        return self.post(**kwargs)

    def get_form(self, form_class: Any = None) -> Any:
        """Return the form of this request.

        Since 0.1. Django: ``FormMixin.get_form``.
        """
        kwargs, edited = with_initial(self.get_form_kwargs()), self._edited()
        form = form_class_for(form_class or self.get_form_class(), edited)(**kwargs)
        carry(form, edited)
        return form

    def get_form_class(self) -> Any:
        """Return the class of the form."""
        if self.form_class is None:
            raise misconfigured(
                self,
                "has no form",
                "set form_class to a WTForms form class",
                "override get_form_class() or get_form()",
            )
        return self.form_class

    def get_form_kwargs(self) -> dict[str, Any]:
        """Return the keywords for the form class.

        ``formdata`` (form and files as one; None unless submitted), ``obj``, ``data``
        (from :meth:`get_initial`) and ``prefix``: WTForms' names for Django's
        ``data``/``files``, ``instance``, ``initial`` and ``prefix``.
        """
        return {
            "formdata": submitted_form(),
            "obj": None,
            "data": self.get_initial(),
            "prefix": self.get_prefix() or "",
        }

    def get_initial(self) -> dict[str, Any]:
        """Return the values the form starts with: a copy of ``initial``."""
        return dict(self.initial)

    def get_prefix(self) -> str | None:
        """Return what is put before the names of the fields."""
        return self.prefix

    def _is_valid(self, form: Any) -> bool:
        valid: bool = form.validate()
        return valid

    def _edited(self) -> Any:
        """Return the object whose version the form carries, None without one."""
        return None

    def form_stale(self, form: Any) -> ResponseReturnValue:
        """Show the form again (409): someone else has changed the object meanwhile.

        What was typed is kept, what is stored now stands beside it, and the form
        carries the new version: sent again, it is saved. Context: ``theirs``, what is
        stored now, by field.

        Since 0.1. SQLAlchemy: ``version_id_col``.
        """
        add_error(form, None, gettext(STALE))
        context = self.get_context_data(form=form, theirs=theirs(form, self._edited()))
        return self.render_to_response(context, status=409)

    def _overtaken(self, form: Any) -> ResponseReturnValue:
        """Answer when the row was changed or deleted since this request read it."""
        if self._edited() is None:
            abort(404, description="The object is gone")
        view: Any = self  # an attribute of this class would hide SingleObjectMixin's
        form.instance = view.object = view.get_object()
        carry(form, form.instance)
        return self.form_stale(form)

    def _has_errors(self, form: Any) -> bool:
        return bool(form.errors)

    def _valid(self, form: Any) -> ResponseReturnValue:
        return self.form_valid(form)

    def form_valid(self, form: Any) -> ResponseReturnValue:
        """Redirect (303) to :meth:`get_success_url`.

        Since 0.1. Django: ``FormMixin.form_valid``, which answers 302.
        """
        return redirect(self.get_success_url(), code=303)

    def form_invalid(self, form: Any) -> ResponseReturnValue:
        """Show the form again, with what was typed and the errors.

        Since 0.1. Django: ``FormMixin.form_invalid``.
        """
        return self.render_to_response(self.get_context_data(form=form))

    def save_failed(self, error: Exception) -> ResponseReturnValue:
        """Show the form again when the database refused to save; nothing was saved."""
        form = self.__dict__.get("_form")
        if form is None:
            raise error
        logger.warning("%s: the database refused to save", type(self).__name__)
        logger.debug("what it said", exc_info=error)
        self._explain(form)
        unit.set_rollback()
        return self.form_invalid(form)

    def _explain(self, form: Any) -> None:
        text = "This could not be saved: it does not fit the data that is there."
        add_error(form, None, text)

    def get_success_url(self) -> str:
        """Return where to go after success.

        :raises ImproperlyConfigured: without ``success_url``.

        Since 0.1. Django: ``FormMixin.get_success_url``.
        """
        if not self.success_url:
            raise misconfigured(
                self,
                "has nowhere to go after success",
                "set success_url to a URL or endpoint",
                "override get_success_url()",
            )
        return filled_url(self, self.success_url, None)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add ``form``."""
        if self._form_name not in kwargs:
            kwargs[self._form_name] = self.get_form()
        return super().get_context_data(**kwargs)


class FormView(FormMixin):
    """Show a form, and act on it when it is posted and valid.

    Since 0.1. Django: ``FormView``.
    """


class ModelFormMixin(FormMixin, SingleObjectMixin[M]):
    """Make or edit an object by a form, made from the model unless one is given.

    Since 0.1. Django: ``ModelFormMixin``.
    """

    #: Names of the columns and relationships to edit, or ``"__all__"``.
    fields: Any = None
    #: By field name: a ``select()``, a callable giving one, or plain choices.
    choices: Mapping[str, Any] | None = None

    def _check_setup(self) -> None:
        super()._check_setup()
        known = ("get_form_class", "get_form", "setup", "dispatch_request")
        if not any(is_overridden(self, hook) for hook in known):
            check_fields(self)

    def get_form_class(self) -> Any:
        """Return ``form_class``, else a form made from the model's ``fields``, once.

        Since 0.1. Django: ``ModelFormMixin.get_form_class``.
        """
        check_fields(self)
        if self.form_class is not None:
            return self.form_class
        model, inputs = self._form_model(), (self.fields, self.choices, self.scope)
        return self._plan.once(
            "form_class", lambda: made_form_class(self, model), model, *inputs
        )

    def _form_model(self) -> Any:
        return self.model or self._object_model()

    def _edited(self) -> Any:
        return self.object

    def get_form_kwargs(self) -> dict[str, Any]:
        """Add the object, as ``obj``."""
        return {**super().get_form_kwargs(), "obj": self.object}

    def get_form(self, form_class: Any = None) -> Any:
        """Return the form; its ``instance`` is the object that will be saved."""
        form = super().get_form(form_class)
        form.instance = self.object if self.object is not None else self._new_object()
        return form

    def _new_object(self) -> Any:
        """Return an empty object of the model that the scope's values are set on."""
        instance = new_object(self._form_model())
        fill_scope(self, instance)
        return instance

    def _is_valid(self, form: Any) -> bool:
        valid = super()._is_valid(form)
        if isinstance(form, ModelForm):
            return valid  # it has checked what must be unique itself
        return valid and check_unique(form, form.instance)

    def _valid(self, form: Any) -> ResponseReturnValue:
        with writing.unflushed():
            fill(form, form.instance)
            if self.object is None:
                fill_scope(self, form.instance)
            return super()._valid(form)

    def form_valid(self, form: Any) -> ResponseReturnValue:
        """Save ``form.instance`` (the dispatcher commits), then redirect.

        Since 0.1. Django: ``ModelFormMixin.form_valid``.
        """
        writing.save(form.instance)
        self.object = form.instance
        return super().form_valid(form)

    def _explain(self, form: Any) -> None:
        if check_unique(form, form.instance):
            super()._explain(form)

    def get_success_url(self) -> str:
        """Return ``success_url`` filled from the object, else its own address.

        Since 0.1. Django: ``ModelFormMixin.get_success_url``.
        """
        if self.success_url:
            return filled_url(self, self.success_url, self.object)
        instance: Any = self.object
        if hasattr(type(instance), "get_absolute_url"):
            return str(instance.get_absolute_url())
        raise misconfigured(
            self,
            "has nowhere to go after success",
            "set success_url to a URL or endpoint",
            f"define get_absolute_url() on {self._form_model().__name__}",
            "override get_success_url()",
        )

    def _template_model(self) -> type | None:
        return self._object_model()


class CreateView(ModelFormMixin[M]):
    """Make an object by a form.

    Context: ``form``; ``object`` is None until it is saved.

    Since 0.1. Django: ``CreateView``.
    """

    template_name_suffix = "_form"

    @cached_property
    def object(self) -> Any:
        """None until the new object is saved."""
        return None

    def save_failed(self, error: Exception) -> ResponseReturnValue:
        """Show the form again; the object was not made."""
        self.object = None
        return super().save_failed(error)


class UpdateView(ModelFormMixin[M]):
    """Edit an object by a form.

    Context: ``form``, ``object``, and the object under the model's name.

    Since 0.1. Django: ``UpdateView``.
    """

    template_name_suffix = "_form"


class DeleteView(FormMixin, DetailView[M]):
    """Ask by GET whether to delete an object; delete it by POST or DELETE.

    Since 0.1. Django: ``DeleteView``.
    """

    form_class = Form
    template_name_suffix = "_confirm_delete"

    def delete(self, **kwargs: Any) -> ResponseReturnValue:
        """Answer DELETE as POST."""
        return self.post(**kwargs)

    def _edited(self) -> Any:
        return self.object

    def form_valid(self, form: Any) -> ResponseReturnValue:
        """Delete the object (the dispatcher commits), then redirect.

        Since 0.1. Django: ``DeleteView.form_valid``.
        """
        answer = super().form_valid(form)  # first: its address may be the object's
        writing.delete(self.object)
        return answer

    def save_failed(self, error: Exception) -> ResponseReturnValue:
        """Answer 409 with the reason when other rows refer to the object."""
        form = self._form
        add_error(form, None, "This cannot be deleted: other entries refer to it.")
        unit.set_rollback()
        context = self.get_context_data(form=form)
        return self.render_to_response(context, status=409)

    def get_success_url(self) -> str:
        """Return ``success_url`` filled from the object that goes."""
        if self.success_url:
            return filled_url(self, self.success_url, self.object)
        return super().get_success_url()
