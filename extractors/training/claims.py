"""Train the scorer of resistance claims on documents that readers have labelled (`gold/training`).

Two logistic regressions (scikit-learn, L2): one over the features of a pair of a mediator and a drug in
its sentence (`relations.pairs`), one over what all sentences of a document say of the pair
(`relations.weighing`). The second learns from probabilities that the first gives to documents which it
hasn't seen. Claims on which two careful readers could differ count half; what a reader named and the
pipeline has no mention of, not at all.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from extractors.relations.direction import effect_of
from extractors.relations.pairs import ANY_DRUG, RULE_SCORE
from extractors.relations.scorer import weighted
from extractors.training.labels import Candidates, Judged

STRENGTH, DOCUMENT_STRENGTH = 0.12, 0.3
"""Inverses of the penalty on weights; chosen by cross-validation."""
FEWEST = 8
"""Pairs that a feature must occur in."""
FOLDS = 8
THRESHOLDS = (0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85)
SHIPPED = 0.8
"""The threshold whose recall other ways of scoring are compared at."""


class ScorerReport(NamedTuple):
    """Size, and what cross-validation over records gives.

    Attributes
    ----------
    curve
        Threshold, precision and recall of the claims of documents, among pairs that a rule affirms.
    brier
        Mean squared error of the probabilities.
    bins
        Mean probability, share of right ones and number, by fifths of the scale.
    ablation
        Name of a way of scoring, its precision and recall where its recall comes nearest to that of the
        shipped threshold.
    """

    documents: int
    pairs: int
    required: int
    curve: tuple[tuple[float, float, float], ...]
    brier: float
    bins: tuple[tuple[float, float, int], ...]
    ablation: tuple[tuple[str, float, float], ...]


class _Row(NamedTuple):
    """A pair of a document as some way of scoring sees it.

    `vote` is above 0 for `promotes`; `counts` tells whether it may be accepted at all.
    """

    judged: Judged
    chance: float
    vote: float
    counts: bool


def train_scorer(
    documents: Sequence[Candidates], required: int, path: Path, *, ablate: bool = False
) -> ScorerReport:
    """Fit the weights, write them, and say what cross-validation gives.

    Parameters
    ----------
    required
        How many claims must be found in the labelled documents, candidates or not.
    ablate
        Whether to say also what other ways of scoring reach.

    Raises
    ------
    ModuleNotFoundError
        If scikit-learn (extra `train`) isn't installed.
    """
    folds = [zlib.crc32(d.pairs[0].pmid.encode()) % FOLDS if d.pairs else 0 for d in documents]
    unseen = _crossfit(documents, folds)
    pairs = [
        (judged, d.of_document(chances)[judged.key], fold, _vote(judged, chances))
        for d, chances, fold in zip(documents, unseen, folds, strict=True)
        for judged in d.pairs
    ]
    rows: list[_Row] = []
    for fold in range(FOLDS):
        own = _fit_documents([(j, f) for j, f, n, _ in pairs if n != fold])
        rows += [_Row(j, weighted(own, f), vote, j.affirmed) for j, f, n, vote in pairs if n == fold]
    fitted = {
        "pairs": _fit_pairs([j for d in documents for j in d.pairs]),
        "documents": _fit_documents([(j, f) for j, f, _, _ in pairs]),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    shown = {
        part: {name: round(weight, 4) for name, weight in sorted(own.items()) if round(weight, 4)}
        for part, own in fitted.items()
    }
    path.write_text(json.dumps(shown, indent=0, ensure_ascii=False) + "\n", "utf-8")
    ablation = _ablation(documents, folds, unseen, rows, required) if ablate else ()
    return _report(len(documents), rows, required, ablation)


def _vote(judged: Judged, chances: Sequence[float]) -> float:
    return sum(sign * chances[number] for number, sign in judged.votes)


def _crossfit(documents: Sequence[Candidates], folds: Sequence[int]) -> list[list[float]]:
    """Return for each document's pairs the probability by weights of other documents."""
    unseen: list[list[float]] = [[] for _ in documents]
    for fold in range(FOLDS):
        own = _fit_pairs([j for d, n in zip(documents, folds, strict=True) if n != fold for j in d.pairs])
        for place, (d, number) in enumerate(zip(documents, folds, strict=True)):
            if number == fold:
                by_number = {n: weighted(own, features) for j in d.pairs for n, features, _, _ in j.sentences}
                unseen[place] = [by_number[n] for n in sorted(by_number)]
    return unseen


