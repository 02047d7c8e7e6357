# Everything that is done here, and everything that CI does, is a target of this file. `make help` lists them.
# Nothing has to be installed first but Python 3.13 (found by itself, or VAXCERT_PYTHON=…): the tools come with uv.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PORT ?= 4580
PLATFORM_PORT ?=
PAGE_PORT ?=
PARAMS ?=
DETACH ?=
FRESH ?=
STORY ?= 1
DIR ?=
TESTS ?=
PYTEST_ARGS ?=
BENCH ?=
ENV ?= dev
ARCHITECTURE ?=
UPGRADE ?=
ROOMS ?= identity grants
SAMPLE ?= 20
SEED ?= 1

PYTHON := .venv/bin/python
VENV := .venv/bin
SAM := .local/venvs/sam/bin/sam
UV := .local/bin/uv
LEFT_OUT := .local/left-out
FIGURES := .local/figures
# Each part's lines stay together, where this make can do that.
TOGETHER := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
export SAM_CLI_TELEMETRY := 0
export PYTHONUTF8 := 1
# Where a machine forbids bytecode, each process compiles all that it imports: half of the time of a run.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo '  e.g. make run PARAMS="ObservationSeconds=5" PORT=4700 DETACH=1 FRESH=1, make test TESTS=tests/unit, make deploy ENV=prod'

# ---- the local stack

.PHONY: run
run: tools ## the whole product on this machine, until Ctrl-C (DETACH=1: leave it up; FRESH=1: start empty; STORY=0; PARAMS, PORT)
	@$(PYTHON) -m local up --port $(PORT) $(if $(PLATFORM_PORT),--platform-port $(PLATFORM_PORT)) \
	  $(if $(PAGE_PORT),--page-port $(PAGE_PORT)) \
	  --params '$(PARAMS)' $(if $(FRESH),--fresh) $(if $(DETACH),--detach) $(if $(filter 0,$(STORY)),--no-story)

.PHONY: stop
stop: dev ## end what `make run` started; its state stays
	@$(PYTHON) -m local down

.PHONY: feed
feed: dev ## drop a feed on the running stack and run the night (DIR=…)
	@$(if $(DIR),,echo 'Which feed? make feed DIR=…' >&2; exit 2)
	@$(PYTHON) -m local feed '$(DIR)'

# ---- checks

.PHONY: test
test: tools libraries ## every test (TESTS=tests/unit for some, PYTEST_ARGS for more); the last line says what was left out
ifneq ($(TESTS),)
	$(PYTHON) -m pytest $(TESTS) $(PYTEST_ARGS)
else
	@rm -f $(LEFT_OUT)
	@# What stands on a stack waits more than it works: it comes first, and the tests without one fill in.
	@failed=0; \
	VAXCERT_LEFT_OUT=$(CURDIR)/$(LEFT_OUT) $(MAKE) --no-print-directory --keep-going --jobs=6 $(TOGETHER) \
	  lane-browser lane-desks lane-stack lane-faults lane-rules lane-pages || failed=1; \
	if [ -s $(LEFT_OUT) ]; then cat $(LEFT_OUT); fi; \
	exit $$failed
endif

# The six parts of `make test`. Each has a stack, an emulator or nothing of its own; the stack's tests race against each other on purpose only.
# Browsers are two parts, families' and clinics', or the one would go on alone when all the others are done. The longest part goes first.
# Tests without a stack are two parts too, of about the same work: each process collects its own files only, and nobody hands out tests.
# What is in no list, a new folder of tests, is in lane-faults.
RULES := $(addprefix tests/,unit architecture hostile integration stateful town)
DESKS := $(wildcard tests/browser/test_check*.py tests/browser/test_desk*.py tests/browser/test_morning.py)
.PHONY: lane-browser lane-desks lane-stack lane-faults lane-rules lane-pages built begun
lane-browser: begun
	@nice -n 5 $(PYTHON) -m pytest tests/browser $(addprefix --ignore=,$(DESKS)) $(PYTEST_ARGS) || [ $$? = 5 ]
