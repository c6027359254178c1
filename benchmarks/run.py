"""Compare cbv with function views written by hand: ratios, never absolute times.

``python benchmarks/run.py [--rows 100000] [--rounds 25] [S3 S6 …]`` drives both
contenders by turns, each in a process of its own, on one database. First it checks that
their answers say the same; then it prints the median of the ratios of processor time
beside the guard and the goal.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from typing import NamedTuple

from contender import Remote
from contender import Request

VALID = (("title", "New"), ("pages", "3"), ("publisher_id", "7"))
INVALID = (("title", ""), ("pages", "x"), ("publisher_id", "7"))


class Scenario(NamedTuple):
    """A request, and how its ratio should be."""

    request: Request
    guard: float
    goal: float


SCENARIOS = {
    "S1": Scenario(Request("/hello"), 1.10, 1.03),
    "S2": Scenario(Request("/template"), 1.05, 0.85),
    "S3": Scenario(Request("/books"), 1.00, 0.68),
    "S3s": Scenario(Request("/scoped/books"), 1.00, 0.68),
    "S4": Scenario(Request("/books?page={page}"), 0.20, 0.05),
    "S5": Scenario(Request("/keyset?after={token}"), 0.90, 0.75),
    "S6": Scenario(Request("/book/4711"), 1.00, 0.75),
    "S6s": Scenario(Request("/scoped/book/4711"), 1.00, 0.75),
    "S7": Scenario(Request("/slug/book-4711"), 1.00, 0.75),
    "S8": Scenario(Request("/new"), 0.90, 0.60),
    "S9": Scenario(Request("/new", INVALID), 0.90, 0.68),
    "S10": Scenario(Request("/new", VALID), 1.00, 0.84),
    "S11": Scenario(Request("/mine"), 1.05, 0.97),
    "S12": Scenario(Request("/year/1995"), 0.75, 0.42),
    "S13": Scenario(Request("/redirect/5"), 1.10, 1.03),
}


def differences(one: list[object], other: list[object]) -> list[str]:
    """Return where two answers do not say the same."""
    if len(one) != len(other):
        return [f"{len(one)} things said, not {len(other)}"]
    pairs = zip(one, other, strict=True)
    return [f"{mine!r}, not {theirs!r}" for mine, theirs in pairs if mine != theirs]


def ratio(ours: Remote, theirs: Remote, request: Request, rounds: int) -> float:
    """Return the median, over the rounds, of our time to theirs.

    A round is five short batches of each, by turns: what else runs on the machine meets
    both alike.
    """
    for contender in (ours, theirs):
        contender.time(request, 20)
    times = max(2, int(0.01 / (theirs.time(request, 20) / 20)))
    found = []
    for _ in range(rounds):
        ours.collect(), theirs.collect()
        batches = [
            (ours.time(request, times), theirs.time(request, times)) for _ in range(5)
        ]
        mine, other = map(sum, zip(*batches, strict=True))
        found.append(mine / other)
    return statistics.median(found)


def measure(name: str, ours: Remote, theirs: Remote, rounds: int) -> bool:
    """Print the line of a scenario; tell whether it keeps its guard."""
    request, guard, goal = SCENARIOS[name]
    (says, statements), (should_say, _) = ours.answer(request), theirs.answer(request)
    if wrong := differences(says, should_say):
        print(f"{name:8}  says something else: {'; '.join(wrong[:3])}")
        return False
    got = ratio(ours, theirs, request, rounds)
    mark = "" if got <= guard else "  above its guard"
    line = f"{name:8}  {statements:10}  {got:11.2f}  {guard:5.2f}  {goal:4.2f}{mark}"
    print(line, flush=True)
    return not mark


def main() -> None:
    """Measure the scenarios that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(SCENARIOS))
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=25)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{folder}/shop.db"
        theirs = Remote("by_hand", database, options.rows)
        theirs.collect()  # when this is answered, the rows are there
        pair = [Remote("by_class", database), theirs]
        print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        print("scenario  statements  cbv/by hand  guard  goal")
        kept = [measure(name, *pair, options.rounds) for name in options.names]
        print(f"load {os.getloadavg()[0]:.1f}; {kept.count(True)} of {len(kept)} kept")
        for contender in pair:
            contender.stop()


if __name__ == "__main__":
    main()
