"""Make, for each URL rule, the URLs that somebody would try who means no good.

``cbv.testing.crawl`` sends requests to them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from werkzeug.routing import Rule

#: A variable of a URL rule, whose converter may have quoted arguments.
_VARIABLE = re.compile(r"""<(?:[^<>"']|"[^"]*"|'[^']*')*>""")
#: Values of a variable, percent-encoded.
VALUES = (
    "0",
    "-1",
    "9" * 10,  # beyond the integers of a database
    "9" * 20,
    "9" * 400,  # beyond the numbers of a float
    "1.5",
    "1e999",
    "nan",
    "%D9%A3",  # a digit for str.isdigit() and for int(), but not for ASCII
    "%C2%B2",  # a digit for str.isdigit(), but not for int()
    "%00",
    "a%00b",
    "%FF",  # no UTF-8
    "%ED%A0%80",  # half of a surrogate pair
    "%F0%9F%92%A9",
    "%0D%0ASet-Cookie:%20a=b",
    "%27%20OR%20%271%27=%271",
    "%22%3E%3Cscript%3E",
    "%7B%7B7*7%7D%7D",
    "%25s%25n",
    "..%2F..%2Fetc%2Fpasswd",
    "%5C%5Chost%5Cshare",
    "%20",
    "None",
    "0000-00-00",
    "a" * 5000,
)
#: What a query is tried with, because each URL without a variable has all of these.
QUERIES = tuple(
    f"{name}={value}"
    for name in ("page", "after", "before", "q", "ordering", "next")
    for value in ("9" * 20, "%C2%B2", "%00", "%FF")
)


def hostile_urls(rule: Rule) -> Iterator[str]:
    """Yield the hostile URLs for a rule.

    Each variable takes each value, alone and together with the other variables. A rule
    without a variable is tried with hostile parameters in its query.
    """
    fixed = _VARIABLE.split(rule.rule)
    count = len(fixed) - 1
    if not count:
        yield rule.rule
        yield from (f"{rule.rule}?{query}" for query in QUERIES)
        return
    for value in VALUES:
        yield _joined(fixed, [value] * count)
        for hostile in range(count) if count > 1 else ():
            yield _joined(fixed, [value if n == hostile else "1" for n in range(count)])


def _joined(fixed: list[str], values: list[str]) -> str:
    ends = [*values, ""]
    return "".join(part + end for part, end in zip(fixed, ends, strict=True))
