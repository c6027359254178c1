"""Find mistakes in the set-up of views without a request: ``flask cbv check``.

Each probe calls hooks of a view that a request would call, such as ``get_queryset``.
If a hook of the application fails because it needs a real request, that is not counted
as a mistake.

Django: the system check framework.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from typing import Any
from typing import NamedTuple

from flask import current_app
from flask import Flask
from flask import request
from jinja2 import TemplateError
from jinja2 import TemplateNotFound
from sqlalchemy import Select
from werkzeug.routing import BuildError

from ..auth.mixins import AccessMixin
from ..auth.mixins import PermissionRequiredMixin
from ..auth.mixins import UserPassesTestMixin
from ..db import writing
from ..db.columns import new_object
from ..db.consequences import effects_of
from ..db.consequences import orphans_silently
from ..db.scopes import scope_values
from ..db.statements import finished
from ..exceptions import ImproperlyConfigured
from ..exceptions import misconfigured
from ..forms.refusals import required_names
from ..forms.related import target_of
from ..forms.rows import field_names
from ..formsets.views import FormSetView
from ..tasks.backends import backend
from ..urls.paths import absolute
from ..urls.paths import is_endpoint
from ..urls.paths import login_url
from ..urls.paths import no_success_url
from ..urls.paths import NoReverseMatch
from ..views.base import RedirectView
from ..views.base import TemplateView
from ..views.caches import layers_of
from ..views.detail import SingleObjectMixin
from ..views.edit import DeleteView
from ..views.edit import FormMixin
from ..views.edit import ModelFormMixin
from ..views.edit import UpdateView
from ..views.list import MultipleObjectMixin
from ..views.personal import check_caches
from ..views.plan import is_overridden
from ..views.rendering import find_template
from .explanation import template_names
from .subjects import base_url
from .subjects import Subject
from .subjects import subjects
from .subjects import view_in_request

APPLICATION = "the application"
#: The errors of a probe that mean a mistake in the set-up. Any other error means that
#: the hook needs a real request.
FAULTS = (ImproperlyConfigured, BuildError, TemplateError)


class Fault(NamedTuple):
    """A mistake in the set-up of a view or of the application.

    Since 0.1. Django: ``django.core.checks.CheckMessage``.
    """

    #: The endpoint of the view, or "the application".
    where: str
    #: What is wrong, and how to mend it.
    text: str


def check(app: Flask) -> list[Fault]:
    """Return the mistakes in the set-up of an application and its views.

    No request is sent, and no statement is run.

    Since 0.1. Django: ``manage.py check``.
    """
    faults = list(_application_faults(app))
    for subject in subjects(app):
        if subject.is_ours:
            faults += _faults_of(app, subject)
    return faults


def _application_faults(app: Flask) -> Iterator[Fault]:
    """Yield the mistakes in the settings that cbv's views and tasks need."""
    ours = [subject.view_class for subject in subjects(app) if subject.is_ours]
    if not app.secret_key and any(v.csrf_protected for v in ours):
        text = "SECRET_KEY is not set, so no form can be sent. Cure: set it."
        yield Fault(APPLICATION, text)
    probes: list[Callable[[], object]] = []
    if "CBV_TASKS_BACKEND" in app.config:
        probes.append(backend)
    if app.config.get("CBV_LOGIN_REQUIRED"):
        probes.append(login_url)
    for probe in probes:
        try:
            with app.test_request_context(base_url=base_url(app)):
                probe()
        except FAULTS as error:
            yield Fault(APPLICATION, str(error))


def _faults_of(app: Flask, subject: Subject) -> list[Fault]:
    """Run every probe on a fresh instance of a view, and return what they found."""
    texts: dict[str, None] = {}  # a set that keeps its order
    for probe in PROBES:
        with view_in_request(app, subject) as view:
            try:
                probe(view)
            except FAULTS as error:
                if not _lacks_values(error):
                    texts[_message(error)] = None
            except Exception:
                continue
    return [Fault(str(subject.endpoint), text) for text in texts]


def _lacks_values(error: Exception) -> bool:
    """Tell whether a URL could not be built only for lack of URL values.

    There are none, because no request was sent; the endpoint itself exists.
    """
    return isinstance(error, BuildError) and _is_endpoint(str(error.endpoint))


def _message(error: Exception) -> str:
    """Return what is wrong and how to mend it; for a template, with file and line."""
    if isinstance(error, TemplateNotFound):
        return f"The template {error.name!r} is not there. Cure: create it."
    if isinstance(error, TemplateError):
        file = getattr(error, "filename", None) or getattr(error, "name", "")
        where = f"{file}:{getattr(error, 'lineno', '')}"
        return f"{error.message} ({where}). Cure: mend the template."
    return str(error)


# --- probes: each raises one of FAULTS if it finds a mistake --------------------------


def _class_itself(view: Any) -> None:
    """Check what ``as_view()`` checks: the attributes of the class."""
    view._check_setup()


def _cache(view: Any) -> None:
    """Check that no response cache was put around what ``as_view()`` returned."""
    function = current_app.view_functions.get(request.endpoint or "")
    check_caches(view, view._plan, layers_of(function))


def _template(view: Any) -> None:
    """Check that one of the view's templates exists and has valid syntax."""
    if not isinstance(view, TemplateView) or is_overridden(view, "render_to_response"):
        return
    shows = "GET" in view._plan.handlers and not is_overridden(view, "get")
    if shows or view.template_name is not None:  # a POST-only view needs none
        find_template(view, template_names(view))


def _rows(view: Any) -> None:
    """Check the statement, its scope and related rows, and that a session exists."""
    if not isinstance(view, (SingleObjectMixin, MultipleObjectMixin)):
        return
    queryset = view.get_queryset()
    finished(view, queryset, view.scope, view.related)
    if isinstance(queryset, Select):
        with writing.unflushed():  # gets the session, and does nothing with it
            pass


