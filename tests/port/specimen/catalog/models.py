"""Books, who wrote them, and who has borrowed them."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone


class Author(models.Model):
    name = models.CharField(max_length=100, unique=True)
    born = models.DateField(null=True, blank=True)
    homepage = models.URLField(blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("catalog:author_detail", kwargs={"pk": self.pk})


class Genre(models.Model):
    name = models.CharField(max_length=40, unique=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "genres"

    def __str__(self):
        return self.name


class Book(models.Model):
    class Status(models.TextChoices):
        AVAILABLE = "a", "Available"
        LOANED = "l", "On loan"

    LANGUAGES = [("en", "English"), ("it", "Italian")]

    title = models.CharField("name", max_length=200, help_text="As on the cover.")
    slug = models.SlugField(unique=True)
    author = models.ForeignKey(Author, on_delete=models.PROTECT, related_name="books")
    genres = models.ManyToManyField(Genre, related_name="books", blank=True)
    status = models.CharField(
        max_length=1, choices=Status.choices, default=Status.AVAILABLE
    )
    language = models.CharField(max_length=2, choices=LANGUAGES, default="en")
    summary = models.TextField(blank=True)
    price = models.DecimalField(max_digits=6, decimal_places=2)
    published = models.DateField()
    added = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-published", "title"]
        constraints = [
            models.UniqueConstraint(fields=["title", "author"], name="one_book"),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("catalog:book_detail", kwargs={"slug": self.slug})

    @property
    def is_new(self):
        return self.published.year >= 2000


class Loan(models.Model):
    """A book that somebody has taken home."""

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="loans")
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="loans"
    )
    taken = models.DateTimeField(default=timezone.now)
    returned = models.DateTimeField(null=True, blank=True)  # None until then

    class Meta:
        ordering = ["-taken"]

    def __str__(self):
        return f"{self.book} ({self.reader})"
