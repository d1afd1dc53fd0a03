# SPDX-License-Identifier: Apache-2.0
"""OpenAI's own Python client: the responses API."""

from __future__ import annotations

import json

import openai
import pytest

from harness import photos
from harness.rap_server import SLOWNESS


@pytest.fixture(scope="module")
def client(keyed_server) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{keyed_server.url}/v1", api_key=keyed_server.key, max_retries=0,
                         timeout=120 * SLOWNESS)


def shown(photo: bytes, question: str) -> list[dict]:
    return [{"role": "user", "content": [
        {"type": "input_text", "text": question},
        {"type": "input_image", "image_url": photos.data_uri(photo), "detail": "auto"},
    ]}]


def test_text(client):
    response = client.responses.create(model="rap", input="What does Chelsea like?", instructions="Be brief.")
    assert "nap" in response.output_text
    assert response.object == "response" and response.status == "completed" and response.error is None
    assert response.usage.total_tokens == response.usage.input_tokens + response.usage.output_tokens > 0
    message, = response.output
    assert message.type == "message" and message.role == "assistant" and message.status == "completed"


def test_image(client, chelsea):
    response = client.responses.create(model="rap", input=shown(chelsea, "Who is in the image?"))
    assert "Chelsea" in response.output_text
    assert response.model_extra["rap"]["photos"][0]["matches"][0]["name"] == "Chelsea"


def test_several_turns(client, chelsea):
    first = shown(chelsea, "Who is in the image?")
    said = client.responses.create(model="rap", input=first)
    answered = [item.model_dump() for item in said.output]
    turns = [*first, *answered, {"role": "user", "content": "What is she afraid of?"}]
    assert "vacuum" in client.responses.create(model="rap", input=turns).output_text


def test_the_length_can_be_limited(client):
    response = client.responses.create(model="rap", input="What does Chelsea like?", max_output_tokens=2)
    assert response.status == "incomplete" and response.incomplete_details.reason == "max_output_tokens"
    assert response.usage.output_tokens <= 2


def test_json_schema(client, chelsea):
    schema = {"type": "object", "properties": {"caption": {"type": "string"}}, "required": ["caption"],
              "additionalProperties": False}
    text = {"format": {"type": "json_schema", "name": "caption", "schema": schema, "strict": True}}
    response = client.responses.create(model="rap", input=shown(chelsea, "Describe the image."), text=text)
    assert "Chelsea" in json.loads(response.output_text)["caption"]


def test_stream(client, chelsea):
    events = list(client.responses.create(model="rap", input=shown(chelsea, "Who is in the image?"), stream=True))
    assert [event.sequence_number for event in events] == list(range(len(events)))
    kinds = [event.type for event in events]
    deltas = [event for event in events if event.type == "response.output_text.delta"]
    assert len(deltas) > 1, "the answer came in one piece"
    assert kinds == [
        "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added",
        *["response.output_text.delta"] * len(deltas), "response.output_text.done", "response.content_part.done",
        "response.output_item.done", "response.completed",
    ]
    text = "".join(event.delta for event in deltas)
    done = next(event for event in events if event.type == "response.output_text.done")
    assert "Chelsea" in text and done.text == text == events[-1].response.output_text
    assert len({event.item_id for event in [*deltas, done]}) == 1
    assert events[0].response.status == "in_progress" and events[-1].response.status == "completed"
    assert events[-1].response.usage.output_tokens > 0
    assert events[-1].response.model_extra["rap"]["photos"][0]["matches"][0]["name"] == "Chelsea"


def test_the_streaming_helper_follows(client):
    with client.responses.stream(model="rap", input="What does Chelsea like?") as stream:
        for _ in stream:
            pass
        assert "nap" in stream.get_final_response().output_text


@pytest.mark.parametrize(("change", "status"), [
    ({"input": 7}, 400),
    ({"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "data:image/png;base64,&"}]}]}, 415),
    ({"model": "gpt-77"}, 404),
    ({"previous_response_id": "resp_0"}, 400),  # nothing of a conversation is kept
])
def test_errors(client, change, status):
    with pytest.raises(openai.APIStatusError) as raised:
        client.responses.create(**{"model": "rap", "input": "Hello"} | change)
    near = {400: (400, 404, 422), 415: (400, 415, 422), 404: (404,)}
    assert raised.value.status_code in near[status], raised.value.message
    assert raised.value.type and raised.value.message
