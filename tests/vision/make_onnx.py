#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the graphs that the tests of encoders and detectors run: true architectures with random weights, the same
in every run, and reference.json: what they give, computed without rap and without its runtime.

    make_onnx.py OUT                                       the small graphs, into the folder OUT
    make_onnx.py --clip 336,14,1024,16,24 [--half] FILE    one CLIP vision tower: side, patch, width, heads, blocks
    make_onnx.py --yolo 640,3,32 FILE                      one YOLO-World: side, classes baked in (0 = as an input), width

Needs: numpy, onnx.
"""

import argparse
import json
import pathlib
import struct

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

SEED = 7
OPSET = 17
IR_VERSION = 8
EPSILON = 1e-5

# CLIP's normalisation, of values in [0, 1].
CLIP_MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
CLIP_STD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)

STRIDES = (8, 16, 32)
DISTANCES = 16  # bins of a box's side, from which DFL takes the expectation
CLASSES = ("cat", "dog", "mug")
LEAST_SCORE, MAX_OVERLAP, MOST = 0.1, 0.6, 50


class Graph:
    """Collects nodes and weights. Weights are float32, or float16 as half-precision exports have them."""

    def __init__(self, half=False):
        self.dtype = np.float16 if half else np.float32
        self.nodes, self.weights = [], []

    @property
    def element(self):
        return TensorProto.FLOAT16 if self.dtype == np.float16 else TensorProto.FLOAT

    def constant(self, value):
        value = np.asarray(value)
        if value.dtype != np.int64:
            value = value.astype(self.dtype)
        name = f"weight{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(value, name))
        return name

    def op(self, kind, *inputs, outputs=None, **attributes):
        inputs = [x if isinstance(x, str) else self.constant(x) for x in inputs]
        outputs = outputs or [f"value{len(self.nodes)}"]
        self.nodes.append(helper.make_node(kind, inputs, outputs, **attributes))
        return outputs[0]

    def input(self, name, shape):
        return helper.make_tensor_value_info(name, self.element, shape)

    def model(self, name, inputs, outputs):
        graph = helper.make_graph(self.nodes, name, inputs, outputs, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION,
                                  producer_name="rap")
        if model.ByteSize() < 2**30:
            checker.check_model(model)
        return model


def picture(side):
    """A picture [side, side, 3] that a test can make too."""
    y, x, c = np.meshgrid(np.arange(side), np.arange(side), np.arange(3), indexing="ij")
    return ((7 * x + 13 * y + 31 * c + x * y) % 256).astype(np.float32)


def planes(pixels, mean, std):
    return ((pixels / 255.0 - mean) / std).transpose(2, 0, 1)[None].astype(np.float32)


# --- CLIP ----------------------------------------------------------------------


class Clip:
    """The vision tower of CLIP (Radford et al., arXiv 2103.00020): patches and a class token with position
    embeddings, layer norm before everything, blocks with quick GELU, layer norm of the class token at the end."""

    def __init__(self, side, patch, width, heads, blocks):
        self.side, self.patch, self.width, self.heads = side, patch, width, heads
        random = np.random.default_rng(SEED)

        def normal(*shape, fan=None):
            return (random.standard_normal(shape, np.float32) / np.float32(np.sqrt(fan or shape[-1]))).astype(np.float32)

        def layer_norm():
            return 1 + 0.1 * normal(width, fan=1), 0.1 * normal(width, fan=1)

        def linear(rows, columns):
            return normal(columns, rows, fan=columns), 0.1 * normal(rows, fan=1)

        self.patches = normal(width, 3, patch, patch, fan=3 * patch * patch)
        self.class_token = normal(width, fan=4)
        self.positions = normal((side // patch) ** 2 + 1, width, fan=4)
        self.before, self.after = layer_norm(), layer_norm()
        self.blocks = [
            {"norm1": layer_norm(), "q": linear(width, width), "k": linear(width, width), "v": linear(width, width),
             "out": linear(width, width), "norm2": layer_norm(), "up": linear(4 * width, width),
             "down": linear(width, 4 * width)}
            for _ in range(blocks)
        ]

    def onnx(self, half=False):
        g = Graph(half)
        head = self.width // self.heads
        count = len(self.positions)

        def norm(x, weights):
            return g.op("LayerNormalization", x, weights[0], weights[1], epsilon=EPSILON)

        def linear(x, weights):
            return g.op("Add", g.op("MatMul", x, weights[0]), weights[1])

        def split(x, order):
            return g.op("Transpose", g.op("Reshape", x, np.array([0, 0, self.heads, head])), perm=order)

        x = g.op("Conv", "pixel_values", self.patches, strides=[self.patch] * 2)
        x = g.op("Transpose", g.op("Reshape", x, np.array([0, 0, -1])), perm=[0, 2, 1])
        token = g.op("Expand", self.class_token[None, None],
                     g.op("Concat", g.op("Slice", g.op("Shape", x), np.array([0]), np.array([1])),
                          np.array([1, self.width]), axis=0))
        x = norm(g.op("Add", g.op("Concat", token, x, axis=1), self.positions[None]), self.before)
        for block in self.blocks:
            y = norm(x, block["norm1"])
            q = g.op("Mul", split(linear(y, block["q"]), [0, 2, 1, 3]), np.float32(head**-0.5))
            scores = g.op("Softmax", g.op("MatMul", q, split(linear(y, block["k"]), [0, 2, 3, 1])), axis=-1)
            y = g.op("MatMul", scores, split(linear(y, block["v"]), [0, 2, 1, 3]))
            y = g.op("Reshape", g.op("Transpose", y, perm=[0, 2, 1, 3]), np.array([0, 0, self.width]))
            x = g.op("Add", x, linear(y, block["out"]))
            y = linear(norm(x, block["norm2"]), block["up"])
            y = g.op("Mul", y, g.op("Sigmoid", g.op("Mul", y, np.float32(1.702))))
            x = g.op("Add", x, linear(y, block["down"]))
        g.op("Identity", x, outputs=["last_hidden_state"])
        token = g.op("Gather", x, np.array(0, np.int64), axis=1)
        g.op("LayerNormalization", token, *self.after, epsilon=EPSILON, outputs=["pooler_output"])
        return g.model("clip-vision", [g.input("pixel_values", ["batch", 3, "height", "width"])],
                       [g.input("last_hidden_state", ["batch", count, self.width]),
                        g.input("pooler_output", ["batch", self.width])])

    def hidden_states(self, image):
        """The tower in numpy: tokens [1 + cells, width] of planes [1, 3, side, side]."""

        def norm(x, weights):
            centred = x - x.mean(-1, keepdims=True)
            return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + EPSILON) * weights[0] + weights[1]

        def linear(x, weights):
            return x @ weights[0] + weights[1]

        cells, patch, head = self.side // self.patch, self.patch, self.width // self.heads
        tiles = image[0].reshape(3, cells, patch, cells, patch).transpose(1, 3, 0, 2, 4).reshape(cells * cells, -1)
        x = np.vstack([self.class_token, tiles.astype(np.float64) @ self.patches.reshape(self.width, -1).T])
        x = norm(x + self.positions, self.before)
        for block in self.blocks:
            y = norm(x, block["norm1"])
            q, k, v = (linear(y, block[name]).reshape(-1, self.heads, head).transpose(1, 0, 2) for name in "qkv")
            scores = q @ k.transpose(0, 2, 1) / np.sqrt(head)
            scores = np.exp(scores - scores.max(-1, keepdims=True))
            scores /= scores.sum(-1, keepdims=True)
            x = x + linear((scores @ v).transpose(1, 0, 2).reshape(-1, self.width), block["out"])
            y = linear(norm(x, block["norm2"]), block["up"])
            x = x + linear(y / (1 + np.exp(-1.702 * y)), block["down"])
        return x


# --- YOLO-World ------------------------------------------------------------------


class YoloWorld:
    """A thin trunk under the true head of YOLOv8 and YOLO-World (Cheng et al., arXiv 2401.17270): at strides 8, 16
    and 32, distances as distributions (DFL) and, as class scores, the sigmoid of a scaled product with embeddings of
    the classes. One output, [1, 4 + classes, cells]: centre x, centre y, width and height in pixels, then scores."""

    def __init__(self, side, width, dimensions):
        self.side, self.width, self.dimensions = side, width, dimensions
        self.random = np.random.default_rng(SEED)

    def embeddings(self, count):
        rows = np.random.default_rng(SEED + 1).standard_normal((count, self.dimensions)).astype(np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def onnx(self, classes):
        """`classes` embeddings are part of the graph; with 0 they are its second input."""
        g = Graph()
        text = g.constant(self.embeddings(classes)[None]) if classes else "texts"

        near = np.tile(np.float32(-0.8) * np.arange(DISTANCES, dtype=np.float32), 4)  # most things are not huge

        def conv(x, rows, columns, kernel, stride=1, active=True, bias=0.0):
            weight = self.random.standard_normal((rows, columns, kernel, kernel), np.float32)
            weight *= np.float32((2.0 if active else 9.0) / np.sqrt(columns * kernel * kernel))
            y = g.op("Conv", x, weight, np.zeros(rows, np.float32) + bias, strides=[stride] * 2, pads=[kernel // 2] * 4)
            return g.op("Mul", y, g.op("Sigmoid", y)) if active else y

        x = conv("images", self.width, 3, 3, 2)
        x = conv(x, self.width, self.width, 3, 2)
        boxes, scores = [], []
        for stride in STRIDES:
            x = conv(x, self.width, self.width, 3, 2)
            distances = conv(x, 4 * DISTANCES, self.width, 1, active=False, bias=near)
            boxes.append(self._boxes(g, distances, stride))
            scores.append(self._scores(g, conv(x, self.dimensions, self.width, 1, active=False), text))
        g.op("Concat", g.op("Concat", *boxes, axis=2), g.op("Concat", *scores, axis=2), axis=1, outputs=["output0"])
        inputs = [g.input("images", [1, 3, self.side, self.side])]
        if not classes:
            inputs.append(g.input("texts", [1, "classes", self.dimensions]))
        rows = 4 + classes if classes else "rows"
        cells = sum((self.side // stride) ** 2 for stride in STRIDES)
        return g.model("yolo-world", inputs, [g.input("output0", [1, rows, cells])])

    def _boxes(self, g, distances, stride):
        """Distances to the four sides, in cells, become boxes in pixels."""
        cells = self.side // stride
        bins = g.op("Softmax", g.op("Reshape", distances, np.array([1, 4, DISTANCES, cells * cells])), axis=2)
        sides = g.op("ReduceSum", g.op("Mul", bins, np.arange(DISTANCES, dtype=np.float32).reshape(1, 1, -1, 1)),
                     np.array([2]), keepdims=0)
        centres = np.stack(np.meshgrid(np.arange(cells) + 0.5, np.arange(cells) + 0.5)).reshape(1, 2, -1)
        first = g.op("Slice", sides, np.array([0]), np.array([2]), np.array([1]))
        second = g.op("Slice", sides, np.array([2]), np.array([4]), np.array([1]))
        middle = g.op("Add", centres, g.op("Mul", g.op("Sub", second, first), np.float32(0.5)))
        return g.op("Mul", g.op("Concat", middle, g.op("Add", first, second), axis=1), np.float32(stride))

    def _scores(self, g, x, text):
        flat = g.op("Reshape", x, np.array([1, self.dimensions, -1]))
        unit = g.op("LpNormalization", flat, axis=1, p=2)
        scale = np.float32(4.0 * np.sqrt(self.dimensions / 12))  # random directions are the less alike the more there are
        return g.op("Sigmoid", g.op("Add", g.op("Mul", g.op("MatMul", text, unit), scale), np.float32(-3.0)))


def overlap(a, b):
    inside = np.maximum(0, np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]))
    area = inside[0] * inside[1]
    return area / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - area)


def detections(output, side):
    """Boxes (left, top, right, bottom in parts), scores and classes after suppression, best first."""
    rows = output[0].T.astype(np.float64)
    found = []
    for row in rows[np.argsort(-rows[:, 4:].max(1), kind="stable")]:
        score, name = row[4:].max(), CLASSES[int(row[4:].argmax())]
        corners = np.array([row[0] - row[2] / 2, row[1] - row[3] / 2, row[0] + row[2] / 2, row[1] + row[3] / 2])
        corners = np.clip(corners / side, 0, 1)
        if score < LEAST_SCORE or len(found) == MOST:
            break
        if all(overlap(corners, np.array(other["corners"])) <= MAX_OVERLAP for other in found):
            found.append({"corners": corners.tolist(), "score": score, "name": name})
    return found


def write_safetensors(file, tensors):
    header, data = {}, b""
    for name, values in tensors.items():
        encoded = values.astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [len(data), len(data) + len(encoded)]}
        data += encoded
    text = json.dumps(header).encode()
    file.write_bytes(struct.pack("<Q", len(text)) + text + data)


# --- graphs that show what enters them -------------------------------------------


def pixels():
    """An encoder whose map is its input."""
    g = Graph()
    g.op("Identity", "image", outputs=["map"])
    shape = ["batch", 3, "height", "width"]
    return g.model("pixels", [g.input("image", shape)], [g.input("map", shape)])


def finder(width, height):
    """A detector that finds the one red thing: [1, 1, 6], end to end."""
    g = Graph()

    def channel(index):
        return g.op("Slice", "images", np.array([index]), np.array([index + 1]), np.array([1]))

    excess = g.op("Sub", channel(0), g.op("Max", channel(1), channel(2)))
    red = g.op("Cast", g.op("Greater", excess, np.float32(0.5)), to=TensorProto.FLOAT)
    edges = []
    for axis in (3, 2):
        other = 2 if axis == 3 else 3
        line = g.op("ReduceMax", red, axes=[1, other], keepdims=0)
        first = g.op("ArgMax", line, axis=1, keepdims=1)
        last = g.op("ArgMax", line, axis=1, keepdims=1, select_last_index=1)
        edges.append((g.op("Cast", first, to=TensorProto.FLOAT),
                      g.op("Add", g.op("Cast", last, to=TensorProto.FLOAT), np.float32(1))))
    score = g.op("ReduceMax", red, axes=[2, 3], keepdims=0)
    row = g.op("Concat", edges[0][0], edges[1][0], edges[0][1], edges[1][1], score, np.zeros((1, 1)), axis=1)
    g.op("Unsqueeze", row, np.array([1]), outputs=["boxes"])
    return g.model("finder", [g.input("images", [1, 3, height, width])], [g.input("boxes", [1, 1, 6])])


def planted(side, rows):
    """A detector that always gives the same boxes, [1, N, 6]."""
    g = Graph()
    nothing = g.op("Mul", g.op("ReduceMean", "images", axes=[1, 2, 3], keepdims=0), np.float32(0))
    g.op("Add", g.op("Reshape", nothing, np.array([1, 1, 1])), np.array([rows], np.float32), outputs=["boxes"])
    return g.model("planted", [g.input("images", [1, 3, side, side])], [g.input("boxes", [1, len(rows), 6])])


def write(model, file):
    file.write_bytes(model.SerializeToString(deterministic=True))
    print(f"{file.name}: {file.stat().st_size} bytes")


def write_small(folder):
    clip = Clip(side=56, patch=14, width=24, heads=3, blocks=2)
    write(clip.onnx(), folder / "tiny-clip.onnx")
    write(clip.onnx(half=True), folder / "tiny-clip-half.onnx")
    image = planes(picture(56), CLIP_MEAN, CLIP_STD)
    tokens = clip.hidden_states(image)

    yolo = YoloWorld(side=64, width=8, dimensions=12)
    write(yolo.onnx(len(CLASSES)), folder / "tiny-yolo-world.onnx")
    (folder / "tiny-yolo-world.txt").write_text("".join(name.capitalize() + "\n" for name in CLASSES))
    write(YoloWorld(side=64, width=8, dimensions=12).onnx(0), folder / "tiny-yolo-world-open.onnx")
    write_safetensors(folder / "tiny-yolo-world-open.safetensors",
                      dict(zip(CLASSES, yolo.embeddings(len(CLASSES)))))
    (output,) = ReferenceEvaluator(YoloWorld(side=64, width=8, dimensions=12).onnx(len(CLASSES))).run(
        None, {"images": planes(picture(64), 0.0, 1.0)})
    found = detections(output, 64)
    assert 5 <= len(found) < MOST, len(found)

    write(pixels(), folder / "pixels.onnx")
    write(finder(160, 96), folder / "finder.onnx")
    write(planted(64, [[48, 48, 60, 60, 0.9, 0], [1, 1, 9, 9, 0.3, 1]]), folder / "planted.onnx")
    reference = {"clip": tokens[1:].round(5).tolist(), "yolo": found}
    (folder / "reference.json").write_text(json.dumps(reference, separators=(",", ":")) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    numbers = lambda text: [int(part) for part in text.split(",")]
    parser.add_argument("--clip", type=numbers)
    parser.add_argument("--yolo", type=numbers)
    parser.add_argument("--half", action="store_true")
    parser.add_argument("out", type=pathlib.Path)
    arguments = parser.parse_args()
    if arguments.clip:
        write(Clip(*arguments.clip).onnx(arguments.half), arguments.out)
    elif arguments.yolo:
        side, classes, width = arguments.yolo
        write(YoloWorld(side, width, 512).onnx(classes), arguments.out)
    else:
        write_small(arguments.out)


if __name__ == "__main__":
    main()
