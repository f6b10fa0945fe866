"""Train the scorer of resistance claims on sentences that readers have labelled (`gold/training`).

A logistic regression (scikit-learn, L2) over the features of `relations.pairs`, for the pairs that the rules
link: it learns which of the rules' claims a reader finds in the sentence. Claims on which two careful readers
could differ count half.
"""

from __future__ import annotations

import csv
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from spacy.language import Language
from spacy.tokens import Doc, Span

from extractors.relations.across_sentences import only_drug_of
from extractors.relations.candidates import concept_key, sentence_views
from extractors.relations.claims import linked_pairs, rule_features
from extractors.relations.direction import effect_of
from extractors.relations.pairs import pair_features
from extractors.relations.scorer import RULE, logistic, score

STRENGTH = 0.1
"""Inverse of the penalty on weights; chosen by cross-validation."""
FEWEST = 3
"""Candidates that a feature must occur in."""
FOLDS = 10
THRESHOLDS = (0.4, 0.5, 0.6, 0.7, 0.8)


class Label(NamedTuple):
    """A claim of a sentence: offsets in the text of the record."""

    mediator: tuple[int, int]
    drug: tuple[int, int]
    effect: str
    negated: bool
    optional: bool


class LabelledSentence(NamedTuple):
    """A sentence of a record with the claims that its reader saw in it."""

    pmid: str
    start: int
    end: int
    claims: tuple[Label, ...]


class Candidate(NamedTuple):
    """A pair that a rule links: features, and how right it is (1, 0.5 for optional, 0)."""

    pmid: str
    features: dict[str, float]
    right: float
    required: frozenset[tuple[int, int]]
    """The required claims that it gives: (start of the sentence, place of the claim)."""


class ScorerReport(NamedTuple):
    """Size, and what cross-validation over records gives.

    Attributes
    ----------
    curve
        Threshold, precision and recall of the claims in labelled sentences.
    brier
        Mean squared error of the probabilities.
    """

    candidates: int
    required: int
    curve: tuple[tuple[float, float, float], ...]
    brier: float
    bins: tuple[tuple[float, float, int], ...]


def read_labels(folder: Path) -> Iterator[LabelledSentence]:
    """Read the labelled sentences of a folder, as their first reader saw them.

    Raises
    ------
    OSError
        If a table is missing.
    """
    claims: dict[tuple[str, str, str], list[Label]] = {}
    for row in _rows(folder / "claims.csv"):
        label = Label(
            (int(row["mediator_start"]), int(row["mediator_end"])),
            (int(row["drug_start"]), int(row["drug_end"])),
            row["effect"],
            row["negated"] == "true",
            row["optional"] == "true",
        )
        claims.setdefault((row["pmid"], row["sentence_start"], row["reader"]), []).append(label)
    for row in _rows(folder / "sentences.csv"):
        own = claims.get((row["pmid"], row["start"], row["reader"]), ())
        yield LabelledSentence(row["pmid"], int(row["start"]), int(row["end"]), tuple(own))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def candidates_of(
    nlp: Language, texts: Mapping[str, str], sentences: Iterable[LabelledSentence]
) -> Iterator[Candidate]:
    """Yield what the rules link in labelled sentences, judged by their labels.

    Parameters
    ----------
    texts
        PMID to text; sentences of other records are passed over.
    """
    by_record: dict[str, list[LabelledSentence]] = {}
    for sentence in sentences:
        if sentence.pmid in texts:
            by_record.setdefault(sentence.pmid, []).append(sentence)
    records = ((texts[pmid], pmid) for pmid in by_record)
    for doc, pmid in nlp.pipe(records, as_tuples=True):
        yield from _of_record(doc, by_record[pmid])


