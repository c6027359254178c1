"""Reading lists: a title, and links that are edited with it on one page.

Django twin: django-extra-views' ``CreateWithInlinesView`` over an inline formset.
"""

from __future__ import annotations

from wtforms import URLField
from wtforms.validators import Length
from wtforms.validators import Regexp

from cbv import CreateWithInlinesView
from cbv import DeleteView
from cbv import InlineFormSetFactory
from cbv import ListView
from cbv import SuccessMessageMixin
from cbv import UpdateWithInlinesView
from cbv.auth import current_user_id
from cbv.auth import LoginRequiredMixin
from cbv.forms import ModelForm
from cbv.forms import Required

from .models import Link
from .models import ReadingList


class LinkForm(ModelForm):
    """One link; its address is one that a browser opens, and no script."""

    url = URLField(
        "Address",
        validators=[
            Required(),
            Length(max=500),
            Regexp(r"https?://[^\s\0]+\Z", message="Begin with https:// or http://."),
        ],
    )

    class Meta:
        """Which columns."""

        model = Link
        fields = ["title", "url"]


class LinkInline(InlineFormSetFactory):
    """The links of a list: up to twenty, with two empty rows to begin with."""

    model = Link
    form_class = LinkForm
    prefix = "links"
    factory_kwargs = {"extra": 2, "max_num": 20, "can_delete": True}


class ReadingListView(ListView[ReadingList]):
    """All lists with their links, by title."""

    ordering = ["title"]
    related = ["author", "links"]
    paginate_by = 10


class ReadingListCreateView(
    LoginRequiredMixin, SuccessMessageMixin, CreateWithInlinesView[ReadingList]
):
    """Make a list: it and its links are saved together, or neither."""

    fields = ["title"]
    inlines = [LinkInline]
    scope = ReadingList.author_id == current_user_id
    success_url = "reading"
    success_message = "Your list “%(title)s” is saved."


class ReadingListUpdateView(
    LoginRequiredMixin, SuccessMessageMixin, UpdateWithInlinesView[ReadingList]
):
    """Edit a list of one's own; a link of another list cannot be reached from here."""

    fields = ["title"]
    inlines = [LinkInline]
    scope = ReadingList.author_id == current_user_id
    success_url = "reading"
    success_message = "Your list “%(title)s” is saved."


class ReadingListDeleteView(
    LoginRequiredMixin, SuccessMessageMixin, DeleteView[ReadingList]
):
    """Delete a list of one's own, with its links."""

    scope = ReadingList.author_id == current_user_id
    success_url = "reading"
    success_message = "Your list “%(title)s” is deleted."
