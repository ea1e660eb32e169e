"""The pages as their authors write them: run, and checked."""
