"""What is worked out once for a view class instead of once for each request.

Django does the same work in ``View.as_view`` and again in every ``dispatch``.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from inspect import iscoroutinefunction
from operator import is_
from typing import Any
from typing import get_args
from typing import TypeVar
from weakref import WeakValueDictionary

from ..db.columns import is_mapped
from ..exceptions import misconfigured

T = TypeVar("T")

VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "trace")

_LIBRARY = "cbv"
#: The module of View, whose own ``check_access`` lets everybody in.
_ROOT = "cbv.views.base"

_paths: WeakValueDictionary[str, type] = WeakValueDictionary()


class Plan:
    """What one call of ``as_view`` prepares: handlers, guards, and whatever is costly.

    :param view_class: the class.
    :param options: the keywords of ``as_view``.
    """

    def __init__(self, view_class: Any, options: Mapping[str, Any]) -> None:
        names = options.get("http_method_names", view_class.http_method_names)
        self.handlers = _handlers(view_class, names)
        self.guards = tuple(guards_of(view_class))
        self._made: dict[str, tuple[tuple[object, ...], Any]] = {}

    def once(self, name: str, make: Callable[[], T], *inputs: object) -> T:
        """Return what ``make`` made when it was first asked for with these inputs.

        Inputs are compared by identity: what a request sets on its own instance is
        made anew, what the class declares is made once.
        """
        kept = self._made.get(name)
        if kept is None or not all(map(is_, kept[0], inputs)):
            kept = self._made[name] = (inputs, make())
        found: T = kept[1]
        return found


def _handlers(view_class: type, names: list[str]) -> dict[str, str]:
    """Return the name of the handler for each verb that the class implements."""
    allowed = [name.lower() for name in names if name.lower() in VERBS]
    declared = getattr(view_class, "_declared_methods", None)
    if declared is not None:
        wanted = {method.lower() for method in declared}
        allowed = [name for name in allowed if name in wanted]
    found = {n.upper(): n for n in allowed if getattr(view_class, n, None) is not None}
    if "GET" in found and "head" in allowed and "HEAD" not in found:
        found["HEAD"] = "get"
        return {n.upper(): found[n.upper()] for n in allowed if n.upper() in found}
    return found


def guards_of(view_class: type) -> Iterator[Callable[[Any], Any]]:
    """Yield every ``check_access`` of a class, in the order of :func:`guarding`."""
    for klass in guarding(view_class):
        yield _bound_late(vars(klass)["check_access"])


def _bound_late(guard: Any) -> Callable[[Any], Any]:
    return lambda view: guard.__get__(view, type(view))()


def guarding(view_class: type) -> Iterator[type]:
    """Yield each class with a ``check_access``: bases left to right, itself last.

    Python's own order would let a class listed first hide the guard of another. View's
    own lets everybody in and is no guard: a page without one is not private.
    """
    seen: set[type] = set()

    def collect(klass: type) -> Iterator[type]:
        if klass in seen:
            return
        seen.add(klass)
        for base in klass.__bases__:
            yield from collect(base)
        if (
            "check_access" in vars(klass)
            and klass.__module__ != f"{_LIBRARY}.views.base"
        ):
            yield klass

    return collect(view_class)


def merged_decorators(view_class: type) -> list[Callable[[Any], Any]]:
    """Return the class's own ``decorators``, then its parents': they stay outermost."""
    merged: list[Callable[[Any], Any]] = []
    for klass in view_class.__mro__:
        merged += [d for d in vars(klass).get("decorators", ()) if d not in merged]
    return merged


def module_of(view_class: type) -> str:
    """Return a module name that stands for this class alone.

    Flask-WTF exempts a view function by its module and name: exempting one class must
    never free another that happens to be registered under the same name.
    """
    base = path = f"{view_class.__module__}.{view_class.__qualname__}"
    number = 1
    while _paths.setdefault(path, view_class) is not view_class:
        number += 1
        path = f"{base}~{number}"
    return path


def model_argument(view_class: type) -> Any:
    """Return the mapped class in ``class Posts(ListView[Post])``, None without one."""
    for base in vars(view_class).get("__orig_bases__", ()):
        for argument in get_args(base):
            if is_mapped(argument):
                return argument
    return None


# --- mistakes that can be known when the class is made ----------------------------


def check_class(view_class: type, root: type) -> None:
    """Refuse a class whose hooks could not do what they say; cbv's own can.

    :param root: cbv's View; a plain class behind it is never asked for its hooks.
    :raises ImproperlyConfigured: with the reason and the cure.
    """
    if in_library(view_class):
        return
    mro = view_class.__mro__
    behind = [k for k in mro[mro.index(root) :] if _is_foreign(k, root)]
    for plain in behind:
        _check_not_ignored(view_class, plain, root)
    for klass in mro:
        if not in_library(klass):
            _check_not_async(view_class, klass)
            _check_no_dispatch(view_class, klass)


def _check_no_dispatch(view_class: type, klass: type) -> None:
    """Refuse Django's ``dispatch``: a guard written in it would never be asked."""
    if callable(vars(klass).get("dispatch")):
        raise misconfigured(
            view_class,
            "has a dispatch(), which is Django's name of this hook and never called",
            "name it dispatch_request(self, **kwargs)",
            "write a guard as check_access()",
        )


