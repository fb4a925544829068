"""What cells and conditions mean, written a second time: from the manual, in another language, without a
look at the program. A condition answers True, False or, in mode "kleene", None for unknown."""

import random, re, unicodedata, datetime as D, json, subprocess, sys, os, hashlib, math, csv, io
from fractions import Fraction
from zoneinfo import ZoneInfo

MISSING, INVALID = ("MISSING", "INVALID")
WS = set(
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)


def trim(s):
    i, j = (0, len(s))
    while i < j and s[i] in WS:
        i += 1
    while j > i and s[j - 1] in WS:
        j -= 1
    return s[i:j]


def norm(s):
    return unicodedata.normalize("NFC", trim(s))


FW = {chr(65296 + i): str(i) for i in range(10)}
FW.update({"．": ".", "＋": "+", "－": "-"})


def ascii_digits(s):
    return "".join((FW.get(c, c) for c in s))


NUM = re.compile("[+-]?[0-9]+(\\.[0-9]+)?\\Z")


class Zone:

    def __init__(self, name):
        self.z = ZoneInfo(name)

    def inst(self, ldt):
        u = ldt.replace(tzinfo=self.z, fold=0).astimezone(D.timezone.utc)
        return ms(u)

    def first(self, d):
        return self.inst(D.datetime(d.year, d.month, d.day))

    def last(self, d):
        return self.first(d + D.timedelta(days=1)) - 1

    def local(self, t):
        return (EPOCH + D.timedelta(milliseconds=t)).astimezone(self.z)


EPOCH = D.datetime(1970, 1, 1, tzinfo=D.timezone.utc)


def ms(u):
    return (u - EPOCH) // D.timedelta(milliseconds=1)


DT = re.compile(
    "(\\d{4})-(\\d\\d)-(\\d\\d)(?:[Tt ](\\d\\d):(\\d\\d)(?::(\\d\\d)(?:\\.(\\d{1,9}))?)?(Z|[+-]\\d\\d:?\\d\\d)?)?\\Z",
    re.A,
)


def parse_datetime(s, zone):
    m = DT.match(s)
    if not m:
        return INVALID
    y, mo, d, h, mi, se, fr, off = m.groups()
    try:
        if h is None:
            return zone.first(D.date(int(y), int(mo), int(d)))
        us = int(((fr or "") + "000")[:3]) * 1000
        l = D.datetime(int(y), int(mo), int(d), int(h), int(mi), int(se or 0), us)
    except ValueError:
        return INVALID
    if off is None:
        return zone.inst(l)
    if off == "Z":
        return ms(l.replace(tzinfo=D.timezone.utc))
    sg = 1 if off[0] == "+" else -1
    hh, mm = (int(off[1:3]), int(off[-2:]))
    return ms(l.replace(tzinfo=D.timezone.utc)) - sg * (hh * 60 + mm) * 60000


def parse_date(s):
    m = re.match("(\\d{4})-(\\d\\d)-(\\d\\d)\\Z", s, re.A)
    if not m:
        return INVALID
    try:
        return D.date(*map(int, m.groups()))
    except ValueError:
        return INVALID


class Field:

    def __init__(self, name, kind, decl, pool, **kw):
        self.name, self.kind, self.decl, self.pool, self.kw = (name, kind, decl, pool, kw)

    def read(self, raw, zone):
        s = norm(raw)
        if s == "":
            return MISSING
        k = self.kind
        for mw in self.kw.get("mw", ()):
            if k in ("int", "decimal"):
                a = ascii_digits(s)
                if NUM.match(a) and NUM.match(mw) and (Fraction(a) == Fraction(mw)):
                    return MISSING
            if norm(mw) == s:
                return MISSING
        return self.val(s, zone)

    def val(self, s, zone):
        k = self.kind
        if k == "int":
            a = ascii_digits(s)
            if not NUM.match(a):
                return INVALID
            v = Fraction(a)
            if v.denominator != 1 or not -(2**63) <= v < 2**63:
                return INVALID
            lo, hi = self.kw.get("range", (None, None))
            if lo is not None and v < lo or (hi is not None and v > hi):
                return INVALID
            return int(v)
        if k == "decimal":
            a = ascii_digits(s)
            if not NUM.match(a):
                return INVALID
            v = Fraction(a)
            x = v * 10 ** self.kw["p"]
            if x.denominator != 1 or not -(2**63) <= x < 2**63:
                return INVALID
            return v
        if k == "bool":
            l = s.lower()
            if l in ("true", "yes", "1", "是"):
                return True
            if l in ("false", "no", "0", "否"):
                return False
            return INVALID
        if k == "text":
            if self.kw.get("folded"):
                return fold(s)
            return s
        if k == "one":
            return s if s in self.kw["values"] else INVALID
        if k == "date":
            return parse_date(s)
        if k == "datetime":
            return parse_datetime(s, zone)
        if k == "version":
            if not re.match("\\d+(\\.\\d+)*\\Z", s, re.A):
                return INVALID
            p = [int(x) for x in s.split(".")]
            while p and p[-1] == 0:
                p.pop()
            return tuple(p)
        if k == "region":
            return self.kw["resolve"].get(s, INVALID)
        if k == "listt" or k == "listi":
            out = []
            for e in s.split(self.kw.get("sep", ";")):
                e = norm(e)
                if e == "":
                    continue
                if k == "listi":
                    a = ascii_digits(e)
                    if not NUM.match(a):
                        return INVALID
                    v = Fraction(a)
                    if v.denominator != 1:
                        return INVALID
                    e = int(v)
                out.append(e)
            return out if out else MISSING
        raise Exception(k)


