r"""Single edits of the printed LaTeX: the slips that happen while one writes an equation.

`edits` yields them; `survivors` tries them on a page and returns those that nothing notices. An
edit of a definition counts as noticed when a later equation that uses the name fails.

Two kinds of edit are left out because they can't make a true statement false: a stated range is
only widened, never narrowed; a bound only has its sign turned, since f < 1 also holds for o.
"""

import itertools
from collections import Counter
from dataclasses import dataclass, field, replace

from lark import Token

from .check import Block, PageState, check_equation, check_page, is_condition, relations_of
from .latex import EquationError, span
from .notation import SEEDS

OTHER_GATES = {"i": "gf", "f": "io", "g": "io", "o": "fg", "r": "un", "u": "rn", "n": "ru"}
OTHER_GATES |= {k.upper(): others.upper() for k, others in OTHER_GATES.items()}
OTHER_STATES = {"h": "cx", "c": "h", "x": "h", "H": "CX", "C": "H", "X": "H"}
OTHER_FUNCTIONS = {r"\tanh": r"\sigma", r"\sigma": r"\tanh", r"\min": r"\max", r"\max": r"\min"}
TURNED = {"<": ">", ">": "<", r"\le": r"\ge", r"\ge": r"\le", r"\leq": r"\geq", r"\geq": r"\leq"}
WIDENED = {"<": r"\le ", ">": r"\ge "}
MAY_BE_TRANSPOSED = ("W", "x", "h", "X", "H", r"\Delta")


@dataclass(frozen=True)
class Mutation:
    """One edit of an equation."""

    label: str
    kind: str
    latex: str  # the whole block, changed
    statement: str  # the changed statement on one line, as still_true.yml has it
    position: int


@dataclass
class Report:
    """What became of a page's mutations."""

    tried: Counter = field(default_factory=Counter)  # by kind of edit
    noticed: Counter = field(default_factory=Counter)  # by the error that noticed it
    survivors: list = field(default_factory=list)


# Trying


def try_page(equations, every=1, only=None):
    """Return a `Report` on the mutations of a page whose equations all pass.

    With ``every`` = n, only every n-th is tried; ``only`` names the equations that are.
    """
    for result in check_page(equations):
        if not result.passed:
            raise ValueError(f"edits tell nothing of a wrong page: {result.message}")
    report, state = Report(), PageState(SEEDS)
    users = _users(equations)
    for equation in equations:
        if not equation.verdict and (only is None or equation.label in only):
            for mutation in itertools.islice(
                edits(equation), report.tried.total() % every, None, every
            ):
                report.tried[mutation.kind] += 1
                later = users.get(equation.label, [])
                failure = _failure(equation, mutation, later, state)
                report.noticed[failure or "nothing"] += 1
                if not failure:
                    report.survivors.append(mutation)
        check_equation(equation, state)  # what it defines is known from here on
    return report


def _users(equations):
    """Return {label of a definition: the later equations that a change of it can reach}.

    They are all later definitions, since one may be made of another, and the equations that
    use the name.
    """
    state, users = PageState(SEEDS[:1]), {}
    for equation in equations:
        _, defined, used = check_equation(equation, state)
        used_labels = {label for label, _ in used}
        for label, reached in users.items():
            if defined or label in used_labels:
                reached.append(equation)
        if defined:
            users[equation.label] = []
    return users


def _failure(equation, mutation, users, state):
    """Return the kind of error that notices a mutation, or ""."""
    with state.trying():
        changed = replace(equation, latex=mutation.latex)
        result, defined, _ = check_equation(changed, state, near=mutation.position)
        if not result.passed:
            return result.failure
        for user in users if defined else ():
            result, _, _ = check_equation(user, state)
            if not result.passed:
                return result.failure
    return ""


# Making


def edits(equation):
    """Yield every `Mutation` of an equation, each text once."""
    latex, block = equation.latex, Block(equation)
    seen = {latex}
    for statement in block.statements:
        if is_condition(statement):
            found = _condition_edits(statement, latex)
        elif _is_bound(statement):
            found = _turned_signs(statement)
        else:
            found = _Editor(latex).edits(statement)
        for kind, (start, end), new in found:
            changed = latex[:start] + new + latex[end:]
            if changed not in seen:
                seen.add(changed)
                yield Mutation(
                    equation.label, kind, changed, _shown(statement, latex, changed), start
                )


def _shown(statement, latex, changed):
    start, end = span(statement)
    return " ".join(changed[start : end + len(changed) - len(latex)].split())


def _is_bound(statement):
    return any(relation in TURNED for relation in relations_of(statement))


def _turned_signs(statement):
    for token in statement.children[1::2]:
        if token in TURNED:
            yield "turned inequality", span(token), TURNED[token]


