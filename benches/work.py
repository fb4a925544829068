"""The work that is timed: contacts, segments, and their text for every engine.

A segment is a nested tuple of questions; `rule`, `sql` and `polars` write it for segrule, for the SQL
engines and for Polars. A question about a missing value is false in all of them.
"""
import random, time

NOW = 1780272000  # 2026-06-01T00:00:00Z
DAY = 86400

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


def make(rows):
    """SQL that makes the contacts: every column is a function of the row number, through DuckDB's hash."""
    return f"""
create table contacts as
with dice as (
  select i, (hash(i * 16 + 1) % 1000) a, (hash(i * 16 + 2) % 1000) b, (hash(i * 16 + 3) % 1000) c,
         (hash(i * 16 + 4) % 1000) d, (hash(i * 16 + 5) % 1000) e, (hash(i * 16 + 6) % 100000) f,
         (hash(i * 16 + 7) % 100000) g, (hash(i * 16 + 8) % 1000) h
  from range({rows}) t(i))
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


def moment(days):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(NOW - days * DAY))


def question(r):
    """One random question."""
    kind = r.choice("province city age device network active purchase visit tag blocked orders spend missing".split())
    if kind == "province":
        return ("prefix", "region", r.choice(PROVINCES) + "/")
    if kind == "city":
        return ("prefix", "region", f"{r.choice(PROVINCES)}/{r.randrange(13)}市/")
    if kind == "age":
        low = r.choice([18, 20, 25, 30, 40, 50])
        return ("between", "age", low, low + r.choice([4, 9, 19]))
    if kind == "device":
        return ("eq", "device", r.choice(["ios", "android"]))
    if kind == "network":
        return ("eq", "network", r.choice(["4g", "5g", "wifi"]))
    if kind in ("active", "purchase"):
        return ("since", f"last_{kind}", moment(r.choice([1, 3, 7, 14, 30, 60, 90, 180])))
    if kind == "visit":
        return ("eq", "last_visit", r.choice(["课程页"] + [f"专题页{n}" for n in range(0, 190, 9)]))
    if kind == "tag":
        return ("has", f"标签{r.randrange(100)}")
    if kind == "blocked":
        return ("true", "blocked")
    if kind == "orders":
        return ("ge", "orders", r.choice([1, 2, 3, 5, 8]))
    if kind == "spend":
        return ("ge", "spend", r.choice([50, 100, 500, 1000, 5000]))
    return ("null", "last_visit")


def segment(r):
    """One random segment: two to seven questions, some negated, some with an alternative."""
    parts = []
    for _ in range(r.randint(2, 7)):
        part = question(r)
        if r.random() < 0.15:
            part = ("not", part)
        elif r.random() < 0.2:
            part = ("or", part, question(r))
        parts.append(part)
    return ("and", *parts)


def segments(count):
    r = random.Random(42)
    return [segment(r) for _ in range(count)]


SINGLE = {
    "few": ("and", ("prefix", "region", "广东省/"), ("between", "age", 18, 39), ("eq", "last_visit", "课程页"),
            ("since", "last_purchase", moment(90))),
    "some": ("and", ("eq", "device", "android"), ("between", "age", 25, 49), ("not", ("true", "blocked")),
             ("or", ("eq", "network", "wifi"), ("has", "标签7"))),
    "half": ("and", ("not", ("true", "blocked")), ("or", ("ge", "age", 30), ("null", "last_purchase"))),
}


def rule(x):
    kind = x[0]
    if kind in ("and", "or"):
        return "(" + f" {kind} ".join(map(rule, x[1:])) + ")"
    if kind == "not":
        return f"not ({rule(x[1])})"
    return {"prefix": lambda: f'{x[1]} starts with "{x[2]}"', "between": lambda: f"{x[1]} in {x[2]}..{x[3]}",
            "eq": lambda: f'{x[1]} = "{x[2]}"', "since": lambda: f"{x[1]} >= {x[2]}Z", "has": lambda: f'tags has "{x[1]}"',
            "true": lambda: x[1], "ge": lambda: f"{x[1]} >= {x[2]}", "null": lambda: f"{x[1]} is missing"}[kind]()


def atom(x, engine, format):
    """One question in SQL, false where the value is missing."""
    kind = x[0]
    prefix = "startsWith" if engine == "chdb" else "starts_with"
    stamp = {"duckdb": "timestamp '{}'", "datafusion": "timestamp '{}'", "chdb": "toDateTime('{}', 'UTC')"}[engine]
    if kind == "has" and format == "csv":
        tags = {"duckdb": "string_split(coalesce(tags, ''), '|')", "chdb": "splitByChar('|', ifNull(tags, ''))",
                "datafusion": "string_to_array(coalesce(tags, ''), '|')"}[engine]
    else:
        tags = "tags"
    has = {"duckdb": "list_contains", "chdb": "has", "datafusion": "array_has"}[engine]
    text = {"prefix": lambda: f"{prefix}({x[1]}, '{x[2]}')", "between": lambda: f"{x[1]} between {x[2]} and {x[3]}",
            "eq": lambda: f"{x[1]} = '{x[2]}'",
            "since": lambda: f"{x[1]} >= " + stamp.format(x[2].replace("T", " ")),
            "has": lambda: f"{has}({tags}, '{x[1]}')", "true": lambda: x[1], "ge": lambda: f"{x[1]} >= {x[2]}",
            "null": lambda: f"{x[1]} is null"}[kind]()
    return text if kind == "null" else f"coalesce({text}, false)"


def sql(x, write):
    """A segment in SQL; `write` gives the text of a question."""
    kind = x[0]
    if kind in ("and", "or"):
        return "(" + f" {kind} ".join(sql(y, write) for y in x[1:]) + ")"
    return f"(not {sql(x[1], write)})" if kind == "not" else write(x)


def polars(x, format):
    import datetime, functools, operator
    import polars as pl
    kind = x[0]
    if kind in ("and", "or"):
        join = operator.and_ if kind == "and" else operator.or_
        return functools.reduce(join, (polars(y, format) for y in x[1:]))
    if kind == "not":
        return ~polars(x[1], format)
    if kind == "has":
        tags = pl.col("tags").str.split("|") if format == "csv" else pl.col("tags")
        return tags.list.contains(x[1]).fill_null(False)
    column = pl.col(x[1])
    if kind == "null":
        return column.is_null()
    made = {"prefix": lambda: column.str.starts_with(x[2]), "between": lambda: column.is_between(x[2], x[3]),
            "eq": lambda: column == x[2], "since": lambda: column >= datetime.datetime.fromisoformat(x[2]),
            "true": lambda: column, "ge": lambda: column >= x[2]}[kind]()
    return made.fill_null(False)


def questions(x):
    return [q for y in x[1:] for q in questions(y)] if x[0] in ("and", "or", "not") else [x]
