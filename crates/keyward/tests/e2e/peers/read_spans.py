"""Reads requests of OTLP on standard input, each the length of its body in a line and the body, with the messages that
OpenTelemetry itself publishes. Prints JSON: the spans, each with its resource."""

import json
import sys

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


def values(attributes):
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}


spans = []
while line := sys.stdin.buffer.readline():
    request = ExportTraceServiceRequest.FromString(sys.stdin.buffer.read(int(line)))
    # A field that the schema does not know is a field in the wrong place.
    assert ExportTraceServiceRequest.FromString(request.SerializeToString(deterministic=True)) == request
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                told = MessageToDict(span)
                told.update(
                    traceId=span.trace_id.hex(),
                    spanId=span.span_id.hex(),
                    parentSpanId=span.parent_span_id.hex(),
                    start=span.start_time_unix_nano,
                    end=span.end_time_unix_nano,
                    attributes=values(span.attributes),
                    resource=values(resource.resource.attributes),
                    scope=scope.scope.name,
                )
                spans.append(told)
print(json.dumps(spans))
