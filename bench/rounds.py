"""Rounds in rotated order."""

import sys
from collections.abc import Callable


def rotated(count: int, names: list[str], measure: Callable[[str], dict]) -> dict[str, list[dict]]:
    """Measures each by its name in each round, every round beginning with another."""
    figures: dict[str, list[dict]] = {name: [] for name in names}
    for turn in range(count):
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            figures[name].append(measure(name))
        print(f"  round {turn + 1} of {count}", file=sys.stderr, flush=True)
    return figures
