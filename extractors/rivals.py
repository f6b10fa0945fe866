"""Choose among concepts that share a name, by what else the document names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from spacy.tokens import Span

from extractors.lexicon import PREFERRED, Concept, Entry
from extractors.normalisation import fold, name_key


class NamedConcepts:
    """Concepts that a document names beyond doubt, each with the keys of the words that name it.

    A name is beyond doubt where the vocabulary gives it one concept, or the document defines it.
    """

    def __init__(self, spans: Iterable[Span], defined: Mapping[str, Concept | None]) -> None:
        self._keys: dict[str, set[str]] = defaultdict(set)
        for span in spans:
            strong = [entry for entry in span._.tamrex_entries if not entry.weak]
            if strong and all(entry.concept.id == strong[0].concept.id for entry in strong):
                self._keys[strong[0].concept.id].add(name_key(fold(span.text)))
        for short, concept in defined.items():
            if concept is not None:
                self._keys[concept.id].add("")  # by its definition's words, whatever they are
                self._keys[concept.id].add(name_key(fold(short)))

    def supports(self, concept: Concept, words: str) -> bool:
        """Tell whether the document names a concept by other words than these."""
        return bool(self._keys.get(concept.id, set()) - {name_key(fold(words))})


def choose(words: str, entries: list[Entry], named: NamedConcepts, names_of: Mapping[str, int]) -> Concept:
    """Choose a concept for words that a recogniser marked.

    An official name goes before an alias, except a gene's that is the alias of a gene which the document
    names elsewhere. Of several concepts with an alias that one is chosen which the document names elsewhere,
    then a family, then the one whose spelling is the text's, then the one with the most names: it is the
    most written of.

    Parameters
    ----------
    entries
        What the words can stand for, surest first.
    names_of
        Number of names of each concept.
    """
    top = entries[0]
    gene = top.concept.kind in ("gene", "cytokine")
    tier = entries if gene else [e for e in entries if (e.weak, e.rank) == (top.weak, top.rank)]
    supported = {e.concept.id for e in tier if named.supports(e.concept, words)}
    pool = [e for e in entries if e.concept.id in supported] if len(supported) == 1 else entries
    top = pool[0]
    rivals = [e for e in pool if (e.weak, e.rank) == (top.weak, top.rank)]
    spelling = fold(words)
    if top.rank <= PREFERRED:
        return next((e.concept for e in rivals if e.spelling == spelling), top.concept)
    family = next((e.concept for e in rivals if e.concept.id.startswith("fplx:")), None)
    if family is not None:
        return family
    return max(
        (e for e in rivals), key=lambda e: (e.spelling == spelling, names_of.get(e.concept.id, 0))
    ).concept
