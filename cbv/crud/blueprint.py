"""CRUDView: list, create, detail, update and delete from one declaration.

neapolitan has the name; here it declares five ordinary views and a blueprint of them,
and is no view itself. How those are made is in :mod:`cbv.crud.views`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from typing import ClassVar
from typing import Generic

from flask import Blueprint
from typing_extensions import TypeVar

from ..db.columns import display
from ..exceptions import misconfigured
from ..urls.paths import reverse
from ..views.base import View
from ..views.edit import DeleteView
from .views import check
from .views import check_bases
from .views import head_of
from .views import is_detail
from .views import key_attribute
from .views import label
from .views import lets_in
from .views import Link
from .views import made_view
from .views import method_of
from .views import path_of
from .views import related_of
from .views import ROLES
from .views import shown
from .views import url_key
from .views import views_of

M = TypeVar("M", default=Any)


class CRUDView(View, Generic[M]):
    """List, create, show, edit and delete the objects of one model.

    ``class Books(LoginRequiredMixin, CRUDView[Book]): fields = ["title"]``, then
    ``app.register_blueprint(Books.blueprint())``. Everything declared here holds for
    the five views ``Books.list_view`` to ``Books.delete_view``, which are subclasses of
    it and of ListView to DeleteView: attributes, hooks, and every guard. Each may be
    subclassed and put in its place: ``list_view = MyList``.

    Since 0.1. neapolitan: ``CRUDView``.
    """

    #: The mapped class; ``CRUDView[Book]`` sets it.
    model: type[M] | None = None
    #: The name of the blueprint and its place; else the model's in lower case.
    url_base: ClassVar[str | None] = None
    #: The attribute that names an object in the URL; else its key, as ``pk``.
    lookup_field: ClassVar[str | None] = None
    #: Which of the five views there are.
    roles: ClassVar[Sequence[str]] = tuple(ROLES)
    #: What the list shows of each object: attributes, dotted through relationships.
    list_display: Sequence[str] = ()

    list_view: ClassVar[Any] = None
    create_view: ClassVar[Any] = None
    detail_view: ClassVar[Any] = None
    update_view: ClassVar[Any] = None
    delete_view: ClassVar[Any] = None

    #: The CRUDView that a view belongs to, and the name of its endpoint there.
    _owner: ClassVar[Any] = None
    _role: ClassVar[str] = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls._role:
            return  # one of the five, or derived from one
        check_bases(cls)
        cls._owner = cls
        for role in ROLES.values() if cls.model is not None else ():
            name = f"{role.name}_view"
            found = getattr(cls, name)
            if name not in vars(cls) and (found is None or "_made" in vars(found)):
                setattr(cls, name, made_view(cls, role))

    @classmethod
    def as_view(cls, name: str | None = None, /, **options: Any) -> Any:
        """Return the view function of one of the five views."""
        if not cls._role:
            problem = "is no view itself"
            raise misconfigured(cls, problem, "register its blueprint()")
        return super().as_view(name, **options)

    @classmethod
    def blueprint(cls, **options: Any) -> Blueprint:
        """Return a blueprint of the views; its endpoints are called like the roles.

        :param options: Flask's, such as ``url_prefix`` instead of ``/<url_base>/``.
        :raises ImproperlyConfigured: where a wrong set-up can be known now.

        Since 0.1. neapolitan: ``CRUDView.get_urls``.
        """
        check(cls)
        name = cls.url_base or cls.model.__name__.lower()  # type: ignore[union-attr]
        options.setdefault("url_prefix", f"/{name}/")
        made = Blueprint(name, cls.__module__, **options)
        for endpoint, view in views_of(cls).items():
            extra = {"related": related_of(view)} if endpoint == "list" else {}
            function = view.as_view(endpoint, **extra)
            made.add_url_rule(path_of(cls, endpoint), view_func=function)
        return made

    # --- what the default templates show --------------------------------------------

    def get_template_names(self) -> list[str]:
        """Return the names to try; those with links come before the plain defaults."""
        names: list[str] = super().get_template_names()  # type: ignore[misc]
        last = names[-1]
        if last.startswith("cbv/object_"):
            names.insert(-1, last.replace("object", "crud", 1))
        return names

    def get_success_url(self) -> str:
        """Return ``success_url``, else the object's page, else the list."""
        this: Any = self
        if not this.success_url:
            gone = isinstance(self, DeleteView)
            for role in ("list",) if gone else ("detail", "list"):
                if role in self._owner.roles:
                    return self._url(role, this.object)
        return super().get_success_url()  # type: ignore[misc,no-any-return]

    def get_links(self) -> list[Link]:
        """Return the links of a page that are about no single object."""
        return self._links(None)

    def get_object_links(self, obj: Any) -> list[Link]:
        """Return the links about an object that this user may follow."""
        return self._links(obj)

    def _links(self, obj: Any) -> list[Link]:
        return [
            self._link(name, obj)
            for name, view in views_of(self._owner).items()
            if is_detail(self._owner, name) is (obj is not None)
            and name != self._role
            and method_of(self._owner, name)
            and lets_in(view, self._values(name, obj), obj)
        ]

    def _link(self, name: str, obj: Any) -> Link:
        url, method = self._url(name, obj), method_of(self._owner, name)
        return Link(name, label(self._owner, name), url, str(method))

    def _url(self, name: str, obj: Any) -> str:
        return reverse(f".{name}", self._values(name, obj))

    def _values(self, name: str, obj: Any) -> dict[str, Any]:
        """Return the URL values of a view: those of this page, and the object's key."""
        key = url_key(self._owner)
        values = {k: v for k, v in self.kwargs.items() if k != key}
        if is_detail(self._owner, name):
            values[key] = getattr(obj, key_attribute(self._owner))
        return values

    def get_display(self, obj: Any) -> list[str]:
        """Return what the list shows of an object, in the order of ``list_display``."""
        return [shown(obj, path) for path in self.list_display] or [display(obj)]

    def get_display_heads(self) -> list[Any]:
        """Return the heads of the columns: labels, and how to sort by them."""
        this: Any = self
        heads = {head.name: head for head in this.get_column_heads()}
        names = self.list_display or ("",)
        return [heads.get(name) or {"label": head_of(name)} for name in names]
