"""Reads requests of OTLP on standard input, each the length of its body in a line and the body, with the messages that
OpenTelemetry itself publishes."""

import json
import sys

from google.protobuf.json_format import MessageToDict


def values(attributes):
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}


def print_all(kind, resources, of_scope, more):
    """Prints JSON: everything that requests of a kind hold, each with its resource, its scope, and what `more` tells of
    it. `resources` and `of_scope` name the lists of a request and of a scope."""
    told = []
    while line := sys.stdin.buffer.readline():
        request = kind.FromString(sys.stdin.buffer.read(int(line)))
        # A field that the schema does not know is a field in the wrong place.
        assert kind.FromString(request.SerializeToString(deterministic=True)) == request
        for resource in getattr(request, f"resource_{resources}"):
            for scope in getattr(resource, f"scope_{resources}"):
                for one in getattr(scope, of_scope):
                    told.append({
                        **MessageToDict(one),
                        "attributes": values(one.attributes),
                        "resource": values(resource.resource.attributes),
                        "scope": scope.scope.name,
                        **more(one),
                    })
    print(json.dumps(told))
