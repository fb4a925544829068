"""Random fields, cells and conditions; each condition is its text and a function that answers it."""

from moments import *
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def divisions():
    """The project's table: code -> (name, parent's code); a blank parent is the nearest shorter code."""
    lines = [line for line in (ROOT / "src/region/china.csv").read_text().splitlines() if line[:1].isdigit()]
    rows = {code: (name, parent) for code, name, _, _, parent in (line.split(",") for line in lines)}
    found = {}
    for code, (name, parent) in rows.items():
        for upper in (code[:4] + "00", code[:2] + "0000"):
            if not parent and upper != code and (upper in rows):
                parent = upper
        found[code] = {"name_zh": name, "parent": parent, "level": "1" if code.endswith("0000") else ""}
    return found


DIV = divisions()


def path(a):
    p = []
    while a and a in DIV:
        p.append(DIV[a]["name_zh"])
        a = DIV[a]["parent"]
    return list(reversed(p))


def within(a, b):
    while a and a in DIV:
        if a == b:
            return True
        a = DIV[a]["parent"]
    return False


def region_pool(rng):
    res = {}
    codes = rng.sample(list(DIV), 40) + [c for c in DIV if DIV[c]["level"] in ("province", "1")][:5]
    for a in codes:
        for s in (a, "/".join(path(a)), "".join(path(a)), "-".join(path(a))):
            res[s] = a
    return res


def make_fields(rng):
    res = region_pool(rng)
    ints = [
        "0",
        "1",
        "7",
        "18",
        "24",
        "30",
        "50",
        "-3",
        "+18",
        "18.0",
        "１８",
        "18.5",
        "x",
        "1,800",
        "18岁",
        "",
        "  ",
        " 24 ",
        "007",
        "-0",
        "1e1",
        "N/A",
        "-1",
        "-1.0",
        "9223372036854775807",
        "9223372036854775808",
        ".5",
        "5.",
    ]
    decs = [
        "0",
        "0.00",
        "1.5",
        "1.50",
        "1.500",
        "1.505",
        "-2.25",
        "200",
        "200.01",
        "１．５",
        "abc",
        "",
        "99999999.99",
        "+3.1",
        "3.",
        "92233720368547758.07",
        "92233720368547758.08",
        "-0.01",
    ]
    texts = [
        "课程页",
        " 课程页 ",
        "首页",
        "a",
        "A",
        "abc",
        "ABC",
        "aXb",
        "",
        "\u3000",
        "a b",
        "é",
        "é",
        "ﬁ",
        "fi",
        "Straße",
        "STRASSE",
        "100%",
        "a,b",
        'x"y',
        "aab",
        "aaaab",
        "13800138000",
        "x13800138000",
        "line1\nline2",
        "*",
        "?",
        "a*b",
    ]
    return [
        Field("a", "int", 'int -5..60 missing when (-1, "N/A")', ints, range=(-5, 60), mw=("-1", "N/A")),
        Field("a2", "int", "int", ints),
        Field("d", "decimal", "decimal(2)", decs, p=2),
        Field(
            "b",
            "bool",
            "bool",
            ["true", "FALSE", "Yes", "no", "1", "0", "是", "否", "", "maybe", "TRUE", "2"],
        ),
        Field(
            "t",
            "text",
            'text missing when ("?", "unknown")',
            texts + ["?", "unknown", "Unknown"],
            mw=("?", "unknown"),
        ),
        Field("tf", "text", "text folded", texts, folded=True),
        Field(
            "e",
            "one",
            'one of (android, ios, "4g", pc)',
            ["android", "ios", "4g", "pc", "PC", "", "windows", " ios"],
            values=("android", "ios", "4g", "pc"),
        ),
        Field("dt", "datetime", "datetime", None),
        Field("dt2", "datetime", "datetime", None),
        Field("da", "date", "date", None),
        Field(
            "v",
            "version",
            "version",
            ["8.0.30", "8.0.100", "8", "8.0", "8.0.0", "7.9", "", "x", "8.", "08.0", "v8", "8.0.30 ", "8..1"],
        ),
        Field(
            "l",
            "listt",
            'list of text separated by ";"',
            ["a", "b", "a;b", "a; b;a", ";", "", "  ", "c;;d", "vip", "vip;a;a", "课程"],
        ),
        Field(
            "li",
            "listi",
            'list of int separated by "|"',
            ["1", "1|2", "1|x", "3|3|3", "", "|", "１|2", "5"],
            sep="|",
        ),
        Field("r", "region", "region", list(res) + ["", "Nowhere", "朝阳区"], resolve=res),
    ]


