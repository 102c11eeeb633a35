"""Latency in the open loop: at 80 % of nginx's peak against nginx with the key map, and at 1,000 requests a second
against no proxy at all. Counted from when a request was due."""

from statistics import median

import nginx
import report
from rounds import rotated

MAP, PLAIN, DIRECT = "nginx, key map, limit, log", "nginx, plain proxy", "direct"
AWAKE = "Keyward, everything on, busy_poll"
# Longer than the calls are apart.
BUSY_POLL = {"KEYWARD_GATEWAY_BUSY_POLL_MICROSECONDS": "5000"}
QUIET_RATE = 1000
QUIET_CONNECTIONS = 16


def run(bench) -> dict:
    plain = nginx.plain(bench.folder, bench.upstream)
    mapped = nginx.key_map(bench.folder, bench.upstream, bench.tokens)
    bench.keep(plain, mapped)
    bench.verify(plain, mapped)
    by_name = {contender.name: contender for contender in [plain, mapped, *bench.keyward_contenders()]}
    peaks = [bench.load.faultless("closed", plain)["requests_per_second"] for _ in range(3)]
    rate = int(median(peaks) * 0.8)
    busy = rotated(bench.options.rounds, list(by_name), lambda name: bench.load.run(
        "open", by_name[name], "--spin", rate=rate))
    quiet = rotated(bench.options.rounds, [DIRECT, *by_name], lambda name: bench.load.run(
        "open", by_name.get(name), "--spin", rate=QUIET_RATE, connections=QUIET_CONNECTIONS))
    # The same installation, which belongs to one process at a time.
    bench.end()
    awake = {contender.name: contender for contender in bench.keyward_contenders(lambda: BUSY_POLL, AWAKE)}
    awake = rotated(bench.options.rounds, [DIRECT, *awake], lambda name: bench.load.run(
        "open", awake.get(name), "--spin", rate=QUIET_RATE, connections=QUIET_CONNECTIONS))
    return {"peaks": peaks, "rate": rate, "busy": busy, "quiet": quiet, "awake": awake}


def show(figures: dict, bench) -> str:
    busy, quiet = figures["busy"], figures["quiet"]
    p99 = lambda rounds: report.column(rounds, "latency_micros", "p99")
    errors = lambda rounds: f"{sum(report.column(rounds, 'errors')):,.0f}"
    rows = [[name, errors(rounds), *(report.spread(report.column(rounds, "latency_micros", at))
                                     for at in ("p50", "p99", "p999")),
             report.ratio(p99(rounds), p99(busy[MAP]))] for name, rounds in busy.items()]
    loud = report.table(["contender", "errors", "p50 µs", "p99 µs", "p99.9 µs", f"p99 × {MAP}"], rows)
    rows = [[name, errors(rounds), *(report.spread(report.column(rounds, "latency_micros", at))
                                     for at in ("p50", "p99")),
             report.difference(p99(rounds), p99(beside[DIRECT]))]
            for beside in (quiet, figures["awake"]) for name, rounds in beside.items()]
    low = report.table(["contender", "errors", "p50 µs", "p99 µs", "p99 µs over direct"], rows)
    return (f"At {figures['rate']:,} requests a second, 80 % of nginx's peak as a plain proxy:\n\n{loud}\n\n"
            f"At {QUIET_RATE:,} requests a second:\n\n{low}")
