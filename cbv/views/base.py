"""View, TemplateView and RedirectView: one request from the router to the answer.

Django: ``django.views.generic.base`` and ``django.utils.decorators``.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from collections.abc import Mapping
from types import CoroutineType
from typing import Any
from typing import ClassVar

from flask import current_app
from flask import Flask
from flask import g
from flask import make_response
from flask import redirect
from flask import render_template
from flask import Request
from flask import request
from flask import Response
from flask.typing import ResponseReturnValue
from flask.views import MethodView
from flask_login import AnonymousUserMixin
from flask_login import current_user
from jinja2 import Template
from werkzeug.exceptions import Gone
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.utils import cached_property

from ..exceptions import misconfigured
from ..urls.names import endpoint_name
from ..urls.paths import reverse
from .decorators import method_decorator as method_decorator
from .dispatch import current_view as current_view
from .dispatch import log_refused
from .dispatch import Record
from .dispatch import respond
from .plan import check_class
from .plan import check_options
from .plan import dressed
from .plan import model_argument
from .plan import Plan
from .plan import VERBS
from .rendering import find_template

#: Names that Flask itself gives to every template; a view must not hide them.
FLASK_NAMES = frozenset(
    {"request", "session", "g", "config", "url_for", "get_flashed_messages"}
    | {"current_user"}  # Flask-Login's
)


class View(MethodView):
    """Answer one request with one instance; the root of every class-based view.

    ``as_view`` makes the function that Flask registers. For each request that function
    makes an instance and runs, in this order: :meth:`setup`, the CSRF check of form
    views, every :meth:`check_access`, :meth:`dispatch_request`, the handler named like
    the verb, and the one commit or rollback.

    Since 0.1. Django: ``django.views.generic.View``; ``dispatch`` is Flask's
    ``dispatch_request``.
    """

    #: The verbs that may be answered; a verb outside this list is a 405.
    http_method_names: ClassVar[list[str]] = list(VERBS)
    #: Values for the template, stronger than everything else in the context.
    extra_context: Mapping[str, Any] | None = None
    #: Whether the dispatcher commits: None for POST, PUT, PATCH and DELETE only, True
    #: for every verb, False for none (the view commits by itself).
    atomic: bool | None = None
    #: Greatest size of the body in bytes for this view; None leaves Flask's setting.
    max_content_length: int | None = None
    #: Whether an unsafe request needs a CSRF token; form views and LogoutView do.
    csrf_protected: bool = False
    #: Exempts this view from the CSRF check.
    csrf_exempt: bool = False
    #: Whether ``CBV_LOGIN_REQUIRED`` closes this view.
    login_required: bool = True

    #: The URL values of this request.
    kwargs: Mapping[str, Any] = {}
    #: Always empty; Flask passes URL values by name.
    args: tuple[()] = ()

    _declared_methods: ClassVar[Any] = None
    _stash: Mapping[str, Any] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if "methods" in vars(cls):  # MethodView is about to set it on every class
            cls._declared_methods = cls.methods
        super().__init_subclass__(**kwargs)
        check_class(cls, View)
        model = model_argument(cls)
        if model is not None and "model" not in vars(cls):
            cls.model = model  # type: ignore[attr-defined]

    def __init__(self, **options: Any) -> None:
        for name, value in options.items():
            setattr(self, name, value)

    # --- what Flask registers -----------------------------------------------------

    @classmethod
    def as_view(
        cls, name: str | None = None, /, **options: Any
    ) -> Callable[..., ResponseReturnValue]:
        """Return the view function that Flask registers.

        :param name: the endpoint; else the class name in snake case less ``_view``.
        :param options: class attributes to set for this function only.
        :raises TypeError: for a keyword that is no attribute of the class or a verb.
        :raises ImproperlyConfigured: where a wrong set-up can be known now.

        Since 0.1. Django: ``View.as_view``.
        """
        check_options(cls, options)
        plan = Plan(cls, options)

        def view(**url_values: Any) -> ResponseReturnValue:
            self = cls(**options)
            self._plan = plan
            return respond(self, url_values)

        cls(**options)._check_setup()
        return dressed(cls, view, name or endpoint_name(cls), plan, options)  # type: ignore[no-any-return]

    @functools.cached_property
    def _plan(self) -> Plan:
        """What as_view prepared; an instance made by hand prepares its own."""
        return Plan(type(self), {})

    def _check_setup(self) -> None:
        """Refuse what is set up wrongly and can be known before any request."""

    # --- one request, in the order of cbv.dispatch ----------------------------------

    def setup(self, **kwargs: Any) -> None:
        """Prepare the instance for this request; an override calls ``super()``.

        Since 0.1. Django: ``View.setup``.
        """
        self.kwargs = kwargs

    def check_access(self) -> Any:
        """Let the request through with None; anything else is the answer.

        Every ``check_access`` in the class tree runs, bases left to right, whatever the
        order of the bases, before any code of the dispatch and before any object is
        loaded. Calling ``super()`` is not needed.

        Since 0.1. Django: what its access mixins do in ``dispatch``.
        """
        return None

    @classmethod
    def allows(cls, **url_values: Any) -> bool:
        """Tell whether this view's guards would let the current user in.

        For links and menus: nothing is answered, loaded by the view, or sent. Where
        ``CBV_LOGIN_REQUIRED`` closes the application, that counts too.

        Since 0.1.
        """
        self = cls()
        self.setup(**url_values)
        return self._lets_in()

    def _lets_in(self) -> bool:
        closed = current_app.config.get("CBV_LOGIN_REQUIRED", False)
        if closed and getattr(self, "login_required", True) is not False:
            if not self.user.is_authenticated:
                return False
        try:
            return all(guard(self) is None for guard in self._plan.guards)
        except HTTPException:
            return False

    def dispatch_request(self, **kwargs: Any) -> ResponseReturnValue:
        """Call the handler named like the verb; ``async def`` handlers are awaited.

        What an override stashes on ``g`` can be read in :meth:`get_context_data`.

        Since 0.1. Django: ``View.dispatch``.
        """
        current: Request = request._get_current_object()  # type: ignore[attr-defined]
        name = self._plan.handlers.get(current.method)
        if name is None:
            return self.http_method_not_allowed(**kwargs)
        answer: Any = getattr(self, name)(**kwargs)
        if isinstance(answer, CoroutineType):
            answer = current_app.ensure_sync(_awaited)(answer)
        return answer  # type: ignore[no-any-return]

    def save_failed(self, error: Exception) -> ResponseReturnValue:
        """Answer when the database refused to save; the session is rolled back.

        Form views show the form again; this one raises, which is a 500.

        Since 0.1.
        """
        raise error

    # --- the verbs every view answers ----------------------------------------------

    def options(self, **kwargs: Any) -> ResponseReturnValue:
        """Answer OPTIONS with the Allow header and no body (RFC 9110, 9.3.7)."""
        response = make_response("")
        response.headers["Allow"] = ", ".join(self._plan.handlers)
        return response

    def http_method_not_allowed(self, **kwargs: Any) -> ResponseReturnValue:
        """Answer 405 with the Allow header, and log it.

        Since 0.1. Django: ``View.http_method_not_allowed``.
        """
        log_refused(f"Method Not Allowed ({request.method})")
        raise MethodNotAllowed(valid_methods=list(self._plan.handlers))

    # --- what a view knows of its request --------------------------------------------

    @property
    def request(self) -> Any:
        """Flask's ``request``."""
        return request

    @cached_property
    def user(self) -> Any:
        """The user of this request: the real object, never Flask-Login's proxy.

        Django: ``request.user``.
        """
        if not hasattr(current_app._get_current_object(), "login_manager"):  # type: ignore[attr-defined]
            return AnonymousUserMixin()
        return current_user._get_current_object()

    def stash(self, **values: Any) -> None:
        """Set each value on ``g`` and put it into the template context as well.

        :raises ImproperlyConfigured: for a name that Flask gives to templates itself,
            or that is a method of ``g``.

        Since 0.1. Django people set such values on ``request`` or ``self``.
        """
        taken = dir(type(g._get_current_object()))
        for name, value in values.items():
            if name in FLASK_NAMES or name == "cbv" or name in taken:
                problem = f"stashes {name!r}, which is a name of Flask's or cbv's own"
                raise misconfigured(self, problem, "stash it under another name")
            setattr(g, name, value)
        self._stash = {**self._stash, **values}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return what the template is given.

        Lowest to highest: URL values, the stash, ``kwargs`` (which is how the views
        below add ``object``, ``form`` …), ``extra_context``. ``view`` is always there.

        Since 0.1. Django: ``ContextMixin.get_context_data``.
        """
        context = {k: v for k, v in self.kwargs.items() if k not in FLASK_NAMES}
        context.update(self._stash)
        context["view"] = self
        context.update(kwargs)
        context.update(self.extra_context or ())
        return context


class TemplateView(View):
    """Render a template with :meth:`get_context_data`.

    Since 0.1. Django: ``TemplateView`` with ``TemplateResponseMixin``.
    """

    #: The template; else the names of :meth:`get_template_names` are tried.
    template_name: str | None = None
    #: What follows the model's name in the name of a template.
    template_name_suffix: str | None = None
    #: The class of the response; None for the application's.
    response_class: type[Response] | None = None
    #: The content type; None for the response class's own.
    content_type: str | None = None

    def get(self, **kwargs: Any) -> ResponseReturnValue:
        """Answer GET with the rendered template."""
        return self.render_to_response(self.get_context_data())

    def render_to_response(
        self, context: Mapping[str, Any], **response_kwargs: Any
    ) -> Response:
        """Render the template and return the response.

        :param response_kwargs: for the response class: ``status``, ``headers`` …
        :raises ImproperlyConfigured: when no template is found; lists all names tried.

        Since 0.1. Django: ``TemplateResponseMixin.render_to_response``.
        """
        context = dict(context)
        # Proxies are looked through by hand: this runs for every page.
        record = g._get_current_object().get("cbv")
        if isinstance(record, Record):
            record.context = context
        template = self._find_template()
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        response_class = self.response_class or app.response_class
        response_kwargs.setdefault("content_type", self.content_type)
        return response_class(render_template(template, **context), **response_kwargs)

    def _find_template(self) -> Template:
        return find_template(self, self.get_template_names())

    def get_template_names(self) -> list[str]:
        """Return the names of the templates to try, the most specific first.

        :raises ImproperlyConfigured: without ``template_name`` and without a model.

        Since 0.1. Django: ``TemplateResponseMixin.get_template_names``.
        """
        if self.template_name is not None:
            return [self.template_name]
        suffix = self.template_name_suffix
        if suffix is None:
            raise misconfigured(
                self,
                "has no template",
                "set template_name",
                "override get_template_names()",
            )
        names = [f"cbv/object{suffix}.html"]
        model = self._template_model()
        if model is not None:
            names.insert(0, f"{model.__name__.lower()}{suffix}.html")
            if request.blueprint:
                names.insert(0, f"{request.blueprint.replace('.', '/')}/{names[0]}")
        return names

    def _template_model(self) -> type | None:
        """Return the mapped class whose name is in the names of the templates."""
        return None


class RedirectView(View):
    """Redirect every verb to an address, or answer 410 when there is none.

    Since 0.1. Django: ``RedirectView``.
    """

    #: The address; ``%(name)s`` is filled from the URL values.
    url: Any = None
    #: The endpoint to redirect to with the URL values; ``.name`` is this blueprint's.
    pattern_name: str | None = None
    #: Whether the status is 301 instead of 302.
    permanent: bool = False
    #: Whether the query string goes along.
    query_string: bool = False

    def get(self, **kwargs: Any) -> ResponseReturnValue:
        """Redirect, with 301 or 302; 410 (logged) without a target."""
        url = self.get_redirect_url(**kwargs)
        if not url:
            log_refused("Gone")
            raise Gone
        return redirect(url, code=301 if self.permanent else 302)

    post = put = patch = delete = head = options = get

    def get_redirect_url(self, **kwargs: Any) -> str | None:
        """Return the address to redirect to, None for 410.

        :raises ImproperlyConfigured: for a placeholder that the URL has no value for.

        Since 0.1. Django: ``RedirectView.get_redirect_url``.
        """
        if self.url:
            url = pattern = str(self.url)
            if "%(" in pattern:
                url = _filled(self, pattern, kwargs)
                if not pattern.startswith(("//", "%(")):
                    # A URL value must not turn a path into a host (CVE-2018-14574).
                    url = re.sub(r"^[/\\]{2,}", "/", url)
        elif self.pattern_name:
            url = reverse(self.pattern_name, kwargs)
        else:
            return None
        query = request.query_string.decode(errors="replace")
        return f"{url}?{query}" if self.query_string and query else url


# --- small steps ------------------------------------------------------------------


def _filled(view: View, pattern: str, values: Mapping[str, Any]) -> str:
    try:
        return pattern % values
    except (KeyError, ValueError, TypeError) as error:
        problem = f"has url = {pattern!r}, which cannot be filled from {dict(values)}"
        cures = ("name a value of its rule", "write %% for a percent sign")
        raise misconfigured(view, problem, *cures) from error


async def _awaited(coroutine: Any) -> Any:
    return await coroutine
