"""Functions that build the view classes of a CRUDView, their URLs and their links.

:class:`cbv.crud.CRUDView` calls them. The argument ``cls`` is always the declaration:
the application's subclass of CRUDView.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from inspect import Parameter
from inspect import signature
from typing import Any
from typing import NamedTuple

from flask.typing import ResponseReturnValue

from ..db.columns import column_of
from ..db.columns import display
from ..db.columns import holds_password
from ..db.columns import key_names
from ..db.columns import mapper_of
from ..exceptions import misconfigured
from ..forms.csrf import UNSAFE
from ..forms.model_fields import label_of
from ..translation import gettext
from ..views import dispatch
from ..views.base import View
from ..views.detail import DetailView
from ..views.detail import SingleObjectMixin
from ..views.edit import CreateView
from ..views.edit import DeleteView
from ..views.edit import FormMixin
from ..views.edit import UpdateView
from ..views.filtering import FilterMixin
from ..views.list import ListView
from ..views.list import MultipleObjectMixin
from ..views.messages import SuccessMessageMixin
from ..views.plan import in_library
from ..views.plan import Plan


class Role(NamedTuple):
    """One of the five views of a CRUDView: list, create, detail, update or delete."""

    name: str
    #: The views and mixins of cbv that the view class inherits from.
    bases: tuple[type[View], ...]
    #: The URL rule after the blueprint's prefix; ``{key}`` stands for the name of the
    #: URL value that identifies an object.
    path: str
    #: The text of a link to the view.
    label: str

    @property
    def is_detail(self) -> bool:
        """Whether the view shows or changes one object that exists already."""
        return "{key}" in self.path


#: The five roles by name, in the order in which a page shows links to them.
ROLES: Mapping[str, Role] = {
    role.name: role
    for role in (
        Role("list", (FilterMixin, ListView), "/", "Back to the list"),
        Role("create", (SuccessMessageMixin, CreateView), "/new/", "New"),
        Role("detail", (DetailView,), "/<{key}>/", "View"),
        Role("update", (SuccessMessageMixin, UpdateView), "/<{key}>/edit/", "Edit"),
        Role("delete", (SuccessMessageMixin, DeleteView), "/<{key}>/delete/", "Delete"),
    )
}


class Link(NamedTuple):
    """A link, or a button if ``method`` is POST, to a view that the user may open."""

    #: The name of the view in its blueprint: a role or an action.
    role: str
    label: str
    url: str
    method: str = "GET"


class Action(NamedTuple):
    """The arguments that :func:`action` was called with."""

    detail: bool
    methods: tuple[str, ...]
    label: str | None
    path: str | None


def action(
    *,
    detail: bool,
    methods: Sequence[str] = ("POST",),
    label: str | None = None,
    path: str | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate a method of a CRUDView so that it becomes one more view.

    ``@action(detail=True, methods=["POST"])`` above ``def publish(self): ...`` adds
    the endpoint ``publish`` with the rule ``/<pk>/publish/``. Methods without this
    decorator never get a URL.

    The method runs as a request handler: ``self.object`` is the object (with
    ``detail=False``, ``self.object_list`` holds the rows), the return value is the
    response, and changes are committed. It may be ``async def``.

    :param detail: whether the URL identifies one object.
    :param methods: the HTTP methods that the view answers.
    :param label: the text of the link or button; None to make it from the name.
    :param path: the part of the URL that replaces the name of the method.
    :returns: a decorator that marks the method and returns it unchanged otherwise.

    Since 0.1. Django REST framework: ``action``.
    """
    verbs = tuple(verb.upper() for verb in methods)

    def mark(function: Callable[..., Any]) -> Callable[..., Any]:
        function._cbv_action = Action(detail, verbs, label, path)  # type: ignore[attr-defined]
        return function

    return mark


# --- building the view classes -------------------------------------------------------


def role_view(cls: Any, role: Role) -> Any:
    """Build the view class of a role from the declaration and the role's bases."""
    name = f"{cls.model.__name__}{role.name.title()}View"
    return _subclass(cls, name, (cls, *role.bases), _role=role.name, _is_generated=True)


def _subclass(cls: Any, name: str, bases: tuple[Any, ...], **attributes: Any) -> Any:
    """Build a view class of the declaration, with its ``lookup_field`` as the slug."""
    namespace = {"__module__": cls.__module__, "__qualname__": name, **attributes}
    if cls.lookup_field is not None:
        namespace["slug_field"] = namespace["slug_url_kwarg"] = cls.lookup_field
    return type(cls)(name, bases, namespace)


