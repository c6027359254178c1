"""Django's TestCases, and the classes that pytest runs in their place."""

from __future__ import annotations

import pytest

from cbv.port.code import port_code
from cbv.port.project import read_project


@pytest.fixture
def port(tmp_path):
    """Return a function that ports the body of a test."""

    def ported(line):
        path = tmp_path / "tests.py"
        source = (
            "from django.contrib.auth.models import User\n"
            "from django.test import TestCase\n\n\nclass PageTests(TestCase):\n"
            f"    def test_a(self):\n        response = 1\n        {line}\n"
        )
        path.write_text(source)
        text, notes = port_code(source, path, read_project(tmp_path))
        return text, notes

    return ported


@pytest.mark.parametrize(
    ("django", "pytest_"),
    [
        ("self.assertEqual(a, b, 'why')", "assert a == b, 'why'"),
        ("self.assertTrue(a)", "assert a"),
        ("self.assertIsInstance(a, int)", "assert isinstance(a, int)"),
        (
            "self.assertContains(response, 'a', status_code=404)",
            "assert 'a' in response.text\n        assert response.status_code == 404",
        ),
        ("self.assertNotContains(response, 'a')", "assert 'a' not in response.text"),
        ("self.assertRedirects(response, '/a/')", "assert_redirects(response, '/a/')"),
        (
            "self.assertTemplateUsed(response, 'a.html')",
            "assert_template_used(response, 'a.html')",
        ),
        ("with self.assertNumQueries(2):\n            a()", "with count_queries(2):"),
        (
            "with self.assertRaises(ValueError):\n            a()",
            "with pytest.raises(ValueError):",
        ),
        (
            "self.client.get('/', {'a': 1}, follow=True)",
            "self.client.get('/', query_string={'a': 1}, follow_redirects=True)",
        ),
        ("self.client.post('/', {'a': 1})", "self.client.post('/', data={'a': 1})"),
        ("self.client.force_login(user)", "self.client.force_login(user)"),
        ("response.content", "response.data"),
        ("response.url", "response.location"),
        ("User.objects.create_user('ann')", "create_user('ann')"),
    ],
)
def test_a_statement_of_a_test(port, django, pytest_):
    text, notes = port(django)
    assert pytest_ in text
    assert "class TestPageTests:" in text
    assert not notes
    compile(text, "test.py", "exec")


@pytest.mark.parametrize(
    "line",
    [
        "self.assertFormError(form, 'a', 'b')",
        "self.assertEqual(a)",
        "self.assertContains(response, 'a', count=2)",
    ],
)
def test_another_assert_is_left_with_a_comment(port, line):
    text, [note] = port(line)
    assert "is no assert of cbv.testing" in note.text
    assert f"# {note}"[:60] in text
    assert line in text


def test_what_prepares_tests_does_so_before_each(port):
    text, _ = port("pass\n\n    def setUp(self):\n        self.a = 1")
    assert "    def setup_method(self):\n        self.a = 1\n" in text
