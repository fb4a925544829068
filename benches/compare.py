#!/usr/bin/env python3
"""Times segrule beside DuckDB, ClickHouse (as chDB), Polars and DataFusion on the same work.

    python3 benches/compare.py                  # everything; the figures of docs/performance.md
    python3 benches/compare.py ROWS [WORK…]     # WORK: one, many10, many100, many1000,
                                                # memory10, memory100, memory1000, memory10000
    python3 benches/compare.py contact          # one contact at a time, beside datalogic-rs
    python3 benches/compare.py small            # start-up, and checking a rule file of 5 MB
    python3 benches/compare.py grow             # how cost grows with fields and selectivity, and its limits

Installs the peers from PyPI into target/bench, makes contacts there (CSV, NDJSON, Parquet; the same on
every machine; 4 GB for ten million), builds segrule, and runs all of them on two threads, segrule before
and after each round of peers. Any difference between the answers ends the run. segrule is timed as a
whole process, start-up and rule checking included; the peers inside their processes, after a warm-up.
Prints Markdown. Everything takes about twenty minutes once the contacts are made.
"""
import json, os, platform, resource, statistics, subprocess, sys, tempfile, time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import work

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "target" / "bench"
PYTHON = HOME / "venv" / "bin" / "python"
SEGRULE = ROOT / "target" / "release" / "segrule"
COLUMNS = ROOT / "target" / "release" / "examples" / "columns"
PEERS = ["duckdb", "chdb", "polars", "datafusion"]
RUNS = 3
LONGEST_S = 150
MILLION, TEN_MILLION = 1_000_000, 10_000_000
# Rows, work, formats, and the peers that answer in good time.
EVERYTHING = [
    (TEN_MILLION, "one", ["csv", "parquet"], PEERS),
    (TEN_MILLION, "one", ["ndjson"], ["duckdb", "chdb", "datafusion"]),
    (MILLION, "many10", ["parquet"], PEERS),
    (MILLION, "many100", ["csv", "ndjson", "parquet"], PEERS),
    (MILLION, "many1000", ["parquet"], ["duckdb", "chdb", "polars"]),
    (TEN_MILLION, "many10", ["parquet"], ["chdb", "polars"]),
    (TEN_MILLION, "many100", ["csv", "parquet"], ["chdb"]),
    (TEN_MILLION, "many1000", ["parquet"], ["chdb"]),
    (MILLION, "memory10", ["memory"], ["duckdb", "chdb", "polars"]),
    (MILLION, "memory100", ["memory"], ["duckdb", "chdb", "polars"]),
    (MILLION, "memory1000", ["memory"], ["duckdb", "chdb"]),
    (TEN_MILLION, "memory10", ["memory"], ["chdb"]),
    (TEN_MILLION, "memory100", ["memory"], ["chdb"]),
    (TEN_MILLION, "memory1000", ["memory"], ["chdb"]),
    (TEN_MILLION, "memory10000", ["memory"], []),
]


def prepare():
    HOME.mkdir(parents=True, exist_ok=True)
    if not PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", HOME / "venv"], check=True)
        subprocess.run([PYTHON, "-m", "pip", "-q", "install", "duckdb", "chdb", "polars", "datafusion", "pyarrow"], check=True)
    for what in (["--bin", "segrule"], ["--example", "columns"]):
        subprocess.run(["cargo", "build", "--release", "--quiet", *what], cwd=ROOT, check=True)


def contacts(rows, format):
    """The file of so many contacts, made when it is not there."""
    path = HOME / f"contacts_{rows}.{format}"
    if path.exists():
        return str(path)
    stamps = ", ".join(f"strftime({name}, '%Y-%m-%dT%H:%M:%S') as {name}" for name in ("last_active", "last_purchase"))
    joined = "case when len(tags) > 0 then array_to_string(tags, '|') end as tags"
    steps = [work.make(rows),
             f"copy contacts to '{HOME}/contacts_{rows}.parquet' (format parquet, compression zstd)",
             f"copy (select * replace ({stamps}) from contacts) to '{HOME}/contacts_{rows}.ndjson' (format json)",
             f"copy (select * replace ({joined}, {stamps}) from contacts) to '{HOME}/contacts_{rows}.csv' (format csv, header true)"]
    script = f"import duckdb; c = duckdb.connect(); c.execute('set enable_progress_bar=false'); [c.execute(s) for s in {steps!r}]"
    subprocess.run([PYTHON, "-c", script], check=True)
    return str(path)


