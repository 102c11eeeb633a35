"""Keyward with everything on: token, scope, address list, rate limit, quota, and a record of every call."""

import http.client
import json
import os
import secrets
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import machine
from contender import Contender
from machine import NotYet

BINARY = Path(os.environ.get("KEYWARD_BENCH_BINARY", machine.ROOT / "target/release/keyward"))
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# Neither may ever refuse, and both must be counted.
PLENTY = {"rates": [{"limit": 1_000_000_000, "window_seconds": 60}], "quotas": [{"limit": 10**12, "period": "day"}]}
GRANT = {"app": "bench", "scopes": ["bench:read"], "limits": PLENTY,
         "restrictions": {"allow_addresses": ["127.0.0.0/8"]}}
TLS_LISTEN = "KEYWARD_GATEWAY_TLS_LISTEN"
IMPORTED_AT_ONCE = 1000
ISSUERS = 4


@dataclass
class Installation:
    """A data directory, and the ports of what serves it."""

    home: Path
    upstream: int
    env: dict = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not BINARY.exists():
            sys.exit("There is no release build of Keyward: cargo build --release --locked -p keyward")
        self.home.mkdir(parents=True, exist_ok=True)
        self.data, self.log = self.home / "data", self.home / "keyward.log"
        self.env = {"KEYWARD_DATA_DIR": str(self.data), "KEYWARD_LOG_LEVEL": "warn", **self.env}
        if not self.data.exists():
            done = subprocess.run([BINARY, "init", "--save-token"], env={**os.environ, **self.env},
                                  capture_output=True, text=True)
            if done.returncode:
                sys.exit(f"keyward init failed: {done.stderr}")

    def serve(self, name: str = "Keyward, everything on", cores: str = str(machine.PROXY_CORE),
              more: dict | None = None) -> "Served":
        """Starts the gateway with one worker, and waits until it is ready."""
        gateway, control = machine.free_port(), machine.free_port()
        begin = time.monotonic()
        process = machine.start([BINARY, "serve", "--gateway-listen", f"127.0.0.1:{gateway}", "--control-listen",
                                 f"127.0.0.1:{control}", "--workers", "1"], self.log, cores,
                                {**self.env, **(more or {})})
        served = Served(Contender(name, process, gateway, self.log), control,
                        (self.data / "operator.token").read_text().strip())
        served.await_ready()
        served.seconds_to_ready = time.monotonic() - begin
        if more and TLS_LISTEN in more:
            served.contender.port, served.contender.tls = int(more[TLS_LISTEN].rsplit(":", 1)[1]), True
        return served


