# The commands of this repository. Each installs what it needs and nothing twice.

PYTHON ?= python3
CONFIG ?= conf/gateway.yaml

VENV := .venv
BIN := $(VENV)/bin

# pip with errors only; the locks fix every file by its hash, so nothing is resolved here.
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check --no-input
INSTALL := $(PIP) install --require-hashes --no-deps --only-binary :all:

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:  # the set-up steps share .venv and apt

# $(call debian,PACKAGES,WHAT FOR): installs Debian packages as root, otherwise says what to type.
define debian
	{ if ! command -v apt-get >/dev/null; then \
	    echo '$(2): please install what Debian calls $(1)' >&2; exit 1; \
	  elif [ "$$(id -u)" = 0 ]; then sudo=; \
	  elif sudo -n true 2>/dev/null; then sudo='sudo -n'; \
	  else \
	    echo '$(2). Please run: sudo apt-get install $(1)' >&2; exit 1; \
	  fi; \
	  echo 'installing $(1): $(2)'; \
	  log=$$(mktemp); \
	  { $$sudo apt-get update && $$sudo env DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y --no-install-recommends $(1); } >$$log 2>&1 </dev/null \
	    || { cat $$log >&2; rm -f $$log; exit 1; }; \
	  rm -f $$log; }
endef

# $(call tests,WHICH): pytest; none of them where ARGS names only others is no failure.
define tests
	$(BIN)/python -m pytest $(1) $(ARGS) || [ $$? = 5 ]
endef

.PHONY: help
help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: install ## start the gateway (CONFIG=conf/gateway.yaml)
	@exec $(BIN)/python run_gateway.py --config "$(CONFIG)"

.PHONY: install
install: $(VENV)/.run ## create .venv with what running needs

.PHONY: test
test: $(VENV)/.dev tests/js/node_modules/.done .chromium .compiler .proxies .programs .queues .prometheus .systemd ## run all tests (ARGS= for pytest)
	@$(BIN)/python -m compileall -q gateway bench tests/support  # once: hundreds of processes start
	$(call tests,-n 3 --dist loadfile -m 'not alone')
	$(call tests,-m alone)

.PHONY: check
check: $(VENV)/.dev ## check format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

.PHONY: format
format: $(VENV)/.dev ## format, and mend what the linter can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: bench
bench: $(VENV)/.dev .compiler ## measure (ARGS= for python -m bench)
	$(BIN)/python -m bench $(or $(ARGS),bar)

# Every peer where a turn takes seconds; where it takes a minute, one of each kind. The trial is a
# program of one's own beside the C loop: BENCH_TRIAL names it.
REFERENCE := $(BIN)/python -m bench bar --out bench/results
LOOPS := send-loop,send-loop-coalescing
PEERS := gateway,node,python-socketio,flask-socketio-gevent
TRIAL := $(if $(BENCH_TRIAL),trial)

.PHONY: bench-reference
bench-reference: $(VENV)/.dev .compiler ## measure all that the docs tell of speed (70 minutes)
	$(REFERENCE) --only cost-9000 --target gateway,node,$(LOOPS),$(TRIAL) || [ $$? = 1 ]
	$(REFERENCE) --only cost-1000,openloop,echo,connect --target all || [ $$? = 1 ]
	$(REFERENCE) --only memory-and-idle --target $(PEERS) || [ $$? = 1 ]
	$(REFERENCE) --only peak,forms,starvation,start,handlers,compression,tls || [ $$? = 1 ]
	$(BIN)/python -m bench.scaling measure --out bench/results/scaling.json.gz || [ $$? = 1 ]
	$(BIN)/python -m bench.scaling queue --out bench/results/queue.json.gz || [ $$? = 1 ]
	$(BIN)/python -m bench.docs
	$(BIN)/python -m bench.scaling page bench/results/scaling.json.gz bench/results/queue.json.gz

.PHONY: docs
docs: $(VENV)/.dev ## write docs/configuration.md and the JSON Schema again
	$(BIN)/python -m gateway.config.reference

.PHONY: screenshots
screenshots: $(VENV)/.dev .chromium ## take the README's pictures again
	$(BIN)/python -m tests.browser.screenshots docs/images

.PHONY: lock
lock: $(VENV)/.run ## resolve the dependencies again
	$(PIP) install 'uv ~= 0.13.9'
	$(LOCK) --output-file requirements.lock pyproject.toml
	$(LOCK) --output-file requirements-dev.lock --constraint requirements.lock \
		--group dev pyproject.toml
	for peers in bench/peers/requirements-*.in; do \
	    $(LOCK) --output-file $${peers%.in}.txt $$peers; \
	done
	cd tests/js && npm install --package-lock-only

LOCK = $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'

.PHONY: clean
clean: ## remove what these commands made
	rm -rf $(VENV) tests/js/node_modules dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'Python 3.11 or newer is needed (make PYTHON=python3.12 ...)' >&2; exit 1; }
	@$(PYTHON) -c 'import venv; from ensurepip import version' 2>/dev/null \
		|| $(call debian,python3-venv,Python needs its venv module)
	@rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)

# Each stamp is as old as the lock that it was installed from.
$(VENV)/.run: requirements.lock | $(BIN)/python
	$(INSTALL) --requirement $<
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	$(INSTALL) --requirement $<
	@touch $@

tests/js/node_modules/.done: tests/js/package.json tests/js/package-lock.json
	@command -v npm >/dev/null \
		|| $(call debian,nodejs npm,the tests need Node and npm)
	cd tests/js && npm ci --silent --ignore-scripts --no-audit --no-fund </dev/null
	@touch $@

.PHONY: .chromium
.chromium:
	@command -v chromium >/dev/null \
		|| $(call debian,chromium,the tests open the page in a browser)

.PHONY: .compiler
.compiler:
	@command -v cc >/dev/null \
		|| $(call debian,gcc libc6-dev,the load generator is written in C)

.PHONY: .programs
.programs:
	@command -v curl >/dev/null && command -v php >/dev/null && command -v ruby >/dev/null \
		&& command -v go >/dev/null \
		|| $(call debian,curl php-cli ruby golang-go,the tests run the snippets of docs/)

.PHONY: .queues
.queues:
	@PATH=$$PATH:/usr/sbin; command -v redis-server >/dev/null \
		&& command -v rabbitmq-server >/dev/null \
		|| $(call debian,redis-server rabbitmq-server,the tests share queues between gateways)

.PHONY: .prometheus
.prometheus:
	@command -v promtool >/dev/null \
		|| $(call debian,prometheus,the tests check the alert rules)

.PHONY: .systemd
.systemd:
	@command -v systemd-analyze >/dev/null && command -v systemd-socket-activate >/dev/null \
		|| $(call debian,systemd,the tests run the units of conf/systemd)

.PHONY: .proxies
.proxies:
	@PATH=$$PATH:/usr/sbin; command -v nginx >/dev/null && command -v haproxy >/dev/null \
		&& command -v openssl >/dev/null \
		|| $(call debian,nginx haproxy openssl,the tests run the snippets of conf/)