def _condition_edits(statement, latex):
    if statement.data == "range":
        first, last = (span(statement.children[n]) for n in (2, 3))
        down, up = ("-1", "+1") if latex[slice(*first)].strip() != "T" else ("+1", "-1")
        yield "wider range", first, latex[slice(*first)] + down
        yield "wider range", last, latex[slice(*last)] + up
    elif statement.data == "membership":
        letters = [str(letter) for letter in statement.children[1].children]
        if len(letters) < 4:
            yield "wider range", span(statement.children[1]), r"\{i,f,g,o\}"
    else:
        for token in statement.children[1::2]:
            if token in WIDENED:
                yield "wider range", span(token), WIDENED[token]
        if relations_of(statement) == ["="]:
            right = span(statement.children[2])
            yield "wider range", right, latex[slice(*right)] + "-1"


class _Editor:
    """Finds the edits of one statement; an edit is (kind, (start, end), new text)."""

    def __init__(self, latex):
        self.latex = latex

    def edits(self, statement):
        self.in_membership = statement.data == "membership"
        for node in statement.iter_subtrees_topdown():
            method = getattr(self, "_" + node.data, None)
            if method:
                yield from method(node)
        yield from self._exchanged_gates(statement)

    def _text(self, node):
        return self.latex[slice(*span(node))]

    def _replaced(self, kind, node, new):
        """Replace a token or a tree; an index of several characters needs braces."""
        start, end = span(node)
        if self.latex[start - 1] in "_^" and len(new) > 1:
            new = "{" + new + "}"
        return kind, (start, end), new

    # Sums and products

    def _signed(self, node):
        sign, _ = node.children
        yield "sign", span(sign), "-" if sign == "+" else "+"

    def _plus(self, node):
        left, sign, right = node.children
        yield "sign", span(sign), "-" if sign == "+" else "+"
        yield "dropped term", (span(left)[1], span(right)[1]), ""
        remaining_sign = "-" if sign == "-" else ""
        yield "dropped term", (span(left)[0], span(right)[0]), remaining_sign

    def _hadamard(self, node):
        left, right = map(span, node.children)
        yield "other product", (left[1], right[0]), " "
        yield "dropped factor", (left[1], right[1]), ""
        yield "dropped factor", (left[0], right[0]), ""

    def _product(self, node):
        for factor in node.children:
            yield "dropped factor", span(factor), " "
        for left, right in zip(node.children, node.children[1:], strict=False):
            yield "other product", (span(left)[1], span(right)[0]), r"\odot "

    def _quotient(self, node):
        above, _ = node.children
        yield "dropped factor", span(node), "(" + self._text(above) + ")"

    def _number(self, node):
        token = node.children[0]
        last = "3" if token[-1] == "2" else "2"
        yield "number", span(token), token[:-1] + last

    def _group(self, node):
        inner = node.children[0]
        if inner.data in ("plus", "signed") and self.latex[span(node)[0]] in "([":
            yield "dropped bracket", span(node), self._text(inner)

    def _bigop(self, node):
        yield from self._any_bigop(node)
        if node.children[1] == "k":
            letter = span(node.children[1])
            yield "other sum", letter, self._braced(letter, r"k\in\{i,f,o\}")

    def _braced(self, place, new):
        return new if self.latex[place[0] - 1] == "{" else "{" + new + "}"

    def _bigop_range(self, node):
        yield from self._any_bigop(node)
        for limit in node.children[2:4]:
            for change in ("-1", "+1"):
                yield self._replaced("sum range", limit, self._text(limit) + change)

    def _bigop_choices(self, node):
        yield from self._any_bigop(node)
        choices = node.children[2]
        letters = [str(letter) for letter in choices.children]
        for letter in letters:
            kept = ",".join(k for k in letters if k != letter)
            yield "other sum", span(choices), r"\{" + kept + r"\}"

    def _any_bigop(self, node):
        operator, body = node.children[0], node.children[-1]
        yield "dropped sum", span(node), self._text(body)
        yield "sum or product", span(operator), r"\prod" if operator == r"\sum" else r"\sum"

    # Functions and derivatives

    def _call(self, node):
        name = node.children[0]
        if str(name) in OTHER_FUNCTIONS:
            yield "other function", span(name), OTHER_FUNCTIONS[str(name)]
        if name in (r"\log", r"\exp") or "diag" in name:
            yield "dropped function", span(name), " "
        for child in node.children[1:-1]:
            if child.data == "prime":
                yield "dropped prime", span(child), ""

    def _derivative(self, node):
        r"""Exchange ∂ and d where they differ: the state c_{t-1} also acts through h_{t-1}.

        Of E, which has no time, and of what acts within the step alone, both say the same.
        """
        above_sign, above, below_sign, below = node.children
        if self._text(above).strip() == "E":
            # Within one step, a parameter and its copy act alike; on the whole loss they don't.
            for copy in below.find_data("copy"):
                yield "dropped copy", span(copy), ""
        total = "mathrm" in above_sign
        has_index = len(below.children) > 1
        cell = below.children[0].children[-1] in ("c", "C")
        if total:
            differs = has_index and self._text(above).strip() != "E"
        else:
            differs = cell and "-1" in self._text(below)
        if differs:
            other = r"\partial " if total else r"\mathrm d "
            between = self.latex[span(above_sign)[1] : span(below_sign)[0]]
            place = (span(above_sign)[0], span(below_sign)[1])
            yield "other path", place, other + between + other

    def _raised(self, node):
        for child in node.children[1:]:
            if child.data == "sub":
                yield "dropped subscript", span(child), ""

    # Names and indices

    def _base(self, node):
        letter = node.children[-1]
        if len(node.children) == 1 and not self.in_membership:
            for other in OTHER_GATES.get(str(letter), ""):
                yield "other gate", span(letter), other
        for other in OTHER_STATES.get(str(letter), ""):
            yield "other state", span(letter), other

    def _symbol(self, node):
        base = node.children[0].children
        kinds = {child.data for child in node.children[1:]}
        if str(base[-1]) in MAY_BE_TRANSPOSED and len(base) == 1 and kinds == {"sub"}:
            end = span(node)[1]
            yield "transpose", (end, end), r"^{\top}"

    def _sub(self, node):
        for item in node.children:
            yield from self._index(item)

    def _copy(self, node):
        yield from self._sub(node)

    def _sup(self, node):
        for item in node.children:
            text = self._text(item)
            if text == r"\top":
                whole = node if len(node.children) == 1 else item
                yield "transpose", span(whole), ""
            elif text.isdigit():
                yield "power", span(node), ""
            else:
                yield from self._index(item)

    def _index(self, item):
        first, *rest = [str(token) for token in item.children]
        if rest and first in "trsT":
            turned = "-" if rest[0] == "+" else "+"
            yield self._replaced("time index", item, first)
            yield self._replaced("time index", item, first + turned + "".join(rest[1:]))
        elif first in ("t", "r", "s", "T"):
            yield self._replaced("time index", item, first + "-1")
            yield self._replaced("time index", item, first + "+1")
        elif first.isdigit():
            yield self._replaced("time index", item, str(int(first) + 1))
        elif first in OTHER_GATES and not self.in_membership:
            for other in OTHER_GATES[first]:
                yield self._replaced("other gate", item, other)
        elif first in ("x", "h"):
            yield self._replaced("input or recurrent weight", item, "h" if first == "x" else "x")

    def _exchanged_gates(self, statement):
        """Write g for i and i for g in the whole statement: the article's own slip.

        Where the two are factors of one product the exchange says the same.
        """
        exchange = {"i": "g", "g": "i", "I": "G", "G": "I"}
        found = [t for t in _gate_letters(statement) if str(t) in exchange]
        product = {t.start_pos for t in _letters_of_products_of_both(statement)}
        if len({str(t) for t in found}) < 2 or all(t.start_pos in product for t in found):
            return
        start, end = span(statement)
        text = list(self.latex[start:end])
        for token in found:
            text[token.start_pos - start] = exchange[str(token)]
        yield "i and g exchanged", (start, end), "".join(text)


def _gate_letters(tree):
    """Return the tokens that name a gate, but not those of a sum's or a condition's choices."""
    if isinstance(tree, Token):
        return [tree]
    if tree.data == "choices":
        return []
    return [token for child in tree.children for token in _gate_letters(child)]


def _letters_of_products_of_both(statement):
    """Return the letters i and g of every product that has both as factors."""
    for product in statement.find_pred(lambda n: n.data in ("product", "hadamard")):
        symbols = [f for f in _factors(product) if f.data == "symbol"]
        letters = [f.children[0].children[-1] for f in symbols]
        if {str(t).lower() for t in letters} >= {"i", "g"}:
            yield from (t for t in letters if str(t).lower() in ("i", "g"))


def _factors(node):
    if node.data in ("product", "hadamard"):
        return [factor for child in node.children for factor in _factors(child)]
    return [node]


def corrections(equation, state):
    """Yield the single edits that would make a failing equation true, for its author."""
    try:
        candidates = list(edits(equation))
    except EquationError:
        return
    for mutation in candidates:
        with state.trying():
            result, _, _ = check_equation(replace(equation, latex=mutation.latex), state)
            if result.passed:
                yield mutation