lane-desks: begun
	@nice -n 5 $(PYTHON) -m pytest $(DESKS) $(PYTEST_ARGS) || [ $$? = 5 ]
lane-stack: begun
	@$(PYTHON) -m pytest tests/stack $(PYTEST_ARGS) || [ $$? = 5 ]
lane-faults:
	@nice -n 10 $(PYTHON) -m pytest tests $(addprefix --ignore=,tests/stack tests/browser $(RULES)) $(PYTEST_ARGS) || [ $$? = 5 ]
lane-rules:
	@nice -n 10 $(PYTHON) -m pytest $(RULES) $(PYTEST_ARGS) || [ $$? = 5 ]
lane-pages: built
	@nice -n 10 $(PYTHON) -m tools.web test
# Before them: no test's own time is spent on it.
built:
	@$(PYTHON) -c 'from tools.build import build; build()'
begun: built
	@$(PYTHON) -c 'from tests.stack.conftest import begin; begin()'

.PHONY: prove
prove: tools libraries ## every test with all that it can try, in two hours, and the figures of it at the end (TESTS=tests/faults for some)
	@rm -f $(LEFT_OUT); : > $(FIGURES)
	@failed=0; export VAXCERT_PROVE=$${VAXCERT_PROVE:-1} VAXCERT_FIGURES=$(CURDIR)/$(FIGURES) VAXCERT_LEFT_OUT=$(CURDIR)/$(LEFT_OUT); \
	$(MAKE) --no-print-directory --keep-going --jobs=2 prove-waiting prove-working || failed=1; \
	echo "== figures ($(FIGURES))"; cat $(FIGURES); \
	exit $$failed

# Its two halves: what waits for a stack, an emulator or a browser, and what only works. Each part is a process of its own, or two.
WAITING := tests/browser tests/stack tests/races
WORKING := $(addprefix tests/,architecture unit hostile contract integration stateful town faults)
WAITED := $(if $(TESTS),$(filter $(addsuffix %,$(WAITING)),$(TESTS)),$(WAITING))
.PHONY: prove-waiting prove-working
prove-waiting: $(if $(WAITED),begun)
	@failed=0; for part in $(WAITED); do \
	  $(PYTHON) -m pytest $$part $(PYTEST_ARGS) || failed=1; \
	done; \
	for drill in $(if $(TESTS),,tests/stack/test_scans_http.py tests/stack/test_restore.py); do \
	  VAXCERT_DRILL=1 $(PYTHON) -m pytest $$drill -k drill $(PYTEST_ARGS) || failed=1; \
	done; exit $$failed
prove-working:
	@failed=0; for part in $(if $(TESTS),$(filter-out $(addsuffix %,$(WAITING)),$(TESTS)),$(WORKING)); do \
	  nice -n 5 $(PYTHON) -m pytest $$part -n auto $(PYTEST_ARGS) || failed=1; \
	done; exit $$failed

.PHONY: test-fast
test-fast: dev ## the tests that need no stack
	$(PYTHON) -m pytest $(or $(TESTS),tests) --ignore tests/stack --ignore tests/browser -n auto $(PYTEST_ARGS)

.PHONY: coverage
coverage: dev ## which lines and branches the tests without a stack reach, as information (TESTS=tests/unit for some)
	$(PYTHON) -m pytest $(or $(TESTS),tests) --ignore tests/stack --ignore tests/browser -n auto --cov --cov-report=term:skip-covered $(PYTEST_ARGS)

.PHONY: mutants
mutants: dev ## change one thing of the product at a time and see whether a test notices (ROOMS="identity grants", SAMPLE, SEED)
	$(PYTHON) -m tools.mutants $(ROOMS) --sample $(SAMPLE) --seed $(SEED)

.PHONY: lint
lint: dev sam-tool ## style, types, rooms, template, pages, generated documents, locks
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy layers/vaxcert/python/vaxcert functions local tools reference tests
	$(VENV)/lint-imports
	$(VENV)/cfn-lint --regions cn-north-1 cn-northwest-1 -- template.yaml replica.yaml
	AWS_DEFAULT_REGION=cn-north-1 $(SAM) validate --lint --template template.yaml
	$(PYTHON) -m tools.defaults --check
	$(PYTHON) -m tools.api_document --check
	$(PYTHON) -m tools.reference --check
	$(PYTHON) -m tools.requirements_table --check
	$(PYTHON) -m tools.texts --check
	$(PYTHON) -m tools.web lint
	tools/check_locks.sh

