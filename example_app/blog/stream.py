"""All posts on one page that grows at its end; readers narrow, search and sort it.

Django twin: its Paginator counts and skips, so the last page costs the most; filters
are django-filter's, or written by hand.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func
from sqlalchemy import select

from cbv import FilterMixin
from cbv import HtmxMixin
from cbv import KeysetPaginator
from cbv import ListView

from .models import Post
from .models import Tag
from .models import User

#: What posts can be narrowed by: who and what has some, in the order of the alphabet.
CHOICES = {
    "tags": select(Tag).where(Tag.posts.any()).order_by(Tag.name),
    "authors": select(User)
    .where(User.posts.any())
    .order_by(func.lower(func.coalesce(User.author_name, User.username))),
}


class PostStreamView(HtmxMixin, FilterMixin[Post], ListView[Post]):
    """``?after=token`` goes on where the last page ended; no COUNT, no OFFSET.

    htmx asks for the block alone when the link at the end comes into sight. Without
    scripts the same link leads to the next page. Both keep what the query says of
    tags, authors, words and order.
    """

    ordering = ["-date_posted", "-id"]
    paginator_class = KeysetPaginator
    paginate_by = 5
    related = ["authors"]
    filter_fields = ["tags", "authors"]
    search_fields = ["title", "content"]
    ordering_fields = ["date_posted", "title"]
    template_name = "post_stream.html"
    partial_block = "posts"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Offer what narrows the list, and nothing that would leave it empty."""
        context = super().get_context_data(**kwargs)
        for name, choices in CHOICES.items():
            context["filter_form"][name].choices = choices
        return context
