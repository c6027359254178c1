from django.urls import path
from django.urls import re_path

from . import views

app_name = "catalog"
urlpatterns = [
    path("", views.IndexView.as_view(), name="index"),
    path("books/", views.BookListView.as_view(), name="book_list"),
    path("books/new/", views.BookCreateView.as_view(), name="book_create"),
    path("books/<slug:slug>/", views.BookDetailView.as_view(), name="book_detail"),
    path("books/<slug:slug>/edit/", views.BookUpdateView.as_view(), name="book_update"),
    path(
        "books/<slug:slug>/delete/",
        views.BookDeleteView.as_view(),
        name="book_delete",
    ),
    path("books/<slug:slug>/borrow/", views.borrow, name="borrow"),
    path("authors/", views.AuthorListView.as_view(), name="author_list"),
    path("authors/new/", views.AuthorCreateView.as_view(), name="author_create"),
    re_path(
        r"^authors/(?P<pk>\d+)/$",
        views.AuthorDetailView.as_view(),
        name="author_detail",
    ),
    path("loans/", views.MyLoansView.as_view(), name="my_loans"),
    path("search/", views.SearchView.as_view(), name="search"),
]
