"""Reads metrics on standard input with the parsers of Prometheus's own client, as text or, with an argument, as
OpenMetrics. Prints JSON: by sample the list of labels and values."""

import json
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

families = (openmetrics if len(sys.argv) > 1 else prometheus)(sys.stdin.read())
samples = {}
for family in families:
    for sample in family.samples:
        samples.setdefault(sample.name, []).append([sample.labels, sample.value])
print(json.dumps(samples))
