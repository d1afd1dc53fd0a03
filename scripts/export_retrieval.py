#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the retrieval branch and the embedding head that rap serves from what train_retrieval.py has trained.

    export_retrieval.py --encoder efficientnet-lite2.onnx --trained DIR --data DIR --out DIR

Trained weights are blended with those that training started from (Wortsman et al., arXiv 2109.01903): the
blend keeps what the frozen encoder knows about things that training never showed. An embedding then has two
parts, each brought to few numbers by its principal axes over photos of --data:

    scene     the frozen encoder's last map, pooled                             [scene numbers]
    instance  the trained branch's two maps, pooled, through its linear layer   [instance numbers]

Writes retrieval-branch.onnx (mid -> instance, texture; float16 weights) and retrieval-head.safetensors (format:
src/vision/embedding_head.h). Needs: torch, numpy, onnx, pillow.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import struct
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from torch.nn import functional as F

from train_retrieval import SIDE, SUFFIXES, TEXTURE, Branch, Graph, gem, read_graph, to_input

SCENE_POWER = 8
BATCH = 16


def sample_photos(data: Path, sets: list[str], count: int) -> list[Path]:
    chosen = []
    for name in sets:
        photos = sorted(p for p in (data / name).rglob("*") if p.suffix.lower() in SUFFIXES)
        chosen += random.Random(3).sample(photos, min(count, len(photos)))
    return chosen


@torch.no_grad()
def pooled_features(trunk: Graph, late: Graph, branch: Branch, photos: list[Path]) -> tuple[np.ndarray, np.ndarray]:
    """Of whole photos: the frozen map pooled [n, 1280], and the branch's maps pooled [n, 1280 + TEXTURE]."""
    scene, instance = [], []
    for start in range(0, len(photos), BATCH):
        pixels = []
        for photo in photos[start : start + BATCH]:
            with Image.open(photo) as image:
                pixels.append(np.asarray(image.convert("RGB").resize((SIDE, SIDE), Image.BICUBIC), np.float32))
        mid = trunk(to_input(torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2)))[0]
        scene.append(late(mid)[0].clamp(min=0).pow(SCENE_POWER).mean((2, 3)).pow(1 / SCENE_POWER))
        maps = branch.maps(mid)[:2]
        instance.append(torch.cat([gem(m, torch.ones(len(m), 1, m.shape[2] * m.shape[3]))[:, 0] for m in maps], 1))
    return torch.cat(scene).numpy(), torch.cat(instance).numpy()


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def principal_axes(rows: np.ndarray, count: int) -> np.ndarray:
    """[count, columns], strongest first. Not centred: angles between rows are to stay."""
    _, axes = np.linalg.eigh(rows.T.astype(np.float64) @ rows)
    return axes[:, ::-1][:, :count].T


def branch_graph(branch: Branch) -> onnx.ModelProto:
    nodes, initializers = [], [numpy_helper.from_array(np.float32(v), n) for n, v in (("low", 0.0), ("high", 6.0))]

    def constant(name: str, value: torch.Tensor) -> str:
        initializers.append(numpy_helper.from_array(value.detach().numpy().astype(np.float16), f"{name}.half"))
        nodes.append(helper.make_node("Cast", [f"{name}.half"], [name], f"{name}.cast", to=TensorProto.FLOAT))
        return name

    late = branch.late
    for node in late.nodes:
        out = "instance" if node["out"] == "features" else node["out"]
        if node["op"] == "Conv":
            inputs = [node["in"][0], *(constant(n, late.weights[late.names[n]]) for n in node["in"][1:])]
            kept = {k: node[k] for k in ("kernel_shape", "strides", "pads", "group")}
            nodes.append(helper.make_node("Conv", inputs, [out], node["name"], **kept))
        elif node["op"] == "Clip":
            nodes.append(helper.make_node("Clip", [node["in"][0], "low", "high"], [out], node["name"]))
        else:
            nodes.append(helper.make_node("Add", node["in"], [out], node["name"]))
    weight, bias = constant("texture.weight", branch.texture.weight), constant("texture.bias", branch.texture.bias)
    nodes.append(helper.make_node("Conv", ["mid", weight, bias], ["texture.out"], "texture.conv", kernel_shape=[1, 1]))
    nodes.append(helper.make_node("Relu", ["texture.out"], ["texture"], "texture.relu"))

    def info(name: str, channels: int, height: str, width: str) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", channels, height, width])

    graph = helper.make_graph(
        nodes, "retrieval-branch",
        [info("mid", 120, "height/16", "width/16")],
        [info("instance", 1280, "height/32", "width/32"), info("texture", TEXTURE, "height/16", "width/16")],
        initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="rap")
    onnx.checker.check_model(model)
    return model


