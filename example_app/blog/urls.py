"""Which address shows which view.

Django twin: ``blog/urls.py``, to the letter, but for ``register`` at the end: Django
finds its list by ``ROOT_URLCONF``, Flask is told.
"""

from __future__ import annotations

from flask import Flask

from cbv import include
from cbv import path
from cbv import RedirectView
from cbv import register
from example_app import tour

from . import accounts
from .archive import PostArchiveView
from .archive import PostDayArchiveView
from .archive import PostMonthArchiveView
from .archive import PostWeekArchiveView
from .archive import PostYearArchiveView
from .comments import CommentCreateView
from .comments import CommentDeleteView
from .comments import CommentUpdateView
from .pictures import PictureView
from .posts import PostCreateView
from .posts import PostDeleteView
from .posts import PostDetailView
from .posts import PostListView
from .posts import PostUpdateView
from .posts import TagPostListView
from .posts import UserPostListView
from .profile import LogoutEverywhereView
from .profile import ProfileView
from .reading import ReadingListCreateView
from .reading import ReadingListDeleteView
from .reading import ReadingListUpdateView
from .reading import ReadingListView
from .stream import PostStreamView
from .tag_desk import TagDesk
from .tags import TagListView

HEADING = {"heading": "Newest posts"}

urlpatterns = [
    path("", RedirectView.as_view("index", pattern_name="home")),
    path("home", PostListView.as_view("home", extra_context=HEADING)),
    path("user/<username>/", UserPostListView, name="user_posts"),
    path("stream/", PostStreamView, name="stream"),
    path("archive/", PostArchiveView, name="archive"),
    path("archive/<year>/", PostYearArchiveView, name="archive_year"),
    path("archive/<year>/<month>/", PostMonthArchiveView, name="archive_month"),
    path("archive/<year>/week/<week>/", PostWeekArchiveView, name="archive_week"),
    path("archive/<year>/<month>/<day>/", PostDayArchiveView, name="archive_day"),
    path("tags/", TagListView, name="tag_list"),
    path("tags/<path:name>/", TagPostListView, name="tag_posts"),
    path("post/new/", PostCreateView, name="post_create"),
    path("post/<int:pk>/edit/", PostUpdateView, name="post_update"),
    path("post/<int:pk>/delete/", PostDeleteView, name="post_delete"),
    path("post/<int:post_id>/comment/", CommentCreateView, name="comment_create"),
    path("post/<int:pk>/<slug>", PostDetailView, name="post_detail"),
    path("comment/<int:pk>/edit/", CommentUpdateView, name="comment_update"),
    path("comment/<int:pk>/delete/", CommentDeleteView, name="comment_delete"),
    path("profile/", ProfileView, name="profile"),
    path("picture/<int:user_id>", PictureView, name="picture"),
    path("logout/everywhere/", LogoutEverywhereView, name="logout_everywhere"),
    path("reading/", ReadingListView, name="reading"),
    path("reading/new/", ReadingListCreateView, name="reading_create"),
    path("reading/<int:pk>/edit/", ReadingListUpdateView, name="reading_update"),
    path("reading/<int:pk>/delete/", ReadingListDeleteView, name="reading_delete"),
    path("", include(accounts.urlpatterns)),
]


def init_app(app: Flask) -> None:
    """Give the app its addresses, the tour and the desk their own."""
    register(app, urlpatterns)
    app.register_blueprint(tour.blueprint)
    app.register_blueprint(TagDesk.blueprint())
