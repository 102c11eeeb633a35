"""Figures as tables for docs/benchmarks.md. Ratios are taken round by round, so that what slows a round slows both."""

from statistics import median


def spread(values: list[float], digits: int = 1) -> str:
    """Median, and from least to most."""
    return f"{median(values):,.{digits}f} ({min(values):,.{digits}f} to {max(values):,.{digits}f})"


def ratio(values: list[float], base: list[float]) -> str:
    """How many times the base, round by round."""
    return spread([value / other for value, other in zip(values, base)], 2)


def difference(values: list[float], base: list[float]) -> str:
    """How much more than the base, round by round."""
    return spread([value - other for value, other in zip(values, base)])


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cpu_micros(figures: list[dict]) -> list[float]:
    """CPU microseconds of the proxy for each request, in each round."""
    return [round_["watched_cpu_seconds"] / round_["requests"] * 1e6 for round_ in figures]


def column(figures: list[dict], *names: str) -> list[float]:
    """One figure of each round."""
    values = []
    for round_ in figures:
        for name in names:
            round_ = round_[name]
        values.append(float(round_))
    return values


def shares(figures: list[dict], name: str) -> list[float]:
    """A CPU time of each round as hundredths of a core."""
    return [round_[name] / round_["seconds"] * 100 for round_ in figures]


def cpu_table(rounds: dict[str, list[dict]], base: str, what: str = "request") -> str:
    """CPU of each contender beside that of the base."""
    head = ["contender", f"CPU µs per {what}", f"× {base}", f"{what}s/s", "% of its core", "load, % of its core"]
    rows = []
    for name, figures in rounds.items():
        used = cpu_micros(figures)
        rows.append([name, spread(used), ratio(used, cpu_micros(rounds[base])),
                     f"{median(column(figures, 'requests_per_second')):,.0f}",
                     f"{median(shares(figures, 'watched_cpu_seconds')):.0f}",
                     f"{median(shares(figures, 'own_cpu_seconds')):.0f}"])
    return table(head, rows)
