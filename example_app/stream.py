"""All posts on one page that grows at its end: constant cost at any depth.

Django twin: none; its Paginator counts and skips, so the last page costs the most.
"""

from __future__ import annotations

from cbv import HtmxMixin
from cbv import KeysetPaginator
from cbv import ListView

from .models import Post


class PostStreamView(HtmxMixin, ListView[Post]):
    """``?after=token`` goes on where the last page ended; no COUNT, no OFFSET.

    htmx asks for the block alone when the link at the end comes into sight. Without
    scripts the same link leads to the next page.
    """

    ordering = ["-date_posted", "-id"]
    paginator_class = KeysetPaginator
    paginate_by = 5
    related = ["authors"]
    template_name = "post_stream.html"
    partial_block = "posts"
