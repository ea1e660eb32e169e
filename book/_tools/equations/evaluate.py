"""Values of printed expressions, on one recorded run."""

import difflib
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, reduce

import numpy as np
from lark import Token, Tree

from . import arithmetic
from .graph import TINY, entering
from .latex import UnknownName, WrongShape, parse, plain, scripts, spelled, tokens
from .notation import Constant, Quantity, Slope
from .readings import MAKERS, recorded


@dataclass(frozen=True)
class Pattern:
    """A name of the table: what its subscripts and superscripts must be."""

    printed: str
    subscripts: tuple
    superscripts: tuple
    meanings: dict


@dataclass(frozen=True, eq=False)
class Definition:
    """A name that a page introduced by ``:=``. It is evaluated where it is used."""

    key: tuple  # (label of its equation, printed name)
    tree: Tree
    letters: tuple
    uses: frozenset  # the keys of the definitions that it uses


@dataclass(frozen=True, eq=False)
class Defined:
    """A definition at one index."""

    definition: Definition
    index: tuple
    times: tuple

    @property
    def time(self):
        return max(self.times, default=None)


class Evaluator:
    """Evaluates expressions under one reading and one seed; definitions add names to it."""

    def __init__(self, reading, seed):
        self.notation = recorded(reading, seed)
        self.index_sets = self.notation.index_sets
        self.constants = self.notation.constants
        self.used = set()  # keys of the definitions met since somebody emptied it
        self._patterns = dict(table_of(reading, seed))
        self._defined = {}
        self._resting = self._snapshot = self.notation.graph.snapshot()
        self._definition_values = {}

    # Names

    def define(self, symbol, definition, domain):
        """Add a name; ``domain`` holds the indices for which it has a value."""
        base, sub, sup = spelled(symbol)
        pattern_sub, pattern_sup = (
            tuple(plain(item.children[0]) for item in group) for group in (sub, sup)
        )
        time_places = [n for n, letter in enumerate(definition.letters) if letter in "tr"]
        meanings = {
            index: Defined(definition, index, tuple(index[n] for n in time_places))
            for index in domain
        }
        pattern = Pattern(text(symbol), pattern_sub, pattern_sup, meanings)
        self._defined[base] = [*self._defined.get(base, []), pattern]

    def definitions(self):
        """Return the page's names, for `set_definitions`."""
        return dict(self._defined)

    def set_definitions(self, definitions):
        self._defined = dict(definitions)

    def knows(self, symbol):
        """Whether the table or the page has a name of this form."""
        base, sub, sup = spelled(symbol)
        return any(
            len(p.subscripts) == len(sub)
            and len(p.superscripts) == len(sup)
            and all(
                letter in self.index_sets or letter == text(item)
                for letter, item in zip(p.subscripts + p.superscripts, sub + sup, strict=True)
            )
            for p in self._named(base)
        )

    def _named(self, base):
        return self._patterns.get(base, []) + self._defined.get(base, [])

    def find(self, symbol, env):
        """Return what a name stands for, and the superscripts left over (powers, transposes)."""
        base, sub, sup = spelled(symbol)
        if not sub and base in env:
            return Constant(env[base]), sup
        sub_values, sup_values = ([self.index(i, env) for i in group] for group in (sub, sup))
        out_of_range = None
        for pattern in self._named(base):
            key = _matches(pattern, sub_values, sup_values, self.index_sets)
            if key is None:
                continue
            if key in pattern.meanings:
                return pattern.meanings[key], sup[len(pattern.superscripts) :]
            out_of_range = out_of_range or (pattern, key)
        if out_of_range:
            raise UnknownName(_range_message(*out_of_range), symbol)
        raise UnknownName(self._unknown_message(symbol, base), symbol)

    def _unknown_message(self, symbol, base):
        message = f"{text(symbol)} is not a name of the {self.notation.reading!r} reading"
        if base == "d":
            return message + r"; a derivative has \partial or \mathrm d, never a plain d"
        same = [p.printed for p in self._named(base)]
        elsewhere = [r for r in MAKERS if base in table_of(r, self.notation.seed)]
        if same:
            return message + "; it is printed " + " or ".join(same)
        if elsewhere:
            return message + f"; it is one in {' and '.join(map(repr, elsewhere))}"
        printed = {_bare(p.printed): p.printed for ps in self._patterns.values() for p in ps}
        near = difflib.get_close_matches(_bare(text(symbol)), printed, 3, 0.5)
        near = [printed[name] for name in near]
        return message + "; the nearest are " + ", ".join(near) if near else message

    def index(self, item, env):
        """Return an index's value: a number, a gate's letter, or a word that stands for itself."""

        def atom(token):
            return int(token) if token.isdigit() else env.get(str(token), plain(token))

        if len(item.children) == 1:
            return atom(item.children[0])
        parts = list(item.children)
        if parts[0] not in ("+", "-"):
            parts.insert(0, "+")
        numbers = [atom(token) for token in parts[1::2]]
        if not all(isinstance(n, int) for n in numbers):
            raise UnknownName(f"the index {text(item)} has no value here", item)
        return sum(n if sign == "+" else -n for sign, n in zip(parts[::2], numbers, strict=True))

    def free_letters(self, node):
        """Return the index letters in an expression that no sum binds."""
        if isinstance(node, Token):
            return set()
        found = set().union(*(self.free_letters(child) for child in node.children))
        if node.data.startswith("bigop"):
            return found - {str(node.children[1])}
        if node.data == "item":
            return found | {str(c) for c in node.children if c in self.index_sets}
        if node.data == "symbol" and len(node.children) == 1:
            return found | {str(c) for c in node.children[0].children if c in self.index_sets}
        return found

    # Expressions: one method for each rule of the grammar

    def value(self, node, env):
        """Return the value of an expression: a number or a matrix (n, m)."""
        return getattr(self, "_" + node.data)(node, env)

    def _symbol(self, node, env):
        meaning, superscripts = self.find(node, env)
        return self._raise_to(self._read(meaning), superscripts, env, node)

    def _read(self, meaning):
        if isinstance(meaning, Defined):
            return self._defined_value(meaning)
        if isinstance(meaning, Slope) and self._snapshot is not self._resting:
            raise UnknownName("the derivative of a derivative is not known here")
        return self.notation.read(meaning, self._snapshot)

    def _defined_value(self, meaning):
        definition, index = meaning.definition, meaning.index
        self.used |= {definition.key} | definition.uses
        key = (id(self._snapshot), definition, index)
        if key not in self._definition_values:
            env = {**self.constants, **dict(zip(definition.letters, index, strict=True))}
            # The snapshot is kept too: its id stays taken as long as the key is.
            value = self.value(definition.tree, env)
            self._definition_values[key] = (value, self._snapshot)
        return self._definition_values[key][0]

    def _raise_to(self, value, superscripts, env, node):
        for item in superscripts:
            n = self.index(item, env)
            if n == r"\top":
                value = arithmetic.transpose(value, node)
            elif text(item) == "T" and not arithmetic.is_number(value):
                raise WrongShape(r"T is the number of steps; a transpose is ^{\top}", item)
            elif isinstance(n, int):
                value = arithmetic.power(value, n, node)
            else:
                raise UnknownName(f"the superscript {text(item)} means nothing here", item)
        return value

    def _raised(self, node, env):
        inner, sub, sup = node.children[0], scripts(node, "sub"), scripts(node, "sup")
        if inner.data == "norm":
            value = self._norm(inner, env, "".join(map(text, sub)))
        elif [text(item) for item in sub] == ["dir"]:
            value = self._direct(inner, env)
        elif sub:
            value = self._entry(inner, sub, env, node)
        else:
            value = self.value(inner, env)
        return self._raise_to(value, sup, env, node)

    def _entry(self, inner, sub, env, node):
        indices = [self.index(item, env) for item in sub]
        if not all(isinstance(n, int) for n in indices):
            raise UnknownName("this subscript means nothing here", sub[0])
        return arithmetic.entry(self.value(inner, env), indices, node)

    def _number(self, node, env):
        token = node.children[0]
        if not token.startswith("\\"):
            return float(token)
        above, below = "".join(token.split())[-2:]  # \tfrac12
        return int(above) / (int(below) if below.isdigit() else self.constants[below])

    def _group(self, node, env):
        return self.value(node.children[0], env)

    def _signed(self, node, env):
        sign, term = node.children
        return -self.value(term, env) if sign == "-" else self.value(term, env)

    def _plus(self, node, env):
        left, sign, right = node.children
        value = self.value(right, env)
        return arithmetic.add(self.value(left, env), -value if sign == "-" else value, node)

    def _product(self, node, env):
        values = [self.value(child, env) for child in node.children]
        return reduce(lambda a, b: arithmetic.matrix_product(a, b, node), values)

    def _hadamard(self, node, env):
        a, b = (self.value(child, env) for child in node.children)
        return arithmetic.hadamard(a, b, node)

    def _quotient(self, node, env):
        a, b = (self.value(child, env) for child in node.children)
        return arithmetic.divide(a, b, node)

    def _norm(self, node, env, kind=""):
        return arithmetic.norm(self.value(node.children[0], env), kind, node)

    def _absolute(self, node, env):
        return arithmetic.absolute(self.value(node.children[0], env))

    def _exponential(self, node, env):
        return np.exp(self.value(node.children[0], env))

    def _matrix(self, node, env):
        rows = [[self.value(e, env) for e in row.children] for row in node.children]
        return arithmetic.blocks(rows, node)

    def _call(self, node, env):
        name = plain(node.children[0]).strip("\\").removeprefix("operatorname{")
        last = node.children[-1]
        arguments = last.children if last.data == "arguments" else [last]
        function = self._function(name, node)
        try:
            value = function(*(self.value(a, env) for a in arguments))
        except WrongShape as error:
            raise error if error.span else WrongShape(error.message, node) from None
        except TypeError:
            raise WrongShape(f"{name} of {len(arguments)} arguments", node) from None
        superscripts = scripts(node, "sup")
        return self._raise_to(value, superscripts, env, node)

    def _function(self, name, node):
        if any(child.data == "prime" for child in node.children[1:-1]):
            if name not in arithmetic.SLOPES:
                raise UnknownName(r"only \sigma and \tanh have a prime", node)
            return arithmetic.SLOPES[name]
        if name == "softmax" and self.notation.batch:
            return arithmetic.row_softmax
        return arithmetic.FUNCTIONS[name]

    def _bigop(self, node, env):
        return self._combine(node, self.index_sets.get(str(node.children[1]), ()), env)

    def _bigop_range(self, node, env):
        first, last = (self.index(item, env) for item in node.children[2:4])
        if not (isinstance(first, int) and isinstance(last, int)):
            raise UnknownName("a limit of this sum has no value", node.children[0])
        return self._combine(node, range(first, last + 1), env)

    def _bigop_choices(self, node, env):
        return self._combine(node, map(str, node.children[2].children), env)

    def _combine(self, node, indices, env):
        letter, body = str(node.children[1]), node.children[-1]
        if letter not in self.index_sets:
            raise UnknownName(f"{letter} is no index letter; README.md lists them", node)
        terms = [self.value(body, {**env, letter: n}) for n in indices]
        if node.children[0] == r"\sum":
            return reduce(lambda a, b: arithmetic.add(a, b, node), terms, 0.0)
        if not terms:
            return 1.0
        if arithmetic.is_number(terms[0]) or terms[0].shape[0] == terms[0].shape[1]:
            # A chain of Jacobians: the later one stands on the left.
            return reduce(lambda a, b: arithmetic.matrix_product(b, a, node), terms)
        return reduce(lambda a, b: arithmetic.hadamard(a, b, node), terms)

    # Derivatives

    def _derivative(self, node, env):
        above_sign, above, below_sign, below = node.children
        if plain(above_sign)[-1] != plain(below_sign)[-1]:
            raise WrongShape(r"\partial above and \mathrm d below, or the reverse", node)
        return self._differentiate(above_sign, above, below, env, node)

    def _operator(self, node, env):
        sign, _, below, above = node.children
        return self._differentiate(sign, above, below, env, node)

    def _direct(self, inner, env):
        r"""Return (∂E/∂h_t)_dir: the derivative of the loss's own term of time t, in one step."""
        node = inner.children[0] if inner.data == "group" else inner
        if node.data != "derivative" or text(node.children[1]) != "E":
            raise UnknownName(r"_{\text{dir}} stands after (\partial E/\partial ...) only", inner)
        below = self._quantity(node.children[3], env)
        if below.time is None:
            raise UnknownName("a direct part needs a time below", node.children[3])
        slope = Slope(("E", below.time), below, self._step(below.time, below, node))
        return self._read(slope)

    def _differentiate(self, sign, above, below, env, node):
        below = self._quantity(below, env)
        step = None
        if sign == r"\partial":
            step = self._step(self._time(above, env), below, node)
        if self._snapshot is not self._resting:
            raise UnknownName("the derivative of a derivative is not known here", node)
        loss = self._recorded_loss(above, env)
        if loss:
            return self._read(Slope(loss, below, step))
        return self._jacobian(above, below, step, env, node)

    def _quantity(self, symbol, env):
        meaning, superscripts = self.find(symbol, env)
        if not isinstance(meaning, Quantity):
            raise UnknownName("no derivative with respect to this", symbol)
        if superscripts:
            raise UnknownName("put the transpose or power outside of the derivative", symbol)
        return meaning

    def _step(self, time, below, node):
        """Return the one time step that ∂ stays in; None, all of them, for what has no time."""
        if time is not None and time not in self.notation.times:
            raise UnknownName(f"there is no time step {time}", node)
        if time is not None and not entering(below.node, time):
            raise UnknownName(
                r"\partial stays within one step, and this does not enter it; "
                r"every path is \mathrm d",
                node,
            )
        return time

    def _time(self, expression, env):
        """Return the latest time in an expression."""
        if expression.data == "symbol":
            return self.find(expression, env)[0].time
        times = []
        for symbol in expression.find_data("symbol"):
            if self.free_letters(symbol) <= set(env):
                times.append(self.find(symbol, env)[0].time)
        return max((t for t in times if t is not None), default=None)

    def _recorded_loss(self, above, env):
        if above.data != "symbol":
            return None
        meaning, superscripts = self.find(above, env)
        is_loss = isinstance(meaning, Quantity) and meaning.node[0] == "E" and not superscripts
        return meaning.node if is_loss else None

    def _jacobian(self, above, below, step, env, node):
        graph = self.notation.graph
        snapshots = graph.directions(below.node, step)
        number = np.arange(len(snapshots)).reshape(np.shape(graph.base[below.node]))
        number = self.notation.lay_out(below, number)  # which direction is which printed entry
        slopes = [self._slope(above, snapshots[n], env) for n in np.ravel(number)]
        if all(arithmetic.is_number(s) for s in slopes):
            return np.reshape(slopes, np.shape(number))[()]
        if arithmetic.is_number(number):
            return slopes[0]
        if not (arithmetic.is_column(number) and all(map(arithmetic.is_column, slopes))):
            raise WrongShape(
                "a Jacobian is of a column with respect to a column; "
                "take entries, or the derivative of E",
                node,
            )
        return np.hstack(slopes)

    def _slope(self, above, snapshot, env):
        with self._looking_at(snapshot):
            return np.imag(self.value(above, env)) / TINY

    @contextmanager
    def _looking_at(self, snapshot):
        self._snapshot = snapshot
        try:
            yield
        finally:
            self._snapshot = self._resting


