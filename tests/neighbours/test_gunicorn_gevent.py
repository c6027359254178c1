"""gunicorn with gevent: requests that wait let others run, and none sees another's."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest


@pytest.fixture
def address():
    """The address of ``gevent_app`` on a worker of gevent."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["-k", "gevent", "-w", "1", "-b", f"127.0.0.1:{port}"]
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", *options, "gevent_app:app"],
        cwd=Path(__file__).parent,
        env=os.environ,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield _ready(f"http://127.0.0.1:{port}")
    finally:
        server.terminate()
        server.wait(20)


def _ready(address):
    for _ in range(150):
        try:
            urlopen(f"{address}/0").close()
        except URLError:
            time.sleep(0.2)
        else:
            return address
    raise AssertionError("gunicorn did not start")


def read(url):
    with urlopen(url) as answer:
        return answer.read().decode()


def test_waiting_requests_do_not_wait_for_one_another(address):
    """Twenty requests of half a second each, on one worker: ten seconds in a row."""
    started = time.monotonic()
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(read, [f"{address}/{n}" for n in range(20)]))
    assert time.monotonic() - started < 8
    assert answers == [f"{n} {n} {n}" for n in range(20)]