def _fit_pairs(judged: Sequence[Judged]) -> dict[str, float]:
    labelled = [sentence for j in judged for sentence in j.sentences if sentence[3]]
    counts = Counter(name for _, features, _, _ in labelled for name in features)
    rows = [{n: v for n, v in features.items() if counts[n] >= FEWEST} for _, features, _, _ in labelled]
    return _fit(rows, [int(right) for _, _, right, _ in labelled], [w for *_, w in labelled], STRENGTH)


def _fit_documents(rows: Sequence[tuple[Judged, dict[str, float]]]) -> dict[str, float]:
    """Fit on features of one scale, and put the scale into the weights."""
    known = [(j, f) for j, f in rows if j.known and not j.denied]
    names = sorted({name for _, features in known for name in features} - {"bias"})
    scales, means = {}, {}
    for name in names:
        values = [features.get(name, 0.0) for _, features in known]
        means[name] = sum(values) / len(values)
        scales[name] = (sum((v - means[name]) ** 2 for v in values) / len(values)) ** 0.5 + 1e-6
    scaled = [{n: (f.get(n, 0.0) - means[n]) / scales[n] for n in names} | {"bias": 1.0} for _, f in known]
    right = [int(bool(j.effects)) for j, _ in known]
    counts = [0.5 if j.effects and not j.required else 1.0 for j, _ in known]
    weights = _fit(scaled, right, counts, DOCUMENT_STRENGTH)
    fitted = {name: weights.get(name, 0.0) / scales[name] for name in names}
    fitted["bias"] = weights["bias"] - sum(fitted[name] * means[name] for name in names)
    return fitted


def _fit(
    rows: Sequence[Mapping[str, float]], right: Sequence[int], counts: Sequence[float], strength: float
) -> dict[str, float]:
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    vectorizer = DictVectorizer()
    matrix = vectorizer.fit_transform(rows)
    model = LogisticRegression(C=strength, max_iter=5000)
    model.fit(matrix, right, sample_weight=counts)
    weights = dict(zip(vectorizer.get_feature_names_out(), map(float, model.coef_[0]), strict=True))
    weights["bias"] = weights.get("bias", 0.0) + float(model.intercept_[0])
    return weights


def _outcome(row: _Row) -> int:
    """Return 1 for a pair that is right, -1 for a wrong one, 0 for one that counts neither way."""
    if not row.counts:
        return 0
    if row.judged.required:
        return 1 if effect_of(1 if row.vote > 0 else -1) in row.judged.effects else -1
    return -1 if row.judged.known and not row.judged.effects else 0


def _outcomes(rows: Iterable[_Row], least: float) -> tuple[int, int, int]:
    """Return how many pairs from a probability on are right and wrong, and how many claims they find."""
    taken = [(row, _outcome(row)) for row in rows if row.chance >= least]
    found = {(r.judged.pmid, number) for r, outcome in taken if outcome > 0 for number in r.judged.required}
    return sum(o > 0 for _, o in taken), sum(o < 0 for _, o in taken), len(found)


