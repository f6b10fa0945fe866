"""How often is the right concept linked, given the right words? Measures only; no part of a run.

Each set is texts with marked mentions. The real components read the text; then the marked words take the
place of what the recogniser found, each with the entries that the vocabulary gives for its words, and the
real linker settles them.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span

from extractors.entities import SPANS
from extractors.knowledge_base import LEXICONS, read_concepts
from extractors.lexicon import kinds_like
from extractors.names import Names, load_names

READING = ("tamrex_sentences", "tamrex_abbreviations", "tamrex_entities")
"""Components before the linker that it needs."""

# Types of the corpora as kinds of ours. Genes of the corpora may be RNAs.
_KINDS = {
    "Chemical": "drug", "ChemicalEntity": "drug",
    "Disease": "cancer", "DiseaseOrPhenotypicFeature": "cancer",
    "Gene": "gene", "GeneOrGeneProduct": "gene",
}  # fmt: skip
_RNAS = frozenset(("lncrna", "mirna"))
_PREFIXES = {"drug": "mesh:", "cancer": "mesh:", "gene": "ncbigene:"}


@dataclass(frozen=True)
class Marked:
    """A mention as curators marked it: half-open offsets in characters, kinds it may have, its ids."""

    start: int
    end: int
    kinds: frozenset[str]
    ids: frozenset[str]


@dataclass
class LinkingScore:
    """Counts of one set.

    Attributes
    ----------
    covered
        Mentions with an id that the knowledge base holds, as a concept or as a cross-reference of one.
    right
        Of these, linked to a concept that answers to one of the ids.
    family
        Linked to a family, class or parent of a right concept instead.
    wrong
        What else was linked, as (words, ids, what was linked); "" is nothing.
    """

    mentions: int = 0
    covered: int = 0
    right: int = 0
    family: int = 0
    wrong: list[tuple[str, str, str]] = field(default_factory=list)

    def line(self, name: str) -> str:
        """Return the counts as one line of a table."""
        coverage = self.covered / self.mentions if self.mentions else 0.0
        accuracy = self.right / self.covered if self.covered else 0.0
        wider = (self.right + self.family) / self.covered if self.covered else 0.0
        return (
            f"{name:28s} {self.mentions:8d} {coverage:9.3f} {accuracy:9.3f} "
            f"{f'{self.right}/{self.covered}':>11s} {wider:12.3f}"
        )


HEADER = f"{'set':28s} {'mentions':>8s} {'coverage':>9s} {'accuracy':>9s} {'':11s} {'or broader':>12s}"


class Answers:
    """Which ids of other registries a concept answers to."""

    def __init__(self, concepts: Iterable[dict[str, Any]], broader: Iterable[tuple[str, str]]) -> None:
        self._ids: dict[str, frozenset[str]] = {}
        self._kinds: dict[str, str] = {}
        self._concepts: dict[str, set[str]] = defaultdict(set)
        for values in concepts:
            curie = values["concept_id"]
            self._ids[curie] = frozenset((curie, *values.get("xrefs", ())))
            self._kinds[curie] = values["types"][0]
            for known in self._ids[curie]:
                self._concepts[known].add(curie)
        self._broader: dict[str, set[str]] = defaultdict(set)
        for narrower, wider in broader:
            self._broader[narrower].add(wider)

    def holds(self, curie: str) -> bool:
        """Tell whether an id is a concept, the reference of one, or follows our system of names."""
        return curie in self._concepts or curie.startswith("tamrex.")

    def kinds(self, curie: str) -> set[str]:
        """Return the kinds of the concepts that answer to an id."""
        return {self._kinds[concept] for concept in self._concepts.get(curie, ())}

    def right(self, concept: str, ids: frozenset[str]) -> bool:
        """Tell whether a concept answers to one of these ids.

        MeSH has one heading for a site's cancers and its benign tumours (`Breast Neoplasms`): a cancer
        without a heading of its own answers to the nearest ones above it, on each way up.
        """
        own = self._ids.get(concept, frozenset((concept,)))
        same = {other for i in own for other in self._concepts.get(i, ())}
        own |= frozenset().union(*(self._ids[other] for other in same))
        if ids & own:
            return True
        if self._kinds.get(concept) != "cancer" or not any(i.startswith("mesh:") for i in ids):
            return False
        return bool(self._headings(concept) & ids)

    def _headings(self, concept: str, seen: frozenset[str] = frozenset()) -> set[str]:
        """Return a concept's MeSH headings, or on each way up the first that there are."""
        own = {i for i in self._ids.get(concept, ()) if i.startswith("mesh:")}
        if own:
            return own
        above = self._broader.get(concept, set()) - seen
        return set().union(*(self._headings(wider, seen | {concept}) for wider in above))

    def wider(self, concept: str, ids: frozenset[str]) -> bool:
        """Tell whether a concept is broader, over any number of steps, than one that answers to an id."""
        level = {c for i in ids for c in self._concepts.get(i, ())}
        seen: set[str] = set()
        while level:
            if concept in level:
                return True
            seen |= level
            level = {wider for c in level for wider in self._broader.get(c, ())} - seen
        return False


