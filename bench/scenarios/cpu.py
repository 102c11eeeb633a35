"""CPU per request: nginx three ways, HAProxy, and Keyward with everything on, as busy as they can be."""

import haproxy
import nginx
import report
from rounds import rotated

PLAIN = "nginx, plain proxy"


def run(bench) -> dict:
    contenders = [nginx.plain(bench.folder, bench.upstream), nginx.key_map(bench.folder, bench.upstream, bench.tokens),
                  nginx.lua(bench.folder, bench.upstream, bench.tokens),
                  haproxy.key_map(bench.folder, bench.upstream, bench.tokens)]
    bench.keep(*contenders)
    bench.verify(*contenders)
    contenders += bench.keyward_contenders()
    by_name = {contender.name: contender for contender in contenders}
    return rotated(bench.options.rounds, list(by_name), lambda name: bench.load.faultless("closed", by_name[name]))


def show(figures: dict, bench) -> str:
    keyward = figures.get("Keyward, everything on")
    lines = [report.cpu_table(figures, PLAIN)]
    for name in list(figures)[1:] if keyward else []:
        if name != "Keyward, everything on":
            ratio = report.ratio(report.cpu_micros(keyward), report.cpu_micros(figures[name]))
            lines.append(f"\nKeyward against {name}: {ratio}")
    return "\n".join(lines)
