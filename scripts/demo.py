#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Shows the whole loop with the photos of examples/: remember, retrieve, generate, edit.

Drives the `rap` command as a user would and prints what happens.

    scripts/demo.py RAP OUTPUT_DIR

Leaves annotated pictures in OUTPUT_DIR.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import time

EXAMPLES = pathlib.Path(__file__).resolve().parent.parent / "examples"


class Rap:
    """The rap command with a memory of its own."""

    def __init__(self, program: str, memory: pathlib.Path):
        self.program = program
        self.memory = memory

    def __call__(self, *arguments: str) -> dict:
        command = [self.program, *arguments, "--json", "--memory", str(self.memory)]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode != 0:
            sys.exit(f"{' '.join(command)}\nfailed with status {run.returncode}: {run.stdout}{run.stderr}")
        return json.loads(run.stdout)


def heading(text: str) -> None:
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n{text}")


def table(header: list[str], rows: list[list[str]]) -> None:
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    for row in [header, ["-" * width for width in widths], *rows]:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def remember(rap: Rap, concepts: list[dict]) -> None:
    heading("1. Remember: a photo, a name, a few facts")
    rows = []
    for known in concepts:
        arguments = ["remember", known["name"], "--photo", str(EXAMPLES / known["photo"])]
        if "box" in known:
            arguments += ["--box", ",".join(map(str, known["box"]))]
        arguments += ["--category", known["category"], "--info", known["info"]]
        rap(*arguments)
        rows.append([known["name"], known["category"], known["info"]])
    table(["name", "category", "what rap was told"], rows)


def verdict(result: dict, expected: list[str]) -> str:
    """What the photo's result is worth: right, or which names are missed or wrong."""
    found = [match["name"] for match in result["matches"]]
    near = {miss["name"]: miss["probability"] for miss in result["near"]}
    problems = [f"{name} wrong" for name in found if name not in expected]
    for name in expected:
        if name not in found:
            problems.append(f"{name} missed" + (f" (near miss {near[name]:.2f})" if name in near else ""))
    return ", ".join(problems) or "right"


def recognize(rap: Rap, queries: list[dict], output: pathlib.Path) -> None:
    heading("2. Retrieve: who is in a photo that rap has not seen?")
    rows = []
    for query in queries:
        photo = EXAMPLES / query["photo"]
        picture = output / (photo.stem + ".jpg")
        start = time.monotonic()
        found = rap("recognize", str(photo), "--annotate", str(picture))
        elapsed = time.monotonic() - start
        result = found["photos"][0]
        shown = ", ".join(f"{match['name']} {match['probability']:.2f}" for match in result["matches"]) or "nobody known"
        rows.append([photo.name, shown, verdict(result, query["expect"]), f"{elapsed:.2f} s", query["note"]])
    table(["photo", "found (probability)", "", "command", "what the photo is"], rows)
    right = sum(row[2] == "right" for row in rows)
    print(f"  {right} of {len(rows)} photos are right; pictures with boxes: {output}/*.jpg")


def caption(rap: Rap, queries: list[dict]) -> None:
    heading("3. Generate: captions that know their names")
    rows = []
    for query in queries:
        photo = EXAMPLES / query["photo"]
        result = rap("caption", str(photo))["captions"][0]
        repaired = "name put in by the check" if result["names"]["repaired"] else ""
        rows.append([photo.name, result["text"], f"{result['timings_ms']['to_first_token']:.0f} ms", repaired])
    table(["photo", "caption", "first word", ""], rows)


def ask(rap: Rap, question: str, photo: str | None = None) -> None:
    arguments = ["ask", question]
    if photo:
        arguments += ["--photo", str(EXAMPLES / photo)]
    result = rap(*arguments)
    about = f" ({pathlib.Path(photo).name})" if photo else ""
    print(f"  Q: {question}{about}\n  A: {result['text']}   [{result['timings_ms']['total']:.0f} ms]")


def main(program: str, output_dir: str) -> None:
    output = pathlib.Path(output_dir)
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    script = json.loads((EXAMPLES / "demo.json").read_text(encoding="utf-8"))
    rap = Rap(program, output / "memory.db")

    start = time.monotonic()
    remember(rap, script["concepts"])
    recognize(rap, script["queries"], output)
    caption(rap, script["queries"])

    heading("4. Ask: about a photo, and without one")
    for question in script["questions"]:
        ask(rap, question["question"], question.get("photo"))

    heading("5. Edit: a fact changes, the very next answer knows")
    edit = script["edit"]
    ask(rap, edit["question"])
    rap("concepts", "edit", edit["name"], "--info", edit["info"])
    print(f"  -> rap concepts edit \"{edit['name']}\" --info \"{edit['info']}\"")
    ask(rap, edit["question"])

    print(f"\nDone in {time.monotonic() - start:.0f} s. Try your own: {program} remember --help")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
