"""Runs the load program, which is client and upstream in one process."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import machine
from contender import Contender

PROGRAM = machine.ROOT / "target/release/keyward-load"


@dataclass
class Load:
    """How contenders are loaded in this run."""

    upstream: int
    tokens: Path
    seconds: float
    warm_seconds: float
    connections: int
    folder: Path

    def run(self, mode: str, contender: Contender | None, *more: object, **different: object) -> dict:
        """The figures of one run; without a contender, straight to the upstream."""
        asked = {"upstream": f"127.0.0.1:{self.upstream}", "tokens": self.tokens, "seconds": self.seconds,
                 "warm-seconds": self.warm_seconds, "connections": self.connections}
        if contender:
            asked |= {"target": f"127.0.0.1:{contender.port}", "watch": contender.process.pid}
        asked |= {name.replace("_", "-"): value for name, value in different.items()}
        command = ["taskset", "-c", str(machine.LOAD_CORE), PROGRAM, mode, *more]
        for name, value in asked.items():
            command += [f"--{name}", value]
        if contender and contender.tls:
            command.append("--tls")
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True,
                              env={**os.environ, "RUST_BACKTRACE": "0"})
        if done.returncode:
            raise LoadFailed(f"{contender.name if contender else 'direct'}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def faultless(self, mode: str, contender: Contender | None, *more: object, **different: object) -> dict:
        """As `run`, and ends where a request was not answered well: its figures would mean nothing."""
        figures = self.run(mode, contender, *more, **different)
        if figures["errors"] or not figures["requests"]:
            sys.exit(f"{contender.name if contender else 'direct'}: {figures['errors']} errors in "
                     f"{figures['requests']} answers, so the figures would mean nothing: {figures}")
        return figures

    @contextmanager
    def upstream_alone(self):
        """The upstream without any load, for requests made one by one."""
        log = self.folder / "upstream.log"
        process = machine.start([PROGRAM, "upstream", "--listen", f"127.0.0.1:{self.upstream}"], log,
                                str(machine.LOAD_CORE))
        try:
            machine.wait_for(self.upstream, process, log)
            yield
        finally:
            machine.stop(process)


class LoadFailed(Exception):
    """The load could not be brought."""
