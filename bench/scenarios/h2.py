"""HTTP/2 in front, by prior knowledge: several streams on each connection; HTTP/1.1 behind."""

import sys

import nginx
import report
from loading import LoadFailed
from rounds import rotated

PLAIN = "nginx, plain proxy, HTTP/2"
CONNECTIONS, STREAMS = 8, 8


def run(bench) -> dict:
    plain = nginx.plain(bench.folder, bench.upstream, "http2", PLAIN)
    bench.keep(plain)
    measure = lambda contender, **different: bench.load.faultless(
        "h2", contender, connections=CONNECTIONS, streams=STREAMS, **different)
    by_name = {PLAIN: plain}
    for contender in bench.keyward_contenders(name="Keyward, HTTP/2"):
        try:
            measure(contender, seconds=0.5, warm_seconds=0.5)
            by_name[contender.name] = contender
        except LoadFailed as error:
            print(f"h2: not yet: Keyward does not speak HTTP/2 by prior knowledge ({error})", file=sys.stderr)
    return rotated(bench.options.rounds, list(by_name), lambda name: measure(by_name[name]))


def show(figures: dict, bench) -> str:
    return f"{CONNECTIONS} connections, {STREAMS} streams at a time on each:\n\n{report.cpu_table(figures, PLAIN)}"
