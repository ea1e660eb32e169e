"""Decides whether the equations of a page hold: on every index, on several recorded runs."""

import itertools
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from fractions import Fraction

import numpy as np

from . import arithmetic
from .evaluate import Definition, Evaluator, text
from .latex import DoesNotHold, EquationError, Unreadable, WrongShape, parse, span, spelled
from .notation import SEEDS
from .pages import Equation

TOLERANCES = {"=": 1e-9, ":=": 1e-9, r"\coloneqq": 1e-9, r"\approx": 5e-2}
# Below this size an error is absolute: sides that are zero up to rounding are equal.
SMALLEST = 1e-3
DEFINES = (":=", r"\coloneqq")


@dataclass
class Result:
    """What is known of one equation; the equation index is made of these."""

    page: str
    label: str
    line: int
    latex: str
    reading: str = ""
    kind: str = ""  # checked, definition, bound, untested, fails
    reason: str = ""
    relations: int = 0
    cases: int = 0  # relations evaluated: indices times runs
    max_error: float = 0.0
    message: str = ""  # what the author has to mend; empty: it passed
    failure: str = ""  # the kind of error behind the message

    @property
    def passed(self):
        return not self.message

    def as_dict(self):
        return asdict(self)


class PageState:
    """What the equations of a page are evaluated with: an evaluator for each reading and seed.

    Definitions stay known for the equations that come after them.
    """

    def __init__(self, seeds: Iterable[int] = SEEDS):
        self.seeds = tuple(seeds)
        self._evaluators = {}

    def evaluator(self, reading, seed):
        if (reading, seed) not in self._evaluators:
            self._evaluators[reading, seed] = Evaluator(reading, seed)
        return self._evaluators[reading, seed]

    @contextmanager
    def trying(self):
        """Forget, at the end of the block, what was defined in it."""
        before = {e: e.definitions() for e in self._evaluators.values()}
        try:
            yield
        finally:
            for evaluator in self._evaluators.values():
                evaluator.set_definitions(before.get(evaluator, {}))


def check_page(equations, seeds=SEEDS):
    """Return a `Result` for each equation of a page, in order."""
    state, results, unused = PageState(seeds), [], {}
    for equation in equations:
        result, definitions, used = check_equation(equation, state)
        results.append(result)
        unused = {d: r for d, r in unused.items() if d not in used}
        if result.passed:
            unused.update(dict.fromkeys(definitions, result))
    for (_, name), result in unused.items():
        result.message = (
            f"{result.page}:{result.line} ({result.label}) "
            f"no tested equality after this one uses {name}"
        )
        result.failure = "Unused"
    return results


def check_equation(equation: Equation, state: PageState, near=None):
    """Return (result, the definitions it makes, the definitions it uses), both as a set of
    ``(label, name)``.

    With ``near``, a position in the LaTeX, only the statement there is evaluated (or all of
    them, when it is a condition): enough to see whether an edit at that place is caught.
    """
    result = Result(equation.page, equation.label, equation.line, equation.latex)
    definitions, used = set(), set()
    try:
        if equation.trouble:
            raise Unreadable(equation.trouble)
        result.reading, result.kind, result.reason = equation.marker
        if result.kind == "untested":
            return result, definitions, used
        block = Block(equation, near)
        result.kind = result.kind or block.kind
        result.relations = sum(map(n_relations, block.tests))
        for seed in state.seeds:
            run = BlockRun(block, state.evaluator(result.reading, seed), result)
            run.check()
            definitions, used = run.definitions, used | run.used
    except EquationError as error:
        result.message, result.failure = explain(equation, error), type(error).__name__
    return result, definitions, used


def explain(equation, error):
    """Return an error's message with the page, the line and the place."""
    start, end = error.span or (None, None)
    if start is None:
        start_of_text = len(equation.latex) - len(equation.latex.lstrip())
        line = equation.line + equation.latex.count("\n", 0, start_of_text)
    else:
        line = equation.line + equation.latex.count("\n", 0, start)
    message = f"{equation.page}:{line} ({equation.label or 'no label'}) {error.message}"
    if start is None:
        return message
    begin = equation.latex.rfind("\n", 0, start) + 1
    row = equation.latex[begin:].split("\n")[0]
    width = max(1, min(end, begin + len(row)) - start)
    return f"{message}\n    {row}\n    {' ' * (start - begin)}{'^' * width}"


# One block


class Block:
    """An equation's statements, sorted: what is tested, and under which conditions."""

    def __init__(self, equation, near=None):
        self.equation = equation
        tree = parse(equation.latex)
        statements = list(tree.find_pred(lambda n: n.data in ("chain", "range", "membership")))
        self.statements = sorted(statements, key=lambda s: s.meta.start_pos)
        self.conditions = [s for s in self.statements if is_condition(s)]
        self.all_tests = [s for s in self.statements if not is_condition(s)]
        if not self.all_tests:
            raise Unreadable("nothing to test here; begin it with '% untested: reason'")
        self.tests = self.all_tests
        if near is not None and self.kind != "definition":
            self.tests = [s for s in self.all_tests if _covers(s, near)] or self.all_tests

    @property
    def kind(self):
        """Return "definition", "bound" or "checked"."""
        if any(r in DEFINES for s in self.all_tests for r in relations_of(s)):
            return "definition"
        inequalities = [
            s.data == "chain" and all(r not in TOLERANCES for r in relations_of(s))
            for s in self.all_tests
        ]
        return "bound" if all(inequalities) else "checked"


