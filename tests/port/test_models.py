# ruff: noqa: E501 - a line of Django's stands beside one of Flask's
"""Models of Django, and the declarative classes that read their tables."""

from __future__ import annotations

import pytest

from cbv.port import port_project
from cbv.port.code import port_code
from cbv.port.project import read_project

HEAD = "from django.contrib.auth.models import AbstractUser\nfrom django.db import models\n"


@pytest.fixture
def port(tmp_path):
    """Return a function that ports ``models.py`` of an app called shop."""

    def ported(source, settings=""):
        (tmp_path / "shop").mkdir(exist_ok=True)
        (tmp_path / "site1").mkdir(exist_ok=True)
        (tmp_path / "site1" / "settings.py").write_text(settings)
        path = tmp_path / "shop" / "models.py"
        path.write_text(HEAD + source)
        project = read_project(tmp_path)
        text, notes = port_code(HEAD + source, path, project)
        compile(text, "models.py", "exec")
        return text, notes

    return ported


FIELDS = [
    (
        "models.CharField(max_length=5, null=True)",
        "Mapped[str | None] = mapped_column(String(5))",
    ),
    (
        "models.CharField(max_length=5, blank=True)",
        'Mapped[str] = mapped_column(String(5), default="")',
    ),
    (
        "models.CharField('full name', max_length=5, unique=True)",
        "Mapped[str] = mapped_column(String(5), unique=True, info={\"label\": 'Full name'})",
    ),
    (
        "models.CharField(max_length=5, help_text=_('b'), verbose_name=_('a'))",
        "Mapped[str] = mapped_column(String(5), info={\"label\": 'A', \"help_text\": 'b'})",
    ),
    (
        "models.TextField(db_column='other')",
        'Mapped[str] = mapped_column("other", Text)',
    ),
    ("models.SlugField()", "Mapped[str] = mapped_column(String(50), index=True)"),
    ("models.EmailField()", "Mapped[str] = mapped_column(Email(254))"),
    ("models.URLField(max_length=9)", "Mapped[str] = mapped_column(Address(9))"),
    (
        "models.IntegerField(db_index=True)",
        "Mapped[int] = mapped_column(Integer, index=True)",
    ),
    (
        "models.DecimalField(max_digits=6, decimal_places=2)",
        "Mapped[Decimal] = mapped_column(Numeric(6, 2))",
    ),
    (
        "models.DateField(auto_now_add=True)",
        "Mapped[date] = mapped_column(Date, default=lambda: utcnow().date())",
    ),
    (
        "models.DateTimeField(auto_now=True)",
        "Mapped[datetime] = mapped_column(Moment, default=utcnow, onupdate=utcnow)",
    ),
    (
        "models.UUIDField(primary_key=True, default=uuid4)",
        "Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)",
    ),
    (
        "models.JSONField(default=dict)",
        "Mapped[Any] = mapped_column(JSON, default=dict)",
    ),
    ("models.FileField(upload_to='x')", "Mapped[str] = mapped_column(String(100))"),
    (
        "models.BooleanField(default=True)",
        "Mapped[bool] = mapped_column(Boolean, default=True)",
    ),
]


@pytest.mark.parametrize(("django", "flask"), FIELDS)
def test_a_field_is_a_column_of_the_same_table(port, django, flask):
    text, notes = port(f"\n\nclass A(models.Model):\n    x = {django}\n")
    assert f"    x: {flask}\n" in text
    assert '__tablename__ = "shop_a"' in text
    assert not notes


def test_the_key_is_what_the_settings_say(port):
    source = "\n\nclass A(models.Model):\n    x = models.TextField()\n"
    big = 'DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"\n'
    assert "mapped_column(BigKey, primary_key=True)" in port(source, big)[0]
    assert "mapped_column(Integer, primary_key=True)" in port(source)[0]


