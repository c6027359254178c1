"""Whether a user has permissions, asked in the words of the user's own class.

Django: ``PermissionsMixin.has_perms``, with its groups. Flask-Security: ``UserMixin``
and ``RoleMixin``.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

from .truth import is_true


def has_all(user: Any, names: Iterable[str]) -> bool:
    """Tell whether a user has every permission.

    A user class of cbv's, or one like Django's, has ``has_perms()``. Another is asked
    by ``has_permission()``, or else for the permissions of its ``roles``; the name of a
    role is a permission too. An anonymous or inactive user has none.

    Since 0.1.
    """
    has_perms = getattr(user, "has_perms", None)
    if has_perms is not None:
        return is_true(user, has_perms(names))
    if not (user.is_authenticated and getattr(user, "is_active", True)):
        return False
    return all(_has(user, name) for name in names)


def _has(user: Any, name: str) -> bool:
    """Tell whether a user without ``has_perms`` has one permission."""
    has_permission = getattr(user, "has_permission", None)
    has_role = getattr(user, "has_role", None)
    if has_role is not None and is_true(user, has_role(name)):
        return True
    if has_permission is not None:
        return is_true(user, has_permission(name))
    return name in _granted_by_roles(user)


def _granted_by_roles(user: Any) -> Iterator[str]:
    """Yield the name of each role of a user, and the names of its permissions.

    ``permissions`` is a list of names or, as Flask-Security stored it once, a text with
    commas; ``get_permissions()`` comes before it.
    """
    for role in getattr(user, "roles", None) or ():
        yield str(getattr(role, "name", role))
        find = getattr(role, "get_permissions", None)
        permissions = getattr(role, "permissions", None) if find is None else find()
        if isinstance(permissions, str):
            permissions = permissions.split(",")
        yield from (str(getattr(p, "name", p)).strip() for p in permissions or ())