def is_condition(statement):
    """Whether a statement speaks of indices and sizes only: ``t<T``, ``k\\in\\{i,f\\}``."""
    if statement.data == "range":
        return True
    if statement.data == "membership":
        return statement.children[1].data == "choices"
    symbols = list(statement.find_data("symbol"))
    bare = all(len(s.children) == 1 and len(s.children[0].children) == 1 for s in symbols)
    names = {str(s.children[0].children[0]) for s in symbols}
    return bare and bool(names & set("trkjlmn")) and names <= set("trkjlmnTBDHKN")


def relations_of(statement):
    return [str(r) for r in statement.children[1::2]] if statement.data == "chain" else []


def n_relations(statement):
    """Return how many things a statement says; a membership says one."""
    return max(1, len(relations_of(statement)))


def _covers(statement, position):
    start, end = span(statement)
    return start <= position <= end


class BlockRun:
    """One block on one recorded run."""

    def __init__(self, block, evaluator, result):
        self.block, self.evaluator, self.result = block, evaluator, result
        self.definitions, self.used = set(), set()
        self.domains = dict(evaluator.index_sets)
        self.filters = []

    def check(self):
        with np.errstate(all="ignore"):
            self._set_conditions()
            for statement in self.block.tests:
                if self.result.kind == "fails":
                    self._must_fail(statement)
                else:
                    self._statement(statement)

    def _must_fail(self, statement):
        try:
            self._statement(statement)
        except (DoesNotHold, WrongShape):
            return
        raise DoesNotHold("announced as failing, but it holds", statement)

    # Conditions

    def _set_conditions(self):
        letters_of = self.evaluator.free_letters
        in_use = set().union(*map(letters_of, self.block.all_tests))
        for condition in self.block.conditions:
            if not letters_of(condition) & in_use:
                raise Unreadable("this condition restricts nothing in the block", condition)
            if condition.data == "range":
                self._set_range(condition)
            elif condition.data == "membership":
                choices = [str(letter) for letter in condition.children[1].children]
                self.domains[self._letter(condition)] = choices
            else:
                self.filters.append(condition)

    def _set_range(self, condition):
        letter = self._letter(condition)
        first, last = (self._whole_number(condition.children[n]) for n in (2, 3))
        step = 1 if first <= last else -1
        self.domains[letter] = range(first, last + step, step)

    def _whole_number(self, node):
        value = self.evaluator.value(node, self.evaluator.constants)
        if not arithmetic.is_number(value) or value != int(value):
            raise Unreadable("a range ends at whole numbers", node)
        return int(value)

    def _letter(self, condition):
        name = condition.children[0]
        letter = str(name.children[0].children[0]) if name.data == "symbol" else ""
        if letter not in self.domains or len(name.children) > 1:
            raise Unreadable("the left side of a range or choice is an index letter", name)
        return letter

    # Statements

    def _statement(self, statement):
        letters = sorted(self.evaluator.free_letters(statement))
        cases = list(self._cases(statement, letters))
        if not cases:
            raise Unreadable("no index fulfils the conditions", statement)
        self.result.cases += len(cases) * n_relations(statement)
        if self._is_definition(statement):
            self._define(statement, letters, cases)
        else:
            self._test(statement, letters, cases)

    def _cases(self, statement, letters):
        filters = [f for f in self.filters if self.evaluator.free_letters(f) <= set(letters)]
        for case in itertools.product(*(self.domains[letter] for letter in letters)):
            env = {**self.evaluator.constants, **dict(zip(letters, case, strict=True))}
            if all(self._fulfils(f, env) for f in filters):
                yield env

    def _fulfils(self, condition, env):
        sides = [self.evaluator.value(side, env) for side in condition.children[::2]]
        return all(
            compare(a, relation, b)[1] == ""
            for a, relation, b in zip(sides, relations_of(condition), sides[1:], strict=False)
        )

    def _is_definition(self, statement):
        relations = relations_of(statement)
        if not set(relations) & set(DEFINES):
            return False
        left = statement.children[0]
        if relations[0] not in DEFINES or left.data != "symbol":
            raise Unreadable("the left side of := is the new name", left)
        return not self.evaluator.knows(left)

    def _define(self, statement, letters, cases):
        left, _, right, *more = statement.children
        if more:
            raise Unreadable("a definition is one name := one expression", statement)
        self._check_left_side(left, right)
        printed_order = [str(item.children[0]) for item in left_items(left)]
        letters = [letter for letter in printed_order if letter in self.evaluator.index_sets]
        domain = [tuple(env[letter] for letter in letters) for env in cases]
        self.evaluator.used.clear()
        for env in cases:
            self._located(lambda env=env: self.evaluator.value(right, env), env, letters)
        key = (self.result.label, text(left))
        definition = Definition(key, right, tuple(letters), frozenset(self.evaluator.used))
        self.evaluator.define(left, definition, domain)
        self.definitions.add(key)

    def _check_left_side(self, left, right):
        if not left_items(left) and text(left) in self.evaluator.index_sets:
            hint = "; the number of parameters is P" if text(left) == "n" else ""
            raise Unreadable(f"{text(left)} is an index letter; take another name{hint}", left)
        if any(len(item.children) > 1 for item in left_items(left)):
            raise Unreadable("define with plain index letters on the left", left)
        missing = self.evaluator.free_letters(right) - self.evaluator.free_letters(left)
        if missing:
            letters = ", ".join(sorted(missing))
            raise Unreadable(f"the right side depends on {letters}, the new name does not", left)

    def _test(self, statement, letters, cases):
        self.evaluator.used.clear()
        for env in cases:
            self._located(lambda env=env: self._relation(statement, env), env, letters)
        # An inequality says too little to vouch for a definition.
        if set(relations_of(statement)) & set(TOLERANCES):
            self.used |= self.evaluator.used

    @staticmethod
    def _located(action, env, letters):
        """Run ``action``; an error gets the indices at which it happened."""
        try:
            action()
        except EquationError as error:
            at = ", ".join(f"{letter}={env[letter]}" for letter in letters)
            error.message += f"   [at {at}]" if at else ""
            raise

    def _relation(self, statement, env):
        if statement.data == "membership":
            self._membership(statement, env)
            return
        nodes = statement.children[::2]
        values = [self.evaluator.value(node, env) for node in nodes]
        relations = relations_of(statement)
        for a, relation, b, node in zip(values, relations, values[1:], nodes[1:], strict=False):
            error, trouble = compare(a, relation, b, node)
            if trouble:
                raise DoesNotHold(trouble, node)
            self.result.max_error = max(self.result.max_error, error)

    def _membership(self, statement, env):
        value = self.evaluator.value(statement.children[0], env)
        letters = [str(letter) for letter in statement.children[1].children]
        unknown = [letter for letter in letters if letter not in self.evaluator.constants]
        if unknown:
            raise Unreadable(f"{unknown[0]} is no size; sizes are T, B, D, H, K", statement)
        sizes = [self.evaluator.constants[letter] for letter in letters]
        expected = (*sizes, 1)[:2]
        if np.shape(value) != expected:
            raise WrongShape(f"this has {arithmetic.describe(value)}, not {expected}", statement)


