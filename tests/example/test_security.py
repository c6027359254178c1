"""What every answer of the example carries, and what it refuses."""

from __future__ import annotations

import pytest
from flask import url_for
from sqlalchemy.exc import OperationalError

from example_app.content.markdown import excerpt
from example_app.content.markdown import render
from example_app.site.security import BODY_LIMIT

pytest_plugins = ["support.example_blog"]

HEADERS = {
    "Content-Security-Policy": "object-src 'none'; base-uri 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@pytest.fixture
def production(make_blog):
    """The blog, neither debugged nor tested, on https."""
    blog = make_blog(
        TESTING=False,
        WTF_CSRF_ENABLED=True,
        TRUSTED_HOSTS="blog.example, localhost",
        PROPAGATE_EXCEPTIONS=False,
    )

    @blog.app.get("/fault")
    def fault():
        raise RuntimeError("secret")

    @blog.app.get("/away")
    def away():
        raise OperationalError("SELECT secret", {}, Exception("secret"))

    return blog


def test_production_headers_are_on_every_answer(production):
    """Pages, files, redirects, and each kind of error."""
    client = production.client()
    asked = {
        ("GET", "/home"): 200,
        ("GET", "/static/style.css"): 200,
        ("GET", "/"): 302,
        ("GET", "/post/new/"): 302,
        ("POST", "/login/"): 400,
        ("GET", "/nothing"): 404,
        ("GET", "/home?page=x"): 404,
        ("GET", "/logout/"): 405,
        ("GET", "/fault"): 500,
        ("GET", "/away"): 503,
    }
    for (method, path), status in asked.items():
        response = client.open(path, method=method, base_url="https://localhost")
        assert (path, response.status_code) == (path, status)
        for name, value in HEADERS.items():
            assert value in response.headers[name], (path, name)
        response.close()


def test_a_body_beyond_the_limit_is_413_with_the_headers(production):
    """Before it is read."""
    response = production.client().post(
        "/login/",
        data=b"x" * (BODY_LIMIT + 1),
        content_type="application/x-www-form-urlencoded",
        base_url="https://localhost",
    )
    assert response.status_code == 413
    assert response.headers["X-Frame-Options"] == "DENY"


def test_another_host_is_400_with_the_headers(production):
    """The page does not repeat the name."""
    response = production.client().get("/home", base_url="https://evil.example")
    assert response.status_code == 400
    assert "evil" not in response.text
    assert "Strict-Transport-Security" in response.headers


def test_a_session_store_that_is_away_is_503(make_blog):
    """When it is needed, with the headers; who has no session reads on."""
    blog = make_blog(
        TESTING=False,
        PROPAGATE_EXCEPTIONS=False,
        SESSION_TYPE="redis",
        REDIS_URL="redis://127.0.0.1:1/0",
    )
    client = blog.client()
    assert client.get("/home", base_url="https://localhost").status_code == 200
    client.set_cookie("__Host-session", "some-id", domain="localhost", secure=True)
    for path in ("/home", "/login/"):
        response = client.get(path, base_url="https://localhost")
        assert (path, response.status_code) == (path, 503)
        assert response.headers["Retry-After"] == "5"
        assert response.headers["X-Frame-Options"] == "DENY"


def test_an_app_without_trusted_hosts_is_this_machine_alone(make_blog):
    """And the home of its mail."""
    client = make_blog(CBV_BASE_URL="https://blog.example/x").client()
    for host, status in (
        ("localhost", 200),
        ("127.0.0.1:5000", 200),
        ("blog.example", 200),
        ("evil.example", 400),
        ("localhost.evil.example", 400),
    ):
        assert client.get("/home", base_url=f"http://{host}").status_code == status


def test_an_error_page_tells_nothing_of_the_fault(production):
    """Neither its text nor the path."""
    client = production.client()
    for path in ("/fault", "/away"):
        text = client.get(path, base_url="https://localhost").text
        assert "secret" not in text
    assert "spoof" not in client.get("/spoof", base_url="https://localhost").text


def test_the_cookie_of_production_is_bound_to_host_and_https(production):
    """``__Host-``: Secure, Path=/, no Domain; HttpOnly and SameSite=Lax too."""
    response = production.client().get("/login/", base_url="https://localhost")
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_reading_sets_no_cookie(production):
    """Anonymous readers of pages without a form get no session."""
    response = production.client().get("/home", base_url="https://localhost")
    assert "Set-Cookie" not in response.headers


def test_debug_and_tests_work_without_https(make_blog):
    """No HSTS, and a cookie that plain http may carry."""
    response = make_blog(WTF_CSRF_ENABLED=True).client().get("/login/")
    assert "Strict-Transport-Security" not in response.headers
    assert "Secure" not in response.headers["Set-Cookie"]


def test_every_unsafe_request_needs_a_token(make_blog):
    """CSRFProtect guards what cbv does not."""
    blog = make_blog(WTF_CSRF_ENABLED=True)
    blog.add_user("ann")
    blog.add_post("Hello")

    @blog.app.post("/plain")
    def plain():
        return "done"

    client = blog.client("ann")
    paths = ["/plain", "/post/new/", "/post/1/delete/", "/logout/", "/login/"]
    for path in paths:
        assert client.post(path).status_code == 400, path


def test_the_secret_key_is_made_once_and_is_private(make_blog, tmp_path):
    """Without SECRET_KEY it is kept in the instance folder."""
    first, second = (make_blog(SECRET_KEY=None).app.secret_key for _ in range(2))
    assert first == second
    assert len(first) > 40
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("proxies", "address"),
    [(0, "http://localhost/home"), (1, "https://blog.example/home")],
)
def test_forwarded_headers_are_believed_from_counted_proxies_only(
    make_blog, proxies, address
):
    """None by default; one with ``TRUSTED_PROXIES=1``."""
    app = make_blog(
        TRUSTED_PROXIES=proxies, TRUSTED_HOSTS="localhost, blog.example"
    ).app

    @app.get("/where")
    def where():
        return url_for("home", _external=True)

    headers = {"X-Forwarded-Host": "blog.example", "X-Forwarded-Proto": "https"}
    assert app.test_client().get("/where", headers=headers).text == address


