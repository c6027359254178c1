"""The tags, with how many posts have each.

Django twin: ``Tag.objects.annotate(Count("posts"))``.
"""

from __future__ import annotations

from sqlalchemy import func
from sqlalchemy import select

from cbv import ListView

from .models import post_tags
from .models import Tag


class TagListView(ListView):
    """All tags that a post has, by name.

    A statement of two columns gives rows instead of objects: the template meets
    ``(tag, number)``.
    """

    queryset = (
        select(Tag, func.count().label("number"))
        .join(post_tags)
        .group_by(Tag.id)
        .order_by(Tag.name)
    )
    template_name = "tags.html"
