#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes gradients.json: loss and gradients of the tiny Llama of tiny_language_model.cc, computed
by an implementation that shares nothing with the trainer.

    make_gradients.py BASE.gguf > gradients.json        (needs torch and gguf)
"""

import json
import sys

import gguf
import torch

HEADS, KEY_HEADS, HEAD_SIZE, RANK, ALPHA, LENGTH = 4, 2, 16, 4, 8.0, 12


def load(path):
    tensors = {}
    for tensor in gguf.GGUFReader(path).tensors:
        shape = [int(side) for side in reversed(tensor.shape)]
        tensors[tensor.name] = torch.tensor(tensor.data.tolist()).view(shape)
    return tensors


def corrections(weights, layers):
    """A and B of every matrix, in the trainer's order, with sines for values."""
    result, phase = {}, 0.0
    for layer in range(layers):
        for name in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"):
            out, inputs = weights[f"blk.{layer}.{name}.weight"].shape
            pair = []
            for shape in ((RANK, inputs), (out, RANK)):
                places = torch.arange(shape[0] * shape[1], dtype=torch.float64)
                values = (torch.sin(places * 0.7 + phase) * 0.1).to(torch.float32).view(shape)
                pair.append(values.clone().requires_grad_(True))
                phase += 1.0
            result[f"blk.{layer}.{name}"] = pair
    return result


def norm(x, weight):
    return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + 1e-5) * weight


def rotate(x):
    """x: [heads, length, size]; neighbours form pairs."""
    length, size = x.shape[1:]
    angles = torch.outer(torch.arange(length).float(), 10000.0 ** (-torch.arange(0, size, 2).float() / size))
    turned = torch.view_as_complex(x.reshape(*x.shape[:-1], size // 2, 2)) * torch.polar(torch.ones_like(angles), angles)
    return torch.view_as_real(turned).reshape(x.shape)


def forward(weights, lora, layers, tokens):
    def linear(x, name):
        a, b = lora[name]
        return x @ (weights[name + ".weight"] + ALPHA / RANK * b @ a).T

    x = weights["token_embd.weight"][tokens]
    mask = torch.full((len(tokens), len(tokens)), float("-inf")).triu(1)
    for layer in range(layers):
        at = f"blk.{layer}."
        y = norm(x, weights[at + "attn_norm.weight"])
        heads = lambda name, count: linear(y, at + name).view(-1, count, HEAD_SIZE).transpose(0, 1)
        q, k, v = rotate(heads("attn_q", HEADS)), rotate(heads("attn_k", KEY_HEADS)), heads("attn_v", KEY_HEADS)
        k, v = (t.repeat_interleave(HEADS // KEY_HEADS, 0) for t in (k, v))
        seen = torch.softmax(q @ k.transpose(1, 2) / HEAD_SIZE**0.5 + mask, -1) @ v
        x = x + linear(seen.transpose(0, 1).reshape(len(tokens), -1), at + "attn_output")
        y = norm(x, weights[at + "ffn_norm.weight"])
        x = x + linear(torch.nn.functional.silu(linear(y, at + "ffn_gate")) * linear(y, at + "ffn_up"), at + "ffn_down")
    return norm(x, weights["output_norm.weight"]) @ weights["token_embd.weight"].T


def main(path):
    weights = load(path)
    layers = 1 + max(int(name.split(".")[1]) for name in weights if name.startswith("blk."))
    lora = corrections(weights, layers)
    tokens = torch.arange(24) % 50 + 3
    logits = torch.cat([forward(weights, lora, layers, tokens[i : i + LENGTH]) for i in (0, LENGTH)])
    loss = torch.nn.functional.cross_entropy(logits, torch.arange(24) % weights["token_embd.weight"].shape[0])
    loss.backward()
    squares = sum((value.grad**2).sum() for pair in lora.values() for value in pair)
    first = lora["blk.0.attn_q"][1].grad.flatten()[:8].tolist()
    print(json.dumps({"loss": loss.item(), "gradient_norm": squares.sqrt().item(), "blk.0.attn_q.b": first}, indent=1))


main(sys.argv[1])
