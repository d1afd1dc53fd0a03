#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Puts a running `rap serve` under load, and prints what it stood.

    tests/server/load/load.py URL [--clients 64] [--seconds 60] [--only KIND] [--key KEY] [--pid PID] [--json]

Half of the clients ask which concepts are in a photo, half ask a question about one and read the answer as a
stream. A client that is told 429 waits a moment and tries again. With --pid (of the server) its memory is
watched too. Leaves with status 1 if an answer was neither 200 nor 429, or if the memory grew.
"""

from __future__ import annotations

import argparse
import base64
import functools
import http.client
import itertools
import json
import math
import pathlib
import re
import sys
import threading
import time
import urllib.parse
from collections import Counter
from dataclasses import dataclass, field

PHOTOS = pathlib.Path(__file__).resolve().parents[3] / "examples" / "photos"
SHOWN = ("composed-chelsea.jpg", "composed-collins.jpg", "composed-coffee.jpg", "flower.jpg", "raccoon.jpg")

# The memory counts as flat if it ends no higher than this above where the warm-up left it.
ALLOWED_GROWTH = 48e6
# What comes back within this share of the time is the warm-up: caches and allocators fill.
WARM_UP = 0.4
BACK_OFF_SECONDS = 0.2

TEXT = re.compile(rb'"content": ?"[^"]')  # a chunk of a stream that carries text


@dataclass
class Figures:
    """What one kind of request took, by all clients."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter = field(default_factory=Counter)

    def row(self, name: str, over: float) -> dict:
        done = self.statuses[200]
        row = {"request": name, "done": done, "per second": done / over, "refused": self.statuses[429]}
        row["failed"] = sum(self.statuses.values()) - done - self.statuses[429]
        for share in (0.5, 0.99):
            row[f"p{share * 100:.0f} ms"] = 1000 * quantile(self.seconds, share)
        return row


@functools.cache
def uris() -> list[str]:
    encoded = [base64.b64encode((PHOTOS / name).read_bytes()).decode() for name in SHOWN]
    return [f"data:image/jpeg;base64,{photo}" for photo in encoded]


@functools.cache
def recognize_bodies() -> list[bytes]:
    return [json.dumps({"photo": uri}).encode() for uri in uris()]


@functools.cache
def chat_bodies() -> list[bytes]:
    def body(uri: str) -> dict:
        content = [{"type": "text", "text": "Who is in the image?"}, {"type": "image_url", "image_url": {"url": uri}}]
        return {"model": "rap", "stream": True, "max_tokens": 32, "messages": [{"role": "user", "content": content}]}

    return [json.dumps(body(uri)).encode() for uri in uris()]


# The kinds of requests: where they go, and what they carry. Times are to the end, of chats to the first token.
REQUESTS = {
    "recognize": ("/rap/v1/recognize", recognize_bodies),
    "chat": ("/v1/chat/completions", chat_bodies),
}


