"""CPU per request with very many tokens, against itself with 10,000: once with 10,000 of them in use, and once with all
of them in turn, where nearly every call is the first of its token for long. Both sets are imported: a million tokens of
Keyward's own cannot be issued in reasonable time, and imported keys are found by one look-up more."""

import report
from rounds import rotated

FEW = 10_000


def run(bench) -> dict:
    contenders, files = {}, {}
    for count in (FEW, bench.options.many):
        installation, every = bench.imported(count)
        uses = {f"Keyward, {count:,} tokens": every}
        if count > FEW:
            some = bench.folder / f"some-of-{count}"
            some.write_text("".join(line for line, _ in zip(every.open(), range(FEW))))
            uses = {f"Keyward, {count:,} tokens, {FEW:,} in use": some, f"Keyward, {count:,} tokens in turn": every}
        served = installation.serve(f"Keyward, {count:,} tokens")
        bench.keep(served.contender)
        with bench.load.upstream_alone():
            served.verify(every.open().readline().strip())
        for name, file in uses.items():
            contenders[name], files[name] = served.contender, file
    return rotated(bench.options.rounds, list(contenders), lambda name: bench.load.faultless(
        "closed", contenders[name], tokens=files[name],
        warm_seconds=bench.options.many / 100_000 + 1 if name.endswith("in turn") else bench.options.warm_seconds))


def show(figures: dict, bench) -> str:
    return report.cpu_table(figures, f"Keyward, {FEW:,} tokens")
