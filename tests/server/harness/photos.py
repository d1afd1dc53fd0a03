# SPDX-License-Identifier: Apache-2.0
"""The photos of examples/, as requests carry them."""

from __future__ import annotations

import base64
import functools
import io
import json
import pathlib

EXAMPLES = pathlib.Path(__file__).resolve().parents[3] / "examples"

# The concepts that the tests' servers know; the photos named here are the stored views.
KNOWN = ("Chelsea", "Eileen Collins", "Rosso")


def read(name: str) -> bytes:
    return (EXAMPLES / "photos" / name).read_bytes()


def encode(photo: bytes) -> str:
    return base64.b64encode(photo).decode()


def data_uri(photo: bytes) -> str:
    return f"data:image/jpeg;base64,{encode(photo)}"


@functools.cache
def unseen(name: str, height: int = 384) -> bytes:
    """A photo that shows the concept but is none of its views: 600 pixels wide, of the height asked for."""
    from PIL import Image  # not all that use this module have Pillow

    stem = {"Chelsea": "chelsea", "Eileen Collins": "collins", "Rosso": "coffee"}[name]
    with Image.open(io.BytesIO(read(f"composed-{stem}.jpg"))) as photo:
        # The woman's face is at the top of her photo, the cat and the cup are in the middle of theirs.
        top = 0 if name == "Eileen Collins" else (photo.height - height) // 2
        cut = photo.crop((0, top, 600, top + height))
    buffer = io.BytesIO()
    cut.save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


def concepts() -> list[dict]:
    """The known concepts of examples/demo.json as bodies of POST /rap/v1/concepts."""
    script = json.loads((EXAMPLES / "demo.json").read_text("utf-8"))
    chosen = []
    for known in script["concepts"]:
        if known["name"] in KNOWN:
            view = {"photo": data_uri((EXAMPLES / known["photo"]).read_bytes()), "box": known["box"]}
            chosen.append({key: known[key] for key in ("name", "category", "info")} | {"views": [view]})
    return chosen
