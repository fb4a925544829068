"""Compares segrule with the oracle on random schemas' cells, conditions, times and zones.

    cargo build && python3 tests/oracle/compare.py           # one scenario for each zone and time
    python3 tests/oracle/compare.py 100 140                  # scenarios 100 to 139
    SEGRULE=target/release/segrule python3 tests/oracle/compare.py

Each scenario holds 400 contacts with dirty cells and 150 conditions, written as CSV and NDJSON. Members,
quarantined people and `missing_included` must agree, contact by contact. Needs Python 3.11 and its zones
(`pip install tzdata` where the system has none). Exit code 1 when anything differs.
"""

from conditions import *
import tempfile

BIN = os.environ.get("SEGRULE", str(ROOT / "target/debug/segrule"))
SCEN = [
    ("Asia/Shanghai", "2026-11-22T01:00:00.000Z"),
    ("America/New_York", "2026-03-10T06:30:00.000Z"),
    ("America/New_York", "2026-11-03T05:30:00Z"),
    ("Australia/Lord_Howe", "2026-10-05T12:34:56.789Z"),
    ("Australia/Lord_Howe", "2026-04-07T00:00:00Z"),
    ("America/Sao_Paulo", "2018-11-05T12:00:00Z"),
    ("Pacific/Apia", "2012-01-02T12:00:00Z"),
    ("UTC", "2026-03-01T00:00:00Z"),
    ("UTC", "2024-02-29T23:59:59.999Z"),
    ("Asia/Kathmandu", "2025-12-31T20:00:00Z"),
    ("America/Havana", "2026-11-02T05:00:00Z"),
    ("Europe/London", "2026-05-31T11:00:00Z"),
    ("UTC", "2025-02-28T10:00:00Z"),
]


def scenario(seed, rows=400, segs=150):
    rng = random.Random(seed)
    zn, ns = SCEN[seed % len(SCEN)]
    zone = Zone(zn)
    now = parse_datetime(ns, zone)
    fs = make_fields(rng)
    tp = times(rng, now, zone)
    for f in fs:
        if f.name in ("dt", "dt2"):
            f.pool = tp
        if f.name == "da":
            f.pool = [x[:10] if rng.random() < 0.8 else x for x in tp]
    dirt = rng.choice([0.03, 0.3])
    data = []
    for i in range(rows):
        raw = {}
        for f in fs:
            v = rng.choice(f.pool)
            if f.read(v, zone) == INVALID and isinstance(f.read(v, zone), str) and (rng.random() > dirt):
                v = rng.choice(
                    [
                        p
                        for p in f.pool
                        if not (f.read(p, zone) == INVALID and isinstance(f.read(p, zone), str))
                    ]
                )
            raw[f.name] = v
        data.append((f"c{i:05d}", raw))
    place = tempfile.TemporaryDirectory(prefix="segrule-oracle-")
    dir = place.name
    with open(dir + "/d.csv", "w", newline="") as h:
        w = csv.writer(h, lineterminator=rng.choice(["\n", "\r\n"]))
        w.writerow(["id"] + [f.name for f in fs])
        for i, r in data:
            w.writerow([i] + [r[f.name] for f in fs])
    with open(dir + "/d.ndjson", "w") as h:
        for i, r in data:
            o = {"id": i}
            for f in fs:
                v = r[f.name]
                if v == "" and rng.random() < 0.5:
                    if rng.random() < 0.5:
                        o[f.name] = None
                elif (
                    f.kind in ("int", "decimal")
                    and re.match("-?(0|[1-9]\\d*)(\\.\\d+)?\\Z", v, re.A)
                    and (rng.random() < 0.5)
                ):
                    o[f.name] = RawNum(v)
                elif f.kind == "listt" and rng.random() < 0.5:
                    o[f.name] = v.split(";")
                elif f.kind == "bool" and v in ("true",):
                    o[f.name] = True
                else:
                    o[f.name] = v
            h.write(dumps(o) + "\n")
    conds = [cond(rng, fs, now, zone, rng.choice([0, 0, 1, 1, 2, 3])) for _ in range(segs)]
    with open(dir + "/r.seg", "w") as h:
        h.write("schema contact {\n  id: id\n" + "".join((f"  {f.name}: {f.decl}\n" for f in fs)) + "}\n")
        for i, c in enumerate(conds):
            h.write(f"segment s{i} = {c.text}\n")
    want = []
    envs = [Env({f.name: f.read(r[f.name], zone) for f in fs}, now, zone, i) for i, r in data]
    inv = [{k for k, v in e.row.items() if isinstance(v, str) and v == INVALID} for e in envs]
    for c in conds:
        m, qn, mi = (set(), set(), 0)
        for e, iv in zip(envs, inv):
            if iv & c.fields:
                qn.add(e.id)
                continue
            if c.k(e, "two"):
                m.add(e.id)
                if c.k(e, "kleene") is not True:
                    mi += 1
        want.append((m, qn, mi))
    bad = 0
    for ext in ("csv", "ndjson"):
        base = ["--rules", dir, "--data", f"{dir}/d.{ext}", "--now", ns, "--zone", zn, "--lang", "en"]
        p = subprocess.run([BIN, "classify", *base, "--to", "ndjson"], capture_output=True, text=True)
        if p.returncode not in (0,):
            print("seed", seed, ext, "rc", p.returncode, p.stderr[:3000])
            return 1
        got = [(set(), set()) for _ in conds]
        for line in p.stdout.splitlines():
            o = json.loads(line)
            for s in o["segments"]:
                got[int(s[1:])][0].add(o["id"])
            for s in o.get("quarantined", []):
                got[int(s[1:])][1].add(o["id"])
        p = subprocess.run([BIN, "count", *base, "--format", "json"], capture_output=True, text=True)
        cj = json.loads(p.stdout)
        assert cj["contacts"] == rows, cj["contacts"]
        for i, (c, w, g) in enumerate(zip(conds, want, got)):
            s = [x for x in cj["segments"] if x["name"] == f"s{i}"][0]

            def show(kind, a, b):
                ids = sorted(a ^ b)[:2]
                e = {x.id: x for x in envs}
                raws = dict(data)
                print(f"seed {seed} {ext} s{i} {kind}: {c.text}")
                for d in ids:
                    print(
                        "   ",
                        d,
                        "oracle" if d in a else "segrule",
                        {k: (raws[d][k], e[d].row[k]) for k in c.fields},
                    )

            if w[0] != g[0]:
                show("members", w[0], g[0])
                bad += 1
            elif w[1] != g[1]:
                show("quarantined", w[1], g[1])
                bad += 1
            elif (len(w[0]), len(w[1])) != (s["members"], s["quarantined"]):
                print(f"seed {seed} {ext} s{i} count differs from classify", s, len(w[0]))
                bad += 1
            elif s["missing_included"] != w[2]:
                print(
                    f"seed {seed} {ext} s{i} missing_included got {s['missing_included']} want {w[2]}: {c.text}"
                )
                bad += 1
            if bad > 12:
                return bad
    return bad


class RawNum(str):
    pass


def dumps(o):

    def one(v):
        if isinstance(v, RawNum):
            return str(v)
        return json.dumps(v, ensure_ascii=random.random() < 0.3)

    return "{" + ",".join((json.dumps(k) + ":" + one(v) for k, v in o.items())) + "}"


if __name__ == "__main__":
    a, b = (int(sys.argv[1]), int(sys.argv[2])) if len(sys.argv) == 3 else (0, 13)
    tot = 0
    for s in range(a, b):
        tot += scenario(s, 400, 150)
    print(f"{tot} differences")
    sys.exit(1 if tot else 0)
