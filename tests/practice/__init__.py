"""A package, so that a chapter and a module of one name may each have a test of that name."""