def quantile(values: list[float], share: float) -> float:
    """The value that this share of them does not exceed; NaN of none."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)] if values else math.nan


class Load:
    """Requests of some kinds, by the clients of run(), until time is up."""

    def __init__(self, url: str, kinds: tuple[str, ...], key: str | None, seconds: float):
        self.address = urllib.parse.urlsplit(url)
        self.kinds = kinds
        self.headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        self.deadline = time.monotonic() + seconds
        self.figures = {kind: Figures() for kind in kinds}
        self.odd: Counter = Counter()  # what went wrong, by its text
        self._lock = threading.Lock()

    def client(self, number: int) -> None:
        """One client: a connection that is kept, and one request after the other."""
        kind = self.kinds[number % len(self.kinds)]
        path, bodies = REQUESTS[kind]
        connection = self._connect()
        for turn in itertools.count(number):
            if (start := time.monotonic()) > self.deadline:
                break
            try:
                connection.request("POST", path, bodies()[turn % len(SHOWN)], self.headers)
                answer = connection.getresponse()
                took = self._first_piece(answer, start)
            except (OSError, http.client.HTTPException) as error:
                self._note(kind, 0, 0, repr(error))
                connection.close()
                connection = self._connect()
                continue
            self._note(kind, answer.status, took, f"status {answer.status} of {kind}")
            if answer.status == 429:
                time.sleep(BACK_OFF_SECONDS)
        connection.close()

    def run(self, clients: int) -> None:
        threads = [threading.Thread(target=self.client, args=(number,)) for number in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.address.hostname, self.address.port, timeout=120)

    @staticmethod
    def _first_piece(answer: http.client.HTTPResponse, start: float) -> float:
        """Reads an answer to its end; seconds to its first text if it is a stream, else to its end."""
        if answer.headers.get_content_type() != "text/event-stream":
            answer.read()
            return time.monotonic() - start
        first = None
        for line in answer:
            if first is None and TEXT.search(line):
                first = time.monotonic() - start
        answer.read()  # nothing is left, but only this lets the connection be used again
        return first if first is not None else time.monotonic() - start

    def _note(self, kind: str, status: int, seconds: float, problem: str) -> None:
        with self._lock:
            self.figures[kind].statuses[status] += 1
            if status == 200:
                self.figures[kind].seconds.append(seconds)
            elif status != 429:
                self.odd[problem] += 1


class MemoryWatch:
    """The resident memory of a process, twice a second while the block runs."""

    def __init__(self, pid: int | None):
        self._status = pathlib.Path(f"/proc/{pid}/status") if pid else None
        self._samples: list[float] = []
        self._done = threading.Event()

    def __enter__(self) -> MemoryWatch:
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    @property
    def warm_bytes(self) -> float:
        """The most it held in the warm-up."""
        return max(self._samples[: max(1, int(WARM_UP * len(self._samples)))], default=math.nan)

    @property
    def last_bytes(self) -> float:
        """The median of its last samples, so that one request more or less does not count."""
        return quantile(self._samples[-9:], 0.5)

    def _watch(self) -> None:
        while self._status and not self._done.wait(0.5):
            self._samples.append(int(re.search(r"VmRSS:\s+(\d+)", self._status.read_text())[1]) * 1024.0)


def idle_connection_bytes(url: str, pid: int, count: int = 200) -> float:
    """What the server's memory grows by for one connection that has asked once and then says nothing."""
    address = urllib.parse.urlsplit(url)
    status = pathlib.Path(f"/proc/{pid}/status")

    def resident() -> int:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read_text())[1]) * 1024

    before, connections = resident(), []
    for _ in range(count):
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
        connection.connect()
        connections.append(connection)
    time.sleep(1)
    grown = resident() - before
    for connection in connections:
        connection.close()
    return grown / count


def measure(url: str, clients: int, seconds: float, *, kinds: tuple[str, ...] = tuple(REQUESTS), key: str | None = None,
            pid: int | None = None) -> dict:
    load = Load(url, kinds, key, seconds)
    with MemoryWatch(pid) as memory:
        load.run(clients)
    result: dict = {"clients": clients, "seconds": seconds,
                    "rows": [figures.row(name, seconds) for name, figures in load.figures.items()],
                    "problems": dict(load.odd)}
    if pid:
        result["memory MB"] = {"warm": memory.warm_bytes / 1e6, "end": memory.last_bytes / 1e6}
        result["flat"] = memory.last_bytes <= memory.warm_bytes + ALLOWED_GROWTH
        result["idle connection kB"] = idle_connection_bytes(url, pid) / 1e3
    return result


def print_table(result: dict) -> None:
    def cell(value: object) -> str:
        return f"{value:.1f}" if isinstance(value, float) else str(value)

    header = list(result["rows"][0])
    rows = [[cell(value) for value in row.values()] for row in result["rows"]]
    widths = [max(len(cells[i]) for cells in [header, *rows]) for i in range(len(header))]
    for cells in [header, *rows]:
        print("  ".join(text.ljust(width) for text, width in zip(cells, widths, strict=True)).rstrip())
    print(f"{result['clients']} clients for {result['seconds']:.0f} s; problems: {result['problems'] or 'none'}")
    if "memory MB" in result:
        memory = result["memory MB"]
        print(f"memory {memory['warm']:.0f} MB when warm, {memory['end']:.0f} MB at the end; "
              f"{result['idle connection kB']:.1f} kB an idle connection")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--only", choices=REQUESTS, help="one kind of request")
    parser.add_argument("--key")
    parser.add_argument("--pid", type=int)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    kinds = (chosen.only,) if chosen.only else tuple(REQUESTS)
    result = measure(chosen.url, chosen.clients, chosen.seconds, kinds=kinds, key=chosen.key, pid=chosen.pid)
    print(json.dumps(result)) if chosen.json else print_table(result)
    return 0 if not result["problems"] and result.get("flat", True) else 1


if __name__ == "__main__":
    sys.exit(main())
