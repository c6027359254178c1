"""Reset mails on their way: a real mail server, one that refuses, one that hangs."""

from __future__ import annotations

import email
import email.policy
import http.client
import logging
import smtplib
import socket
import threading
import time
from contextlib import contextmanager
from urllib.parse import urlencode

import pytest
from aiosmtpd.controller import Controller
from flask_mailman import Mail
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker
from werkzeug.serving import make_server

from cbv.auth import mail
from cbv.auth import PasswordResetForm
from support.account_site import make_site
from support.library_models import Base
from support.library_models import User

pytest_plugins = ["support.account_fixtures"]

ASK = {"email": "ann@mail.test"}


class Box:
    """Keeps what it is sent, or refuses it with an answer of its own."""

    def __init__(self, refusal=None):
        self.refusal, self.envelopes = refusal, []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.refusal is not None:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.envelopes.append(envelope)
        return "250 OK"


@contextmanager
def smtp_server(box):
    """Serve a box on a free port; give the port."""
    controller = Controller(box, hostname="127.0.0.1", port=0)
    controller.port = free_port()
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextmanager
def silent_server():
    """Serve connections that are accepted and never answered; give the port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def sends_to(site, port, **config):
    """Have a site send its mail to a port."""
    site.config.update(
        MAIL_BACKEND="smtp",
        MAIL_SERVER="127.0.0.1",
        MAIL_PORT=port,
        MAIL_DEFAULT_SENDER="site@mail.example",
        MAIL_TIMEOUT=5,
    )
    site.config.update(config)
    Mail().init_app(site)


def test_a_mail_server_gets_text_and_html(site, ann, guest):
    """To the stored address, from the configured one, both parts with the link."""
    box = Box()
    with smtp_server(box) as port:
        sends_to(site, port)
        assert guest.post("/password_reset/", data=ASK).status_code == 303
    [envelope] = box.envelopes
    assert envelope.rcpt_tos == ["ann@mail.test"]
    assert envelope.mail_from == "site@mail.example"
    message = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert message["To"] == "ann@mail.test"
    assert message["Subject"] == "Password reset on mail.example"
    assert message.get_content_type() == "multipart/alternative"
    parts = {
        part.get_content_type(): part.get_content() for part in message.iter_parts()
    }
    assert list(parts) == ["text/plain", "text/html"]
    assert "https://mail.example/reset/" in parts["text/plain"]
    assert 'href="https://mail.example/reset/' in parts["text/html"]


@pytest.mark.parametrize("kind", ["refuses", "is not there", "hangs"])
def test_a_mail_server_that_fails_is_for_the_log(site, ann, guest, caplog, kind):
    """Whoever asked gets the answer that everybody gets."""
    with failing_server(kind) as port:
        sends_to(site, port, MAIL_TIMEOUT=0.3)
        usual = guest.post("/password_reset/", data={"email": "nobody@mail.test"})
        with caplog.at_level(logging.ERROR, "cbv"):
            response = guest.post("/password_reset/", data=ASK)
    assert (response.status_code, response.data) == (usual.status_code, usual.data)
    assert list(response.headers) == list(usual.headers)
    [record] = caplog.records
    assert record.getMessage() == (
        f"A password reset mail to user {ann.id} could not be sent"
    )
    assert isinstance(record.exc_info[1], (OSError, smtplib.SMTPException))


@contextmanager
def failing_server(kind):
    if kind == "refuses":
        with smtp_server(Box("550 no such user here")) as port:
            yield port
    elif kind == "hangs":
        with silent_server() as port:
            yield port
    else:
        yield free_port()


def test_without_a_timeout_a_server_that_hangs_is_left_after_a_while(
    site, ann, guest, monkeypatch, caplog
):
    """Flask-Mailman alone would wait for ever."""
    monkeypatch.setattr(mail, "_PATIENCE", 0.3)
    with silent_server() as port:
        sends_to(site, port, MAIL_TIMEOUT=None)
        start = time.monotonic()
        guest.post("/password_reset/", data=ASK)
    assert time.monotonic() - start < 5
    [record] = caplog.records
    assert isinstance(record.exc_info[1], smtplib.SMTPServerDisconnected)


def test_the_answer_is_gone_before_the_mail_is_sent(served):
    """A browser has it whole while the mail server still hangs."""
    with silent_server() as port:
        sends_to(served.app, port, MAIL_TIMEOUT=3)
        start = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", "/password_reset/", urlencode(ASK), kind)
        answer = connection.getresponse()
        answer.read()
        taken = time.monotonic() - start
        connection.close()
    assert answer.status == 303
    assert taken < 2


@pytest.fixture
def served(tmp_path):
    """A site with a user, served by a thread."""
    engine = create_engine(f"sqlite:///{tmp_path / 'served.db'}")
    Base.metadata.create_all(engine)
    factory = sessionmaker(engine)
    site = make_site(factory)
    with site.app_context(), factory.begin() as session:
        user = User(username="ann", email="ann@mail.test")
        user.set_password("a long one")
        session.add(user)
    server = make_server("127.0.0.1", 0, site, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
    engine.dispose()


@pytest.mark.parametrize("backend", ["immediate", "thread"])
def test_where_tasks_are_configured_the_mail_is_one(site, ann, guest, backend):
    """It is sent by whatever runs tasks; the link is still this site's."""
    site.config["CBV_TASKS_BACKEND"] = backend
    box = Box()
    with smtp_server(box) as port:
        sends_to(site, port)
        guest.post("/password_reset/", data=ASK)
        wait_for(lambda: box.envelopes)
    [envelope] = box.envelopes
    assert b"https://mail.example/reset/" in envelope.content


def wait_for(arrived):
    end = time.monotonic() + 10
    while not arrived() and time.monotonic() < end:
        time.sleep(0.01)


def test_no_stored_value_bends_a_header(db, site, add_user, guest, caplog):
    """An address that came past every form is refused, a name is text in the body."""
    box = Box()
    add_user("<b>bob</b>", email="bob@mail.test")
    with smtp_server(box) as port:
        sends_to(site, port)
        guest.post("/password_reset/", data={"email": "bob@mail.test"})
        with site.app_context():
            form = PasswordResetForm(data={"email": "x"})
            context = {
                "user": add_user(),
                "url": "",
                "username": "",
                "site_name": "a\nb",
            }
            names = ("registration/password_reset_subject.txt",) * 2
            form.send_mail(*names, context, None, "ann@mail.test\nBcc: x@y.test")
    [envelope] = box.envelopes
    text = envelope.content.decode()
    assert "Your username, in case you have forgotten it: <b>bob</b>" in text
    assert "&lt;b&gt;bob&lt;/b&gt;" in text
    assert [type(r.exc_info[1]).__name__ for r in caplog.records] == ["ValueError"]
