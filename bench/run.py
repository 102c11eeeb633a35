#!/usr/bin/env python3
"""What a call through Keyward costs, beside nginx and HAProxy, paired in one run.

The proxy runs alone on core 0 with one worker; client and upstream are one cheap process on core 1. Each round
measures every contender, in rotated order; ratios are taken round by round. docs/benchmarks.md says what each
scenario means and under which conditions its figures were taken.

Needs target/release/keyward (or what KEYWARD_BENCH_BINARY names) and target/release/keyward-load, which `make bench`
builds, and Debian's nginx, haproxy, libnginx-mod-http-lua, openssl and util-linux.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import keyward
import loading
import machine
from contender import Contender
from scenarios import calls, changes, cpu, h2, latency, many, memory, record, tls, web

SCENARIOS = {"cpu": cpu, "many": many, "latency": latency, "tls": tls, "h2": h2, "memory": memory,
             "changes": changes, "record": record, "calls": calls, "web": web}
EVERYTHING = "Keyward, everything on"


class Bench:
    """What the scenarios share: tokens, the load, and everything that has to be ended."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self.options, self.folder = options, folder
        self.kept = options.keep or folder / "kept"
        self.upstream = machine.free_port()
        self.running: list[Contender] = []
        self._tokens: list[str] = []
        self._installation: keyward.Installation | None = None
        self.tokens_file = folder / "tokens"
        self.load = loading.Load(self.upstream, self.tokens_file, options.seconds, options.warm_seconds,
                                 options.connections, folder)

    @property
    def tokens(self) -> list[str]:
        """The tokens of the load: Keyward's own, and the keys of every other contender."""
        if not self._tokens:
            if self.options.without_keyward:
                self._tokens = [keyward.random_key() for _ in range(self.options.tokens)]
            else:
                self.installed()
            self.write_tokens(self.tokens_file, self._tokens)
        return self._tokens

    @staticmethod
    def write_tokens(file: Path, tokens: list[str]) -> None:
        """In an order that has nothing to do with the one in which they were made."""
        shuffled = tokens[:]
        random.Random(1).shuffle(shuffled)
        file.write_text("".join(f"{token}\n" for token in shuffled))

    def installed(self) -> keyward.Installation:
        """Keyward with tokens of its own, made once for all scenarios."""
        if not self._installation:
            say(f"making {self.options.tokens:,} tokens")
            self._installation = keyward.Installation(self.folder / "own", self.upstream)
            served = self._installation.serve(cores=f"{machine.PROXY_CORE},{machine.LOAD_CORE}")
            with self.serving(served.contender):
                served.publish(self.upstream)
                self._tokens = served.issue_many(self.options.tokens)
            self.write_tokens(self.tokens_file, self._tokens)
        return self._installation

    def imported(self, count: int) -> tuple[keyward.Installation, Path]:
        """Keyward with imported keys, and their file; with --keep, of an earlier run."""
        home = self.kept / f"imported-{count}"
        file, whole = home / "tokens", home / "whole"
        fresh = not whole.exists()
        if fresh:
            shutil.rmtree(home, ignore_errors=True)
        installation = keyward.Installation(home, self.upstream)
        served = installation.serve(cores=f"{machine.PROXY_CORE},{machine.LOAD_CORE}")
        with self.serving(served.contender):
            # Also of an earlier run: the upstream has another port today.
            served.publish(self.upstream)
            if fresh:
                say(f"importing {count:,} keys")
                begin = time.monotonic()
                self.write_tokens(file, served.import_many(count))
                say(f"that took {time.monotonic() - begin:.0f} s")
        whole.touch()
        return installation, file

    def keyward_contenders(self, settings: Callable[[], dict] = dict, name: str = EVERYTHING) -> list[Contender]:
        """Keyward with everything on, verified; nothing, with a word, where it cannot do what is asked yet."""
        if self.options.without_keyward:
            return []
        try:
            more = settings()
        except machine.NotYet as reason:
            say(f"not yet: {reason}")
            return []
        served = self.installed().serve(name, more=more)
        self.keep(served.contender)
        with self.load.upstream_alone():
            served.verify(self.tokens[0])
        return [served.contender]

    def verify(self, *contenders: Contender) -> None:
        """Ends unless each does its job."""
        with self.load.upstream_alone():
            for contender in contenders:
                contender.verify(self.tokens[0])

    @staticmethod
    @contextmanager
    def serving(contender: Contender) -> Iterator[None]:
        """Ends it with the block."""
        try:
            yield
        finally:
            contender.stop()

    def keep(self, *contenders: Contender) -> None:
        """Has them ended with the scenario."""
        self.running += contenders

    def end(self) -> None:
        while self.running:
            self.running.pop().stop()


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = lambda text: [name for name in text.split(",") if name]
    parser.add_argument("--only", type=names, default=list(SCENARIOS), metavar="SCENARIO,...",
                        help=f"which scenarios, of {', '.join(SCENARIOS)}; all unless given")
    parser.add_argument("--rounds", type=int, default=7, help="rounds; at least 7 for figures that are kept")
    parser.add_argument("--seconds", type=float, default=5, help="seconds counted of each contender in a round")
    parser.add_argument("--warm-seconds", type=float, default=1, help="seconds of load before that")
    parser.add_argument("--connections", type=int, default=64, help="connections of the closed loop")
    parser.add_argument("--tokens", type=int, default=10_000, help="tokens, taken in turn")
    parser.add_argument("--many", type=int, default=1_000_000, help="tokens of the scenarios many and memory")
    parser.add_argument("--routes", type=int, default=10_000, help="routes of the scenario changes")
    parser.add_argument("--record-rate", type=int, default=20_000, help="calls a second of the scenario record")
    parser.add_argument("--record-seconds", type=float, default=300, help="how long they go on")
    parser.add_argument("--calls", type=int, default=10_000_000, help="calls of the scenario calls")
    parser.add_argument("--rows", type=int, default=100_000, help="tokens of the scenario web")
    parser.add_argument("--keep", type=Path, metavar="FOLDER",
                        help="where installations with imported keys, and those with calls, are kept for the next run")
    parser.add_argument("--without-keyward", action="store_true", help="only the others, to try the harness")
    parser.add_argument("--check", action="store_true", help="only say whether the machine has what is needed")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures of every round here")
    chosen = parser.parse_args()
    if unknown := [name for name in chosen.only if name not in SCENARIOS]:
        parser.error(f"no such scenario: {', '.join(unknown)}")
    if chosen.without_keyward:
        chosen.only = [name for name in chosen.only if name not in ("many", "memory", "changes", "record", "calls", "web")]
    return chosen


