"""Comments: said below a post by anyone who is logged in, deleted by whoever said them.

Django twin: the views of ``blog/comments.py``; there ``form_valid`` sets both keys.
"""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue

from cbv import CreateView
from cbv import DeleteView
from cbv import SuccessMessageMixin
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


class CommentDeleteView(LoginRequiredMixin, SuccessMessageMixin, DeleteView[Comment]):
    """Take back a comment of one's own; another's is a 404."""

    scope = Comment.author_id == current_user_id
    related = ["post"]
    success_message = "Your comment is deleted."

    def get_success_url(self) -> str:
        """Return to the post that was commented on."""
        return self.object.post.get_absolute_url()
