"""How long an editor waits: a session with `segrule lsp` over a rule set of 10,000 lines.

    cargo build --release
    python3 benches/editor.py target/release/segrule

Every answer follows a change of the text. Prints the median and the longest of 20 answers in milliseconds,
for one file of 10,000 lines and for 100 files of 100; on Linux also the median of the processor time of the
thread that answers, which other work on the machine does not lengthen as much. The file stands as it is
typed: an answer about its layout lays it out. Colours are asked as editors ask: what changed since the last
time (`colours`), and all of them (`all colours`).
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import time
from statistics import median

SCHEMA = """schema contact {
  id: id
  region: region aka 所在地
  age: int 0..150 aka 年龄
  device: one of (android, ios, harmony, pc)
  last_active: datetime
  last_visit: text
  tags: list of text separated by ";"
  spend: decimal(2)
}
"""


def segment(number):
    """Four lines with a name, a title and a few tests."""
    return (
        f'## Segment number {number}.\n'
        f'segment s{number} "第 {number} 组" =\n'
        f'  (region = Beijing and age in {number % 60}..{number % 60 + 20} and last_active within {number % 90 + 1}d)\n'
        f'  or (device = ios and spend > {number}.50 and tags has any of ("a{number}", "b"))\n'
    )


def processor_ms(child):
    """How long the thread that answers has been at work; nothing where the system does not tell."""
    try:
        text = pathlib.Path(f"/proc/{child.pid}/task/{child.pid}/schedstat").read_text()
    except OSError:
        return None
    return int(text.split()[0]) / 1e6


class Server:
    def __init__(self, program, folder):
        command = [program, "lsp"]
        self.child = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.number = 0

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.child.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.child.stdin.flush()

    def read(self):
        length = 0
        while (line := self.child.stdout.readline()) != b"\r\n":
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        return json.loads(self.child.stdout.read(length))

    def ask(self, method, params):
        self.number += 1
        self.send({"id": self.number, "method": method, "params": params})
        while True:
            message = self.read()
            if message.get("id") == self.number and "method" not in message:
                return message.get("result")


def measure(program, files):
    with tempfile.TemporaryDirectory() as folder:
        rules = pathlib.Path(folder) / "rules"
        rules.mkdir()
        (rules / "schema.seg").write_text(SCHEMA)
        for name, text in files.items():
            (rules / name).write_text(text)
        name, text = next(iter(files.items()))
        uri = (rules / name).as_uri()
        server = Server(program, folder)
        root = pathlib.Path(folder).as_uri()
        server.ask("initialize", {"rootUri": root, "capabilities": {}})
        server.send({"method": "initialized", "params": {}})
        document = {"uri": uri, "languageId": "segrule", "version": 1, "text": text}
        server.send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        on = {"textDocument": {"uri": uri}}
        whole = {"start": {"line": 0, "character": 0}, "end": {"line": 60, "character": 0}}
        line = min(50, text.count("\n") // 4) * 4 + 2
        requests = {
            "completion": ("textDocument/completion", {**on, "position": {"line": line, "character": 23}}),
            "hover": ("textDocument/hover", {**on, "position": {"line": line, "character": 24}}),
            "definition": ("textDocument/definition", {**on, "position": {"line": line, "character": 24}}),
            "references": ("textDocument/references", {**on, "position": {"line": line, "character": 24}}),
            "symbols": ("textDocument/documentSymbol", on),
            "hints": ("textDocument/inlayHint", {**on, "range": whole}),
            "repairs": ("textDocument/codeAction", {**on, "range": whole, "context": {"diagnostics": []}}),
            "colours": ("textDocument/semanticTokens/full/delta", {**on, "previousResultId": ""}),
            "all colours": ("textDocument/semanticTokens/full", on),
            "layout": ("textDocument/formatting", on),
        }
        server.ask(*requests["hover"])
        for what, (method, params) in requests.items():
            times, work = [], []
            for turn in range(20):
                start = {"line": line, "character": 2}
                # A blank more, a blank less.
                end = {"line": line, "character": 2 + turn % 2}
                change = {"range": {"start": start, "end": end}, "text": "" if turn % 2 else " "}
                before = processor_ms(server.child)
                server.send({
                    "method": "textDocument/didChange",
                    "params": {"textDocument": {"uri": uri, "version": turn + 2}, "contentChanges": [change]},
                })
                began = time.perf_counter()
                answer = server.ask(method, params)
                times.append((time.perf_counter() - began) * 1000)
                if before is not None:
                    work.append(processor_ms(server.child) - before)
                if "previousResultId" in params:
                    params["previousResultId"] = answer["resultId"]
            print(f"  {what:12} {median(times):7.1f} {max(times):7.1f} {median(work) if work else 0:9.1f}")
        server.ask("shutdown", None)
        server.send({"method": "exit", "params": None})
        # What it still has to tell must not keep it waiting.
        server.child.stdout.read()
        server.child.wait()


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    segments = [segment(number) for number in range(2500)]
    print("one file of 10,000 lines      median longest processor (ms)")
    measure(program, {"all.seg": "".join(segments)})
    print("100 files of 100 lines        median longest processor (ms)")
    parts = {f"{part:03}.seg": "".join(segments[part * 25:part * 25 + 25]) for part in range(100)}
    measure(program, parts)


main()
