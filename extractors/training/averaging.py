"""Average the weights of a model and of what it was trained on to (after M. Wortsman et al., ICML 2022)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.util import load_model

STEPS = ("tok2vec", "tagger", "parser")


def _weights(nlp: Language) -> list[tuple[Any, str]]:
    """Return each layer that has weights with their name, in one order for models of one shape."""
    found: list[tuple[Any, str]] = []
    seen: set[tuple[int, str]] = set()
    for step in STEPS:
        model: Any = nlp.get_pipe(step).model  # type: ignore[attr-defined]
        for layer in model.walk():
            for name in layer.param_names:
                if layer.has_param(name) and (layer.id, name) not in seen:
                    seen.add((layer.id, name))
                    found.append((layer, name))
    return found


def average_models(first: Path, second: Path, out: Path) -> None:
    """Write a model like the first whose weights are half of each.

    Raises
    ------
    ValueError
        If their layers differ: only a model and what it was trained on to can be averaged.
    """
    nlp, other = load_model(first), load_model(second)
    pairs = list(zip(_weights(nlp), _weights(other), strict=True))
    for (layer, name), (other_layer, other_name) in pairs:
        mine, theirs = layer.get_param(name), other_layer.get_param(other_name)
        if name != other_name or mine.shape != theirs.shape:
            raise ValueError(f"layer {layer.name}, {name}: {mine.shape} and {theirs.shape} can't be averaged")
        layer.set_param(name, (mine + theirs) / 2)
    nlp.to_disk(out)


if __name__ == "__main__":
    # python -m extractors.training.averaging FIRST SECOND OUT
    import sys

    average_models(*map(Path, sys.argv[1:4]))