@dataclass
class Served:
    """An installation that serves."""

    contender: Contender
    control: int
    operator: str
    seconds_to_ready: float = 0.0

    def __post_init__(self) -> None:
        self.connections = threading.local()

    def await_ready(self) -> None:
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline and self.contender.process.poll() is None:
            try:
                if self.ask("GET", "/readyz")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.005)
        sys.exit(f"Keyward does not become ready; its log ends with:\n{self.contender.log.read_text()[-2000:]}")

    def ask(self, method: str, path: str, body: dict | None = None) -> tuple[int, dict]:
        """One request of the management API, on the connection of this thread."""
        connection = getattr(self.connections, "one", None)
        if connection is None:
            connection = self.connections.one = http.client.HTTPConnection("127.0.0.1", self.control, timeout=300)
        headers = {"Authorization": f"Bearer {self.operator}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException):
            connection.close()
            self.connections.one = None
            raise

    def call(self, method: str, path: str, body: dict | None = None) -> dict:
        """As `ask`, below `/api/v1`, and ends when it is refused. On a busy machine the store may take too long; a
        client is told to come again then, and this one does."""
        for _ in range(10):
            try:
                status, answer = self.ask(method, f"/api/v1{path}", body)
            except http.client.RemoteDisconnected:
                # A connection that idled too long was closed; the next is a new one.
                continue
            if status != 503:
                break
            time.sleep(1)
        if status >= 300:
            sys.exit(f"Keyward refused {method} {path} with {status}: {answer}")
        return answer

    def publish(self, upstream: int) -> None:
        """The team, the api and the app whose tokens are used."""
        self.call("PUT", "/teams/bench", {})
        self.call("PUT", "/teams/bench/upstreams/bench", {"targets": [{"url": f"http://127.0.0.1:{upstream}"}]})
        self.call("PUT", "/teams/bench/apis/bench.v1", {
            "api": "bench", "version": "v1", "base_path": "/bench", "upstream": "bench",
            "scopes": {"bench:read": "read", "bench:write": "write"},
            "routes": [{"name": "item", "methods": ["GET"], "path": "/item", "scopes": {"all": ["bench:read"]}}],
        })
        self.call("PUT", "/teams/bench/apps/bench", {"scopes": ["bench:read", "bench:write"]})

    def issue(self, name: str, **different: object) -> str:
        """Makes one token of Keyward's own, with something different about it."""
        return self.call("POST", "/teams/bench/tokens", {**GRANT, "name": name, **different})["secret"]

    def issue_many(self, count: int) -> list[str]:
        """Makes tokens of Keyward's own, several at a time. Imported keys are found by another way, which costs a call
        something else."""
        with ThreadPoolExecutor(ISSUERS) as issuers:
            return list(issuers.map(lambda place: self.issue(f"bench {place}"), range(count)))

    def import_many(self, count: int) -> list[str]:
        """Brings in keys made here, whole, so that Keyward hashes them under its own pepper from the start."""
        keys = []
        for begin in range(0, count, IMPORTED_AT_ONCE):
            batch = [random_key() for _ in range(min(IMPORTED_AT_ONCE, count - begin))]
            self.call("POST", "/teams/bench/tokens/import", {"tokens": [
                {**GRANT, "name": f"bench {begin + place}", "hash": {"kind": "plain", "key": key}}
                for place, key in enumerate(batch)]})
            keys += batch
            if begin and begin % 100_000 == 0:
                print(f"  {begin:,} keys imported", file=sys.stderr, flush=True)
        return keys

    def verify(self, token: str) -> None:
        """Ends unless every check does its job. The upstream must run."""
        self.contender.verify(token)
        tight = {"rates": [{"limit": 1, "window_seconds": 3600}]}
        scarce = {"quotas": [{"limit": 1, "period": "day"}]}
        refusals = [
            ("scope_missing", 403, self.issue("no scope", scopes=["bench:write"]), 0),
            ("address_not_allowed", 403,
             self.issue("elsewhere", restrictions={"allow_addresses": ["192.0.2.0/24"]}), 0),
            ("rate_limited", 429, self.issue("tight", limits=tight), 1),
            ("quota_exhausted", 429, self.issue("scarce", limits=scarce), 1),
        ]
        before = self.stats()["recorded"]
        calls = 0
        for code, status, token, allowed in refusals:
            for _ in range(allowed):
                machine.get(self.contender.port, token, self.contender.tls)
            seen, body = machine.get(self.contender.port, token, self.contender.tls)
            calls += allowed + 1
            if seen != status or json.loads(body).get("code") != code:
                sys.exit(f"Keyward should have refused with {code}: {seen} {body!r}")
        recorded = self.stats()["recorded"] - before
        if recorded < calls:
            sys.exit(f"Keyward recorded {recorded} of {calls} calls")

    def stats(self) -> dict:
        """Calls recorded, written and dropped since the start."""
        return self.call("GET", "/health")["calls"]

    def settled_stats(self) -> dict:
        """The same, when everything recorded is written or dropped; after a minute as it is then."""
        deadline = time.monotonic() + 60
        while True:
            stats = self.stats()
            if stats["written"] + stats["dropped"] >= stats["recorded"] or time.monotonic() > deadline:
                return stats
            time.sleep(0.2)

    def memory(self) -> tuple[float, float]:
        """Megabytes resident now, and at most so far."""
        status = Path(f"/proc/{self.contender.process.pid}/status").read_text()
        values = dict(line.split(":", 1) for line in status.splitlines())
        return tuple(int(values[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))


def random_key() -> str:
    """A key as long as one of Keyward's own, but not of its form."""
    return "bench-" + "".join(ALPHABET[byte % 62] for byte in secrets.token_bytes(47))


def with_tls(folder: Path) -> dict:
    """The settings that make the gateway speak TLS too, with the certificate of the occasion."""
    reference = (machine.ROOT / "docs/reference/configuration.md").read_text()
    if f"`{TLS_LISTEN}`" not in reference:
        raise NotYet(f"Keyward's gateway speaks no TLS yet (no setting {TLS_LISTEN})")
    chain, key = machine.certificate(folder)
    return {TLS_LISTEN: f"127.0.0.1:{machine.free_port()}", "KEYWARD_GATEWAY_TLS_CERT": str(chain),
            "KEYWARD_GATEWAY_TLS_KEY": str(key)}
