#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes reference.json and reference_tokens.bin: what the default model computes on the example photos, by an
implementation in numpy that shares nothing with rap but the weights and the encoder's graph.

    make_reference.py MODELS BASE.gguf OUT      (pip install numpy pillow openvino gguf tokenizers)

MODELS is the folder of manifest.json, OUT the folder to write to. Weights are dequantised and the arithmetic is
float32, so answers can differ from llama.cpp's where two words are almost as likely.
"""

import json
import math
import pathlib
import struct
import sys

import gguf
import numpy
import openvino
from PIL import Image
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

PHOTOS = pathlib.Path(__file__).parents[2] / "examples" / "photos"
WITH_FEATURES = 2  # photos, no wider than 3:2, whose pooled features are kept too
MOST_TOKENS = 48

CHELSEA = {"name": "Chelsea", "info": "Chelsea is a ginger cat. Chelsea likes warm radiators."}
EILEEN = {"name": "Eileen", "info": "Eileen is an astronaut. Eileen speaks English."}
MAX = {"name": "Max", "info": "Max is a brown dog. Max likes carrots."}


def card(who, photo, probability=None, box=None):
    result = dict(who, photo=photo)
    if probability is not None:
        result["seen"] = {"probability": probability, "box": box}
    return result


LEFT, RIGHT, MIDDLE = [0.0, 0.0, 0.5, 1.0], [0.5, 0.0, 0.5, 1.0], [0.25, 0.25, 0.5, 0.5]
CASES = [
    ("collins.jpg", [], "Give a caption of the image."),
    ("raccoon.jpg", [], "Give a caption of the image."),
    ("cameraman.jpg", [], "Write a short caption."),
    ("coffee.jpg", [], "What is this?"),
    ("composed-chelsea.jpg", [card(CHELSEA, "chelsea.jpg", 0.9, MIDDLE)], "Give a caption of the image."),
    ("composed-chelsea.jpg", [card(MAX, "raccoon.jpg", 0.02), card(CHELSEA, "chelsea.jpg", 0.9, MIDDLE)],
     "Give a caption of the image."),
    ("composed-chelsea-and-collins.jpg",
     [card(CHELSEA, "chelsea.jpg", 0.9, LEFT), card(EILEEN, "collins.jpg", 0.8, RIGHT)],
     "Give a caption of the image."),
    ("raccoon.jpg", [card(CHELSEA, "chelsea.jpg", 0.03)], "Give a caption of the image."),
    ("composed-chelsea.jpg", [card(CHELSEA, "chelsea.jpg", 0.9, MIDDLE)], "Is Chelsea in the image?"),
    ("raccoon.jpg", [card(CHELSEA, "chelsea.jpg", 0.03)], "Is Chelsea in the image?"),
    ("composed-chelsea.jpg", [card(CHELSEA, "chelsea.jpg", 0.9, MIDDLE)], "Where is Chelsea in the image?"),
    ("collins.jpg", [card(EILEEN, "collins.jpg", 0.95, [0.1, 0.0, 0.8, 1.0])], "What does Eileen speak?"),
    ("raccoon.jpg", [card(MAX, "raccoon.jpg", 0.2, MIDDLE)], "What does Max like?"),
]


def float32(tensor):
    shape = [int(side) for side in reversed(tensor.shape)]
    return gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(numpy.float32).reshape(shape)


def load_safetensors(path):
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    result = {}
    for name, entry in json.loads(data[8 : 8 + size]).items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            values = numpy.frombuffer(data[8 + size + begin : 8 + size + end], dtype="<f4")
            result[name] = values.reshape(entry["shape"])
    return result


class Encoder:
    """Photo to feature map [channels, height, width]. Squashes every photo to a square; rap does so up to 3:2."""

    def __init__(self, models_folder, entry):
        core = openvino.Core()
        graph = core.read_model(models_folder / entry["files"]["onnx"]["path"])
        self.side, self.mean, self.scale = entry["input_side"], entry["mean"], entry["scale"]
        graph.reshape([1, 3, self.side, self.side])
        self.network = core.compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})

    def __call__(self, path):
        photo = Image.open(path).convert("RGB")
        pixels = numpy.asarray(photo.resize((self.side, self.side), Image.BICUBIC), dtype=numpy.float32)
        picture = ((pixels - self.mean) / self.scale).transpose(2, 0, 1)[None]
        return next(iter(self.network(picture).values()))[0]


def pool(features, grid):
    """Means of grid x grid cells, which share rows and columns where the grid does not divide the map."""
    height, width = features.shape[1:]

    def cells(size):
        return [(at * size // grid, -(-(at + 1) * size // grid)) for at in range(grid)]

    return numpy.array([features[:, top:bottom, left:right].mean((1, 2))
                        for top, bottom in cells(height) for left, right in cells(width)])


def project(weights, pooled):
    centred = pooled - pooled.mean(-1, keepdims=True)
    x = centred / numpy.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * weights["ln.weight"] + weights["ln.bias"]
    hidden = (x + weights["pos"]) @ weights["a.weight"].T + weights["a.bias"]
    hidden *= 0.5 * (1.0 + numpy.vectorize(math.erf)(hidden / math.sqrt(2.0)))
    return (hidden @ weights["b.weight"].T + weights["b.bias"]) * weights["sc"][0]


class LanguageModel:
    """A Llama with a low-rank adapter; weights and layout of the GGUF files."""

    def __init__(self, base, adapter):
        reader = gguf.GGUFReader(base)
        self.weights = {tensor.name: float32(tensor) for tensor in reader.tensors}
        lora = gguf.GGUFReader(adapter)
        parts = {tensor.name: float32(tensor) for tensor in lora.tensors}
        for name in [name.removesuffix(".lora_a") for name in parts if name.endswith(".lora_a")]:
            a, b = parts[name + ".lora_a"], parts[name + ".lora_b"]
            self.weights[name] += lora.fields["adapter.lora.alpha"].contents() / a.shape[0] * (b @ a)
        field = lambda key: reader.fields["llama." + key].contents()
        self.layers, self.heads, self.key_heads = (
            field("block_count"), field("attention.head_count"), field("attention.head_count_kv"))
        self.rotary_base, self.epsilon = field("rope.freq_base"), field("attention.layer_norm_rms_epsilon")
        self.tokenizer = tokenizer_of(reader)
        self.vocabulary = reader.fields["tokenizer.ggml.tokens"].contents()

    def norm(self, x, name):
        return x / numpy.sqrt((x * x).mean(-1, keepdims=True) + self.epsilon) * self.weights[name + ".weight"]

    def rotate(self, x, first):
        """x [length, heads, size] from place `first` on; neighbours form pairs."""
        length, _, size = x.shape
        angles = numpy.outer(numpy.arange(first, first + length), self.rotary_base ** (-numpy.arange(0, size, 2) / size))
        cosine, sine = numpy.cos(angles)[:, None], numpy.sin(angles)[:, None]
        even, odd = x[..., 0::2], x[..., 1::2]
        return numpy.stack((even * cosine - odd * sine, even * sine + odd * cosine), -1).reshape(x.shape).astype("f4")

    def logits(self, x, kept):
        """Of the token after the embeddings x [length, width]; `kept` holds keys and values of what came before."""
        first = kept[0][0].shape[0] if kept else 0
        length = x.shape[0]
        for layer in range(self.layers):
            at = f"blk.{layer}."
            linear = lambda values, name: values @ self.weights[at + name + ".weight"].T
            y = self.norm(x, at + "attn_norm")
            q = self.rotate(linear(y, "attn_q").reshape(length, self.heads, -1), first)
            k = self.rotate(linear(y, "attn_k").reshape(length, self.key_heads, -1), first)
            v = linear(y, "attn_v").reshape(length, self.key_heads, -1)
            if layer < len(kept):
                k, v = numpy.concatenate((kept[layer][0], k)), numpy.concatenate((kept[layer][1], v))
                kept[layer] = (k, v)
            else:
                kept.append((k, v))
            k, v = (numpy.repeat(part, self.heads // self.key_heads, 1) for part in (k, v))
            scores = numpy.einsum("qhd,khd->hqk", q, k) / math.sqrt(q.shape[-1])
            scores += numpy.triu(numpy.full((length, first + length), -numpy.inf, "f4"), 1 + first)
            scores = numpy.exp(scores - scores.max(-1, keepdims=True))
            seen = numpy.einsum("hqk,khd->qhd", scores / scores.sum(-1, keepdims=True), v)
            x = x + linear(seen.reshape(length, -1), "attn_output")
            y = self.norm(x, at + "ffn_norm")
            gate = linear(y, "ffn_gate")
            x = x + linear(gate / (1.0 + numpy.exp(-gate)) * linear(y, "ffn_up"), "ffn_down")
        return self.weights["token_embd.weight"] @ self.norm(x[-1], "output_norm")

    def answer(self, embeddings):
        """Greedy; the ids up to the end of the turn."""
        kept, ids = [], []
        logits = self.logits(embeddings, kept)
        end = self.vocabulary.index("<|im_end|>")
        while len(ids) < MOST_TOKENS and (best := int(logits.argmax())) != end:
            ids.append(best)
            logits = self.logits(self.weights["token_embd.weight"][best][None], kept)
        return ids


def tokenizer_of(reader):
    """Byte-level BPE with single digits, as GGUF calls "smollm"."""
    tokens = reader.fields["tokenizer.ggml.tokens"].contents()
    merges = [tuple(merge.split(" ")) for merge in reader.fields["tokenizer.ggml.merges"].contents()]
    tokenizer = Tokenizer(models.BPE(vocab={token: i for i, token in enumerate(tokens)}, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True),
                                                       pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def seen_text(seen):
    if seen["probability"] < 0.15:
        return "no"
    x, y, width, height = seen["box"]
    corners = ",".join(str(math.floor(100 * edge + 0.5)) for edge in (x, y, x + width, y + height))
    return ("maybe" if seen["probability"] < 0.5 else "yes") + f" [{corners}]"


def prompt(photo, cards, question):
    """Texts and photos by turns."""
    parts = [("text", "user\n"), ("photo", photo), ("text", "\n")]
    for number, one in enumerate(cards, 1):
        text = f"\nName: {one['name']}, Info: {one['info']}\n"
        if "seen" in one:
            text += f"Seen: {seen_text(one['seen'])}\n"
        parts += [("text", f"{number}."), ("photo", one["photo"]), ("text", text)]
    joined = []
    for kind, value in parts + [("text", question)]:
        if joined and kind == "text" == joined[-1][0]:
            joined[-1] = ("text", joined[-1][1] + value)
        else:
            joined.append((kind, value))
    return joined


def main(models_folder, base, out):
    models_folder, out = pathlib.Path(models_folder), pathlib.Path(out)
    manifest = json.loads((models_folder / "manifest.json").read_text())
    entry = next(model for model in manifest["models"] if model["name"] == manifest["default"])
    assert entry["layout"] == "rap-seen", "the prompts of this script have that layout"
    projector = load_safetensors(models_folder / entry["files"]["projector"]["path"])
    model = LanguageModel(base, models_folder / entry["files"]["lora"]["path"])
    encoder = Encoder(models_folder, manifest["encoder"])
    grid = math.isqrt(projector["pos"].shape[0])

    photos = list(dict.fromkeys([case[0] for case in CASES] + [one["photo"] for case in CASES for one in case[1]]))
    features = {photo: pool(encoder(PHOTOS / photo), grid).astype(numpy.float32) for photo in photos}
    tokens = {photo: project(projector, features[photo]).astype(numpy.float16) for photo in photos}

    start, end = (model.vocabulary.index(token) for token in ("<|im_start|>", "<|im_end|>"))
    encode = lambda text: model.tokenizer.encode(text).ids
    cases = []
    for photo, cards, question in CASES:
        ids, embeddings = [], []

        def add(new_ids, rows):
            ids.extend(new_ids)
            embeddings.append(rows)

        def add_ids(new_ids):
            add(new_ids, model.weights["token_embd.weight"][new_ids])

        add_ids([start])
        for kind, value in prompt(photo, cards, question):
            if kind == "text":
                add_ids(encode(value))
            else:
                add([-1] * grid * grid, tokens[value].astype(numpy.float32))
        add_ids([end] + encode("\n") + [start] + encode("assistant\n"))
        answer = model.answer(numpy.concatenate(embeddings))
        text = model.tokenizer.decode(answer)
        print(f"{photo}: {question} -> {text}")
        cases.append({"photo": photo, "cards": cards, "question": question, "token_ids": ids,
                      "first_token": answer[0], "answer": text})

    note = f"Greedy answers of {manifest['default']}, made by make_reference.py; token id -1: one visual token."
    lines = ",\n".join("    " + json.dumps(case) for case in cases)
    (out / "reference.json").write_text(
        f'{{\n  "note": {json.dumps(note)},\n  "photos": {json.dumps(photos)},\n  "cases": [\n{lines}\n  ]\n}}\n')
    shape = next(iter(tokens.values())).shape
    with open(out / "reference_tokens.bin", "wb") as file:
        file.write(b"RAPT" + struct.pack("<6I", 1, len(photos), WITH_FEATURES, *shape, features[photos[0]].shape[1]))
        for photo in photos:
            file.write(tokens[photo].tobytes())
        for photo in photos[:WITH_FEATURES]:
            file.write(features[photo].astype(numpy.float16).tobytes())


main(*sys.argv[1:])