# --- Markdown ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,xx)",
        "![x](javascript:alert(1))",
        '<p style="position:fixed" onclick="alert(1)">x</p>',
        "<iframe src=//evil.example></iframe>",
        "<form action=//evil.example><input name=password></form>",
        "<style>*{display:none}</style>",
        '<div id="content" class="site">x</div>',
        "<base href=//evil.example>",
    ],
)
def test_markdown_keeps_nothing_that_acts(text):
    """Scripts, handlers, frames, forms, styles and odd schemes are gone."""
    html = str(render(text))
    forbidden = (
        '<script <img <svg <iframe <form <input <style <base ="javascript: ="data:'
        " onerror= onclick= onload= style= class= id="
    )
    assert not [word for word in forbidden.split() if word in html]


def test_markdown_keeps_what_a_post_is_written_with():
    """Headings a level down, code with its language, tables, links."""
    html = render(
        "# One\n\n```rust\nlet x;\n```\n\n|a|\n|-|\n|b|\n\n[x](https://y.example)"
    )
    assert "<h2>One</h2>" in html
    assert '<code class="language-rust">' in html
    assert "<table>" in html
    assert '<a href="https://y.example" rel="nofollow noopener">x</a>' in html


def test_a_picture_becomes_a_link():
    """A page loads nothing from another site."""
    html = render("![a chart](https://pictures.example/chart.png)")
    assert '<a href="https://pictures.example/chart.png"' in html
    assert "a chart</a>" in html
    assert "<img" not in html


def test_an_excerpt_is_plain_text():
    """Markup is gone, and long texts are cut after a word."""
    assert excerpt("# Title\n\nSome *soft* [words](https://x.example).") == (
        "Some soft words."
    )
    cut = excerpt("word " * 200)
    assert cut.endswith("word …")
    assert len(cut) < 300
