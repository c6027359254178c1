"""Django twin of ``example_app/blog/urls.py``."""

from django.urls import include
from django.urls import path
from django.views.generic import RedirectView

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
from .stream import PostStreamView
from .tags import TagListView

HEADING = {"heading": "Newest posts"}

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="home"), name="index"),
    path("home", PostListView.as_view(extra_context=HEADING), name="home"),
    path("user/<username>/", UserPostListView.as_view(), name="user_posts"),
    path("stream/", PostStreamView.as_view(), name="stream"),
    path("archive/", PostArchiveView.as_view(), name="archive"),
    path("archive/<year>/", PostYearArchiveView.as_view(), name="archive_year"),
    path(
        "archive/<year>/<month>/",
        PostMonthArchiveView.as_view(),
        name="archive_month",
    ),
    path(
        "archive/<year>/week/<week>/",
        PostWeekArchiveView.as_view(),
        name="archive_week",
    ),
    path(
        "archive/<year>/<month>/<day>/",
        PostDayArchiveView.as_view(),
        name="archive_day",
    ),
    path("tags/", TagListView.as_view(), name="tag_list"),
    path("tags/<path:name>/", TagPostListView.as_view(), name="tag_posts"),
    path("post/new/", PostCreateView.as_view(), name="post_create"),
    path("post/<int:pk>/edit/", PostUpdateView.as_view(), name="post_update"),
    path("post/<int:pk>/delete/", PostDeleteView.as_view(), name="post_delete"),
    path(
        "post/<int:post_id>/comment/",
        CommentCreateView.as_view(),
        name="comment_create",
    ),
    path("post/<int:pk>/<slug>", PostDetailView.as_view(), name="post_detail"),
    path(
        "comment/<int:pk>/edit/",
        CommentUpdateView.as_view(),
        name="comment_update",
    ),
    path(
        "comment/<int:pk>/delete/",
        CommentDeleteView.as_view(),
        name="comment_delete",
    ),
    path("profile/", ProfileView.as_view(), name="profile"),
    path("picture/<int:user_id>", PictureView.as_view(), name="picture"),
    path(
        "logout/everywhere/",
        LogoutEverywhereView.as_view(),
        name="logout_everywhere",
    ),
    path("", include(accounts.urlpatterns)),
]
