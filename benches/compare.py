#!/usr/bin/env python3
"""Times segrule beside DuckDB on the same work, and checks that both give the same answers.

    python3 benches/compare.py [ROWS]        # 1,000,000 rows without a number

Installs DuckDB from PyPI into target/bench, makes contacts there (CSV, NDJSON, Parquet; the same on
every machine), builds segrule, and runs both alternately with two threads. segrule is timed as a whole
process; DuckDB is timed inside its process, without start-up and import, after a warm-up. Prints a
Markdown table of medians and ratios; any difference between the answers ends the run.
"""
import json, os, random, resource, statistics, subprocess, sys, time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "target" / "bench"
ROWS = int(sys.argv[1].replace(",", "")) if len(sys.argv) > 1 and sys.argv[1] != "duckdb" else 1_000_000
RUNS = 5
NOW = 1780272000  # 2026-06-01T00:00:00Z
DAY = 86400
SEGRULE = ROOT / "target" / "release" / "segrule"

SCHEMA = """schema contact {
  id:            id
  region:        text
  age:           int
  device:        one of (android, ios)
  network:       one of ("4g", "5g", wifi)
  last_active:   datetime
  last_purchase: datetime
  last_visit:    text
  tags:          list of text separated by "|"
  blocked:       bool
  orders:        int
  spend:         decimal(2)
}
"""

PROVINCES = "广东省 山东省 河南省 江苏省 四川省 河北省 湖南省 浙江省 安徽省 湖北省 云南省 江西省 辽宁省 福建省 陕西省 北京市".split()

# Every column is a function of the row number, through DuckDB's hash.
MAKE = f"""
create table contacts as
with dice as (
  select i, (hash(i * 16 + 1) % 1000) a, (hash(i * 16 + 2) % 1000) b, (hash(i * 16 + 3) % 1000) c,
         (hash(i * 16 + 4) % 1000) d, (hash(i * 16 + 5) % 1000) e, (hash(i * 16 + 6) % 100000) f,
         (hash(i * 16 + 7) % 100000) g, (hash(i * 16 + 8) % 1000) h
  from range({ROWS}) t(i))
select 'u' || lpad(i::varchar, 9, '0') as id,
       {PROVINCES!r}[1 + (a * a // 62500)::int] || '/' || (b % 13) || '市/' || (c % 9) || '区' as region,
       case when d < 920 then 12 + (d * 7 + a) % 70 end::int as age,
       case when e < 340 then 'ios' else 'android' end as device,
       ['4g', '5g', 'wifi'][1 + (e % 3)::int] as network,
       case when h < 980 then make_timestamp(({NOW} - (f * f // 130))::bigint * 1000000) end as last_active,
       case when g < 45000 then make_timestamp(({NOW} - g * 300)::bigint * 1000000) end as last_purchase,
       case when c < 900 then case when b < 60 then '课程页' else '专题页' || (b % 190) end end as last_visit,
       list_distinct(list_slice(['标签' || (a % 97), '标签' || (b % 211), '标签' || (c % 499)], 1, (h % 4)::int)) as tags,
       h % 83 = 0 as blocked,
       case when g < 45000 then 1 + g % 9 else 0 end::int as orders,
       case when g < 45000 then (100 + f * (1 + g % 9)) / 100 else 0 end::decimal(12, 2) as spend
from dice order by i
"""


def leaf(r):
    """One random question, as rule text and as SQL."""
    kind = r.choice("province city age device network active purchase visit tag blocked orders spend missing".split())
    moment = lambda days: time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(NOW - days * DAY))
    if kind == "province":
        p = r.choice(PROVINCES) + "/"
        return f'region starts with "{p}"', f"starts_with(region, '{p}')"
    if kind == "city":
        p = f"{r.choice(PROVINCES)}/{r.randrange(13)}市/"
        return f'region starts with "{p}"', f"starts_with(region, '{p}')"
    if kind == "age":
        a = r.choice([18, 20, 25, 30, 40, 50]); b = a + r.choice([4, 9, 19])
        return f"age in {a}..{b}", f"age between {a} and {b}"
    if kind == "device":
        v = r.choice(["ios", "android"]); return f"device = {v}", f"device = '{v}'"
    if kind == "network":
        v = r.choice(["4g", "5g", "wifi"]); return f'network = "{v}"', f"network = '{v}'"
    if kind in ("active", "purchase"):
        t = moment(r.choice([1, 3, 7, 14, 30, 60, 90, 180]))
        return f"last_{kind} >= {t}Z", f"last_{kind} >= timestamp '{t}'"
    if kind == "visit":
        v = r.choice(["课程页"] + [f"专题页{n}" for n in range(0, 190, 9)])
        return f'last_visit = "{v}"', f"last_visit = '{v}'"
    if kind == "tag":
        v = f"标签{r.randrange(100)}"; return f'tags has "{v}"', f"list_contains(tags, '{v}')"
    if kind == "blocked":
        return "blocked", "blocked"
    if kind == "orders":
        n = r.choice([1, 2, 3, 5, 8]); return f"orders >= {n}", f"orders >= {n}"
    if kind == "spend":
        n = r.choice([50, 100, 500, 1000, 5000]); return f"spend >= {n}", f"spend >= {n}"
    return "last_visit is missing", "last_visit is null"