def test_meta_is_said_in_the_class(port):
    text, notes = port(
        """

class A(models.Model):
    x = models.TextField()
    y = models.ForeignKey("A", models.SET_NULL, null=True, related_name="zs")

    class Meta:
        db_table = "other"
        verbose_name_plural = "all A"
        unique_together = ("x", "y")
        constraints = [models.UniqueConstraint(fields=["y"], name="u")]
        indexes = [models.Index(fields=["-x"], name="i")]  # for lists
"""
    )
    assert '__tablename__ = "other"' in text
    assert "__verbose_name_plural__ = 'all A'" in text
    assert 'UniqueConstraint("x", "y_id")' in text
    assert "UniqueConstraint(\"y_id\", name='u'), Index('i', \"x\")" in text
    assert "# for lists" in text
    assert 'y: Mapped[A | None] = relationship(remote_side="A.id"' in text
    assert 'zs: Mapped[list[A]] = relationship(back_populates="y")' in text
    assert not notes


def test_groups_of_unique_columns_are_several_constraints(port):
    source = (
        "    x = models.TextField()\n    y = models.TextField()\n\n    class Meta:\n"
    )
    meta = '        unique_together = [["x", "y"], ["y"]]\n'
    text, _ = port(f"\n\nclass A(models.Model):\n{source}{meta}")
    assert '(UniqueConstraint("x", "y"), UniqueConstraint("y"),)' in text


def test_two_keys_to_one_table_are_told_apart(port):
    text, _ = port(
        """

class A(models.Model):
    pass


class B(models.Model):
    x = models.ForeignKey(A, models.PROTECT, related_name="xs")
    y = models.OneToOneField(A, models.CASCADE, related_name="+")
"""
    )
    assert (
        'x: Mapped[A] = relationship(foreign_keys=[x_id], back_populates="xs")' in text
    )
    assert 'foreign_keys="B.x_id", back_populates="x", passive_deletes="all")' in text
    assert "_b_y: Mapped[B | None] = relationship(" in text
    assert "y_id: Mapped[int] = mapped_column(" in text
    assert "unique=True" in text


def test_an_abstract_model_has_no_table(port):
    text, notes = port(
        """

class Made(models.Model):
    made = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


class A(Made):
    pass
"""
    )
    assert "    __abstract__ = True\n" in text
    assert "class A(Made):" in text
    assert not notes


def test_choices_have_their_labels(port):
    text, notes = port(
        """
SIZES = [("s", "Small")]


class A(models.Model):
    class Level(models.IntegerChoices):
        LOW = 1, "Low"

    KINDS = [("a", "A")]
    size = models.CharField(max_length=1, choices=SIZES)
    kind = models.CharField(max_length=1, choices=KINDS)
    level = models.IntegerField(choices=Level.choices, default=Level.LOW)
"""
    )
    assert "return dict(SIZES).get(self.size, self.size)" in text
    assert "return dict(self.KINDS).get(self.kind, self.kind)" in text
    assert "return dict(self.Level.choices).get(self.level, self.level)" in text
    assert "default=Level.LOW.value" in text
    assert "class Level(IntegerChoices):" in text
    assert not notes


def test_a_user_of_ones_own_has_django_s_columns(port, tmp_path):
    source = "\n\nclass Reader(AbstractUser):\n    bio = models.TextField(blank=True)\n"
    text, notes = port(source, 'AUTH_USER_MODEL = "shop.Reader"\n')
    assert "class Reader(AbstractUserMixin, Base):" in text
    assert '__tablename__ = "shop_reader"' in text
    assert "    username: Mapped[str] = mapped_column(String(150), unique=True)" in text
    assert text.count("bio: Mapped[str]") == 1
    assert not notes
    files = {
        str(f.target): f.after for f in port_project(tmp_path, tmp_path / "x").files
    }
    assert "from shop.models import Reader" in files["site1/users.py"]
    assert "user_model=Reader" in files["site1/application.py"]


def test_a_manager_of_ones_own_is_left(port):
    _, notes = port(
        "\n\nclass Published(models.Manager):\n    pass\n\n\n"
        "class A(models.Model):\n    objects = Published()\n"
    )
    assert "django.db.models.Manager has no counterpart" in notes[0].text