def main() -> None:
    chosen = options()
    machine.insist_on_packages()
    if chosen.check:
        return
    if chosen.only != ["web"] and not loading.PROGRAM.exists():
        sys.exit("There is no load program: cargo build --release --locked -p keyward-load")
    raw = {"machine": machine.description(), "versions": machine.versions(), "began": time.strftime("%Y-%m-%d %H:%M:%S"),
           "options": {name: str(value) for name, value in vars(chosen).items()}}
    folder = Path(tempfile.mkdtemp(prefix="keyward-bench-"))
    bench = Bench(chosen, folder)
    print(f"{raw['machine']}; {', '.join(raw['versions'])}; {chosen.rounds} rounds of {chosen.seconds:g} s, {chosen.tokens:,} tokens; "
          "median (least to most)")
    try:
        for name in chosen.only:
            say(name)
            if name not in ("many", "memory", "changes", "calls", "web"):
                # Made before anything else runs.
                bench.tokens  # noqa: B018
            scenario = SCENARIOS[name]
            raw[name] = scenario.run(bench)
            print(f"\n## {name}\n\n{scenario.show(raw[name], bench)}", flush=True)
            bench.end()
            clear(folder)
    finally:
        bench.end()
        if chosen.json:
            chosen.json.write_text(json.dumps(raw, indent=1))
        shutil.rmtree(folder, ignore_errors=True)


def clear(folder: Path) -> None:
    """Takes away what the next scenario makes anew under the same name."""
    for home in folder.glob("nginx-*"):
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