def views_of(cls: Any) -> dict[str, Any]:
    """Return the view classes by endpoint: first the roles, then the actions.

    They are built once for each declaration.
    """
    views: dict[str, Any] | None = vars(cls).get("_views")
    if views is None:
        roles = [role for role in ROLES if role in cls.roles]
        views = {role: _with_declaration(cls, role) for role in roles}
        views |= {name: _action_view(cls, name) for name in _actions(cls)}
        cls._views = views
    return views


def _with_declaration(cls: Any, role: str) -> Any:
    """Return the view class of a role, as a subclass of the declaration.

    A class that the application assigned (``list_view = MyList``) may not inherit from
    this declaration. Then a class is built that inherits from both. An attribute of
    the declaration wins over one that the assigned class only inherited from cbv.
    """
    view = getattr(cls, f"{role}_view")
    if issubclass(view, cls):
        return view
    attributes = {
        name: value
        for name, value in _declared(cls).items()
        if _is_replaceable(cls, view, name)
    }
    bases = (view, cls)
    return _subclass(cls, view.__name__, bases, _role=role, _owner=cls, **attributes)


def _declared(cls: Any) -> dict[str, Any]:
    """Return the attributes that a CRUDView and the application's bases declare.

    The view classes are left out, and so are guards and decorators: cbv collects those
    from every base of a view.
    """
    left_out = {"check_access", "decorators", *(f"{role}_view" for role in ROLES)}
    return {
        name: value
        for klass in reversed(cls.__mro__)
        if not in_library(klass) and klass not in View.__mro__
        for name, value in vars(klass).items()
        if not name.startswith("_") and name not in left_out
    }


def _is_replaceable(cls: Any, view: Any, name: str) -> bool:
    """Tell whether the declaration's attribute may replace that of an assigned view.

    It may not if the view has it from a class of the application's own.
    """
    owner = next((k for k in view.__mro__ if name in vars(k)), None)
    return owner is None or in_library(owner) or owner in cls.__mro__


def _actions(cls: Any) -> dict[str, Action]:
    """Return what :func:`action` said of each decorated method, by method name."""
    attributes = ((name, getattr(cls, name, None)) for name in dir(cls))
    marks = ((name, getattr(value, "_cbv_action", None)) for name, value in attributes)
    return {name: mark for name, mark in marks if mark is not None}


def _action_view(cls: Any, name: str) -> Any:
    """Build the view class of an action, with a handler for each HTTP method."""
    mark, function = _actions(cls)[name], getattr(cls, name)
    title = "".join(part.title() for part in name.split("_"))
    verbs = [verb.lower() for verb in mark.methods]
    return _subclass(
        cls,
        f"{cls.model.__name__}{title}View",
        (cls, DetailView if mark.detail else ListView),
        _role=name,
        template_name_suffix=f"_{name}",
        http_method_names=[*verbs, *(["head"] if "get" in verbs else []), "options"],
        csrf_protected=not UNSAFE.isdisjoint(mark.methods),
        **dict.fromkeys(verbs, _handler(name, function)),
    )


