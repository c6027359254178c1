"""The forms that are more than a list of fields.

Django twin: ``blog/forms.py``; ``class Meta`` says the same there. Each column brings
its own rules: what must be there, how long it may be, that no text holds a NUL.
"""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField
from wtforms import EmailField
from wtforms import StringField
from wtforms.validators import Length
from wtforms.validators import ValidationError
from wtforms.widgets import TextArea

from cbv.auth import MailAddress
from cbv.forms import ModelForm
from cbv.forms import Required
from cbv.forms import Storable
from cbv.forms import stripped

from .models import Comment
from .models import Post
from .models import User
from .pictures import PictureField
from .tagging import LONGEST_TAG
from .tagging import MOST_TAGS
from .tagging import split_tags


class TagsField(StringField):
    """Names of tags with commas between, shown from an object's list of tags."""

    @property
    def names(self) -> list[str]:
        """The names, in lower case, each once."""
        return split_tags(self.data)

    def process_data(self, value: Any) -> None:
        """Take a list of tags as the text that someone would type for it."""
        text = isinstance(value, str)
        self.data = value if text else ", ".join(map(str, value or ()))

    def populate_obj(self, obj: Any, name: str) -> None:
        """Leave the object alone: tags are saved after the post, by its view."""

    def pre_validate(self, form: Any) -> None:
        """Refuse too many tags, and names that do not fit their column."""
        if len(self.names) > MOST_TAGS:
            raise ValidationError(f"No more than {MOST_TAGS} tags, please.")
        for name in self.names:
            if len(name) > LONGEST_TAG:
                raise ValidationError(
                    f"A tag has {LONGEST_TAG} characters at most: “{name[:20]}…” has"
                    f" {len(name)}."
                )


class PostForm(ModelForm):
    """What a post is written with; its author, slug and day are not for a form."""

    tags = TagsField(
        "Tags",
        description="Words with commas between, such as flask, queries.",
        validators=[Storable()],
    )

    class Meta:
        """Which columns, and what is said of them."""

        model = Post
        fields = ["title", "content"]
        widgets = {"content": TextArea()}
        help_texts = {"content": "Markdown. Pictures become links."}


class CommentForm(ModelForm):
    """What a comment is written with."""

    class Meta:
        """Which columns, and what is said of them."""

        model = Comment
        fields = ["content"]
        labels = {"content": "Your comment"}
        widgets = {"content": TextArea()}


class ProfileForm(ModelForm):
    """What users may change about themselves."""

    email = EmailField(
        "Mail address",
        validators=[Required(), Length(max=254), MailAddress()],
        filters=[stripped],
        render_kw={"autocomplete": "email"},
    )
    picture = PictureField(
        "Picture",
        description="JPEG, PNG, WEBP or GIF, 2 MB at most. It is cut to a square.",
        render_kw={"accept": "image/*"},
    )
    drop = BooleanField("Show no picture")

    class Meta:
        """Which columns; the name stays."""

        model = User
        fields = ["email"]
