"""Reset mails on their way: a real mail server, one that refuses, one that hangs.

And what nobody learns from when they leave, or where their links lead.
"""

from __future__ import annotations

import email
import email.policy
import http.client
import logging
import os
import re
import smtplib
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from urllib.parse import urlencode

import pytest
from aiosmtpd.controller import Controller
from flask import g
from flask import request
from flask_mailman import Mail
from sqlalchemy import create_engine
from sqlalchemy import event
from sqlalchemy import select
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm import sessionmaker
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.serving import make_server
from werkzeug.test import create_environ

from cbv.auth import mail
from cbv.auth import PasswordResetForm
from cbv.auth import PasswordResetView
from cbv.auth.after_response import after_response
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


# --- when it leaves -------------------------------------------------------------------


class Hook:
    """Where the hooks of a reset were called; each mail waits for a sign."""

    def __init__(self):
        self.threads, self.sent = [], []
        self.go_on = threading.Event()

    def add_to(self, site, rule="/r/"):
        hook = self

        class Form(PasswordResetForm):
            def get_users(self, email):
                hook.threads.append(threading.get_ident())
                return super().get_users(email)

            def send_mail(self, subject, text, context, from_email, to_email, html):
                hook.threads.append(threading.get_ident())
                assert hook.go_on.wait(10)
                hook.sent.append(to_email)

        site.add_url_rule(
            rule, view_func=PasswordResetView.as_view("r", form_class=Form)
        )

    def has_sent(self, count):
        wait_for(lambda: len(self.sent) == count)
        return len(self.sent) == count


@pytest.fixture
def hook():
    """What :class:`Hook` is for; no mail is left waiting."""
    hook = Hook()
    yield hook
    hook.go_on.set()


@pytest.fixture
def real_site(committing):
    """A site whose threads have database sessions of their own, with two accounts."""
    return site_with_two_accounts(scoped_session(sessionmaker(committing)))


def site_with_two_accounts(factory, **config):
    """Make a site with a session for each thread; both accounts have one address."""
    site = make_site(factory, **config)
    site.teardown_appcontext(lambda error: factory.remove())
    with site.app_context():
        for name, address in (("ann", "ann@mail.test"), ("bob", "Ann@mail.test")):
            user = User(username=name, email=address)
            user.set_password("a long one")
            factory.add(user)
        factory.commit()
    return site


def served_by_hand(site, path="/r/", **data):
    """Have a site answer as a server would; return its answer, not closed yet."""
    environ = create_environ(path, method="POST", data=data or ASK)
    answered = site.wsgi_app(environ, lambda status, headers, *_: None)
    b"".join(answered)
    return answered


def test_look_up_and_mail_happen_in_another_thread_than_the_answer(real_site, hook):
    """And the answer is closed while the mail still waits: no later one tells who."""
    hook.add_to(real_site)
    answer = served_by_hand(real_site)
    assert hook.threads == []  # nothing is done before the answer has left
    answer.close()
    assert hook.sent == []
    hook.go_on.set()
    assert hook.has_sent(2)
    assert threading.get_ident() not in hook.threads


@pytest.mark.parametrize("address", ["ann@mail.test", "nobody@mail.test"])
def test_the_thread_that_answers_runs_no_statement_for_it(
    committing, real_site, hook, address
):
    """Whoever has the address: the look-up itself takes time."""
    hook.add_to(real_site)
    threads = []

    def note(*args):
        threads.append(threading.get_ident())

    event.listen(committing, "before_cursor_execute", note)
    served_by_hand(real_site, email=address).close()
    hook.go_on.set()
    wait_for(lambda: threads)
    event.remove(committing, "before_cursor_execute", note)
    assert threads
    assert threading.get_ident() not in threads


def test_an_answer_that_is_closed_twice_sends_one_mail(real_site, hook):
    """Servers and middleware may both close it."""
    hook.go_on.set()
    hook.add_to(real_site)
    answer = served_by_hand(real_site)
    answer.close()
    answer.close()
    assert hook.has_sent(2)
    served_by_hand(real_site).close()
    assert hook.has_sent(4)


def test_the_test_client_has_the_mail_when_it_has_the_answer(real_site, hook):
    """In its own thread; an answer closed again sends nothing more."""
    hook.go_on.set()
    hook.add_to(real_site)
    answer = real_site.test_client().post("/r/", data=ASK)
    answer.close()
    assert hook.sent == ["ann@mail.test", "Ann@mail.test"]
    assert set(hook.threads) == {threading.get_ident()}


