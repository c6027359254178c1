"""CRUDView, the class from which an application declares the five pages of a model.

In neapolitan, ``CRUDView`` is one view that plays five roles. Here it is a declaration:
it produces five ordinary view classes and a Flask blueprint that registers them, and it
never answers a request itself. :mod:`cbv.crud.views` builds the view classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from typing import ClassVar
from typing import Generic

from flask import Blueprint
from typing_extensions import TypeVar

from ..db.columns import column_of
from ..db.columns import display
from ..db.columns import key_text
from ..exceptions import misconfigured
from ..urls.paths import reverse
from ..views.base import View
from ..views.edit import DeleteView
from .views import attribute_text
from .views import check_bases
from .views import check_declaration
from .views import column_label
from .views import is_detail
from .views import key_attribute
from .views import lets_in
from .views import Link
from .views import link_label
from .views import method_of
from .views import path_of
from .views import related_of
from .views import role_view
from .views import ROLES
from .views import url_key
from .views import views_of

M = TypeVar("M", default=Any)


class CRUDView(View, Generic[M]):
    """List, create, show, edit and delete the objects of one model.

    Declare ``class Books(LoginRequiredMixin, CRUDView[Book]): fields = ["title"]`` and
    register it with ``app.register_blueprint(Books.blueprint())``.

    The five view classes are ``Books.list_view``, ``create_view``, ``detail_view``,
    ``update_view`` and ``delete_view``. Each inherits from ``Books`` and from the
    matching view of cbv (ListView, CreateView, …), so every attribute, hook and guard
    of ``Books`` applies to all five. To change one of them, subclass it and assign the
    subclass: ``list_view = MyList``.

    Since 0.1. neapolitan: ``CRUDView``.
    """

    #: The mapped class; writing ``CRUDView[Book]`` sets it.
    model: type[M] | None = None
    #: The name of the blueprint and its URL prefix; None for the model's name in lower
    #: case.
    url_base: ClassVar[str | None] = None
    #: The attribute whose value identifies an object in the URL; None for the primary
    #: key, as the URL value ``pk``.
    lookup_field: ClassVar[str | None] = None
    #: Which of the five views the blueprint registers.
    roles: ClassVar[Sequence[str]] = tuple(ROLES)
    #: The attributes that the list shows of each object; a dotted path reaches the
    #: attribute of a related object (``"author.name"``).
    list_display: Sequence[str] = ()

    list_view: ClassVar[Any] = None
    create_view: ClassVar[Any] = None
    detail_view: ClassVar[Any] = None
    update_view: ClassVar[Any] = None
    delete_view: ClassVar[Any] = None

    #: The declaration that a view class was built from, and the name of the view in
    #: its blueprint (a role or an action); "" for a declaration.
    _owner: ClassVar[Any] = None
    _role: ClassVar[str] = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls._role:
            return  # a view class that was built here, or a subclass of one
        check_bases(cls)
        cls._owner = cls
        for role in ROLES.values() if cls.model is not None else ():
            name = f"{role.name}_view"
            if name in vars(cls):
                continue  # the application assigned a view of its own
            inherited = getattr(cls, name)
            if inherited is None or "_is_generated" in vars(inherited):
                setattr(cls, name, role_view(cls, role))

    @classmethod
    def as_view(cls, name: str | None = None, /, **options: Any) -> Any:
        """Return the view function of one of the five views.

        :raises ImproperlyConfigured: for the declaration, which is not a view.
        """
        if not cls._role:
            problem = "is no view itself"
            raise misconfigured(cls, problem, "register its blueprint()")
        return super().as_view(name, **options)

    @classmethod
    def blueprint(cls, **options: Any) -> Blueprint:
        """Return a Flask blueprint that registers the views and actions.

        The endpoints have the names of the roles and of the actions: ``book.list``.

        :param options: keywords for :class:`flask.Blueprint`, such as ``url_prefix``,
            which is ``/<url_base>/`` by default.
        :raises ImproperlyConfigured: if the declaration is wrong, for example if it
            has no model or lists an attribute that the model does not have.

        Since 0.1. neapolitan: ``CRUDView.get_urls``.
        """
        check_declaration(cls)
        name = cls.url_base or cls.model.__name__.lower()  # type: ignore[union-attr]
        options.setdefault("url_prefix", f"/{name}/")
        blueprint = Blueprint(name, cls.__module__, **options)
        for endpoint, view in views_of(cls).items():
            extra = {"related": related_of(view)} if endpoint == "list" else {}
            function = view.as_view(endpoint, **extra)
            blueprint.add_url_rule(path_of(cls, endpoint), view_func=function)
        return blueprint

    # --- hooks that the default templates call ---------------------------------------

    def get_template_names(self) -> list[str]:
        """Return the template names to try.

        The default template with links between the views (``cbv/crud_list.html``, say)
        comes before the plain one (``cbv/object_list.html``).
        """
        names: list[str] = super().get_template_names()  # type: ignore[misc]
        default = names[-1]
        if default.startswith("cbv/object_"):
            names.insert(-1, default.replace("object", "crud", 1))
        return names

    def get_success_url(self) -> str:
        """Return the URL to redirect to after a form succeeds.

        That is ``success_url`` if it is set, else the detail page of the object (not
        after it was deleted), else the list.
        """
        this: Any = self
        if not this.success_url:
            is_deleted = isinstance(self, DeleteView)
            for role in ("list",) if is_deleted else ("detail", "list"):
                if role in self._owner.roles:
                    return self._url(role, this.object)
        return super().get_success_url()  # type: ignore[misc,no-any-return]

    def get_links(self) -> list[Link]:
        """Return the links to the list and to other views that need no object.

        Only those that this user may open are returned.
        """
        return self._links(None)

    def get_object_links(self, obj: Any) -> list[Link]:
        """Return the links to those views of an object that this user may open."""
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
        return Link(name, link_label(self._owner, name), url, str(method))

    def _url(self, name: str, obj: Any) -> str:
        return reverse(f".{name}", self._values(name, obj))

    def _values(self, name: str, obj: Any) -> dict[str, Any]:
        """Return the URL values for a link from this page to another view.

        The values of this page's own URL are passed on, so that a blueprint whose
        ``url_prefix`` has a value works; the object's key is added or left out.
        """
        key = url_key(self._owner)
        values = {k: v for k, v in self.kwargs.items() if k != key}
        if is_detail(self._owner, name):
            attribute = key_attribute(self._owner)
            column = column_of(self._owner.model, attribute)
            value = getattr(obj, attribute)
            values[key] = value if column is None else key_text(column, value)
        return values

    def get_display(self, obj: Any) -> list[str]:
        """Return the texts of an object's row in the list, one for each column.

        They are in the order of ``list_display``; without it, the only text is the
        object itself as text.
        """
        texts = [attribute_text(obj, path) for path in self.list_display]
        return texts or [display(obj)]

    def get_display_heads(self) -> list[Any]:
        """Return the column headings of the list: a label, and a link to sort by it.

        A column that cannot be sorted by has a mapping with nothing but ``label``.
        """
        this: Any = self
        heads = {head.name: head for head in this.get_column_heads()}
        names = self.list_display or ("",)
        return [heads.get(name) or {"label": column_label(name)} for name in names]
