"""Reads the display equations of a page as they are printed, and evaluates them."""
