"""Turn Django's ``TestCase`` classes into classes of pytest: asserts are statements.

Django: ``django.test.TestCase``. The client comes from the ``conftest.py`` of a port.
"""

from __future__ import annotations

import libcst as cst

from .code_context import arguments
from .code_context import call
from .code_context import Here
from .notes import Untranslatable

PAGE = "testing.md"
#: By Django's name: the statement, with the arguments ``{0}``, ``{1}``.
_ASSERTS = {
    "assertContains": "assert {1} in {0}.text",
    "assertDictEqual": "assert {0} == {1}",
    "assertEqual": "assert {0} == {1}",
    "assertFalse": "assert not {0}",
    "assertGreater": "assert {0} > {1}",
    "assertGreaterEqual": "assert {0} >= {1}",
    "assertIn": "assert {0} in {1}",
    "assertIs": "assert {0} is {1}",
    "assertIsInstance": "assert isinstance({0}, {1})",
    "assertIsNone": "assert {0} is None",
    "assertIsNot": "assert {0} is not {1}",
    "assertIsNotNone": "assert {0} is not None",
    "assertLess": "assert {0} < {1}",
    "assertLessEqual": "assert {0} <= {1}",
    "assertListEqual": "assert {0} == {1}",
    "assertNotContains": "assert {1} not in {0}.text",
    "assertNotEqual": "assert {0} != {1}",
    "assertNotIn": "assert {0} not in {1}",
    "assertQuerySetEqual": "assert list({0}) == list({1})",
    "assertQuerysetEqual": "assert list({0}) == list({1})",
    "assertRedirects": "assert_redirects({0}, {1})",
    "assertTemplateUsed": "assert_template_used({0}, {1})",
    "assertTrue": "assert {0}",
}
_BLOCKS = {
    "assertNumQueries": ("cbv.testing", "count_queries"),
    "assertRaises": ("pytest", "raises"),
}
_VERBS = {"get": "query_string", "post": "data", "put": "data", "patch": "data"}
#: What a response is asked for, and its name in Flask.
RESPONSE = {"content": "data", "url": "location"}


def name_of(node: cst.BaseExpression) -> str:
    """Return the name of the method of ``self`` that is called, or nothing."""
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute):
        return ""
    owner = node.func.value
    is_own = isinstance(owner, cst.Name) and owner.value == "self"
    return node.func.attr.value if is_own else ""


def asserted(here: Here, node: cst.BaseExpression) -> str:
    """Return the statement for an assertion; nothing for another call.

    :raises Untranslatable: for an assertion without a counterpart.
    """
    name = name_of(node)
    if not name.startswith("assert"):
        return ""
    positional, named = arguments(here, cst.ensure_type(node, cst.Call))
    pattern = _ASSERTS.get(name)
    status = named.pop("status_code", "")
    named = {k: v for k, v in named.items() if k not in ("msg", "ordered", "html")}
    if pattern is None or named or ("{1}" in pattern and len(positional) < 2):
        raise Untranslatable(f"{name} is no assert of cbv.testing", PAGE)
    if name.startswith("assertRedirects"):
        here.need("cbv.testing", "assert_redirects")
    if name == "assertTemplateUsed":
        here.need("cbv.testing", "assert_template_used")
    for number, code in enumerate(positional[:2]):
        said = f"({code})" if "\n" in code else code
        pattern = pattern.replace(f"{{{number}}}", said)
    message = f", {positional[2]}" if positional[2:] and "(" not in pattern else ""
    extra = f"\nassert {positional[0]}.status_code == {status}" if status else ""
    return f"{pattern}{message}{extra}"


def block(here: Here, node: cst.Call) -> str:
    """Return what ``with self.assertRaises(…)`` enters; nothing for another call."""
    found = _BLOCKS.get(name_of(node))
    if found is None:
        return ""
    positional, named = arguments(here, node)
    if found[0] == "pytest":
        here.imports.setdefault("pytest", "pytest")
        here.need("", "pytest")
        return call("pytest.raises", positional, named)
    return call(here.need(*found), positional, named)


def asked(here: Here, node: cst.Call) -> cst.Call | None:
    """Return ``client.post(url, data)`` with Flask's names; None for another call."""
    function = node.func
    if not isinstance(function, cst.Attribute):
        return None
    word = _VERBS.get(function.attr.value)
    if word is None or not here.code(function.value).endswith("client"):
        return None
    args = []
    for number, argument in enumerate(node.args):
        key = argument.keyword.value if argument.keyword else ""
        name = {"follow": "follow_redirects"}.get(key, key)
        name = word if number == 1 and not key else name
        args.append(_named(argument, name) if name != key else argument)
    return node.with_changes(args=args)


def _named(argument: cst.Arg, name: str) -> cst.Arg:
    tight = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    return argument.with_changes(keyword=cst.Name(name), equal=tight)


#: Methods that prepare a test, by Django's name.
PREPARING = {"setUp": "setup_method", "setUpTestData": "setup_method"}
