# SPDX-License-Identifier: Apache-2.0
"""A second owner can read nothing of the first: through no route, guess, photo, cache, error, log or figure."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from harness import photos
from harness.rap_server import Answer, RapServer

# Words that stand nowhere but in the first owner's memory.
NAME = "Zyxomma Quillfeather"
INFO = "Zyxomma Quillfeather hides the key to the cellar under pot 7391."
SECRETS = (NAME, "Zyxomma", "Quillfeather", "cellar", "7391", "quagga-shelf", "blauwdruk")
VIEW = photos.read("chelsea.jpg")


@dataclass
class Owners:
    """Two owners of one server; `concept` is the first's."""

    server: RapServer
    first: str
    second: str
    concept: dict
    job: str

    def as_second(self, method: str, path: str, body=None, **options) -> Answer:
        return self.server.request(method, path, body, key=self.second, **options)

    @property
    def ids(self) -> list[str]:
        return [self.concept["id"], *(view["id"] for view in self.concept["views"]), self.job]


@pytest.fixture(scope="module")
def owners(serve) -> Iterator[Owners]:
    with serve(keyless=False) as server:
        first, second = server.key, server.create_key("second", "second-owner", "admin")
        concept = {"name": NAME, "aliases": ["blauwdruk"], "category": "cat", "info": INFO,
                   "attributes": {"place": "quagga-shelf"}, "views": [{"photo": photos.data_uri(VIEW)}]}
        made = server.request("POST", "/rap/v1/concepts", concept, key=first)
        assert made.status == 201, made.text
        # A look, a question and a job of the first owner, for whatever is kept of them.
        photo = {"photo": photos.data_uri(photos.unseen("Chelsea"))}
        seen = server.request("POST", "/rap/v1/recognize", photo, key=first)
        assert NAME in seen.text
        asked = server.request("POST", "/v1/chat/completions", chat(photos.unseen("Chelsea")), key=first)
        assert NAME in asked.text
        job = server.request("POST", "/rap/v1/jobs", zip_of("quagga-shelf/1.jpg", photos.read("coffee.jpg")), key=first,
                             headers={"Content-Type": "application/zip"})
        assert job.status == 202, job.text
        yield Owners(server, first, second, made.json(), job.json()["id"])


def chat(photo: bytes | None, question: str = "Who is in the image?") -> dict:
    content: list[dict] = [{"type": "text", "text": question}]
    if photo:
        content.append({"type": "image_url", "image_url": {"url": photos.data_uri(photo)}})
    return {"model": "rap", "messages": [{"role": "user", "content": content}]}


