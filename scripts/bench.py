#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints rap's figures as a table: medians with the spread of repeated runs, and goals.

    scripts/bench.py BUILD_DIR

Absolute times depend on the machine and its load, so no goal that is missed fails this program;
a wrong answer does.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PHOTOS = ROOT / "examples" / "photos"
SERVER_TESTS = ROOT / "tests" / "server"
REPETITIONS = 5


def run_benchmarks(program: pathlib.Path) -> dict[str, list[dict]]:
    """The repetitions of each benchmark by its name."""
    command = [program, "--benchmark_format=json", f"--benchmark_repetitions={REPETITIONS}", "--benchmark_min_time=0.2"]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        sys.exit(f"{program} failed: {finished.stderr}")
    results: dict[str, list[dict]] = {}
    for result in json.loads(finished.stdout)["benchmarks"]:
        if result.get("error_occurred"):
            sys.exit(f"{result['name']}: {result['error_message']}")
        if result["run_type"] == "iteration":
            results.setdefault(result["run_name"].split("/real_time")[0].split("/manual_time")[0], []).append(result)
    return results


def run_process(command: list[str], environment: dict[str, str]) -> tuple[str, float, float]:
    """Output, seconds and greatest resident MB of a process."""
    with tempfile.TemporaryFile() as output:
        start = time.monotonic()
        child = subprocess.Popen(command, stdout=output, stderr=subprocess.DEVNULL, env=environment)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode()
    if child.returncode != 0:
        sys.exit(f"{' '.join(command)}\nfailed with status {child.returncode}: {text}")
    return text, seconds, usage.ru_maxrss * 1024 / 1e6


def run_ask(program: pathlib.Path) -> dict[str, list[float]]:
    """Seconds and MB of `rap ask` as a new process, with and without a kept encoder graph."""
    figures: dict[str, list[float]] = {"first": [], "seconds": [], "megabytes": []}
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "HOME": home, "RAP_MEMORY": f"{home}/memory.db", "RAP_CACHE_DIR": f"{home}/cache"}
        for name, photo in (("Chelsea", "chelsea.jpg"), ("Eileen Collins", "collins.jpg")):
            info = f"{name} likes long naps."
            run_process([str(program), "remember", name, "--photo", str(PHOTOS / photo), "--info", info], environment)
        question = "Who is in the image?"
        photo = str(PHOTOS / "composed-chelsea-and-collins.jpg")
        command = [str(program), "ask", question, "--photo", photo, "--json"]
        for repetition in range(REPETITIONS):
            fresh = {**environment, "RAP_CACHE_DIR": f"{home}/cache-{repetition}"}
            for kind, surroundings in (("first", fresh), ("seconds", environment)):
                output, seconds, megabytes = run_process(command, surroundings)
                if sorted(card["name"] for card in json.loads(output)["concepts"]) != ["Chelsea", "Eileen Collins"]:
                    sys.exit(f"rap ask did not use the two cards: {output}")
                figures[kind].append(seconds)
                figures["megabytes"].append(megabytes)
    return figures


def idle_connection_kilobytes(program: pathlib.Path) -> float:
    """What `rap serve` keeps in memory for a connection that says nothing."""
    sys.path[:0] = [str(SERVER_TESTS), str(SERVER_TESTS / "load")]
    from harness.rap_server import RapServer
    from load import idle_connection_bytes

    with tempfile.TemporaryDirectory() as home:
        server = RapServer(str(program), pathlib.Path(home)).start()
        try:
            return idle_connection_bytes(server.url, server.process.pid) / 1000
        finally:
            server.stop()


def row(name: str, values: list[float], unit: str, goal: float | None) -> list[str]:
    median = statistics.median(values)
    digits = 0 if median >= 100 else 1 if median >= 10 else 2
    spread = f"{min(values):.{digits}f} - {max(values):.{digits}f}"
    if goal is None:
        return [name, f"{median:.{digits}f} {unit}", spread, "", ""]
    return [name, f"{median:.{digits}f} {unit}", spread, f"<= {goal:g} {unit}", f"{median / goal:.2f}"]


def print_table(rows: list[list[str]]) -> None:
    widths = [max(len(cells[i]) for cells in rows) for i in range(len(rows[0]))]
    for cells in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip())


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    programs = pathlib.Path(sys.argv[1]) / "bin"
    results = run_benchmarks(programs / "rap_bench")
    ask = run_ask(programs / "rap")
    times = {name: [result["real_time"] for result in runs] for name, runs in results.items()}
    asked_once = ("photo_to_matches/1000", "photo_to_matches/10000", "question_to_first_token")
    looks = [run["looks"] for name in asked_once for run in results[name]]
    if set(looks) != {1.0}:
        sys.exit(f"a question must cost one look, not {sorted(set(looks))}")
    doubts = times["photo_to_doubt/10000/1"], times["photo_to_doubt/10000/0"]
    second_look = [with_it - without for with_it, without in zip(*doubts)]
    speed = [run["MAC/s"] / 1e9 for run in results["dot_products_of_a_photo/10000"]]
    served = run_benchmarks(programs / "server_bench")
    many = next(runs for name, runs in served.items() if name.startswith("recognize_by_many"))
    print_table([
        ["figure", "median", "min - max", "goal", "median / goal"],
        row("photo to matches, 1,000 concepts", times["photo_to_matches/1000"], "ms", 60),
        row("photo to matches, 10,000 concepts", times["photo_to_matches/10000"], "ms", 60),
        row("a second look adds", second_look, "ms", 30),
        row("looks of the encoder a question", looks, "", 1),
        row("question to first token, two cards", times["question_to_first_token"], "ms", 600),
        row("rap ask: resident memory", ask["megabytes"], "MB", 600),
        row("rap ask: start to answer", ask["seconds"], "s", 3),
        row("rap ask: start to answer, encoder not yet compiled", ask["first"], "s", 3),
        row("HTTP adds to a recognition", [run["added_ms"] for run in served["recognize_over_http"]], "ms", 3),
        row("recognised over HTTP, 4 clients", [run["per_second"] for run in many], "photos/s", None),
        row("an idle connection", [idle_connection_kilobytes(programs / "rap")], "KB", None),
        row("dot products: 200 regions, 10,000 views", times["dot_products_of_a_photo/10000"], "ms", None),
        row("dot products: speed", speed, "GMAC/s", None),
    ])
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load {load:.1f}; {REPETITIONS} repetitions; median / goal: smaller is better")


if __name__ == "__main__":
    main()
