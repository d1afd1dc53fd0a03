# SPDX-License-Identifier: Apache-2.0
"""A real `rap serve` as a process of its own, on a fresh memory."""

from __future__ import annotations

import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from typing import Any

READY = re.compile(r"rap: serving on (http://[^\s]+)")
KEY = re.compile(r"rap_[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")

# Under sanitizers everything takes longer; the bounds of the tests grow with this factor.
SLOWNESS = float(os.environ.get("RAP_TEST_SLOWNESS", "1"))


@dataclass
class Answer:
    """An HTTP answer, read to its end."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")


@dataclass
class RapServer:
    """Started by start(), ended by stop(). Its standard error is kept in a file: the log."""

    binary: str
    home: pathlib.Path
    keyless: bool = True
    flags: tuple[str, ...] = ()
    url: str = ""
    key: str | None = None  # what request() sends if the caller names no other
    process: subprocess.Popen | None = field(default=None, repr=False)

    @property
    def memory(self) -> pathlib.Path:
        return self.home / "memory.db"

    @property
    def keys(self) -> pathlib.Path:
        return self.home / "keys.json"

    @property
    def log(self) -> str:
        return "".join((self.home / name).read_text("utf-8", "replace") for name in ("stdout", "stderr"))

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    def start(self) -> RapServer:
        # Tests ask faster than people do; what a full queue says is tested nevertheless.
        command = [self.binary, "serve", "--host", "127.0.0.1", "--port", "0", "--rate", "1000000"]
        command += ["--memory", str(self.memory), "--keys", str(self.keys), *self.flags]
        if self.keyless:
            command.append("--allow-loopback-without-key")
        with (self.home / "stdout").open("wb") as out, (self.home / "stderr").open("wb") as err:
            self.process = subprocess.Popen(command, stdout=out, stderr=err, env=self._environment())
        deadline = time.monotonic() + 60 * SLOWNESS
        while not (ready := READY.search(self.log)):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                raise RuntimeError(f"rap serve is not ready: {self.log}")
            time.sleep(0.05)
        self.url = ready[1]
        return self

    def stop(self) -> int:
        """Asks the server to end, waits for it, and returns its exit status."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30 * SLOWNESS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    def first_key(self) -> str:
        """The admin key that a server without keys prints when it first starts."""
        return KEY.search(self.log)[0]

    def create_key(self, name: str, owner: str, scope: str) -> str:
        command = [self.binary, "keys", "create", "--name", name, "--owner", owner, "--scope", scope]
        command += ["--keys", str(self.keys)]
        made = subprocess.run(command, capture_output=True, text=True, check=False, env=self._environment())
        key = KEY.search(made.stdout)
        if key is None:
            raise RuntimeError(f"{' '.join(command)}: {made.stdout}{made.stderr}")
        return key[0]

    def connect(self, timeout: float = 60) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout * SLOWNESS)

    def request(self, method: str, path: str, body: Any = None, *, key: str | None = "", headers: dict | None = None,
                timeout: float = 60) -> Answer:
        """One request. A body that is not bytes is sent as JSON; key None sends no key at all."""
        sent = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        if (key := self.key if key == "" else key) is not None:
            sent["Authorization"] = f"Bearer {key}"
        connection = self.connect(timeout)
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def resident_bytes(self) -> int:
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024

    def assert_alive(self, within: float = 5) -> None:
        """The same process still runs, and answers promptly."""
        assert self.process.poll() is None, f"the server has ended: {self.log[-4000:]}"
        assert self.request("GET", "/healthz", timeout=within).status == 200

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "RAP_"))}
        # Compiled encoders are kept between tests; everything else is new each time.
        cache = pathlib.Path(tempfile.gettempdir()) / "rap-test-cache"
        return {**kept, "HOME": str(self.home), "RAP_CACHE_DIR": str(cache)}
