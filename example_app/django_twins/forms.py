"""Django twin of ``example_app/blog/forms.py``."""

from django import forms
from django.core.exceptions import ValidationError

from .models import Comment
from .models import Post
from .models import Tag


class TagsField(forms.CharField):
    """Names of tags with commas between; its value is a list of names."""

    def prepare_value(self, value):
        return value if isinstance(value, str) else ", ".join(map(str, value or ()))

    def to_python(self, value):
        names = (" ".join(name.split()).lower() for name in (value or "").split(","))
        return list(dict.fromkeys(name for name in names if name))

    def validate(self, value):
        if len(value) > 10:
            raise ValidationError("No more than 10 tags, please.")
        if any(len(name) > 40 for name in value):
            raise ValidationError("A tag has 40 characters at most.")


class PostForm(forms.ModelForm):
    tags = TagsField(required=False)

    class Meta:
        model = Post
        fields = ["title", "content"]
        help_texts = {"content": "Markdown. Pictures become links."}

    def __init__(self, *args, instance=None, **kwargs):
        if instance is not None:
            tags = {"tags": list(instance.tags.all())}
            kwargs["initial"] = {**tags, **(kwargs.get("initial") or {})}
        super().__init__(*args, instance=instance, **kwargs)


class CommentForm(forms.ModelForm):
    class Meta:
        model = Comment
        fields = ["content"]
        labels = {"content": "Your comment"}


def tags_named(names):
    return [Tag.objects.get_or_create(name=name)[0] for name in names]
