"""The machine under the benchmarks: its cores, its packages, its ports, and processes started on it."""

import http.client
import os
import platform
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROXY_CORE, LOAD_CORE = 0, 1
PATH = "/bench/v1/item"

# What is asked of the machine, and which Debian package brings it.
NEEDS = {
    "nginx": ("nginx", "/usr/sbin/nginx"),
    "haproxy": ("haproxy", "/usr/sbin/haproxy"),
    "taskset": ("util-linux", "/usr/bin/taskset"),
    "openssl": ("openssl", "/usr/bin/openssl"),
}
NGINX_MODULES = Path("/usr/lib/nginx/modules")
LUA_MODULE = NGINX_MODULES / "ngx_http_lua_module.so"


class NotYet(Exception):
    """Keyward cannot do this yet; the scenario says so and goes on without it."""


def program(name: str) -> str:
    """The path of a program; daemons live where the caller's PATH may not lead."""
    return shutil.which(name) or NEEDS[name][1]


def insist_on_packages() -> None:
    """Ends with the names of the Debian packages that are missing."""
    missing = [package for name, (package, path) in NEEDS.items() if not (shutil.which(name) or Path(path).exists())]
    if not LUA_MODULE.exists():
        missing.append("libnginx-mod-http-lua")
    if missing:
        sys.exit("The benchmarks need Debian packages that are not installed:\n"
                 f"    sudo apt-get install --no-install-recommends {' '.join(missing)}")
    if (os.cpu_count() or 1) < 2:
        sys.exit("The benchmarks need two cores: one for the proxy, one for the load and the upstream.")


def description() -> str:
    """The machine in a line."""
    model = next((line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), "unknown processor")
    return f"{platform.machine()}, {model}, {os.cpu_count()} cores, Linux {platform.release().split('-')[0]}"


def versions() -> list[str]:
    """What stands beside Keyward, by version."""
    said = []
    for name, flag, pattern in (("nginx", "-v", r"nginx/([\d.]+)"), ("haproxy", "-v", r"version ([\d.]+)")):
        done = subprocess.run([program(name), flag], capture_output=True, text=True)
        found = re.search(pattern, done.stdout + done.stderr)
        said.append(f"{name} {found.group(1) if found else 'of unknown version'}")
    return said


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(command: list, log: Path, cores: str = str(PROXY_CORE), env: dict | None = None) -> subprocess.Popen:
    """Starts a process on these cores; what it says goes into a file."""
    with log.open("ab") as out:
        return subprocess.Popen(["taskset", "-c", cores, *map(str, command)], env={**os.environ, **(env or {})},
                                stdin=subprocess.DEVNULL, stdout=out, stderr=out)


def stop(process: subprocess.Popen) -> None:
    """Ends a process, by force when it takes its time."""
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_for(port: int, process: subprocess.Popen, log: Path, seconds: float = 60) -> None:
    """Until something listens on a port."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    sys.exit(f"nothing listens on port {port}; {log.name} ends with:\n{log.read_text()[-2000:]}")


def get(port: int, token: str | None, tls: bool = False, path: str = PATH) -> tuple[int, bytes]:
    """One request, as the load makes it."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if tls:
        context = ssl._create_unverified_context()  # The certificate was made for the occasion.
        connection = http.client.HTTPSConnection("localhost", port, timeout=10, context=context)
    else:
        connection = http.client.HTTPConnection("localhost", port, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost that signs itself, ECDSA on P-256, and its key."""
    chain, key = folder / "bench.crt", folder / "bench.key"
    if not chain.exists():
        subprocess.run([program("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes", "-keyout", key, "-out", chain, "-days", "30", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True)
        key.chmod(0o600)
    return chain, key
