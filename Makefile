# `make run` opens the window, `make test` checks everything; each sets itself up first.
PY := .venv/bin/python

.PHONY: help run test check format bench bench-app hostile soak screenshots translations package package-test clean

help:
	@echo "make run          open the window with the guide model"
	@echo "make test         format, lint, types, layers, tests: what CI runs"
	@echo "make format       let ruff format and fix what it can"
	@echo "make bench        the engine beside llama.cpp and transformers: one table (alone on the machine)"
	@echo "make bench-app    how fast the window, the filter, the library and the rest are"
	@echo "make hostile      thirteen thousand hostile model files beside a ticking event loop"
	@echo "make soak         the filter's 100,000 cases, two million words, and faults put in on purpose"
	@echo "make screenshots  make the pictures of the README again"
	@echo "make translations bring the translations up to date, and tell what is missing"
	@echo "make package      a .deb and a portable archive in dist/"
	@echo "make package-test both proven in a minimal Debian 12 without a network (as root, with debootstrap)"
	@echo "make clean        remove the virtual environment and what tools left"

run:
	@packaging/setup.sh run
	@$(PY) -m desktop_llm

test:
	@packaging/setup.sh test
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	.venv/bin/lint-imports
	packaging/with-screen.sh $(PY) -m pytest

format:
	@packaging/setup.sh test
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

bench:
	@packaging/setup.sh test
	$(PY) tests/benchmarks/bench_engine.py

bench-app:
	@packaging/setup.sh test
	@for file in $(filter-out %/bench_engine.py,$(wildcard tests/benchmarks/bench_*.py)); do \
		echo "== $$file"; packaging/with-screen.sh $(PY) $$file || exit 1; done

hostile:
	@packaging/setup.sh test
	$(PY) tests/benchmarks/hostile_files.py

soak:
	@packaging/setup.sh test
	SOAK_CASES=25000 packaging/with-screen.sh $(PY) -m pytest -q -s -o faulthandler_timeout=0 tests/safety/test_equivalence.py tests/safety/test_evasions.py tests/safety/test_sinks.py
	$(PY) tests/safety/mutants.py

screenshots:
	@packaging/setup.sh test
	packaging/with-screen.sh $(PY) resources/screenshots/make.py

translations:
	@packaging/setup.sh test
	@$(PY) packaging/translations.py

package:
	python3 packaging/build.py

package-test:
	sh packaging/prove/deb.sh
	sh packaging/prove/portable.sh

clean:
	rm -rf .venv .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist
