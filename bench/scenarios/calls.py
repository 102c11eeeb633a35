"""A day of ten million calls: their room on the disk, and charts and pages of them through the management API. The
calls are made by `crates/calls/examples/fill.rs` and written by the real writer; Keyward has both cores."""

import json
import os
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

import keyward
import machine
import report

FILL = Path(os.environ.get("KEYWARD_BENCH_FILL", machine.ROOT / "target/release/examples/fill"))
GOAL_MS, GOAL_BYTES = 300, 60
ROUNDS = 7


def charts() -> dict[str, dict]:
    """What charts are asked for, by what the table calls them."""
    return {
        "5 minutes": {"step": "5m"},
        "5 minutes, by route and status": {"step": "5m", "group_by": "route,status_class", "top": 10},
        "5 minutes, by token, top 10": {"step": "5m", "group_by": "token", "top": 10},
        "15 minutes, by token, top 10": {"step": "15m", "group_by": "token", "top": 10},
        "an hour, by app": {"step": "1h", "group_by": "app"},
        "5 minutes, one api, answered 4xx": {"step": "5m", "api": "api-3.v1", "status": "4xx"},
        "5 minutes, one token": {"step": "5m", "token": "{token}"},
        "an hour, Europe/Berlin": {"step": "1h", "zone": "Europe/Berlin"},
        "an hour, Asia/Kathmandu, by app": {"step": "1h", "zone": "Asia/Kathmandu", "group_by": "app"},
        "an hour, compared": {"step": "1h", "compare": "previous"},
    }


def addresses() -> dict[str, dict]:
    """Whose calls are counted by address."""
    return {"all": {}, "one api, answered 4xx": {"api": "api-3.v1", "status": "4xx"}}


def pages() -> dict[str, dict]:
    """What pages are asked for; 50 calls each."""
    return {
        "newest": {},
        "a busy token": {"token": "{token}"},
        "a rare token": {"token": "{rare_token}"},
        "slow ones": {"slower_than_us": 800_000},
        "status 5xx": {"status": "5xx"},
        "a path that is nowhere, of another first part": {"path": "/nowhere"},
        "a path that is nowhere, among those that are": {"path": "/api-3/v1/things/none"},
    }


def run(bench) -> dict:
    if not FILL.exists():
        sys.exit("There is no program to make calls: cargo build --release --locked -p keyward-calls --example fill")
    installation = keyward.Installation(bench.kept / f"calls-{bench.options.calls}", bench.upstream)
    kept = installation.home / "filled.json"
    cores = f"{machine.PROXY_CORE},{machine.LOAD_CORE}"
    if not kept.exists():
        served = installation.serve(cores=cores)
        with bench.serving(served.contender):
            team = served.call("PUT", "/teams/bench", {})["id"]
        folder = installation.data / "calls"
        done = subprocess.run([FILL, folder, team, str(bench.options.calls)], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"calls cannot be made: {done.stderr}")
        kept.write_text(json.dumps(json.loads(done.stdout) | {"to": int(time.time())}))
    filled = json.loads(kept.read_text())
    if filled["recorded"] != bench.options.calls or filled["dropped"]:
        sys.exit(f"the calls were not recorded as they were made: {filled}")
    served = installation.serve(cores=cores)
    bench.keep(served.contender)
    status = served.call("GET", "/calls/status")["files"]
    # The last day as it was when the calls were made.
    to = datetime.fromtimestamp(filled["to"], timezone.utc)
    span = {"from": stamp(to - timedelta(days=1)), "to": stamp(to)}
    figures = {"filled": filled, "status": status, "charts": {}, "addresses": {}, "pages": {}}
    for name, query in charts().items():
        figures["charts"][name] = measured(served, "/teams/bench/analytics", with_names({**span, **query}, filled))
    for name, query in addresses().items():
        figures["addresses"][name] = measured(served, "/teams/bench/calls/addresses", {**span, **query})
    for name, query in pages().items():
        figures["pages"][name] = measured(served, "/teams/bench/calls", with_names({"limit": 50, **query}, filled))
    total = served.call("GET", f"/teams/bench/analytics?{urlencode(span)}")["series"][0]["total"]["calls"]
    if not 0.999 * filled["recorded"] <= total <= filled["recorded"]:
        sys.exit(f"the chart of the day has {total:,} calls of {filled['recorded']:,}")
    return figures


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def with_names(query: dict, filled: dict) -> dict:
    return {name: value.format(**filled) if isinstance(value, str) else value for name, value in query.items()}


def measured(served, path: str, query: dict) -> list[float]:
    """Milliseconds from asking to the whole answer, each time."""
    times = []
    for _ in range(ROUNDS):
        begin = time.monotonic()
        served.call("GET", f"{path}?{urlencode(query)}")
        times.append((time.monotonic() - begin) * 1000)
    return times


def show(figures: dict, bench) -> str:
    filled, status = figures["filled"], figures["status"]
    room = [status["call_bytes"] / filled["recorded"], status["rollup_bytes"] / filled["recorded"]]
    rows = [["room of a call, bytes", f"{sum(room):.1f} ({room[0]:.1f} details, {room[1]:.1f} counts)", "",
             verdict(sum(room), GOAL_BYTES)],
            ["calls written in a second", f"{filled['recorded'] / filled['write_seconds']:,.0f}", "", ""]]
    for kind, word in (("charts", "chart"), ("addresses", "addresses"), ("pages", "page")):
        for name, times in figures[kind].items():
            rows.append([f"{word}: {name}", f"{median(times):,.0f}", f"{max(times):,.0f}", verdict(median(times), GOAL_MS)])
    return report.table([f"{filled['recorded']:,} calls of a day", "median ms", "worst ms", "goal"], rows)


def verdict(value: float, most: float) -> str:
    return f"{'within' if value <= most else 'ABOVE'} {most}"
