#!/usr/bin/env python3
"""Makes the composed demo photos in examples/photos/ (composed-*.jpg).

Where the registries hold only one free photo of a thing, the demo needs a second one that it has
not remembered. This script makes it from the committed photos: it cuts the subject out, puts it
on another background, and changes light, scale and angle. Nothing is random, so one Pillow
version always writes the same pictures. CREDITS.md names what each picture is made of.

Needs Pillow only:  python3 scripts/compose_examples.py [--photos examples/photos]
"""

import argparse
from pathlib import Path

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps


def outline(text):
    return [tuple(int(n) for n in point.split(",")) for point in text.split()]


# Outlines of the subjects, in pixels of the committed photos (traced with help of a segmenter).
COLLINS = outline("""
    259,22 255,22 248,18 238,18 237,16 227,16 219,18 214,21 205,21 193,29 191,33 185,38 174,43
    158,56 154,72 155,98 157,104 167,115 170,116 170,121 174,128 182,132 182,147 153,151 140,158
    131,167 127,175 125,202 118,203 116,200 114,200 113,205 110,206 103,215 101,215 90,227
    76,235 62,250 55,262 54,267 50,271 44,282 40,294 39,306 34,315 34,319 27,339 26,366 19,390
    18,416 21,420 24,432 23,460 26,484 30,495 37,502 39,511 283,511 280,497 280,488 282,486
    282,479 280,477 281,437 286,422 292,411 292,405 295,395 301,388 303,388 312,377 314,377
    330,361 333,361 350,353 364,350 363,345 360,344 360,333 362,332 362,330 357,323 356,302
    352,291 352,287 347,282 345,272 340,262 319,243 303,233 299,219 289,203 276,189 256,174
    256,163 264,149 266,137 275,134 290,117 296,107 296,103 300,92 299,72 296,66 296,58 288,43
    276,31 260,24
""")

CHELSEA = outline("""
    41,0 40,11 35,24 35,34 32,40 32,43 34,45 34,60 32,64 32,73 30,75 30,102 11,121 7,122 3,126
    0,126 0,299 309,299 309,271 312,268 313,256 312,241 316,240 315,222 351,182 352,174 357,167
    357,158 362,148 361,113 355,104 355,76 373,55 375,39 377,37 377,28 394,10 399,0
""")

CAMERAMAN = outline("""
    234,75 226,73 219,68 192,69 186,73 172,87 171,90 164,97 164,101 161,106 150,107 140,114
    130,125 116,125 96,132 82,139 68,151 50,175 35,200 20,225 10,240 0,258 0,511 150,511 148,423
    141,391 141,380 149,372 176,338 180,330 189,320 198,295 200,293 207,293 235,309 247,312
    268,302 280,292 288,291 289,312 283,313 283,315 289,320 301,319 302,313 300,312 299,278
    302,274 299,249 306,246 306,234 310,232 310,228 319,218 320,214 323,211 324,201 327,200
    331,194 330,176 327,170 322,167 324,141 318,140 283,142 278,140 258,140 257,131 268,130
    269,128 269,112 255,92 243,80 237,78
""")

COFFEE = outline("""
    262,19 239,25 218,35 205,44 190,59 184,68 180,68 176,71 170,73 168,76 162,79 158,79 147,86
    129,100 112,117 99,134 99,137 94,142 91,150 88,152 88,156 82,170 81,179 79,182 77,192 75,238
    77,243 77,248 81,251 81,254 83,257 83,260 88,273 95,287 107,306 114,315 135,336 138,336
    145,344 169,360 189,370 207,377 231,384 241,385 247,387 261,388 262,389 275,389 276,390
    297,390 298,389 310,389 311,388 332,386 354,380 359,375 369,372 378,367 383,366 385,364
    387,364 398,358 422,341 447,316 455,302 464,290 472,270 475,258 477,240 479,238 479,218
    478,217 477,202 476,199 473,198 471,187 467,175 465,174 465,169 461,165 461,161 451,143
    417,109 417,99 420,93 421,86 423,82 423,75 419,70 413,67 405,67 401,69 392,69 386,61 373,48
    364,41 342,29 325,23 299,18 269,18 268,19
""")


def cut_out(image, points, feather=1.2):
    """The part of image inside the outline, as RGBA with a soft edge."""
    mask = Image.new("L", image.size, 0)
    ImageDraw.Draw(mask).polygon(points, fill=255)
    # One pixel inwards, so that no rim of the old background comes along.
    mask = mask.filter(ImageFilter.MinFilter(3)).filter(ImageFilter.GaussianBlur(feather))
    image = image.convert("RGBA")
    image.putalpha(mask)
    return image


def turn(image, scale, degrees):
    size = (round(image.width * scale), round(image.height * scale))
    return image.resize(size, Image.LANCZOS).rotate(degrees, Image.BICUBIC, expand=True)


def light(image, brightness=1.0, contrast=1.0, colour=1.0, tint=(1.0, 1.0, 1.0)):
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    image = image.convert("RGB")
    image = ImageEnhance.Brightness(image).enhance(brightness)
    image = ImageEnhance.Contrast(image).enhance(contrast)
    image = ImageEnhance.Color(image).enhance(colour)
    bands = [band.point(lambda v, t=t: min(255, round(v * t))) for band, t in zip(image.split(), tint)]
    image = Image.merge("RGB", bands)
    if alpha is not None:
        image.putalpha(alpha)
    return image


