"""The view classes of a CRUDView: how they are made, where they are, who may see them.

See :mod:`cbv.crud`. Functions here take the declaration, a subclass of CRUDView.
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
from ..views.base import View
from ..views.detail import DetailView
from ..views.detail import SingleObjectMixin
from ..views.edit import CreateView
from ..views.edit import DeleteView
from ..views.edit import FormMixin
from ..views.edit import UpdateView
from ..views.list import FilterMixin
from ..views.list import ListView
from ..views.list import MultipleObjectMixin
from ..views.messages import SuccessMessageMixin
from ..views.plan import in_library
from ..views.plan import Plan


class Role(NamedTuple):
    """One of the five views of a CRUDView."""

    name: str
    bases: tuple[type[View], ...]
    #: What follows the blueprint's prefix; ``{key}`` is what names an object.
    path: str
    #: What a link to it says.
    label: str

    @property
    def is_detail(self) -> bool:
        """Whether it is about one object that is there."""
        return "{key}" in self.path


#: The roles by name, in the order in which links to them are shown.
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
    """A link that its reader may follow; ``method`` is POST for a button."""

    role: str
    label: str
    url: str
    method: str = "GET"


class Action(NamedTuple):
    """What :func:`action` says of a method."""

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
    """Declare a method of a CRUDView as one more view; no other method becomes one.

    ``@action(detail=True, methods=["POST"])`` above ``def publish(self): ...`` makes
    the endpoint ``publish`` at ``<pk>/publish/``. The method is called as a handler:
    ``self.object`` is the object (with ``detail=False``, ``self.object_list`` the
    rows), what it returns is the answer, and what it changes is committed. It may be
    ``async def``.

    :param detail: whether it is about one object.
    :param methods: the verbs it answers.
    :param label: what the link or button to it says; else made from its name.
    :param path: what stands for its name in the URL.

    Since 0.1. Django REST framework has the name.
    """
    verbs = tuple(verb.upper() for verb in methods)

    def mark(function: Callable[..., Any]) -> Callable[..., Any]:
        function._cbv_action = Action(detail, verbs, label, path)  # type: ignore[attr-defined]
        return function

    return mark


# --- the five classes ----------------------------------------------------------------


def made_view(cls: Any, role: Role) -> Any:
    """Return the view class of a role: the declaration, and the view it is put upon."""
    name = f"{cls.model.__name__}{role.name.title()}View"
    return _subclass(cls, name, (cls, *role.bases), _role=role.name, _made=True)


def _subclass(cls: Any, name: str, bases: tuple[Any, ...], **attributes: Any) -> Any:
    namespace = {"__module__": cls.__module__, "__qualname__": name, **attributes}
    if cls.lookup_field is not None:
        namespace["slug_field"] = namespace["slug_url_kwarg"] = cls.lookup_field
    return type(cls)(name, bases, namespace)


def views_of(cls: Any) -> dict[str, Any]:
    """Return the view classes by endpoint: those of the roles, then the actions."""
    found: dict[str, Any] | None = vars(cls).get("_views")
    if found is None:
        found = {role: _joined(cls, role) for role in ROLES if role in cls.roles}
        found |= {name: _action_view(cls, name) for name in _actions(cls)}
        cls._views = found
    return found


def _joined(cls: Any, role: str) -> Any:
    """Return the view of a role, with the declaration where it was put in by hand."""
    view = getattr(cls, f"{role}_view")
    if issubclass(view, cls):
        return view
    kept = {
        name: value
        for name, value in _declared(cls).items()
        if _gives_way(cls, next((k for k in view.__mro__ if name in vars(k)), None))
    }
    bases = (view, cls)
    return _subclass(cls, view.__name__, bases, _role=role, _owner=cls, **kept)


def _declared(cls: Any) -> dict[str, Any]:
    """Return what a CRUDView and its ancestors declare, outside this library."""
    kept_apart = {"check_access", "decorators", *(f"{role}_view" for role in ROLES)}
    return {
        name: value
        for klass in reversed(cls.__mro__)
        if not in_library(klass) and klass not in View.__mro__
        for name, value in vars(klass).items()
        if not name.startswith("_") and name not in kept_apart
    }


def _gives_way(cls: Any, owner: Any) -> bool:
    """Tell whether a view's attribute is only inherited, not its own."""
    return owner is None or in_library(owner) or owner in cls.__mro__


