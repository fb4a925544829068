"""Random cells and conditions of dates and datetimes, by the rules of time of docs/language/times.md."""

import calendar
from oracle import *


def times(rng, now, zone):
    out = [
        "",
        "2026-02-30",
        "x",
        "2026-11-22T24:00",
        "2026-11-22T10:60",
        "2024-02-29",
        "2023-02-29",
        "2026-11-22t10:00",
        "0000-01-01",
        "10000-01-01",
        "2026-11-22T10:00:60",
        "2026/11/22",
        "2026-11-22T9:00",
        "2026-11-22T10:00:00+0800",
        "2026-11-22 10:00Z",
        "2026-11-22T10:00:00.1239",
    ]
    base = zone.local(now).replace(tzinfo=None)
    ds = []
    for n, u in [
        (0, "d"),
        (1, "d"),
        (3, "d"),
        (7, "d"),
        (30, "d"),
        (90, "d"),
        (1, "mo"),
        (2, "mo"),
        (1, "y"),
        (1, "w"),
        (2, "w"),
    ]:
        for s in (-1, 1):
            d0 = shift(base.date(), s * n, u)
            for k in (-1, 0, 1):
                ds.append(d0 + D.timedelta(k))
    for _ in range(160):
        d = rng.choice(ds)
        form = rng.randrange(6)
        if form == 0:
            out.append(d.isoformat())
        else:
            t = rng.choice(
                [
                    D.time(0, 0),
                    D.time(23, 59, 59),
                    D.time(23, 59, 59, 999000),
                    base.time(),
                    D.time(2, 30),
                    D.time(1, 30),
                    D.time(1, 45),
                    D.time(2, 0),
                    D.time(0, 30),
                    D.time(rng.randrange(24), rng.randrange(60)),
                ]
            )
            l = D.datetime.combine(d, t)
            if form == 5:
                l += D.timedelta(milliseconds=rng.choice([-1, 0, 1]))
            s = l.isoformat(timespec="milliseconds" if rng.random() < 0.3 or l.microsecond else "seconds")
            if form == 3:
                s += rng.choice(["Z", "+08:00", "-0500", "+05:30"])
            if form == 4:
                s = s.replace("T", " ")
            out.append(s)
    for k in (1, 3, 30, 72, 90):
        for e in (-1, 0, 1):
            for s in (-1, 1):
                x = EPOCH + D.timedelta(milliseconds=now + s * k * 3600000 + e)
                out.append(x.strftime("%Y-%m-%dT%H:%M:%S.") + f"{x.microsecond // 1000:03d}Z")
    return out


