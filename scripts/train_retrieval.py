#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Train the retrieval branch of the default encoder: from photos to weights.

    train_retrieval.py --encoder efficientnet-lite2.onnx --data DIR --out DIR [--minutes 5.5]

DIR holds sets of photos: grocery/<product>/* (every second product is held out, see
recipes/held-out-products.txt), caltech101/<category>/*, flickr8k/images/*, and dreambooth/<subject>/* (never trained
on: it is what the figures are about). Writes start.npz and branch.npz, for export_retrieval.py.

The encoder's trunk stays as it is up to its map at stride 16, because the language model reads its last
map. From there a copy of the last stages is trained to tell individuals apart:

    mid -> copy of the last stages -> instance [1280, h/32, w/32]   pooled over a region, GeM p = 4
    mid -> 1 x 1 convolution       -> texture  [192, h/16, w/16]    pooled over the same region
    both, linear, length 1         -> embedding of the region       [512]
    mid -> small convolutions      -> detail   [64, h/16, w/16]     local descriptors of length 1; measured, and
                                                                    not served (docs/evaluation.md, What was tried)

Every photo is an individual of its own; photos of one product are the same individual. A step renders, on
the device, one reference picture an individual (as it would be remembered) and scenes in which the same
individuals stand small or large, alone or with others, cut out of their background or not, under other
colours. Embeddings of a region and of its individual's reference are drawn together, all others (a batch
holds look-alikes, and a queue keeps earlier references) pushed away: InfoNCE (van den Oord et al.,
arXiv 1807.03748), with a sigmoid loss over pairs (Zhai et al., arXiv 2303.15343) so that one threshold
serves all individuals. Descriptors learn from the same pictures: the rendering tells which cell of the
reference shows what a cell of the scene shows.

Needs: torch, numpy, onnx, pillow. A GPU is used if there is one.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from PIL import Image
from torch import nn
from torch.nn import functional as F

SIDE = 448  # pixels of a picture as the encoder serves it
STORED = 384  # pixels of a stored photo, squashed to a square as served
SLOTS = 4  # most individuals in a scene
GEM_POWER = 4
TEXTURE = 192
DETAIL = 64
MID = "mid"
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}


# --- the encoder, read from ONNX ----------------------------------------------------------------------


class Graph(nn.Module):
    """The convolutions, clips and additions of an ONNX graph between `inputs` and `outputs`."""

    def __init__(self, nodes: list, weights: dict[str, np.ndarray], inputs: list[str], outputs: list[str]):
        super().__init__()
        self.nodes = nodes
        self.inputs = inputs
        self.outputs = outputs
        used = {name for node in nodes for name in node["in"]} & weights.keys()
        self.names = {name: name.replace(".", "/") for name in used}
        self.weights = nn.ParameterDict({self.names[n]: nn.Parameter(torch.tensor(weights[n])) for n in sorted(used)})

    def forward(self, *values: torch.Tensor) -> list[torch.Tensor]:
        at = dict(zip(self.inputs, values))
        for node in self.nodes:
            name = node["in"]
            if node["op"] == "Conv":
                weight, bias = self.weights[self.names[name[1]]], self.weights[self.names[name[2]]]
                x, pads = at[name[0]], node["pads"]
                if pads[0] != pads[2] or pads[1] != pads[3]:
                    x, padding = F.pad(x, (pads[1], pads[3], pads[0], pads[2])), 0
                else:
                    padding = (pads[0], pads[1])
                at[node["out"]] = F.conv2d(x, weight, bias, node["strides"], padding, 1, node["group"])
            elif node["op"] == "Clip":
                at[node["out"]] = F.relu6(at[name[0]])
            else:
                at[node["out"]] = at[name[0]] + at[name[1]]
        return [at[name] for name in self.outputs]


def read_graph(file: Path) -> tuple[Graph, Graph]:
    """The trunk (picture to mid) and the last stages (mid to features)."""
    model = onnx.load(str(file))
    weights = {i.name: numpy_helper.to_array(i).astype(np.float32) for i in model.graph.initializer}
    nodes = []
    for node in model.graph.node:
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        if node.op_type == "Cast":
            weights[node.output[0]] = weights[node.input[0]]
            continue
        nodes.append({"op": node.op_type, "name": node.name, "in": list(node.input), "out": node.output[0], **attributes})
    cut = next(i for i, node in enumerate(nodes) if node["out"] == MID) + 1
    return (
        Graph(nodes[:cut], weights, ["image"], [MID]),
        Graph(nodes[cut:], weights, [MID], ["features"]),
    )


# --- what is trained ----------------------------------------------------------------------------------


def gem(values: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
    """[B, C, H, W] pooled over [B, R, H*W] masks of regions -> [B, R, C]."""
    powers = values.float().clamp(min=1e-4).flatten(2) ** GEM_POWER
    return (torch.bmm(masks, powers.transpose(1, 2)) / masks.sum(2, keepdim=True).clamp(min=1)) ** (1 / GEM_POWER)


class Branch(nn.Module):
    def __init__(self, late: Graph, dimensions: int):
        super().__init__()
        self.late = copy.deepcopy(late)
        self.texture = nn.Conv2d(120, TEXTURE, 1)
        self.detail = nn.Sequential(
            nn.Conv2d(120, 128, 1), nn.ReLU(), nn.Conv2d(128, 128, 3, padding=1, groups=128), nn.ReLU(),
            nn.Conv2d(128, DETAIL, 1),
        )
        self.linear = nn.Linear(1280 + TEXTURE, dimensions)

    def maps(self, mid: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        instance = self.late(mid)[0]
        return instance, F.relu(self.texture(mid)), F.normalize(self.detail(mid).float(), dim=1)

    def embed(self, instance: torch.Tensor, texture: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
        """Masks are [B, R, h, w] over cells at stride 32 -> [B, R, dimensions]."""
        fine = masks.repeat_interleave(2, 2).repeat_interleave(2, 3)
        pooled = torch.cat([gem(instance, masks.flatten(2)), gem(texture, fine.flatten(2))], dim=2)
        return F.normalize(self.linear(pooled), dim=2)

    @torch.no_grad()
    def start_linear(self, pooled: torch.Tensor) -> None:
        """Principal axes of the pooled features: angles start as those of the frozen encoder."""
        dimensions = self.linear.out_features
        length = pooled[:, :1280].norm(dim=1).mean()
        scale = torch.full((pooled.shape[1],), 1 / length, device=pooled.device)
        scale[1280:] *= 0.1 * pooled[:, :1280].std() / pooled[:, 1280:].std()
        scaled = pooled * scale
        _, axes = torch.linalg.eigh((scaled.T @ scaled).double())
        self.linear.weight.copy_(axes.flip(1)[:, :dimensions].T.float() * scale)
        self.linear.bias.zero_()


# --- photos on the device -----------------------------------------------------------------------------


@dataclass
class Photos:
    pixels: torch.Tensor  # [N, 3, STORED, STORED] uint8
    label: torch.Tensor  # [N]: photos of one label show the same individual
    kind: list[str]  # set of each photo
    subject: list[str]  # folder of each photo
    file: list[str]

    def where(self, kind: str) -> list[int]:
        return [i for i, k in enumerate(self.kind) if k == kind]


def load_photos(folder: Path, sets: list[str], limit: int) -> Photos:
    files = []
    for name in sets:
        found = sorted(p for p in (folder / name).rglob("*") if p.suffix.lower() in SUFFIXES)
        files += [(name, p) for p in (found if limit == 0 else random.Random(1).sample(found, min(limit, len(found))))]

    def load(entry: tuple[str, Path]) -> np.ndarray:
        with Image.open(entry[1]) as image:
            return np.asarray(image.convert("RGB").resize((STORED, STORED), Image.BICUBIC))

    with ThreadPoolExecutor() as pool:
        pixels = np.stack(list(pool.map(load, files)))
    labels: dict[str, int] = {}
    label = []
    for name, path in files:
        key = str(path.parent) if name in ("grocery", "dreambooth") else str(path)
        label.append(labels.setdefault(key, len(labels)))
    return Photos(
        torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous(),
        torch.tensor(label),
        [name for name, _ in files],
        [path.parent.name for _, path in files],
        [path.name for _, path in files],
    )


def to_input(pixels: torch.Tensor) -> torch.Tensor:
    """[0, 255] -> what the network reads."""
    return (pixels - 127.0) / 128.0


# --- rendering ----------------------------------------------------------------------------------------


def uniform(shape: tuple, low: float, high: float, device: torch.device) -> torch.Tensor:
    return torch.rand(shape, device=device) * (high - low) + low


def random_crops(n: int, area: tuple[float, float], turn: float, flip: torch.Tensor, device: torch.device) -> torch.Tensor:
    """[n, 2, 3]: from [-1, 1]^2 of a tile to [-1, 1]^2 of the photo."""
    size = uniform((n,), *area, device).sqrt()
    stretch = uniform((n,), -0.25, 0.25, device).exp()
    width, height = (size * stretch).clamp(max=1), (size / stretch).clamp(max=1)
    x, y = uniform((n,), -1, 1, device) * (1 - width), uniform((n,), -1, 1, device) * (1 - height)
    angle = torch.randn(n, device=device) * turn
    cos, sin = angle.cos(), angle.sin()
    mirrored = torch.where(flip, -1.0, 1.0)
    row0 = torch.stack([width * cos * mirrored, -width * sin, x], 1)
    row1 = torch.stack([height * sin * mirrored, height * cos, y], 1)
    return torch.stack([row0, row1], 1)


def random_colours(n: int, strength: float, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """[n, 3, 3] and [n, 3]: colour = matrix @ colour + offset, on [-1, 1] input values."""
    grey = torch.full((3, 3), 1 / 3, device=device)
    eye = torch.eye(3, device=device)
    saturation = uniform((n, 1, 1), 1 - 1.2 * strength, 1 + strength, device)
    matrix = grey + (eye - grey) * saturation
    tint = uniform((n, 3, 1), 1 - 0.4 * strength, 1 + 0.4 * strength, device)
    contrast = uniform((n, 1, 1), 1 - strength, 1 + strength, device)
    return matrix * tint * contrast, uniform((n, 1), -0.6 * strength, 0.6 * strength, device).expand(n, 3)


@dataclass
class Scenes:
    """Slots of B pictures. A slot shows a photo in a box of the picture."""

    photo: torch.Tensor  # [B, K] or -1
    box: torch.Tensor  # [B, K, 4]: x0, y0, x1, y1 in [0, 1]
    crop: torch.Tensor  # [B, K, 2, 3]: tile -> photo, both in [-1, 1]^2
    cut_out: torch.Tensor  # [B, K] bool: only the object, not its background
    colour: tuple[torch.Tensor, torch.Tensor]  # [B, K, 3, 3], [B, K, 3]


def tile_to_picture(box: torch.Tensor) -> torch.Tensor:
    """[..., 2, 3]: from [-1, 1]^2 of the picture to [-1, 1]^2 of the tile in `box`."""
    centre = (box[..., :2] + box[..., 2:]) - 1
    half = (box[..., 2:] - box[..., :2]).clamp(min=1e-3)
    scale = 1 / half
    zero = torch.zeros_like(scale[..., 0])
    row0 = torch.stack([scale[..., 0], zero, -centre[..., 0] * scale[..., 0]], -1)
    row1 = torch.stack([zero, scale[..., 1], -centre[..., 1] * scale[..., 1]], -1)
    return torch.stack([row0, row1], -2)


def chain(outer: torch.Tensor, inner: torch.Tensor) -> torch.Tensor:
    """The map that applies `inner`, then `outer`; all [..., 2, 3]."""
    linear = outer[..., :2] @ inner[..., :2]
    offset = outer[..., :2] @ inner[..., 2:] + outer[..., 2:]
    return torch.cat([linear, offset], -1)


def render(scenes: Scenes, photos: torch.Tensor, objects: torch.Tensor, background: torch.Tensor, side: int) -> torch.Tensor:
    """[B, 3, side, side] network input: `background` photos with the slots pasted in order."""
    picture = F.interpolate(to_input(photos[background].float()), (side, side), mode="bilinear", align_corners=False)
    batch = picture.shape[0]
    for k in range(scenes.photo.shape[1]):
        rows = (scenes.photo[:, k] >= 0).nonzero()[:, 0]
        if len(rows) == 0:
            continue
        photo = scenes.photo[rows, k]
        to_tile = tile_to_picture(scenes.box[rows, k])
        shape = [len(rows), 3, side, side]
        inside = F.affine_grid(to_tile, shape, align_corners=False).abs().amax(3) <= 1
        grid = F.affine_grid(chain(scenes.crop[rows, k], to_tile), shape, align_corners=False)
        source = to_input(photos[photo].float())
        # Small tiles are read from a coarser copy, as a shrunk photo would look.
        shrink = (scenes.box[rows, k, 2:] - scenes.box[rows, k, :2]).amax(1) * side / STORED
        coarse = F.interpolate(F.avg_pool2d(source, 2), (STORED, STORED), mode="bilinear", align_corners=False)
        source = torch.where((shrink < 0.6)[:, None, None, None], coarse, source)
        tile = F.grid_sample(source, grid, mode="bilinear", padding_mode="reflection", align_corners=False)
        matrix, offset = scenes.colour[0][rows, k], scenes.colour[1][rows, k]
        tile = (torch.einsum("bij,bjhw->bihw", matrix, tile) + offset[:, :, None, None]).clamp(-1, 1)
        mask = inside.float()[:, None]
        cut = F.grid_sample(objects[photo], grid, mode="bilinear", padding_mode="zeros", align_corners=False)
        mask = torch.where(scenes.cut_out[rows, k][:, None, None, None], mask * cut, mask)
        picture = picture.index_copy(0, rows, picture[rows] * (1 - mask) + tile * mask)
    noise = torch.rand(batch, 1, 1, 1, device=picture.device) ** 3 * 0.08
    return (picture + torch.randn_like(picture) * noise).clamp(-1, 1)


def cells_of(box: torch.Tensor, cells: int, jitter: bool) -> torch.Tensor:
    """[B, K, cells, cells] masks of the cells that a box covers best, as regions are cut when serving."""
    edges = box * cells
    if jitter:
        edges = edges + torch.randn_like(edges) * 0.4
    low = edges[..., :2].round().clamp(0, cells - 1)
    high = torch.maximum(edges[..., 2:].round().clamp(max=cells), low + 1)
    index = torch.arange(cells, device=box.device)
    inside = (index >= low[..., None]) & (index < high[..., None])  # [B, K, 2, cells]
    return (inside[..., 1, :, None] & inside[..., 0, None, :]).float()


# --- batches ------------------------------------------------------------------------------------------


class Sampler:
    """Chooses individuals that look alike, and their photos."""

    def __init__(self, photos: Photos, usable: list[int], neighbours: torch.Tensor):
        self.photos = photos
        self.usable = usable
        self.neighbours = neighbours  # [len(usable), n] positions in `usable`, most alike first
        self.by_label: dict[int, list[int]] = {}
        for index in usable:
            self.by_label.setdefault(int(photos.label[index]), []).append(index)
        self.shared = [label for label, of_label in self.by_label.items() if len(of_label) > 1]

    def draw(self, count: int) -> tuple[list[int], list[int]]:
        """Photos of references and of queries, one pair an individual."""
        chosen: dict[int, int] = {}
        for label in random.sample(self.shared, min(len(self.shared), count // 8)):
            chosen[label] = random.choice(self.by_label[label])
        while len(chosen) < count:
            seed = random.randrange(len(self.usable))
            group = [seed] + self.neighbours[seed][torch.randperm(self.neighbours.shape[1])[:7]].tolist()
            for position in group:
                index = self.usable[position]
                chosen.setdefault(int(self.photos.label[index]), index)
        references = list(chosen.values())[:count]
        queries = []
        for index in references:
            others = [i for i in self.by_label[int(self.photos.label[index])] if i != index]
            queries.append(random.choice(others) if others else index)
        return references, queries


WHOLE = [(0.0, 0.0, 1.0, 1.0)]
LEFT_RIGHT = [(0.0, 0.0, 0.5, 1.0), (0.5, 0.0, 1.0, 1.0)]
ABOVE_BELOW = [(0.0, 0.0, 1.0, 0.5), (0.0, 0.5, 1.0, 1.0)]
QUARTERS = [(0.0, 0.0, 0.5, 0.5), (0.5, 0.0, 1.0, 0.5), (0.0, 0.5, 0.5, 1.0), (0.5, 0.5, 1.0, 1.0)]


def scene_boxes(count: int) -> list[list[tuple[float, float, float, float]]]:
    """Boxes of scenes that show `count` individuals in all: parts of the picture, each box somewhere in its part.

    The number of scenes depends on `count` alone: a network runs fastest on batches of one size.
    """
    layouts = [QUARTERS] * (count // 9) + [LEFT_RIGHT] * (count // 9) + [ABOVE_BELOW] * (count // 20)
    layouts += [WHOLE] * (count - sum(len(layout) for layout in layouts))
    scenes = []
    for layout in layouts:
        least = 0.3 if layout is WHOLE else 0.55
        boxes = []
        for x0, y0, x1, y1 in layout:
            scale = random.uniform(least, 1) if random.random() < 0.7 else 1
            w, h = (x1 - x0) * scale, (y1 - y0) * scale
            x, y = random.uniform(x0, x1 - w), random.uniform(y0, y1 - h)
            boxes.append((x, y, x + w, y + h))
        scenes.append(boxes)
    return scenes


def is_text(photos: Photos, index: torch.Tensor) -> torch.Tensor:
    """Mirrored print is another print."""
    return torch.tensor([photos.kind[i] == "grocery" if i >= 0 else False for i in index.flatten().tolist()]).view(index.shape)


def reference_scenes(photos: Photos, index: list[int], device: torch.device) -> Scenes:
    n = len(index)
    photo = torch.tensor(index)[:, None]
    flip = torch.zeros(n, dtype=torch.bool, device=device)
    matrix, offset = random_colours(n, 0.15, device)
    return Scenes(
        photo.to(device),
        torch.tensor([0.0, 0.0, 1.0, 1.0], device=device).expand(n, 1, 4),
        random_crops(n, (0.6, 1.0), 0.03, flip, device)[:, None],
        torch.rand(n, 1, device=device) < 0.2,
        (matrix[:, None], offset[:, None]),
    )


def query_scenes(photos: Photos, index: list[int], device: torch.device) -> tuple[Scenes, torch.Tensor, torch.Tensor]:
    """Scenes, and for each individual the scene and slot that show it."""
    boxes = scene_boxes(len(index))
    batch = len(boxes)
    photo = torch.full((batch, SLOTS), -1)
    box = torch.zeros(batch, SLOTS, 4)
    scene_of, slot_of = [], []
    for b, of_scene in enumerate(boxes):
        for k, one in enumerate(of_scene):
            photo[b, k] = index[len(scene_of)]
            box[b, k] = torch.tensor(one)
            scene_of.append(b)
            slot_of.append(k)
    flip = (torch.rand(batch * SLOTS) < 0.4) & ~is_text(photos, photo).flatten()
    matrix, offset = random_colours(batch * SLOTS, 0.4, device)
    scenes = Scenes(
        photo.to(device),
        box.to(device),
        random_crops(batch * SLOTS, (0.3, 1.0), 0.15, flip.to(device), device).view(batch, SLOTS, 2, 3),
        torch.rand(batch, SLOTS, device=device) < 0.5,
        (matrix.view(batch, SLOTS, 3, 3), offset.view(batch, SLOTS, 3)),
    )
    return scenes, torch.tensor(scene_of, device=device), torch.tensor(slot_of, device=device)


# --- losses -------------------------------------------------------------------------------------------


class Queue:
    """References of earlier steps, as further negatives."""

    def __init__(self, size: int, dimensions: int, device: torch.device):
        self.values = torch.zeros(size, dimensions, device=device)
        self.labels = torch.full((size,), -1, device=device)
        self.at = 0

    def push(self, values: torch.Tensor, labels: torch.Tensor) -> None:
        rows = (torch.arange(len(values), device=values.device) + self.at) % len(self.labels)
        self.values[rows], self.labels[rows] = values.detach(), labels
        self.at = (self.at + len(values)) % len(self.labels)


def instance_loss(
    query: torch.Tensor, reference: torch.Tensor, labels: torch.Tensor, queue: Queue, twins: torch.Tensor, sigmoid: nn.Parameter
) -> torch.Tensor:
    """`twins` [n, n]: pairs of different labels that may show the same thing and are left out."""
    temperature = 0.06
    same = labels[:, None] == labels[None, :]
    leave_out = twins & ~same
    similarity = query @ reference.T
    old = query @ queue.values.T
    old_out = (labels[:, None] == queue.labels[None, :]) | (queue.labels < 0)[None, :]
    logits = torch.cat([similarity.masked_fill(leave_out, -9), old.masked_fill(old_out, -9)], 1) / temperature
    target = torch.arange(len(query), device=query.device)
    loss = F.cross_entropy(logits, target)
    loss = loss + F.cross_entropy(similarity.T.masked_fill(leave_out.T, -9) / temperature, target)
    score = sigmoid[0].exp() * similarity + sigmoid[1]
    sign = same.float() * 2 - 1
    pairs = F.softplus(-sign * score).masked_fill(leave_out, 0).sum() / len(query)
    return loss + 0.5 * pairs


def detail_loss(
    query_detail: torch.Tensor, reference_detail: torch.Tensor, queries: Scenes, references: Scenes,
    scene_of: torch.Tensor, slot_of: torch.Tensor, same_photo: torch.Tensor, points: int = 12, pairs: int = 96,
) -> torch.Tensor:
    """InfoNCE between descriptors of the same spot of a photo in a scene and in its reference."""
    rows = same_photo.nonzero()[:, 0]
    rows = rows[torch.randperm(len(rows), device=rows.device)[:pairs]]
    if len(rows) == 0:
        return query_detail.sum() * 0
    device = query_detail.device
    scene, slot = scene_of[rows], slot_of[rows]
    spot = uniform((len(rows), points, 2), -0.9, 0.9, device)  # in the tile
    box = queries.box[scene, slot]
    in_picture = (box[:, None, :2] + (spot + 1) / 2 * (box[:, None, 2:] - box[:, None, :2])) * 2 - 1
    crop, base = queries.crop[scene, slot], references.crop[rows, 0]
    in_photo = spot @ crop[:, :, :2].transpose(1, 2) + crop[:, None, :, 2]
    inverse = torch.linalg.inv(base[:, :, :2])
    in_reference = (in_photo - base[:, None, :, 2]) @ inverse.transpose(1, 2)
    valid = (in_reference.abs().amax(2) < 0.97) & (in_photo.abs().amax(2) < 1)
    q = F.grid_sample(query_detail[scene], in_picture[:, :, None], align_corners=False)[..., 0].transpose(1, 2)
    r = F.grid_sample(reference_detail[rows], in_reference[:, :, None], align_corners=False)[..., 0].transpose(1, 2)
    q, r = F.normalize(q[valid], dim=1), F.normalize(r[valid], dim=1)
    if len(q) == 0:
        return query_detail.sum() * 0
    logits = q @ r.T / 0.07
    target = torch.arange(len(q), device=device)
    return 0.5 * (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target))


# --- how good -----------------------------------------------------------------------------------------


def windows(cells: int) -> torch.Tensor:
    """[R, cells, cells]: the whole, 2 x 2 of 3/4, 3 x 3 of 1/2, 4 x 4 of 1/3."""
    result = []
    for part, steps in ((1.0, 1), (0.75, 2), (0.5, 3), (1 / 3, 4)):
        size = max(1, round(cells * part))
        starts = [0] if steps == 1 else [round(i * (cells - size) / (steps - 1)) for i in range(steps)]
        for y in starts:
            for x in starts:
                mask = torch.zeros(cells, cells)
                mask[y : y + size, x : x + size] = 1
                result.append(mask)
    return torch.stack(result)


def open_set(similarity: np.ndarray, subject: np.ndarray, draws: int, known: float) -> dict[str, float]:
    """Random memories of one photo a subject: top-1 with all known, TPR at 5 % and 1 % FPR with half known."""
    rng = np.random.default_rng(1)
    subjects = np.unique(subject)
    top1, right, score, wrong = [], [], [], []
    for _ in range(draws):
        remembered = np.array([rng.choice(np.flatnonzero(subject == s)) for s in subjects])
        asked = np.setdiff1d(np.arange(len(subject)), remembered)
        best = subjects[similarity[np.ix_(asked, remembered)].argmax(1)]
        top1.append(np.mean(best == subject[asked]))
        chosen = rng.permutation(len(subjects))[: max(1, int(len(subjects) * known))]
        part = similarity[np.ix_(asked, remembered[chosen])]
        best, value = subjects[chosen][part.argmax(1)], part.max(1)
        is_known = np.isin(subject[asked], subjects[chosen])
        right.append(best[is_known] == subject[asked][is_known])
        score.append(value[is_known])
        wrong.append(value[~is_known])
    right, score, wrong = np.concatenate(right), np.concatenate(score), np.concatenate(wrong)
    result = {"top1": float(np.mean(top1))}
    for rate in (0.05, 0.01):
        result[f"tpr{rate}"] = float(np.mean(right & (score > np.quantile(wrong, 1 - rate))))
    return result


@torch.no_grad()
def evaluate(trunk: Graph, branch: Branch, photos: Photos, groups: dict[str, list[int]], device: torch.device) -> dict:
    branch.eval()
    torch.backends.cudnn.benchmark = False
    masks = windows(SIDE // 32).to(device)
    report = {}
    for name, index in groups.items():
        views, regions = [], []
        for start in range(0, len(index), 64):
            batch = photos.pixels[index[start : start + 64]].to(device).float()
            picture = to_input(F.interpolate(batch, (SIDE, SIDE), mode="bicubic", align_corners=False).clamp(0, 255))
            with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
                instance, texture, _ = branch.maps(trunk(picture)[0])
            for values in branch.embed(instance.float(), texture.float(), masks.expand(len(batch), -1, -1, -1)):
                views.append(values[0])
                regions.append(values)
        view, region = torch.stack(views), torch.stack(regions)
        similarity = torch.einsum("qrd,vd->qrv", region, view).amax(1).cpu().numpy()
        subject = np.unique([photos.subject[i] for i in index], return_inverse=True)[1]
        report[name] = {k: round(v, 3) for k, v in open_set(similarity, subject, 100, 0.5).items()}
    branch.train()
    return report


# --- the run ------------------------------------------------------------------------------------------


@torch.no_grad()
def survey(trunk: Graph, late: Graph, branch: Branch, photos: Photos, index: list[int], device: torch.device):
    """One pass over all photos: pooled features, embeddings of the frozen encoder, and where objects are."""
    pooled, raw, objects = [], [], []
    whole = torch.ones(1, 1, SIDE // 32, SIDE // 32, device=device)
    for start in range(0, len(index), 64):
        batch = photos.pixels[index[start : start + 64]].to(device).float()
        picture = to_input(F.interpolate(batch, (SIDE, SIDE), mode="bicubic", align_corners=False).clamp(0, 255))
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            mid = trunk(picture)[0]
            features, texture = late(mid)[0].float(), F.relu(branch.texture(mid)).float()
        masks = whole.expand(len(batch), -1, -1, -1)
        fine = masks.repeat_interleave(2, 2).repeat_interleave(2, 3)
        g = gem(features, masks.flatten(2))[:, 0]
        pooled.append(torch.cat([g, gem(texture, fine.flatten(2))[:, 0]], 1))
        raw.append(F.normalize(g, dim=1))
        energy = features.square().sum(1, keepdim=True)
        energy = F.avg_pool2d(energy, 3, 1, 1, count_include_pad=False)
        threshold = energy.flatten(1).quantile(0.45, dim=1)[:, None, None, None]
        objects.append(torch.sigmoid((energy / threshold - 1) * 6))
    return torch.cat(pooled), torch.cat(raw), torch.cat(objects)


def save(branch: Branch, file: Path) -> None:
    np.savez(file, **{name: value.detach().half().cpu().numpy() for name, value in branch.state_dict().items()})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--encoder", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sets", nargs="+", default=["grocery", "caltech101", "flickr8k"])
    parser.add_argument("--minutes", type=float, default=4)
    parser.add_argument("--individuals", type=int, default=256, help="in one step")
    parser.add_argument("--dimensions", type=int, default=512)
    parser.add_argument("--rate", type=float, default=1.5e-4, help="learning rate of the copied stages")
    parser.add_argument("--head-rate", type=float, default=8e-4)
    parser.add_argument("--limit", type=int, default=0, help="photos of each set, for trials")
    parser.add_argument("--held-out-products", type=int, default=2, help="every n-th product is not trained on; 0: none")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    random.seed(arguments.seed)
    torch.manual_seed(arguments.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.backends.cuda.matmul.allow_tf32 = True
    began = time.time()
    photos = load_photos(arguments.data, [*arguments.sets, "dreambooth"], arguments.limit)
    print(f"{len(photos.kind)} photos read in {time.time() - began:.1f} s", flush=True)

    trunk, late = read_graph(arguments.encoder)
    branch = Branch(late, arguments.dimensions)
    trunk, late, branch = (m.to(device).to(memory_format=torch.channels_last) for m in (trunk, late, branch))
    for module in (trunk, late):
        module.requires_grad_(False)

    held_out = set()
    if arguments.held_out_products:
        products = sorted({photos.subject[i] for i in photos.where("grocery")})
        held_out = set(products[1 :: arguments.held_out_products])
    usable = [i for i, k in enumerate(photos.kind) if k != "dreambooth" and photos.subject[i] not in held_out]
    everything = list(range(len(photos.kind)))
    pooled, raw, objects = survey(trunk, late, branch, photos, everything, device)
    branch.start_linear(pooled[torch.tensor(usable, device=device)])
    raw_usable = raw[torch.tensor(usable, device=device)]
    neighbours = torch.cat([(block @ raw_usable.T).topk(min(41, len(usable))).indices[:, 1:].cpu() for block in raw_usable.split(1024)])
    pixels = photos.pixels.to(device)
    labels = photos.label.to(device)
    groups = {"dreambooth": photos.where("dreambooth")}
    groups["products held out"] = [i for i in photos.where("grocery") if photos.subject[i] in held_out]
    groups["products trained on"] = [i for i in photos.where("grocery") if photos.subject[i] not in held_out]
    groups = {name: index for name, index in groups.items() if index}

    def raw_report() -> dict:
        result = {}
        for name, index in groups.items():
            of_group = raw[torch.tensor(index, device=device)]
            subject = np.unique([photos.subject[i] for i in index], return_inverse=True)[1]
            result[name] = {k: round(v, 3) for k, v in open_set((of_group @ of_group.T).cpu().numpy(), subject, 100, 0.5).items()}
        return result

    print("frozen, whole photo", json.dumps(raw_report()), flush=True)
    print("start", json.dumps(evaluate(trunk, branch, photos, groups, device)), f"{time.time() - began:.1f} s", flush=True)

    sampler = Sampler(photos, usable, neighbours)
    sigmoid = nn.Parameter(torch.tensor([math.log(10.0), -5.0], device=device))
    late_parameters = list(branch.late.parameters())
    others = [p for name, p in branch.named_parameters() if not name.startswith(("late.", "detail."))] + [sigmoid]
    optimizer = torch.optim.AdamW(
        [{"params": late_parameters, "rate": arguments.rate}, {"params": others, "rate": arguments.head_rate},
         {"params": list(branch.detail.parameters()), "rate": 3e-3}],
        weight_decay=1e-4,
    )
    start_weights = [p.detach().clone() for p in late_parameters]
    queue = Queue(8192, arguments.dimensions, device)
    average = copy.deepcopy(branch).requires_grad_(False)
    arguments.out.mkdir(parents=True, exist_ok=True)
    training = time.time()
    budget = arguments.minutes * 60
    step, told, losses = 0, training, []
    cells = SIDE // 32
    save(branch, arguments.out / "start.npz")
    while (spent := time.time() - training) < budget:
        torch.backends.cudnn.benchmark = step > 0
        progress = spent / budget
        factor = min(1.0, step / 50) * 0.5 * (1 + math.cos(math.pi * progress))
        for group in optimizer.param_groups:
            group["lr"] = group["rate"] * factor
        references, queries = sampler.draw(arguments.individuals)
        reference_set = reference_scenes(photos, references, device)
        query_set, scene_of, slot_of = query_scenes(photos, queries, device)
        label = labels[torch.tensor(references, device=device)]
        random_photo = lambda n: torch.tensor(random.choices(usable, k=n), device=device)
        with torch.no_grad():
            r_picture = render(reference_set, pixels, objects, random_photo(len(references)), SIDE)
            q_picture = render(query_set, pixels, objects, random_photo(len(query_set.photo)), SIDE)
            picture = torch.cat([r_picture, q_picture]).contiguous(memory_format=torch.channels_last)
            with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
                mid = trunk(picture)[0]
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            instance, texture, detail = branch.maps(mid)
        n = len(references)
        masks = torch.ones(n, 1, cells, cells, device=device)
        reference = branch.embed(instance[:n], texture[:n], masks)[:, 0]
        query = branch.embed(instance[n:], texture[n:], cells_of(query_set.box, cells, True))[scene_of, slot_of]
        of_reference = raw[torch.tensor(references, device=device)]
        twins = of_reference @ of_reference.T > 0.96
        loss = instance_loss(query, reference, label, queue, twins, sigmoid)
        same_photo = torch.tensor([a == b for a, b in zip(references, queries)], device=device)
        local = detail_loss(detail[n:], detail[:n], query_set, reference_set, scene_of, slot_of, same_photo)
        optimizer.zero_grad(set_to_none=True)
        (loss + local).backward()
        torch.nn.utils.clip_grad_norm_(branch.parameters(), 5.0)
        optimizer.step()
        queue.push(reference, label)
        with torch.no_grad():
            decay = min(0.998, step / (step + 20))
            for a, b in zip(average.parameters(), branch.parameters()):
                a.lerp_(b, 1 - decay)
        losses.append((float(loss.detach()), float(local.detach())))
        step += 1
        if step in (20, 60):
            torch.cuda.synchronize() if device.type == "cuda" else None
            print(f"step {step}, {time.time() - training:.1f} s, loss {losses[-1]}", flush=True)
        if time.time() - told > max(20, budget / 3.4):
            told = time.time()
            save(average, arguments.out / "mid.npz")
            mean = np.mean(losses[-50:], axis=0).round(3).tolist()
            drift = sum(float((a - b).square().sum()) for a, b in zip((p.detach() for p in late_parameters), start_weights)) ** 0.5
            print(f"step {step}, {spent:.0f} s, loss {mean}, drift {drift:.2f}", json.dumps(evaluate(trunk, average, photos, groups, device)), flush=True)
    print(f"end: step {step}", json.dumps(evaluate(trunk, average, photos, groups, device)), flush=True)
    save(average, arguments.out / "branch.npz")


if __name__ == "__main__":
    main()
