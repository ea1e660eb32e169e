"""The examples in docstrings run and print what they say."""

import doctest
import importlib
import pkgutil

import pytest

import lstm_lesson

MODULES = [module.name for module in pkgutil.walk_packages(lstm_lesson.__path__, "lstm_lesson.")]


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_a_module(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples():
    assert sum(doctest.testmod(importlib.import_module(name)).attempted for name in MODULES) > 0