def segment(r):
    rules, sqls = [], []
    for _ in range(r.randint(2, 7)):
        rule, sql = leaf(r)
        sql = f"coalesce({sql}, false)"
        if r.random() < 0.15:
            rule, sql = f"not ({rule})", f"(not {sql})"
        elif r.random() < 0.2:
            other, other_sql = leaf(r)
            rule, sql = f"({rule} or {other})", f"({sql} or coalesce({other_sql}, false))"
        rules.append(rule); sqls.append(sql)
    return " and ".join(rules), " and ".join(sqls)


SINGLE = {
    "one segment, few": ('region starts with "广东省/" and age in 18..39 and last_visit = "课程页"',
                         "coalesce(starts_with(region, '广东省/'), false) and coalesce(age between 18 and 39, false) and coalesce(last_visit = '课程页', false)"),
    "one segment, some": ('device = android and age in 25..49 and not blocked and (network = wifi or tags has "标签7")',
                          "coalesce(device = 'android', false) and coalesce(age between 25 and 49, false) and not coalesce(blocked, false) and (coalesce(network = 'wifi', false) or coalesce(list_contains(tags, '标签7'), false))"),
    "one segment, half": ("not blocked and (age >= 30 or last_purchase is missing)",
                          "not coalesce(blocked, false) and (coalesce(age >= 30, false) or last_purchase is null)"),
}


def source(format):
    file = HOME / f"contacts_{ROWS}.{format}"
    if format == "parquet":
        return f"read_parquet('{file}')"
    types = dict(id="varchar", region="varchar", age="integer", device="varchar", network="varchar", last_active="timestamp",
                 last_purchase="timestamp", last_visit="varchar", tags="varchar[]", blocked="boolean", orders="integer", spend="decimal(12,2)")
    if format == "csv":
        types["tags"] = "varchar"
    columns = "{" + ",".join(f"'{k}':'{v}'" for k, v in types.items()) + "}"
    if format == "ndjson":
        return f"read_json('{file}', format='newline_delimited', columns={columns})"
    return f"(select * replace (string_split(coalesce(tags, ''), '|') as tags) from read_csv('{file}', header=true, columns={columns}, auto_detect=false, delim=',', quote='', escape='', nullstr=''))"


def cpu(who):
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def duckdb_worker():
    """Child process: a query on standard input, times and the answer on standard output."""
    import duckdb
    sql = sys.stdin.read()
    connection = duckdb.connect()
    connection.execute("set threads=2; set preserve_insertion_order=false; set max_expression_depth to 100000")
    times = []
    for _ in range(RUNS + 1):
        wall, used = time.perf_counter(), cpu(resource.RUSAGE_SELF)
        answer = connection.execute(sql).fetchone()
        times.append((time.perf_counter() - wall, cpu(resource.RUSAGE_SELF) - used))
    print(json.dumps(dict(times=times[1:], answer=answer, version=duckdb.__version__)))


