"""Calls demo.Echo in every way that gRPC has. Takes {"target", "token", "wrong"}; prints what came of each call."""

import json
import os
import queue
import sys
import time

import grpc

plan = json.load(sys.stdin)
channel = grpc.insecure_channel(plan["target"])
good = (("authorization", "Bearer " + plan["token"]),)
path = "/demo.Echo/"


def texts(metadata):
    return {key: value for key, value in metadata or () if isinstance(value, str)}


def failure(error):
    return {"code": error.code().name, "details": error.details(), "trailers": texts(error.trailing_metadata())}


def failed(method, metadata, **more):
    try:
        channel.unary_unary(path + method)(b"hello", metadata=metadata, **more)
    except grpc.RpcError as error:
        return failure(error)
    return {"code": "OK"}


if plan.get("only") == "unary":
    json.dump(failed("Unary", good, timeout=30), sys.stdout)
    sys.exit()

out = {}
reply, call = channel.unary_unary(path + "Unary").with_call(b"hello", metadata=good, timeout=30)
out["unary"] = {"reply": reply.decode(), "trailers": texts(call.trailing_metadata())}
large = bytes(range(256)) * 8192
out["large"] = channel.unary_unary(path + "Unary")(large, metadata=good, timeout=30) == large
out["down"] = [reply.decode() for reply in channel.unary_stream(path + "Down")(b"a", metadata=good, timeout=30)]
out["up"] = channel.stream_unary(path + "Up")(iter([b"a", b"b", b"c"]), metadata=good, timeout=30).decode()

# Each message is sent only when the one before has come back: whoever held messages back would stop this for ever.
say = queue.Queue()
heard = []
replies = channel.stream_stream(path + "Both")(iter(say.get, None), metadata=good, timeout=30)
for word in [b"one", b"two", b"three"]:
    say.put(word)
    heard.append(next(replies).decode())
say.put(None)
out["both"] = heard + [reply.decode() for reply in replies]

out["fail"] = failed("Fail", good, timeout=30)
try:
    list(channel.unary_stream(path + "Wait")(b"", metadata=good, timeout=0.5))
except grpc.RpcError as error:
    out["deadline"] = failure(error)


def given_up():
    return int(channel.unary_unary(path + "GivenUp")(b"", metadata=good, timeout=30))


before = given_up()
call = channel.unary_stream(path + "Wait")(b"", metadata=good)
next(call)
call.cancel()
until = time.monotonic() + 30
while (now := given_up()) <= before and time.monotonic() < until:
    time.sleep(0.02)
out["cancelled_behind"] = now > before

out["wrong"] = failed("Unary", (("authorization", "Bearer " + plan["wrong"]),), timeout=30)
out["none"] = failed("Unary", (), timeout=30)
out["unrouted"] = failed("Missing/Method", good, timeout=30)
stream = channel.stream_stream(path + "Both")(iter([b"x"] * 100), timeout=30)
try:
    next(stream)
except grpc.RpcError as error:
    out["stream_refused"] = failure(error)
json.dump(out, sys.stdout)
sys.stdout.flush()
# Calls that are taken apart as the interpreter ends may wait for a lock that nobody gives back any more.
os._exit(0)
