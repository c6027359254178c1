"""Compute once for each view class what would be the same in every request.

That is: which handler answers which HTTP method, which ``check_access`` methods run
before it (the guards), and values such as form classes that a view remembers. This
file also checks a class for mistakes when it is defined, and prepares the function that
``as_view`` returns.

Django does this in ``View.as_view`` and, for the handlers, in every ``dispatch``.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from inspect import iscoroutinefunction
from inspect import isfunction
from inspect import Parameter
from inspect import signature
from operator import is_
from typing import Any
from typing import get_args
from typing import TypeVar
from weakref import WeakValueDictionary

from ..db.columns import is_mapped
from ..exceptions import misconfigured
from .caches import layers_of
from .caches import without_marks

T = TypeVar("T")

#: The HTTP methods that a handler may be named after, in lower case.
VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "trace")

_BY_PLACE = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)

_LIBRARY = "cbv"
#: The module of View, whose own ``check_access`` lets everybody in.
_ROOT = f"{_LIBRARY}.views.base"

#: The class that each name from :func:`module_of` belongs to.
_class_by_module_name: WeakValueDictionary[str, type] = WeakValueDictionary()


class Plan:
    """Everything that one call of ``as_view`` computes in advance for its requests.

    :param view_class: the view class.
    :param options: the keywords of ``as_view``.
    """

    def __init__(self, view_class: Any, options: Mapping[str, Any]) -> None:
        names = options.get("http_method_names", view_class.http_method_names)
        names = [name.lower() for name in names]
        #: Whether an overridden ``dispatch_request`` answers, because there is no
        #: handler.
        self.is_bare = _is_bare(view_class)
        #: The name of the handler for each HTTP method: ``{"HEAD": "get", …}``.
        self.handlers = (_bare_handlers if self.is_bare else _handlers)(
            view_class, names
        )
        #: One function for each guard; called with the view, it returns the answer.
        self.guards = tuple(guards_of(view_class))
        #: One function for each class that changes the response, refusals included.
        self.preparations = tuple(
            vars(klass)["_prepare_response"]
            for klass in view_class.__mro__
            if "_prepare_response" in vars(klass)
        )
        #: The view function and what it wraps, from outside to inside.
        self.layers: list[Any] = []
        #: Whether a response cache keeps answers of this view for all of its readers.
        self.is_shared = False
        self._results: dict[str, tuple[tuple[object, ...], Any]] = {}

    def once(self, name: str, make: Callable[[], T], *inputs: object) -> T:
        """Return the result of ``make()``, remembered while its inputs are the same.

        Inputs are compared by identity: ``make`` runs once for values that the class
        declares, and again for a value that a request sets on its own instance.

        :param name: the name to remember the result under.
        :param make: a function without arguments that computes the result.
        :param inputs: the values that the result depends on.
        """
        remembered = self._results.get(name)
        if remembered is None or not all(map(is_, remembered[0], inputs)):
            remembered = self._results[name] = (inputs, make())
        result: T = remembered[1]
        return result


def _handlers(view_class: type, names: list[str]) -> dict[str, str]:
    """Return the handler's name for each HTTP method that the class implements.

    HEAD is answered by ``get`` where the class has no ``head`` of its own.
    """
    allowed = [name for name in names if name in VERBS]
    declared = _declared_names(view_class)
    if declared is not None:
        allowed = [name for name in allowed if name in declared]
    handlers = {
        name.upper(): name
        for name in allowed
        if getattr(view_class, name, None) is not None
    }
    if "GET" in handlers and "head" in allowed and "HEAD" not in handlers:
        handlers["HEAD"] = "get"
        # Sort HEAD to its place in ``names``: the Allow header has this order.
        methods = [name.upper() for name in allowed]
        return {method: handlers[method] for method in methods if method in handlers}
    return handlers


def _declared_names(view_class: type) -> set[str] | None:
    """Return the HTTP methods in Flask's attribute ``methods`` in lower case, or None.

    None unless the application sets ``methods``.
    """
    declared = getattr(view_class, "_declared_methods", None)
    return None if declared is None else {method.lower() for method in declared}


def _is_bare(view_class: type) -> bool:
    """Tell whether a class overrides ``dispatch_request`` and has no handler.

    cbv's own ``options`` is no handler of the class; one that is set to None is.
    """
    owner = next(k for k in view_class.__mro__ if "dispatch_request" in vars(k))
    handlers = {name for name in VERBS if hasattr(view_class, name)}
    return not in_library(owner) and handlers == {"options"}


def _bare_handlers(view_class: type, names: list[str]) -> dict[str, str]:
    """Return ``dispatch_request`` for each HTTP method that Flask's View would answer.

    These are the ``methods``, by default GET; HEAD comes with GET, and OPTIONS is
    answered by cbv unless it is one of the ``methods``.
    """
    declared = _declared_names(view_class)
    answered = {"get"} if declared is None else declared
    added = {"head", "options"} if "get" in answered else {"options"}
    verbs = [name for name in names if name in answered | added]
    verbs += sorted(answered.difference(VERBS))
    handlers = {name.upper(): "dispatch_request" for name in verbs}
    if "options" in verbs and "options" not in answered:
        handlers["OPTIONS"] = "options"
    return handlers


def guards_of(view_class: type) -> Iterator[Callable[[Any], Any]]:
    """Yield a function for each guard of a class, in the order of :func:`guarding`.

    The function takes the view instance, and returns what ``check_access`` returns.
    """
    for klass in guarding(view_class):
        yield _call_on_view(vars(klass)["check_access"])


def _call_on_view(guard: Any) -> Callable[[Any], Any]:
    return lambda view: guard.__get__(view, type(view))()


def guarding(view_class: type) -> Iterator[type]:
    """Yield each class in the tree that has a ``check_access``.

    The bases come from left to right, the class itself last. In Python's own order
    (the MRO) the guard of one class would hide the guard of another. View is left out:
    its ``check_access`` refuses nobody, and pages without guards stay cacheable.
    """
    visited: set[type] = set()

    def collect(klass: type) -> Iterator[type]:
        if klass in visited:
            return
        visited.add(klass)
        for base in klass.__bases__:
            yield from collect(base)
        if "check_access" in vars(klass) and klass.__module__ != _ROOT:
            yield klass

    return collect(view_class)


def merged_decorators(view_class: type) -> list[Callable[[Any], Any]]:
    """Return the ``decorators`` of a class and of its bases, in order of application.

    The class's own come first. A base's are applied later, so that they stay outermost:
    a subclass cannot put its decorators around a login check of its base.
    """
    merged: list[Callable[[Any], Any]] = []
    for klass in view_class.__mro__:
        merged += [d for d in vars(klass).get("decorators", ()) if d not in merged]
    return merged


def module_of(view_class: type) -> str:
    """Return a value for ``__module__`` of a view function that only this class has.

    Flask-WTF's ``csrf.exempt`` remembers a view function by its module and name. With
    a shared module name, exempting one class would also exempt another class that is
    registered under the same endpoint.
    """
    base = module_name = f"{view_class.__module__}.{view_class.__qualname__}"
    number = 1
    while _class_by_module_name.setdefault(module_name, view_class) is not view_class:
        number += 1
        module_name = f"{base}~{number}"
    return module_name


def model_argument(view_class: type) -> Any:
    """Return ``Post`` for ``class Posts(ListView[Post])``; None without such a class.

    :param view_class: the view class; only its own bases are looked at.
    """
    for base in vars(view_class).get("__orig_bases__", ()):
        for argument in get_args(base):
            if is_mapped(argument):
                return argument
    return None


# --- mistakes that are found when a class is defined -------------------------------


def check_class(view_class: type, root: type) -> None:
    """Refuse a view class of the application with a hook that would not work.

    That is: a hook of a mixin that is listed behind the views and so is hidden by
    theirs; an ``async def`` hook, which nothing awaits; Django's ``dispatch``; a
    handler with Django's ``request``.

    :param root: cbv's View; the MRO has such a mixin behind it.
    :raises ImproperlyConfigured: with the reason and the cure.
    """
    if in_library(view_class):
        return
    mro = view_class.__mro__
    mixins_behind = [k for k in mro[mro.index(root) :] if _is_foreign(k, root)]
    for mixin in mixins_behind:
        _check_not_ignored(view_class, mixin, root)
    for klass in mro:
        if not in_library(klass):
            _check_not_async(view_class, klass)
            _check_no_dispatch(view_class, klass)
            _check_no_request(view_class, klass)


def _check_no_dispatch(view_class: type, klass: type) -> None:
    """Refuse Django's ``dispatch``, which cbv never calls: it may hold a guard."""
    if callable(vars(klass).get("dispatch")):
        raise misconfigured(
            view_class,
            "has a dispatch(), which is Django's name of this hook and never called",
            "name it dispatch_request(self, **kwargs)",
            "write a guard as check_access()",
        )