def time_atom(rng, fs, now, zone):
    f = rng.choice(["dt", "dt", "dt2", "da", "da"])
    isd = f == "da"
    t = zone.local(now).date()
    u = rng.choice(["d", "d", "w", "mo", "y"])
    n = {"d": [0, 1, 3, 7, 30, 90], "w": [1, 2], "mo": [1, 2, 3], "y": [1]}[u]
    n = rng.choice(n)
    near = lambda: shift(t, rng.choice([-90, -30, -7, -3, -1, 0, 1, 3, 7]), "d") + D.timedelta(
        rng.randrange(-1, 2)
    )
    k = rng.randrange(15)
    if k == 0:
        return TEST(
            f"{f} within {n}{u}",
            [f],
            lambda e, x: (
                x >= shift(t, -n, u) and x <= t if isd else e.zone.first(shift(t, -n, u)) <= x <= e.now
            ),
        )
    if k == 1:
        return TEST(
            f"{f} within next {n}{u}",
            [f],
            lambda e, x: t <= x <= shift(t, n, u) if isd else e.now <= x <= e.zone.last(shift(t, n, u)),
        )
    if k == 2:
        a, b = rng.choice([(30, 90), (3, 7), (1, 3), (0, 7), (7, 7)])
        return TEST(
            f"{f} within {a}d..{b}d ago", [f], lambda e, x: span(e, x, shift(t, -b, "d"), shift(t, -a, "d"))
        )
    if k == 3:
        h = rng.choice([1, 3, 30, 72, 90])
        hu = rng.choice(["h", "min"])
        H = h * HMS[hu]
        if rng.random() < 0.5:
            return TEST(f"dt within {h}{hu}", ["dt"], lambda e, x: e.now - H <= x <= e.now)
        return TEST(f"dt within next {h}{hu}", ["dt"], lambda e, x: e.now <= x <= e.now + H)
    if k == 4:
        return TEST(
            f"dt within 30h..90h ago", ["dt"], lambda e, x: e.now - 90 * 3600000 <= x <= e.now - 30 * 3600000
        )
    if k == 5:
        d = near()
        o = rng.choice(["=", "on", "before", "after", "<", "<=", ">", ">="])
        fn = {
            "=": (d, d),
            "on": (d, d),
            "before": (None, d - D.timedelta(1)),
            "<": (None, d - D.timedelta(1)),
            "after": (d + D.timedelta(1), None),
            ">": (d + D.timedelta(1), None),
            "<=": (None, d),
            ">=": (d, None),
        }[o]
        return TEST(f"{f} {o} {d}", [f], lambda e, x: span(e, x, *fn))
    if k == 6:
        a, b = sorted([near(), near()])
        w = rng.randrange(4)
        if w == 0:
            return TEST(f"{f} in {a}..{b}", [f], lambda e, x: span(e, x, a, b))
        if w == 1:
            return TEST(f"{f} in ..{b}", [f], lambda e, x: span(e, x, None, b))
        if w == 2:
            return TEST(f"{f} in {a}..", [f], lambda e, x: span(e, x, a, None))
        if a == b:
            b = b + D.timedelta(1)
        return TEST(f"{f} in {a}..<{b}", [f], lambda e, x: span(e, x, a, b - D.timedelta(1)))
    if k == 7:
        p = rng.choice(PERIODS)
        lo, hi = period(p, t)
        o = rng.choice(["in", "on", "before", "after", "not in"])
        r = {
            "in": (lo, hi),
            "on": (lo, hi),
            "not in": (lo, hi),
            "before": (None, lo - D.timedelta(1)),
            "after": (hi + D.timedelta(1), None),
        }[o]
        b = TEST(f"{f} {o} {p}", [f], lambda e, x: span(e, x, *r))
        if o == "not in":
            return Cond(b.text, lambda e, m: neg(b.k(e, m)), [f], False)
        return b
    if k == 8:
        d = shift(t, -n, u)
        o = rng.choice(["before", "on", "after"])
        r = {"on": (d, d), "before": (None, d - D.timedelta(1)), "after": (d + D.timedelta(1), None)}[o]
        return TEST(f"{f} {o} {n}{u} ago", [f], lambda e, x: span(e, x, *r))
    if k == 9:
        h = rng.choice([1, 3, 30, 72])
        o = rng.choice(["before", "after"])
        return TEST(
            f"dt {o} {h}h ago",
            ["dt"],
            lambda e, x: x < e.now - h * 3600000 if o == "before" else x > e.now - h * 3600000,
        )
    if k == 10:
        fn = rng.choice(["year", "month", "day", "weekday", "hour", "days_since"])
        f2 = "dt" if fn == "hour" else f

        def g(e, x):
            if isinstance(x, D.date):
                d, h = (x, None)
            else:
                l = e.zone.local(x)
                d, h = (l.date(), l.hour)
            return {
                "year": d.year,
                "month": d.month,
                "day": d.day,
                "weekday": d.isoweekday(),
                "hour": h,
                "days_since": (t - d).days,
            }[fn]

        lo = {
            "year": rng.choice([2025, 2026, 2027]),
            "month": rng.randrange(1, 13),
            "day": rng.randrange(1, 29),
            "weekday": rng.randrange(1, 8),
            "hour": rng.choice([0, 1, 2, 3, 23]),
            "days_since": rng.choice([0, 1, -1, 7, 30]),
        }[fn]
        op = rng.choice(["=", "<", ">="])
        return TEST(
            f"{fn}({f2}) {op} {lo}",
            [f2],
            lambda e, x: {"=": g(e, x) == lo, "<": g(e, x) < lo, ">=": g(e, x) >= lo}[op],
        )
    if k == 11:
        fw = rng.random() < 0.5
        nn = rng.choice([0, 1, 3, 7, 30, 90])
        uu = rng.choice(["d", "d", "w", "mo"])
        if uu != "d":
            nn = rng.choice([1, 2])
        a, b = (t, shift(t, nn, uu)) if fw else (shift(t, -nn, uu), t)
        md = set()
        d = a
        while d <= b:
            md.add((d.month, d.day))
            if (d.month, d.day) == (3, 1) and (not calendar.isleap(d.year)):
                md.add((2, 29))
            d += D.timedelta(1)

        def g(e, x):
            if not isinstance(x, D.date):
                x = e.zone.local(x).date()
            return (x.month, x.day) in md

        return TEST(f"{f} within {('next ' if fw else '')}{nn}{uu} anniversary", [f], g)
    if k == 12:
        o = rng.choice(["<", "=", ">="])
        return TEST(f"dt {o} dt2", ["dt", "dt2"], lambda e, x, y: {"<": x < y, "=": x == y, ">=": x >= y}[o])
    if k == 13:
        l = D.datetime.combine(
            near(), rng.choice([D.time(0, 0), D.time(2, 30), D.time(1, 30), D.time(12, 0)])
        )
        T = zone.inst(l)
        o = rng.choice(["before", "after", "<=", ">=", "="])
        return TEST(
            f"dt {o} {l.isoformat(timespec='minutes')}",
            ["dt"],
            lambda e, x: {"before": x < T, "after": x > T, "<=": x <= T, ">=": x >= T, "=": x == T}[o],
        )
    return TEST(
        f"weekday({f}) in (sat, sun)",
        [f],
        lambda e, x: (x if isinstance(x, D.date) else e.zone.local(x).date()).isoweekday() in (6, 7),
    )
