"""Reads exports of calls: a CSV file with Python's own reader, a Parquet file with DuckDB.

Arguments: the CSV file, the Parquet file. Prints JSON: the rows of the one, and of the other what they add up to.
"""

import csv
import json
import sys

import duckdb

with open(sys.argv[1], newline="", encoding="utf-8") as file:
    rows = list(csv.DictReader(file, strict=True))


def ask(query):
    return duckdb.execute(query, [sys.argv[2]]).fetchall()


by_status = ask("SELECT status::INTEGER, count(*) FROM read_parquet(?) GROUP BY 1 ORDER BY 1")
moments = ask('SELECT typeof("at"), min("at") > TIMESTAMP \'2020-01-01\' FROM read_parquet(?) GROUP BY 1')

json.dump({"csv": rows, "by_status": by_status, "moments": moments}, sys.stdout)