def _check_no_request(view_class: type, klass: type) -> None:
    """Refuse a handler that takes ``request`` first, as Django's handlers do.

    Flask passes URL values by name, and none of them is likely to be called so. What a
    decorator wraps is not looked at: the decorator may pass it the request.
    """
    for name in (*VERBS, "setup", "dispatch_request", "http_method_not_allowed"):
        handler = vars(klass).get(name)
        if not isfunction(handler):
            continue
        parameters = [*signature(handler, follow_wrapped=False).parameters.values()]
        if any(p.name == "request" and p.kind in _BY_PLACE for p in parameters[1:2]):
            raise misconfigured(
                view_class,
                f"has {name}(self, request, …), but nothing passes a request here",
                f"write {name}(self, **kwargs), and self.request inside",
            )


def _is_foreign(klass: type, root: type) -> bool:
    """Tell whether a class is a mixin that does not derive from View."""
    if klass in root.__mro__ or klass.__module__ in ("typing", "abc"):
        return False
    return not issubclass(klass, root)


def in_library(klass: type) -> bool:
    """Tell whether a class is defined in cbv."""
    return klass.__module__.partition(".")[0] == _LIBRARY


def _check_not_ignored(view_class: type, mixin: type, root: type) -> None:
    """Refuse a mixin with an attribute that a view class before it hides."""
    for name in vars(mixin):
        if name.startswith("_") or name in ("check_access", "decorators"):
            continue
        owner = next(klass for klass in view_class.__mro__ if name in vars(klass))
        if owner is not view_class and issubclass(owner, root):
            raise misconfigured(
                view_class,
                f"lists {mixin.__name__} behind {owner.__name__}, whose {name!r} hides"
                f" {mixin.__name__}.{name}",
                f"list {mixin.__name__} before the views",
                f"derive {mixin.__name__} from the class whose hook it wraps",
            )


