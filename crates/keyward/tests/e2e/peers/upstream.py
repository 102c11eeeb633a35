"""An upstream that tells back what reached it. Prints its port on the first line.

GET /echo...    200, JSON of method, target and headers as received
POST /echo...   the same with the length and the SHA-256 of the body
GET /status/N   answers with status N
GET /large/N    N bytes
GET /stream     five lines, 100 ms apart, chunked; ?lines=N for another number of them, as server-sent events
"""

import hashlib
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            parts = []
            while True:
                size = int(self.rfile.readline().split(b";")[0], 16)
                parts.append(self.rfile.read(size))
                self.rfile.readline()
                if size == 0:
                    return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_any(self) -> None:
        body = self.body()
        if self.path.startswith("/status/"):
            self.answer(int(self.path.rsplit("/", 1)[1]), b"{}")
        elif self.path.startswith("/large/"):
            self.answer(200, bytes(int(self.path.rsplit("/", 1)[1])), "application/octet-stream")
        elif self.path.startswith("/stream"):
            self.send_response(200)
            _, events, lines = self.path.partition("?lines=")
            self.send_header("Content-Type", "text/event-stream" if events else "text/plain")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for line in range(int(lines or 5)):
                piece = f"line {line}\n".encode()
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                self.wfile.flush()
                time.sleep(0.1)
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.answer(200, json.dumps({
                "server": "python",
                "method": self.command,
                "target": self.path,
                "headers": [[name.lower(), value] for name, value in self.headers.items()],
                "body_length": len(body),
                "body_sha256": hashlib.sha256(body).hexdigest(),
            }).encode())

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = handle_any

    def log_message(self, *_args) -> None:
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
server.daemon_threads = True
print(server.server_address[1], flush=True)
try:
    server.serve_forever()
except KeyboardInterrupt:
    sys.exit(0)
