"""The weights of a linear-chain CRF, as a table that can be read: features down, labels across."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SUFFIX = ".crf.tsv.gz"
_ESCAPES = {"\\": r"\\", "\n": r"\n", "\t": r"\t", "\r": r"\r"}


class Weights(NamedTuple):
    """One CRF: the sum of a token's features and of the transition from the label before scores a label.

    Attributes
    ----------
    transitions
        From a label (rows) to the next (columns).
    features
        Name of a feature to its weight for each label.
    """

    labels: tuple[str, ...]
    transitions: NDArray[np.float64]
    features: Mapping[str, Sequence[float]]


def write_weights(weights: Weights, path: Path) -> None:
    """Write weights: labels, then a row of transitions for each, then a row for each feature."""
    rows = ["\t".join(weights.labels)]
    rows += ["\t".join(map(_number, row)) for row in weights.transitions.tolist()]
    for feature, values in sorted(weights.features.items()):
        name = "".join(_ESCAPES.get(sign, sign) for sign in feature)
        rows.append("\t".join((name, *map(_number, values))))
    path.write_bytes(gzip.compress(("\n".join(rows) + "\n").encode(), 9, mtime=0))


def _number(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".") if value else ""


def read_weights(path: Path) -> Weights:
    """Read weights.

    Raises
    ------
    OSError
        If the file is missing, cut short or not compressed.
    ValueError
        If it is no table of weights.
    """
    try:
        lines = gzip.decompress(path.read_bytes()).decode().split("\n")
    except EOFError as fault:
        raise OSError(str(fault)) from fault
    labels = tuple(lines[0].split("\t"))
    count = len(labels)
    rows = [line.split("\t") for line in lines[1:] if line]
    if len(rows) < count or any(len(row) != count for row in rows[:count]):
        raise ValueError(f"{path} has no transitions between its {count} labels")
    features = {}
    for name, *values in rows[count:]:
        if len(values) != count:
            raise ValueError(f"{path} has {len(values)} weights for {name!r} and {count} labels")
        plain = name if "\\" not in name else _unescaped(name)
        features[plain] = [float(value) if value else 0.0 for value in values]
    transitions = np.array([[float(value or 0) for value in row] for row in rows[:count]])
    return Weights(labels, transitions, features)


def _unescaped(name: str) -> str:
    signs = {escaped[1]: sign for sign, escaped in _ESCAPES.items()}
    plain, pieces = "", iter(name)
    for sign in pieces:
        plain += signs[next(pieces)] if sign == "\\" else sign
    return plain
