"""The posts: lists of them, one of them, and writing, editing and deleting one's own.

Django twin: ``blog/views.py``. The names of classes, attributes and hooks are the same
there; comments say what differs.
"""

from __future__ import annotations

from typing import Any

from flask import g
from flask.typing import ResponseReturnValue
from sqlalchemy.orm.attributes import flag_modified

from cbv import CreateView
from cbv import DeleteView
from cbv import DetailView
from cbv import FilterMixin
from cbv import ListView
from cbv import SuccessMessageMixin
from cbv import UpdateView
from cbv.auth import current_user_id
from cbv.auth import LoginRequiredMixin
from cbv.db import get_object_or_404
from example_app.site.database import db

from .forms import CommentForm
from .forms import PostForm
from .models import Post
from .models import slugify
from .models import Tag
from .models import User
from .tagging import tags_named


class PostListView(FilterMixin[Post], ListView[Post]):
    """``/home``: all posts, newest first, five a page; ``?q=word`` searches them.

    Django twin: ``class PostListView(ListView): model = Post``; the rest is the same,
    but for the search, which Django leaves to django-filter.
    """

    ordering = ["-date_posted", "-id"]
    paginate_by = 5
    related = ["authors"]
    search_fields = ["title", "content", "tags.name"]
    ordering_fields = ["date_posted", "title"]


class UserPostListView(PostListView):
    """The posts that name one author.

    Here the two hooks share data on ``g``: :meth:`dispatch_request` finds the author
    before anything else happens, :meth:`get_queryset` and :meth:`get_context_data` read
    it, and so may the template and every ``after_request`` function.

    Django twin: ``dispatch`` sets ``request.author`` (or ``self.author``). Flask's
    ``request`` is left alone; ``g`` is the place for what belongs to one request.
    """

    def dispatch_request(self, **kwargs: Any) -> ResponseReturnValue:
        """Find the author of this request, or answer 404."""
        g.author = get_object_or_404(User, username=kwargs["username"])
        return super().dispatch_request(**kwargs)

    def get_queryset(self) -> Any:
        """Return the posts that name the author."""
        return super().get_queryset().where(Post.authors.contains(g.author))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say whose posts these are."""
        kwargs["heading"] = f"Posts by {g.author}"
        return super().get_context_data(**kwargs)


class TagPostListView(PostListView):
    """The posts with one tag.

    ``self.stash(tag=…)`` is the short form of what :class:`UserPostListView` does: it
    sets ``g.tag`` and puts ``tag`` into the context of the template.
    """

    def dispatch_request(self, **kwargs: Any) -> ResponseReturnValue:
        """Find the tag of this request, or answer 404."""
        self.stash(tag=get_object_or_404(Tag, name=kwargs["name"]))
        return super().dispatch_request(**kwargs)

    def get_queryset(self) -> Any:
        """Return the posts that have the tag."""
        return super().get_queryset().where(Post.tags.contains(g.tag))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say which tag this is."""
        kwargs["heading"] = f"Posts tagged {g.tag}"
        return super().get_context_data(**kwargs)


class PostDetailView(DetailView[Post]):
    """One post with its comments, and the form for the next one.

    Django twin: ``query_pk_and_slug`` is Django's too; ``related`` stands for
    ``select_related`` and ``prefetch_related``.
    """

    query_pk_and_slug = True
    related = ["authors", "tags", "comments.author"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form for a comment, for those who may write one."""
        if self.user.is_authenticated:
            kwargs["comment_form"] = CommentForm()
        return super().get_context_data(**kwargs)


class TaggedPostMixin(SuccessMessageMixin):
    """What writing and editing a post have in common: its tags."""

    object: Post
    form_class = PostForm
    template_name = "post_form.html"

    def form_valid(self, form: PostForm) -> ResponseReturnValue:
        """Save the post, then its tags.

        Both go into one transaction, which the dispatcher commits after this method: a
        fault below the first line would save neither.

        Django twin: ``form.save_m2m()`` after ``form.save(commit=False)``.
        """
        answer = super().form_valid(form)
        self.object.tags = tags_named(db.session, form.tags.names)
        return answer


class PostCreateView(LoginRequiredMixin, TaggedPostMixin, CreateView[Post]):
    """Write a post. Its author is whoever is logged in.

    ``scope`` fills ``author_id``: what it compares a column with is what a new object
    gets. Django twin: ``form.instance.author = self.request.user`` in ``form_valid``,
    which works here as well.
    """

    scope = Post.author_id == current_user_id
    success_message = "Your post “%(title)s” is published."

    def form_valid(self, form: PostForm) -> ResponseReturnValue:
        """Give the post its slug and its author's name."""
        post = form.instance
        post.slug = slugify(post.title)
        post.authors = [self.user]
        return super().form_valid(form)


class PostUpdateView(LoginRequiredMixin, TaggedPostMixin, UpdateView[Post]):
    """Edit a post of one's own; the post of anyone else is a 404, not a 403.

    The slug stays as it is, so that addresses which others have linked to still work.
    The form carries the version of the post that it was made from. When the post was
    changed meanwhile, in another tab say, the answer is a 409: the form again, with
    what was typed, and beside it what is stored now.

    Django twin: ``get_queryset`` returns ``Post.objects.filter(author=request.user)``.
    Who saves last wins there, unseen.
    """

    scope = Post.author_id == current_user_id
    related = ["tags"]
    success_message = "Your post “%(title)s” is changed."

    def form_valid(self, form: PostForm) -> ResponseReturnValue:
        """Count other tags as a change of the post, though its row stays the same."""
        post = form.instance
        if set(form.tags.names) != {tag.name for tag in post.tags}:
            flag_modified(post, "title")
        return super().form_valid(form)


class PostDeleteView(LoginRequiredMixin, SuccessMessageMixin, DeleteView[Post]):
    """Delete a post of one's own: asked by GET, done by POST.

    Written out with ``get_queryset`` as Django people know it. ``scope`` says the same
    in one line, and no override can lose it.
    """

    success_url = "home"
    success_message = "Your post “%(title)s” is deleted."

    def get_queryset(self) -> Any:
        """Return the posts of this user, which are all that can be deleted here."""
        return super().get_queryset().where(Post.author_id == self.user.id)
