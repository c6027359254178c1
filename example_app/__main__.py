"""``python -m example_app``: the blog, filled, on a free port from 5000 up.

Django twin: ``manage.py migrate``, ``loaddata`` and ``runserver`` in one.
"""

from __future__ import annotations

import os
import socket

from . import create_app
from .cli import greet
from .content.seed import fill_if_empty

HOST = "127.0.0.1"
FIRST_PORT = 5000


def main() -> None:
    """Fill an empty database, say where the blog is, and serve it in debug mode."""
    # The reloader starts this program again, on the port that was found the first time.
    port = int(os.environ.setdefault("EXAMPLE_APP_PORT", str(free_port())))
    address = f"http://{HOST}:{port}"
    app = create_app({"DEBUG": True, "CBV_BASE_URL": address})
    if not os.environ.get("WERKZEUG_RUN_MAIN"):
        with app.app_context():
            fill_if_empty()
        greet(f"{address}/home")
    app.run(HOST, port, debug=True)


def free_port(first: int = FIRST_PORT) -> int:
    """Return the first port from ``first`` up that nobody listens on.

    :raises OSError: when there is none among the next hundred.
    """
    for port in range(first, first + 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise OSError(f"No free port from {first} to {first + 99}.")


if __name__ == "__main__":
    main()
