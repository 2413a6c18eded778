# Two commands: `make demo` (the main job, end to end) and `make test` (everything that CI runs).
# `make demo ARGS=--quick` passes flags on.

ARGS ?=
SWIFT_FLAGS = --explicit-target-dependency-import-check error

ifeq ($(shell uname -s),Darwin)
export PKG_CONFIG_PATH := $(shell brew --prefix openssl@3 2>/dev/null)/lib/pkgconfig:$(shell brew --prefix libpq 2>/dev/null)/lib/pkgconfig:$(PKG_CONFIG_PATH)
endif

.PHONY: demo build test lint bench-noise bench-issue bench-rpc bench-aggregate bench-tools clean

demo: build
	.build/release/tacet demo $(ARGS)

build:
	Scripts/bootstrap
	swift build -c release --product tacet $(SWIFT_FLAGS)

test:
	Scripts/bootstrap --test
	$(MAKE) lint
	swift build --build-tests $(SWIFT_FLAGS)
	TACET_TEST_PYTHON=$(CURDIR)/.tools/python/bin/python swift test --skip-build --no-parallel
	.tools/python/bin/python Scripts/make_noise_tables.py --check
	.tools/python/bin/python Scripts/check_noise_convolution.py
	Scripts/check_kernels
	Scripts/check_noise_statistics
	Scripts/check_constant_time
	.tools/python/bin/python Scripts/check_accountant.py .build/debug/tacet
	Scripts/check_interop .build/debug/tacet
	.tools/training/bin/python Scripts/check_training .build/debug/tacet
	.tools/training/bin/python Scripts/check_aggregation.py .build/debug/tacet
	.tools/python/bin/python Scripts/check_wire .build/debug/tacet

# Ours beside others, in one run. Not part of the tests: the figures belong to the machine.
bench-noise: bench-tools
	.tools/bench/bin/python Benchmarks/noise.py .build/release/tacet $(ARGS)

bench-issue: bench-tools
	.tools/bench/bin/python Benchmarks/issue.py .build/release/tacet $(ARGS)

bench-rpc: bench-tools
	.tools/bench/bin/python Benchmarks/rpc.py .build/release/tacet $(ARGS)

bench-aggregate: build
	Scripts/bootstrap --test
	.tools/training/bin/python Benchmarks/aggregate.py .build/release/tacet $(ARGS)

bench-tools: build
	cmp -s Benchmarks/requirements.txt .tools/bench/requirements.txt || { rm -rf .tools/bench && python3 -m venv .tools/bench \
	  && .tools/bench/bin/python -m pip install --quiet --disable-pip-version-check -r Benchmarks/requirements.txt \
	  && cp Benchmarks/requirements.txt .tools/bench/; }

lint:
	swift format lint --strict --recursive Package.swift Sources Tests
	for script in Scripts/bootstrap Scripts/check_kernels Scripts/check_noise_statistics Scripts/check_constant_time Scripts/check_interop .ci/run; do bash -n $$script || exit 1; done

clean:
	rm -rf .build .tools report
