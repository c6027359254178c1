"""Django templates turned into Jinja's: both are rendered, and give the same text."""

from __future__ import annotations

import re
from datetime import date
from datetime import datetime
from types import SimpleNamespace

import pytest
from flask import Flask
from jinja2 import DictLoader

from cbv.port import port_template
from cbv.port import shipped
from cbv.port.knowledge import Knowledge

pytest.importorskip("django")
pytest_plugins = ["django_twin.rows"]

from django.template import Context  # noqa: E402 - skipped without Django
from django.template import Engine  # noqa: E402

BUILTINS = [
    "django.template.defaulttags",
    "django.template.defaultfilters",
    "django.template.loader_tags",
    "django.contrib.humanize.templatetags.humanize",
]


class Post:
    """What a template of a blog shows."""

    title = "Fish & <chips>"
    tags = ["a", "b", "c"]
    pub_date = datetime(2024, 3, 5, 0, 30)
    day = date(2023, 12, 22)
    text = "One\ntwo\n\nthree <b>four</b>"
    size, number, none, yes = 2_345_678, 3.14159, None, True
    nested = {"key": {"inner": "deep"}, "items_of": [["x", "y"]]}
    author = SimpleNamespace(name="ann o'hara", age=1)

    def get_absolute_url(self):
        return "/post/?a=1&b=2"

    def __str__(self):
        return "the post"


def context():
    posts = [SimpleNamespace(kind=k, n=n) for k, n in [("x", 1), ("x", 2), ("y", 3)]]
    return {
        "post": Post(),
        "posts": posts,
        "empty": [],
        "pairs": {"one": 1, "two": 2},
        "word": "joel is a slug",
        "n": 5,
    }


KNOWN = Knowledge(
    methods={"get_absolute_url"},
    dates={"pub_date": "DATETIME", "day": "DATE"},
)


def in_django(files, name="page.html"):
    engine = Engine(
        loaders=[("django.template.loaders.locmem.Loader", files)], builtins=BUILTINS
    )
    text = engine.get_template(name).render(Context(context()))
    return text.replace("&#x27;", "&#39;")


def in_flask(files, name="page.html"):
    app = Flask("ported")
    shipped.init_app(app)
    ported = {name: port_template(text, KNOWN, name) for name, text in files.items()}
    assert not [note for _, notes in ported.values() for note in notes]
    app.jinja_env.loader = DictLoader({n: text for n, (text, _) in ported.items()})
    with app.test_request_context("/"):
        return app.jinja_env.get_template(name).render(context())


def the_same(**files):
    files = {f"{name}.html": text for name, text in files.items()}
    django, flask = in_django(files), in_flask(files)
    assert flask == django


@pytest.mark.parametrize(
    "expression",
    [
        "post",
        "post.title",
        "post.title|upper|lower",
        "post.title|safe",
        "post.get_absolute_url",
        "post.missing.deeper",
        "post.missing|default:'none & <i>it</i>'",
        'post.none|default_if_none:"-"',
        "post.none|default_if_none:post.title",
        "post.pub_date",
        "post.day",
        'post.pub_date|date:"F d, Y"',
        'post.pub_date|date:"D, j M y H:i A P jS \\o\\f N z t L W w"',
        "post.pub_date|date",
        "post.pub_date|time",
        'post.day|date:"SHORT_DATE_FORMAT"',
        "post.text|linebreaks",
        "post.text|linebreaksbr",
        "post.text|linenumbers",
        "post.text|striptags",
        "post.text|truncatewords:2",
        "post.text|truncatechars:6",
        "post.text|truncatewords_html:3",
        "post.text|safe|truncatewords_html:4",
        "post.text|safe|truncatewords_html:3",
        "post.text|wordcount",
        "post.text|wordwrap:5",
        "post.text|escapejs",
        "post.text|force_escape",
        "post.size|filesizeformat",
        "post.size|intcomma",
        "post.number|floatformat",
        "post.number|floatformat:2",
        "post.number|floatformat:-3",
        "n|floatformat:2",
        "n|pluralize",
        'post.author.age|pluralize:"y,ies"',
        "posts|pluralize",
        "posts|length",
        "n|add:3",
        'word|add:"!"',
        "n|divisibleby:5",
        "post.size|get_digit:2",
        "word|capfirst",
        "word|title",
        "post.author.name|title",
        "word|slugify",
        'word|cut:" "',
        "word|center:20",
        "word|ljust:20",
        'word|rjust:"20"',
        "word|truncatewords:2|upper",
        'word|slice:":4"',
        'word|upper|slice:"2:5"',
        "word|make_list|join:'-'",
        "word|urlencode",
        "word|wordcount",
        "word|addslashes",
        'post.number|stringformat:".1f"',
        "post.tags|first",
        "post.tags|last",
        'post.tags|join:", "',
        "post.tags.1",
        "post.nested.key.inner",
        "post.nested.items_of.0.1",
        "post.nested.items_of.0|unordered_list",
        "post.yes|yesno",
        'post.none|yesno:"a,b,c"',
        'post.tags|json_script:"tags"',
        "pairs.one",
        "'literal <b>'",
        '"it\\"s \\\\n"',
        "3",
        "n|ordinal",
        "n|apnumber",
        "True",
    ],
)
def test_a_value_is_shown_as_in_django(expression):
    the_same(page=f"<{{{{ {expression} }}}}>")