def _key_in_rule(view: Any) -> None:
    """Check that the URL rule of a view of one object has its key or slug.

    A view whose hooks may find the object in another way is left alone.
    """
    hooks = ("get_object", "setup", "dispatch_request", "get_queryset")
    if not isinstance(view, SingleObjectMixin) or request.url_rule is None:
        return
    is_new = isinstance(view, ModelFormMixin) and not isinstance(view, UpdateView)
    if is_new or any(is_overridden(view, hook) for hook in hooks):
        return
    for rule in current_app.url_map.iter_rules(request.endpoint):
        view.kwargs = dict.fromkeys(rule.arguments, "")
        if view.model is not None:
            view._lookup(view.model)


def _form(view: Any) -> None:
    """Check that the form class can be found or built."""
    if isinstance(view, FormMixin) and not is_overridden(view, "get_form"):
        view.__dict__["object"] = None
        view.get_form_class()
    if isinstance(view, FormSetView) and not is_overridden(view, "get_formset"):
        view.get_formset()


def _scope_of_new_rows(view: Any) -> None:
    """Check that a new row can get values that put it in the view's scope."""
    if isinstance(view, ModelFormMixin) and not isinstance(view, UpdateView):
        if view.model is not None:
            scope_values(view, view.model, view.scope)


def _orphans(view: Any) -> None:
    """Check that a deletion does not cut rows off without anybody having said so."""
    if not isinstance(view, DeleteView) or view.model is None:
        return
    if is_overridden(view, "form_valid"):  # it may take care of them
        return
    model: Any = view.model
    for effect in effects_of(model):
        if not orphans_silently(effect):
            continue
        relationship: Any = effect.relationship
        name = f"{relationship.parent.class_.__name__}.{relationship.key}"
        raise misconfigured(
            view,
            f"deletes objects of {model.__name__}, and SQLAlchemy then sets the foreign"
            f" key of the rows in {name} to NULL",
            'give that relationship cascade="all, delete-orphan" to delete them too',
            'passive_deletes="all" to leave it to the database, which refuses',
            'write ForeignKey(..., ondelete="SET NULL") if that is meant',
        )


def _required_columns(view: Any) -> None:
    """Check that the form of a new row has each column that must have a value.

    A view or form whose own code may set the others is left alone.
    """
    if not isinstance(view, ModelFormMixin) or isinstance(view, UpdateView):
        return
    hooks = ("form_valid", "get_form", "get_form_kwargs", "post", "dispatch_request")
    if view.fields is None or any(is_overridden(view, hook) for hook in hooks):
        return
    view.__dict__["object"] = None
    model = view._form_model()
    given = {*field_names(view.get_form_class())}
    for name in [*given]:
        target = target_of(model, name)
        given.update(target.local if target is not None else ())
    given.update(scope_values(view, model, view.scope))
    instance = new_object(model)
    for name in required_names(model):
        if name not in given and getattr(instance, name, None) is None:
            raise misconfigured(
                view,
                f"makes new rows without {name!r}, which must not be NULL",
                f"name {name!r} in fields",
                f"set form.instance.{name} in form_valid()",
                "give the column a default",
            )


def _success_url(view: Any) -> None:
    """Check that a form view has somewhere to redirect to, and that it exists."""
    if not isinstance(view, FormMixin) or is_overridden(view, "get_success_url"):
        return
    if is_overridden(view, "form_valid") and not view.success_url:
        return
    if is_endpoint(view.success_url):
        _check_endpoint(view.success_url)
    elif not view.success_url and not _has_address(view):
        raise no_success_url(view)


def _has_address(view: Any) -> bool:
    """Tell whether the view's class or the model's ``get_absolute_url`` gives a URL."""
    hook = type(view).get_success_url
    if hook is ModelFormMixin.get_success_url:
        return view.model is None or hasattr(view.model, "get_absolute_url")
    return hook is not FormMixin.get_success_url


def _redirect(view: Any) -> None:
    """Check that the ``pattern_name`` of a RedirectView is an endpoint."""
    if isinstance(view, RedirectView) and view.pattern_name and not view.url:
        if not is_overridden(view, "get_redirect_url"):
            _check_endpoint(view.pattern_name)


def _check_endpoint(name: str) -> None:
    """Refuse the name of an endpoint that the application does not have."""
    endpoint = absolute(name)
    if not _is_endpoint(endpoint):
        raise NoReverseMatch(endpoint, None, None)


def _is_endpoint(name: str) -> bool:
    return name in {rule.endpoint for rule in current_app.url_map.iter_rules()}


def _login_page(view: Any) -> None:
    """Check that a guarded view can find the login page."""
    if isinstance(view, AccessMixin) and not view.raise_exception:
        manager = getattr(current_app, "login_manager", None)
        answers_itself = getattr(manager, "unauthorized_callback", None) is not None
        if not answers_itself and not is_overridden(view, "handle_no_permission"):
            view.get_login_url()


def _guards(view: Any) -> None:
    """Check that a guard knows its permission or its test function."""
    if isinstance(view, PermissionRequiredMixin):
        if not is_overridden(view, "has_permission"):
            view.get_permission_required()
    if isinstance(view, UserPassesTestMixin) and not is_overridden(view, "test_func"):
        if not is_overridden(view, "get_test_func"):
            raise misconfigured(view, "has no test_func()", "define test_func()")


PROBES = (
    _class_itself,
    _cache,
    _template,
    _rows,
    _key_in_rule,
    _form,
    _scope_of_new_rows,
    _orphans,
    _required_columns,
    _success_url,
    _redirect,
    _login_page,
    _guards,
)
