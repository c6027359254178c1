"""No redirect of cbv leads to a host that the code does not name, nor is one a 500."""

from __future__ import annotations

import ast
import random
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import ada_url
import pytest
from flask import abort
from flask import Flask
from werkzeug.exceptions import BadRequest
from werkzeug.middleware.proxy_fix import ProxyFix

import cbv
from cbv import FormView
from cbv import HtmxMixin
from cbv import path
from cbv import RedirectView
from cbv import register
from cbv import View
from cbv.auth import LoginView
from cbv.forms import Form
from cbv.formsets import FormSetView
from cbv.urls import redirect_to_login
from cbv.urls import resolve_url
from cbv.urls.paths import filled_url
from cbv.urls.redirects import HostAddress
from cbv.urls.redirects import safe_address

CONTROLS = [chr(n) for n in (*range(0x20), *range(0x7F, 0xA0, 3))]
PIECES = [*CONTROLS, "/", "//", "\\", " ", "\u2028", "\xa0", "[", "]", ":", "@", "?"]
PIECES += ["#", "%", "%09", "%2f", "%5c", ".", "..", "é", "\uff0f", "x", "evil.example"]
#: Each control character where Werkzeug or a browser would drop it.
HOSTILE = [
    *(f"{c}/evil.example" for c in CONTROLS),
    *(f"/{c}/evil.example" for c in CONTROLS),
    *(f"{c}\\evil.example" for c in CONTROLS),
    *("/evil.example", "//evil.example", "\\evil.example", "\\\\evil.example"),
    *(" //evil.example", "\u2028//evil.example", "@evil.example", ":80@evil.example"),
    *("[", "//[", "//evil.example:99999", "https://evil.example", "https:evil.example"),
]


def fuzzed(seed, count):
    """Return texts that are made of the hostile pieces, the same ones each time."""
    chance = random.Random(seed)
    lengths = [chance.randint(1, 6) for _ in range(count)]
    return ["".join(chance.choices(PIECES, k=length)) for length in lengths]


def host_of(location):
    """Return the host to which a browser goes from a page of app.test."""
    return ada_url.URL(location, base="http://app.test/go/").host


def assert_stays(answer, host="app.test"):
    assert answer.status_code in (301, 302, 303, 308, 400, 404, 405)
    host = "app.test" if answer.status_code == 308 else host  # Werkzeug's own
    if location := answer.headers.get("Location", answer.headers.get("HX-Redirect")):
        assert host_of(location) == host


def go(client, value, rule="/go/{}", method="GET", **options):
    url = rule.format(quote(value, safe="", errors="surrogatepass"))
    return client.open(url, method=method, base_url="http://app.test", **options)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("/%(where)s", "app.test"),
        ("/x/../%(where)s", "app.test"),
        ("%(where)s/home", "app.test"),
        ("https://good.example/%(where)s", "good.example"),
        ("https://good.example:8000%(where)s", "good.example:8000"),
        ("//good.example/%(where)s", "good.example"),
    ],
)
def test_no_url_value_leads_a_redirect_view_elsewhere(app, client, url, host):
    """Control characters are quoted before the slashes are counted."""
    view = RedirectView.as_view(url=url, query_string=True)
    app.add_url_rule("/go/<path:where>", view_func=view)
    for value in HOSTILE + fuzzed(url, 150):
        if "8000%" in url:
            value = "/" + value
        assert_stays(go(client, value), host)


def test_no_url_value_leads_an_endpoint_elsewhere(app, client):
    app.add_url_rule("/<path:where>", "page", lambda where: abort(404))
    view = RedirectView.as_view("go", pattern_name="page")
    app.add_url_rule("/go/<path:where>", view_func=view)
    for value in HOSTILE:
        assert_stays(go(client, value))


def test_a_tab_stays_quoted(app, client):
    app.add_url_rule("/go/<path:to>", view_func=RedirectView.as_view(url="/%(to)s"))
    assert client.get("/go/%09/evil.com").location == "/%09/evil.com"
    assert client.get("/go/a%0Db%0D").location == "/a%0Db%0D"


def test_a_url_that_is_one_value_goes_where_the_rule_says(app, client):
    view = RedirectView.as_view(url="%(to)s")
    app.add_url_rule("/docs", view_func=view, defaults={"to": "https://docs.example/"})
    assert client.get("/docs").location == "https://docs.example/"


class Plain(FormView):
    form_class = Form
    success_url = "/{where}"


class SamePage(FormSetView):
    form_class = Form


class Htmx(HtmxMixin, View):
    def post(self, where):
        return self.hx_redirect(f"/{where}")


class WithSlug(FormView):
    form_class = Form

    def get_object(self):
        slug = self.kwargs["where"]
        return SimpleNamespace(get_absolute_url=lambda: f"/{slug}", slug=slug)


class ToSlug(WithSlug):
    def get_success_url(self):
        return filled_url(self, "/{slug}", self.get_object())


