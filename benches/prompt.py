"""How long the prompt takes to answer, over the contacts of the benchmark.

    python3 benches/compare.py 1,000,000 one     (makes the contacts)
    python3 benches/prompt.py target/release/segrule target/bench/contacts_1000000.parquet

A line is typed when the answer to the last one has come. Prints the milliseconds until the contacts are
loaded, and for each line until its answer is there; the second run of a line finds its questions answered.
"""
import os, pathlib, select, subprocess, sys, time

LINES = [
    "age in 18..24",
    "region starts with \"北京\" and age in 18..24 and last_visit = \"课程页\"",
    "last_active within 30d and (device = ios or spend > 500)",
    "tags has any of (\"标签1\", \"标签2\") and not last_purchase within 90d",
    "region starts with \"北京\" and age in 18..24 and last_visit = \"课程页\" and spend > 100",
    ":field age",
    ":let young = age < 30",
    ":segments",
]


def answer(child):
    """What comes until nothing more does for a moment; the time of its first part."""
    pipe = child.stdout.fileno()
    first = os.read(pipe, 1 << 20)
    came = time.perf_counter()
    while select.select([pipe], [], [], 0.02)[0]:
        more = os.read(pipe, 1 << 20)
        if not more:
            break
        first += more
    if not first:
        sys.exit("the prompt ended")
    return came, first.decode()


def ask(child, line):
    began = time.perf_counter()
    child.stdin.write(line.encode() + b"\n")
    child.stdin.flush()
    came, text = answer(child)
    return (came - began) * 1000, text.splitlines()[0]


def main():
    program, contacts = (str(pathlib.Path(given).resolve()) for given in sys.argv[1:3])
    command = [program, "repl", "--no-history", "--data", contacts, "--now", "2026-06-01T00:00Z", "--zone", "UTC"]
    began = time.perf_counter()
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, cwd="/")
    ask(child, ":now")
    print(f"loaded                {(time.perf_counter() - began) * 1000:8.0f}")
    for turn in ("first", "again"):
        for line in LINES:
            took, told = ask(child, line)
            print(f"{turn}  {took:8.1f}  {line}   → {told}")
    child.stdin.close()
    child.wait()


main()