def _is_foreign(klass: type, root: type) -> bool:
    if klass in root.__mro__ or klass.__module__ in ("typing", "abc"):
        return False
    return not issubclass(klass, root)


def in_library(klass: type) -> bool:
    """Tell whether a class is one that cbv ships."""
    return klass.__module__.partition(".")[0] == _LIBRARY


def _check_not_ignored(view_class: type, plain: type, root: type) -> None:
    for name in vars(plain):
        if name.startswith("_") or name in ("check_access", "decorators"):
            continue
        owner = next(klass for klass in view_class.__mro__ if name in vars(klass))
        if owner is not view_class and issubclass(owner, root):
            raise misconfigured(
                view_class,
                f"lists {plain.__name__} behind {owner.__name__}, whose {name!r} hides"
                f" {plain.__name__}.{name}",
                f"list {plain.__name__} before the views",
                f"derive {plain.__name__} from the class whose hook it wraps",
            )


def _check_not_async(view_class: type, klass: type) -> None:
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
    if name.startswith("__"):
        return False
    return name in ("check_access", "test_func") or any(
        name in vars(klass) for klass in view_class.__mro__ if in_library(klass)
    )


def is_overridden(view: object, name: str) -> bool:
    """Tell whether a hook (or the like) is no longer the one that cbv ships."""
    owner = next(klass for klass in type(view).__mro__ if name in vars(klass))
    return not in_library(owner)


# --- the function that Flask registers ---------------------------------------------


def check_options(view_class: type, options: Mapping[str, Any]) -> None:
    """Refuse keywords of ``as_view`` that are verbs or no attributes of the class.

    :raises TypeError: naming the class and the keyword.
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


def dressed(view_class: Any, view: Any, name: str, plan: Plan, options: Any) -> Any:
    """Give a view function its decorators, its name and what tools look for on it."""
    marks = dict(vars(view_class.dispatch_request))
    marks.pop("__wrapped__", None)
    marks.update(
        __name__=name,
        __qualname__=name,
        __module__=module_of(view_class),
        __doc__=view_class.__doc__,
        view_class=view_class,
        view_initkwargs=options,
        methods=set(plan.handlers),
        provide_automatic_options=False,
    )
    chosen = options.get("decorators", merged_decorators(view_class))
    _mark(view, marks)  # before the decorators, so that functools.wraps copies it
    for decorator in chosen:
        view = decorator(view)
        _mark(view, marks)
    return view


def _mark(function: Any, marks: Mapping[str, Any]) -> None:
    for name, value in marks.items():
        setattr(function, name, value)