def fold(s):
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", s).casefold())


def q(s):
    return '"' + s.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Env:

    def __init__(self, row, now, zone, id):
        self.row, self.now, self.zone, self.id = (row, now, zone, id)


class Cond:

    def __init__(self, text, k, fields, atom=True):
        self.text, self.k, self.fields, self.atom = (text, k, set(fields), atom)


def par(c):
    return c.text if c.atom else "(" + c.text + ")"


def NOT(c):
    return Cond("not " + par(c) if True else "", lambda e, m: neg(c.k(e, m)), c.fields, False)


def neg(v):
    return None if v is None else not v


def miss(m):
    return False if m == "two" else None


def AND(cs):

    def k(e, m):
        vs = [c.k(e, m) for c in cs]
        return False if False in vs else None if None in vs else True

    return Cond(" and ".join((par(c) for c in cs)), k, set().union(*[c.fields for c in cs]), False)


def OR(cs):

    def k(e, m):
        vs = [c.k(e, m) for c in cs]
        return True if True in vs else None if None in vs else False

    return Cond(" or ".join((par(c) for c in cs)), k, set().union(*[c.fields for c in cs]), False)


def COUNTOF(word, n, cs):

    def k(e, m):
        vs = [c.k(e, m) for c in cs]
        lo, hi = (sum((v is True for v in vs)), sum((v is not False for v in vs)))
        if word == "at least":
            return True if lo >= n else False if hi < n else None
        if word == "at most":
            return True if hi <= n else False if lo > n else None
        return True if lo == hi == n else False if n < lo or n > hi else None

    return Cond(
        f"{word} {n} of (" + ", ".join((c.text for c in cs)) + ")",
        k,
        set().union(*[c.fields for c in cs]),
        True,
    )


def TEST(text, fields, fn):

    def k(e, m):
        vs = [e.row[f] for f in fields]
        if any((v == MISSING and isinstance(v, str) for v in vs)):
            return miss(m)
        r = fn(e, *vs)
        return miss(m) if r is None else bool(r)

    return Cond(text, k, fields, False)


def addmonths(d, n):
    t = d.year * 12 + d.month - 1 + n
    y, mo = divmod(t, 12)
    import calendar

    return D.date(y, mo + 1, min(d.day, calendar.monthrange(y, mo + 1)[1]))


def shift(d, n, u):
    if u == "d":
        return d + D.timedelta(days=n)
    if u == "w":
        return d + D.timedelta(days=7 * n)
    if u == "mo":
        return addmonths(d, n)
    return addmonths(d, 12 * n)


HMS = {"s": 1000, "min": 60000, "h": 3600000}


def today(e):
    return e.zone.local(e.now).date()


def period(name, t):
    if name == "today":
        return (t, t)
    if name == "yesterday":
        return (t - D.timedelta(1), t - D.timedelta(1))
    if name == "tomorrow":
        return (t + D.timedelta(1), t + D.timedelta(1))
    w, u = name.split()
    o = {"this": 0, "last": -1, "next": 1}[w]
    if u == "week":
        s = t - D.timedelta(days=t.weekday()) + D.timedelta(days=7 * o)
        return (s, s + D.timedelta(6))
    if u == "month":
        s = addmonths(t.replace(day=1), o)
        return (s, addmonths(s, 1) - D.timedelta(1))
    if u == "quarter":
        s = addmonths(D.date(t.year, (t.month - 1) // 3 * 3 + 1, 1), 3 * o)
        return (s, addmonths(s, 3) - D.timedelta(1))
    s = D.date(t.year + o, 1, 1)
    return (s, D.date(t.year + o, 12, 31))


PERIODS = ["today", "yesterday", "tomorrow"] + [
    f"{a} {b}" for a in ("this", "last", "next") for b in ("week", "month", "quarter", "year")
]


def span(e, v, lo, hi):
    """v (date or ms) inside local days lo..hi (either may be None)"""
    if isinstance(v, D.date):
        return (lo is None or v >= lo) and (hi is None or v <= hi)
    return (lo is None or v >= e.zone.first(lo)) and (hi is None or v <= e.zone.last(hi))