def test_mails_wait_in_a_few_threads(real_site, hook):
    """However many are asked for while the mail server hangs, none is lost."""
    hook.add_to(real_site)
    before = threading.active_count()
    for _ in range(20):
        served_by_hand(real_site).close()
    wait_for(lambda: len(hook.threads) >= 8)
    assert threading.active_count() - before <= 4
    hook.go_on.set()
    assert hook.has_sent(40)


@pytest.mark.parametrize("by_client", [True, False])
@pytest.mark.parametrize("backend", [None, "immediate", "thread"])
def test_each_account_of_an_address_gets_its_mail(committing, backend, by_client):
    """With a session that belongs to the thread, and whatever runs tasks."""
    config = {} if backend is None else {"CBV_TASKS_BACKEND": backend}
    factory = scoped_session(sessionmaker(committing))
    site = site_with_two_accounts(factory, **config)
    Mail().init_app(site)
    if by_client:
        site.test_client().post("/password_reset/", data=ASK)
    else:
        served_by_hand(site, "/password_reset/").close()
        wait_for(lambda: len(outbox(site)) == 2)
    assert [m.to for m in outbox(site)] == [["ann@mail.test"], ["Ann@mail.test"]]


def outbox(site):
    return getattr(site.extensions["mailman"], "outbox", [])


def test_a_mail_that_fails_keeps_no_other_from_leaving(real_site, caplog):
    """The hook may raise what it likes; the log has it."""
    sent = []

    class Form(PasswordResetForm):
        def send_mail(self, subject, text, context, from_email, to_email, html):
            if not sent:
                sent.append("failed")
                raise KeyError("no such template")
            sent.append(to_email)

    real_site.add_url_rule(
        "/r/", view_func=PasswordResetView.as_view("r", form_class=Form)
    )
    answer = real_site.test_client().post("/r/", data=ASK)
    assert answer.status_code == 303
    assert sent == ["failed", "Ann@mail.test"]
    [record] = caplog.records
    assert record.getMessage().startswith("A password reset mail to user")
    assert isinstance(record.exc_info[1], KeyError)


def test_a_look_up_that_fails_is_for_the_log(real_site, caplog):
    """The answer was gone already."""
    Mail().init_app(real_site)

    class Form(PasswordResetForm):
        def get_users(self, email):
            raise OSError("database down")

    real_site.add_url_rule(
        "/r/", view_func=PasswordResetView.as_view("r", form_class=Form)
    )
    assert real_site.test_client().post("/r/", data=ASK).status_code == 303
    assert "database down" in caplog.text


def test_where_no_thread_can_be_had_the_log_says_so(real_site, monkeypatch, caplog):
    """A mail that is sent in the server's thread would tell by its time."""

    def refuse(thread):
        raise RuntimeError("can't start new thread")

    Mail().init_app(real_site)
    answer = served_by_hand(real_site, "/password_reset/")
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        answer.close()
    assert "can't start new thread" in caplog.text
    assert outbox(real_site) == []


def test_what_runs_after_an_answer_is_committed(committing):
    """As with a task: the application of an overridden hook may keep a record."""
    factory = scoped_session(sessionmaker(committing))
    site = site_with_two_accounts(factory)
    done = threading.Event()

    def rename():
        factory.scalars(select(User)).first().username = "anna"
        done.set()

    site.add_url_rule(
        "/x/", "x", lambda: after_response(rename) or "", methods=["POST"]
    )
    served_by_hand(site, "/x/").close()
    assert done.wait(10)

    def is_renamed():
        with committing.connect() as connection:
            return "anna" in connection.scalars(select(User.username)).all()

    wait_for(is_renamed)
    assert is_renamed()


def test_what_runs_after_an_answer_sees_a_copy_of_the_request(real_site):
    """But for its body, which would have to be kept as long as it waits."""
    seen = []

    def look():
        body = request.get_data()
        seen.append((request.path, request.args["a"], g.note, request.form, body))

    def answer():
        g.note = "from the view"
        after_response(look)
        return request.form["b"]

    real_site.add_url_rule("/x/", view_func=answer, methods=["POST"])
    assert real_site.test_client().post("/x/?a=1", data={"b": "2"}).text == "2"
    assert seen == [("/x/", "1", "from the view", {}, b"")]


def test_a_process_that_ends_waits_for_its_mails(tmp_path):
    """A server that is told to stop loses none that is under way."""
    script = tmp_path / "script.py"
    script.write_text(LAST_MAIL)
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        timeout=30,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
        check=True,
    )
    assert done.stdout.split() == ["closed", "sent"]
    assert done.stderr == ""


LAST_MAIL = """
import time
from flask import Flask
from werkzeug.test import create_environ
from cbv import CBV
from cbv.auth.after_response import after_response

app = Flask("script")
CBV(app)

def send():
    time.sleep(0.5)
    print("sent", flush=True)

@app.get("/")
def page():
    after_response(send)
    return ""

app.wsgi_app(create_environ("/"), lambda *answer: None).close()
print("closed", flush=True)
"""


