"""DuckDB and SQLite over the table of the bench. Each line of input asks one of them one question; the answer is a line
of JSON with the counts and the CPU time of the whole process, every thread of it."""

import csv
import json
import sqlite3
import sys
import time

import duckdb

table, rows, sqlite_most = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
COLUMNS = "ts usr grp host d1 d2 d3 ip blocked mode".split()
# As narrow as a dictionary would make them.
TYPES = "BIGINT USMALLINT UTINYINT USMALLINT UTINYINT UTINYINT UTINYINT UINTEGER UTINYINT UTINYINT".split()

duck = duckdb.connect(config={"threads": 1})
names = ", ".join(f"'{name}': '{kind}'" for name, kind in zip(COLUMNS, TYPES))
duck.execute(f"CREATE TABLE ev AS SELECT * FROM read_csv('{table}', header=false, columns={{{names}}})")
assert duck.execute("SELECT count(*) FROM ev").fetchone()[0] == rows

lite = None
if rows <= sqlite_most:
    lite = sqlite3.connect(":memory:")
    lite.execute(f"CREATE TABLE ev ({', '.join(name + ' INTEGER' for name in COLUMNS)})")
    with open(table, newline="") as lines:
        lite.executemany(f"INSERT INTO ev VALUES ({','.join('?' * len(COLUMNS))})", csv.reader(lines))
print("ready", flush=True)

for line in sys.stdin:
    ask = json.loads(line)
    base = {"duckdb": duck, "sqlite": lite}[ask["base"]]
    begun = time.process_time()
    found = base.execute(ask["sql"]).fetchone()
    spent = time.process_time() - begun
    print(json.dumps({"found": found, "seconds": spent}), flush=True)
