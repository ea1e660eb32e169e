# A door to make.py, which says what each command does and also runs where there is no make.
PYTHON ?= python3
COMMANDS = help book check notebooks lab test test-more test-lite test-machines links release assignment grade feedback questions instructor-kit lock clean

# In quotes, so that it also works from elsewhere (make -f) and in a folder with spaces.
HERE = "$$(dirname "$(strip $(MAKEFILE_LIST))")"

# Pages may stand after these commands as they are: make check step2_gates
ifneq ($(filter check notebooks,$(firstword $(MAKECMDGOALS))),)
PAGES = $(filter-out $(COMMANDS),$(MAKECMDGOALS))
export PAGE := $(PAGE) $(PAGES)
$(PAGES): ; @:
endif

.PHONY: $(COMMANDS)
$(COMMANDS):
	@$(PYTHON) $(HERE)/make.py $@
