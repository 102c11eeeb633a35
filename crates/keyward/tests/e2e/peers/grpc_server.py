"""A service of gRPC, without generated code: messages are bytes. Prints its port on the first line.

demo.Echo/Unary       says back what it heard, with the trailer `x-sum`
demo.Echo/Down        says it three times
demo.Echo/Up          says all that it heard in one
demo.Echo/Both        says back each message as it comes
demo.Echo/Fail        fails with a message and a trailer
demo.Echo/Wait        says `arrived`, waits until its caller gives up, and counts that
demo.Echo/GivenUp     how many gave up, in digits
"""

import sys
import threading
from concurrent import futures

import grpc

given_up = 0
lock = threading.Lock()


def unary(request, context):
    context.set_trailing_metadata((("x-sum", str(len(request))), ("te-seen", "yes")))
    return request


def down(request, context):
    for number in range(3):
        yield request + str(number).encode()


def up(requests, context):
    return b"".join(requests)


def both(requests, context):
    yield from requests


def fail(request, context):
    context.set_trailing_metadata((("x-why", "it is Sunday"),))
    context.abort(grpc.StatusCode.FAILED_PRECONDITION, "not now: 100% \u00fc")


def wait(request, context):
    over = threading.Event()
    context.add_callback(over.set)
    yield b"arrived"
    over.wait(60)
    global given_up
    with lock:
        given_up += 1


def how_many(request, context):
    with lock:
        return str(given_up).encode()


server = grpc.server(futures.ThreadPoolExecutor(max_workers=16))
handlers = {
    "Unary": grpc.unary_unary_rpc_method_handler(unary),
    "Down": grpc.unary_stream_rpc_method_handler(down),
    "Up": grpc.stream_unary_rpc_method_handler(up),
    "Both": grpc.stream_stream_rpc_method_handler(both),
    "Fail": grpc.unary_unary_rpc_method_handler(fail),
    "Wait": grpc.unary_stream_rpc_method_handler(wait),
    "GivenUp": grpc.unary_unary_rpc_method_handler(how_many),
}
server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("demo.Echo", handlers),))
port = server.add_insecure_port("127.0.0.1:0")
server.start()
print(port)
sys.stdout.flush()
server.wait_for_termination()
