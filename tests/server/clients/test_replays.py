# SPDX-License-Identifier: Apache-2.0
"""Requests of published programs, in their exact shape (replays/*.json say which), and what these poll.

Field names, nesting and parameters are those of the program; long prompts are in our own words. A file
names the concepts whose photos are filled in, those that the answer must name, and where the program
looks for the answer's text.
"""

from __future__ import annotations

import json
import pathlib

import jsonschema_rs
import pytest

from harness import photos
from harness.rap_server import Answer

REPLAYS = sorted((pathlib.Path(__file__).parent / "replays").glob("*.json"))


def fill(text: str, shown: list[str]) -> bytes:
    """The request's body with the model's name and the photos: each snapshot a little different."""
    text = text.replace("<model>", "rap")
    for number, name in enumerate(shown, 1):
        text = text.replace(f"<photo {number}>", photos.encode(photos.unseen(name, 384 - 8 * number)))
    assert "<photo" not in text
    return text.encode()


def dig(value, path: list):
    for step in path:
        value = value[step]
    return value


def answered_text(answer: Answer, streams: bool, path: list) -> str:
    """What the program would show: it reads server-sent events, lines of JSON, or one object."""
    if not streams:
        assert answer.headers.get_content_type() == "application/json"
        return dig(answer.json(), path)
    if answer.headers.get_content_type() == "text/event-stream":
        events = [line.removeprefix("data: ") for line in answer.text.splitlines() if line.startswith("data: ")]
        assert events.pop() == "[DONE]"
        pieces = [json.loads(event) for event in events]
        return "".join(dig(piece, path[:-1]).get(path[-1]) or "" for piece in pieces if piece["choices"])
    assert answer.headers.get_content_type() == "application/x-ndjson"
    pieces = [json.loads(line) for line in answer.text.splitlines()]
    assert pieces[-1]["done"] is True
    return "".join(dig(piece, path) for piece in pieces)


@pytest.mark.parametrize("replay", REPLAYS, ids=lambda path: path.stem)
def test_replay(server, replay):
    recorded = json.loads(replay.read_text("utf-8"))
    request, expected = recorded["request"], recorded["answer"]
    body = fill(json.dumps(request["body"]), recorded["photos"])
    answer = server.request(request["method"], request["path"], body, headers=request["headers"], timeout=120)
    assert answer.status == 200, answer.text
    # PhotoPrism and the Ollama clients leave out stream or say false; Ollama itself streams by default.
    text = answered_text(answer, request["body"].get("stream", False), expected["text_at"])
    assert all(name in text for name in recorded["names"]), text
    if "json" in expected:
        jsonschema_rs.validate(expected["json"], json.loads(text))


def test_frigate_and_open_webui_look_the_model_up(server):
    shown = server.request("POST", "/api/show", {"model": "rap"}).json()
    assert "error" not in shown and "vision" in shown["capabilities"]
    tags = server.request("GET", "/api/tags").json()["models"]
    assert all(tag["name"] and tag["model"] for tag in tags)
    assert "rap" in [model["id"] for model in server.request("GET", "/v1/models").json()["data"]]
    assert server.request("GET", "/api/version").json()["version"]


def test_open_webui_also_asks_which_models_are_loaded(server):
    # It takes any JSON for an answer, and goes on if that lists nothing.
    server.request("GET", "/api/ps").json()


def test_home_assistant_checks_the_connection(server):
    assert server.request("GET", "/readyz").status == 200  # provider LocalAI
    assert server.request("GET", "/api/tags").status == 200  # provider Ollama
    hello = {"model": "rap", "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]}
    assert server.request("POST", "/v1/chat/completions", hello).status == 200  # provider Custom OpenAI
