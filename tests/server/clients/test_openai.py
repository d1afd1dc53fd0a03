# SPDX-License-Identifier: Apache-2.0
"""OpenAI's own Python client: chat, streams, answers in JSON, errors, embeddings."""

from __future__ import annotations

import contextlib
import json
import math
import time
from concurrent.futures import ThreadPoolExecutor

import jsonschema_rs
import openai
import pytest

from harness import photos
from harness.rap_server import SLOWNESS, RapServer

WHO = "Who is in the image?"


def make_client(server: RapServer, key: str | None = None) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{server.url}/v1", api_key=key or server.key, max_retries=0, timeout=120 * SLOWNESS)


@pytest.fixture(scope="module")
def client(keyed_server: RapServer) -> openai.OpenAI:
    return make_client(keyed_server)


def image(photo: bytes) -> dict:
    return {"type": "image_url", "image_url": {"url": photos.data_uri(photo)}}


def user(*parts: str | bytes) -> dict:
    """A message of the user: texts and photos in their order."""
    content = [image(part) if isinstance(part, bytes) else {"type": "text", "text": part} for part in parts]
    return {"role": "user", "content": content}


def ask(client: openai.OpenAI, *messages: dict, model: str = "rap", **options):
    return client.chat.completions.create(model=model, messages=list(messages), **options)


def names(photo: dict) -> list[str]:
    return [match["name"] for match in photo["matches"]]


def cosine(left: list[float], right: list[float]) -> float:
    return math.fsum(a * b for a, b in zip(left, right, strict=True))


