#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the code to docs/ARCHITECTURE.md.

includes SOURCE_DIR            rooms include only the rooms below them, third parties stay in theirs
headers  SOURCE_DIR COMPILER   every public header compiles alone and includes std headers only
symbols  LIBRARY...            no room prints, exits or aborts
"""

import pathlib
import re
import subprocess
import sys
import tempfile

# Which rooms' headers a room may include, besides its own and the public ones.
ROOMS = {
    "core": set(),
    "json": {"core"},
    "image": {"core"},
    "memory": {"core", "image"},
    "vision": {"core", "image"},
    "retrieval": {"core", "vision"},
    "generation": {"core", "vision"},
    "assistant": {"core", "image", "retrieval", "generation"},
    "app": {"core", "image", "memory", "vision", "retrieval", "generation", "assistant"},
    "dataset": {"core", "image", "vision", "retrieval"},
    "training": {"core", "image", "generation", "dataset"},
    "evaluation": {"core", "image", "retrieval", "app", "dataset"},
    "server": {"core", "json", "image", "app"},
    "cli": {"core", "json", "image", "app", "dataset", "training", "evaluation", "server"},
}

# Third-party headers and the only folders of src/ that may include them.
THIRD_PARTY = {
    r"vips/": {"image"},
    r"sqlite3\.h": {"memory/sqlite"},
    r"openvino/": {"vision"},
    r"dlib/": {"vision"},
    r"(llama|mtmd|mtmd-helper)\.h": {"generation/llama"},
    r"(ggml.*|gguf)\.h": {"generation/llama", "training/formats"},
    r"(torch|ATen|c10)/": {"training"},
    r"toml\+\+/": {"dataset", "training"},
    r"httplib\.h": {"generation/openai", "server"},
    r"openssl/": {"core"},
    r"utf8proc\.h": {"core", "cli"},
    r"CLI/": {"cli"},
    r"spdlog/": {"cli", "server"},
    r"prometheus/": {"server"},
    r"archive": {"server"},
    r"fmt/": {"cli", "server"},
}

# Calls that end the process or write to its streams. Standard library templates bring in some of
# the stream machinery without printing, so only the objects and C functions themselves count.
BANNED_SYMBOLS = re.compile(
    r"\b(exit|_exit|_Exit|quick_exit|abort|printf|puts|putchar|perror|std::cout|std::cerr|std::clog)$"
)

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


def includes_of(file: pathlib.Path) -> list[str]:
    return INCLUDE.findall(file.read_text(encoding="utf-8"))


def check_includes(source_dir: pathlib.Path) -> list[str]:
    problems = []
    src = source_dir / "src"
    for file in sorted(src.rglob("*.[hc]*")):
        if file.suffix not in {".h", ".cc"}:
            continue
        relative = file.relative_to(src)
        room = relative.parts[0]
        if room not in ROOMS:
            problems.append(f"{relative}: '{room}' is not a room of the design")
            continue
        for header in includes_of(file):
            target = header.split("/")[0] if "/" in header else None
            if target in ROOMS and target != room and target not in ROOMS[room]:
                problems.append(f"{relative}: room {room} must not include {header}")
            for pattern, homes in THIRD_PARTY.items():
                if re.match(pattern, header) and not any(str(relative).startswith(home + "/") for home in homes):
                    problems.append(f"{relative}: {header} belongs to {', '.join(sorted(homes))}")
    return problems


def check_headers(source_dir: pathlib.Path, compiler: str) -> list[str]:
    problems = []
    include = source_dir / "include"
    for header in sorted((include / "rap").glob("*.h")):
        for name in includes_of(header):
            is_std = re.fullmatch(r"[a-z_]+", name) is not None
            if not is_std and not name.startswith("rap/"):
                problems.append(f"{header.name}: public headers include std headers only, not {name}")
        with tempfile.NamedTemporaryFile("w", suffix=".cc") as unit:
            unit.write(f'#include "rap/{header.name}"\n#include "rap/{header.name}"\n')
            unit.flush()
            command = [compiler, "-std=c++20", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", f"-I{include}", unit.name]
            run = subprocess.run(command, capture_output=True, text=True, check=False)
            if run.returncode != 0:
                problems.append(f"{header.name} does not compile alone:\n{run.stderr}")
    return problems


def check_symbols(libraries: list[str]) -> list[str]:
    problems = []
    for library in libraries:
        command = ["nm", "--demangle", "--undefined-only", library]
        listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        for line in listing.splitlines():
            symbol = line.split(" U ")[-1].split("@")[0].strip()
            if BANNED_SYMBOLS.search(symbol) and "(" not in symbol:
                problems.append(f"{pathlib.Path(library).name} uses {symbol}")
    return problems


def main(arguments: list[str]) -> int:
    if arguments[0] == "includes":
        problems = check_includes(pathlib.Path(arguments[1]))
    elif arguments[0] == "headers":
        problems = check_headers(pathlib.Path(arguments[1]), arguments[2])
    elif arguments[0] == "symbols":
        problems = check_symbols(arguments[1:])
    else:
        raise SystemExit(__doc__)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
