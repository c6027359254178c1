"""Turn Django's settings into a configuration of Flask's.

Settings of Flask and cbv get their names here, what Django alone reads goes, and a
project's own settings stay as they are.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import libcst as cst
from libcst import matchers as m

from . import modules
from .code import port_code
from .notes import Note
from .project import Project

#: By Django's name: the name in ``app.config``.
NAMES = {
    "ALLOWED_HOSTS": "TRUSTED_HOSTS",
    "CSRF_COOKIE_AGE": "WTF_CSRF_TIME_LIMIT",
    "DATA_UPLOAD_MAX_MEMORY_SIZE": "MAX_CONTENT_LENGTH",
    "DEFAULT_FROM_EMAIL": "MAIL_DEFAULT_SENDER",
    "EMAIL_HOST": "MAIL_SERVER",
    "EMAIL_HOST_PASSWORD": "MAIL_PASSWORD",
    "EMAIL_HOST_USER": "MAIL_USERNAME",
    "EMAIL_PORT": "MAIL_PORT",
    "EMAIL_USE_SSL": "MAIL_USE_SSL",
    "EMAIL_USE_TLS": "MAIL_USE_TLS",
    "LOGIN_REDIRECT_URL": "CBV_LOGIN_REDIRECT_URL",
    "LOGIN_URL": "CBV_LOGIN_URL",
    "LOGOUT_REDIRECT_URL": "CBV_LOGOUT_REDIRECT_URL",
    "PASSWORD_RESET_TIMEOUT": "CBV_PASSWORD_RESET_TIMEOUT",
    "SESSION_COOKIE_AGE": "PERMANENT_SESSION_LIFETIME",
    "TIME_ZONE": "CBV_TIMEZONE",
}
_DEFAULTS = {
    "LOGIN_URL": "/accounts/login/",
    "LOGIN_REDIRECT_URL": "/accounts/profile/",
}
#: What Django alone reads, or what is said elsewhere.
DROPPED = {
    "ASGI_APPLICATION",
    "AUTH_PASSWORD_VALIDATORS",
    "AUTH_USER_MODEL",
    "DEFAULT_AUTO_FIELD",
    "INSTALLED_APPS",
    "LANGUAGE_CODE",
    "MESSAGE_STORAGE",
    "MIDDLEWARE",
    "PASSWORD_HASHERS",
    "ROOT_URLCONF",
    "STATICFILES_DIRS",
    "STATIC_ROOT",
    "TEMPLATES",
    "USE_I18N",
    "USE_L10N",
    "USE_TZ",
    "WSGI_APPLICATION",
}
#: What Django reads and nobody reads here: such a line stays, with a comment.
_UNREAD = {
    "AUTHENTICATION_BACKENDS",
    "CACHES",
    "CSRF_TRUSTED_ORIGINS",
    "EMAIL_BACKEND",
    "LOGGING",
    "MEDIA_ROOT",
    "MEDIA_URL",
    "SESSION_ENGINE",
    "STORAGES",
    "X_FRAME_OPTIONS",
}
_DRIVERS = {
    "django.db.backends.mysql": "mysql+pymysql",
    "django.db.backends.postgresql": "postgresql+psycopg",
    "django.db.backends.postgresql_psycopg2": "postgresql+psycopg",
}
_PARTS = {
    "USER": "username",
    "PASSWORD": "password",
    "HOST": "host",
    "PORT": "port",
    "NAME": "database",
}


def port_settings(project: Project, path: Path) -> tuple[str, list[Note]]:
    """Return ``config.py`` for a file of settings, and what is left to do by hand."""
    text, notes = port_code(project.texts[path].text, path, project)
    unread = list(_unread(project))
    said = {name: str(note) for name, note in unread}
    module, body = cst.parse_module(text), []
    for statement in module.body:
        made = _statement(module, statement, said)
        lost = _lost(statement) if made == [statement] else ""
        if lost:
            notes.append(_gone(project.texts[path].text, module, statement, lost))
            made = [_commented(statement, str(notes[-1]))]
        body += made
    notes += [note for _, note in unread]
    code = module.with_changes(body=[*body, *_defaults(project)]).code
    return code, [*notes, *_apps(project)]


def _defaults(project: Project) -> list[cst.BaseStatement]:
    """Return what Django says where the settings are silent, and cbv does not."""
    lines = [
        f'{NAMES[name]} = "{said}"'
        for name, said in _DEFAULTS.items()
        if name not in project.values
    ]
    return [cst.parse_statement(line) for line in lines]


def _unread(project: Project) -> Iterator[tuple[str, Note]]:
    """Yield each setting that has no effect any more, with its note."""
    for name, node in project.values.items():
        if name in _UNREAD or name.startswith("SECURE_"):
            text = (
                f"nothing reads {name}; flask cbv check --deploy says what is missing"
            )
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            yield name, Note(node.lineno, text, "extension.md", lines)


def _statement(
    module: cst.Module, node: cst.CSTNode, unread: dict[str, str]
) -> list[cst.CSTNode]:
    """Return what one statement of the settings becomes: itself, another or nothing."""
    name = _name(node)
    if name in DROPPED or (name == "ALLOWED_HOSTS" and _is_open(module, node)):
        return []
    if name == "DATABASES":
        return _database(module, node)
    if name in unread:
        return [_commented(node, unread[name])]
    return [_renamed(node, name)] if name in NAMES else [node]


def _commented(node: Any, text: str) -> cst.CSTNode:
    comment = cst.EmptyLine(comment=cst.Comment(f"# {text}"))
    commented: cst.CSTNode = node.with_changes(
        leading_lines=[*node.leading_lines, comment]
    )
    return commented


def _lost(node: cst.CSTNode) -> str:
    """Return a setting that a statement uses, and that has gone or has another name."""
    gone = {*DROPPED, *NAMES, "DATABASES"}
    names = {n.value for n in m.findall(node, m.Name()) if isinstance(n, cst.Name)}
    return min(names & gone, default="")


def _gone(text: str, module: cst.Module, node: Any, name: str) -> Note:
    bare = node.with_changes(leading_lines=[])
    lines = module.code_for_node(bare).strip().splitlines()
    before = text.splitlines()
    line = before.index(lines[0]) + 1 if lines[0] in before else 1
    said = f"{name} is said otherwise here"
    return Note(line, said, "porting.md", len(lines))


def _renamed(node: cst.CSTNode, name: str) -> cst.CSTNode:
    line = cst.ensure_type(node, cst.SimpleStatementLine)
    first = line.body[0]
    if not isinstance(first, cst.Assign):
        return node
    target = first.targets[0].with_changes(target=cst.Name(NAMES[name]))
    changed = first.with_changes(targets=[target])
    if name.endswith("_URL") and isinstance(first.value, cst.SimpleString):
        said = first.value.value
        said = said if "/" in said else said.replace(":", ".")
        changed = changed.with_changes(value=cst.SimpleString(said))
    return line.with_changes(body=[changed])


def _is_open(module: cst.Module, node: cst.CSTNode) -> bool:
    """Tell whether every host is let in, which Flask says by no setting at all."""
    [found] = ast.parse(module.code_for_node(node).strip()).body
    said = modules.literal(getattr(found, "value", None))
    return said == [] or (isinstance(said, list) and "*" in said)


def _name(node: cst.CSTNode) -> str:
    if not isinstance(node, cst.SimpleStatementLine):
        return ""
    first = node.body[0] if node.body else None
    if isinstance(first, cst.Assign) and isinstance(first.targets[0].target, cst.Name):
        return first.targets[0].target.value
    if isinstance(first, cst.AugAssign) and isinstance(first.target, cst.Name):
        return first.target.value
    return ""


def _database(module: cst.Module, node: cst.CSTNode) -> list[cst.CSTNode]:
    """Return ``DATABASE_URL`` for ``DATABASES``; what is no mapping stays."""
    [found] = ast.parse(module.code_for_node(node).strip()).body
    value = getattr(found, "value", None)
    default = _entries(_entries(value).get("default"))
    engine = modules.literal(default.get("ENGINE"))
    if engine == "django.db.backends.sqlite3" and "NAME" in default:
        lines = _sqlite(default["NAME"])
    elif engine in _DRIVERS:
        lines = _server(_DRIVERS[str(engine)], default)
    else:
        return [node]
    made = cst.parse_module("\n".join(lines)).body
    leading = cst.ensure_type(node, cst.SimpleStatementLine).leading_lines
    return [made[0].with_changes(leading_lines=leading), *made[1:]]


def _sqlite(name: ast.expr) -> list[str]:
    said = modules.literal(name)
    if isinstance(said, str):
        return [f'DATABASE_URL = "sqlite:///{"" if said == ":memory:" else said}"']
    return [f'DATABASE_URL = f"sqlite:///{{{ast.unparse(name)}}}"'.replace("'", "'")]


def _server(driver: str, default: dict[str, ast.expr]) -> list[str]:
    given = {
        name: ast.unparse(default[key])
        for key, name in _PARTS.items()
        if key in default and modules.literal(default[key]) != ""
    }
    if "port" in given:
        given["port"] = f"int({given['port']})"
    said = ", ".join([f'"{driver}"', *(f"{key}={code}" for key, code in given.items())])
    return ["from sqlalchemy import URL", f"DATABASE_URL = URL.create({said})"]


def _entries(node: object) -> dict[str, ast.expr]:
    if not isinstance(node, ast.Dict):
        return {}
    pairs = zip(node.keys, node.values, strict=True)
    return {str(modules.literal(key)): value for key, value in pairs if key is not None}


def _apps(project: Project) -> Iterator[Note]:
    """Yield a note for each app and middleware that comes from elsewhere."""
    for setting in ("INSTALLED_APPS", "MIDDLEWARE"):
        for node in getattr(project.values.get(setting), "elts", ()):
            name = str(modules.literal(node))
            own = modules.find(project.files, name.split(".apps.")[0]) is not None
            own = own or any(n.startswith(f"{name}.") for n in project.files)
            if name.startswith("django.") or (own and setting == "INSTALLED_APPS"):
                continue
            kind = "app" if setting == "INSTALLED_APPS" else "middleware"
            text = f"the {kind} {name} has no counterpart"
            yield Note(node.lineno, text, "coming-from-django.md")
