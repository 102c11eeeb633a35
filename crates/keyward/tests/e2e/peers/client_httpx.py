"""Drives the gateway with httpx. Reads a JSON plan on standard input, prints a JSON list of what came back.

With a file of certificates as its argument, it trusts those and speaks HTTP/2 where it can.
Each step: {"method", "url", "headers", "content" or "stream_mb"}. All steps share one client, so connections are reused.
"""

import hashlib
import json
import ssl
import sys

import httpx


def megabytes(count):
    for _ in range(count):
        yield b"k" * 1_048_576


results = []
options = {"http2": True, "verify": ssl.create_default_context(cafile=sys.argv[1])} if len(sys.argv) > 1 else {}
with httpx.Client(timeout=30, **options) as client:
    for step in json.load(sys.stdin):
        content = step.get("content")
        if "stream_mb" in step:
            content = megabytes(step["stream_mb"])
        answer = client.request(step["method"], step["url"], headers=step.get("headers"), content=content)
        results.append({
            "status": answer.status_code,
            "version": answer.http_version,
            "headers": {name.lower(): value for name, value in answer.headers.items()},
            "text": answer.text,
            "sha256": hashlib.sha256(answer.content).hexdigest(),
        })
json.dump(results, sys.stdout)