def _handler(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a request handler that calls an action with the URL values it accepts."""
    parameters = signature(function).parameters.values()
    accepts_all = any(p.kind is Parameter.VAR_KEYWORD for p in parameters)
    accepted = {parameter.name for parameter in parameters}

    def handle(self: Any, **kwargs: Any) -> ResponseReturnValue:
        values = {k: v for k, v in kwargs.items() if accepts_all or k in accepted}
        return getattr(self, name)(**values)  # type: ignore[no-any-return]

    return handle


# --- URLs and links ------------------------------------------------------------------


def url_key(cls: Any) -> str:
    """Return the name of the URL value that identifies an object."""
    return cls.lookup_field or "pk"


def key_attribute(cls: Any) -> str:
    """Return the name of the attribute that identifies an object in a URL."""
    return cls.lookup_field or key_names(cls.model)[0]


def is_detail(cls: Any, name: str) -> bool:
    """Tell whether the URL of a view identifies one object.

    :param name: a role or an action.
    """
    return ROLES[name].is_detail if name in ROLES else _actions(cls)[name].detail


def path_of(cls: Any, name: str) -> str:
    """Return the URL rule of a view, without the blueprint's prefix.

    :param name: a role or an action.
    """
    if name in ROLES:
        return ROLES[name].path.format(key=url_key(cls))
    mark = _actions(cls)[name]
    start = f"/<{url_key(cls)}>" if mark.detail else ""
    return f"{start}/{mark.path or name}/"


def link_label(cls: Any, name: str) -> str:
    """Return the text of a link to a view, in the language of this request."""
    if name in ROLES:
        return gettext(ROLES[name].label)
    return _actions(cls)[name].label or label_of(name)


def method_of(cls: Any, name: str) -> str | None:
    """Return GET if a link can open a view, POST if a button can, else None."""
    verbs = ("GET",) if name in ROLES else _actions(cls)[name].methods
    return next((verb for verb in ("GET", "POST") if verb in verbs), None)


def lets_in(view_class: Any, values: Mapping[str, Any], obj: Any) -> bool:
    """Tell whether the guards of a view let this user open it.

    The view is set up for this question, but not run.

    :param values: the URL values that the view would be called with.
    :param obj: the object of the page, which is not loaded again; None without one.
    """
    plan = vars(view_class).get("_link_plan")
    if plan is None:
        plan = view_class._link_plan = Plan(view_class, {})
    if not plan.guards:
        return True
    view = view_class()
    view._plan = plan
    view.setup(**values)
    if obj is not None:
        view.object = obj
    return dispatch.lets_in(view)


# --- the columns of the list ---------------------------------------------------------


def related_of(view: Any) -> tuple[str, ...]:
    """Return the relationships that the list loads together with its rows.

    These are the view's ``related``, and each relationship that ``list_display``
    follows, so that no row needs a statement of its own.
    """
    related, relationships = tuple(view.related), mapper_of(view.model).relationships
    for path in view.list_display:
        *start, _ = path.split(".") if "." in path else (path, "")
        if start[0] in relationships and ".".join(start) not in related:
            related += (".".join(start),)
    return related


def attribute_text(obj: Any, path: str) -> str:
    """Return an attribute of an object, or of a related object, as text.

    A method is called, None is "", and booleans are "Yes" or "No".

    :param path: the name of an attribute, or names joined by dots.
    """
    value = obj
    for name in path.split("."):
        value = getattr(value, name, None)
        value = value() if callable(value) else value
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    return "" if value is None else display(value)


def column_label(path: str) -> str:
    """Return the heading of the list's column for a ``list_display`` path.

    "" stands for the object itself.
    """
    return label_of(path.replace(".", " ")) if path else gettext("Name")


# --- errors in the declaration -------------------------------------------------------


def check_bases(cls: Any) -> None:
    """Check the bases and the roles of a declaration when its class is created.

    :raises ImproperlyConfigured: for a base that fits only some of the five views
        (``FormMixin``, say), or for an unknown role.
    """
    for base in cls.__mro__[1:]:
        if issubclass(base, (FormMixin, SingleObjectMixin, MultipleObjectMixin)):
            raise misconfigured(
                cls,
                f"lists {base.__name__}, which is not for all of its views",
                f"derive a class from it and from {cls.__name__}.create_view (or the"
                " like), and put that in its place",
                "set success_message, if it is SuccessMessageMixin",
            )
    for role in cls.roles:
        if role not in ROLES:
            problem = f"has the role {role!r}"
            raise misconfigured(cls, problem, f"use some of {', '.join(ROLES)}")


def check_declaration(cls: Any) -> None:
    """Check the model, the lookup, the columns and the actions of a declaration.

    The mappers must be configured for that, so the blueprint calls it, not the class.

    :raises ImproperlyConfigured: naming what is wrong and how to mend it.
    """
    if cls.model is None:
        problem = "has no model"
        raise misconfigured(cls, problem, "subclass CRUDView[YourModel]", "set model")
    if cls.lookup_field is None and len(key_names(cls.model)) > 1:
        problem = "has a model whose key has several columns"
        raise misconfigured(cls, problem, "set lookup_field to one unique column")
    if cls.lookup_field is not None and column_of(cls.model, cls.lookup_field) is None:
        problem = f"has lookup_field = {cls.lookup_field!r}, which is no column"
        raise misconfigured(cls, problem, "name a column")
    for path in cls.list_display:
        _check_display(cls, path)
    for name in _actions(cls):
        if name in ROLES or any(
            hasattr(b, name) for r in ROLES.values() for b in r.bases
        ):
            problem = f"has an action called {name!r}, which its views have already"
            raise misconfigured(cls, problem, "give the method another name")


def _check_display(cls: Any, path: str) -> None:
    """Refuse a ``list_display`` path that the model lacks or that shows a password."""
    name = path.split(".")[0]
    column = column_of(cls.model, name)
    if not hasattr(cls.model, name):
        problem = f"has list_display with {path!r}, which {cls.model.__name__} has not"
        raise misconfigured(cls, problem, "name an attribute")
    if column is not None and holds_password(name, column):
        problem = f"shows {path!r}, which holds a password, in its list"
        raise misconfigured(cls, problem, "leave it out of list_display")