def _bare(printed):
    return printed.translate(str.maketrans("", "", "{},"))


def text(node):
    """Return a small part of the LaTeX as it reads, without spaces."""
    if isinstance(node, Token):
        return plain(node)
    if node.data == "symbol":
        base, sub, sup = spelled(node)
        parts = ["_{" + ",".join(map(text, sub)) + "}" if sub else ""]
        parts.append("^{" + ",".join(map(text, sup)) + "}" if sup else "")
        return base + "".join(parts)
    return "".join(plain(token) for token in tokens(node))


@cache
def table_of(reading, seed):
    """Return {base: [Pattern, …]} of a reading."""
    table = {}
    for printed, meanings in recorded(reading, seed).names.items():
        base, sub, sup = spelled(parse(printed, "symbol"))
        sub, sup = (tuple(plain(item.children[0]) for item in group) for group in (sub, sup))
        by_tuple = {i if isinstance(i, tuple) else (i,): m for i, m in meanings.items()}
        table.setdefault(base, []).append(Pattern(printed, sub, sup, by_tuple))
    return table


def _matches(pattern, sub, sup, index_sets):
    """Return the values of a pattern's placeholders, or None where it is another name."""
    n = len(pattern.superscripts)
    if len(pattern.subscripts) != len(sub) or len(sup) < n:
        return None
    wanted, given = pattern.subscripts + pattern.superscripts, (*sub, *sup[:n])
    for letter, value in zip(wanted, given, strict=True):
        if letter not in index_sets:
            if letter != str(value):
                return None
        elif isinstance(value, int) != isinstance(index_sets[letter], range):
            return None
    return tuple(g for w, g in zip(wanted, given, strict=True) if w in index_sets)


def _range_message(pattern, key):
    keys = sorted(pattern.meanings, key=str)
    what = ", ".join(map(str, key))
    if all(isinstance(part, int) for part in key):
        ends = f"from {', '.join(map(str, keys[0]))} to {', '.join(map(str, keys[-1]))}"
        return f"{pattern.printed} has no entry {what}; it goes {ends}"
    return f"{pattern.printed} has no entry {what}"
