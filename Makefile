.PHONY: install release run-api test

install:
	@./build/install.sh

release:
	@./build/release.sh

run-api:
	@./build/run.sh

test:
	@./build/test.sh
