"""How likely a document claims something of a mediator and a drug: all that its sentences say, together.

First each pair in each sentence gets a probability from its features (`relations.pairs`), then all pairs
of the same two names one from these and from the place of both in the document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log, prod
from typing import NamedTuple

from extractors.relations.pairs import (
    ANY_DRUG,
    POPULATIONS,
    RULE_SCORE,
    DocumentPairs,
    Pair,
    PairKey,
    drug_key,
    pair_features,
)
from extractors.relations.scorer import claim_weights, document_probability, pair_probability

FEW_SENTENCES = 5
"""A text with fewer is a title or an excerpt: its sentences speak for themselves."""
_LEAST = 1e-4
_UNLIKELY = 0.6
"""A sentence with less than this share of the best one's probability keeps its own."""
_MINORITY = 0.5
"""What a row's score is multiplied by if most of the document points the other way."""
_QUESTION = 0.4
"""The most that a sentence gets that only asks."""


class _InSentence(NamedTuple):
    features: Mapping[str, float]
    probability: float


@dataclass(frozen=True)
class Weighed:
    """The probabilities of a document's pairs.

    Attributes
    ----------
    sentences
        Features and probability of a pair in a sentence, by pair and number of the sentence.
    claims
        For each mediator and drug the probability that the document claims something of them.
    best
        The same pairs' highest probability in a sentence.
    votes
        The same pairs' direction: above 0 if more of the mediator means more resistance.
    has_macrophages, is_excerpt
        Whether it names macrophages, or has a few sentences only: hardly any labelled document is like
        that, so that the rules know better, or as well.
    """

    sentences: Mapping[tuple[PairKey, int], _InSentence]
    claims: Mapping[PairKey, float]
    best: Mapping[PairKey, float]
    votes: Mapping[PairKey, float]
    has_macrophages: bool
    is_excerpt: bool

    def score(self, key: PairKey, place: int, sign: int) -> float:
        """Return the probability of a row: a claim as a sentence states it."""
        own = self.sentences.get((key, place))
        if own is None:
            return self.claims.get(key, 0.0)
        told = self.claims[key]
        if own.probability < _UNLIKELY * self.best[key]:
            told = min(told, own.probability)
        by_rule = own.features.get(RULE_SCORE, 0.0)
        if self.has_macrophages or not _is_known(own.features):
            told = max(told, by_rule)
        elif self.is_excerpt:
            told = max(told, (told + 2 * by_rule) / 3)
        if self.votes[key] * sign < 0:
            told *= _MINORITY
        return min(told, _QUESTION) if "question" in own.features else told

    def features(self, key: PairKey, place: int) -> Mapping[str, float]:
        """Return the features of a pair in a sentence."""
        own = self.sentences.get((key, place))
        return own.features if own is not None else {}


def weigh(document: DocumentPairs) -> Weighed:
    """Return the probabilities of a document's pairs, by the shipped weights."""
    sentences = {}
    pairs = []
    best: dict[PairKey, float] = {}
    votes: dict[PairKey, float] = {}
    for pair in document.pairs:
        features = pair_features(pair, document.position(pair.place))
        probability = pair_probability(features)
        sentences[pair.key, pair.place] = _InSentence(features, probability)
        pairs.append((pair, probability))
        best[pair.key] = max(best.get(pair.key, 0.0), probability)
        sign = pair.linked.link.sign if pair.linked is not None and affirms(pair) else 0
        votes[pair.key] = votes.get(pair.key, 0.0) + probability * sign
    claims = dict(best)
    is_excerpt = len(document.views) < FEW_SENTENCES
    if not is_excerpt:
        together = document_features(document, pairs)
        claims = {key: document_probability(features) for key, features in together.items()}
    has_macrophages = any(view.of_kind(POPULATIONS) for view in document.views)
    return Weighed(sentences, claims, best, votes, has_macrophages, is_excerpt)


def document_features(
    document: DocumentPairs, pairs: Sequence[tuple[Pair, float]]
) -> dict[PairKey, dict[str, float]]:
    """Return what speaks for a claim in the document as a whole, by mediator and drug.

    Parameters
    ----------
    pairs
        The document's pairs with their probabilities.
    """
    of_key: dict[PairKey, list[tuple[Pair, float]]] = {}
    for pair, probability in pairs:
        of_key.setdefault(pair.key, []).append((pair, probability))
    most = {key: max(p for _, p in own) for key, own in of_key.items()}
    counts, drugs = document.mediators, document.drugs
    most_named = max(counts.values(), default=1)
    most_named_drug = max((n for key, n in drugs.items() if key != ANY_DRUG), default=1)
    only = document.only_drug
    found = {}
    for key, own in of_key.items():
        mediator, drug = key
        probabilities = sorted((p for _, p in own), reverse=True)
        ruled = [pair.linked for pair, _ in own if affirms(pair) and pair.linked is not None]
        at: dict[str, list[float]] = {}
        for pair, probability in own:
            at.setdefault(document.position(pair.place), []).append(probability)
        features = {
            "bias": 1.0,
            "best": _logit(probabilities[0]),
            "second": _logit(probabilities[1]) if len(own) > 1 else -5.0,
            "third": _logit(probabilities[2]) if len(own) > 2 else -6.0,
            "any": _logit(1 - prod(1 - p for p in probabilities)),
            "pairs": float(len(own)),
            "rules": float(len(ruled)),
            "surest rule": max((linked.link.sure - linked.penalty for linked in ruled), default=0.0),
            "rules agree": float(abs(sum(linked.link.sign for linked in ruled))),
            "in one sentence": float(sum(not pair.borrowed for pair, _ in own)),
            "best in one sentence": _logit(max((p for pair, p in own if not pair.borrowed), default=0.0)),
            "best in title": _logit(max(at.get("title", ()), default=0.0)),
            "best at the end": _logit(max(at.get("last", ()), default=0.0)),
            "mediator in title": float(mediator in document.in_title),
            "drug in title": float(drug in document.drugs_in_title),
            "share of mediator": counts.get(mediator, 0) / most_named,
            "share of drug": drugs.get(drug, 0) / most_named_drug,
            "mediator named": float(counts.get(mediator, 0)),
            "drug named": float(drugs.get(drug, 0)),
            "mediators": float(len(counts)),
            "drugs": float(len(drugs) - (ANY_DRUG in drugs)),
            "only drug": float(only is not None and drug == drug_key(only)),
            "any drug": float(drug == ANY_DRUG),
            "best of another mediator": max((p for k, p in most.items() if k[0] != mediator), default=0.0),
            "best of another drug": max((p for k, p in most.items() if k[1] != drug), default=0.0),
            "sentences": float(len(document.views)),
            f"mediator={own[0][0].mediator.label_}": 1.0,
            f"drug={own[0][0].drug.label_}": 1.0,
        }
        found[key] = features
    return found


def _is_known(features: Mapping[str, float]) -> bool:
    """Tell whether the labels have taught anything of the word of response that a rule goes by."""
    weights = claim_weights()["pairs"]
    return all(name in weights for name in features if name.startswith("response="))


def affirms(pair: Pair) -> bool:
    """Tell whether a rule says that a claim holds of a pair."""
    return pair.linked is not None and not pair.linked.link.negated


def _logit(probability: float) -> float:
    bounded = min(max(probability, _LEAST), 1 - _LEAST)
    return log(bounded / (1 - bounded))
