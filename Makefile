# SPDX-License-Identifier: Apache-2.0
# The two commands of a newcomer: `make demo` and `make test`. The rest is for developers.
BUILD := build
DEPS := $(BUILD)/deps
PRESET ?= release

.PHONY: demo test bench build deps lint format clean

deps:
	@scripts/bootstrap.sh $(DEPS) $(TRAINING)

build: deps
	@cmake --preset $(PRESET) >$(BUILD)/configure.log || { cat $(BUILD)/configure.log; exit 1; }
	@cmake --build --preset $(PRESET) $(if $(TARGET),--target $(TARGET))

demo: TARGET = rap
demo: build
	@python3 scripts/demo.py $(BUILD)/$(PRESET)/bin/rap $(BUILD)/demo

test: TRAINING = --training
test: build
	@scripts/test.sh $(BUILD) $(PRESET)

bench: TRAINING = --training
bench: TARGET = all
bench: build
	@python3 scripts/bench.py $(BUILD)/$(PRESET)
	@python3 scripts/bench_training.py $(BUILD)/$(PRESET) $(DEPS)/models/SmolLM2-135M-Instruct.Q4_1.gguf

lint: TRAINING = --training
lint: build
	@scripts/lint.sh $(BUILD)/$(PRESET)

format:
	@git ls-files '*.h' '*.cc' | xargs clang-format -i

clean:
	rm -rf $(BUILD)