def _check_not_async(view_class: type, klass: type) -> None:
    """Refuse an ``async def`` hook that is not a handler."""
    for name, value in vars(klass).items():
        if name in VERBS or not iscoroutinefunction(value):
            continue
        if _is_hook(view_class, name):
            raise misconfigured(
                view_class,
                f"has 'async def {name}', but cbv calls that hook without awaiting it,"
                " so its coroutine would be taken for the answer",
                f"write 'def {name}'",
                "do the awaiting in an async handler such as 'async def get'",
            )


def _is_hook(view_class: type, name: str) -> bool:
    """Tell whether cbv calls a method of that name."""
    if name.startswith("__"):
        return False
    return name in ("check_access", "test_func") or any(
        name in vars(klass) for klass in view_class.__mro__ if in_library(klass)
    )


def is_overridden(view: object, name: str) -> bool:
    """Tell whether the application overrides a method or attribute of a cbv view.

    :param view: an instance of the view class.
    :param name: the name of the method or attribute; the class must have it.
    """
    owner = next(klass for klass in type(view).__mro__ if name in vars(klass))
    return not in_library(owner)


# --- the function that Flask registers ---------------------------------------------


def check_options(view_class: type, options: Mapping[str, Any]) -> None:
    """Refuse keywords of ``as_view`` that name a handler or no attribute of the class.

    :raises TypeError: with the name of the class and the keyword.
    """
    for name in options:
        if name in VERBS:
            raise TypeError(
                f"{view_class.__name__}.as_view() got the keyword {name!r}, which is a"
                " verb. Cure: define the handler in a subclass."
            )
        if not hasattr(view_class, name):
            raise TypeError(
                f"{view_class.__name__}.as_view() got the keyword {name!r}, which is no"
                f" attribute of {view_class.__name__}. Cure: mend its spelling, or"
                " declare the attribute on the class."
            )


def decorated(view_class: Any, view: Any, name: str, plan: Plan, options: Any) -> Any:
    """Return a view function with the decorators of its class and its attributes set.

    The attributes are the function's name, those that Flask reads (``methods`` …) and
    those that cbv and its inspector read (``view_class``, ``view_initkwargs``). They
    are set on every decorator's result, because not every decorator copies them.

    :param view: the undecorated function.
    :param name: the endpoint, which becomes the function's name.
    """
    attributes = without_marks(vars(view_class.dispatch_request))
    attributes.pop("__wrapped__", None)
    attributes.update(
        __name__=name,
        __qualname__=name,
        __module__=module_of(view_class),
        __doc__=view_class.__doc__,
        view_class=view_class,
        view_initkwargs=options,
        methods=set(plan.handlers),
        provide_automatic_options=False,
    )
    decorators = options.get("decorators", merged_decorators(view_class))
    plan.layers = [view]
    # Before the decorators too: they may read the attributes, as functools.wraps does.
    _set_attributes(view, attributes)
    for decorator in decorators:
        inner, view = view, decorator(view)
        plan.layers[:0] = layers_of(view, inner)
        _set_attributes(view, attributes)
    return view


def _set_attributes(function: Any, attributes: Mapping[str, Any]) -> None:
    for name, value in attributes.items():
        setattr(function, name, value)