def _actions(cls: Any) -> dict[str, Action]:
    found = ((name, getattr(cls, name, None)) for name in dir(cls))
    marks = ((name, getattr(f, "_cbv_action", None)) for name, f in found)
    return {name: mark for name, mark in marks if mark is not None}


def _action_view(cls: Any, name: str) -> Any:
    """Return the view class of an action: a handler for each of its verbs."""
    marked, function = _actions(cls)[name], getattr(cls, name)
    shown = "".join(part.title() for part in name.split("_"))
    verbs = [verb.lower() for verb in marked.methods]
    return _subclass(
        cls,
        f"{cls.model.__name__}{shown}View",
        (cls, DetailView if marked.detail else ListView),
        _role=name,
        template_name_suffix=f"_{name}",
        http_method_names=[*verbs, *(["head"] if "get" in verbs else []), "options"],
        csrf_protected=not UNSAFE.isdisjoint(marked.methods),
        **dict.fromkeys(verbs, _handler(name, function)),
    )


def _handler(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    parameters = signature(function).parameters.values()
    takes_all = any(p.kind is Parameter.VAR_KEYWORD for p in parameters)
    taken = {parameter.name for parameter in parameters}

    def handle(self: Any, **kwargs: Any) -> ResponseReturnValue:
        given = {k: v for k, v in kwargs.items() if takes_all or k in taken}
        return getattr(self, name)(**given)  # type: ignore[no-any-return]

    return handle


# --- addresses and links -------------------------------------------------------------


def url_key(cls: Any) -> str:
    """Return the URL value that names an object."""
    return cls.lookup_field or "pk"


def key_attribute(cls: Any) -> str:
    """Return the attribute that names an object."""
    return cls.lookup_field or key_names(cls.model)[0]


def is_detail(cls: Any, name: str) -> bool:
    """Tell whether a view is about one object."""
    return ROLES[name].is_detail if name in ROLES else _actions(cls)[name].detail


def path_of(cls: Any, name: str) -> str:
    """Return the rule of a view, from the prefix of the blueprint on."""
    if name in ROLES:
        return ROLES[name].path.format(key=url_key(cls))
    marked = _actions(cls)[name]
    start = f"/<{url_key(cls)}>" if marked.detail else ""
    return f"{start}/{marked.path or name}/"


def label(cls: Any, name: str) -> str:
    """Return what a link to a view says."""
    if name in ROLES:
        return gettext(ROLES[name].label)
    return _actions(cls)[name].label or label_of(name)


def method_of(cls: Any, name: str) -> str | None:
    """Return the verb of a link or button, None where a page can have neither."""
    verbs = ("GET",) if name in ROLES else _actions(cls)[name].methods
    return next((verb for verb in ("GET", "POST") if verb in verbs), None)


def lets_in(view_class: Any, values: Mapping[str, Any], obj: Any) -> bool:
    """Ask the guards of a view about an object that is loaded already."""
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
    return bool(view._lets_in())


# --- the list ------------------------------------------------------------------------


def related_of(view: Any) -> tuple[str, ...]:
    """Return what the list loads with its rows: what is shown of related objects."""
    related, relationships = tuple(view.related), mapper_of(view.model).relationships
    for path in view.list_display:
        *start, _ = path.split(".") if "." in path else (path, "")
        if start[0] in relationships and ".".join(start) not in related:
            related += (".".join(start),)
    return related


def shown(obj: Any, path: str) -> str:
    """Return an attribute of an object, or of one related to it, as text."""
    value = obj
    for name in path.split("."):
        value = getattr(value, name, None)
        value = value() if callable(value) else value
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    return "" if value is None else display(value)


def head_of(path: str) -> str:
    """Return the head of a column of the list."""
    return label_of(path.replace(".", " ")) if path else gettext("Name")


# --- wrong set-up --------------------------------------------------------------------


def check_bases(cls: Any) -> None:
    """Refuse a base that is for some of the five views only."""
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


def check(cls: Any) -> None:
    """Refuse what can be known to be wrong once all classes are there."""
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
    name = path.split(".")[0]
    column = column_of(cls.model, name)
    if not hasattr(cls.model, name):
        problem = f"has list_display with {path!r}, which {cls.model.__name__} has not"
        raise misconfigured(cls, problem, "name an attribute")
    if column is not None and holds_password(name, column):
        problem = f"shows {path!r}, which holds a password, in its list"
        raise misconfigured(cls, problem, "leave it out of list_display")