class TestChat:
    def test_names_who_is_in_a_photo(self, client, chelsea):
        answer = ask(client, user(chelsea, WHO))
        assert "Chelsea" in answer.choices[0].message.content
        assert answer.choices[0].message.role == "assistant"
        assert answer.choices[0].finish_reason == "stop"
        assert answer.object == "chat.completion" and answer.model and answer.created > 1_700_000_000
        usage = answer.usage
        assert usage.prompt_tokens > 0 and usage.completion_tokens > 0
        assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens

    def test_the_extension_tells_what_was_found(self, client, chelsea):
        rap = ask(client, user(chelsea, WHO)).model_extra["rap"]
        photo = rap["photos"][0]
        assert (photo["width"], photo["height"]) == (600, 384)
        match = photo["matches"][0]
        assert match["name"] == "Chelsea" and 0.5 < match["probability"] <= 1
        x, y, width, height = match["box"]
        assert 0 <= x < x + width <= 600 and 0 <= y < y + height <= 384
        assert set(match["evidence"]) == {"looks_like", "face", "is_named", "text_fits"}
        assert [card["name"] for card in rap["cards"]] == ["Chelsea"]
        assert rap["names"]["checked"] is True
        assert all(value >= 0 for value in rap["timings_ms"].values())

    @pytest.mark.parametrize("switch", [False, {"extension": False}])
    def test_the_extension_can_be_switched_off(self, client, chelsea, switch):
        answer = ask(client, user(chelsea, WHO), extra_body={"rap": switch})
        assert "rap" not in (answer.model_extra or {})
        assert "Chelsea" in answer.choices[0].message.content

    @pytest.mark.parametrize("without", [{"model": "rap/none"}, {"extra_body": {"rap": {"memory": False}}}])
    def test_without_memory_nothing_is_known(self, client, chelsea, without):
        answer = ask(client, user(chelsea, WHO), **without)
        assert answer.choices[0].message.content
        assert "Chelsea" not in answer.choices[0].message.content

    def test_two_photos_of_one_size_are_told_apart(self, client):
        pair = {name: photos.unseen(name) for name in ("Chelsea", "Eileen Collins")}
        for order in (list(pair), list(pair)[::-1]):
            answer = ask(client, user(*(pair[name] for name in order), "Who is in the images?"))
            looked_at = answer.model_extra["rap"]["photos"]
            assert [(photo["width"], photo["height"]) for photo in looked_at] == [(600, 384)] * 2
            assert [names(photo) for photo in looked_at] == [[name] for name in order]
            assert all(name in answer.choices[0].message.content for name in order)

    def test_an_unknown_photo_names_nobody(self, client):
        answer = ask(client, user(photos.read("flower.jpg"), "What is in the image?"))
        assert names(answer.model_extra["rap"]["photos"][0]) == []
        assert not any(name in answer.choices[0].message.content for name in photos.KNOWN)

    def test_a_follow_up_keeps_the_concept(self, client, chelsea):
        first = user(chelsea, WHO)
        said = ask(client, first).choices[0].message.content
        answer = ask(client, first, {"role": "assistant", "content": said}, user("What is she afraid of?"))
        assert "Chelsea" in [card["name"] for card in answer.model_extra["rap"]["cards"]]
        assert "vacuum" in answer.choices[0].message.content

    def test_a_question_without_photo(self, client):
        answer = ask(client, {"role": "user", "content": "What does Chelsea like?"})
        assert "nap" in answer.choices[0].message.content
        assert answer.model_extra["rap"]["photos"][0]["width"] == 0

    def test_system_message_and_plain_text_content(self, client):
        system = {"role": "system", "content": "You answer in one sentence."}
        answer = ask(client, system, {"role": "user", "content": "What is Rosso?"})
        assert "Rosso" in answer.choices[0].message.content

    def test_a_stop_word_ends_the_answer(self, client):
        answer = ask(client, user("What does Chelsea like?"), stop=["naps"])
        assert "naps" not in answer.choices[0].message.content
        assert answer.choices[0].finish_reason == "stop"

    @pytest.mark.parametrize("limit", ["max_tokens", "max_completion_tokens"])
    def test_the_length_can_be_limited(self, client, limit):
        answer = ask(client, user("What does Chelsea like?"), **{limit: 2})
        assert answer.usage.completion_tokens <= 2
        assert answer.choices[0].finish_reason == "length"

    def test_a_seed_makes_the_answer_repeatable(self, client, chelsea):
        def draw(seed: int) -> str:
            drawn = ask(client, user(chelsea, "Describe the image."), temperature=1.2, seed=seed)
            return drawn.choices[0].message.content

        assert draw(7) == draw(7)
        assert len({draw(seed) for seed in range(5)}) > 1

    def test_temperature_zero_is_the_same_every_time(self, client, chelsea):
        answers = {ask(client, user(chelsea, WHO), temperature=0).choices[0].message.content for _ in range(2)}
        assert len(answers) == 1


class TestJson:
    def test_json_object(self, client, chelsea):
        question = "Who is in the image? Answer as a JSON object with the key name."
        answer = ask(client, user(chelsea, question), response_format={"type": "json_object"}, max_tokens=200)
        value = json.loads(answer.choices[0].message.content)
        assert isinstance(value, dict) and "Chelsea" in json.dumps(value)

    def test_json_schema(self, client, chelsea):
        schema = {
            "type": "object",
            "properties": {
                "description": {"type": "string"},
                "confidence": {"type": "number"},
                "level": {"type": "integer"},
                "kind": {"enum": ["animal", "person", "thing"]},
                "known": {"type": "boolean"},
            },
            "required": ["description", "confidence", "level", "kind", "known"],
            "additionalProperties": False,
        }
        wanted = {"type": "json_schema", "json_schema": {"name": "scene", "schema": schema, "strict": True}}
        answer = ask(client, user(chelsea, "Describe the image."), response_format=wanted, max_tokens=300)
        value = json.loads(answer.choices[0].message.content)
        jsonschema_rs.validate(schema, value)
        assert "Chelsea" in value["description"]


