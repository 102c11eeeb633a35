"""Reads requests of OTLP on standard input, each the length of its body in a line and the body, with the messages that
OpenTelemetry itself publishes. Prints JSON: the records of logs, each with its resource."""

import json
import sys

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest


def values(attributes):
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}


records = []
while line := sys.stdin.buffer.readline():
    request = ExportLogsServiceRequest.FromString(sys.stdin.buffer.read(int(line)))
    # A field that the schema does not know is a field in the wrong place.
    assert ExportLogsServiceRequest.FromString(request.SerializeToString(deterministic=True)) == request
    for resource in request.resource_logs:
        for scope in resource.scope_logs:
            for record in scope.log_records:
                told = MessageToDict(record)
                told.update(
                    traceId=record.trace_id.hex(),
                    time=record.time_unix_nano,
                    body=record.body.string_value,
                    attributes=values(record.attributes),
                    resource=values(resource.resource.attributes),
                    scope=scope.scope.name,
                )
                records.append(told)
print(json.dumps(records))
