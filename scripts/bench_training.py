#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares a training step with PyTorch's: the same base, batch and optimiser, by turns.

    scripts/bench_training.py BUILD_DIR BASE.gguf [PYTHON_WITH_TORCH]

First both must compute the same loss. Prints samples a second of both and the ratio with its
spread. Without a Python that has torch only rap's figure is printed.
"""

import pathlib
import statistics
import subprocess
import sys
import tempfile

SAMPLES = 16
ROUNDS = 3
STEPS = 4  # the first of each round warms up


def seconds(command):
    """(first loss, seconds of each step but the first)."""
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        raise RuntimeError(finished.stderr.strip().splitlines()[-1])
    loss, *steps = [float(line) for line in finished.stdout.split()]
    return loss, steps[1:]


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    program, base = str(pathlib.Path(sys.argv[1]) / "bin" / "train_bench"), sys.argv[2]
    python = sys.argv[3] if len(sys.argv) == 4 else "/usr/bin/python3"
    ours, theirs, ratios = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        weights = f"{folder}/weights.safetensors"
        subprocess.run([program, base, "weights", weights], check=True)
        peer = [python, str(pathlib.Path(__file__).with_name("torch_peer.py")), weights, str(STEPS)]
        has_peer = subprocess.run([python, "-c", "import torch"], capture_output=True, check=False).returncode == 0
        for turn in range(ROUNDS):
            runs = {}
            order = ["ours", "theirs"] if turn % 2 == 0 else ["theirs", "ours"]
            for who in order if has_peer else ["ours"]:
                runs[who] = seconds([program, base, "steps", str(STEPS)] if who == "ours" else peer)
            if has_peer:
                losses = [runs[who][0] for who in ("ours", "theirs")]
                if abs(losses[0] - losses[1]) > 0.02 * losses[1]:
                    sys.exit(f"the losses differ, so the work does: {losses}")
                theirs += [SAMPLES / value for value in runs["theirs"][1]]
                ratios.append(statistics.median(runs["theirs"][1]) / statistics.median(runs["ours"][1]))
            ours += [SAMPLES / value for value in runs["ours"][1]]
    spread = lambda values: f"{statistics.median(values):.2f}  ({min(values):.2f} - {max(values):.2f})"
    print(f"rap train       {spread(ours)} samples/s")
    if theirs:
        print(f"PyTorch         {spread(theirs)} samples/s")
        print(f"rap / PyTorch   {spread(ratios)}")


if __name__ == "__main__":
    main()