class TestStream:
    def test_is_the_same_answer_in_pieces(self, client, chelsea):
        whole = ask(client, user(chelsea, WHO))
        chunks = list(ask(client, user(chelsea, WHO), stream=True, stream_options={"include_usage": True}))
        assert chunks[0].choices[0].delta.role == "assistant"
        assert all(chunk.object == "chat.completion.chunk" and chunk.id == chunks[0].id for chunk in chunks)
        told = [chunk for chunk in chunks if chunk.choices]
        pieces = [chunk.choices[0].delta.content or "" for chunk in told]
        assert "".join(pieces) == whole.choices[0].message.content
        assert len([piece for piece in pieces if piece]) > 1, "the answer came in one piece"
        last = told[-1]
        assert last.choices[0].finish_reason == "stop"
        assert names(last.model_extra["rap"]["photos"][0]) == ["Chelsea"]
        assert not any(chunk.choices[0].finish_reason for chunk in told[:-1])
        assert chunks[-1].choices == [] and chunks[-1].usage == whole.usage

    def test_has_no_usage_unless_asked(self, client):
        chunks = list(ask(client, user("What does Chelsea like?"), stream=True))
        assert all(chunk.choices and chunk.usage is None for chunk in chunks)

    def test_cancelled_streams_free_the_model_at_once(self, client, chelsea):
        def answer_seconds() -> float:
            start = time.monotonic()
            ask(client, user(chelsea, WHO))
            return time.monotonic() - start

        alone = min(answer_seconds() for _ in range(2))
        streams = []
        with ThreadPoolExecutor(12) as pool:
            opened = [pool.submit(ask, client, user(chelsea, "Describe the image."), stream=True, max_tokens=500)
                      for _ in range(12)]
            for future in opened:
                with contextlib.suppress(openai.RateLimitError):  # where the queue is full; those that got in matter
                    streams.append(future.result())
            for stream in streams:
                stream.close()
        after = answer_seconds()
        alone = max(alone, answer_seconds())  # the machine may have got other work in the meantime
        assert after < 3 * alone + 1


class TestErrors:
    @pytest.mark.parametrize(("change", "param"), [
        ({"messages": "hello"}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "king", "content": "hello"}]}, "messages"),
        ({"messages": [{"role": "user", "content": [{"type": "hologram"}]}]}, "messages"),
        ({"temperature": "hot"}, "temperature"),
        ({"max_tokens": -1}, "max_tokens"),
        ({"stream": "perhaps"}, "stream"),
        ({"response_format": {"type": "poem"}}, "response_format"),
    ])
    def test_a_bad_field_is_named(self, client, change, param):
        with pytest.raises(openai.APIStatusError) as raised:
            ask(client, user("Hello"), extra_body=change)
        error = raised.value
        assert error.status_code in (400, 422), error.message
        assert error.type == "invalid_request_error"
        assert error.param is not None and error.param.startswith(param)

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b'{"model": "rap", "messages": [}'])
    def test_bad_json(self, keyed_server, body):
        headers = {"Content-Type": "application/json"}
        answer = keyed_server.request("POST", "/v1/chat/completions", body, headers=headers)
        assert answer.status == 400
        assert set(answer.json()["error"]) == {"message", "type", "param", "code"}

    @pytest.mark.parametrize("key", ["sk-wrong", "rap_" + "A" * 43])
    def test_a_wrong_key(self, keyed_server, key):
        stranger = make_client(keyed_server, key)
        for call in (stranger.models.list, lambda: ask(stranger, user("What does Chelsea like?"))):
            with pytest.raises(openai.AuthenticationError) as raised:
                call()
            assert raised.value.code == "invalid_api_key"
            assert key not in str(raised.value)

    def test_no_key(self, keyed_server):
        answer = keyed_server.request("GET", "/v1/models", key=None)
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")

    def test_an_unknown_model(self, client):
        with pytest.raises(openai.NotFoundError) as raised:
            ask(client, user("Hello"), model="gpt-77")
        assert raised.value.code == "model_not_found"
        with pytest.raises(openai.NotFoundError):
            client.models.retrieve("gpt-77")

    def test_an_unknown_route(self, keyed_server):
        answer = keyed_server.request("POST", "/v1/audio/speech", {"model": "rap"})
        assert answer.status == 404 and answer.json()["error"]["message"]

    @pytest.mark.parametrize("url", [
        "data:image/jpeg;base64,/9j/4AAQ",          # cut off
        "data:image/jpeg;base64,&&&&",              # no base64
        "data:text/plain;base64,aGVsbG8=",          # no image
        "data:image/svg+xml;base64,PHN2Zy8+",       # a kind that is not read
        "http://127.0.0.1:1/photo.jpg",             # nothing is fetched unless allowed
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "",
    ])
    def test_a_bad_image(self, client, url):
        message = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}
        with pytest.raises(openai.APIStatusError) as raised:
            ask(client, message)
        assert raised.value.status_code in (400, 415, 422), raised.value.message
        assert "root:" not in str(raised.value)

    def test_too_many_images(self, client):
        small = photos.read("cookie-box.jpg")
        with pytest.raises(openai.APIStatusError) as raised:
            ask(client, user(*[small] * 200, "How many?"))
        assert raised.value.status_code in (400, 413, 422)

    def test_too_many_turns(self, client):
        with pytest.raises(openai.APIStatusError) as raised:
            ask(client, *[user("Hello")] * 20_000)
        assert raised.value.status_code in (400, 413, 422)

    def test_a_full_queue_says_when_to_come_back(self, client):
        def answer(_):
            try:
                ask(client, user(photos.unseen("Rosso"), "Describe the image."))
            except openai.RateLimitError as error:
                return error
            return None

        with ThreadPoolExecutor(64) as pool:
            refused = [error for error in pool.map(answer, range(64)) if error]
        assert refused, "64 questions at the same time were all accepted"
        for error in refused:
            assert int(error.response.headers["Retry-After"]) >= 1
            assert error.type and error.message
        assert "Rosso" in ask(client, user(photos.unseen("Rosso"), WHO)).choices[0].message.content


