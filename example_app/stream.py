"""All posts on one page that grows at its end; readers narrow, search and sort it.

Django twin: its Paginator counts and skips, so the last page costs the most; filters
are django-filter's, or written by hand.
"""

from __future__ import annotations

from cbv import FilterMixin
from cbv import HtmxMixin
from cbv import KeysetPaginator
from cbv import ListView

from .models import Post


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