def num_atom(rng, fs):
    f = rng.choice(["a", "a2", "d"])
    lit = lambda: rng.choice(
        [
            str(rng.randrange(-5, 60)),
            f"{rng.randrange(0, 300)}.{rng.randrange(100):02d}",
            "18",
            "24",
            "1.5",
            "1.505",
        ]
        if f == "d"
        else ["0", "1", "7", "18", "24", "30", "50", "-3", str(rng.randrange(-5, 60)), "18.5"]
    )
    if f == "a":
        lit = lambda: rng.choice(["0", "1", "7", "18", "24", "30", "50", "-3", str(rng.randrange(-5, 60))])
    k = rng.randrange(8)
    if k < 3:
        op = rng.choice(["=", "!=", "<", "<=", ">", ">="])
        v = lit()
        c = Fraction(v)
        fn = {
            "=": lambda x: x == c,
            "!=": None,
            "<": lambda x: x < c,
            "<=": lambda x: x <= c,
            ">": lambda x: x > c,
            ">=": lambda x: x >= c,
        }[op]
        if op == "!=":
            eq = TEST("", [f], lambda e, x: x == c)
            return Cond(f"{f} != {v}", lambda e, m: neg(eq.k(e, m)), [f], False)
        if rng.random() < 0.2 and op != "!=":
            rev = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}[op]
            return TEST(f"{v} {rev} {f}", [f], lambda e, x: fn(x))
        return TEST(f"{f} {op} {v}", [f], lambda e, x: fn(x))
    if k < 5:
        parts, fns = ([], [])
        for _ in range(rng.choice([1, 1, 3])):
            a, b = sorted(
                [x for x in (lit(), lit(), "3", "8") if x not in ("18.5", "1.505")][:2], key=Fraction
            )
            A, B = (Fraction(a), Fraction(b))
            w = rng.randrange(5)
            if w == 0 and A < B:
                parts.append(f"{a}..<{b}")
                fns.append(lambda x, A=A, B=B: A <= x < B)
            elif w == 1:
                parts.append(f"{a}..")
                fns.append(lambda x, A=A: x >= A)
            elif w == 2:
                parts.append(f"..{b}")
                fns.append(lambda x, B=B: x <= B)
            elif w == 3:
                parts.append(f"{a}..{b}")
                fns.append(lambda x, A=A, B=B: A <= x <= B)
            else:
                parts.append(a)
                fns.append(lambda x, A=A: x == A)
        t = (
            parts[0]
            if len(parts) == 1 and ".." in parts[0] and (rng.random() < 0.5)
            else "(" + ", ".join(parts) + ")"
        )
        base = TEST("", [f], lambda e, x: any((g(x) for g in fns)))
        if rng.random() < 0.4:
            return Cond(f"{f} not in {t}", lambda e, m: neg(base.k(e, m)), [f], False)
        return Cond(f"{f} in {t}", base.k, [f], False)
    if k == 5:
        g = rng.choice(["a", "a2", "d"])
        op = rng.choice(["=", "<", ">="])
        return TEST(
            f"{f} {op} {g}",
            [f, g],
            lambda e, *x: (lambda p, q_: {"=": p == q_, "<": p < q_, ">=": p >= q_}[op])(x[0], x[-1]),
        )
    if k == 6:
        g, op = (rng.choice(["a", "a2", "d"]), rng.choice(["+", "-", "*", "/"]))
        v = rng.choice(["0", "1", "2.5", "10", "-4", "36", "300"])
        V = Fraction(v)
        cmp = rng.choice(["<", ">=", "="])
        LIM = 2**127

        def fn(e, *xs):
            x, y = (Fraction(xs[0]), Fraction(xs[-1]))
            if op == "/":
                if y == 0:
                    return None
                r = x / y
            else:
                r = {"+": x + y, "-": x - y, "*": x * y}[op]
            return {"<": r < V, ">=": r >= V, "=": r == V}[cmp]

        return TEST(f"{f} {op} {g} {cmp} {v}", [f, g], fn)
    n = rng.choice(["2", "1.5", "100"])
    N = Fraction(n)
    lo, hi = sorted([rng.randrange(-100, 200), rng.randrange(-100, 200)])
    w = rng.randrange(3)
    if w == 0:
        return TEST(f"{n} * {f} - 3 in {lo}..{hi}", [f], lambda e, x: lo <= N * x - 3 <= hi)
    if w == 1:
        return TEST(f"{lo} < -{f} + {n}", [f], lambda e, x: lo < -x + N)
    return TEST(f"({f} + {n}) / 3 >= {hi}", [f], lambda e, x: (x + N) / 3 >= hi)


