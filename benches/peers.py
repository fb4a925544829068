"""The peers: one process an engine and a task, described by JSON on standard input.

With `memory` the contacts are loaded first, which is not timed; with `sum` the answer is one number.
Times are taken inside the process after a warm-up, without start-up and import. Each engine answers in
the form it is fastest with; the answer goes back with the times.
"""
import json, os, resource, shutil, sys, time
import work

RUNS = 3
TYPES = dict(id="varchar", region="varchar", age="integer", device="varchar", network="varchar", last_active="timestamp",
             last_purchase="timestamp", last_visit="varchar", tags="varchar[]", blocked="boolean", orders="integer", spend="decimal(12,2)")
CHDB_TYPES = ("id String, region {text}, age Nullable(Int32), device {text}, network {text}, last_active Nullable(DateTime('UTC')), "
              "last_purchase Nullable(DateTime('UTC')), last_visit {maybe}, tags {tags}, blocked Bool, orders Int32, spend Decimal(12,2)")


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def timed(run):
    times, answer = [], None
    for turn in range(RUNS + 1):
        wall, used = time.perf_counter(), cpu()
        answer = run()
        times.append((time.perf_counter() - wall, cpu() - used))
        if turn == 0 and times[0][0] > 8:
            return times, answer
    return times[1:], answer


def lines(path):
    files = [os.path.join(path, name) for name in os.listdir(path)] if os.path.isdir(path) else [path]
    return sum(open(name, "rb").read().count(b"\n") for name in files)


def duckdb(task):
    import duckdb
    connection = duckdb.connect()
    connection.execute("set enable_progress_bar=false; set threads=2; set preserve_insertion_order=false; set max_expression_depth to 100000")
    file, format = task["file"], task["format"]
    types = dict(TYPES, tags="varchar") if format == "csv" else TYPES
    columns = "{" + ",".join(f"'{k}':'{v}'" for k, v in types.items()) + "}"
    source = {"parquet": f"read_parquet('{file}')",
              "ndjson": f"read_json('{file}', format='newline_delimited', columns={columns})",
              "csv": f"read_csv('{file}', header=true, columns={columns}, auto_detect=false, delim=',', quote='', escape='', nullstr='', new_line='\\n')"}[format]
    write = lambda x: work.atom(x, "duckdb", format)
    if "one" in task:
        text = f"copy (select id from {source} where {work.sql(task['one'], write)}) to '{task['out']}' (format csv, header false, quote '')"
        return timed(lambda: connection.execute(text).fetchone()[0]), duckdb.__version__
    many = task["many"]
    if "memory" in task:
        connection.execute(f"create table held as select * from {source}")
        source = "held"
    plain = f"select {','.join(f'count_if({work.sql(x, write)})' for x in many)} from {source}"
    named = {}
    for x in many:
        for q in work.questions(x):
            named.setdefault(tuple(q), f"q{len(named)}")
    columns = ",".join(f"{write(q)} as {name}" for q, name in named.items())
    counts = ",".join(f"count_if({work.sql(x, lambda q: named[tuple(q)])})" for x in many)
    materialised = f"with p as materialized (select {columns} from {source}) select {counts} from p"
    forms = [plain, materialised] if len(many) <= 100 else [materialised]
    tried = [timed(lambda text=text: list(connection.execute(text).fetchone())) for text in forms]
    return min(tried, key=lambda found: min(found[0])), duckdb.__version__


