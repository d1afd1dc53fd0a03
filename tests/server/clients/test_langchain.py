# SPDX-License-Identifier: Apache-2.0
"""LangChain's ChatOpenAI."""

from __future__ import annotations

import asyncio

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langchain_openai import ChatOpenAI, OpenAIEmbeddings

from harness import photos
from harness.rap_server import SLOWNESS


@pytest.fixture(scope="module")
def model(keyed_server) -> ChatOpenAI:
    return ChatOpenAI(model="rap", base_url=f"{keyed_server.url}/v1", api_key=keyed_server.key, max_retries=0,
                      timeout=120 * SLOWNESS, temperature=0)


@pytest.fixture
def question(chelsea) -> HumanMessage:
    return HumanMessage([{"type": "text", "text": "Who is in the image?"},
                         {"type": "image_url", "image_url": {"url": photos.data_uri(chelsea)}}])


def test_invoke(model, question):
    answer = model.invoke([question])
    assert "Chelsea" in answer.content
    assert answer.usage_metadata["output_tokens"] > 0 and answer.response_metadata["finish_reason"] == "stop"


def test_invoke_with_the_standard_image_block(model, chelsea):
    block = {"type": "image", "base64": photos.encode(chelsea), "mime_type": "image/jpeg"}
    assert "Chelsea" in model.invoke([HumanMessage([{"type": "text", "text": "Who is in the image?"}, block])]).content


def test_stream(model, question):
    pieces = list(model.stream([question]))
    assert "Chelsea" in "".join(piece.content for piece in pieces)
    assert len([piece for piece in pieces if piece.content]) > 1


def test_a_conversation(model, question):
    answer = model.invoke([question, AIMessage("Chelsea is in the image."), HumanMessage("What is she afraid of?")])
    assert "vacuum" in answer.content


def test_batch_and_async(model, question):
    assert all("Chelsea" in answer.content for answer in model.batch([[question]] * 2))
    assert "Chelsea" in asyncio.run(model.ainvoke([question])).content


def test_responses(keyed_server, question):
    model = ChatOpenAI(model="rap", base_url=f"{keyed_server.url}/v1", api_key=keyed_server.key, max_retries=0,
                       use_responses_api=True)
    assert "Chelsea" in model.invoke([question]).text


def test_embeddings(keyed_server, text_model):
    made = OpenAIEmbeddings(model=text_model, base_url=f"{keyed_server.url}/v1", api_key=keyed_server.key,
                            check_embedding_ctx_length=False, max_retries=0)
    documents = made.embed_documents(["Chelsea is a ginger cat.", "Rosso is a red cup."])
    question = made.embed_query("Who is a cat?")
    cat, cup = (sum(a * b for a, b in zip(question, one, strict=True)) for one in documents)
    assert cat > cup
