"""How an application's templates take precedence over the account templates of cbv.

In Django the order of ``INSTALLED_APPS`` decides which of the two is found first.
"""

from __future__ import annotations


def own_or_shipped(name: str) -> list[str]:
    """Return the template names to try: the application's, then the one of cbv.

    :param name: the name of a template. Only for one under ``registration/`` cbv has a
        template of its own, ``cbv/registration/…``.

    Since 0.1.
    """
    return [name, f"cbv/{name}"] if name.startswith("registration/") else [name]
