.PHONY: install release run-api test validate evidence test-live

install:
	@./build/install.sh

release:
	@./build/release.sh

run-api:
	@./build/run.sh

test:
	@./build/test.sh

# Options: make validate ARGS="--model gpt-4o-mini --calls 20"
validate:
	@./build/validate.sh $(ARGS)

evidence:
	@./build/evidence.sh $(ARGS)

test-live:
	@./test_live_infrastructure.sh $(ARGS)
