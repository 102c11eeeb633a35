"""Prints the records of logs in requests of OTLP on standard input."""

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

import otlp


def more(record):
    return {"traceId": record.trace_id.hex(), "time": record.time_unix_nano, "body": record.body.string_value}


otlp.print_all(ExportLogsServiceRequest, "logs", "log_records", more)