def _report(
    documents: int, rows: Sequence[_Row], required: int, ablation: tuple[tuple[str, float, float], ...]
) -> ScorerReport:
    curve = []
    for threshold in THRESHOLDS:
        right, wrong, found = _outcomes(rows, threshold)
        curve.append((threshold, right / max(1, right + wrong), found / max(1, required)))
    told = [
        (row.chance, float(bool(row.judged.effects)))
        for row in rows
        if row.counts and row.judged.known and (row.judged.required or not row.judged.effects)
    ]
    brier = sum((chance - right) ** 2 for chance, right in told) / max(1, len(told))
    bins = []
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        inside = [pair for pair in told if low <= pair[0] < low + 0.2 or (low == 0.8 and pair[0] == 1.0)]
        if inside:
            mean, share = (sum(column) / len(inside) for column in zip(*inside, strict=True))
            bins.append((mean, share, len(inside)))
    return ScorerReport(documents, len(rows), required, tuple(curve), brier, tuple(bins), ablation)


def _ablation(
    documents: Sequence[Candidates],
    folds: Sequence[int],
    unseen: Sequence[Sequence[float]],
    rows: Sequence[_Row],
    required: int,
) -> tuple[tuple[str, float, float], ...]:
    """Score the same pairs in other ways; where no rule tells a direction, `promotes` is taken."""
    best = {
        (judged.pmid, judged.key): max(chances[number] for number, *_ in judged.sentences)
        for d, chances in zip(documents, unseen, strict=True)
        for judged in d.pairs
    }
    words = _by_words(documents, folds)
    specific = [row for row in rows if row.judged.key[1] != ANY_DRUG]

    def rule(judged: Judged) -> float:
        return max(features.get(RULE_SCORE, 0.0) for _, features, *_ in judged.sentences)

    def in_one_sentence(judged: Judged) -> float:
        return float(sum(not any(n.startswith("borrowed") for n in f) for _, f, *_ in judged.sentences))

    ways = {
        "all": rows,
        "without the document": [r._replace(chance=best[r.judged.pmid, r.judged.key]) for r in rows],
        "score of the rule only": [r._replace(chance=rule(r.judged)) for r in rows],
        "all, no rule needed": [r._replace(vote=r.vote or 1.0, counts=True) for r in rows],
        "words of the sentences": [
            r._replace(chance=words[r.judged.pmid, r.judged.key], vote=1.0, counts=True) for r in rows
        ],
        "sentences with both": [
            r._replace(chance=in_one_sentence(r.judged), vote=1.0, counts=True) for r in rows
        ],
        "all, drugs by name or class": specific,
    }
    aim = _outcomes(rows, SHIPPED)[2]
    return tuple((name, *_nearest(way, aim, required)) for name, way in ways.items())


def _nearest(rows: Sequence[_Row], aim: int, required: int) -> tuple[float, float]:
    """Return precision and recall where as many claims are found as another way finds, or all."""
    right = wrong = 0
    found: set[tuple[str, int]] = set()
    for row in sorted(rows, key=lambda row: -row.chance):
        outcome = _outcome(row)
        right, wrong = right + (outcome > 0), wrong + (outcome < 0)
        if outcome > 0:
            found |= {(row.judged.pmid, number) for number in row.judged.required}
        if len(found) >= aim:
            break
    return right / max(1, right + wrong), len(found) / max(1, required)


def _by_words(
    documents: Sequence[Candidates], folds: Sequence[int]
) -> dict[tuple[str, tuple[str, str]], float]:
    """Return the probabilities by a bag of words: all that the sentences with a pair say beside names."""
    chances = {}
    for fold in range(FOLDS):
        known = [j for d, n in zip(documents, folds, strict=True) if n != fold for j in d.pairs if j.known]
        bags = [dict.fromkeys(frozenset().union(*j.words), 1.0) | {"bias": 1.0} for j in known]
        weights = _fit(bags, [int(bool(j.effects)) for j in known], [1.0] * len(known), STRENGTH)
        for d, number in zip(documents, folds, strict=True):
            for judged in d.pairs if number == fold else ():
                bag = dict.fromkeys(frozenset().union(*judged.words), 1.0) | {"bias": 1.0}
                chances[judged.pmid, judged.key] = weighted(weights, bag)
    return chances
