"""TLS: new connections, full and resumed, each with one request; and requests on connections that stay."""

import keyward
import nginx
import report
from rounds import rotated

PLAIN = "nginx, plain proxy, TLS"
MODES = {
    "full": ("handshakes", []),
    "resumed": ("handshakes", ["--resume"]),
    "kept": ("closed", []),
}


def run(bench) -> dict:
    plain = nginx.plain(bench.folder, bench.upstream, "ssl", PLAIN)
    bench.keep(plain)
    bench.verify(plain)
    contenders = [plain, *bench.keyward_contenders(lambda: keyward.with_tls(bench.folder), "Keyward, TLS")]
    by_name = {contender.name: contender for contender in contenders}
    figures = {}
    for kind, (mode, flags) in MODES.items():
        figures[kind] = rotated(bench.options.rounds, list(by_name), lambda name: bench.load.faultless(
            mode, by_name[name], *flags))
    return figures


def show(figures: dict, bench) -> str:
    parts = []
    for kind, title in (("full", "New connections, full handshakes"), ("resumed", "New connections, resumed"),
                        ("kept", "Requests on connections that stay")):
        what = "request" if kind == "kept" else "connection"
        parts.append(f"{title}:\n\n{report.cpu_table(figures[kind], PLAIN, what)}")
        if kind != "kept":
            for name, rounds in figures[kind].items():
                resumed = sum(report.column(rounds, "resumed_handshakes"))
                full = sum(report.column(rounds, "full_handshakes"))
                parts.append(f"{name}: {resumed / max(1, resumed + full) * 100:.1f} % resumed")
    return "\n\n".join(parts)
