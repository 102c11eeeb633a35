"""CPU per request with very many tokens, against itself with 10,000. Both sets are imported: a million tokens of
Keyward's own cannot be issued in reasonable time, and imported keys are found by one look-up more."""

import report
from rounds import rotated

FEW = 10_000


def run(bench) -> dict:
    served, files = {}, {}
    for count in (FEW, bench.options.many):
        name = f"Keyward, {count:,} tokens"
        installation, files[name] = bench.imported(count)
        served[name] = installation.serve(name)
        bench.keep(served[name].contender)
        with bench.load.upstream_alone():
            served[name].verify(files[name].open().readline().strip())
    return rotated(bench.options.rounds, list(served), lambda name: bench.load.faultless(
        "closed", served[name].contender, tokens=files[name], warm_seconds=bench.options.many / 100_000 + 1))


def show(figures: dict, bench) -> str:
    return report.cpu_table(figures, f"Keyward, {FEW:,} tokens")
