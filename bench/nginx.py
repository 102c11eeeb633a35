"""nginx: as a plain proxy, with a key map, and with a key check in Lua; with TLS and HTTP/2 as the plain proxy."""

from pathlib import Path

import machine
from contender import Contender

FORWARD = 'proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection "";'


def plain(folder: Path, upstream: int, listen: str = "", name: str = "nginx, plain proxy") -> Contender:
    """Nothing but forwarding. `listen` are options of its socket, `ssl` or `http2` among them."""
    tls = ""
    if "ssl" in listen:
        chain, key = machine.certificate(folder)
        tls = (f"ssl_certificate {chain}; ssl_certificate_key {key}; ssl_protocols TLSv1.2 TLSv1.3; "
               "ssl_session_cache shared:tls:16m; ssl_session_tickets on;")
    label = "plain" + "".join(part[0].upper() + part[1:] for part in listen.split())
    contender = start(folder, upstream, label, name, "", f"location / {{ {FORWARD} }}", tls=tls, listen=listen)
    contender.checks, contender.tls = False, bool(tls)
    return contender


def key_map(folder: Path, upstream: int, tokens: list[str]) -> Contender:
    """The key looked up in a map, a request limit for each key, and a line for each call."""
    entries = folder / "keys.nginx"
    entries.write_text("".join(f'"Bearer {token}" "bench-{place}";\n' for place, token in enumerate(tokens)))
    return start(folder, upstream, "map", "nginx, key map, limit, log", f"""
        map_hash_max_size 262144; map_hash_bucket_size 256;
        map $http_authorization $consumer {{ default ""; include {entries}; }}
        limit_req_zone $consumer zone=keys:64m rate=1000000r/s;
        log_format call '$msec $request_id $consumer $request_method $uri $status $request_time $bytes_sent';""", f"""
        access_log {folder}/call.log call buffer=64k flush=1s;
        location / {{ if ($consumer = "") {{ return 401; }} limit_req zone=keys burst=100000 nodelay;
            proxy_set_header X-Consumer $consumer; {FORWARD} }}""")


def lua(folder: Path, upstream: int, tokens: list[str]) -> Contender:
    """The key looked up in a shared dictionary by Lua, filled when nginx starts."""
    entries = folder / "keys.lua.txt"
    entries.write_text("".join(f"{token} bench-{place}\n" for place, token in enumerate(tokens)))
    modules = "".join(f"load_module {machine.NGINX_MODULES}/{name}.so; "
                      for name in ("ndk_http_module", "ngx_http_lua_module"))
    return start(folder, upstream, "lua", "nginx, Lua key check", f"""
        lua_shared_dict keys {max(16, len(tokens) // 2000)}m;
        init_by_lua_block {{
            local keys = ngx.shared.keys
            for line in io.lines("{entries}") do
                local token, consumer = line:match("^(%S+) (%S+)$")
                assert(keys:safe_set(token, consumer))
            end
        }}""", f"""
        location / {{
            set $consumer "";
            access_by_lua_block {{
                local presented = ngx.var.http_authorization
                if not presented or presented:sub(1, 7) ~= "Bearer " then return ngx.exit(401) end
                local consumer = ngx.shared.keys:get(presented:sub(8))
                if not consumer then return ngx.exit(401) end
                ngx.var.consumer = consumer
            }}
            proxy_set_header X-Consumer $consumer; {FORWARD}
        }}""", modules=modules)


def start(folder: Path, upstream: int, label: str, name: str, http: str, server: str, *,
          modules: str = "", tls: str = "", listen: str = "") -> Contender:
    """Starts one with these pieces of configuration."""
    port, home = machine.free_port(), folder / f"nginx-{label}"
    home.mkdir()
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{kind}_temp_path {home}/{kind};" for kind in kinds)
    configuration, log = home / "nginx.conf", home / "error.log"
    configuration.write_text(f"""{modules}
daemon off; worker_processes 1; pid {home}/pid; error_log {log} error; worker_rlimit_nofile 8192;
events {{ worker_connections 4096; }}
http {{
    access_log off; keepalive_requests 1000000000; keepalive_timeout 3600; {temporary}
    upstream behind {{ server 127.0.0.1:{upstream}; keepalive 128; keepalive_requests 1000000000; }}
    {http}
    server {{ listen 127.0.0.1:{port} backlog=4096 {listen}; {tls} {server} }}
}}
""")
    process = machine.start([machine.program("nginx"), "-c", configuration], log)
    machine.wait_for(port, process, log)
    return Contender(name, process, port, log)
