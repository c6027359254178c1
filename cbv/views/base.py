"""The base class View, and the two simplest views: TemplateView and RedirectView.

A view class has one method for each HTTP method it answers, called a handler: ``get``,
``post`` and so on. The order of the steps of one request is in ``dispatch.py``; what is
computed once for each class is in ``plan.py``.

Django: ``django.views.generic.base``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from collections.abc import Mapping
from types import CoroutineType
from typing import Any
from typing import ClassVar

from flask import current_app
from flask import Flask
from flask import g
from flask import make_response
from flask import render_template
from flask import Request
from flask import request
from flask import Response
from flask.typing import ResponseReturnValue
from flask.views import MethodView
from jinja2 import Template
from werkzeug.exceptions import Gone
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.utils import cached_property

from ..exceptions import misconfigured
from ..urls.names import endpoint_name
from ..urls.paths import reverse
from ..urls.redirects import filled_url
from ..urls.redirects import HostAddress
from ..urls.redirects import redirect
from .context import check_stash_names
from .context import FLASK_NAMES as FLASK_NAMES
from .decorators import method_decorator as method_decorator
from .dispatch import current_view as current_view
from .dispatch import forbid_if_shared
from .dispatch import forbid_shared_token
from .dispatch import lets_in
from .dispatch import log_refused
from .dispatch import Record
from .dispatch import respond
from .personal import check_caches
from .plan import check_class
from .plan import check_options
from .plan import decorated
from .plan import model_argument
from .plan import Plan
from .plan import VERBS
from .reader import reader
from .rendering import derived_names
from .rendering import find_template


class View(MethodView):
    """Answer one request with one instance; every class-based view derives from View.

    :meth:`as_view` returns the view function that Flask registers. For each request
    that function makes a new instance of the class and runs, in this order:
    :meth:`setup`, every :meth:`check_access`, the CSRF check (if ``csrf_protected``),
    :meth:`dispatch_request`, the handler named after the HTTP method (``get``,
    ``post`` …), and one commit or rollback of the database session.

    Since 0.1. Django: ``django.views.generic.View``; ``dispatch`` is Flask's
    ``dispatch_request``.
    """

    #: The HTTP methods that the view may answer; any other method is answered with 405.
    http_method_names: ClassVar[list[str]] = list(VERBS)
    #: Values to add to the template context; they replace other values of their name.
    extra_context: Mapping[str, Any] | None = None
    #: Whether the dispatcher commits the session after the handler: None for POST, PUT,
    #: PATCH and DELETE only, True for every HTTP method, False for none (the view
    #: commits by itself).
    atomic: bool | None = None
    #: The maximum size of the request body in bytes; None keeps Flask's setting.
    max_content_length: int | None = None
    #: Whether POST, PUT, PATCH and DELETE need a CSRF token; form views and LogoutView
    #: set it.
    csrf_protected: bool = False
    #: Whether this view skips the CSRF check.
    csrf_exempt: bool = False
    #: Whether the setting ``CBV_LOGIN_REQUIRED`` makes this view require a login.
    login_required: bool = True
    #: Whether each response cache around this view, or around a method of it, has a key
    #: that depends on the user; otherwise one around anything of the user is refused.
    cache_is_per_user: bool = False

    #: The URL values of this request, by name.
    kwargs: Mapping[str, Any] = {}
    #: Always empty, because Flask passes URL values by name; Django's views have it.
    args: tuple[()] = ()

    _declared_methods: ClassVar[Any] = None
    _stash: Mapping[str, Any] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        # Read it before super(): MethodView sets ``methods`` on every class itself.
        if "methods" in vars(cls):
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
        """Return the view function to register with Flask.

        :param name: the endpoint; by default the class name in snake case without
            ``_view``.
        :param options: values to set on each instance, for this function only.
        :raises TypeError: for a keyword that is not an attribute of the class, or that
            is the name of an HTTP method.
        :raises ImproperlyConfigured: when the class is set up wrongly, as far as that
            can be found before the first request.

        Since 0.1. Django: ``View.as_view``.
        """
        check_options(cls, options)
        plan = Plan(cls, options)

        def view(**url_values: Any) -> ResponseReturnValue:
            self = cls(**options)
            self._plan = plan
            return respond(self, url_values)

        probe = cls(**options)
        probe._check_setup()
        function = decorated(cls, view, name or endpoint_name(cls), plan, options)
        check_caches(probe, plan)
        return function  # type: ignore[no-any-return]

    @functools.cached_property
    def _plan(self) -> Plan:
        """The Plan that as_view computed; an instance made by hand computes its own."""
        return Plan(type(self), {})

    def _check_setup(self) -> None:
        """Raise ImproperlyConfigured for mistakes that need no request to be found."""

    # --- one request, in the order of dispatch.py -----------------------------------

    def setup(self, **kwargs: Any) -> None:
        """Store the URL values on the instance; an override must call ``super()``.

        Since 0.1. Django: ``View.setup``.
        """
        self.kwargs = kwargs

    def check_access(self) -> Any:
        """Return None to let the request through, or a response that refuses it.

        Every ``check_access`` that a class or one of its bases defines is called, the
        bases from left to right. That happens before :meth:`dispatch_request` and
        before any object is loaded. An override does not need to call ``super()``.

        Since 0.1. Django: its access mixins override ``dispatch`` instead.
        """
        return None

    @classmethod
    def allows(cls, **url_values: Any) -> bool:
        """Tell whether the current user may open this view with these URL values.

        Use it to decide whether to show a link or a menu entry. It calls every
        :meth:`check_access` of the view, and respects ``CBV_LOGIN_REQUIRED``; it calls
        no handler and sends no response.

        Since 0.1.
        """
        self = cls()
        self.setup(**url_values)
        return lets_in(self)

    def dispatch_request(self, **kwargs: Any) -> ResponseReturnValue:
        """Call the handler named after the HTTP method, and return its answer.

        An ``async def`` handler is awaited. Values that an override passes to
        :meth:`stash` before it calls ``super()`` are in the template context. In a
        class without any handler, an override answers the HTTP methods in ``methods``.

        Since 0.1. Django: ``View.dispatch``.
        """
        current: Request = request._get_current_object()  # type: ignore[attr-defined]
        name = self._plan.handlers.get(current.method)
        if name in (None, "dispatch_request"):
            return self.http_method_not_allowed(**kwargs)
        answer: Any = getattr(self, name)(**kwargs)
        if isinstance(answer, CoroutineType):
            answer = current_app.ensure_sync(_await)(answer)
        return answer  # type: ignore[no-any-return]

    def save_failed(self, error: Exception) -> ResponseReturnValue:
        """Return the answer for a request whose changes the database refused to save.

        The session is already rolled back. Form views show the form again; other views
        raise the error, so that the response is a 500. For a database that is busy, for
        example a locked SQLite file, the status is 503 in any case.

        :param error: SQLAlchemy's IntegrityError, DataError or StaleDataError, or that
            of a busy database.

        Since 0.1.
        """
        raise error

    # --- the HTTP methods that every view answers ------------------------------------

    def options(self, **kwargs: Any) -> ResponseReturnValue:
        """Answer OPTIONS with the Allow header and no body (RFC 9110, section 9.3.7).

        Since 0.1. Django: ``View.options``.
        """
        response = make_response("")
        response.headers["Allow"] = ", ".join(self._plan.handlers)
        return response

    def http_method_not_allowed(self, **kwargs: Any) -> ResponseReturnValue:
        """Log the refused HTTP method and raise a 405 with the Allow header.

        :raises werkzeug.exceptions.MethodNotAllowed: always.

        Since 0.1. Django: ``View.http_method_not_allowed``.
        """
        log_refused(f"Method Not Allowed ({request.method})")
        raise MethodNotAllowed(valid_methods=list(self._plan.handlers))

    # --- the request, its user, and the template context -----------------------------

    @property
    def request(self) -> Any:
        """Flask's ``request``."""
        return request

    @cached_property
    def user(self) -> Any:
        """The user of this request: the object itself, not Flask-Login's proxy.

        An ``AnonymousUserMixin`` without a login, and without Flask-Login.

        :raises ImproperlyConfigured: where a cache would show the answer to others.

        Since 0.1. Django: ``request.user``.
        """
        forbid_if_shared("self.user")
        return reader()

    def stash(self, **values: Any) -> None:
        """Set each value on Flask's ``g``, and add it to the template context as well.

        :raises ImproperlyConfigured: for ``cbv``, a name that Flask adds to templates
            itself, and the name of a method of ``g``.

        Since 0.1. In Django one sets such values on ``request`` or ``self``.
        """
        check_stash_names(self, values)
        for name, value in values.items():
            setattr(g, name, value)
        self._stash = {**self._stash, **values}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the template context, a dict of values by name.

        A later source replaces the values of an earlier one: the URL values, the values
        of :meth:`stash`, ``view`` (this instance), ``kwargs``, :attr:`extra_context`.
        An override passes its values to ``super()`` as ``kwargs``: that is how other
        views add ``object``, ``form`` …

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

    #: The name of the template; None to derive names from the model and the suffix.
    template_name: str | None = None
    #: The text after the model's name in a derived template name, such as ``_list``.
    template_name_suffix: str | None = None
    #: The class of the response; None for the application's ``response_class``.
    response_class: type[Response] | None = None
    #: The content type of the response; None for the default of its class.
    content_type: str | None = None

    def get(self, **kwargs: Any) -> ResponseReturnValue:
        """Answer GET with the rendered template. Django: ``TemplateView.get``."""
        return self.render_to_response(self.get_context_data())

    def render_to_response(
        self, context: Mapping[str, Any], **response_kwargs: Any
    ) -> Response:
        """Render the template and return the response.

        :param context: the values for the template, by name.
        :param response_kwargs: arguments of the response class: ``status``, ``headers``
            and so on.
        :raises ImproperlyConfigured: when no template exists; it lists all names tried.

        Since 0.1. Django: ``TemplateResponseMixin.render_to_response``.
        """
        context = dict(context)
        # Reading g through its proxy costs more, and this runs for every page.
        record = g._get_current_object().get("cbv")
        if isinstance(record, Record):
            record.context = context
        template = self._find_template()
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        response_class = self.response_class or app.response_class
        response_kwargs.setdefault("content_type", self.content_type)
        page = render_template(template, **context)
        forbid_shared_token()
        return response_class(page, **response_kwargs)

    def _find_template(self) -> Template:
        return find_template(self, self.get_template_names())

    def get_template_names(self) -> list[str]:
        """Return the names of the templates to try, the most specific one first.

        :raises ImproperlyConfigured: when neither ``template_name`` nor
            ``template_name_suffix`` is set.

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
        return derived_names(self._template_model(), suffix)

    def _template_model(self) -> type | None:
        """Return the mapped class whose name is part of the template names, or None."""
        return None


class RedirectView(View):
    """Redirect every HTTP method to another URL, or answer 410 when there is none.

    Since 0.1. Django: ``RedirectView``.
    """

    #: The URL to redirect to; ``%(name)s`` in it is replaced by the URL value ``name``.
    url: Any = None
    #: The endpoint to redirect to, with this request's URL values; ``.name`` is an
    #: endpoint of the current blueprint. Not used when ``url`` is set.
    pattern_name: str | None = None
    #: Whether the status is 301 instead of 302.
    permanent: bool = False
    #: Whether the query string of the request is added to the new URL.
    query_string: bool = False

    def get(self, **kwargs: Any) -> ResponseReturnValue:
        """Redirect with 301 or 302; without a URL, log it and answer 410 (Gone)."""
        url = self.get_redirect_url(**kwargs)
        if not url:
            log_refused("Gone")
            raise Gone
        return redirect(url, code=301 if self.permanent else 302)

    post = put = patch = delete = head = options = get

    def get_redirect_url(self, **kwargs: Any) -> str | None:
        """Return the URL to redirect to, or None to answer 410.

        :param kwargs: the URL values of this request.
        :raises ImproperlyConfigured: for a placeholder in ``url`` without a URL value.

        Since 0.1. Django: ``RedirectView.get_redirect_url``.
        """
        if self.url:
            url: str = HostAddress(self.url)
            if "%(" in url:
                url = filled_url(self, url, kwargs)
        elif self.pattern_name:
            url = reverse(self.pattern_name, kwargs)
        else:
            return None
        query = request.query_string.decode(errors="replace")
        return type(url)(f"{url}?{query}") if self.query_string and query else url


async def _await(coroutine: Any) -> Any:
    """Return the result of a coroutine; Flask's ``ensure_sync`` wants a function."""
    return await coroutine