.PHONY: audit
audit: dev ## ask checkov about the templates; fails at what tools/audit.py has no argument for
	@tools/bootstrap.sh checkov
	$(PYTHON) -m tools.audit

.PHONY: format
format: dev ## let ruff mend what it can
	$(VENV)/ruff check --fix-only --quiet .
	$(VENV)/ruff format --quiet .

.PHONY: docs
docs: dev ## write anew what is generated of the documents: the API's, the reference, the requirements
	$(PYTHON) -m tools.defaults
	$(PYTHON) -m tools.api_document
	$(PYTHON) -m tools.reference
	$(PYTHON) -m tools.requirements_table
	$(PYTHON) -m tools.texts

.PHONY: bench
bench: tools ## measure and write docs/performance.md (BENCH=cold_start for one of bench/)
	@tools/bootstrap.sh bench
	@for name in $(or $(BENCH),$(filter-out __init__ __main__ second_paper report capacity operations prices,$(basename $(notdir $(wildcard bench/*.py))))); do \
	  echo "== $$name"; $(PYTHON) -m bench.$$name; \
	done
	@$(PYTHON) -m bench.report

# ---- AWS

.PHONY: build
build: dev sam-tool ## sam build for AWS (ENV=… of samconfig.toml)
	$(PYTHON) -m tools.build --environment $(ENV) $(if $(ARCHITECTURE),--architecture $(ARCHITECTURE))

.PHONY: deploy
deploy: build ## sam deploy (ENV=… of samconfig.toml)
	$(SAM) deploy --config-file $(CURDIR)/.aws-sam/samconfig.toml --config-env $(ENV)

.PHONY: release
release: ## tag the newest version of CHANGELOG.md, on a clean tree that passes lint and test; pushes nothing
	@version=$$(sed -nE 's/^## ([0-9]+\.[0-9]+\.[0-9]+) - [0-9]{4}-[0-9]{2}-[0-9]{2}$$/\1/p' CHANGELOG.md | sed 1q); \
	refuse() { echo "No release: $$*" >&2; exit 1; }; \
	clean() { [ -z "$$(git status --porcelain)" ] || refuse 'the tree has changes; commit them first.'; }; \
	[ -n "$$version" ] || refuse 'CHANGELOG.md has no heading "## <version> - <day>".'; \
	[ -z "$$(sed -n '/^## Unreleased/,/^## [0-9]/p' CHANGELOG.md | grep '^- ')" ] || refuse 'move the lines of "Unreleased" to a version.'; \
	! git rev-parse --quiet --verify "refs/tags/v$$version" >/dev/null || refuse "v$$version is tagged already."; \
	clean; make lint test; clean; \
	[ ! -s $(LEFT_OUT) ] || refuse 'tests were left out.'; \
	git tag --annotate "v$$version" --message "vaxcert $$version"; \
	echo "Tagged v$$version. To publish it: git push origin v$$version"

# ---- tools

.PHONY: tools dev sam-tool libraries
tools:
	@tools/bootstrap.sh dev emulator sam web
dev:
	@tools/bootstrap.sh dev
sam-tool:
	@tools/bootstrap.sh sam
libraries: dev
	@tools/bootstrap.sh libraries

.PHONY: lock
lock: dev ## write the locks anew from requirements/*.in (UPGRADE=1: newest versions)
	@UPGRADE=$(UPGRADE) tools/lock.sh

.PHONY: clean
clean: dev ## stop, and forget all that was built or kept; the tools stay
	@$(PYTHON) -m local down
	rm -rf .aws-sam layers/pages/built web/dist .local/build .local/state .local/logs .local/run .local/tmp .mypy_cache .ruff_cache .pytest_cache .hypothesis
