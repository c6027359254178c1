"""Where sessions are kept: in the signed cookie, or on the server.

Django twin: ``SESSION_ENGINE``; its default is the database, Flask's is the cookie.
``SESSION_TYPE`` turns Flask-Session on: ``cachelib`` for files in the instance folder,
``redis`` for the server at ``REDIS_URL``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cachelib.file import FileSystemCache
from cachelib.serializers import BaseSerializer
from flask import Flask
from flask.json.tag import TaggedJSONSerializer
from flask_session import Session
from flask_session.base import Serializer
from redis import Redis

DEFAULT_REDIS = "redis://127.0.0.1:6379/0"
#: Beyond so many sessions the oldest are dropped.
MOST_SESSIONS = 100_000

_json = TaggedJSONSerializer()


class JSONSerializer(BaseSerializer):
    """What Flask writes into its cookie too, instead of cachelib's pickle.

    Whoever can write into the folder can then change a session, but runs nothing.
    """

    def dump(self, value: Any, f: Any, protocol: int = 0) -> None:
        """Write a value to a file."""
        f.write(_json.dumps(value).encode())

    def load(self, f: Any) -> Any:
        """Read a value from a file; what cannot be read is no session."""
        try:
            return _json.loads(f.read().decode())
        except ValueError:
            return None


class SessionFiles(FileSystemCache):
    """A folder of sessions, one file each."""

    serializer: Any = JSONSerializer()


class JSONRecords(Serializer):  # type: ignore[misc]
    """The same for Redis: Flask-Session would unpickle a record it cannot read."""

    def encode(self, session: Any) -> bytes:
        """Return a session as it is stored."""
        return _json.dumps(dict(session)).encode()

    def decode(self, serialized_data: bytes) -> Any:
        """Return what a record says; what cannot be read is no session."""
        try:
            return _json.loads(serialized_data.decode())
        except ValueError:
            return None


def init_app(app: Flask) -> None:
    """Keep sessions where ``SESSION_TYPE`` says; without it in the signed cookie.

    :raises ValueError: for a type that is not known here.
    """
    kind = app.config.get("SESSION_TYPE")
    if not kind:
        return
    if kind not in _STORES:
        known = " or ".join(_STORES)
        raise ValueError(f"SESSION_TYPE is {kind!r}. Cure: set it to {known}, or not.")
    # A cookie that ends with the browser, as the signed one does.
    app.config.setdefault("SESSION_PERMANENT", False)
    app.config.update(_STORES[kind](app))
    Session(app)
    app.session_interface.serializer = JSONRecords()  # type: ignore[attr-defined]


def _files(app: Flask) -> dict[str, Any]:
    folder = Path(app.instance_path, "sessions")
    files = SessionFiles(str(folder), threshold=MOST_SESSIONS, mode=0o600)
    return {"SESSION_CACHELIB": files}


def _redis(app: Flask) -> dict[str, Any]:
    url = app.config.get("REDIS_URL") or DEFAULT_REDIS
    return {"SESSION_REDIS": Redis.from_url(url, socket_timeout=2)}


_STORES: dict[str, Callable[[Flask], dict[str, Any]]] = {
    "cachelib": _files,
    "redis": _redis,
}
