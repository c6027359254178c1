"""Django's other class names, so that a migrant's imports work."""

from __future__ import annotations

import pytest
from sqlalchemy import select

import cbv
import cbv.compat
from cbv import compat
from support.library_models import Book

#: Every name of Django's that the contract lists, and the class that does its work.
NAMES = {
    "TemplateResponseMixin": "TemplateView",
    "BaseDetailView": "DetailView",
    "BaseListView": "ListView",
    "ProcessFormView": "FormMixin",
    "BaseFormView": "FormView",
    "BaseCreateView": "CreateView",
    "BaseUpdateView": "UpdateView",
    "BaseDeleteView": "DeleteView",
    "DeletionMixin": "DeleteView",
    "SingleObjectMixin": "SingleObjectMixin",
    "MultipleObjectMixin": "MultipleObjectMixin",
    "BaseArchiveIndexView": "ArchiveIndexView",
    "BaseYearArchiveView": "YearArchiveView",
    "BaseMonthArchiveView": "MonthArchiveView",
    "BaseWeekArchiveView": "WeekArchiveView",
    "BaseDayArchiveView": "DayArchiveView",
    "BaseTodayArchiveView": "TodayArchiveView",
    "BaseDateDetailView": "DateDetailView",
}


@pytest.mark.parametrize(("name", "home"), NAMES.items())
def test_name_stands_for_the_class_that_does_its_work(name, home):
    """One line each, no layer of its own."""
    assert getattr(compat, name) is getattr(cbv, home)
    assert name in compat.__all__


@pytest.mark.parametrize(
    "name",
    [
        "BaseDateListView",
        "DateMixin",
        "YearMixin",
        "MonthMixin",
        "WeekMixin",
        "DayMixin",
    ],
)
def test_date_mixins_are_there(name):
    """Their home is elsewhere; they are re-exported."""
    assert isinstance(getattr(compat, name), type)
    assert name in compat.__all__


def test_all_names_exist():
    """Nothing is promised that is not there."""
    assert all(hasattr(compat, name) for name in compat.__all__)


def test_bases_as_django_lists_them_make_working_views(app, db):
    """Classes written for Django's layers keep working."""

    class Books(compat.MultipleObjectTemplateResponseMixin, compat.BaseListView):
        model = Book

    class OneBook(compat.SingleObjectTemplateResponseMixin, compat.BaseDetailView):
        model = Book

    class Page(compat.TemplateResponseMixin, compat.ContextMixin, cbv.View):
        template_name = "cbv/object_list.html"

        def get(self, **kwargs):
            context = self.get_context_data(object_list=["y"])
            return self.render_to_response(context)

    book = Book(title="x")
    db.add(book)
    db.commit()
    app.add_url_rule("/", view_func=Books.as_view())
    app.add_url_rule("/<int:pk>", view_func=OneBook.as_view())
    app.add_url_rule("/page", view_func=Page.as_view())
    client = app.test_client()
    assert client.get("/").context["book_list"] == [book]
    assert client.get(f"/{book.id}").context["book"] == book
    assert "y" in client.get("/page").text


def test_one_view_may_create_and_update(app, db):
    """The popular combination of ModelFormMixin and ProcessFormView."""

    class Edit(
        compat.SingleObjectTemplateResponseMixin,
        cbv.ModelFormMixin,
        compat.ProcessFormView,
    ):
        model = Book
        fields = ["title"]
        success_url = "/"
        template_name_suffix = "_form"

        def get_object(self, queryset=None):
            return super().get_object(queryset) if "pk" in self.kwargs else None

    app.add_url_rule("/new", "new", Edit.as_view("new"))
    app.add_url_rule("/<int:pk>", view_func=Edit.as_view())
    client = app.test_client()
    client.post("/new", data={"title": "a"})
    (book,) = db.scalars(select(Book)).all()
    client.post(f"/{book.id}", data={"title": "b"})
    db.expire_all()
    assert [b.title for b in db.scalars(select(Book))] == ["b"]
