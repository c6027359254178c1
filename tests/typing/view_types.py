"""Read by mypy and never run: what a strict user's checker knows of the views.

A line that must fail carries the error's code: where mypy finds no fault, it reports
the comment instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from typing import assert_type

from flask import Flask
from flask.typing import ResponseReturnValue
from sqlalchemy import Select
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from cbv import CBV
from cbv import CreateView
from cbv import current_view
from cbv import DeleteView
from cbv import DetailView
from cbv import FormView
from cbv import ListView
from cbv import Paginator
from cbv import path
from cbv import RedirectView
from cbv import register
from cbv import reverse
from cbv import TemplateView
from cbv import UpdateView
from cbv import View
from cbv.auth import AbstractUserMixin
from cbv.auth import current_user_id
from cbv.auth import LoginRequiredMixin
from cbv.auth import UserMixin
from cbv.auth import UserPassesTestMixin
from cbv.db import get_list_or_404
from cbv.db import get_object_or_404


class Base(DeclarativeBase):
    """The tables of this file."""


class User(UserMixin, Base):
    """A user."""

    __tablename__ = "user"
    id: Mapped[int] = mapped_column(primary_key=True)


class OldUser(AbstractUserMixin, Base):
    """A user of a table that was there before."""

    __tablename__ = "old_user"
    id: Mapped[int] = mapped_column(primary_key=True)


class Post(Base):
    """A post."""

    __tablename__ = "post"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int]


# --- a model sets the types -----------------------------------------------------------


class PostList(ListView[Post]):
    paginate_by = 5
    ordering = ["-id"]
    scope = Post.author_id == current_user_id

    def get_queryset(self) -> Select[Any]:
        return select(Post).where(Post.title != "")


class PostDetail(DetailView[Post]):
    related = ["author"]


class PostCreate(LoginRequiredMixin, CreateView[Post]):
    fields = ["title"]
    success_url = "post_list"

    def form_valid(self, form: Any) -> ResponseReturnValue:
        form.instance.author_id = self.user.id
        return super().form_valid(form)


class PostUpdate(UserPassesTestMixin, UpdateView[Post]):
    fields = "__all__"

    def test_func(self) -> bool:
        return bool(self.object.author_id == self.user.id)


class PostDelete(DeleteView[Post]):
    def get_success_url(self) -> str:
        return reverse("post_list")


def check_models(
    listed: PostList, shown: PostDetail, changed: PostUpdate, gone: PostDelete
) -> None:
    assert_type(listed.model, type[Post] | None)
    assert_type(listed.object_list, list[Post])
    assert_type(shown.object, Post)
    assert_type(shown.get_object(), Post)
    assert_type(changed.object, Post)
    assert_type(gone.object, Post)


def check_rows() -> None:
    assert_type(get_object_or_404(Post, Post.title == "a", id=1), Post)
    assert_type(get_list_or_404(Post), list[Post])


# --- bare classes are no error, and no model means anything ---------------------------


class AnyList(ListView):
    model = Post


class AnyDetail(DetailView):
    queryset = select(Post)


class AnyCreate(CreateView):
    model = Post
    fields = ["title"]


class AnyUpdate(UpdateView):
    model = Post
    fields = ["title"]


class AnyDelete(DeleteView):
    model = Post
    success_url = "/"


class About(TemplateView):
    template_name = "about.html"
    extra_context = {"a": 1}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        self.stash(b=2)
        return super().get_context_data(c=3, **kwargs)


class Contact(FormView):
    success_url = "/"


class Old(RedirectView):
    pattern_name = "about"
    permanent = True


class Plain(View):
    http_method_names = ["get"]

    async def get(self, pk: int) -> ResponseReturnValue:
        return {"pk": pk}


def check_bare(listed: AnyList, shown: AnyDetail) -> None:
    assert_type(listed.object_list, list[Any])
    assert_type(shown.object, Any)
    assert_type(About().get_context_data(), dict[str, Any])
    assert_type(About().kwargs, Mapping[str, Any])


def check_application(app: Flask) -> None:
    CBV(app, user_model=User)
    app.add_url_rule("/about", view_func=About.as_view())
    register(app, [path("posts/", PostList), path("new/", PostCreate, name="new")])
    assert_type(reverse("about"), str)
    assert_type(PostCreate.allows(pk=1), bool)
    assert_type(Paginator([1, 2], 10, orphans=2).num_pages, int | None)
    if current_view:
        current_view.get_context_data()


def check_users(user: User, old: OldUser) -> None:
    user.set_password("secret")
    assert_type(user.check_password("secret"), bool)
    assert_type(old.has_perm("post.change"), bool)


# --- what must fail -------------------------------------------------------------------


def must_fail(listed: PostList, shown: PostDetail, app: Flask) -> None:
    _ = shown.object.tilte  # type: ignore[attr-defined]
    listed.object_list[0].author_id.upper()  # type: ignore[attr-defined]
    listed.paginate_by = "five"  # type: ignore[assignment]
    PostList.as_view(1)  # type: ignore[arg-type]
    _ = get_object_or_404(Post, id=1).tilte  # type: ignore[attr-defined]
    CBV(app, sesion=None)  # type: ignore[call-arg]
    Paginator([1])  # type: ignore[call-arg]
    path("posts/")  # type: ignore[call-arg]
    reverse("post", 5)  # type: ignore[arg-type]


class WrongPages(ListView[Post]):
    paginate_by = "five"  # type: ignore[assignment]


class WrongTemplate(TemplateView):
    template_name = 5  # type: ignore[assignment]


class WrongHook(DeleteView[Post]):
    def get_success_url(self) -> int:  # type: ignore[override]
        return 5