@pytest.mark.parametrize(
    "text",
    [
        "{% for p in posts %}{{ forloop.counter }}/{{ forloop.revcounter0 }} {{ p.n }}"
        "{% if not forloop.last %}, {% endif %}{% empty %}none{% endfor %}",
        "{% for p in empty %}x{% empty %}none{% endfor %}",
        "{% for key, value in pairs.items %}{{ key }}={{ value }} {% endfor %}",
        "{% for p in posts reversed %}{{ p.n }}{% endfor %}",
        "{% for p in posts %}{% for t in post.tags %}{{ forloop.parentloop.counter }}"
        "{{ forloop.counter0 }}{{ t }} {% endfor %}{% endfor %}",
        "{% if post.none is None and n > 3 or n == 7 %}a{% elif n %}b{% else %}c"
        "{% endif %}",
        "{% if n not in post.tags and not empty %}a{% endif %}",
        "{% if posts|length > 2 %}many{% endif %}",
        "{% with a=post.title b=n|add:1 %}{{ a }}{{ b }}{% endwith %}",
        "{% with post.title as a %}{{ a }}{% endwith %}",
        "{# one line #}{% comment 'why' %}{{ lost {% gone %} {# x #}{% endcomment %}.",
        "{# two\nlines #}",
        "{% autoescape off %}{{ post.title }}{% endautoescape %}",
        "{% filter upper|cut:'X' %}axb {{ n }}{% endfilter %}",
        "{% spaceless %}<p> <b>a b</b> </p>{% endspaceless %}",
        "{% for p in posts %}{% cycle 'odd' 'even' %} {% endfor %}",
        "{% for p in posts %}{% cycle 'odd' 'even' as c %}{{ c }} {% endfor %}",
        "{% for p in posts %}{% ifchanged p.kind %}{{ p.kind }}{% else %}."
        "{% endifchanged %}{% endfor %}",
        "{% firstof post.none empty word 'x' %}",
        "{% regroup posts by kind as kinds %}{% for k in kinds %}{{ k.grouper }}:"
        "{% for p in k.list %}{{ p.n }}{% endfor %}{% endfor %}",
        "{% widthratio n 10 100 %}",
        "{% templatetag openblock %} {% templatetag closevariable %}",
        "{% verbatim %}{{ x }}{% if %}{% endverbatim %}",
        "function() { if (x) { {} } }",
        "{% verbatim own %}{% verbatim %}{% endverbatim own %}",
        "naïve — ünï {{ word }}\r\nnext",
    ],
)
def test_tags_do_what_they_do_in_django(text):
    files = {"page.html": text}
    assert in_flask(files) == in_django(files).replace("\r\n", "\n")


