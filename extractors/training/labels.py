"""Documents that readers have labelled (`gold/training`), and what they say of the pairs in them."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from spacy.language import Language
from spacy.tokens import Doc, Span

from extractors.relations.across_sentences import only_drug_of
from extractors.relations.candidates import (
    DRUGS,
    MEDIATORS,
    SentenceView,
    concept_key,
    may_be_drug,
    sentence_views,
)
from extractors.relations.claims import linked_in
from extractors.relations.macrophage import find_macrophage_links
from extractors.relations.pairs import DocumentPairs, PairKey, drug_key, pair_features
from extractors.relations.weighing import affirms, document_features

_MUCH = 0.5
"""Share of the words of a reader's name that a mention must cover to stand for it."""
Place = tuple[int, int]


class Label(NamedTuple):
    """A claim of a document: offsets of one mention of each name, and of the sentences that state it."""

    mediator: Place
    drug: Place
    effect: str
    negated: bool
    optional: bool
    sentences: tuple[Place, ...]


class LabelledDocument(NamedTuple):
    """A record with the claims that its reader saw in it."""

    pmid: str
    claims: tuple[Label, ...]


@dataclass
class Judged:
    """A pair of a document: features of its sentences and what its reader says of it.

    Attributes
    ----------
    sentences
        For each of the document's pairs with these names: features, label (1, 0, or none where a claim is
        stated elsewhere), weight of the label.
    words
        The words of each of these sentences, its names left out.
    effects
        Effects that the reader gives, and whether any of them must be found.
    """

    pmid: str
    key: PairKey
    effects: frozenset[str]
    required: frozenset[int]
    known: bool
    denied: bool
    sentences: list[tuple[int, dict[str, float], float, float]] = field(default_factory=list)
    words: list[frozenset[str]] = field(default_factory=list)
    affirmed: bool = False
    votes: list[tuple[int, int]] = field(default_factory=list)


class Candidates(NamedTuple):
    """The pairs of a labelled document, and how its document features follow from probabilities."""

    pairs: list[Judged]
    of_document: Callable[[Sequence[float]], dict[PairKey, dict[str, float]]]


def read_labels(folder: Path) -> Iterator[LabelledDocument]:
    """Read the labelled documents of a folder, as their first reader saw them.

    Raises
    ------
    OSError
        If a table is missing.
    """
    claims: dict[tuple[str, str], list[Label]] = {}
    for row in _rows(folder / "claims.csv"):
        label = Label(
            (int(row["mediator_start"]), int(row["mediator_end"])),
            (int(row["drug_start"]), int(row["drug_end"])),
            row["effect"],
            row["negated"] == "true",
            row["optional"] == "true",
            tuple(_place(words) for words in row["sentences"].split("|") if words),
        )
        claims.setdefault((row["pmid"], row["reader"]), []).append(label)
    for row in _rows(folder / "records.csv"):
        yield LabelledDocument(row["pmid"], tuple(claims.get((row["pmid"], row["reader"]), ())))


def _place(words: str) -> Place:
    start, end = words.split("-")
    return int(start), int(end)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def candidates_of(
    nlp: Language, texts: Mapping[str, str], documents: Iterable[LabelledDocument]
) -> Iterator[Candidates]:
    """Yield the pairs of labelled documents, judged by their labels.

    Parameters
    ----------
    texts
        PMID to text; other documents are passed over.
    """
    known = {document.pmid: document for document in documents if document.pmid in texts}
    for doc, pmid in nlp.pipe(((texts[pmid], pmid) for pmid in known), as_tuples=True):
        yield _judged(doc, known[pmid])


class _Named(NamedTuple):
    """A reader's claim, with the keys of what the pipeline calls its names."""

    label: Label
    mediators: frozenset[str]
    drugs: frozenset[str]

    def is_of(self, key: PairKey) -> bool:
        return key[0] in self.mediators and key[1] in self.drugs

    def may_be_of(self, key: PairKey) -> bool:
        """Tell whether a name that the pipeline doesn't know could make this the reader's pair."""
        one = not self.mediators or key[0] in self.mediators
        other = not self.drugs or key[1] in self.drugs
        return one and other and not (self.mediators and self.drugs)


def _judged(doc: Doc, document: LabelledDocument) -> Candidates:
    views = sentence_views(doc)
    only = only_drug_of(doc, views)
    linked = linked_in(views, only, [(view, link) for view in views for link in find_macrophage_links(view)])
    together = DocumentPairs(doc, views, linked, only)
    spans = [span for view in views for span in (*view.mentions, *view.targets)]
    claims = [_named(doc, spans, label) for label in document.claims]
    by_key: dict[PairKey, Judged] = {}
    for number, pair in enumerate(together.pairs):
        own = [claim for claim in claims if claim.is_of(pair.key)]
        told = [c for c in own if not c.label.negated]
        if pair.key not in by_key:
            by_key[pair.key] = Judged(
                document.pmid,
                pair.key,
                frozenset(c.label.effect for c in told),
                frozenset(claims.index(c) for c in told if not c.label.optional),
                bool(own) or not any(claim.may_be_of(pair.key) for claim in claims),
                bool(own) and not told,
            )
        judged = by_key[pair.key]
        features = pair_features(pair, together.position(pair.place))
        stated = [c.label for c in told if _states(c.label, pair.view.sentence)]
        if stated:
            right, weight = 1.0, 0.5 if all(label.optional for label in stated) else 1.0
        else:
            right, weight = 0.0, 0.0 if own or not judged.known else 1.0
        judged.sentences.append((number, features, right, weight))
        judged.words.append(_words(pair.view))
        if pair.linked is not None and affirms(pair):
            judged.affirmed = True
            judged.votes.append((number, pair.linked.link.sign))
    pairs = together.pairs

    def of_document(probabilities: Sequence[float]) -> dict[PairKey, dict[str, float]]:
        return document_features(together, list(zip(pairs, probabilities, strict=True)))

    return Candidates(list(by_key.values()), of_document)


def _words(view: SentenceView) -> frozenset[str]:
    return frozenset(token.lower_ for token in view.sentence if token.i not in view.at and token.is_alpha)


def _states(label: Label, sentence: Span) -> bool:
    return any(start < sentence.end_char and sentence.start_char < end - 1 for start, end in label.sentences)


def _named(doc: Doc, spans: Sequence[Span], label: Label) -> _Named:
    mediators = _keys(doc, [s for s in spans if s.label_ in MEDIATORS], label.mediator, concept_key)
    drugs = _keys(doc, [s for s in spans if s.label_ in DRUGS], label.drug, drug_key)
    if not drugs:
        drugs = _keys(doc, [s for s in spans if may_be_drug(s)], label.drug, drug_key)
    return _Named(label, mediators, drugs)


def _keys(doc: Doc, spans: Sequence[Span], place: Place, key: Callable[[Span], str]) -> frozenset[str]:
    """Return the two likeliest keys of what stands where a reader's words stand, anywhere in the document."""
    words = doc.text[place[0] : place[1]]
    weights: Counter[str] = Counter()
    for match in re.finditer(rf"(?<![A-Za-z0-9]){re.escape(words)}(?![A-Za-z0-9])", doc.text):
        start, end = match.span()
        over = [
            (
                (min(end, s.end_char) - max(start, s.start_char))
                / (max(end, s.end_char) - min(start, s.start_char)),
                s,
            )
            for s in spans
            if s.start_char < end and start < s.end_char
        ]
        if over:
            share, span = max(over, key=lambda pair: pair[0])
            weights[key(span)] += 100 if share >= _MUCH else 1
    return frozenset(name for name, _ in weights.most_common(2))