def run_duckdb(python, sql):
    done = subprocess.run([python, __file__, "duckdb"], input=sql, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def run_segrule(args):
    times, out = [], ""
    for _ in range(RUNS + 1):
        wall, used = time.perf_counter(), cpu(resource.RUSAGE_CHILDREN)
        done = subprocess.run([SEGRULE, *args, "--zone", "UTC", "--threads", "2"], capture_output=True, text=True)
        times.append((time.perf_counter() - wall, cpu(resource.RUSAGE_CHILDREN) - used))
        if done.returncode:
            sys.exit(done.stderr)
        out = done.stdout
    return times[1:], out


def row(name, format, ours, theirs):
    wall, used = (statistics.median(t[k] for t in ours) for k in (0, 1))
    other_wall, other_used = (statistics.median(t[k] for t in theirs) for k in (0, 1))
    print(f"| {name} | {format} | {wall:.3f} ({used:.3f}) | {other_wall:.3f} ({other_used:.3f}) | {other_wall / wall:.1f} | {other_used / used:.1f} |", flush=True)


def prepare():
    python = HOME / "venv" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", HOME / "venv"], check=True)
        subprocess.run([python, "-m", "pip", "-q", "install", "duckdb"], check=True)
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=ROOT, check=True)
    if not (HOME / f"contacts_{ROWS}.csv").exists():
        joined = "select * replace (case when len(tags) > 0 then array_to_string(tags, '|') end as tags, strftime(last_active, '%Y-%m-%dT%H:%M:%S') as last_active, strftime(last_purchase, '%Y-%m-%dT%H:%M:%S') as last_purchase) from contacts"
        iso = "select * replace (strftime(last_active, '%Y-%m-%dT%H:%M:%S') as last_active, strftime(last_purchase, '%Y-%m-%dT%H:%M:%S') as last_purchase) from contacts"
        steps = [MAKE,
                 f"copy contacts to '{HOME}/contacts_{ROWS}.parquet' (format parquet, compression zstd)",
                 f"copy ({iso}) to '{HOME}/contacts_{ROWS}.ndjson' (format json)",
                 f"copy ({joined}) to '{HOME}/contacts_{ROWS}.csv' (format csv, header true)"]
        script = f"import duckdb; c = duckdb.connect(); [c.execute(s) for s in {steps!r}]"
        subprocess.run([python, "-c", script], check=True)
    return python


def main():
    HOME.mkdir(parents=True, exist_ok=True)
    python = prepare()
    r = random.Random(42)
    many = [segment(r) for _ in range(1000)]
    rules = SCHEMA + "".join(f"segment q{i} = {rule}\n" for i, (rule, _) in enumerate(SINGLE.values()))
    (HOME / "single.seg").write_text(rules)
    print(f"{ROWS:,} contacts, 2 threads; seconds of wall time (CPU); ratios above 1: segrule is faster\n")
    print("| work | from | segrule | DuckDB | wall | CPU |\n|---|---|---|---|---|---|")
    version = ""
    for format in ("csv", "ndjson", "parquet"):
        file = str(HOME / f"contacts_{ROWS}.{format}")
        for i, (name, (_, sql)) in enumerate(SINGLE.items()):
            out = str(HOME / "out.csv")
            ours, _ = run_segrule(["select", f"q{i}", "--rules", str(HOME / "single.seg"), "--data", file, "-o", out, "--force"])
            found = Path(out).read_bytes().count(b"\n") - 1
            theirs = run_duckdb(python, f"copy (select id from {source(format)} where {sql}) to '{HOME}/duck.csv' (format csv, header false)")
            if theirs["answer"][0] != found:
                sys.exit(f"{name}, {format}: segrule finds {found}, DuckDB {theirs['answer'][0]}")
            version = theirs["version"]
            row(name, format, ours, theirs["times"])
        for count in (10, 100):
            path = HOME / f"many_{count}.seg"
            path.write_text(SCHEMA + "".join(f"segment s{i} = {rule}\n" for i, (rule, _) in enumerate(many[:count])))
            ours, out = run_segrule(["count", "--rules", str(path), "--data", file, "--format", "json"])
            members = [found["members"] for found in json.loads(out)["segments"]]
            counts = ",".join(f"count_if({sql})" for _, sql in many[:count])
            theirs = run_duckdb(python, f"select {counts} from {source(format)}")
            for i, (mine, other) in enumerate(zip(members, theirs["answer"])):
                if mine != other:
                    sys.exit(f"segment {i} ({many[i][0]}), {format}: segrule counts {mine}, DuckDB {other}")
            row(f"{count} segments, counts", format, ours, theirs["times"])
    print(f"\nDuckDB {version}; every answer equal")


duckdb_worker() if sys.argv[1:2] == ["duckdb"] else main()
