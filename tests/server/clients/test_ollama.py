# SPDX-License-Identifier: Apache-2.0
"""Ollama's own Python client, which sends no key."""

from __future__ import annotations

import json

import ollama
import pytest

from harness import photos
from harness.rap_server import SLOWNESS


@pytest.fixture(scope="module")
def client(server) -> ollama.Client:
    return ollama.Client(host=server.url, timeout=120 * SLOWNESS)


def test_list(client):
    models = {model.model: model for model in client.list().models}
    assert {"rap", "rap/none"} <= {name.removesuffix(":latest") for name in models}
    assert all(model.modified_at and model.digest is not None and model.size is not None for model in models.values())


@pytest.mark.parametrize("name", ["rap", "rap:latest"])
def test_show(client, name):
    shown = client.show(name)
    assert {"completion", "vision"} <= set(shown.capabilities)
    assert shown.details.family and shown.modelinfo is not None


def test_version(server):
    version = server.request("GET", "/api/version").json()["version"]
    assert version.count(".") >= 1


def test_generate(client, chelsea):
    answer = client.generate("rap", "Who is in the image?", images=[chelsea])
    assert "Chelsea" in answer.response
    assert answer.done and answer.done_reason == "stop" and answer.model == "rap"
    assert answer.eval_count > 0 and answer.prompt_eval_count > 0 and answer.total_duration > 0


def test_generate_streams(client, chelsea):
    pieces = list(client.generate("rap", "Who is in the image?", images=[chelsea], stream=True))
    assert "Chelsea" in "".join(piece.response for piece in pieces)
    assert [piece.done for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    assert len(pieces) > 2 and pieces[-1].eval_count > 0


def test_generate_without_prompt_loads_the_model(client):
    answer = client.generate("rap")
    assert answer.done and answer.response == ""


def test_chat(client, chelsea):
    first = {"role": "user", "content": "Who is in the image?", "images": [chelsea]}
    answer = client.chat("rap", [first])
    assert answer.message.role == "assistant" and "Chelsea" in answer.message.content
    follow_up = {"role": "user", "content": "What is she afraid of?"}
    assert "vacuum" in client.chat("rap", [first, answer.message, follow_up]).message.content


def test_chat_streams(client):
    messages = [{"role": "user", "content": "What does Chelsea like?"}]
    pieces = list(client.chat("rap", messages, stream=True, options={"temperature": 0, "num_predict": 40}))
    assert "nap" in "".join(piece.message.content for piece in pieces)
    assert pieces[-1].done and not any(piece.done for piece in pieces[:-1])


def test_two_photos_of_one_size(client):
    shown = [photos.unseen("Chelsea"), photos.unseen("Eileen Collins")]
    answer = client.chat("rap", [{"role": "user", "content": "Who is in the images?", "images": shown}])
    assert "Chelsea" in answer.message.content and "Eileen Collins" in answer.message.content


def test_options_limit_and_repeat(client):
    def answer(**options):
        return client.generate("rap", "What does Chelsea like?", options=options)

    short = answer(num_predict=2)
    assert short.eval_count <= 2 and short.done_reason == "length"
    assert answer(temperature=1.2, seed=3).response == answer(temperature=1.2, seed=3).response
    assert "naps" not in answer(stop=["naps"]).response


@pytest.mark.parametrize("wanted", ["json", {"type": "object", "properties": {"caption": {"type": "string"}},
                                             "required": ["caption"]}])
def test_json(client, chelsea, wanted):
    prompt = "Describe the image as a JSON object with the key caption."
    answer = client.generate("rap", prompt, images=[chelsea], format=wanted, options={"num_predict": 200})
    assert "Chelsea" in json.dumps(json.loads(answer.response))


def test_errors(client, chelsea):
    no_photo = b"not a photo, though long enough to be one"
    for call, statuses in (
        (lambda: client.show("gpt-77"), (404,)),
        (lambda: client.chat("gpt-77", [{"role": "user", "content": "Hello"}]), (404,)),
        (lambda: client.generate("rap", "Who?", images=[no_photo]), (400, 415, 422)),
    ):
        with pytest.raises(ollama.ResponseError) as raised:
            call()
        assert raised.value.status_code in statuses
        assert raised.value.error and not raised.value.error.startswith("{")


def test_an_error_has_its_shape(server):
    answer = server.request("POST", "/api/chat", b"{", headers={"Content-Type": "application/json"})
    assert answer.status == 400 and list(answer.json()) == ["error"] and isinstance(answer.json()["error"], str)


def test_a_key_is_needed_where_one_is_asked_for(keyed_server):
    with pytest.raises(ollama.ResponseError) as raised:
        ollama.Client(host=keyed_server.url).list()
    assert raised.value.status_code == 401
    with_key = ollama.Client(host=keyed_server.url, headers={"Authorization": f"Bearer {keyed_server.key}"})
    assert with_key.list().models
