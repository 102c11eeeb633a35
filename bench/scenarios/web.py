"""The pages of the control room in Debian's Chromium, over a team with 100,000 tokens and a week of calls: first views
from a cold cache, scrolling through the tokens, and what Lighthouse gives. Browser and Keyward share both cores."""

import http.client
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from statistics import median

import keyward
import machine
import report

WEEK = Path(os.environ.get("KEYWARD_BENCH_WEEK", machine.ROOT / "target/release/examples/week"))
PACKAGES = machine.ROOT / "target/test-node"
# Where `npm install lighthouse` was done; without it, Lighthouse is left out.
LIGHTHOUSE = os.environ.get("KEYWARD_BENCH_LIGHTHOUSE")
PERSON = {"email": "ada@example.com", "password": "correct horse battery"}
CALLED, PEAK = 120, 80
GOAL_MS, GOAL_SCORE, STALL_MS = 1000, 95, 50
VIEWS = [{"path": "/teams/bench/overview?span=7d", "until": "main canvas"},
         {"path": "/teams/bench/tokens", "until": "tbody tr[data-row] svg[role=img]"}]


def run(bench) -> dict:
    for needed, how in ((WEEK, "cargo build --release --locked -p keyward-calls --example week"),
                        (PACKAGES, "scripts/test-deps")):
        if not needed.exists():
            sys.exit(f"There is no {needed}: {how}")
    installation = keyward.Installation(bench.kept / f"web-{bench.options.rows}", bench.upstream)
    kept = installation.home / "filled.json"
    if not kept.exists():
        kept.write_text(json.dumps(fill(bench, installation)))
    filled = json.loads(kept.read_text())
    served = installation.serve(cores=f"{machine.PROXY_CORE},{machine.LOAD_CORE}")
    bench.keep(served.contender)
    plan = {"browser": "/usr/bin/chromium", "url": f"http://localhost:{served.control}", **PERSON,
            "rounds": bench.options.rounds, "views": VIEWS,
            "scrolls": [{"path": "/teams/bench/tokens", "api": "/tokens?", "rows": bench.options.rows, "step": 240}]}
    if LIGHTHOUSE:
        plan["lighthouse"] = {"packages": LIGHTHOUSE, "pages": pages(filled["token"])}
    done = subprocess.run(["node", machine.ROOT / "bench/web.mjs", PACKAGES], input=json.dumps(plan),
                          capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"the pages cannot be measured: {done.stderr}")
    return {**json.loads(done.stdout), **filled}


def fill(bench, installation: keyward.Installation) -> dict:
    """Tokens, somebody who can sign in, and a week of calls."""
    served = installation.serve(cores=f"{machine.PROXY_CORE},{machine.LOAD_CORE}")
    with bench.serving(served.contender):
        served.publish(bench.upstream)
        served.import_many(bench.options.rows)
        code = re.search(r"/setup#(\S+)", installation.log.read_text()).group(1)
        connection = http.client.HTTPConnection("127.0.0.1", served.control)
        connection.request("POST", "/api/v1/setup", json.dumps({"code": code, "name": "Ada", **PERSON}),
                           {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"})
        if (answer := connection.getresponse()).status >= 300:
            sys.exit(f"nobody can be made who signs in: {answer.status} {answer.read()}")
        team, api = (served.call("GET", f"/teams/bench{path}") for path in ("", "/apis/bench.v1"))
        tokens = served.call("GET", f"/teams/bench/tokens?limit={CALLED}")["items"]
    line = {"api": api["id"], "api_name": "bench.v1", "route": "item", "method": "GET", "path": "/bench/v1/item",
            "target": "http://127.0.0.1:9", "night": 0.15, "weekend": 0.5, "ms": 20,
            "ends": [{"share": 0.02, "status": 403, "code": "scope_missing", "rule": "token scopes"},
                     {"share": 0.01, "status": 502, "code": "upstream_unreachable"}]}
    lines = [{**line, "app": token["app"], "token": token["id"], "peak": PEAK * (1 + place % 4) / 2,
              "addresses": [f"192.0.2.{place}"]} for place, token in enumerate(tokens)]
    plan = {"team": team["id"], "days": 15, "lines": lines}
    done = subprocess.run([WEEK, installation.data], input=json.dumps(plan), capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"calls cannot be made: {done.stderr}")
    return {"calls": int(done.stdout), "token": tokens[0]["id"]}


def pages(token: str) -> list[dict]:
    """The main screens, and the way in."""
    of_team = ["overview", "tokens", f"tokens/{token}", "tokens/new", "calls", "analytics", "audit", "apis", "people",
               "settings"]
    return [{"path": "/sign-in", "signed_in": False},
            *({"path": f"/teams/bench/{page}", "signed_in": True} for page in of_team)]


def show(figures: dict, bench) -> str:
    rows = []
    for view in figures["views"]:
        taken = {name: [round_[name] for round_ in view["taken"]] for name in ("first", "largest", "whole")}
        worst = median(taken["largest"])
        rows.append([view["page"], *(report.spread(times, 0) for times in taken.values()),
                     f"{median([round_['bytes'] for round_ in view['taken']]) / 1024:,.0f}", verdict(worst < GOAL_MS, GOAL_MS)])
    parts = [report.table(["first view", "first paint, ms", "largest paint, ms", "all that was waited for, ms", "KB", "goal"], rows)]
    rows = []
    for scroll in figures["scrolls"]:
        for name, phase in (("to the end, while it loads", scroll["loaded"]), ("by wheel", scroll["wheel"])):
            frames = sorted(phase["frames"])
            late = sum(frame > STALL_MS for frame in frames)
            rows.append([f"{scroll['rows']:,} tokens, {name}", f"{len(frames):,}", f"{median(frames):.0f}",
                         f"{frames[int(len(frames) * 0.99)]:.0f}", f"{frames[-1]:.0f}", f"{late / len(frames):.1%}"])
        rows.append([f"a page of them from the API, of {len(scroll['asked'])}", "", f"{median(scroll['asked']):.0f}",
                     f"{sorted(scroll['asked'])[int(len(scroll['asked']) * 0.99)]:.0f}", f"{max(scroll['asked']):.0f}", ""])
    parts.append(report.table(["", "frames", "median ms", "p99 ms", "longest ms", f"over {STALL_MS} ms"], rows))
    if given := figures.get("lighthouse"):
        kinds = ("performance", "accessibility", "best-practices")
        of = {(one["page"], one["device"]): ["failed" if one[kind] is None else str(one[kind]) for kind in kinds]
              for one in given}
        shown = dict.fromkeys(page for page, _ in of)
        parts.append(report.table(["Lighthouse", *(f"desktop: {kind}" for kind in kinds), *(f"mobile: {kind}" for kind in kinds)],
                                  [[page, *of[page, "desktop"], *of[page, "mobile"]] for page in shown]))
    load = figures["load"]
    parts.append(f"Chromium {figures['browser']}, {figures['calls']:,} calls; load of the machine {load[0]:.1f} before and "
                 f"{load[1]:.1f} after.")
    return "\n\n".join(parts)


def verdict(reached: bool, most: float) -> str:
    return f"{'within' if reached else 'ABOVE'} {most}"
