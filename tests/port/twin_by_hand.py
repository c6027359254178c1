"""What a person does to the ported twin of the example after the tool has been there.

By file: what stands there, and what is written instead. Every place is one that the
tool has marked.
"""

from __future__ import annotations

FORM_FIELD = """\
    @property
    def names(self):
        names = (" ".join(n.split()).lower() for n in (self.data or "").split(","))
        return list(dict.fromkeys(name for name in names if name))

    def process_data(self, value):
        self.data = ", ".join(map(str, value or ()))

    def populate_obj(self, obj, name):
        pass

    def pre_validate(self, form):
        if len(self.names) > 10:
            raise ValidationError("No more than 10 tags, please.")
        if any(len(name) > 40 for name in self.names):
            raise ValidationError("A tag has 40 characters at most.")
"""

#: By file: pairs of the first and the last line that go, and what comes instead.
EDITS = {
    "pictures.py": [
        ("@method_decorator(condition(", "@method_decorator(condition(", ""),
    ],
    "tags.py": [
        (
            "    # queryset = (",
            "    # )",
            "    model = Tag\n"
            "    queryset = select(Tag).where(Tag.posts.any()).order_by(Tag.name)\n",
        ),
        (
            "from cbv import ListView",
            "from cbv import ListView",
            "from cbv import ListView\nfrom sqlalchemy import select\n",
        ),
    ],
    "accounts.py": [
        (
            "class BlogRegisterView",
            "class BlogRegisterView",
            "class BlogRegisterView(SuccessMessageMixin, RegisterView):\n",
        ),
        ("    def form_valid(self, form):", "        return response", ""),
        (
            "from cbv.auth import",
            "from cbv.auth import",
            "from cbv.auth import LoginView, PasswordResetView, RegisterView\n",
        ),
    ],
    "archive.py": [
        (
            "    def get_date_list",
            "        return super().get_date_list",
            "    counts = {}\n",
        ),
    ],
    "forms.py": [
        (
            "    def prepare_value",
            '            raise ValidationError("A tag has',
            FORM_FIELD,
        ),
        ("    def __init__", "        super().__init__", ""),
        (
            "    return [select(Tag)",
            "    return [select(Tag)",
            "    found = [scalar(select(Tag).where(Tag.name == n)) for n in names]\n"
            "    pairs = zip(found, names, strict=True)\n"
            "    return [tag or Tag(name=name) for tag, name in pairs]\n",
        ),
        (
            "from cbv.forms import",
            "from cbv.forms import",
            "from cbv.db import scalar\nfrom cbv.forms import ModelForm, stripped\n",
        ),
    ],
    "profile.py": [
        (
            "        key = str",
            "                delete(session)",
            "        logout_everywhere(self.user)\n",
        ),
        (
            "from cbv.auth import",
            "from cbv.auth import",
            "from cbv.auth import LoginRequiredMixin, logout, logout_everywhere\n",
        ),
    ],
    "stream.py": [
        (
            "                posts = posts.filter(**",
            "                posts = posts.filter(**",
            "                related = getattr(Post, name)\n"
            "                model = related.property.mapper.class_\n"
            "                posts = posts.where(related.any(model.id.in_(keys)))\n",
        ),
    ],
}


def edited(name, text):
    """Return a ported file as a person leaves it, and how many lines they took out."""
    removed = 0
    for first, last, instead in EDITS.get(name, ()):
        lines = text.splitlines(keepends=True)
        start = next(n for n, line in enumerate(lines) if line.startswith(first))
        end = next(
            n for n, line in enumerate(lines) if n >= start and line.startswith(last)
        )
        removed += sum(
            bool(line.strip()) and "# port:" not in line
            for line in lines[start : end + 1]
        )
        text = "".join([*lines[:start], instead, *lines[end + 1 :]])
    return text, removed
