# Two commands do everything on a fresh Linux machine with python3 (3.11 or later), make and git:
#   make demo    a first run on example data; prints where its report is
#   make test    every test, with all that they need

VENV   := .venv
PYTHON := $(VENV)/bin/python
RUN    := $(VENV)/bin/standout

# small matrix products gain nothing from more threads, and lose much where tests share two processors
export OPENBLAS_NUM_THREADS := 1

.PHONY: demo test check format docs clean

demo: $(VENV)/base
	rm -rf demo && mkdir demo
	$(RUN) example payments demo/payments.csv
	@echo "The first run compiles the kernels, once: allow it half a minute."
	$(RUN) run demo/payments.csv --label fraud --out demo/payments-run
	@echo "Open demo/payments-run/report.html in a browser."

test: $(VENV)/dev check
	scripts/system-packages
	$(PYTHON) -m pytest -n 2 --dist loadfile

# fast: format, lint, types, layers
check: $(VENV)/dev
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(PYTHON) -m pytest -q tests/test_layers.py

format: $(VENV)/dev
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

$(VENV)/base: pyproject.toml constraints.txt scripts/environment
	scripts/environment $(VENV) -e '.'
	touch $@

$(VENV)/dev: pyproject.toml constraints.txt scripts/environment
	scripts/environment $(VENV) -e '.[boost,deep,excel,postgresql,serve,shap,streams]' --group dev
	touch $@ $(VENV)/base

docs: $(VENV)/dev
	$(PYTHON) scripts/reference.py

clean:
	rm -rf $(VENV) demo .mypy_cache .ruff_cache .pytest_cache .hypothesis
