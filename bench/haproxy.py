"""HAProxy with a key map."""

from pathlib import Path

import machine
from contender import Contender


def key_map(folder: Path, upstream: int, tokens: list[str]) -> Contender:
    """The key looked up in a map; the consumer's name goes to the upstream."""
    port, entries, configuration = machine.free_port(), folder / "keys.haproxy", folder / "haproxy.cfg"
    entries.write_text("".join(f"{token} bench-{place}\n" for place, token in enumerate(tokens)))
    configuration.write_text(f"""
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
  bind 127.0.0.1:{port} backlog 4096
  http-request set-var(txn.consumer) req.hdr(authorization),word(2,' '),map_str({entries})
  http-request deny deny_status 401 unless {{ var(txn.consumer) -m found }}
  http-request set-header X-Consumer %[var(txn.consumer)]
  default_backend behind
backend behind
  server one 127.0.0.1:{upstream}
""")
    log = folder / "haproxy.log"
    process = machine.start([machine.program("haproxy"), "-db", "-f", configuration], log)
    machine.wait_for(port, process, log)
    return Contender("HAProxy, key map", process, port, log)