class TestModels:
    def test_are_listed(self, client):
        listed = {model.id: model for model in client.models.list()}
        assert {"rap", "rap/none"} <= set(listed)
        assert all(model.object == "model" and model.owned_by for model in listed.values())

    @pytest.mark.parametrize("name", ["rap", "rap/none"])
    def test_can_be_looked_up(self, client, keyed_server, name):
        assert client.models.retrieve(name).id == name
        assert keyed_server.request("GET", f"/v1/models/{name}").json()["id"] == name


class TestEmbeddings:
    @staticmethod
    def embed(client, *inputs: str, **options) -> list[list[float]]:
        made = client.embeddings.create(model="rap", input=list(inputs), **options)
        assert [item.index for item in made.data] == list(range(len(inputs)))
        return [item.embedding for item in made.data]

    def test_the_two_encodings_agree(self, client, chelsea):
        # The client asks for base64 unless told otherwise, and decodes it.
        packed, = self.embed(client, photos.data_uri(chelsea))
        plain, = self.embed(client, photos.data_uri(chelsea), encoding_format="float")
        assert len(plain) > 100
        assert packed == pytest.approx(plain, abs=1e-6)
        assert math.fsum(value * value for value in plain) == pytest.approx(1, abs=1e-3)

    def test_photos_of_one_thing_are_near(self, client):
        shown = [photos.read("chelsea.jpg"), photos.unseen("Chelsea"), photos.unseen("Rosso")]
        stored, same, other = self.embed(client, *map(photos.data_uri, shown))

        assert cosine(stored, same) > cosine(stored, other) + 0.1

    def test_bad_input(self, client):
        mixed = ["a cat", photos.data_uri(photos.read("chelsea.jpg"))]
        for wrong in ([], "", [""], [1, 2, 3], [[1, 2, 3]], ["data:image/jpeg;base64,&&&&"], mixed, ["a cat"] * 2_049):
            with pytest.raises(openai.BadRequestError) as raised:
                client.embeddings.create(model="rap", input=wrong)
            assert raised.value.param in ("input", "photo")


