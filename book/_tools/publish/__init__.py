"""Sphinx extensions and programs that make the site of the pages."""
