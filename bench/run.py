#!/usr/bin/env python3
"""CPU time per proxied request: nginx, HAProxy and Keyward in one run, in rotated order.

The proxy runs alone on core 0 with one worker; wrk and the upstream (nginx, 1 KB answers) share core 1.
A round loads every contender for a few seconds at 64 connections and divides the CPU time that its
process used (user and system, from /proc) by the requests answered. Figures are medians over the rounds;
the ratios are taken round by round against nginx as a plain proxy, then their median.

Needs nginx, haproxy and wrk (Debian's packages) and target/release/keyward.
"""

import argparse
import json
import os
import platform
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TICK = os.sysconf("SC_CLK_TCK")
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
HAPROXY = shutil.which("haproxy") or "/usr/sbin/haproxy"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"nothing listens on port {port}")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its children, in seconds."""
    total = 0.0
    pids = [pid]
    while pids:
        current = pids.pop()
        try:
            fields = Path(f"/proc/{current}/stat").read_text().rsplit(")", 1)[1].split()
            total += (int(fields[11]) + int(fields[12])) / TICK
            for task in Path(f"/proc/{current}/task").iterdir():
                pids += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return total


class Contender:
    def __init__(self, name: str, port: int, path: str, command: list[str], env: dict | None = None):
        self.name, self.port, self.path = name, port, path
        self.process = subprocess.Popen(
            ["taskset", "-c", "0", *command], env={**os.environ, **(env or {})},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        self.tokens = "plain"
        wait_for(port)


def nginx_config(folder: Path, name: str, worker_core: str, http: str) -> Path:
    path = folder / f"{name}.conf"
    path.write_text(f"""
daemon off; worker_processes 1; pid {folder}/{name}.pid; error_log {folder}/{name}.err crit;
worker_rlimit_nofile 8192;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 3600;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  {http}
}}""")
    return path


def start_keyward(folder: Path, upstream: int, tokens: int) -> tuple[Contender, list[str]]:
    binary = ROOT / "target/release/keyward"
    if not binary.exists():
        sys.exit("build it first: cargo build --release -p keyward")
    gateway, control, data = free_port(), free_port(), folder / "data"
    env = {"KEYWARD_DATA_DIR": str(data), "KEYWARD_URL": f"http://127.0.0.1:{control}"}
    subprocess.run([binary, "init", "--save-token"], env={**os.environ, **env}, check=True, stdout=subprocess.DEVNULL)
    contender = Contender("keyward, everything on", gateway, "/bench/v1/item", [
        str(binary), "serve", "--gateway-listen", f"127.0.0.1:{gateway}", "--control-listen", f"127.0.0.1:{control}", "--workers", "1",
    ], env)
    wait_for(control)
    operator = (data / "operator.token").read_text().strip()

    def call(method: str, path: str, body: dict) -> dict:
        request = urllib.request.Request(
            f"http://127.0.0.1:{control}/api/v1{path}", json.dumps(body).encode(), method=method,
            headers={"Authorization": f"Bearer {operator}", "Content-Type": "application/json"},
        )
        return json.load(urllib.request.urlopen(request))

    plenty = {"rates": [{"limit": 1_000_000_000, "window_seconds": 60}], "quotas": [{"limit": 10**12, "period": "day"}]}
    call("PUT", "/teams/bench", {})
    call("PUT", "/teams/bench/upstreams/bench", {"targets": [{"url": f"http://127.0.0.1:{upstream}"}]})
    call("PUT", "/teams/bench/apis/bench.v1", {
        "api": "bench", "version": "v1", "base_path": "/bench", "upstream": "bench", "scopes": {"bench:read": "read"},
        "routes": [{"name": "item", "methods": ["GET"], "path": "/item", "scopes": {"all": ["bench:read"]}}],
    })
    call("PUT", "/teams/bench/apps/bench", {"scopes": ["bench:read"]})
    made = []
    for place in range(tokens):
        made.append(call("POST", "/teams/bench/tokens", {
            "app": "bench", "name": f"bench {place}", "scopes": ["bench:read"], "limits": plenty,
            "restrictions": {"allow_addresses": ["127.0.0.0/8"]},
        })["secret"])
    return contender, made


def wrk(contender: Contender, keys: Path, seconds: int) -> tuple[int, float, int]:
    """Requests answered, CPU seconds of the contender, and answers that were errors."""
    before = cpu_seconds(contender.process.pid)
    output = subprocess.run([
        "taskset", "-c", "1", "wrk", "-t1", "-c64", f"-d{seconds}s", "-s", str(ROOT / "bench/keys.lua"),
        f"http://127.0.0.1:{contender.port}{contender.path}", "--", str(keys),
    ], capture_output=True, text=True, check=True).stdout
    used = cpu_seconds(contender.process.pid) - before
    requests = int(re.search(r"(\d+) requests in", output).group(1))
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    return requests, used, int(failed.group(1)) if failed else 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--tokens", type=int, default=1000)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="keyward-bench-"))
    contenders: list[Contender] = []
    backend = None
    try:
        upstream = free_port()
        config = nginx_config(folder, "upstream", "1", f"""server {{ listen 127.0.0.1:{upstream} backlog=1024;
            location / {{ return 200 "{'k' * 1024}"; }} }}""")
        backend = subprocess.Popen(["taskset", "-c", "1", NGINX, "-c", config], stderr=subprocess.DEVNULL)
        wait_for(upstream)
        keyward, tokens = start_keyward(folder, upstream, options.tokens)
        keys = folder / "keys"
        keys.write_text("\n".join(tokens) + "\n")
        pool = f"upstream behind {{ server 127.0.0.1:{upstream}; keepalive 128; keepalive_requests 1000000000; }}"
        forward = 'proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection "";'
        port = free_port()
        contenders.append(Contender("nginx, plain proxy", port, "/bench/v1/item", [NGINX, "-c", str(nginx_config(
            folder, "plain", "0", f"{pool} server {{ listen 127.0.0.1:{port} backlog=1024; location / {{ {forward} }} }}"))]))
        port = free_port()
        entries = "\n".join(f'"Bearer {token}" "bench-{place}";' for place, token in enumerate(tokens))
        contenders.append(Contender("nginx, key map, limit, log", port, "/bench/v1/item", [NGINX, "-c", str(nginx_config(
            folder, "map", "0", f"""{pool} map_hash_max_size 65536; map_hash_bucket_size 256;
            map $http_authorization $consumer {{ default ""; {entries} }}
            limit_req_zone $consumer zone=keys:32m rate=1000000r/s;
            log_format call '$msec $request_id $consumer $request_method $uri $status $request_time $bytes_sent';
            server {{ listen 127.0.0.1:{port} backlog=1024; access_log {folder}/call.log call buffer=64k flush=1s;
              location / {{ if ($consumer = "") {{ return 401; }} limit_req zone=keys burst=100000 nodelay;
                proxy_set_header X-Consumer $consumer; {forward} }} }}"""))]))
        port = free_port()
        (folder / "keys.map").write_text("".join(f"{token} bench-{place}\n" for place, token in enumerate(tokens)))
        (folder / "haproxy.cfg").write_text(f"""