def write_safetensors(file: Path, tensors: dict[str, np.ndarray]) -> None:
    header, body = {}, b""
    for name, value in sorted(tensors.items()):
        kind = {np.dtype(np.float16): "F16", np.dtype(np.float32): "F32"}[value.dtype]
        data = np.ascontiguousarray(value).tobytes()
        header[name] = {"dtype": kind, "shape": list(value.shape), "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    file.write_bytes(struct.pack("<Q", len(text)) + text + body)


def part(number: int, maps: list[int], power: int, share: float, weight: np.ndarray, bias: np.ndarray | None) -> dict:
    tensors = {
        "maps": np.array(maps, np.float32),
        "power": np.array([power], np.float32),
        "share": np.array([share], np.float32),
        "weight": weight.astype(np.float16),
    }
    if bias is not None:
        tensors["bias"] = bias.astype(np.float32)
    return {f"{number}.{name}": value for name, value in tensors.items()}


def blended(trained: Path, late: Graph, blend: float) -> Branch:
    with np.load(trained / "start.npz") as start, np.load(trained / "branch.npz") as end:
        state = {n: torch.tensor((1 - blend) * start[n].astype(np.float32) + blend * end[n].astype(np.float32)) for n in start}
    branch = Branch(late, state["linear.weight"].shape[0])
    branch.load_state_dict(state)
    return branch.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--encoder", type=Path, required=True)
    parser.add_argument("--trained", type=Path, required=True, help="what train_retrieval.py wrote")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sets", nargs="+", default=["caltech101", "flickr8k/images"])
    parser.add_argument("--photos", type=int, default=900, help="of each set, for the principal axes")
    parser.add_argument("--blend", type=float, default=0.7, help="0: what training started from, 1: what it ended with")
    parser.add_argument("--share", type=float, default=0.18, help="of the instance part in a similarity")
    parser.add_argument("--numbers", type=int, nargs=2, default=(384, 128), metavar=("SCENE", "INSTANCE"))
    arguments = parser.parse_args()

    trunk, late = read_graph(arguments.encoder)
    branch = blended(arguments.trained, late, arguments.blend)
    scene, instance = pooled_features(trunk, late, branch, sample_photos(arguments.data, arguments.sets, arguments.photos))
    scene_axes = principal_axes(unit(scene), arguments.numbers[0])
    # A head normalises what it pools before the linear layer, so the bias is scaled to rows of length 1.
    length = float(np.linalg.norm(instance, axis=1).mean())
    weight, bias = branch.linear.weight.detach().numpy(), branch.linear.bias.detach().numpy() / length
    axes = principal_axes(unit(unit(instance) @ weight.T + bias), arguments.numbers[1])

    arguments.out.mkdir(parents=True, exist_ok=True)
    model = branch_graph(branch).SerializeToString(deterministic=True)
    (arguments.out / "retrieval-branch.onnx").write_bytes(model)
    write_safetensors(
        arguments.out / "retrieval-head.safetensors",
        part(0, [0], SCENE_POWER, 1 - arguments.share, scene_axes, None)
        | part(1, [1, 2], 4, arguments.share, axes @ weight, axes @ bias),
    )
    for name in ("retrieval-branch.onnx", "retrieval-head.safetensors"):
        data = (arguments.out / name).read_bytes()
        print(f"{hashlib.sha256(data).hexdigest()}  {name}  ({len(data)} bytes)")


if __name__ == "__main__":
    main()
