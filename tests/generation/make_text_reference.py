#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make text_reference.json: what all-MiniLM-L6-v2 makes of a few sentences, by another implementation.

The tokenizer is the Rust one of the PyPI package `tokenizers`, the network a few lines of numpy in float64 after the
paper (Devlin et al., arXiv 1810.04805). Of each embedding the first numbers are kept, and the cosines of all pairs.

    python3 tests/generation/make_text_reference.py FOLDER > tests/generation/text_reference.json

FOLDER holds tokenizer.json and model.safetensors of the model. Needs: numpy, safetensors, tokenizers.
"""

import json
import math
import pathlib
import sys

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

HEADS, LAYERS, KEPT = 12, 6, 16
SENTENCES = [
    "What does Chelsea like?",
    "CHELSEA LIKES RED COLLARS, AND NOTHING ELSE!",
    "Le café est près de l'école où Zoë a étudié.",
    "小猫喜欢红色的项圈。",
    "Eileen Collins kommandierte 1999 als erste Frau ein Space Shuttle (STS-93).",
    "🚀 to the moon 🌕",
    "собака боится пылесоса",
    "한국어 문장입니다",
    "Tiếng Việt có nhiều dấu",
    "  \t…  ",
    "supercalifragilisticexpialidocious C++20 foo_bar@example.org 3.14159",
    "A cup with a saucer. It is for espresso only, and it is red; whoever drinks tea takes another. " * 12,
]


def linear(x, weights, name):
    return x @ weights[name + ".weight"].T + weights[name + ".bias"]


def normalised(x, weights, name):
    centred = x - x.mean(-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
    return scaled * weights[name + ".weight"] + weights[name + ".bias"]


def gelu(x):
    return x * 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


def attention(x, weights, name):
    count, width = x.shape

    def heads(part):
        return linear(x, weights, f"{name}.self.{part}").reshape(count, HEADS, width // HEADS).transpose(1, 0, 2)

    scores = heads("query") @ heads("key").transpose(0, 2, 1) / math.sqrt(width // HEADS)
    shares = np.exp(scores - scores.max(-1, keepdims=True))
    shares /= shares.sum(-1, keepdims=True)
    mixed = (shares @ heads("value")).transpose(1, 0, 2).reshape(count, width)
    return linear(mixed, weights, name + ".output.dense")


def embed(ids, weights):
    x = weights["embeddings.word_embeddings.weight"][ids]
    x = x + weights["embeddings.position_embeddings.weight"][: len(ids)]
    x = x + weights["embeddings.token_type_embeddings.weight"][0]
    x = normalised(x, weights, "embeddings.LayerNorm")
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}"
        x = normalised(x + attention(x, weights, name + ".attention"), weights, name + ".attention.output.LayerNorm")
        inner = gelu(linear(x, weights, name + ".intermediate.dense"))
        x = normalised(x + linear(inner, weights, name + ".output.dense"), weights, name + ".output.LayerNorm")
    mean = x.mean(0)
    return mean / np.linalg.norm(mean)


def main():
    folder = pathlib.Path(sys.argv[1])
    weights = {name: value.astype(np.float64) for name, value in load_file(folder / "model.safetensors").items()}
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    ids = [tokenizer.encode(sentence).ids for sentence in SENTENCES]
    embeddings = np.stack([embed(one, weights) for one in ids])
    reference = {
        "sentences": [
            {"text": text, "tokens": len(tokens), "begins": [round(float(value), 6) for value in embedding[:KEPT]]}
            for text, tokens, embedding in zip(SENTENCES, ids, embeddings, strict=True)
        ],
        "cosines": [[round(float(value), 6) for value in row] for row in embeddings @ embeddings.T],
    }
    json.dump(reference, sys.stdout, ensure_ascii=False, indent=1)
    print()


if __name__ == "__main__":
    main()
