"""A blog to begin with: users with a known password, posts, comments, reading lists.

Django twin: a fixture and ``loaddata``.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import cycle

from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy.orm import Session

from example_app.blog.models import Comment
from example_app.blog.models import Link
from example_app.blog.models import now
from example_app.blog.models import Post
from example_app.blog.models import ReadingList
from example_app.blog.models import slugify
from example_app.blog.models import User
from example_app.blog.tagging import split_tags
from example_app.blog.tagging import tags_named
from example_app.site.database import db

from .demo_posts import COMMENTS
from .demo_posts import DemoPost
from .demo_posts import POSTS
from .demo_posts import READING

DEMO_USER = "demo"
DEMO_PASSWORD = "views-of-flask"
USERNAMES = (DEMO_USER, "alice", "bob")


def fill_if_empty() -> int:
    """Seed a blog that has no post yet; return how many posts were added."""
    if db.session.scalar(select(func.count()).select_from(Post)):
        return 0
    return seed()


def seed() -> int:
    """Add the demo users, posts and lists that are not there yet, and commit.

    :return: how many posts were added: none the second time.
    """
    session = db.session
    users = [_user(session, name) for name in USERNAMES]
    paths = set(session.scalars(select(Post.path).where(Post.path.startswith("demo/"))))
    added = 0
    for age, (entry, author) in enumerate(zip(POSTS, cycle(users))):
        if _path(entry) not in paths:
            _add_post(session, entry, author, users, age)
            added += 1
    _add_reading(session, users)
    session.commit()
    return added


def _user(session: Session, username: str) -> User:
    found = session.scalar(select(User).where(User.username == username))
    if found is None:
        found = User(username=username, email=f"{username}@example.com")
        found.set_password(DEMO_PASSWORD)
        session.add(found)
        session.flush()
    return found


def _add_post(
    session: Session, entry: DemoPost, author: User, users: list[User], age: int
) -> None:
    post = Post(
        title=entry.title,
        slug=slugify(entry.title),
        path=_path(entry),
        content=entry.content,
        date_posted=now() - timedelta(days=age, minutes=17 * age + 90),
        author=author,
        authors=[author],
        tags=tags_named(session, split_tags(entry.tags)),
    )
    if age % 3 == 0:
        post.comments = _comments(post, users, age)
    session.add(post)
    session.flush()


def _comments(post: Post, users: list[User], age: int) -> list[Comment]:
    others = [user for user in users if user is not post.author]
    return [
        Comment(
            author=user,
            content=COMMENTS[(age + number) % len(COMMENTS)],
            date_posted=post.date_posted + timedelta(minutes=20 * (number + 1)),
        )
        for number, user in enumerate(others)
    ]


def _add_reading(session: Session, users: list[User]) -> None:
    known = set(session.scalars(select(ReadingList.title)))
    for author, (title, links) in zip(users, READING, strict=False):
        if title not in known:
            made = [Link(title=text, url=url) for text, url in links]
            session.add(ReadingList(title=title, author=author, links=made))


def _path(entry: DemoPost) -> str:
    return f"demo/{slugify(entry.title)}"