def test_blocks_are_extended_and_call_their_parents():
    the_same(
        base="<title>{% block title %}Site{% endblock %}</title>"
        "{% block content %}{% endblock content %}\n",
        page='{% extends "./base.html" %}{% block title %}{{ block.super }} — {{ n }}'
        "{% endblock %}{% block content %}{% for p in posts %}{% block row %}{{ p.n }}"
        "{% endblock %}{% endfor %}{% endblock %}",
    )


def test_an_included_template_sees_names_of_its_own():
    the_same(
        part="{{ who }} {{ n }} {{ word }}",
        page='{% include "part.html" with who=post.author.name n=1 %}'
        '{% include "part.html" %}',
    )


def test_a_line_with_load_alone_goes_and_no_other():
    text, _ = port_template("{% load static i18n %}\n\n<p>\n  {% load x %}</p>\n")
    assert text == "\n<p>\n  </p>\n"


def url(text, **addresses):
    known = Knowledge(addresses=addresses)
    return port_template(text, known)


def test_the_names_of_url_values_come_from_the_urlconf():
    addresses = {"polls:detail": [("pk", "slug"), ("pk",)], "home": [()]}
    text, notes = url("{% url 'polls:detail' q.id %}{% url \"home\" %}", **addresses)
    assert text == "{{ url_for('polls.detail', pk=q.id) }}{{ url_for(\"home\") }}"
    assert not notes
    text, _ = url("{% url 'polls:detail' q.id slug=q.slug as link %}", **addresses)
    assert text == "{% set link = url_for('polls.detail', pk=q.id, slug=q.slug) %}"


def test_an_address_that_no_urlconf_has_is_left_with_the_reason():
    text, [note] = url("\n{% url 'nowhere' 1 %}")
    assert "no URLconf has an address called nowhere" in text
    assert (note.line, note.page, note.is_error) == (2, "urls.md", False)
    _, [note] = url("{% url 'home' 1 2 %}", home=[("pk",)])
    assert "no address called home takes these values" in note.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{% thumbnail x %}", "the tag thumbnail is not known"),
        ("{{ x|shorten:3 }}", "the filter shorten is not known"),
        ("{% endif %}", "endif without if"),
        ("{% if x %}", "if has no end"),
        ("{% for x %}{% endfor %}", "for is: name in rows"),
        ("{{ }}", "nothing between the braces"),
        ("{{ forloop.index }}{% url %}", "url names no address"),
    ],
)
def test_what_is_no_template_is_an_error_with_its_line(text, said):
    ported, notes = port_template(f"first\n{text}\nlast {{{{ x }}}}")
    assert said in notes[-1].text
    assert notes[-1].is_error
    assert notes[-1].line in (2, 3)
    assert ported.startswith("first\n")
    assert "last {{ x }}" in ported


@pytest.mark.parametrize(
    "text",
    [
        '{% include "a.html" with b=c only %}',
        "{{ forloop.counter }}",
        "{% if x %}{% cycle 'a' 'b' %}{% endif %}",
        "{% for x in y %}{% ifchanged %}{{ x }}{% else %}-{% endifchanged %}"
        "{% endfor %}",
        "{% blocktrans asvar x %}a{% endblocktrans %}",
        "{{ form.title.field.widget }}",
    ],
)
def test_what_has_no_counterpart_stays_in_a_comment_and_the_template_renders(text):
    ported, [note] = port_template(text)
    assert not note.is_error
    assert f"{{# {note}: " in ported
    app = Flask("ported")
    shipped.init_app(app)
    app.jinja_env.from_string(ported)