def text_atom(rng, fs):
    f = rng.choice(["t", "t", "tf"])
    key = fold if f == "tf" else lambda s: s
    words = [
        "课程页",
        "首页",
        "a",
        "A",
        "abc",
        "aXb",
        "a b",
        "é",
        "fi",
        "straße",
        "100%",
        "a,b",
        'x"y',
        "课",
        "b",
        "页",
        "1",
        "zz",
    ]
    w = rng.choice(words)
    W = key(w)
    ws = rng.sample(words, 3)
    wanted = [key(x) for x in ws]
    lst = ", ".join((q(x) for x in ws))
    k = rng.randrange(12)
    if k == 0:
        return TEST(f"{f} = {q(w)}", [f], lambda e, x: x == W)
    if k == 1:
        b = TEST("", [f], lambda e, x: x == W)
        return Cond(f"{f} != {q(w)}", lambda e, m: neg(b.k(e, m)), [f], False)
    if k == 2:
        return TEST(f"{f} in ({lst})", [f], lambda e, x: x in wanted)
    if k == 3:
        b = TEST("", [f], lambda e, x: x in wanted)
        return Cond(f"{f} not in ({lst})", lambda e, m: neg(b.k(e, m)), [f], False)
    if k == 4:
        o = rng.choice(["contains", "starts with", "ends with"])
        fn = {
            "contains": lambda x: W in x,
            "starts with": lambda x: x.startswith(W),
            "ends with": lambda x: x.endswith(W),
        }[o]
        b = TEST("", [f], lambda e, x: fn(x))
        if rng.random() < 0.3:
            return Cond(f"{f} not {o} {q(w)}", lambda e, m: neg(b.k(e, m)), [f], False)
        return Cond(f"{f} {o} {q(w)}", b.k, [f], False)
    if k == 5:
        o = rng.choice(["any", "all", "none"])

        def fn(e, x):
            h = [y in x for y in wanted]
            return {"any": any(h), "all": all(h), "none": not any(h)}[o]

        if o == "none":
            b = TEST("", [f], lambda e, x: any((y in x for y in wanted)))
            return Cond(f"{f} contains none of ({lst})", lambda e, m: neg(b.k(e, m)), [f], False)
        return TEST(f"{f} contains {o} of ({lst})", [f], fn)
    if k == 6:
        g = rng.choice(["*a*", "a*", "*b", "?", "??", "a?b", "*页", "课*", "*", "a**b", "*1380*", "?*?"])

        def gm(p, s):
            r = "".join((".*" if c == "*" else "." if c == "?" else re.escape(c) for c in p))
            return re.fullmatch(r, s, re.S) is not None

        G = key(g)
        b = TEST("", [f], lambda e, x: gm(G, x))
        if rng.random() < 0.3:
            return Cond(f"{f} not matches {q(g)}", lambda e, m: neg(b.k(e, m)), [f], False)
        return Cond(f"{f} matches {q(g)}", b.k, [f], False)
    if k == 7 and f == "t":
        r = rng.choice(
            ["^1[3-9]\\d{9}$", "a+b", "^a", "b$", "^\\w+$", "课.页", "\\s", "^.$", "\\bfi\\b", "line1.line2"]
        )
        R = re.compile(r.replace("$", "\\Z"), re.A)
        return TEST(f"{f} matches /{r}/", [f], lambda e, x: R.search(x) is not None)
    if k == 8:
        n, op = (rng.randrange(0, 6), rng.choice(["<", "=", ">="]))
        return TEST(
            f"length(t) {op} {n}",
            ["t"],
            lambda e, x: {"<": len(x) < n, "=": len(x) == n, ">=": len(x) >= n}[op],
        )
    if k == 9:
        return TEST(f"lower(t) = {q(w)}", ["t"], lambda e, x: x.lower() == w)
    v = rng.choice(["android", "ios", "4g", "pc"])
    if k == 10:
        op = rng.choice(["=", "!="])
        b = TEST("", ["e"], lambda e, x: x == v)
        return Cond(
            f"e {op} {(q(v) if v[0].isdigit() or rng.random() < 0.5 else v)}",
            b.k if op == "=" else lambda e, m: neg(b.k(e, m)),
            ["e"],
            False,
        )
    return TEST(f'e in (ios, "4g")', ["e"], lambda e, x: x in ("ios", "4g"))


