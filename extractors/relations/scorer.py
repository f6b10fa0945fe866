"""How sure a rule's claim is: the rule's own sureness, less what speaks against this instance.

Not a probability: the figures order the rules as read on text of our own, and 0.5 parts what is
accepted from what is only kept.
"""

from __future__ import annotations

from collections.abc import Mapping

QUESTION_PENALTY = 0.5
FAR_PENALTY = 0.004
"""For each token between a claim's ends beyond `NEAR_TOKENS`."""
NEAR_TOKENS = 18
UNLINKED_PENALTY = 0.3
"""Lets only the surest rules' claims be accepted: most read on odd and dev documents were wrong."""


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
    value = sure
    value -= QUESTION_PENALTY * features.get("question", 0.0)
    value -= FAR_PENALTY * max(0.0, features.get("tokens", 0.0) - NEAR_TOKENS)
    value -= UNLINKED_PENALTY * features.get("unlinked", 0.0)
    value -= features.get("penalty", 0.0)
    return round(min(0.99, max(0.01, value)), 4)
