"""How sure a claim is.

A rule has a sureness of its own, less what speaks against this instance; these figures order the rules as
read on text of our own. For claims of resistance within a sentence a logistic regression over readable
features has the last word (`models/claims/weights.json`): its score is the share of such claims that readers
found right.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from math import exp
from pathlib import Path

LIFT = 0.1
"""Puts the rules' figures on the scale of the probabilities, so that one threshold serves both."""
QUESTION_PENALTY = 0.5
FAR_PENALTY = 0.004
"""For each token between a claim's ends beyond `NEAR_TOKENS`."""
NEAR_TOKENS = 18
UNLINKED_PENALTY = 0.3
"""Lets only the surest rules' claims be accepted: most read on odd and dev documents were wrong."""
CLAIM_WEIGHTS = Path(__file__).parents[1] / "models" / "claims" / "weights.json"
RULE = "score of the rule"
"""The feature that holds what the rule says."""
_TRUST = 0.05
"""What the score may have above the rule's: a question stays one, however a claim in it would look."""
_TOLD = 6
"""Features of a claim that are kept to explain its score: those that weigh most."""


def score(sure: float, features: Mapping[str, float]) -> float:
    """Return a score between 0.01 and 0.99.

    Parameters
    ----------
    sure
        The rule's own sureness.
    features
        `question` (1 if the sentence only asks), `tokens` (from the first to the last token of the
        claim), `unlinked` (main slots without an id), `penalty` (what the rule takes off itself).
    """
    value = sure + LIFT
    value -= QUESTION_PENALTY * features.get("question", 0.0)
    value -= FAR_PENALTY * max(0.0, features.get("tokens", 0.0) - NEAR_TOKENS)
    value -= UNLINKED_PENALTY * features.get("unlinked", 0.0)
    value -= features.get("penalty", 0.0)
    return _bounded(value)


@cache
def claim_weights() -> Mapping[str, float]:
    """Return the weight of each feature.

    Raises
    ------
    OSError, ValueError
        If the file is missing or damaged.
    """
    weights: dict[str, float] = json.loads(CLAIM_WEIGHTS.read_text("utf-8"))["weights"]
    return weights


def knows(feature: str) -> bool:
    """Tell whether the labels have taught anything of a feature."""
    return feature in claim_weights()


def claim_score(features: Mapping[str, float]) -> tuple[float, dict[str, float]]:
    """Return the probability that a reader finds a claim in its sentence, and what weighs most in it.

    Parameters
    ----------
    features
        Features of the pair (`pairs.pair_features`), with the score of its rule under `RULE`.
    """
    weights = claim_weights()
    most = features.get(RULE, 1.0) + _TRUST
    parts = {name: value * weights[name] for name, value in features.items() if name in weights}
    told = dict(sorted(parts.items(), key=lambda part: (-abs(part[1]), part[0]))[:_TOLD])
    return _bounded(min(most, logistic(parts.values()))), told


def logistic(parts: Iterable[float]) -> float:
    """Return the probability for the parts of a sum.

    >>> logistic([0.5, -0.5])
    0.5
    """
    return 1 / (1 + exp(-sum(parts)))


def _bounded(value: float) -> float:
    return round(min(0.99, max(0.01, value)), 4)
