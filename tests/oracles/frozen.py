"""Files of frozen answers: written by the scripts `make_….py`, read by the tests."""

import io
import json
import zipfile

import numpy as np


def write(path, provenance, arrays):
    """Write an npz whose bytes depend on its content alone: zip entries have a fixed date."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in {
            "provenance": np.array(json.dumps(provenance, indent=1)),
            **arrays,
        }.items():
            buffer = io.BytesIO()
            np.save(buffer, array)
            entry = zipfile.ZipInfo(name + ".npy", date_time=(1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, buffer.getvalue(), zipfile.ZIP_DEFLATED)


def read(path):
    """Return {case: {name: array}} of a file whose arrays are called ``case/name``."""
    cases = {}
    with np.load(path) as file:
        for key in file.files:
            case, _, name = key.partition("/")
            if name:
                cases.setdefault(case, {})[name] = file[key]
    return cases