def _of_record(doc: Doc, sentences: Sequence[LabelledSentence]) -> Iterator[Candidate]:
    views = sentence_views(doc)
    only = only_drug_of(doc, views)
    for sentence in sentences:
        for place, view in enumerate(views):
            if not view.sentence.start_char <= sentence.start < view.sentence.end_char:
                continue
            best: dict[tuple[str, str], Any] = {}
            for pair in linked_pairs(view, only, views[place - 1] if place else None, []):
                key = concept_key(pair.link.mediator), concept_key(pair.drug)
                if len(pair.sentences) == 1:
                    best[key] = max(best.get(key, pair), pair, key=lambda p: p.link.sure - p.penalty)
            for pair in best.values():
                link, drug = pair.link, pair.drug
                rule = score(link.sure, rule_features(view, link, drug, pair.penalty))
                features = pair_features(view, link, drug, pair.penalty) | {RULE: rule}
                mediators = [s for s in (*view.mentions, *view.targets) if _same(s, link.mediator)]
                drugs = [s for s in view.mentions if _same(s, drug)]
                met = [
                    (number, label)
                    for number, label in enumerate(sentence.claims)
                    if _meets(mediators, label.mediator) and _meets(drugs, label.drug)
                ]
                if link.negated or any(label.negated for _, label in met):
                    continue
                right = [(n, label) for n, label in met if label.effect == effect_of(link.sign)]
                required = {(sentence.start, n) for n, label in right if not label.optional}
                how = 1.0 if required else 0.5 if right else 0.0
                yield Candidate(sentence.pmid, features, how, frozenset(required))


def _same(one: Span, other: Span) -> bool:
    generic = one.label_ == other.label_ == "generic_drug"
    return generic or concept_key(one) == concept_key(other)


def _meets(spans: Sequence[Span], place: tuple[int, int]) -> bool:
    return any(span.start_char < place[1] and place[0] < span.end_char for span in spans)


def train_scorer(candidates: Sequence[Candidate], required: int, path: Path) -> ScorerReport:
    """Fit the weights, write them, and say what cross-validation gives.

    Parameters
    ----------
    required
        How many claims the labelled sentences hold, candidates or not.

    Raises
    ------
    ModuleNotFoundError
        If scikit-learn (extra `train`) isn't installed.
    """
    weights = _fit(candidates)
    path.parent.mkdir(parents=True, exist_ok=True)
    rounded = {name: round(weight, 4) for name, weight in sorted(weights.items()) if round(weight, 4)}
    path.write_text(json.dumps({"weights": rounded}, indent=0, ensure_ascii=False) + "\n", "utf-8")
    chances: list[float] = [0.0] * len(candidates)
    folds = [zlib.crc32(c.pmid.encode()) % FOLDS for c in candidates]
    for fold in range(FOLDS):
        own = _fit([c for c, f in zip(candidates, folds, strict=True) if f != fold])
        for place, candidate in enumerate(candidates):
            if folds[place] == fold:
                chances[place] = _probability(own, candidate.features)
    return _report(candidates, chances, required)


def _fit(candidates: Sequence[Candidate]) -> dict[str, float]:
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    counts = Counter(name for c in candidates for name in c.features)
    rows = [{n: v for n, v in c.features.items() if counts[n] >= FEWEST} for c in candidates]
    vectorizer = DictVectorizer()
    matrix = vectorizer.fit_transform(rows)
    model = LogisticRegression(C=STRENGTH, max_iter=5000)
    model.fit(
        matrix,
        [int(c.right > 0) for c in candidates],
        sample_weight=[c.right if c.right else 1.0 for c in candidates],
    )
    weights = dict(zip(vectorizer.get_feature_names_out(), map(float, model.coef_[0]), strict=True))
    weights["bias"] = weights.get("bias", 0.0) + float(model.intercept_[0])
    return weights


def _probability(weights: Mapping[str, float], features: Mapping[str, float]) -> float:
    return logistic(value * weights.get(name, 0.0) for name, value in features.items())


def _report(candidates: Sequence[Candidate], chances: Sequence[float], required: int) -> ScorerReport:
    curve = []
    for threshold in THRESHOLDS:
        taken = [c for c, chance in zip(candidates, chances, strict=True) if chance >= threshold]
        right = sum(c.right == 1 for c in taken)
        wrong = sum(c.right == 0 for c in taken)
        found = {(c.pmid, *claim) for c in taken for claim in c.required}
        curve.append((threshold, right / max(1, right + wrong), len(found) / max(1, required)))
    judged = [(chance, c.right) for c, chance in zip(candidates, chances, strict=True) if c.right != 0.5]
    brier = sum((chance - right) ** 2 for chance, right in judged) / max(1, len(judged))
    bins = []
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        inside = [pair for pair in judged if low <= pair[0] < low + 0.2]
        if inside:
            mean, share = (sum(column) / len(inside) for column in zip(*inside, strict=True))
            bins.append((mean, share, len(inside)))
    return ScorerReport(len(candidates), required, tuple(curve), brier, tuple(bins))
