#!/usr/bin/env python3
"""Times segrule beside DuckDB, ClickHouse (as chDB), Polars and DataFusion on the same work.

    python3 benches/compare.py [ROWS] [WORK…]     # 1,000,000 rows and all work without arguments
    python3 benches/compare.py 10,000,000 one     # WORK: one, many10, many100, many1000

Installs the peers from PyPI into target/bench, makes contacts there (CSV, NDJSON, Parquet; the same on
every machine), builds segrule, and runs all of them on two threads, segrule before and after each round
of peers. Any difference between the answers ends the run. segrule is timed as a whole process, start-up
and rule checking included; the peers inside their processes, after a warm-up. Prints Markdown.
"""
import json, platform, resource, statistics, subprocess, sys, time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import work

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "target" / "bench"
SEGRULE = ROOT / "target" / "release" / "segrule"
PEERS = ["duckdb", "chdb", "polars", "datafusion"]
RUNS = 3
LONGEST_S = 150


def prepare(rows):
    python = HOME / "venv" / "bin" / "python"
    HOME.mkdir(parents=True, exist_ok=True)
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", HOME / "venv"], check=True)
        subprocess.run([python, "-m", "pip", "-q", "install", "duckdb", "chdb", "polars", "datafusion", "pyarrow"], check=True)
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=ROOT, check=True)
    if not (HOME / f"contacts_{rows}.csv").exists():
        joined = "select * replace (case when len(tags) > 0 then array_to_string(tags, '|') end as tags, strftime(last_active, '%Y-%m-%dT%H:%M:%S') as last_active, strftime(last_purchase, '%Y-%m-%dT%H:%M:%S') as last_purchase) from contacts"
        iso = "select * replace (strftime(last_active, '%Y-%m-%dT%H:%M:%S') as last_active, strftime(last_purchase, '%Y-%m-%dT%H:%M:%S') as last_purchase) from contacts"
        steps = [work.make(rows),
                 f"copy contacts to '{HOME}/contacts_{rows}.parquet' (format parquet, compression zstd)",
                 f"copy ({iso}) to '{HOME}/contacts_{rows}.ndjson' (format json)",
                 f"copy ({joined}) to '{HOME}/contacts_{rows}.csv' (format csv, header true)"]
        script = f"import duckdb; c = duckdb.connect(); c.execute('set enable_progress_bar=false'); [c.execute(s) for s in {steps!r}]"
        subprocess.run([python, "-c", script], check=True)
    return python


def run_segrule(args):
    """Wall and CPU seconds of whole processes, what the last one printed, and its peak memory in MB."""
    times, out = [], ""
    for _ in range(RUNS):
        before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run([SEGRULE, *args, "--zone", "UTC", "--threads", "2"], capture_output=True, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        times.append((time.perf_counter() - wall, used))
        if done.returncode:
            sys.exit(done.stderr)
        out = done.stdout
    return times, out


def run_peer(python, engine, task):
    try:
        done = subprocess.run([python, ROOT / "benches" / "peers.py", engine], input=json.dumps(task), capture_output=True,
                              text=True, timeout=LONGEST_S)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode:
        print(f"<!-- {engine}: {done.stderr.strip().splitlines()[-1:]} -->", file=sys.stderr)
        return None
    return json.loads(done.stdout.strip().splitlines()[-1])


def medians(times):
    return tuple(statistics.median(t[k] for t in times) for k in (0, 1))


def shown(pair):
    return f"{pair[0]:.3f} ({pair[1]:.3f})"


def compare(python, name, task, args, answer_of, versions):
    ours, out = run_segrule(args)
    peers = {}
    for engine in PEERS:
        found = run_peer(python, engine, task)
        if found is None:
            continue
        versions[engine] = found["version"]
        if found["answer"] != answer_of(out):
            sys.exit(f"{name}, {task['format']}: segrule finds {answer_of(out)}, {engine} {found['answer']}")
        peers[engine] = medians(found["times"])
    again, _ = run_segrule(args)
    mine = medians(ours + again)
    best = min(peers, key=lambda engine: peers[engine][0])
    least = min(used for _, used in peers.values())
    cells = [shown(peers[engine]) if engine in peers else "-" for engine in PEERS]
    print(f"| {name} | {task['format']} | {shown(mine)} | " + " | ".join(cells)
          + f" | {best} | {peers[best][0] / mine[0]:.1f} | {least / mine[1]:.1f} |", flush=True)


def rules_file(name, segments):
    path = HOME / f"{name}.seg"
    path.write_text(work.SCHEMA + "".join(f"segment s{i} = {work.rule(x)}\n" for i, x in enumerate(segments)))
    return str(path)


def main():
    rows = next((int(a.replace(",", "")) for a in sys.argv[1:] if a[0].isdigit()), 1_000_000)
    wanted = [a for a in sys.argv[1:] if not a[0].isdigit()] or ["one", "many10", "many100", "many1000"]
    python = prepare(rows)
    versions = {}
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    print(f"{rows:,} contacts, 2 threads, {model}; seconds of wall time (CPU); the last two columns say how many times as long\n"
          "the quickest peer takes, and how many times as much CPU the most frugal one\n")
    print("| work | from | segrule | " + " | ".join(PEERS) + " | quickest | wall | CPU |\n|---|---|" + "---|" * (len(PEERS) + 4))
    file = lambda format: str(HOME / f"contacts_{rows}.{format}")
    if "one" in wanted:
        rules = rules_file("single", work.SINGLE.values())
        for format in ("csv", "ndjson", "parquet"):
            for i, (name, x) in enumerate(work.SINGLE.items()):
                out = str(HOME / "out.csv")
                args = ["select", f"s{i}", "--rules", rules, "--data", file(format), "-o", out, "--force"]
                count = lambda _: Path(out).read_bytes().count(b"\n") - 1
                task = dict(file=file(format), format=format, one=x, out=str(HOME / "peer.csv"))
                compare(python, f"one segment, {name}", task, args, count, versions)
    for count in (10, 100, 1000):
        if f"many{count}" not in wanted:
            continue
        many = work.segments(count)
        rules = rules_file(f"many_{count}", many)
        for format in ("csv", "ndjson", "parquet") if count <= 100 else ("parquet",):
            args = ["count", "--rules", rules, "--data", file(format), "--format", "json"]
            members = lambda out: [found["members"] for found in json.loads(out)["segments"]]
            task = dict(file=file(format), format=format, many=many)
            compare(python, f"{count} segments, counts", task, args, members, versions)
    print("\n" + ", ".join(f"{engine} {version}" for engine, version in versions.items()) + "; every answer equal")


main()
