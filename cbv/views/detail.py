"""SingleObjectMixin and DetailView: load the one object that the URL names.

The URL has its primary key or its slug; ``lookup.py`` searches for the row.

Django: ``django.views.generic.detail``.
"""

from __future__ import annotations

from typing import Any
from typing import Generic

from flask import abort
from sqlalchemy import Select
from typing_extensions import TypeVar

from ..db.columns import is_mapped
from ..db.scopes import check_scope
from ..db.scopes import share_rows
from ..db.statements import checked
from ..db.statements import entity_of
from ..db.statements import finished
from ..db.statements import own_queryset
from ..db.statements import prepared
from ..exceptions import misconfigured
from .base import TemplateView
from .base import View
from .context import default_name
from .lookup import find_row
from .lookup import key_values
from .lookup import nothing_to_search_by
from .lookup import object_property
from .plan import is_overridden

M = TypeVar("M", default=Any)


class SingleObjectMixin(View, Generic[M]):
    """Load the object whose primary key or slug is in the URL, as :attr:`object`.

    Since 0.1. Django: ``SingleObjectMixin``.
    """

    #: The mapped class; ``DetailView[Post]`` sets it to ``Post``.
    model: type[M] | None = None
    #: The ``select()`` to search; None for all rows of the model.
    queryset: Any = None
    #: A SQLAlchemy criterion, or a list of them: rows that do not meet it are a 404.
    scope: Any = None
    #: Names of relationships to load with the object; dotted names go through several.
    related: Any = ()
    #: The attribute of the model that holds the slug.
    slug_field: str = "slug"
    #: The name of the object in the template; None for the model's in lower case.
    context_object_name: str | None = None
    #: The name of the URL value with the slug.
    slug_url_kwarg: str = "slug"
    #: The name of the URL value with the primary key. For a composite key, the URL
    #: values are named like the key's attributes instead.
    pk_url_kwarg: str = "pk"
    #: Whether the object must match both, where the URL has a primary key and a slug.
    query_pk_and_slug: bool = False
    #: The attribute of the object that holds the name of a template for it.
    template_name_field: str | None = None

    def _check_setup(self) -> None:
        super()._check_setup()
        if not any(
            is_overridden(self, hook)
            for hook in ("get_queryset", "get_object", "setup", "dispatch_request")
        ):
            check_scope(self, self.get_queryset(), self.scope)

    @object_property
    def object(self) -> M:
        """The object of this request, loaded when it is first used."""
        return self.get_object()

    def get_object(self, queryset: Any = None) -> M:
        """Return the object that the URL names, if it is within the view's scope.

        :param queryset: a ``select()`` to search instead of that of
            :meth:`get_queryset`.
        :raises werkzeug.exceptions.NotFound: when no row matches, or when a URL value
            does not fit the type of its column.
        :raises ImproperlyConfigured: for a URL with neither a primary key nor a slug.

        Since 0.1. Django: ``SingleObjectMixin.get_object``.
        """
        statement, parameters = prepared(self._searched(queryset))
        model = entity_of(statement)
        found = find_row(self, statement, self._lookup(model), parameters)
        if found is None:
            abort(404, description=f"No {model.__name__} found matching the query")
        return found  # type: ignore[no-any-return]

    def _searched(self, queryset: Any) -> Any:
        """Return the statement to search, with the scope and the related rows added."""
        statement = self.get_queryset() if queryset is None else queryset
        checked(self, statement)
        if not isinstance(statement, Select) or entity_of(statement) is None:
            problem = "has no statement that selects one mapped class"
            raise misconfigured(self, problem, "return select(Model)", "set model")
        if queryset is not None and not share_rows(self.model, entity_of(statement)):
            return statement  # the scope is about self.model, not about this class
        return finished(self, statement, self.scope, self.related)

    def _lookup(self, model: type) -> dict[str, Any]:
        """Return the URL values to search for, by attribute of the model."""
        values = key_values(self, model)
        slug = self.kwargs.get(self.slug_url_kwarg)
        if slug is not None and (not values or self.query_pk_and_slug):
            values[self.get_slug_field()] = slug
        if not values:
            raise nothing_to_search_by(self, model)
        return values

    def get_queryset(self) -> Any:
        """Return the ``select()`` in which the object is searched.

        cbv adds the view's ``scope`` and ``related`` to the statement that an override
        returns, so that an override cannot lose them.

        Since 0.1. Django: ``SingleObjectMixin.get_queryset``.
        """
        model, queryset = self.model, self.queryset
        return self._plan.once(
            "queryset", lambda: own_queryset(self, model, queryset), model, queryset
        )

    def get_slug_field(self) -> str:
        """Return the name of the model's attribute that holds the slug.

        Since 0.1. Django: ``SingleObjectMixin.get_slug_field``.
        """
        return self.slug_field

    def get_context_object_name(self, obj: Any) -> str | None:
        """Return a second name for the object in the template, beside ``object``.

        :param obj: the object of this request.
        :return: ``context_object_name``, else the name of the object's class in lower
            case; None for an object of a class that is not mapped.

        Since 0.1. Django: ``SingleObjectMixin.get_context_object_name``.
        """
        if self.context_object_name is not None:
            return self.context_object_name
        return default_name(self, type(obj)) if is_mapped(type(obj)) else None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add ``object``, and the same object as :meth:`get_context_object_name` says.

        Since 0.1. Django: ``SingleObjectMixin.get_context_data``.
        """
        context: dict[str, Any] = {}
        obj: Any = self.object
        if obj is not None:
            context["object"] = obj
            name = self.get_context_object_name(obj)
            if name:
                context[name] = obj
        context.update(kwargs)
        return super().get_context_data(**context)

    def get_template_names(self) -> list[str]:
        """Return the template names to try, first that in ``template_name_field``.

        Since 0.1. Django: ``SingleObjectTemplateResponseMixin.get_template_names``.
        """
        names: list[str] = super().get_template_names()  # type: ignore[misc]
        field = self.template_name_field
        object_template = getattr(self.object, field, None) if field else None
        return [object_template, *names] if object_template else names

    def _object_model(self) -> type | None:
        """Return the mapped class of the object, else that of the view."""
        if self.object is not None and is_mapped(type(self.object)):
            return type(self.object)
        return self.model or entity_of(self.get_queryset())


class DetailView(SingleObjectMixin[M], TemplateView):
    """Show one object in a template.

    Context: ``object``, and the same object under the model's name in lower case.

    Since 0.1. Django: ``DetailView``.
    """

    template_name_suffix = "_detail"

    def _template_model(self) -> type | None:
        return self._object_model()