class ToObject(WithSlug):
    def get_success_url(self):
        return resolve_url(self.get_object())


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize("view", [Plain, SamePage, Htmx, ToSlug, ToObject])
def test_no_success_url_leads_elsewhere(app, client, view, htmx):
    """Whether it is filled from the URL or an object, or an override returns it."""
    if htmx and not issubclass(view, HtmxMixin):
        view = type("With", (HtmxMixin, view), {})
    app.add_url_rule("/<path:where>", view_func=view.as_view("page"))
    data = {"form-TOTAL_FORMS": "0", "form-INITIAL_FORMS": "0"}
    headers = {"HX-Request": "true"} if htmx else {}
    for value in HOSTILE + fuzzed(view.__name__, 100):
        answer = go(client, value, "/{}", "POST", data=data, headers=headers)
        if answer.status_code == 200:
            assert host_of(answer.headers["HX-Redirect"]) == "app.test"
        else:
            assert_stays(answer)


@pytest.mark.parametrize("verb", ["get", "post"])
def test_no_next_leads_elsewhere(app, client, verb):
    class Anyone(LoginView):
        next_page = "/home"
        csrf_protected = False

        def dispatch_request(self, **kwargs):
            return FormView.form_valid(self, None)

    app.add_url_rule("/in/", view_func=Anyone.as_view("in"))
    for value in HOSTILE + fuzzed(verb, 150):
        answer = go(client, value, "/in/?next={}", verb)
        assert_stays(answer)
    assert go(client, "//app.test/x", "/in/?next={}").location == "//app.test/x"


@pytest.mark.parametrize("text", ["\ud800", "/\udfff/x", "//\ud800/evil.example"])
def test_half_of_a_surrogate_pair_is_quoted(app, text):
    with app.test_request_context(base_url="http://app.test"):
        assert host_of(safe_address(text)) == "app.test"
        assert host_of(redirect_to_login(text, "/login").location) == "app.test"


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "data:,x", "http://[", "//[", "https://a.example:99999/"],
)
def test_an_address_of_another_kind_is_a_400(app, address):
    """As in Django, whose redirects know http, https and ftp."""
    with app.test_request_context(), pytest.raises(BadRequest):
        safe_address(HostAddress(address))


def test_two_slashes_that_the_code_wrote_stay(app, client):
    """For a host that is named without its scheme."""
    app.add_url_rule("/r", view_func=RedirectView.as_view("r", url="//cdn.example/x"))

    class Named(Plain):
        success_url = "//cdn.example/x"
        csrf_protected = False

    app.add_url_rule("/f", view_func=Named.as_view("f"))
    assert client.get("/r").location == "//cdn.example/x"
    assert client.post("/f").location == "//cdn.example/x"
    with app.test_request_context():
        login = redirect_to_login("/x", "//sso.example/in")
        assert login.location == "//sso.example/in?next=/x"


def test_the_address_to_come_back_to_keeps_its_special_characters(app, client):
    app.config["CBV_LOGIN_REQUIRED"] = True
    app.config["CBV_LOGIN_URL"] = "/login"
    app.add_url_rule("/<path:x>", view_func=Plain.as_view("page"))
    answer = client.get("/a%3Fb%23c%25d%09e/?q=1")
    assert answer.location == "/login?next=/a%253Fb%2523c%2525d%2509e/?q%3D1".replace(
        "/?q", "/%3Fq"
    )


def test_every_redirect_of_cbv_is_made_in_one_function():
    """Flask's and Werkzeug's are imported in urls/redirects.py and nowhere else."""
    package = Path(cbv.__file__).parent
    importing = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and not node.level
        for alias in node.names
        if alias.name == "redirect"
    }
    assert importing == {"urls/redirects.py"}


@pytest.mark.parametrize(
    "prefix", ["//evil.example", "https://evil.example", "@evil.example", "/\t/evil.ex"]
)
def test_a_false_prefix_makes_no_other_host_of_an_endpoint(prefix):
    """ProxyFix takes it from a header, which anybody can send where no proxy does."""

    class Home(View):
        def get(self):
            return ""

    class Old(RedirectView):
        pattern_name = "home"

    app = Flask("prefixed")
    register(app, [path("home", Home, name="home"), path("old", Old)])
    app.wsgi_app = ProxyFix(app.wsgi_app, x_prefix=1)
    app.config.update(CBV_LOGIN_URL="home", SECRET_KEY="x")
    app.add_url_rule("/in", "in", lambda: redirect_to_login("/next"))
    client = app.test_client()
    found = [
        client.get(address, headers={"X-Forwarded-Prefix": given}).location
        for given in (prefix, "/site")
        for address in ("/old", "/in")
    ]
    assert found[:2] == ["/home", "/home?next=/next"]
    assert found[2:] == ["/site/home", "/site/home?next=/next"]
