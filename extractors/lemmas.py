"""Lemmas by Penn tag, in the way of WordNet's morphy, for those who need them: no step of ours does.

Add it behind the tagger: ``nlp.add_pipe("tamrex_lemmas", after="tamrex_syntax")``, in a pipeline that tags
every sentence (`load_pipeline(parse_everything=True)`). Names keep their case (`TAMs` →
`TAM`); verbs that general lists lack are taken apart (`overexpressed`) or read by their ending
(`transfected` → `transfect`, `phosphorylated` → `phosphorylate`).

Algorithm after G. A. Miller et al., "Introduction to WordNet", 1990 (morphy): irregular forms first, then
endings, the first base form that is a known word.
"""

from __future__ import annotations

import gzip
import json
import tomllib
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from spacy.language import Language
from spacy.tokens import Doc

_HERE = Path(__file__).parent
TABLES = _HERE / "lexicons" / "lemmas.json.gz"
OWN = _HERE / "patterns" / "lemmas.toml"

_CLASSES = {
    "NNS": "noun",
    "NNPS": "noun",
    "VBD": "verb",
    "VBG": "verb",
    "VBN": "verb",
    "VBZ": "verb",
    "JJR": "adj",
    "JJS": "adj",
    "RBR": "adj",
    "RBS": "adj",
}
_NAMES = frozenset(("NNP", "NNPS"))
_FIXED = {
    ("n't", "RB"): "not",
    ("ca", "MD"): "can",
    ("wo", "MD"): "will",
    ("'s", "VBZ"): "be",
    ("am", "VBP"): "be",
    ("are", "VBP"): "be",
    ("'re", "VBP"): "be",
    ("'ve", "VBP"): "have",
}
_SIBILANTS = ("ses", "xes", "zes", "ches", "shes", "oes")
_VOWELS = "aeiou"
# Ends of verbs that WordNet lacks and that lost an `e`: methylat-, heterodimeriz-, genotyp-, synaps-.
_BEFORE_SILENT_E = ("at", "iz", "is", "yz", "ys", "uc", "nc", "rg", "dg", "ur", "v", "yp", "ps")


class LemmaTables(NamedTuple):
    """Known base forms and irregular forms by word class, prefixes of verbs, endings of nouns."""

    known: dict[str, frozenset[str]]
    irregular: dict[str, dict[str, str]]
    prefixes: tuple[str, ...]
    endings: tuple[tuple[str, str], ...]


@cache
def load_lemma_tables() -> LemmaTables:
    """Read WordNet's lists and our own, which win."""
    tables = json.loads(gzip.decompress(TABLES.read_bytes()))
    own = tomllib.loads(OWN.read_text("utf-8"))
    return LemmaTables(
        {kind: frozenset(words) for kind, words in tables["known"].items()},
        {kind: {**forms, **own.get(kind, {})} for kind, forms in tables["irregular"].items()},
        tuple(sorted(own["prefixes"]["words"].split(), key=len, reverse=True)),
        tuple((plural, singular) for plural, singular in own["endings"]["pairs"]),
    )


@lru_cache(maxsize=100_000)
def lemma_of(form: str, tag: str) -> str:
    """Return the lemma of a word with a Penn tag.

    Small letters, but for names: what has a capital or a digit behind its first sign keeps its case, and
    loses no more than the `s` of its plural. Before the last hyphen nothing changes (`knock-outs`).
    """
    named = tag in _NAMES or any(sign.isupper() or sign.isdigit() for sign in form[1:])
    word = form if named else form.lower()
    if (word, tag) in _FIXED:
        return _FIXED[word, tag]
    kind = _CLASSES.get(tag)
    if kind is None or not word[-1:].isalpha():
        return word
    head, hyphen, last = word.rpartition("-")
    if kind == "noun":
        base = last.removesuffix("s") if named else _noun(last)
    else:
        base = _verb(last) if kind == "verb" else _adjective(last)
    return head + hyphen + base


def _noun(word: str) -> str:
    tables = load_lemma_tables()
    if word in tables.irregular["noun"]:
        return tables.irregular["noun"][word]
    known = tables.known["noun"]
    candidates = [word[:-1]] if word.endswith("s") else []
    if word.endswith(_SIBILANTS):
        candidates.append(word[:-2])
    if word.endswith("ies"):
        candidates.insert(0, word[:-3] + "y")
    if word.endswith("men"):
        candidates.append(word[:-3] + "man")
    for candidate in candidates:
        if candidate in known:
            return candidate
    for plural, singular in tables.endings:
        if word.endswith(plural):
            return word.removesuffix(plural) + singular
    if word.endswith(("ss", "us", "is")) or not candidates:
        return word
    return word[:-2] if word.endswith(("sses", "uses", "xes", "ches", "shes")) else candidates[0]


def _verb(word: str) -> str:
    tables = load_lemma_tables()
    base = _known_verb(word)
    if base:
        return base
    for prefix in tables.prefixes:
        base = _known_verb(word.removeprefix(prefix)) if word.startswith(prefix) else ""
        if base:
            return prefix + base
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return _unknown_stem(word.removesuffix(ending))
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _known_verb(word: str) -> str:
    """Return the base form of a verb that WordNet knows, or an empty string."""
    tables = load_lemma_tables()
    known = tables.known["verb"]
    if word in tables.irregular["verb"]:
        return tables.irregular["verb"][word]
    for ending in ("ing", "ed"):
        stem = word.removesuffix(ending)
        if stem != word:
            bare, silent = stem in known, stem + "e" in known
            if bare and silent:
                return stem + "e" if _would_double(stem) else stem
            return stem if bare else stem + "e" if silent else ""
    if word.endswith("s"):
        for base in (word[:-1], word[:-2] if word.endswith("es") else "", word[:-3] + "y"):
            if base in known and (base[-1] != "y" or word.endswith(("ies", "ys"))):
                return base
    return word if word in known else ""


def _would_double(stem: str) -> bool:
    """Tell whether a stem would double its last sign before an ending (`stag` → `stagged`)."""
    if len(stem) < 3 or stem[-1] in _VOWELS + "wxy":
        return False
    return stem[-2] in _VOWELS and stem[-3] not in _VOWELS


def _unknown_stem(stem: str) -> str:
    if stem.endswith("i"):
        return stem[:-1] + "y"
    if stem[-1] == stem[-2] and stem[-1] in "bdgmnprt":
        return stem[:-1]
    silent = stem.endswith(_BEFORE_SILENT_E)
    return stem + "e" if silent else stem


def _adjective(word: str) -> str:
    tables = load_lemma_tables()
    if word in tables.irregular["adj"]:
        return tables.irregular["adj"][word]
    for ending in ("er", "est"):
        stem = word.removesuffix(ending)
        if stem == word:
            continue
        for base in (stem, stem + "e"):
            if base in tables.known["adj"]:
                return base
    return word


@Language.component("tamrex_lemmas", requires=["token.tag"], assigns=["token.lemma"])
def set_lemmas(doc: Doc) -> Doc:
    """Give each token its lemma."""
    for token in doc:
        token.lemma_ = lemma_of(token.text, token.tag_)
    return doc
