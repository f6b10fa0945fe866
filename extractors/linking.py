"""Settle what each name stands for, by the document: definitions in brackets, cues, neighbours."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from spacy.language import Language
from spacy.tokens import Doc, Span

from extractors.entities import SPANS
from extractors.lexicon import CURATED, PATTERNS, PREFERRED, SYNONYM, Concept, Entry, Lexicon, load_lexicon
from extractors.names import Names, ambiguous_names, load_names
from extractors.normalisation import fold, name_key, singular_keys
from extractors.rivals import NamedConcepts, choose

_CELL_WORDS = frozenset(("cell", "cells", "xenograft", "xenografts"))
_PROTEIN_KINDS = ("gene", "cytokine")
_QUALIFIERS = frozenset(
    (
        "the a an human mouse murine primary advanced metastatic recurrent recombinant high low circulating "
        "serum plasma soluble activated anti-cancer"
    ).split()
)
_DISEASE_HEAD = re.compile(
    r"(?i)(?:cancers?|carcinomas?|leuk[a]?emias?|lymphomas?|sarcomas?|melanomas?|tumou?rs?|myelomas?|gliomas?|blastomas?)$"
)
_PROTEIN_WORD = re.compile(
    r"(?i)protein|receptor|factor|kinase|ligand|\bgenes?\b|homolog|family|member|enzyme|ase\b|ases\b|"
    r"antigen|channel|transporter|subunit|\b\w{5,}in\b|interleukin|chemokine|domain|transcription"
)
_ENOUGH = 5
"""Letters from which a name is taken to speak for itself where the text defines no other meaning."""


@Language.factory(
    "tamrex_linking",
    requires=["doc.spans", "doc._.tamrex_abbreviations"],
    assigns=["doc.spans", "span._.tamrex_name"],
)
def create_linking(nlp: Language, name: str) -> LinkingComponent:
    """Make the component."""
    return LinkingComponent(load_lexicon(), load_names())


class LinkingComponent:
    """Give each mention one concept (`kb_id_`, `_.tamrex_name`) or drop it."""

    def __init__(self, lexicon: Lexicon, names: Names) -> None:
        self._lexicon = lexicon
        self._names = names
        self._ambiguous = ambiguous_names()

    def __call__(self, doc: Doc) -> Doc:
        lower = doc.text.lower()
        defined = {
            short: self._concept_of(long_form, doc)
            for short, long_form in (doc._.tamrex_abbreviations or {}).items()
        }
        linked = []
        named: NamedConcepts | None = None
        for span in doc.spans[SPANS]:
            if span._.tamrex_kinds:
                named = named or NamedConcepts(doc.spans[SPANS], defined)
                concept = self._settle_marked(span, lower, named)
            else:
                concept = self._settle(span, lower, defined)
            if concept is None or (concept.kind == "macrophage" and _inside_factor(span)):
                continue
            concept = _counted(concept, span)
            settled = Span(doc, span.start, span.end, label=concept.kind, kb_id=concept.id)
            settled._.tamrex_name = concept.name
            linked.append(settled)
        doc.spans[SPANS] = linked
        return doc

    def _settle(self, span: Span, lower: str, defined: dict[str, Concept | None]) -> Concept | None:
        entries: tuple[Entry, ...] = span._.tamrex_entries
        words = span.text
        short = words if words in defined else words[:-1] if words[-1:] == "s" else words
        if short in defined:
            concept = defined[short]
            if concept is not None:
                own = next((e.concept for e in entries if not e.weak and e.rank <= PREFERRED), None)
                if concept.kind == "cancer" and own is not None and own.kind in _PROTEIN_KINDS:
                    # Genes are named after diseases: `adenomatous polyposis coli (APC)` is the gene.
                    long_form = span.doc._.tamrex_abbreviations[short]
                    return concept if _DISEASE_HEAD.search(long_form) else own
                known = next((e.concept for e in entries if not e.weak), None)
                # The detector may cut a definition short (`small cell lung cancer` for NSCLC).
                same = known is not None and known.kind == concept.kind and short not in self._ambiguous
                return known if same else concept
            # Defined as something that the vocabulary doesn't know: only a name that speaks for itself
            # and shares words with the definition is believed.
            long_form = span.doc._.tamrex_abbreviations[short]
            return next((e.concept for e in entries if not e.weak and _shares_words(e, long_form)), None)
        if words in self._ambiguous:
            return self._by_cues(self._ambiguous[words], span, lower)
        strong = [entry for entry in entries if not entry.weak]
        if not strong:
            return self._by_support(span, entries, lower)
        return _best(span, strong)

    def _settle_marked(self, span: Span, lower: str, named: NamedConcepts) -> Concept | None:
        """Settle words that a recogniser has marked as a name of some kinds."""
        kinds: frozenset[str] = span._.tamrex_kinds
        entries = [entry for entry in span._.tamrex_entries if entry.concept.kind in kinds]
        words = span.text
        definitions = span.doc._.tamrex_abbreviations or {}
        short = next(
            (s for s in (words, words[:-1] if words.endswith("s") else words) if s in definitions), ""
        )
        if short:
            long_form = definitions[short]
            concept = self._defined_as(long_form, kinds, span, named)
            if concept is not None:
                return concept
            concept = self._named_at_end(long_form, kinds, entries)
            if concept is not None:
                return concept
            # The recogniser says that it is a name: a strong one is believed whatever the definition says.
            entries = [e for e in entries if not e.weak or _shares_words(e, long_form)]
        elif words in self._ambiguous:
            concept = self._by_cues(self._ambiguous[words], span, lower)
            if concept is not None and concept.kind in kinds:
                return concept
            entries = [e for e in entries if not e.weak]
        return choose(words, entries, named, self._lexicon.names_of) if entries else None

    def _defined_as(
        self, long_form: str, kinds: frozenset[str], span: Span, named: NamedConcepts
    ) -> Concept | None:
        """Return the concept of a definition in brackets, its last words if the whole is no name."""
        words = long_form.split(" ")
        for start in range(len(words)):
            if start and words[start - 1].lower() not in _QUALIFIERS:
                break
            rest = " ".join(words[start:])
            entries = list(self._names.entries_for(rest, kinds))
            if entries:
                return choose(rest, entries, named, self._lexicon.names_of)
        return None

    def _named_at_end(
        self, long_form: str, kinds: frozenset[str], entries: Sequence[Entry]
    ) -> Concept | None:
        """Return what a definition taken too long ends with, if the short form can stand for it."""
        own = {entry.concept.id for entry in entries}
        words = long_form.split(" ")
        for start in range(1, len(words)):
            for entry in self._names.entries_for(" ".join(words[start:]), kinds):
                if not entry.weak and entry.concept.id in own:
                    return entry.concept
        return None

    def _concept_of(self, long_form: str, doc: Doc) -> Concept | None:
        spelling = fold(long_form)
        key = name_key(spelling)
        for candidate in (key, *singular_keys(key)):
            entries = [e for e in self._lexicon.look_up(candidate, spelling[: len(candidate)]) if not e.weak]
            if entries:
                return entries[0].concept
        first, _, rest = long_form.partition(" ")
        if rest and first.lower() in _QUALIFIERS:
            return self._concept_of(rest, doc)
        return None

    def _by_cues(self, name: dict[str, Any], span: Span, lower: str) -> Concept | None:
        following = span.doc[span.end : span.end + 2].text.lower().replace(" ", "").split("\n")[0]
        next_word = span.doc[span.end].lower_ if span.end < len(span.doc) else ""
        for sense in name["senses"]:
            if next_word in sense.get("next", ()) or following in sense.get("next", ()):
                return self._concept(sense)
            if any(cue in lower for cue in sense.get("cues", ())):
                return self._concept(sense)
        default = name["default"]
        return self._concept({"id": default}) if default else None

    def _concept(self, sense: dict[str, Any]) -> Concept | None:
        if "kind" in sense:
            return Concept(sense["id"], sense["kind"], sense["label"])
        return self._lexicon.concepts.get(sense["id"])

    def _by_support(self, span: Span, entries: tuple[Entry, ...], lower: str) -> Concept | None:
        """Believe a weak name only where its concept is named in full, or "cells" follows."""
        following = span.doc[span.end].lower_ if span.end < len(span.doc) else ""
        for entry in entries:
            if entry.concept.kind == "cell_line" and following in _CELL_WORDS:
                return entry.concept
            name = entry.concept.name.lower()
            if len(name) >= _ENOUGH and re.search(rf"\b{re.escape(name)}\b", lower):
                return entry.concept
        return None


def _best(span: Span, entries: list[Entry]) -> Concept:
    following = span.doc[span.end].lower_ if span.end < len(span.doc) else ""
    if following in _CELL_WORDS:
        lines = [entry for entry in entries if entry.concept.kind == "cell_line"]
        if lines:
            return lines[0].concept
    # Some lines bear a gene's name (`MCL-1`): without "cells" it is the gene,
    # unless the line is well known (`THP-1`).
    entries = [e for e in entries if e.concept.kind != "cell_line" or e.rank == CURATED] or entries
    top = entries[0]
    rivals = {e.concept.id for e in entries if e.rank == top.rank and e.concept.kind == top.concept.kind}
    if len(rivals) > 1 and top.rank == SYNONYM and top.concept.kind in ("gene", "cytokine", "lncrna"):
        families = [e.concept for e in entries if e.concept.id.startswith("fplx:")]
        if families:
            return families[0]
        if len(rivals) > 2 or len(top.spelling) < _ENOUGH:
            # One alias of several genes: which is meant can't be told.
            return Concept("", top.concept.kind, span.text)
    assert top.rank in (CURATED, PREFERRED, SYNONYM)
    return top.concept


def _shares_words(entry: Entry, long_form: str) -> bool:
    """Tell whether a definition that isn't in the vocabulary may still mean this concept."""
    if entry.concept.kind in _PROTEIN_KINDS:
        # `event-free survival (EFS)` is no gene, `programmed death ligand 1` is.
        return bool(_PROTEIN_WORD.search(long_form))
    words = set(re.findall(r"[a-z]{4,}", long_form.lower()))
    own = set(re.findall(r"[a-z]{4,}", entry.concept.name.lower()))
    return bool(words & own) or entry.concept.kind in ("mirna", "lncrna", "cell_line")


class _Counted(NamedTuple):
    """Cells that are macrophages only in sentences with some words, and what they are otherwise."""

    otherwise: str
    cues: tuple[str, ...]


@cache
def load_counted_populations() -> dict[str, _Counted]:
    """Return the cells of `patterns/populations.toml` by their ids."""
    rows = tomllib.loads((PATTERNS / "populations.toml").read_text("utf-8"))["population"]
    return {row["id"]: _Counted(row["otherwise"], tuple(row["cues"])) for row in rows}


def _counted(concept: Concept, span: Span) -> Concept:
    counted = load_counted_populations().get(concept.id)
    if counted is None or any(token.lower_.startswith(counted.cues) for token in span.sent):
        return concept
    return Concept(concept.id, counted.otherwise, concept.name)


def _inside_factor(span: Span) -> bool:
    """Tell whether a macrophage is part of a factor's name that the vocabulary doesn't hold whole."""
    following = span.doc[span.end : span.end + 4].text.lower()
    return bool(
        re.match(
            r"(?:migration|inflammatory protein|colony|[- ]?stimulating|chemo(?:tactic|attractant) )",
            following,
        )
    )