class TestEmbeddingsOfTexts:
    def test_texts_that_mean_alike_are_near(self, client, text_model):
        texts = ["What does the cat like?", "Chelsea is a ginger cat. She loves warm radiators.",
                 "Rosso is a red cup with a saucer, for espresso only."]
        made = client.embeddings.create(model=text_model, input=texts)
        assert [item.index for item in made.data] == [0, 1, 2]
        question, cat, cup = (item.embedding for item in made.data)
        assert cosine(question, cat) > cosine(question, cup) + 0.2
        assert cosine(cat, cat) == pytest.approx(1, abs=1e-3)
        assert made.model == text_model
        assert made.usage.prompt_tokens == made.usage.total_tokens == 8 + 15 + 19

    def test_the_two_encodings_agree(self, client, text_model):
        packed = client.embeddings.create(model=text_model, input="Zoë's café, 小猫 🚀").data[0].embedding
        plain = client.embeddings.create(model="rap", input=["zoe's cafe, 小猫 🚀"], encoding_format="float")
        assert packed == pytest.approx(plain.data[0].embedding, abs=1e-6)
        assert plain.model == text_model, "the answer says what 'rap' stood for"

    def test_dimensions_are_the_models_own(self, client, text_model):
        assert len(client.embeddings.create(model=text_model, input="cup", dimensions=384).data[0].embedding) == 384
        with pytest.raises(openai.BadRequestError) as raised:
            client.embeddings.create(model=text_model, input="cup", dimensions=256)
        assert raised.value.param == "dimensions" and "384" in raised.value.message

    def test_a_text_that_is_too_long_is_refused_not_cut(self, client, text_model):
        client.embeddings.create(model=text_model, input="cup " * 510)
        for text in ("cup " * 511, "cup " * 100_000):
            with pytest.raises(openai.BadRequestError) as raised:
                client.embeddings.create(model=text_model, input=["cup", text])
            assert raised.value.param == "input"
            assert "input[1]" in raised.value.message and "512 tokens" in raised.value.message

    def test_a_model_embeds_texts_or_photos(self, client, text_model):
        photo_model, = (model.id for model in client.models.list() if model.model_extra.get("embeds") == "photos")
        photo = photos.data_uri(photos.read("chelsea.jpg"))
        assert client.embeddings.create(model=photo_model, input=photo).model == photo_model
        for model, wrong in ((text_model, photo), (photo_model, "a cat"), ("gpt-77", "a cat")):
            with pytest.raises(openai.NotFoundError) as raised:
                client.embeddings.create(model=model, input=wrong)
            assert raised.value.code == "model_not_found"
        with pytest.raises(openai.NotFoundError):
            ask(client, user("Hello"), model=text_model)

    def test_many_clients_get_the_same_numbers(self, client, text_model):
        texts = [f"text number {number}" for number in range(8)]
        alone = [client.embeddings.create(model=text_model, input=text).data[0].embedding for text in texts]
        with ThreadPoolExecutor(16) as pool:
            together = list(pool.map(lambda _: client.embeddings.create(model=text_model, input=texts), range(16)))
        for made in together:
            assert [item.embedding for item in made.data] == alone


def test_without_weights_texts_are_refused_with_what_to_do(serve, tmp_path):
    manifest = json.loads((photos.EXAMPLES.parent / "models" / "manifest.json").read_text("utf-8"))
    manifest["text"]["files"]["gguf"]["path"] = "no-such-file.gguf"
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    with serve("--models-dir", str(tmp_path), keyless=False) as server:
        client = make_client(server)
        assert not any(model.model_extra.get("embeds") == "texts" for model in client.models.list())
        with pytest.raises(openai.NotFoundError) as raised:
            client.embeddings.create(model="rap", input="a cat")
        assert "--text" in raised.value.message
        assert client.embeddings.create(model="rap", input=photos.data_uri(photos.read("chelsea.jpg"))).data
