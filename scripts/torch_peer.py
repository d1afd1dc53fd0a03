#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The work of bench/train_bench.cc in plain PyTorch: bfloat16 autocast, corrections as PEFT has them.

    torch_peer.py WEIGHTS.safetensors STEPS      prints the first loss, then the seconds of each step
"""

import json
import math
import os
import struct
import sys
import time

import torch
from torch.nn import functional

HEADS, KEY_HEADS, ROTARY_BASE, RANK, ALPHA, SAMPLES, TOKENS, ANSWER = 9, 3, 100_000.0, 32, 64.0, 16, 96, 24


def load(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = bytearray(file.read())
    result = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        values = torch.frombuffer(data, dtype=torch.float32, count=(end - begin) // 4, offset=begin)
        result[name] = values.view(entry["shape"])
    return result


class LoraLinear(torch.nn.Module):
    def __init__(self, weight):
        super().__init__()
        self.weight = torch.nn.Parameter(weight.bfloat16(), requires_grad=False)
        self.a = torch.nn.Parameter(torch.empty(RANK, weight.shape[1]).uniform_(-1, 1) / math.sqrt(weight.shape[1]))
        self.b = torch.nn.Parameter(torch.zeros(weight.shape[0], RANK))

    def forward(self, x):
        return functional.linear(x, self.weight) + functional.linear(functional.linear(x, self.a), self.b) * (ALPHA / RANK)


class Norm(torch.nn.Module):
    def __init__(self, weight):
        super().__init__()
        self.weight = torch.nn.Parameter(weight.clone(), requires_grad=False)

    def forward(self, x):
        x = x.float()
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-5) * self.weight


class Block(torch.nn.Module):
    def __init__(self, weights, at):
        super().__init__()
        self.norms = torch.nn.ModuleList(Norm(weights[at + name + ".weight"]) for name in ("attn_norm", "ffn_norm"))
        for name in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"):
            setattr(self, name, LoraLinear(weights[at + name + ".weight"]))

    def forward(self, x, cosine, sine, mask):
        def heads(values, count):
            return values.view(SAMPLES, TOKENS, count, -1).transpose(1, 2)

        def turned(values):
            even, odd = values[..., 0::2], values[..., 1::2]
            return torch.stack((even * cosine - odd * sine, even * sine + odd * cosine), -1).flatten(-2).type_as(values)

        y = self.norms[0](x)
        q, k, v = turned(heads(self.attn_q(y), HEADS)), turned(heads(self.attn_k(y), KEY_HEADS)), heads(self.attn_v(y), KEY_HEADS)
        k, v = (part.repeat_interleave(HEADS // KEY_HEADS, 1) for part in (k, v))
        if hasattr(functional, "scaled_dot_product_attention"):
            seen = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            seen = torch.softmax((q @ k.transpose(2, 3)) / math.sqrt(q.shape[-1]) + mask, -1).type_as(v) @ v
        x = x + self.attn_output(seen.transpose(1, 2).reshape(SAMPLES, TOKENS, -1))
        y = self.norms[1](x)
        return x + self.ffn_down(functional.silu(self.ffn_gate(y)) * self.ffn_up(y))


def main(path, steps):
    torch.manual_seed(0)
    torch.set_num_threads(os.cpu_count())
    weights = load(path)
    layers = 1 + max(int(name.split(".")[1]) for name in weights if name.startswith("blk."))
    embedding = weights["token_embd.weight"].bfloat16()
    blocks = torch.nn.ModuleList(Block(weights, f"blk.{layer}.") for layer in range(layers))
    final = Norm(weights["output_norm.weight"])
    size = embedding.shape[1] // HEADS
    angles = torch.outer(torch.arange(TOKENS).float(), ROTARY_BASE ** (-torch.arange(0, size, 2).float() / size))
    mask = torch.full((TOKENS, TOKENS), float("-inf")).triu(1)
    tokens = (torch.arange(SAMPLES * TOKENS) * 7919 % 40000 + 100).view(SAMPLES, TOKENS)
    parameters = [parameter for parameter in blocks.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=1e-3, weight_decay=0.0)
    for step in range(int(steps)):
        start = time.monotonic()
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            x = functional.embedding(tokens, embedding).float().requires_grad_(True)
            for block in blocks:
                x = block(x, angles.cos(), angles.sin(), mask)
            hidden = final(x)[:, TOKENS - ANSWER - 1 : TOKENS - 1].reshape(-1, embedding.shape[1])
            logits = functional.linear(hidden, embedding)
        loss = functional.cross_entropy(logits.float(), tokens[:, TOKENS - ANSWER :].reshape(-1))
        loss.backward()
        optimizer.step()
        if step == 0:
            print(loss.item())
        print(time.monotonic() - start, flush=True)


main(sys.argv[1], sys.argv[2])
