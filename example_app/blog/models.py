"""The tables of the blog: who writes, what they write, and what others say to it.

Django twin: ``blog/models.py``. Columns are SQLAlchemy's, the methods have Django's
names: ``get_absolute_url`` is what the views redirect to.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from datetime import UTC

from flask import url_for
from sqlalchemy import Column
from sqlalchemy import ForeignKey
from sqlalchemy import Index
from sqlalchemy import Integer
from sqlalchemy import LargeBinary
from sqlalchemy import String
from sqlalchemy import Table
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import relationship
from sqlalchemy.orm import validates

from cbv.auth import UserMixin
from example_app.content import markdown
from example_app.site.database import Base

CONTENT_LENGTH = 200_000
COMMENT_LENGTH = 5_000

post_authors = Table(
    "post_authors",
    Base.metadata,
    Column("post_id", ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", ForeignKey("users.id"), primary_key=True, index=True),
    # In which order the authors are named; the one who may edit comes first.
    Column("position", Integer, nullable=False, server_default="0"),
)

post_tags = Table(
    "post_tags",
    Base.metadata,
    Column("post_id", ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id"), primary_key=True, index=True),
)


def now() -> datetime:
    """Return the time as every column here stores it: UTC, without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def slugify(text: str, fallback: str = "post") -> str:
    """Return ``text`` in ASCII lower case with dashes, as Django's ``slugify`` does.

    :param fallback: what to return for a text that has no ASCII letter or digit.
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:100] or fallback


class User(UserMixin, Base):
    """Someone who writes. UserMixin brings the password and its columns."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(150), unique=True)
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    #: The name under which an imported blog knows this author, None for the others.
    author_name: Mapped[str | None] = mapped_column(String(150), unique=True)

    posts: Mapped[list[Post]] = relationship(
        secondary=post_authors, back_populates="authors", viewonly=True
    )
    picture: Mapped[Picture | None] = relationship(cascade="all, delete-orphan")

    def __str__(self) -> str:
        return self.author_name or self.username

    def get_absolute_url(self) -> str:
        """Return the address of the list of this user's posts."""
        return url_for("user_posts", username=self.username)


class Picture(Base):
    """What a user looks like; apart, so that no list of posts loads it."""

    __tablename__ = "pictures"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Post(Base):
    """One post. ``author`` alone may edit it; ``authors`` are all who are named."""

    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    slug: Mapped[str] = mapped_column(String(120))
    content: Mapped[str] = mapped_column(String(CONTENT_LENGTH))
    date_posted: Mapped[datetime] = mapped_column(default=now)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    #: Where an imported post stood in its blog: the importer's key of a post.
    path: Mapped[str | None] = mapped_column(String(200), unique=True)
    section: Mapped[str | None] = mapped_column(String(50))
    team: Mapped[str | None] = mapped_column(String(100))
    description: Mapped[str | None] = mapped_column(String(500))
    #: Counted up by every change, so that nobody overwrites one that they never saw.
    version: Mapped[int] = mapped_column(server_default="1")

    author: Mapped[User] = relationship()
    authors: Mapped[list[User]] = relationship(
        secondary=post_authors,
        order_by=post_authors.c.position,
        back_populates="posts",
    )
    tags: Mapped[list[Tag]] = relationship(
        secondary=post_tags, order_by="Tag.name", back_populates="posts"
    )
    comments: Mapped[list[Comment]] = relationship(
        order_by="Comment.date_posted, Comment.id",
        back_populates="post",
        cascade="all, delete-orphan",
        passive_deletes=True,
    )

    __table_args__ = (Index("ix_posts_newest", date_posted.desc(), id.desc()),)
    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the address of the post. Slugs repeat, so the key stands before."""
        return url_for("post_detail", pk=self.id, slug=self.slug)

    @property
    def summary(self) -> str:
        """What a list shows of the post: its description, else its first words."""
        return self.description or markdown.excerpt(
            self.content[: markdown.EXCERPT_FROM]
        )


class Tag(Base):
    """A word that posts are found by."""

    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)

    posts: Mapped[list[Post]] = relationship(
        secondary=post_tags, back_populates="tags", viewonly=True
    )

    @validates("name")
    def _in_lower_case(self, key: str, name: str) -> str:
        """Keep one spelling of a name, however it was typed."""
        return " ".join(name.split()).lower()

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the address of the list of the posts with this tag."""
        return url_for("tag_posts", name=self.name)


class Comment(Base):
    """What a reader says to a post."""

    __tablename__ = "comments"

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(
        ForeignKey("posts.id", ondelete="CASCADE"), index=True
    )
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    content: Mapped[str] = mapped_column(String(COMMENT_LENGTH))
    date_posted: Mapped[datetime] = mapped_column(default=now)

    post: Mapped[Post] = relationship(back_populates="comments")
    author: Mapped[User] = relationship()

    def __str__(self) -> str:
        return self.content[:50]

    def get_absolute_url(self) -> str:
        """Return the place of the comment on the page of its post."""
        return f"{self.post.get_absolute_url()}#comment-{self.id}"


class ReadingList(Base):
    """Links that someone recommends, under one title."""

    __tablename__ = "reading_lists"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)

    author: Mapped[User] = relationship()
    links: Mapped[list[Link]] = relationship(
        order_by="Link.id",
        back_populates="reading_list",
        cascade="all, delete-orphan",
        passive_deletes=True,
    )

    def __str__(self) -> str:
        return self.title


class Link(Base):
    """One link of a list."""

    __tablename__ = "links"

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(
        ForeignKey("reading_lists.id", ondelete="CASCADE"), index=True
    )
    title: Mapped[str] = mapped_column(String(200))
    url: Mapped[str] = mapped_column(String(500))

    reading_list: Mapped[ReadingList] = relationship(back_populates="links")

    def __str__(self) -> str:
        return self.title
