"""Very many tokens: resident memory, time from start to ready, and a revocation that holds before its answer."""

import sys
import time

import machine
import report

# Seconds after which a process that has just started is as it will be.
SETTLING = 3


def run(bench) -> dict:
    installation, file = bench.imported(bench.options.many)
    served = installation.serve("Keyward", cores=f"{machine.PROXY_CORE},{machine.LOAD_CORE}")
    bench.keep(served.contender)
    resident, most = served.memory()
    # What reading took is given back by and by.
    time.sleep(SETTLING)
    settled, _ = served.memory()
    key = file.open().readline().strip()
    with bench.load.upstream_alone():
        served.contender.verify(key)
        victim = served.issue("to be revoked")
        if machine.get(served.contender.port, victim)[0] != 200:
            sys.exit("a token that was just made does not work")
        found = served.call("POST", "/teams/bench/tokens/verify", {"token": victim})
        begin = time.monotonic()
        served.call("POST", f"/teams/bench/tokens/{found['token']['id']}/revoke", {"reason": "measured"})
        seconds = time.monotonic() - begin
        status, _ = machine.get(served.contender.port, victim)
    return {"tokens": bench.options.many, "resident_mb": resident, "most_resident_mb": most,
            "settled_mb": settled,
            "resident_mb_in_use": served.memory()[0], "seconds_to_ready": served.seconds_to_ready,
            "revocation_seconds": seconds, "status_after_revocation": status}


def show(figures: dict, bench) -> str:
    return report.table(["figure", "value"], [
        ["tokens", f"{figures['tokens']:,}"],
        ["resident when ready", f"{figures['resident_mb']:,.0f} MiB, at most {figures['most_resident_mb']:,.0f} MiB"],
        [f"resident {SETTLING} s later", f"{figures['settled_mb']:,.0f} MiB"],
        ["from start to ready", f"{figures['seconds_to_ready']:.2f} s"],
        ["a revocation is answered after", f"{figures['revocation_seconds'] * 1000:.1f} ms"],
        ["the next call with the token", f"{figures['status_after_revocation']}"],
    ])
