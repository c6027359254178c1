"""Comments: said below a post by anyone who is logged in, deleted by whoever said them.

Django twin: the views of ``blog/comments.py``; there ``form_valid`` sets both keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from cbv import CreateView
from cbv import DeleteView
from cbv import HtmxMixin
from cbv import SuccessMessageMixin
from cbv import UpdateView
from cbv import url_value
from cbv.auth import current_user_id
from cbv.auth import LoginRequiredMixin
from cbv.db import get_object_or_404

from .forms import CommentForm
from .models import Comment
from .models import Post


class CommentCreateView(LoginRequiredMixin, SuccessMessageMixin, CreateView[Comment]):
    """Say something to the post that the address names.

    The scope fills both foreign keys, one from the address and one from the login, so
    that no field of a form can say otherwise.
    """

    form_class = CommentForm
    scope = [
        Comment.post_id == url_value("post_id"),
        Comment.author_id == current_user_id,
    ]
    success_message = "Your comment is there."

    def dispatch_request(self, **kwargs: Any) -> ResponseReturnValue:
        """Find the post, for the template to name, or answer 404."""
        self.stash(post=get_object_or_404(Post, pk=kwargs["post_id"]))
        return super().dispatch_request(**kwargs)


class CommentUpdateView(LoginRequiredMixin, HtmxMixin, UpdateView[Comment]):
    """Change a comment of one's own: on a page, or in its place by htmx (PUT)."""

    form_class = CommentForm
    scope = Comment.author_id == current_user_id
    related = ["post", "author"]
    partial_template_name = "_comment_form.html"

    def get_prefix(self) -> str | None:
        """Keep the field apart from that of the form for a new comment below it."""
        return "edit" if self.is_htmx else super().get_prefix()

    def get_form(self, form_class: Any = None) -> Any:
        """Put the cursor into the form that htmx puts into a comment's place."""
        form = super().get_form(form_class)
        form["content"].render_kw = {"data-focus": self.is_htmx}
        return form

    def form_valid(self, form: CommentForm) -> ResponseReturnValue:
        """Save; htmx gets the comment to put into its place."""
        answer = super().form_valid(form)
        if self.is_htmx:
            return render_template("_comment.html", comment=self.object, focus=True)
        return answer


class CommentDeleteView(
    LoginRequiredMixin, HtmxMixin, SuccessMessageMixin, DeleteView[Comment]
):
    """Take back a comment of one's own; another's is a 404.

    htmx asks by DELETE, gets an empty answer, and puts it in the comment's place.
    """

    scope = Comment.author_id == current_user_id
    related = ["post"]
    success_message = "Your comment is deleted."

    def get_success_message(self, cleaned_data: Mapping[str, Any]) -> str:
        """Return the message, none to htmx: the comment is seen to go."""
        return "" if self.is_htmx else super().get_success_message(cleaned_data)

    def get_success_url(self) -> str:
        """Return to the post that was commented on."""
        return self.object.post.get_absolute_url()
