"""Changes of the configuration with very many routes, against the same with ten: how long until one holds, what calls
notice of it meanwhile, and what finding a route costs."""

import http.client
import sys
import threading
import time

import keyward
import machine
import report
from rounds import rotated

FEW = 10
ROUTES_OF_AN_API = 50
CHANGES = 40
# Calls while the changes are made: few enough that only the changes can keep one waiting.
RATE, CONNECTIONS = 1000, 16
PAUSE_SECONDS = 0.1


def run(bench) -> dict:
    counts = {f"Keyward, {count:,} routes": count for count in (FEW, bench.options.routes)}
    installations, figures = {}, {"effect": {}, "under_load": {}, "calm": {}}
    for name, count in counts.items():
        installations[name] = keyward.Installation(bench.folder / f"routes-{count}", bench.upstream)
        served = installations[name].serve(name, cores=f"{machine.PROXY_CORE},{machine.LOAD_CORE}")
        with bench.serving(served.contender):
            tokens = published(served, bench, count)
            with bench.load.upstream_alone():
                served.contender.verify(tokens.read_text().strip())
                figures["effect"][name] = [seconds_to_effect(served, tokens, count, turn) for turn in range(CHANGES)]
            figures["calm"][name], _ = loaded(bench, served, tokens, lambda: time.sleep(CHANGES * PAUSE_SECONDS))
            figures["under_load"][name], figures.setdefault("answered", {})[name] = loaded(
                bench, served, tokens, lambda: changed_often(served, count))
    for name in counts:
        bench.keep((served := installations[name].serve(name)).contender)
        counts[name] = served.contender, bench.folder / f"tokens-{counts[name]}", path_of(counts[name])
    figures["cpu"] = rotated(bench.options.rounds, list(counts), lambda name: bench.load.faultless(
        "closed", counts[name][0], tokens=counts[name][1], path=counts[name][2]))
    return figures


def published(served, bench, count: int):
    """Publishes `count` routes, nearly all of them in one step; the file of a token for them."""
    served.publish(bench.upstream)
    change(served, count, "first")
    apis = {}
    for begin in range(1 + ROUTES_OF_AN_API, count, ROUTES_OF_AN_API):
        place = begin // ROUTES_OF_AN_API
        apis[f"more-{place}.v1"] = api(place, min(ROUTES_OF_AN_API, count - begin))
    manifest = {"version": 1, "team": "bench", "source": "bench", "apis": apis}
    served.call("POST", "/teams/bench/apply", {"manifest": manifest})
    file = bench.folder / f"tokens-{count}"
    bench.write_tokens(file, [served.issue("bench")])
    return file


def api(place: int, routes: int, more: list | None = None) -> dict:
    paths = ["{id:int}", "{name}/lines"]
    listed = [{"name": f"route-{n}", "methods": ["GET"], "path": f"/thing-{n // 2}/{paths[n % 2]}"} for n in range(routes)]
    return {"api": f"more-{place}", "version": "v1", "base_path": f"/more-{place}", "upstream": "bench",
            "routes": listed + (more or [])}


def path_of(count: int) -> str:
    """A path of the last api."""
    return f"/more-{(count - 2) // ROUTES_OF_AN_API}/v1/thing-0/17"


def change(served, count: int, turn: int | str) -> float:
    """Gives the first of the apis another route than the last time; seconds until that is answered."""
    route = {"name": "switch", "methods": ["GET"], "path": f"/switch-{turn}"}
    begin = time.monotonic()
    served.call("PUT", "/teams/bench/apis/more-0.v1", api(0, min(ROUTES_OF_AN_API, count - 1), [route]))
    return time.monotonic() - begin


def seconds_to_effect(served, tokens, count: int, turn: int) -> float:
    """Seconds from sending a change until a call is decided by it."""
    token, seen, asking = tokens.read_text().strip(), [], threading.Event()
    watcher = threading.Thread(target=watch, args=(served.contender.port, token, f"/more-0/v1/switch-{turn}", asking, seen))
    watcher.start()
    asking.wait()
    begin = time.monotonic()
    change(served, count, turn)
    watcher.join()
    if not seen:
        sys.exit("a change that was answered is not in effect")
    return seen[0] - begin


def watch(port: int, token: str, path: str, asking: threading.Event, seen: list) -> None:
    """Calls a route over and over until it is there."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        answer.read()
        asking.set()
        if answer.status == 200:
            seen.append(time.monotonic())
            break
    connection.close()


def changed_often(served, count: int) -> list[float]:
    """Changes under load; seconds until each was answered."""
    seconds = []
    for turn in range(CHANGES):
        seconds.append(change(served, count, CHANGES + turn))
        time.sleep(PAUSE_SECONDS)
    return seconds


def loaded(bench, served, tokens, what) -> tuple[dict, object]:
    """Does something while calls are made; the figures of the calls, and what came of it."""
    done = []
    doing = threading.Thread(target=lambda: (time.sleep(bench.options.warm_seconds + 0.2), done.append(what())))
    doing.start()
    seconds = CHANGES * PAUSE_SECONDS * 2
    figures = bench.load.faultless("open", served.contender, tokens=tokens, rate=RATE, connections=CONNECTIONS,
                                   seconds=seconds)
    doing.join()
    return figures, done[0] if done else None


def show(figures: dict, bench) -> str:
    names = list(figures["effect"])
    millis = lambda values: report.spread([value * 1000 for value in values])
    latency = lambda calls, at: f"{calls['latency_micros'][at] / 1000:,.1f}"
    rows = [[name, millis(figures["effect"][name]), millis(figures["answered"][name]),
             *(latency(figures[when][name], at) for when in ("calm", "under_load") for at in ("p99", "max"))]
            for name in names]
    head = ["routes", "in effect after ms", "under load answered after ms", "calls without changes: p99 ms", "worst",
            "with changes: p99 ms", "worst"]
    more = report.difference(*(report.cpu_micros(figures["cpu"][name]) for name in reversed(names)))
    return (f"{report.table(head, rows)}\n\n{report.cpu_table(figures['cpu'], names[0])}\n\n"
            f"CPU of a call with {names[1].split(', ')[1]} above that with {names[0].split(', ')[1]}: {more} µs")