def shadow(canvas, piece, at, offset, blur, strength):
    """Darkens the canvas where the piece would throw its shadow."""
    mask = Image.new("L", canvas.size, 0)
    mask.paste(piece.getchannel("A"), (at[0] + offset[0], at[1] + offset[1]))
    mask = mask.filter(ImageFilter.GaussianBlur(blur)).point(lambda v: round(v * strength))
    canvas.paste((12, 8, 6), (0, 0), mask)


def put(canvas, piece, at):
    canvas.paste(piece, at, piece)


def shade(canvas, left, right):
    """Light that grows or falls from left to right."""
    ramp = Image.linear_gradient("L").rotate(90).resize(canvas.size)
    ramp = ramp.point(lambda v: round(left + (right - left) * v / 255))
    dark = Image.new("RGB", canvas.size, (0, 0, 0))
    return Image.composite(canvas, dark, ramp)


def bricks(photo, size, tint, scale):
    image = turn(photo, scale, 0).crop((0, 0, *size))
    return light(image, 1.15, 0.8, 1.0, tint)


def collins(photo):
    canvas = photo["background-pavilion"].crop((230, 100, 640, 408)).resize((600, 450), Image.LANCZOS)
    canvas = canvas.filter(ImageFilter.GaussianBlur(5))
    piece = turn(cut_out(photo["collins"], COLLINS), 1.2, -5)
    piece = light(piece, 0.88, 0.95, 0.85, (0.96, 1.0, 1.06))
    put(canvas, piece, (20, 5))
    return shade(canvas, 205, 255)


def cameraman(photo):
    canvas = bricks(photo["background-bricks"].rotate(90), (620, 460), (1, 1, 1), 1.25)
    canvas = canvas.filter(ImageFilter.GaussianBlur(1.5))
    piece = turn(cut_out(photo["cameraman"], CAMERAMAN), 1.45, -6)
    piece = light(ImageOps.mirror(piece), 1.25, 0.9)
    at = (620 - piece.width + 75, -35)
    shadow(canvas, piece, at, (22, 10), 14, 0.4)
    put(canvas, piece, at)
    return shade(canvas, 255, 190)


def chelsea(photo):
    canvas = photo["background-pavilion"].crop((330, 200, 640, 400)).resize((600, 387), Image.LANCZOS)
    canvas = canvas.filter(ImageFilter.GaussianBlur(9))
    piece = turn(cut_out(photo["chelsea"], CHELSEA), 1.5, 7)
    piece = light(piece, 1.08, 0.95, 0.9, (0.95, 1.02, 1.05))
    put(canvas, piece, (-55, -70))
    return canvas


def coffee(photo):
    canvas = bricks(photo["background-bricks"], (600, 480), (0.80, 0.95, 0.86), 1.3)
    piece = turn(cut_out(photo["coffee"], COFFEE), 0.85, 17)
    piece = light(piece, 1.05, 0.92, 0.85, (0.92, 1.0, 1.1))
    shadow(canvas, piece, (10, -10), (16, 20), 12, 0.65)
    put(canvas, piece, (10, -10))
    return shade(canvas, 255, 200)


def rocket(photo):
    canvas = light(photo["rocket"], 1.9, 0.9, 0.75, (1.15, 1.0, 0.85))
    canvas = canvas.rotate(5, Image.BICUBIC, center=(322, 290))
    return canvas.crop((190, 90, 440, 380)).resize((500, 580), Image.LANCZOS)


def chelsea_and_collins(photo):
    canvas = photo["background-pavilion"].crop((330, 40, 640, 214)).resize((800, 449), Image.LANCZOS)
    canvas = canvas.filter(ImageFilter.GaussianBlur(6))
    person = turn(cut_out(photo["collins"], COLLINS), 1.05, 3)
    person = light(person, 0.95, 0.95, 0.9, (1.05, 1.0, 0.93))
    put(canvas, person, (440, 60))
    cat = turn(cut_out(photo["chelsea"], CHELSEA), 1.62, -3)
    cat = light(cat, 0.97, 1.0, 1.0, (1.05, 1.0, 0.93))
    put(canvas, cat, (-115, -42))
    return canvas


def coffee_and_cookie_box(photo):
    canvas = bricks(photo["background-bricks"].rotate(90), (800, 500), (0.95, 0.78, 0.62), 1.6)
    box = photo["cookie-box"].convert("RGBA")
    box = light(turn(box, 1.0, -14), 1.2, 0.9, 1.0, (1.0, 0.93, 0.80))
    cup = light(turn(cut_out(photo["coffee"], COFFEE), 0.85, -9), 0.95, 0.95)
    for piece, at in ((box, (415, 70)), (cup, (-35, 55))):
        shadow(canvas, piece, at, (10, 14), 9, 0.7)
        put(canvas, piece, at)
    return shade(canvas, 255, 215)


COMPOSED = {
    "composed-collins": collins,
    "composed-cameraman": cameraman,
    "composed-chelsea": chelsea,
    "composed-coffee": coffee,
    "composed-rocket": rocket,
    "composed-chelsea-and-collins": chelsea_and_collins,
    "composed-coffee-and-cookie-box": coffee_and_cookie_box,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(__file__).resolve().parent.parent / "examples" / "photos"
    parser.add_argument("--photos", type=Path, default=default, help="folder to read and write")
    folder = parser.parse_args().photos
    photo = {
        path.stem: Image.open(path).convert("RGB")
        for path in sorted(folder.glob("*.jpg"))
        if not path.stem.startswith("composed-")
    }
    for name, make in COMPOSED.items():
        path = folder / f"{name}.jpg"
        make(photo).convert("RGB").save(path, quality=88, optimize=True)
        print(path)


if __name__ == "__main__":
    main()