global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 3600s
  timeout server 3600s
  http-reuse always
frontend front
  bind 127.0.0.1:{port}
  http-request set-var(txn.consumer) req.hdr(authorization),word(2,' '),map_str({folder}/keys.map)
  http-request deny deny_status 401 unless {{ var(txn.consumer) -m found }}
  default_backend behind
backend behind
  server one 127.0.0.1:{upstream}
""")
        contenders.append(Contender("HAProxy, key map", port, "/bench/v1/item", [HAPROXY, "-db", "-f", f"{folder}/haproxy.cfg"]))
        contenders.append(keyward)
        figures: dict[str, list[float]] = {contender.name: [] for contender in contenders}
        rates: dict[str, list[float]] = {contender.name: [] for contender in contenders}
        for contender in contenders:
            wrk(contender, keys, 2)
        for turn in range(options.rounds):
            order = contenders[turn % len(contenders):] + contenders[:turn % len(contenders)]
            for contender in order:
                requests, used, failed = wrk(contender, keys, options.seconds)
                if failed:
                    sys.exit(f"{contender.name}: {failed} answers were errors; the figures would mean nothing")
                figures[contender.name].append(used / requests * 1e6)
                rates[contender.name].append(requests / options.seconds)
        base = figures[contenders[0].name]
        print(f"{platform.machine()}, {os.cpu_count()} cores, {options.rounds} rounds of {options.seconds} s, {len(tokens)} tokens\n")
        print(f"| {'contender':28} | CPU µs per request | min to max    | × nginx plain | requests/s |")
        print(f"| {'-' * 28} | ------------------ | ------------- | ------------- | ---------- |")
        for name, values in figures.items():
            ratio = statistics.median(value / plain for value, plain in zip(values, base))
            spread = f"{min(values):.1f} to {max(values):.1f}"
            print(f"| {name:28} | {statistics.median(values):18.1f} | {spread:13} | {ratio:13.2f} | {statistics.median(rates[name]):10.0f} |")
    finally:
        for process in [contender.process for contender in contenders] + ([backend] if backend else []):
            process.terminate()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
