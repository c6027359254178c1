"""A desk to keep the tags in order.

Django twin: the admin, or neapolitan's ``CRUDView``, whose name it has.
"""

from __future__ import annotations

from cbv import CRUDView
from cbv.auth import LoginRequiredMixin

from .models import Tag


class TagDesk(LoginRequiredMixin, CRUDView[Tag]):
    """Five pages from one class: list, make, show, rename and delete tags.

    A tag that a post has cannot be deleted: that is a 409 with the reason. The guard
    holds for all five, and links are shown to whom they let in.
    """

    url_base = "tag_desk"
    fields = ["name"]
    list_display = ["name"]
    search_fields = ["name"]
    ordering = "name"
    paginate_by = 20
    success_message = "The tag “%(name)s” is saved."