def left_items(symbol):
    """Return a new name's index items, subscripts before superscripts."""
    _, sub, sup = spelled(symbol)
    return sub + sup


# Comparing


def compare(a, relation, b, node=None):
    """Return (relative error, "" or what is wrong) for ``a relation b``."""
    relation = str(relation)
    if relation in TOLERANCES:
        return _compare_equal(a, b, TOLERANCES[relation], node)
    if relation[:2] in (r"\g", ">"):
        a, b = b, a
    if not (arithmetic.is_number(a) or arithmetic.is_number(b) or a.shape == b.shape):
        raise WrongShape(f"{arithmetic.describe(a)} < {arithmetic.describe(b)}", node)
    difference = b - a
    # Where the sides may be equal, rounding may put them in the wrong order.
    holds = np.all(difference > 0) if relation in "<>" else np.all(difference >= -1e-12)
    return 0.0, "" if holds else "the inequality does not hold"


def _compare_equal(a, b, tolerance, node):
    against_zero = arithmetic.is_number(b) and b == 0
    if np.shape(a) != np.shape(b) and not against_zero:
        sides = f"{arithmetic.describe(a)} = {arithmetic.describe(b)}"
        raise WrongShape(f"the sides have different shapes: {sides}", node)
    size = max(np.max(np.abs(a)), np.max(np.abs(b)), SMALLEST)
    error = float(np.max(np.abs(a - b)) / size)
    if not error <= tolerance:  # written so that NaN does not pass
        return error, f"does not hold: relative error {error:.2g}{_factor_hint(a, b)}"
    return error, ""


def _factor_hint(a, b):
    """Say so when the sides differ by a factor alone, which usually names the slip.

    Two numbers always do; then only a simple factor is worth a word.
    """
    square = np.sum(b * b + 0.0)
    factor = float(np.sum(a * b) / square) if square else np.nan
    if not (np.isfinite(factor) and np.allclose(a, factor * b, rtol=1e-9)):
        return ""
    simple = Fraction(factor).limit_denominator(60)
    if np.size(a) == 1 and abs(factor - simple) > 1e-9 * abs(factor):
        return ""
    return f"; the left side is {factor:.4g} times the right side"