def chdb(task):
    import chdb
    from chdb import session
    connection = session.Session()
    connection.query("set max_threads=2")
    connection.query("set engine_file_truncate_on_insert=1")
    connection.query("set max_query_size=100000000")
    connection.query("set max_ast_elements=10000000")
    connection.query("set max_expanded_ast_elements=10000000")
    file, format = task["file"], task["format"]
    write = lambda x: work.atom(x, "chdb", format)
    name = {"csv": "CSVWithNames", "ndjson": "JSONEachRow", "parquet": "Parquet"}[format]
    tags = "String" if format == "csv" else "Array(String)"
    plain = CHDB_TYPES.format(text="String", maybe="Nullable(String)", tags=tags)
    coded = CHDB_TYPES.format(text="LowCardinality(String)", maybe="LowCardinality(Nullable(String))", tags=tags)
    sources = ["file('{}', '{}', '{}')".format(file, name, types.replace("'", "\\'")) for types in (plain, coded)]
    tried = []
    for source in sources:
        if "one" in task:
            text = f"insert into function file('{task['out']}', 'TSVRaw', 'id String') select id from {source} where {work.sql(task['one'], write)}"
            times, _ = timed(lambda: connection.query(text) and None)
            tried.append((times, lines(task["out"])))
        else:
            if "memory" in task:
                connection.query("create database if not exists held")
                connection.query("drop table if exists held.t")
                connection.query(f"create table held.t engine=Memory as select * from {source}")
                source = "held.t"
            text = f"select {','.join(f'countIf({work.sql(x, write)})' for x in task['many'])} from {source} format JSONCompactEachRow"
            tried.append(timed(lambda: [int(n) for n in json.loads(str(connection.query(text)))]))
    return min(tried, key=lambda found: min(found[0])), chdb.__version__


def polars(task):
    import polars as pl
    file, format = task["file"], task["format"]
    schema = dict(id=pl.String, region=pl.String, age=pl.Int32, device=pl.String, network=pl.String, last_active=pl.Datetime("us"),
                  last_purchase=pl.Datetime("us"), last_visit=pl.String, tags=pl.List(pl.String), blocked=pl.Boolean, orders=pl.Int32,
                  spend=pl.Float64)
    if format == "csv":
        schema["tags"] = pl.String
    scan = {"csv": lambda: pl.scan_csv(file, schema=schema), "ndjson": lambda: pl.scan_ndjson(file, schema=schema),
            "parquet": lambda: pl.scan_parquet(file)}[format]
    if "one" in task:
        where = work.polars(task["one"], format)
        times, _ = timed(lambda: scan().filter(where).select("id").sink_csv(task["out"], include_header=False))
        return (times, lines(task["out"])), pl.__version__
    if "memory" in task:
        held = scan().with_columns(pl.col("device", "network", "last_visit").cast(pl.Categorical)).collect()
        scan = held.lazy
    counts = [work.polars(x, format).sum().alias(f"s{i}") for i, x in enumerate(task["many"])]
    return timed(lambda: list(scan().select(counts).collect(engine="streaming").row(0))), pl.__version__


def datafusion(task):
    import datafusion as df, pyarrow as pa
    file, format = task["file"], task["format"]
    context = df.SessionContext(df.SessionConfig().with_target_partitions(2))
    stamp, text = pa.timestamp("s"), pa.string()
    tags = text if format == "csv" else pa.list_(text)
    schema = pa.schema([("id", text), ("region", text), ("age", pa.int32()), ("device", text), ("network", text), ("last_active", stamp),
                        ("last_purchase", stamp), ("last_visit", text), ("tags", tags), ("blocked", pa.bool_()), ("orders", pa.int32()),
                        ("spend", pa.decimal128(12, 2))])
    if format == "csv":
        context.register_csv("t", file, schema=schema, has_header=True)
    elif format == "ndjson":
        context.register_json("t", file, schema=schema, file_extension=".ndjson")
    else:
        context.register_parquet("t", file)
    write = lambda x: work.atom(x, "datafusion", format)
    if "one" in task:
        def run():
            shutil.rmtree(task["out"], ignore_errors=True)
            select = f"select id from t where {work.sql(task['one'], write)}"
            copied = context.sql(f"copy ({select}) to '{task['out']}' stored as csv options('format.has_header' 'false')").collect()
            return copied[0].column(0)[0].as_py()
        return timed(run), df.__version__
    counts = ",".join(f"sum(case when {work.sql(x, write)} then 1 else 0 end)" for x in task["many"])
    return timed(lambda: [c[0].as_py() for c in context.sql(f"select {counts} from t").collect()[0].columns]), df.__version__


def tuples(x):
    return tuple(tuples(y) if isinstance(y, list) else y for y in x)


if __name__ == "__main__":
    task = json.load(sys.stdin)
    task = {k: tuples(v) if k in ("one", "many") else v for k, v in task.items()}
    (times, answer), version = globals()[sys.argv[1]](task)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    if "sum" in task:
        answer = sum(answer)
    print("\n" + json.dumps(dict(times=times, answer=answer, version=version, peak=peak)))
