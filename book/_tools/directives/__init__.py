"""Directives that write tables and figures into a page while the book is built."""