def list_atom(rng, fs):
    ws = rng.sample(["a", "b", "c", "vip", "d", "课程"], 2)
    o = rng.choice(["has", "any", "all", "none", "count", "len", "in3"])
    if o == "has":
        b = TEST("", ["l"], lambda e, x: ws[0] in x)
        if rng.random() < 0.3:
            return Cond(f"l not has {q(ws[0])}", lambda e, m: neg(b.k(e, m)), ["l"], False)
        return Cond(f"l has {q(ws[0])}", b.k, ["l"], False)
    if o == "any":
        return TEST(f"l has any of ({', '.join(map(q, ws))})", ["l"], lambda e, x: any((w in x for w in ws)))
    if o == "all":
        return TEST(f"l has all of ({', '.join(map(q, ws))})", ["l"], lambda e, x: all((w in x for w in ws)))
    if o == "none":
        b = TEST("", ["l"], lambda e, x: any((w in x for w in ws)))
        return Cond(f"l has none of ({', '.join(map(q, ws))})", lambda e, m: neg(b.k(e, m)), ["l"], False)
    n, op = (rng.randrange(0, 4), rng.choice(["<", "=", ">="]))
    f = rng.choice(["l", "li"])
    if o in ("count", "len"):
        fn = "count" if o == "count" else "length"

        def k(e, m):
            x = e.row[f]
            x = 0 if x == MISSING else len(x)
            return {"<": x < n, "=": x == n, ">=": x >= n}[op]

        return Cond(f"{fn}({f}) {op} {n}", k, [f], False)
    ns = rng.sample([1, 2, 3, 5], 2)
    o = rng.choice(["any", "all"])
    return TEST(
        f"li has {o} of ({ns[0]}, {ns[1]})",
        ["li"],
        lambda e, x: (any if o == "any" else all)((w in x for w in ns)),
    )


def misc_atom(rng, fs):
    k = rng.randrange(7)
    if k == 0:
        f = rng.choice(fs).name
        n = rng.random() < 0.5
        return Cond(
            f"{f} is {('not ' if n else '')}missing", lambda e, m: (e.row[f] == MISSING) != n, [f], False
        )
    if k == 1:
        return TEST("b", ["b"], lambda e, x: x)
    if k == 2:
        return TEST(rng.choice(["b = false", "b = no"]) if False else "b = false", ["b"], lambda e, x: not x)
    if k == 3:
        lits = ["8", "8.0", "8.0.30", "8.0.100", "7.9"]
        v = rng.choice(lits)
        p = [int(x) for x in v.split(".")]
        while p and p[-1] == 0:
            p.pop()
        V = tuple(p)
        o = rng.choice(["=", "<", ">="])
        return TEST(f'v {o} "{v}"', ["v"], lambda e, x: {"=": x == V, "<": x < V, ">=": x >= V}[o])
    if k == 4:
        p = rng.choice([1, 10, 25, 50, 99])
        s = rng.choice(["s1", "盐", ""]) or "s2"
        thr = -(-p * 2**64 // 100)

        def k_(e, m):
            return (
                int.from_bytes(hashlib.sha256(s.encode() + b"\x1f" + e.id.encode()).digest()[:8], "big") < thr
            )

        return Cond(f"sample {p}% salt {q(s)}", k_, [], False)
    if k == 5:
        rf = [f for f in fs if f.name == "r"][0]
        sp = rng.choice([x for x in rf.kw["resolve"] if "/" in x])
        a = rf.kw["resolve"][sp]
        while a and rng.random() < 0.6 and (DIV[a]["parent"] in DIV):
            a = DIV[a]["parent"]
        sp = "/".join(path(a))
        b = TEST("", ["r"], lambda e, x: within(x, a))
        if rng.random() < 0.3:
            return Cond(f"r != {q(sp)}", lambda e, m: neg(b.k(e, m)), ["r"], False)
        return Cond(f"r = {q(sp)}", b.k, ["r"], False)
    return Cond(rng.choice(["everyone", "nobody"]), None, [], True)


def atom(rng, fs, now, zone):
    c = rng.choice([num_atom, text_atom, list_atom, misc_atom, "time", "time"])
    c = time_atom(rng, fs, now, zone) if c == "time" else c(rng, fs)
    if c.k is None:
        v = c.text == "everyone"
        c = Cond(c.text, lambda e, m: v, [], True)
    return c


def cond(rng, fs, now, zone, depth):
    if depth == 0 or rng.random() < 0.25:
        return atom(rng, fs, now, zone)
    k = rng.randrange(7)
    sub = lambda: cond(rng, fs, now, zone, depth - 1)
    if k < 2:
        return AND([sub() for _ in range(rng.choice([2, 2, 3]))])
    if k < 4:
        return OR([sub() for _ in range(rng.choice([2, 2, 3]))])
    if k < 6:
        return NOT(sub())
    cs = [sub() for _ in range(rng.choice([2, 3, 4]))]
    return COUNTOF(rng.choice(["at least", "at most", "exactly"]), rng.randrange(1, len(cs)), cs)