# --- where its links lead -------------------------------------------------------------


def body_and_html(site):
    """Return the two parts of the one mail that a site has sent."""
    [message] = outbox(site)
    return message.body, message.alternatives[0][0]


PREFIXES = {
    "": "/",
    "/": "/",
    "/blog": "/blog/",
    "/blog/": "/blog/",
    "/a-b/c_d": "/a-b/c_d/",
    "@evil.example": "/",
    ":x@evil.example": "/",
    ".evil.example": "/",
    "evil.example": "/",
    ":8080": "/",
    "//evil.example": "/",
    "///evil.example": "/",
    "/\\evil.example": "/",
    "\\\\evil.example": "/",
    "/x//evil.example": "/",
    "/?to=": "/",
    "/#": "/",
    "/a b": "/",
    "https://evil.example": "/",
}


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_prefix_from_outside_is_a_path_or_nothing(site, ann, guest, prefix):
    """ProxyFix takes it from a header, which anybody can send."""
    Mail().init_app(site)
    site.wsgi_app = ProxyFix(site.wsgi_app, x_prefix=1)
    guest.post("/password_reset/", data=ASK, headers={"X-Forwarded-Prefix": prefix})
    for text in body_and_html(site):
        assert f"https://mail.example{PREFIXES[prefix]}reset/" in text
        assert "evil" not in text


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("root", ["/app", "/app/", "app"])
def test_the_configured_prefix_is_the_one(site, ann, guest, prefix, root):
    """As with the host: what the application says stands above any header."""
    Mail().init_app(site)
    site.config["APPLICATION_ROOT"] = root
    site.wsgi_app = ProxyFix(site.wsgi_app, x_prefix=1)
    guest.post("/password_reset/", data=ASK, headers={"X-Forwarded-Prefix": prefix})
    for text in body_and_html(site):
        assert "https://mail.example/app/reset/" in text


@pytest.mark.parametrize(
    "name",
    [
        "www.evil.com",
        "evil.com",
        "evil\u3002com",
        "evil\uff0ecom",
        "http://evil",
        "//evil.example/x",
        "tel:evil",
        "x@evil.example",
        "see www.evil.com now",
        "https://mail.example@evil.example/",
        "https://mail.example.evil.example/",
    ],
)
def test_a_name_that_reads_like_an_address_is_left_out(site, add_user, guest, name):
    """Mail programs make links of such texts, even where none is marked."""
    add_user(name, email="ann@mail.test")
    Mail().init_app(site)
    guest.post("/password_reset/", data=ASK)
    for text in body_and_html(site):
        assert "evil" not in text
        assert "Your username" not in text
    links_of_cbv(site)


@pytest.mark.parametrize(
    "name", ["ann", "Ann B. Smith", "<b>ann</b>", "a_b-c+d", "\u5b89", "ann@mail.test"]
)
def test_a_name_that_is_no_address_is_told(site, add_user, guest, name):
    """So is the address that the mail goes to."""
    add_user(name, email="ann@mail.test")
    Mail().init_app(site)
    guest.post("/password_reset/", data=ASK)
    assert f"forgotten it: {name}\n" in body_and_html(site)[0]
    links_of_cbv(site)


def links_of_cbv(site):
    """Assert that the one link in a mail's HTML is the site's own."""
    text, html = body_and_html(site)
    [link] = re.findall(r"""(?:href|src)\s*=\s*["']?([^"'\s>]+)""", html)
    assert link.startswith("https://mail.example/reset/")
    assert link in text.split()


@pytest.mark.parametrize(
    "text",
    [
        "www.evil.com",
        "http://evil.example/?to=",
        "x@evil.example",
        "mailto:x@evil.example",
        "https://mail.example@evil.example/",
        "https://mail.example.evil.example/",
        "https://mail.example:x@evil.example/",
        "HTTPS://evil.example",
    ],
)
def test_only_what_starts_with_the_sites_own_address_becomes_a_link(site, text):
    """Whatever the templates of an application put into the text."""
    with site.app_context():
        html = mail.html_of(f'{text} https://mail.example/a/?b=1&c="d". <i>{text}</i>')
        beside = mail.html_of(f"{text}https://mail.example/a/")
    assert re.findall("<a [^>]*>[^<]*</a>", html) == [
        '<a href="https://mail.example/a/?b=1&amp;c=" rel="noreferrer">'
        "https://mail.example/a/?b=1&amp;c=</a>"
    ]
    assert "<i>" not in html
    assert re.findall('href="([^"]*)"', beside) == ["https://mail.example/a/"]
