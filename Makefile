.PHONY: install run-api test

install:
	@./build/install.sh

run-api:
	@./build/run.sh

test:
	@./build/test.sh