@pytest.mark.parametrize(
    ("django", "jinja"),
    [
        ("request.user.username", "current_user.username"),
        ("user.is_authenticated", "current_user.is_authenticated"),
        ("perms.blog.add_post", 'current_user.has_perm("blog.add_post")'),
        ("request.GET.q", 'request.args["q"]'),
        ("request.session.visits", 'session["visits"]'),
        ("request.GET.urlencode", "request.query_string.decode()"),
        ("request.path", "request.path"),
        ("post.tags.all", "post.tags"),
        ("post.comment_set.count", "(post.comment_set|length)"),
        ("post.get_status_display", "post.get_status_display()"),
        ("page_obj.has_next", "page_obj.has_next()"),
        ("page_obj.paginator.num_pages", "page_obj.paginator.num_pages"),
        ("form.as_p", "form_fields(form)"),
        ("form", "form_fields(form)"),
        ("form.title", "form.title"),
        ("form.title.errors", "form.title.errors|errorlist"),
        ("form.title.label_tag", "form.title.label"),
        ("form.title.help_text", "form.title.description"),
        ("form.title.id_for_label", "form.title.id"),
        ("form.non_field_errors", "form.form_errors|errorlist"),
        ("comment_form.as_div", "form_fields(comment_form)"),
        ("a|name_of_ours:3", "a|name_of_ours(3)"),
    ],
)
def test_names_of_django_have_their_counterparts(django, jinja):
    known = Knowledge(relations={"tags"}, filters={"name_of_ours"})
    text, notes = port_template(f"{{{{ {django} }}}}", known)
    assert text.endswith(f"{{{{ {jinja} }}}}")
    assert not notes


def test_a_name_that_is_a_method_here_and_a_column_there_is_called_if_it_can_be():
    known = Knowledge(methods={"price"}, attributes={"price"})
    assert port_template("{{ a.price }}", known)[0] == "{{ (a.price|called) }}"


def test_the_fields_of_a_form_in_a_loop_are_those_of_wtforms():
    text, notes = port_template(
        "{% for field in form %}{{ field.label_tag }}{{ field }}{{ field.help_text }}"
        "{% endfor %}"
    )
    assert text == (
        "{% for field in form %}{{ field.label }}{{ field }}{{ field.description }}"
        "{% endfor %}"
    )
    assert not notes


def test_messages_are_what_was_flashed():
    text, _ = port_template(
        "{% if messages %}{% for message in messages %}<li class='{{ message.tags }}'>"
        "{{ message }}{% endfor %}{% endif %}"
    )
    flashed = "get_flashed_messages(with_categories=true)"
    assert text == (
        f"{{% if {flashed} %}}{{% for category, message in {flashed} %}}"
        "<li class='{{ category }}'>{{ message }}{% endfor %}{% endif %}"
    )


def test_the_macro_for_forms_is_imported_behind_extends():
    text, _ = port_template('{% extends "base.html" %}\n{{ form.as_p }}')
    assert text.splitlines()[1].startswith('{% from "cbv/forms.html" import')
    text, _ = port_template("<p>{{ form.as_p }}")
    assert re.match(r'{% from "cbv/forms.html" .* -%}\n<p>', text)


def test_the_words_of_translations_stay():
    text, notes = port_template(
        '{% trans "a & b" %}{% blocktranslate count n=rows|length trimmed %}One {{ n }}'
        "{% plural %}{{ n }} of {{ user.name }}{% endblocktranslate %}"
    )
    assert not notes
    app = Flask("ported")
    shipped.init_app(app)
    with app.test_request_context():
        rendered = app.jinja_env.from_string(text).render(
            rows=[1, 2], current_user=SimpleNamespace(name="ann")
        )
    assert rendered == "a & b2 of ann"


def test_an_own_tag_is_called_as_a_function():
    known = Knowledge(tags={"latest"})
    text, _ = port_template("{% latest 3 kind='x' as posts %}{% latest %}", known)
    assert text == "{% set posts = latest(3, kind='x') %}{{ latest() }}"


def test_what_a_library_registers_is_at_hand_in_jinja():
    register = shipped.Library()

    @register.filter
    def shout(text):
        return f"{text.upper()}!"

    @register.simple_tag(takes_context=True)
    def greeting(context, mark="."):
        return f"Hello {context['name']}{mark}"

    register.filter("quiet", str.lower)
    app = Flask("ported")
    shipped.init_app(app, register)
    with app.app_context():
        text = app.jinja_env.from_string(
            "{{ 'a'|shout }}{{ greeting('?') }}{{ 'B'|quiet }}"
        )
        assert text.render(name="ann") == "A!Hello ann?b"
