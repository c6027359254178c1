"""SingleObjectMixin and DetailView: one object from the values in the URL.

Django: ``django.views.generic.detail``.
"""

from __future__ import annotations

from typing import Any
from typing import Generic

from flask import abort
from sqlalchemy import Select
from typing_extensions import TypeVar
from werkzeug.utils import cached_property

from ..db import reading
from ..db.columns import coerce
from ..db.columns import column_of
from ..db.columns import is_mapped
from ..db.columns import key_names
from ..db.statements import by_values
from ..db.statements import checked
from ..db.statements import derived
from ..db.statements import entity_of
from ..db.statements import finished
from ..db.statements import own_queryset
from ..db.statements import prepared
from ..exceptions import misconfigured
from .base import FLASK_NAMES
from .base import TemplateView
from .base import View
from .plan import is_overridden

M = TypeVar("M", default=Any)


class SingleObjectMixin(View, Generic[M]):
    """Find one object by the key or slug in the URL.

    Since 0.1. Django: ``SingleObjectMixin``.
    """

    #: The mapped class; ``DetailView[Post]`` sets it.
    model: type[M] | None = None
    #: The statement to search, instead of all rows of the model.
    queryset: Any = None
    #: A criterion, or a list of them, that every row must meet.
    scope: Any = None
    #: Names of relationships (dotted paths too) to load with the object.
    related: Any = ()
    #: The attribute that holds the slug.
    slug_field: str = "slug"
    #: The name of the object in the template; else the model's in lower case.
    context_object_name: str | None = None
    #: The URL value that holds the slug.
    slug_url_kwarg: str = "slug"
    #: The URL value that holds the key; a composite key uses its columns' names.
    pk_url_kwarg: str = "pk"
    #: Whether a URL with both must match both.
    query_pk_and_slug: bool = False
    #: The attribute of the object that may name a template.
    template_name_field: str | None = None

    def _check_setup(self) -> None:
        super()._check_setup()
        if not any(
            is_overridden(self, hook)
            for hook in ("get_queryset", "get_object", "setup", "dispatch_request")
        ):
            self.get_queryset()

    @cached_property
    def object(self) -> M:
        """The object of this request, loaded when it is first asked for."""
        return self.get_object()

    def get_object(self, queryset: Any = None) -> M:
        """Return the object that the URL names, within the view's scope.

        :param queryset: the statement to search instead of :meth:`get_queryset`'s.
        :raises werkzeug.exceptions.NotFound: when there is none, or when a value could
            never be in its column.
        :raises ImproperlyConfigured: for a URL without key and slug.

        Since 0.1. Django: ``SingleObjectMixin.get_object``.
        """
        statement, own = prepared(self._searched(queryset))
        model = entity_of(statement)
        texts, found = self._lookup(model), None
        names = tuple(texts)
        columns = derived(
            statement,
            ("columns", *names),
            lambda _: [_column(self, model, name) for name in names],
        )
        try:
            looked_up = list(map(coerce, columns, texts.values()))
        except ValueError:
            pass
        else:
            values = {f"value_{n}": value for n, value in enumerate(looked_up)}
            found = reading.find(by_values(statement, names), {**values, **own})
        if found is None:
            abort(404, description=f"No {model.__name__} found matching the query")
        return found  # type: ignore[no-any-return]

    def _searched(self, queryset: Any) -> Any:
        given = self.get_queryset() if queryset is None else queryset
        checked(self, given)
        if not isinstance(given, Select) or entity_of(given) is None:
            problem = "has no statement that selects one mapped class"
            raise misconfigured(self, problem, "return select(Model)", "set model")
        if queryset is not None and self.model not in (None, entity_of(given)):
            return given  # of another class than ours: the scope does not speak of it
        return finished(self, given, self.scope, self.related)

    def _lookup(self, model: type) -> dict[str, Any]:
        """Return the attributes to search by, with the URL's values for them."""
        keys = key_names(model)
        if len(keys) > 1:
            found = {name: self.kwargs[name] for name in keys if name in self.kwargs}
            found = found if len(found) == len(keys) else {}
        else:
            pk = self.kwargs.get(self.pk_url_kwarg)
            found = {} if pk is None else {keys[0]: pk}
        slug = self.kwargs.get(self.slug_url_kwarg)
        if slug is not None and (not found or self.query_pk_and_slug):
            found[self.get_slug_field()] = slug
        if not found:
            wanted = " and ".join(keys) if len(keys) > 1 else self.pk_url_kwarg
            raise misconfigured(
                self,
                f"was called by a URL without {wanted!r} or {self.slug_url_kwarg!r}",
                f"put <{wanted}> or <{self.slug_url_kwarg}> into its rule",
                "set pk_url_kwarg or slug_url_kwarg to the name in the rule",
            )
        return found

    def get_queryset(self) -> Any:
        """Return the statement that is searched for the object.

        The scope and the related rows are added to whatever this returns.

        Since 0.1. Django: ``SingleObjectMixin.get_queryset``.
        """
        model, queryset = self.model, self.queryset
        return self._plan.once(
            "queryset", lambda: own_queryset(self, model, queryset), model, queryset
        )

    def get_slug_field(self) -> str:
        """Return the name of the attribute that holds the slug."""
        return self.slug_field

    def get_context_object_name(self, obj: Any) -> str | None:
        """Return the name of the object in the template, None for ``object`` alone."""
        if self.context_object_name is not None:
            return self.context_object_name
        return default_name(self, type(obj)) if is_mapped(type(obj)) else None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add ``object``, also under its own name."""
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
        """Return the names to try; that in ``template_name_field`` comes first."""
        names: list[str] = super().get_template_names()  # type: ignore[misc]
        field = self.template_name_field
        named = getattr(self.object, field, None) if field else None
        return [named, *names] if named else names

    def _object_model(self) -> type | None:
        if self.object is not None and is_mapped(type(self.object)):
            return type(self.object)
        return self.model or entity_of(self.get_queryset())


def _column(view: View, model: type, name: str) -> Any:
    found = column_of(model, name)
    column = getattr(model, name, None) if found is None else found
    if not hasattr(column, "type"):
        problem = f"searches by {name!r}, which is no column of {model.__name__}"
        raise misconfigured(view, problem, "set slug_field to the name of a column")
    return column


def default_name(view: View, model: type, suffix: str = "") -> str:
    """Return a model's name for the context, unless it is one of Flask's own.

    :raises ImproperlyConfigured: then, with the cure ``context_object_name``.
    """
    name = model.__name__.lower() + suffix
    if name in FLASK_NAMES:
        problem = f"would hide Flask's own {name!r} from its template"
        raise misconfigured(view, problem, "set context_object_name")
    return name


class DetailView(SingleObjectMixin[M], TemplateView):
    """Show one object.

    Context: ``object``, and the same under the model's name in lower case.

    Since 0.1. Django: ``DetailView``.
    """

    template_name_suffix = "_detail"

    def _template_model(self) -> type | None:
        return self._object_model()
