"""How sure a claim is.

A rule has a sureness of its own, less what speaks against this instance; these figures order the rules as
read on text of our own. For claims of resistance two logistic regressions over readable features have
the last word (`models/claims/weights.json`), one for a pair in its sentence and one for all that the
document says of the pair: the score is the share of such claims that readers found right.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from math import exp
from pathlib import Path

LIFT = 0.2
"""Puts the rules' figures on the scale of the probabilities, so that one threshold serves both."""
QUESTION_PENALTY = 0.5
FAR_PENALTY = 0.004
"""For each token between a claim's ends beyond `NEAR_TOKENS`."""
NEAR_TOKENS = 18
UNLINKED_PENALTY = 0.3
"""Lets only the surest rules' claims be accepted: most read on odd and dev documents were wrong."""
CLAIM_WEIGHTS = Path(__file__).parents[1] / "models" / "claims" / "weights.json"
_TOLD = 8
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
    return bounded(value)


@cache
def claim_weights() -> Mapping[str, Mapping[str, float]]:
    """Return the weights by feature: `pairs` of a pair in a sentence, `documents` of one in its document.

    Raises
    ------
    OSError, ValueError
        If the file is missing or damaged.
    """
    weights: dict[str, dict[str, float]] = json.loads(CLAIM_WEIGHTS.read_text("utf-8"))
    return {part: weights[part] for part in ("pairs", "documents")}


def pair_probability(features: Mapping[str, float]) -> float:
    """Return the probability that a reader finds a claim about a pair in its sentence."""
    return weighted(claim_weights()["pairs"], features)


def document_probability(features: Mapping[str, float]) -> float:
    """Return the probability that a reader finds a claim about a pair in its document."""
    return weighted(claim_weights()["documents"], features)


def weighted(weights: Mapping[str, float], features: Mapping[str, float]) -> float:
    """Return the logistic of a weighted sum; features without a weight count nothing."""
    return logistic(value * weights[name] for name, value in features.items() if name in weights)


def heaviest(features: Mapping[str, float]) -> dict[str, float]:
    """Return what weighs most in the probability of a pair, by feature: weight times value."""
    weights = claim_weights()["pairs"]
    parts = {name: value * weights[name] for name, value in features.items() if name in weights}
    return dict(sorted(parts.items(), key=lambda part: (-abs(part[1]), part[0]))[:_TOLD])


def logistic(parts: Iterable[float]) -> float:
    """Return the probability for the parts of a sum.

    >>> logistic([0.5, -0.5])
    0.5
    """
    return 1 / (1 + exp(-max(-30.0, min(30.0, sum(parts)))))


def bounded(value: float) -> float:
    """Return a score of four digits between 0.01 and 0.99.

    >>> bounded(1.2)
    0.99
    """
    return round(min(0.99, max(0.01, value)), 4)