def shipped_answers() -> Answers:
    """Return what the shipped knowledge base answers to."""
    with gzip.open(LEXICONS / "broader.tsv.gz", "rt", encoding="utf-8") as table:
        rows = [line.rstrip("\n").split("\t") for line in table]
    return Answers(read_concepts(), ((row[0], row[1]) for row in rows if row[2] != "part"))


def score_linking(nlp: Language, texts: Iterable[tuple[str, list[Marked]]], answers: Answers) -> LinkingScore:
    """Link marked mentions and count.

    Parameters
    ----------
    nlp
        The whole pipeline; only what linking needs of it is run.
    texts
        Texts with their mentions.
    """
    score = LinkingScore()
    names = load_names()
    for text, marked in texts:
        doc = nlp.make_doc(text)
        for name in READING:
            doc = nlp.get_pipe(name)(doc)
        spans = mark_spans(doc, marked, names)
        doc.spans[SPANS] = [span for span, _ in spans]
        doc = nlp.get_pipe("tamrex_linking")(doc)
        linked = {(span.start, span.end): span.kb_id_ for span in doc.spans[SPANS]}
        for span, mention in spans:
            score.mentions += 1
            if not any(map(answers.holds, mention.ids)):
                continue
            score.covered += 1
            concept = linked.get((span.start, span.end), "")
            if concept and answers.right(concept, mention.ids):
                score.right += 1
                continue
            score.family += bool(concept) and answers.wider(concept, mention.ids)
            score.wrong.append((span.text, "|".join(sorted(mention.ids)), concept))
    return score


def mark_spans(doc: Doc, marked: Iterable[Marked], names: Names) -> list[tuple[Span, Marked]]:
    """Make a span of each marked mention, as a recogniser that knows words and kinds would.

    What the dictionary found at the very place (a population with its markers, say) keeps its entries. Of
    mentions over the same tokens the first counts.
    """
    found = {(span.start, span.end): span._.tamrex_entries for span in doc.spans[SPANS]}
    spans: list[tuple[Span, Marked]] = []
    seen: set[tuple[int, int]] = set()
    for mention in marked:
        span = doc.char_span(mention.start, mention.end, alignment_mode="expand")
        if span is None or (span.start, span.end) in seen:
            continue
        seen.add((span.start, span.end))
        made = Span(doc, span.start, span.end, label=min(mention.kinds))
        entries = names.entries_for(doc.text[mention.start : mention.end], mention.kinds)
        if not entries:
            dictionary = found.get((span.start, span.end), ())
            entries = tuple(e for e in dictionary if e.concept.kind in mention.kinds)
        made._.tamrex_entries = entries
        made._.tamrex_kinds = mention.kinds
        spans.append((made, mention))
    return spans


def read_corpus(
    path: Path, label: str, split: str, leave_out: frozenset[str] = frozenset()
) -> Iterator[tuple[str, list[Marked]]]:
    """Yield texts of a corpus with their mentions of one type that have an id.

    Parameters
    ----------
    path
        Gzipped JSON lines with `split`, `text` and `entities` ([start, end, type, identifier]).
    label
        The type, as the corpus calls it.
    leave_out
        PMIDs of documents to leave out.
    """
    kind = _KINDS[label]
    kinds = kinds_like(kind) | (_RNAS if kind == "gene" else frozenset())
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            if record["split"] == split and record["pmid"] not in leave_out:
                mentions = [
                    Marked(start, end, kinds, ids)
                    for start, end, own, identifier in record["entities"]
                    if own == label and (ids := _ids(identifier, _PREFIXES[kind]))
                ]
                yield record["text"], mentions


def tuned_on(paths: Iterable[Path]) -> frozenset[str]:
    """Return the PMIDs of all documents of corpora that aren't in their test part."""
    found: set[str] = set()
    for path in paths:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            found.update(r["pmid"] for r in map(json.loads, file) if r["split"] != "test" and r["pmid"])
    return frozenset(found)


def _ids(identifier: str | None, prefix: str) -> frozenset[str]:
    parts = re.split(r"[|,;]", identifier or "")
    return frozenset(prefix + part.removeprefix("MESH:") for part in parts if part not in ("", "-", "-1"))


def cancers_only(
    texts: Iterable[tuple[str, list[Marked]]], answers: Answers
) -> Iterator[tuple[str, list[Marked]]]:
    """Keep the mentions that have an id of a cancer."""
    for text, marked in texts:
        yield text, [m for m in marked if any("cancer" in answers.kinds(curie) for curie in m.ids)]