def zip_of(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def assert_silent(answer: Answer, owners: Owners, asked: str = "") -> None:
    """Nothing of the first owner stands in an answer, but what was part of the question."""
    told = answer.body.decode("utf-8", "replace") + str(answer.headers)
    for secret in (*SECRETS, *owners.ids):
        assert secret in asked or secret not in told, f"{answer.status}: {told[:2000]}"
    for photo in (VIEW, photos.unseen("Chelsea")):
        assert photo[:200] not in answer.body and base64.b64encode(photo[:150])[:-4] not in answer.body


def routes(owners: Owners) -> list[tuple[str, str]]:
    """Every method and path of the own API, with the first owner's ids where ids stand."""
    concept, view = owners.concept["id"], owners.concept["views"][0]["id"]
    document = owners.server.request("GET", "/openapi.json", key=owners.second).json()
    found = []
    for path, methods in document["paths"].items():
        for ids in ((concept, view), (view, concept), (owners.job, view)):
            names = re.findall(r"\{(\w+)\}", path)
            filled = path
            for name, value in zip(names, ids, strict=False):
                filled = filled.replace(f"{{{name}}}", value)
            found += [(method.upper(), filled) for method in methods.keys() & {"get", "post", "put", "patch", "delete"}]
    return sorted(set(found))


def test_no_route_tells(owners):
    erasing = ("DELETE", "/rap/v1/memory")
    tried = [route for route in routes(owners) if route != erasing]
    assert len(tried) > 25, tried
    for method, path in tried:
        body = None if method in ("GET", "DELETE") else {}
        assert_silent(owners.as_second(method, path, body), owners, asked=path)


def test_ids_of_the_first_are_not_found(owners):
    concept, view = owners.concept["id"], owners.concept["views"][0]["id"]
    unknown = "0" * len(concept)
    for method, path, body in (
        ("GET", "concepts/{}", None),
        ("PATCH", "concepts/{}", {"info": "mine now"}),
        ("DELETE", "concepts/{}", None),
        ("POST", "concepts/{}/views", {"photo": photos.data_uri(photos.read("coffee.jpg"))}),
        ("DELETE", f"concepts/{{}}/views/{view}", None),
        ("GET", f"concepts/{{}}/views/{view}/picture", None),
        ("GET", "concepts/{}/history", None),
    ):
        real = owners.as_second(method, f"/rap/v1/{path.format(concept)}", body)
        guessed = owners.as_second(method, f"/rap/v1/{path.format(unknown)}", body)
        assert real.status == guessed.status == 404, (method, path, real.text)
        # An error must not tell an id that exists from one that does not.
        assert real.text.replace(concept, "") == guessed.text.replace(unknown, "")
    for method, path in (("GET", "jobs/{}"), ("GET", "jobs/{}/events"), ("DELETE", "jobs/{}")):
        assert owners.as_second(method, f"/rap/v1/{path.format(owners.job)}").status == 404
    assert owners.server.request("GET", f"/rap/v1/concepts/{concept}", key=owners.first).json() == owners.concept


def test_lists_and_searches_are_empty(owners):
    assert owners.as_second("GET", "/rap/v1/concepts").json()["concepts"] == []
    for word in ("Zyxomma", "cellar", "quagga", "blauwdruk", "cat", "%", "*", '"', "' OR 1=1 --"):
        listed = owners.as_second("GET", "/rap/v1/concepts?search=" + word.replace("%", "%25").replace(" ", "%20"))
        assert listed.status == 200 and listed.json()["concepts"] == [], word
    after = owners.as_second("GET", f"/rap/v1/concepts?after={owners.concept['id']}")
    assert_silent(after, owners, asked=owners.concept["id"])
    assert owners.as_second("GET", "/rap/v1/history").json()["history"] == []
    assert owners.as_second("GET", "/rap/v1/jobs").json().get("jobs", []) == []
    assert [key["name"] for key in owners.as_second("GET", "/rap/v1/keys").json()["keys"]] == ["second"]
    assert owners.as_second("POST", "/rap/v1/undo").status == 404


def test_the_very_photo_is_unknown(owners):
    for photo in (VIEW, photos.unseen("Chelsea")):  # the stored view, and the photo that the first has just asked about
        found = owners.as_second("POST", "/rap/v1/recognize", {"photo": photos.data_uri(photo)}).json()
        assert (found["matches"], found["doubts"], found["near"]) == ([], [], [])
        assert_silent(owners.as_second("POST", "/v1/chat/completions", chat(photo)), owners)
        ollama = {"model": "rap", "prompt": "Who is in the image?", "images": [photos.encode(photo)], "stream": False}
        assert_silent(owners.as_second("POST", "/api/generate", ollama), owners)
    digest = hashlib.sha256(VIEW).hexdigest()
    for path in (f"/rap/v1/concepts/{digest}", f"/rap/v1/concepts/{owners.concept['id']}/views/{digest}/picture"):
        assert owners.as_second("GET", path).status == 404


def test_a_question_by_name_finds_no_card(owners):
    question = f"Where is the key of {NAME}?"
    answer = owners.as_second("POST", "/v1/chat/completions", chat(None, question))
    assert answer.json()["rap"]["cards"] == []
    assert_silent(answer, owners, asked=question + " Zyxomma Quillfeather")
    by_alias = owners.as_second("POST", "/v1/chat/completions", chat(None, "What is blauwdruk?"))
    assert by_alias.json()["rap"]["cards"] == []


def test_feedback_about_it_is_refused(owners):
    for field in ("is", "is_not"):
        for concept in (NAME, owners.concept["id"]):
            answer = owners.as_second("POST", "/rap/v1/feedback", {"photo": photos.data_uri(VIEW), field: [concept]})
            assert answer.status == 404, answer.text
            assert_silent(answer, owners, asked=concept + NAME)


def test_the_bundle_holds_nothing_of_it(owners):
    bundle = owners.as_second("GET", "/rap/v1/export")
    assert bundle.status == 200
    assert_silent(bundle, owners)


def test_the_same_name_and_photo_may_be_had_twice(owners):
    mine = owners.as_second("POST", "/rap/v1/concepts", {"name": NAME, "views": [{"photo": photos.data_uri(VIEW)}]})
    assert mine.status == 201, "that a name is taken tells that someone has it"
    assert mine.json()["info"] == "" and mine.json()["id"] != owners.concept["id"]
    assert not set(owners.ids) & {view["id"] for view in mine.json()["views"]}
    # Forgetting mine leaves the first owner's picture of the same photo in place.
    assert owners.as_second("DELETE", f"/rap/v1/concepts/{mine.json()['id']}").status == 204
    picture = f"/rap/v1/concepts/{owners.concept['id']}/views/{owners.concept['views'][0]['id']}/picture"
    assert owners.server.request("GET", picture, key=owners.first).status == 200
    # What the second owner has done stands in the second's history alone.
    first = owners.server.request("GET", "/rap/v1/history", key=owners.first).json()["history"]
    assert {entry["concept_id"] for entry in first} == {entry["concept_id"] for entry in first} - {mine.json()["id"]}


def test_settings_are_ones_own(owners):
    before = owners.server.request("GET", "/rap/v1/settings", key=owners.first).json()
    assert owners.as_second("PATCH", "/rap/v1/settings", {"threshold": 0.77}).status == 200
    assert owners.server.request("GET", "/rap/v1/settings", key=owners.first).json() == before


def test_keys_stay_with_their_owner(owners):
    listed = owners.server.request("GET", "/rap/v1/keys", key=owners.first).json()["keys"]
    ids = [key["id"] for key in listed if key["owner"] != "second-owner"]
    assert ids
    for key in ids:
        assert owners.as_second("DELETE", f"/rap/v1/keys/{key}").status == 404
    made = owners.as_second("POST", "/rap/v1/keys", {"name": "more", "scopes": ["read"], "owner": listed[0]["owner"]})
    if made.status == 201:  # an owner in the body is ignored or refused, never followed
        assert made.json()["owner"] == "second-owner"
    assert owners.server.request("GET", "/rap/v1/concepts", key=owners.first).status == 200


def test_the_page_s_session_is_of_one_owner(owners):
    signed_in = owners.as_second("POST", "/rap/v1/session", {"key": owners.second})
    assert signed_in.status == 201 and signed_in.json()["owner"] == "second-owner"
    cookie = signed_in.headers["Set-Cookie"].split(";")[0]
    listed = owners.server.request("GET", "/rap/v1/concepts", key=None, headers={"Cookie": cookie})
    assert listed.status == 200 and listed.json()["concepts"] == []


def test_erasing_everything_erases_ones_own(owners):
    assert owners.as_second("DELETE", "/rap/v1/memory", {"confirm": "erase everything"}).status == 204
    kept = owners.server.request("GET", f"/rap/v1/concepts/{owners.concept['id']}", key=owners.first)
    assert kept.status == 200 and kept.json()["name"] == NAME


def test_metrics_and_log_are_silent(owners):
    metrics = owners.server.request("GET", "/metrics", key=owners.second)
    assert metrics.status == 200
    assert_silent(metrics, owners)
    log = owners.server.log.replace(owners.first, "", 1)  # the first key is printed once
    for secret in (*SECRETS, owners.first, owners.second, owners.first[4:], photos.encode(VIEW)[:60]):
        assert secret not in log


def test_readers_cannot_write_and_writers_cannot_administrate(owners):
    reader = owners.server.create_key("reader", "third-owner", "read")
    writer = owners.server.create_key("writer", "third-owner", "write")
    concept = {"name": "Bo", "views": [{"photo": photos.data_uri(photos.read("coffee.jpg"))}]}
    assert owners.server.request("POST", "/rap/v1/concepts", concept, key=reader).status == 403
    assert owners.server.request("POST", "/rap/v1/undo", key=reader).status == 403
    assert owners.server.request("PATCH", "/rap/v1/settings", {"threshold": 0.6}, key=reader).status == 403
    assert owners.server.request("GET", "/rap/v1/concepts", key=reader).status == 200
    refused = owners.server.request("GET", "/rap/v1/keys", key=writer)
    assert refused.status == 403 and refused.json()["error"]["code"]
    erase = {"confirm": "erase everything"}
    assert owners.server.request("DELETE", "/rap/v1/memory", erase, key=writer).status == 403
    assert owners.server.request("POST", "/rap/v1/concepts", concept, key=writer).status == 201


def test_a_revoked_key_opens_nothing(owners):
    made = owners.as_second("POST", "/rap/v1/keys", {"name": "short", "scopes": ["read"]})
    assert made.status == 201
    assert owners.server.request("GET", "/rap/v1/concepts", key=made.json()["key"]).status == 200
    assert owners.as_second("DELETE", f"/rap/v1/keys/{made.json()['id']}").status == 204
    assert owners.server.request("GET", "/rap/v1/concepts", key=made.json()["key"]).status == 401
    assert json.dumps(made.json()["key"]) not in owners.as_second("GET", "/rap/v1/keys").text