def run(command):
    """Wall and CPU seconds of a whole process, and what it printed."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        wall = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=err)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - wall
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), err.seek(0)
        if process.returncode not in (0, 1):
            sys.exit(err.read().decode())
        return (wall, used.ru_utime + used.ru_stime), out.read().decode()


def peak_of(command):
    """Peak memory in MB. A process starts with the peak of the one that started it: a small one does."""
    small = ("import posix, sys; void = posix.open('/dev/null', posix.O_WRONLY); "
             "pid = posix.posix_spawn(sys.argv[1], sys.argv[1:], posix.environ, file_actions=[(posix.POSIX_SPAWN_DUP2, void, 1), (posix.POSIX_SPAWN_DUP2, void, 2)]); "
             "print(posix.wait4(pid, 0)[2].ru_maxrss)")
    done = subprocess.run([sys.executable, "-S", "-E", "-c", small, *map(str, command)], capture_output=True, text=True, check=True)
    return int(done.stdout) // 1024


def run_segrule(args):
    """Times of several runs, the peak of one, and what the last one printed."""
    command = [SEGRULE, *args, "--zone", "UTC", "--threads", "2"]
    runs = [run(command) for _ in range(RUNS)]
    return [times for times, _ in runs], peak_of(command), runs[-1][1]


def run_columns(rules, file):
    """Wall seconds in memory of counts and of membership, and how many memberships there are."""
    lines = run([COLUMNS, rules, file, "9"])[1].splitlines()[1:]
    runs = [line.replace(",", "").split() for line in lines]
    each = lambda place: statistics.median(float(words[place]) for words in runs)
    return each(1), each(4), int(runs[0][6])


def run_peer(engine, task):
    try:
        done = subprocess.run([PYTHON, ROOT / "benches" / "peers.py", engine], input=json.dumps(task), capture_output=True,
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


def ask_peers(name, task, engines, answer, versions, peaks):
    """Medians by engine; all of them must find the same."""
    peers = {}
    for engine in engines:
        found = run_peer(engine, task)
        if found is None:
            continue
        versions[engine] = found["version"]
        if answer is not None and found["answer"] != answer:
            sys.exit(f"{name}, {task['format']}: segrule finds {answer}, {engine} {found['answer']}")
        peers[engine] = medians(found["times"])
        peaks[engine] = max(peaks.get(engine, 0), found["peak"])
    return peers


def row(rows, name, format, mine, peers, cells):
    """A row of the table: how many times as long the quickest peer takes, and the most frugal one."""
    told = [shown(peers[engine]) if engine in peers else "-" for engine in PEERS]
    ratios = ["-", "-", "-"]
    if peers:
        best = min(peers, key=lambda engine: peers[engine][0])
        least = min(used for _, used in peers.values())
        ratios = [best, f"{peers[best][0] / mine[0]:.1f}", f"{least / mine[1]:.1f}" if len(mine) > 1 else "-"]
    print(f"| {rows // MILLION} M | {name} | {format} | {cells} | " + " | ".join(told + ratios) + " |", flush=True)


def compare(rows, name, task, args, answer_of, engines, versions, peaks):
    ours, peak, out = run_segrule(args)
    peers = ask_peers(name, task, engines, answer_of(out), versions, peaks)
    again, peak_again, _ = run_segrule(args)
    peaks["segrule"] = max(peaks.get("segrule", 0), peak, peak_again)
    mine = medians(ours + again)
    row(rows, name, task["format"], mine, peers, shown(mine))


def one(rows, formats, engines, versions, peaks):
    rules = rules_file("single", work.SINGLE.values())
    for format in formats:
        of_format = peaks.setdefault((rows, format), {})
        for i, (name, x) in enumerate(work.SINGLE.items()):
            out, file = str(HOME / "out.csv"), contacts(rows, format)
            args = ["select", f"s{i}", "--rules", rules, "--data", file, "-o", out, "--force"]
            count = lambda _: Path(out).read_bytes().count(b"\n") - 1
            task = dict(file=file, format=format, one=x, out=str(HOME / "peer.csv"))
            compare(rows, f"one segment, {name}", task, args, count, engines, versions, of_format)


def many(rows, count, formats, engines, versions, peaks):
    segments = work.segments(count)
    rules = rules_file(f"many_{count}", segments)
    for format in formats:
        file = contacts(rows, format)
        args = ["count", "--rules", rules, "--data", file, "--format", "json"]
        members = lambda out: [found["members"] for found in json.loads(out)["segments"]]
        task = dict(file=file, format=format, many=segments)
        compare(rows, f"{count} segments, counts", task, args, members, engines, versions, {})


def memory(rows, count, engines, versions, ratios):
    segments = work.segments(count)
    rules, file = rules_file(f"many_{count}", segments), contacts(rows, "parquet")
    counts, members, sum_of_counts = run_columns(rules, file)
    task = dict(file=file, format="parquet", many=segments, memory=True, sum=True)
    name = f"{count:,} segments, counts"
    peers = ask_peers(name, task, engines, sum_of_counts, versions, {})
    again = run_columns(rules, file)
    counts, members = (counts + again[0]) / 2, (members + again[1]) / 2
    ratios.append((rows, count, members / counts))
    row(rows, name, "memory", (counts,), peers, f"{counts:.4f}")


def rules_file(name, segments):
    path = HOME / f"{name}.seg"
    path.write_text(work.SCHEMA + "".join(f"segment s{i} = {work.rule(x)}\n" for i, x in enumerate(segments)))
    return str(path)


def table(plan):
    versions, peaks, ratios = {}, {}, []
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    print(f"2 threads, {os.cpu_count()} cores of {model}; seconds of wall time (CPU); the last two columns say how many times as\n"
          "long the quickest peer takes, and how many times as much CPU the most frugal one\n")
    print("| contacts | work | from | segrule | " + " | ".join(PEERS) + " | quickest | wall | CPU |\n|---|---|---|---|" + "---|" * (len(PEERS) + 3))
    for rows, what, formats, engines in plan:
        if what == "one":
            one(rows, formats, engines, versions, peaks)
        elif what.startswith("many"):
            many(rows, int(what.removeprefix("many")), formats, engines, versions, peaks)
        elif what.startswith("memory"):
            memory(rows, int(what.removeprefix("memory")), engines, versions, ratios)
    print("\n" + ", ".join(f"{engine} {version}" for engine, version in versions.items()) + "; every answer equal")
    for (rows, format), of_format in peaks.items():
        told = ", ".join(f"{engine} {peak} MB" for engine, peak in of_format.items())
        print(f"\nPeak memory, one segment of {rows // MILLION} M contacts from {format}: {told}", end="")
    for rows, count, ratio in ratios:
        print(f"\nMembership instead of counts, {count:,} segments of {rows // MILLION} M contacts in memory: {ratio:.2f} times as long", end="")
    print(flush=True)


def small():
    """Start-up, and checking a large rule file."""
    contact = HOME / "one.csv"
    contact.write_text("id,region,age,device,network,last_active,last_purchase,last_visit,tags,blocked,orders,spend\nu1,广东省/0市/0区,30,ios,wifi,,,,,false,1,2.50\n")
    rules = rules_file("single", work.SINGLE.values())
    large = HOME / "large.seg"
    large.write_text(work.SCHEMA + "".join(f"segment s{i} = {work.rule(x)}\n" for i, x in enumerate(work.segments(31_300))))
    print("\n| work | runs | wall ms | CPU ms | peak memory MB |\n|---|---|---|---|---|")
    for name, runs, args in [("start-up: `--version`", 41, ["--version"]),
                             ("counting three segments of one contact", 41, ["count", "--rules", rules, "--data", str(contact)]),
                             (f"checking {large.stat().st_size / 1e6:.1f} MB of rules", 5, ["check", str(large)])]:
        found = [run([SEGRULE, *args]) for _ in range(runs)]
        wall, used = medians([times for times, _ in found])
        print(f"| {name} | {runs} | {wall * 1000:.1f} | {used * 1000:.1f} | {peak_of([SEGRULE, *args])} |", flush=True)


def grow():
    """How cost grows with the fields that are read and the contacts that are in, beside reading alone."""
    asked = ["age >= 30", 'device = "ios"', "orders >= 2", "last_active >= 2026-05-02T00:00:00Z", 'last_visit = "专题页9"',
             'region starts with "广东省/"', "spend >= 100", 'tags has "标签7"', "last_purchase is missing", "blocked", 'network = "wifi"']
    rules = HOME / "grow.seg"
    of_fields = [f"segment fields{count} = {' or '.join(asked[:count])}\n" for count in (1, 2, 4, 8, 11)]
    of_shares = [f"segment in{share} = age in 12..{last}\n" for share, last in ((1, 12), (9, 18), (46, 46), (92, 81))]
    rules.write_text(work.SCHEMA + "segment all = everyone\n" + "".join(of_fields + of_shares))
    names = [line.split()[1] for line in rules.read_text().splitlines() if line.startswith("segment")]
    formats = ["csv", "ndjson", "parquet"]
    print("\nCPU ns a contact, one million; `fieldsN` reads N fields and counts, `inN` writes the ids of N % of all\n")
    print("| segment | " + " | ".join(formats) + " |\n|---|---|---|---|")
    for name in names:
        cells = []
        for format in formats:
            to = ["-o", str(HOME / "out.csv"), "--force"]
            args = ["select", name, *to] if name.startswith("in") else ["count", name]
            times, _, _ = run_segrule([*args, "--rules", str(rules), "--data", contacts(MILLION, format)])
            cells.append(f"{medians(times)[1] * 1e9 / MILLION:.0f}")
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
    file, buffer = contacts(MILLION, "csv"), bytearray(1 << 20)
    def read(look):
        start = time.process_time()
        with open(file, "rb", buffering=0) as source:
            while count := source.readinto(buffer):
                look(count)
        return (time.process_time() - start) * 1e9 / MILLION
    least = lambda look: min(read(look) for _ in range(5))
    print(f"\nReading the CSV file into memory takes {least(lambda count: None):.0f} ns a contact, counting its line ends as well "
          f"{least(lambda count: buffer.count(10, 0, count)):.0f} ns")


def contact():
    """One contact at a time: the classifier alone, then beside its peer."""
    print(flush=True)
    subprocess.run(["cargo", "bench", "--quiet", "--bench", "one_contact"], cwd=ROOT, check=True)
    print(flush=True)
    command = ["cargo", "run", "--release", "--quiet", "--manifest-path", "benches/one_contact_peers/Cargo.toml", "--target-dir", HOME / "peers"]
    subprocess.run(command, cwd=ROOT, check=True)


def main():
    words = sys.argv[1:]
    numbers = [int(word.replace(",", "")) for word in words if word[0].isdigit()]
    named = [word for word in words if not word[0].isdigit()]
    tables = [word for word in named if word not in ("contact", "small", "grow")]
    prepare()
    if not words:
        table(EVERYTHING)
    elif numbers or tables:
        rows = numbers[0] if numbers else MILLION
        of_rows = [(rows, what, ["csv", "ndjson", "parquet"], PEERS) for what in tables or ["one", "many10", "many100", "many1000"]]
        table(of_rows)
    if not words or "small" in named:
        small()
    if not words or "grow" in named:
        grow()
    if not words or "contact" in named:
        contact()


main()
