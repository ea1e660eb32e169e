"""Typical mistakes in Step 3, on the reserved cell bank-1."""

from bank import Change

BOTH = {"one_step": 6.0, "forward": 6.0}
H_ALONE = {"one_step": 3.0, "forward": 6.0}  # c of the first step does not know s

CHANGES = (
    Change(
        "keeps p, not (1 - q) p",
        "memory",
        '(1 - v["q"]) * v["p"]',
        'v["q"] * v["p"]',
        {"memory": 4.0},
        "`q` stands in `c` where 1 - of it belongs",
    ),
    Change(
        "writes with the wrong gate",
        "memory",
        'v["q"] * v["r"]',
        'v["p"] * v["r"]',
        {"memory": 4.0},
        "`p` stands in `c` where `q` belongs",
    ),
    Change("P forgotten", "shown", 'u @ v["P"].T', "u", {"shown": 4.0}, "`P` is left out"),
    Change("P transposed", "shown", 'v["P"].T', 'v["P"]', {"shown": 4.0}, "`P` is transposed"),
    Change(
        "tanh as in the book",
        "shown",
        'np.arcsinh(v["c"])',
        'np.tanh(v["c"])',
        {"shown": 4.0},
        "the tanh of the book",
    ),
    Change(
        "shows the memory unsquashed",
        "shown",
        'np.arcsinh(v["c"])',
        'v["c"]',
        {"shown": 4.0},
        "`k` is not squashed at all",
    ),
    Change(
        "bias of r forgotten",
        "forward",
        ' + w["br"]',
        "",
        BOTH,
        "`zr` lacks the summand `br`",
    ),
    Change(
        "recurrence of p forgotten",
        "forward",
        ' + h @ w["whp"].T',
        "",
        BOTH,
        "`zp` lacks the summand `whp @ h_prev`",
    ),
    Change(
        "recurrent matrix transposed",
        "forward",
        'h @ w["whq"].T',
        'h @ w["whq"]',
        BOTH,
        "`whq` is transposed",
    ),
    Change(
        "weights of another gate",
        "forward",
        'h @ w["whq"].T',
        'h @ w["whp"].T',
        BOTH,
        "`whp` stands in `zq` where `whq` belongs",
    ),
    Change(
        "detour forgotten",
        "forward",
        "(q * h)",
        "h",
        BOTH,
        "in `zr` the factor `q` is missing",
    ),
    Change(
        "detour after the matrix",
        "forward",
        '(q * h) @ w["whr"].T',
        'q * (h @ w["whr"].T)',
        BOTH,
        "the gate multiplies before the matrix",
    ),
    Change(
        "leak forgotten",
        "forward",
        ' + w["a"] * c)',
        ")",
        H_ALONE,
        "`zs` lacks the summand `a * c`",
    ),
    Change(
        "leak from the memory before",
        "forward",
        "        c = (1 - q) * p * c + q * r\n"
        '        s = root_share(x[t] @ w["wxs"].T + h @ w["whs"].T + w["bs"] + w["a"] * c)\n',
        '        s = root_share(x[t] @ w["wxs"].T + h @ w["whs"].T + w["bs"] + w["a"] * c)\n'
        "        c = (1 - q) * p * c + q * r\n",
        H_ALONE,
        "`c_prev` stands in `zs` where `c` belongs",
    ),
    Change(
        "first h ignored", "forward", "h, c = h0, c0", "h, c = 0 * h0, c0", BOTH, "`h0` is ignored"
    ),
    Change(
        "first c ignored", "forward", "h, c = h0, c0", "h, c = h0, 0 * c0", BOTH, "`c0` is ignored"
    ),
    Change(
        "h and c exchanged",
        "forward",
        "all_h[t], all_c[t] = h, c",
        "all_h[t], all_c[t] = c, h",
        BOTH,
        "`h` and `c` are exchanged",
    ),
    Change(
        "stored before the step",
        "forward",
        "    for t in range(T):\n",
        "    for t in range(T):\n"
        "        all_h[t], all_c[t] = h, c\n"
        "        if t == T - 1:\n"
        "            break\n",
        BOTH,
        "the states are stored before the step",
    ),
    Change(
        "each step from the first states",
        "forward",
        "    for t in range(T):\n",
        "    for t in range(T):\n        h, c = h0, c0\n",
        {"forward": 6.0},
        "each step begins with `h0` and `c0`",
    ),
    Change(
        "last state only",
        "forward",
        '{"h": all_h, "c": all_c}',
        '{"h": h, "c": c}',
        BOTH,
        "expected shape (1, 3, 4), got (3, 4)",
    ),
    Change(
        "c missing in the result",
        "forward",
        '{"h": all_h, "c": all_c}',
        '{"h": all_h}',
        {"one_step": 3.0, "forward": 3.0},
        "`c` is missing",
    ),
    Change(
        "a name that does not exist",
        "forward",
        "np.arcsinh(c)",
        "np.arcsinh(c_t)",
        BOTH,
        "NameError: name 'c_t' is not defined (in the line `k = np.arcsinh(c_t)`)",
    ),
    Change(
        "half done",
        "forward",
        "",
        "def forward(x, w, h0, c0):\n    ...  # TODO\n",
        BOTH,
        "not written yet",
        "unfinished",
    ),
    Change(
        "does not parse",
        "shown",
        "def shown(v):",
        "def shown(v)",
        {"shown": 4.0},
        "Python can't read the cell `shown` in line 1",
        "unfinished",
    ),
    Change(
        "stops in the middle",
        "forward",
        "        k = np.arcsinh(c)\n",
        "        raise NotImplementedError\n",
        BOTH,
        "it raised NotImplementedError",
        "unfinished",
    ),
)
