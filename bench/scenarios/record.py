"""Records at a steady rate for minutes: no detail may be dropped. The gateway has one worker and both cores, so that
one core is free but for what the load takes of it."""

import machine
import report


def run(bench) -> dict:
    served = bench.installed().serve("Keyward", cores=f"{machine.PROXY_CORE},{machine.LOAD_CORE}")
    bench.keep(served.contender)
    with bench.load.upstream_alone():
        served.verify(bench.tokens[0])
    before = served.settled_stats()
    figures = bench.load.run("open", served.contender, rate=bench.options.record_rate,
                             seconds=bench.options.record_seconds)
    after = served.settled_stats()
    return {"rate": bench.options.record_rate, "load": figures,
            "calls": {name: after[name] - before[name] for name in ("recorded", "written", "dropped")}}


def show(figures: dict, bench) -> str:
    load, calls = figures["load"], figures["calls"]
    return report.table(["figure", "value"], [
        ["asked", f"{figures['rate']:,} calls a second for {load['seconds']:.0f} s"],
        ["answered", f"{load['requests_per_second']:,.0f} a second, {load['errors']:,} errors"],
        ["recorded", f"{calls['recorded']:,}"],
        ["written", f"{calls['written']:,}"],
        ["details dropped", f"{calls['dropped']:,}"],
        ["CPU of the gateway and its writer", f"{load['watched_cpu_seconds'] / max(1, load['requests']) * 1e6:.1f} µs a call"],
    ])
