"""A cell's forward pass as Python: what a notebook gives where forward is not the task."""

import ast

from grading.cells.family import ACTIVATIONS, CellSpec


def forward_code(spec: CellSpec) -> str:
    """Return the cell's forward pass as code that a notebook gives."""
    return FORWARD.format(step=step_code(spec), squashings=activation_code(spec))


def activation_code(spec: CellSpec) -> str:
    """Return the squashings of a cell as functions."""
    names = dict.fromkeys([spec.p, spec.q, spec.r, spec.s, spec.k])
    return "\n\n\n".join(f"def {n}(z):\n    return {ACTIVATIONS[n].code}" for n in names)


def step_code(spec: CellSpec) -> str:
    """Return the formulas of one step as entries of a dict, for the rows of a batch."""
    trees = spec.trees.items()
    return "\n".join(f'    "{name}": lambda v: {as_python(tree)},' for name, tree in trees)


def as_python(tree: ast.expr) -> str:
    """Return a formula as Python: a matrix meets each row of a batch."""
    match tree:
        case ast.Name(id=name):
            return f'v["{name}"]'
        case ast.Constant(value=number):
            return str(number)
        case ast.Call(func=ast.Name(id=name), args=[argument]):
            return f"{name}({as_python(argument)})"
        case ast.BinOp(left=left, op=ast.MatMult(), right=right):
            return f"({as_python(right)} @ {as_python(left)}.T)"
        case ast.BinOp(left=left, op=op, right=right):
            sign = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}[type(op)]
            return f"({as_python(left)} {sign} {as_python(right)})"
    raise TypeError(ast.dump(tree))


FORWARD = '''\
{squashings}


CELL = {{
{step}
}}


def run_step(given, added):
    """Return all values of one step; `added` holds what is added to some of them."""
    v = dict(given)
    for name, formula in CELL.items():
        v[name] = formula(v) + added.get(name, 0)
    return v


def run_cell(x, w, h0, c0, disturbance=None):
    """Return the values of each step, a list of dicts."""
    steps, h, c = [], h0, c0
    for t in range(len(x)):
        added = {{name: noise[t] for name, noise in (disturbance or {{}}).items()}}
        steps.append(run_step({{**w, "x": x[t], "h_prev": h, "c_prev": c}}, added))
        h, c = steps[-1]["h"], steps[-1]["c"]
    return steps'''
