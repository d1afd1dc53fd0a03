# SPDX-License-Identifier: Apache-2.0
"""nginx with examples/deploy/nginx.conf as it is, but for ports, certificate and folders."""

from __future__ import annotations

import contextlib
import http.client
import pathlib
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass

from harness.photos import EXAMPLES
from harness.rap_server import SLOWNESS, Answer

EXAMPLE = EXAMPLES / "deploy" / "nginx.conf"

# What Debian's /etc/nginx/nginx.conf is to the example. Without a master it needs no second user.
FRAME = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  include {folder}/rap.conf;
}}
"""


def find_nginx() -> str | None:
    """Its path; Debian keeps it where users do not look."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/sbin")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_certificate(folder: pathlib.Path) -> None:
    """A certificate of 127.0.0.1 that vouches for itself."""
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
               "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
               "-keyout", str(folder / "rap.key"), "-out", str(folder / "rap.pem")]
    subprocess.run(command, check=True, capture_output=True)


def adapt(example: str, changes: dict[str, str]) -> str:
    """Makes each change at the one place that it is meant for."""
    for old, new in changes.items():
        assert example.count(old) == 1, f"{EXAMPLE.name} has '{old}' {example.count(old)} times"
        example = example.replace(old, new)
    return example


@dataclass
class Proxy:
    """A running nginx."""

    folder: pathlib.Path
    port: int
    plain_port: int

    @property
    def access_log(self) -> str:
        return (self.folder / "rap.log").read_text("utf-8")

    def connect(self) -> http.client.HTTPSConnection:
        trusted = ssl.create_default_context(cafile=str(self.folder / "rap.pem"))
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60 * SLOWNESS, context=trusted)

    def request(self, method: str, path: str, body: bytes | None = None, headers: dict | None = None) -> Answer:
        with contextlib.closing(self.connect()) as connection:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())


@contextlib.contextmanager
def nginx(folder: pathlib.Path, upstream_port: int) -> Iterator[Proxy]:
    """nginx in front of a server, for the length of a with block."""
    proxy = Proxy(folder, free_port(), free_port())
    make_certificate(folder)
    adapted = adapt(EXAMPLE.read_text("utf-8"), {
        "server 127.0.0.1:8095;": f"server 127.0.0.1:{upstream_port};",
        "listen 80;": f"listen 127.0.0.1:{proxy.plain_port};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{proxy.port} ssl http2;",
        "/etc/ssl/certs/example.org.pem": f"{folder}/rap.pem",
        "/etc/ssl/private/example.org.key": f"{folder}/rap.key",
        "/var/log/nginx/rap.log": f"{folder}/rap.log",
        "/var/log/nginx/rap-error.log": f"{folder}/rap-error.log",
    })
    (folder / "rap.conf").write_text(adapted, "utf-8")
    (folder / "nginx.conf").write_text(FRAME.format(folder=folder), "utf-8")
    command = [find_nginx(), "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with (folder / "stderr").open("wb") as errors:
        process = subprocess.Popen(command, stderr=errors)
    try:
        deadline = time.monotonic() + 10 * SLOWNESS
        while socket.socket().connect_ex(("127.0.0.1", proxy.port)) != 0:
            assert process.poll() is None and time.monotonic() < deadline, (folder / "stderr").read_text()
            time.sleep(0.05)
        yield proxy
    finally:
        process.terminate()
        process.wait(10 * SLOWNESS)
