# SPDX-License-Identifier: Apache-2.0
"""examples/deploy: nginx in front of a real server, the systemd unit, the packages of the image."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from deploy.nginx import Proxy, find_nginx, nginx

ROOT = pathlib.Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "examples" / "deploy"


@pytest.fixture(scope="module")
def proxy(keyed_server, tmp_path_factory) -> Iterator[Proxy]:
    """nginx in front of the shared server."""
    if find_nginx() is None:
        pytest.skip("needs nginx")
    with nginx(tmp_path_factory.mktemp("nginx"), keyed_server.port) as running:
        yield running


def bearer(server) -> dict[str, str]:
    return {"Authorization": f"Bearer {server.key}", "Content-Type": "application/json"}


class TestNginx:
    def test_answers_arrive_piece_by_piece(self, keyed_server, proxy):
        question = {"model": "rap/none", "stream": True, "max_tokens": 48, "rap": False,
                    "messages": [{"role": "user", "content": "What do cats like?"}]}
        with contextlib.closing(proxy.connect()) as connection:
            connection.request("POST", "/v1/chat/completions", json.dumps(question), bearer(keyed_server))
            answer = connection.getresponse()
            assert answer.status == 200 and answer.headers.get_content_type() == "text/event-stream"
            text, times = b"", []
            while piece := answer.read1(65536):
                text += piece
                times.append(time.monotonic())
        events = text.decode().split("\n\n")
        assert events[-2:] == ["data: [DONE]", ""] and len(events) > 10
        # The model takes longer than that for so many words; kept back until the end, they come at once.
        assert times[-1] - times[0] > 0.02, "all pieces came at the end"

    def test_pages_sign_in_with_secure_cookies(self, keyed_server, proxy):
        origin = {"Origin": f"https://127.0.0.1:{proxy.port}", "Content-Type": "application/json"}
        key = json.dumps({"key": keyed_server.key}).encode()
        signed_in = proxy.request("POST", "/rap/v1/session", key, origin)
        assert signed_in.status == 201, signed_in.text
        cookie, *flags = signed_in.headers["Set-Cookie"].split("; ")
        assert {"Secure", "HttpOnly", "SameSite=Strict"} <= set(flags)
        assert "Strict-Transport-Security" in signed_in.headers
        page = origin | {"Cookie": cookie}
        assert proxy.request("GET", "/rap/v1/session", None, page).status == 200
        assert proxy.request("DELETE", "/rap/v1/session", None, page).status == 403  # without the token
        token = {"X-Rap-Csrf": signed_in.json()["csrf"]}
        assert proxy.request("DELETE", "/rap/v1/session", None, page | token).status == 204
        direct = keyed_server.request("POST", "/rap/v1/session", {"key": keyed_server.key}, key=None)
        assert "Secure" not in direct.headers["Set-Cookie"]

    def test_pages_of_other_sites_are_refused(self, keyed_server, proxy):
        key = json.dumps({"key": keyed_server.key}).encode()
        foreign = {"Origin": "https://elsewhere.example", "Content-Type": "application/json"}
        assert proxy.request("POST", "/rap/v1/session", key, foreign).status == 403

    def test_a_key_is_needed_even_if_loopback_needs_none(self, serve, tmp_path):
        if find_nginx() is None:
            pytest.skip("needs nginx")
        with serve() as keyless, nginx(tmp_path, keyless.port) as proxy:
            assert keyless.request("GET", "/rap/v1/concepts").status == 200
            assert proxy.request("GET", "/healthz").status == 200
            for host in (f"127.0.0.1:{proxy.port}", "localhost"):
                refused = proxy.request("GET", "/rap/v1/concepts", None, {"Host": host})
                assert refused.status == 401, refused.text

    def test_plain_http_serves_nothing(self, proxy):
        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_):
                return None

        def status(path: str) -> int:
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), Stay)
            with pytest.raises(urllib.error.HTTPError) as refused:
                opener.open(f"http://127.0.0.1:{proxy.plain_port}{path}", timeout=10)
            return refused.value.code

        assert status("/") == 301
        assert status("/v1/models") == 403

    def test_sizes_are_those_of_the_server(self, keyed_server, proxy):
        large = bytes(64 * 1024 * 1024 + 1)
        headers = bearer(keyed_server) | {"Content-Type": "application/octet-stream"}
        assert proxy.request("POST", "/rap/v1/recognize", large, headers).status == 413
        # What is no bundle is refused by rap, which has to get it for that.
        imported = proxy.request("POST", "/rap/v1/import", large, headers)
        assert imported.status == 422 and imported.json()["error"]["code"] == "corrupt", imported.text

    def test_the_log_has_no_names(self, keyed_server, proxy):
        found = proxy.request("GET", "/rap/v1/concepts?search=Chelsea", None, bearer(keyed_server))
        assert [one["name"] for one in found.json()["concepts"]] == ["Chelsea"]
        assert " GET /rap/v1/concepts 200 " in proxy.access_log
        assert "Chelsea" not in proxy.access_log and "127.0.0.1" not in proxy.access_log


class TestUnit:
    @pytest.fixture
    def unit(self, tmp_path) -> pathlib.Path:
        """The unit with the path of the program that is tested."""
        if shutil.which("systemd-analyze") is None:
            pytest.skip("needs systemd-analyze")
        text, count = re.subn(r"(?m)^(ExecStart=)\S+", rf"\g<1>{os.environ['RAP_BINARY']}",
                              (DEPLOY / "rap.service").read_text("utf-8"))
        assert count == 1
        file = tmp_path / "rap.service"
        file.write_text(text, "utf-8")
        return file

    def test_systemd_finds_no_fault(self, unit):
        verified = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
        assert verified.returncode == 0 and not verified.stderr, verified.stderr

    def test_it_is_confined(self, unit):
        # Of 100: what systemd counts as exposed. 20 is where it stops saying "OK" with a smile.
        review = ["systemd-analyze", "security", "--offline=true", "--threshold=20", unit]
        reviewed = subprocess.run(review, capture_output=True, text=True, check=False)
        assert reviewed.returncode == 0, reviewed.stdout


# Of every Debian.
BASE = {"libc6", "libgcc-s1", "libstdc++6"}


def output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def packages_of(libraries: set[str]) -> set[str]:
    # Debian's files are listed below /usr or below /, whatever the linker found, and alternatives by their targets.
    paths = libraries | {str(pathlib.Path(path).resolve()) for path in libraries}
    paths |= {path.removeprefix("/usr") for path in paths} | {"/usr" + path for path in paths}
    listed = subprocess.run(["dpkg", "-S", *sorted(paths)], capture_output=True, text=True, check=False).stdout
    return set(re.findall(r"^([^:\s]+)(?::\w+)?: /", listed, re.MULTILINE))


@pytest.fixture(scope="module")
def needed_packages() -> set[str]:
    """Those whose libraries the program is linked with."""
    if shutil.which("dpkg") is None or shutil.which("readelf") is None:
        pytest.skip("needs a Debian system with binutils")
    binary = os.environ["RAP_BINARY"]
    needed = set(re.findall(r"NEEDED.*\[(lib[^]]+)\]", output("readelf", "-d", binary)))
    paths = dict(re.findall(r"^\s*(\S+) => (/\S+)", output("ldd", binary), re.MULTILINE))
    return packages_of({paths[name] for name in needed if "/deps/" not in paths[name]}) - BASE


@pytest.fixture(scope="module")
def bootstrap_packages() -> set[str]:
    script = (ROOT / "scripts" / "bootstrap.sh").read_text("utf-8")
    listed = re.search(r"^debian_packages=\((.*?)^\)", script, re.MULTILINE | re.DOTALL)[1]
    return set(listed.split())


@pytest.fixture(scope="module")
def image_packages() -> set[str]:
    lines = (DEPLOY / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    (listed,) = re.findall(r"apt-get install((?: +[^ &]+)+)", lines)
    return {word for word in listed.split() if not word.startswith("-")}


class TestImage:
    """The Dockerfile builds through scripts/bootstrap.sh, so it names run-time packages only."""

    def test_it_builds_as_everyone_does(self):
        dockerfile = (DEPLOY / "Dockerfile").read_text("utf-8")
        assert re.search(r"^RUN scripts/bootstrap\.sh build/deps\b", dockerfile, re.MULTILINE)

    def test_it_has_the_libraries_of_the_program(self, image_packages, needed_packages):
        assert {name for name in image_packages if name.startswith("lib")} == needed_packages

    def test_the_libraries_come_with_those_of_the_build(self, bootstrap_packages, needed_packages):
        def depends(names: set[str]) -> set[str]:
            fields = output("dpkg-query", "-W", "-f", "${Depends}, ", *sorted(names))
            return set(re.findall(r"(?:^|[,|]\s*)([a-z0-9][a-z0-9+.-]*)", fields))

        def development(names: set[str]) -> set[str]:
            return {name for name in names if name.endswith("-dev")} & installed

        installed = set(output("dpkg-query", "-W", "-f", "${Package}\n").split())
        direct = depends(development(bootstrap_packages))
        assert needed_packages <= direct | depends(development(direct))

    def test_the_rest_is_known_to_the_build(self, image_packages, bootstrap_packages):
        rest = {name for name in image_packages if not name.startswith("lib")}
        assert rest - bootstrap_packages == {"curl"}  # for the health check
