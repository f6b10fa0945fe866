"""The words that carry a claim, read from their data file and put into all their forms."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from extractors.lexicon import PATTERNS


class Operator(NamedTuple):
    """A word that turns (-1) or keeps (+1) the direction between a mediator and a response."""

    id: str
    sign: int
    association: bool
    part: str
    """`verb`, `noun` or `adjective`."""


class Response(NamedTuple):
    """A word for what happens under a drug: +1 for resistance, -1 for sensitivity."""

    id: str
    sign: int
    generic: bool
    """The word names generic chemotherapy itself (`chemoresistance`)."""
    adjective: bool
    verb: bool
    needs_drug: bool
    needs_modifier: frozenset[str]
    induced: bool
    """Means a response only as what a drug brings about (`cisplatin-induced apoptosis`)."""
    under_drug: bool
    """Means a response only of cells under a drug (`survival of cancer cells upon docetaxel`)."""
    beside_drug: bool
    """Means a response only right beside the name of a drug (`docetaxel activity`)."""
    of_drug: bool
    """Says of a drug itself that it works (`docetaxel became more effective`)."""


@dataclass(frozen=True)
class MacrophageTrigger:
    """Words of one macrophage relation."""

    relation: str
    verbs: frozenset[str]
    nouns: frozenset[str]
    participles: frozenset[str]
    passive: frozenset[str]
    """Participles that say it of a molecule only (`CCL2 was detected in macrophages`)."""
    qualifying: frozenset[str]
    """Behind a molecule and a hyphen, before the population (`CCL2-secreting macrophages`)."""
    making: frozenset[str]
    """The same, of what made the population what it is (`IL-4-polarised M2 macrophages`)."""


@dataclass(frozen=True)
class Triggers:
    """All trigger words, in small letters."""

    operators: dict[str, Operator]
    manipulations: dict[str, int]
    responses: dict[str, tuple[Response, ...]]
    """Those of a word that stands for several come in order; their modifiers tell them apart."""
    groups: frozenset[str]
    neutral: frozenset[str]
    methods: frozenset[str]
    macrophage: tuple[MacrophageTrigger, ...]
    examples: tuple[tuple[str, str], ...]
    """Each group's example sentence and what it must give."""


_DOUBLING = frozenset(
    (
        "abet",
        "annul",
        "cancel",
        "cap",
        "control",
        "confer",
        "infer",
        "transfer",
        "offset",
        "shed",
        "reprogram",
        "skew",
    )
)


def verb_forms(verb: str) -> set[str]:
    """Return the forms of a regular verb.

    >>> sorted(verb_forms("increase"))
    ['increase', 'increased', 'increases', 'increasing']
    >>> sorted(verb_forms("confer"))
    ['confer', 'conferred', 'conferring', 'confers']
    """
    irregular = {
        "lead": {"lead", "leads", "led", "leading"},
        "drive": {"drive", "drives", "drove", "driven", "driving"},
        "overcome": {"overcome", "overcomes", "overcame", "overcoming"},
        "override": {"override", "overrides", "overrode", "overridden", "overriding"},
        "underlie": {"underlie", "underlies", "underlay", "underlying"},
        "undermine": {"undermine", "undermines", "undermined", "undermining"},
        "offset": {"offset", "offsets", "offsetting"},
        "shed": {"shed", "sheds", "shedding"},
        "fall": {"fall", "falls", "fell", "fallen", "falling"},
        "rise": {"rise", "rises", "rose", "risen", "rising"},
        "drop": {"drop", "drops", "dropped", "dropping"},
        "undo": {"undo", "undoes", "undid", "undone", "undoing"},
        "make": {"make", "makes", "made", "making"},
        "leave": {"leave", "leaves", "left", "leaving"},
        "keep": {"keep", "keeps", "kept", "keeping"},
        "give": {"give", "gives", "gave", "given", "giving"},
        "bring": {"bring", "brings", "brought", "bringing"},
        "cut": {"cut", "cuts", "cutting"},
        "draw": {"draw", "draws", "drew", "drawn", "drawing"},
        "foster": {"foster", "fosters", "fostered", "fostering"},
    }
    if verb in irregular:
        return irregular[verb]
    if verb.endswith("e"):
        return {verb, verb + "s", verb + "d", verb[:-1] + "ing"}
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return {verb, verb[:-1] + "ies", verb[:-1] + "ied", verb + "ing"}
    third = verb + ("es" if verb.endswith(("s", "sh", "ch", "x")) else "s")
    stem = verb + verb[-1] if verb in _DOUBLING and verb != "skew" else verb
    return {verb, third, stem + "ed", stem + "ing"}


def noun_forms(noun: str) -> set[str]:
    """Return singular and plural."""
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return {noun, noun[:-1] + "ies"}
    return {noun, noun + ("es" if noun.endswith("s") else "s")}


@cache
def load_triggers() -> Triggers:
    """Read the trigger words."""
    data = tomllib.loads((PATTERNS / "triggers.toml").read_text("utf-8"))
    operators: dict[str, Operator] = {}
    for entry in data["operator"]:
        for part, forms in (("verb", verb_forms), ("noun", noun_forms), ("adjective", _as_is)):
            made = Operator(entry["id"], entry["sign"], entry.get("association", False), part)
            for base in entry.get(part + "s", ()):
                for form in forms(base):
                    operators.setdefault(form.lower(), made)
    manipulations = {word.lower(): entry["sign"] for entry in data["manipulation"] for word in entry["words"]}
    return Triggers(
        operators,
        manipulations,
        _responses(data["response"]),
        frozenset(word.lower() for word in data["groups"]["words"]),
        frozenset(form for verb in data["neutral"]["words"] for form in verb_forms(verb))
        | frozenset(form for noun in data["neutral"]["nouns"] for form in noun_forms(noun)),
        frozenset(form for verb in data["method"]["words"] for form in verb_forms(verb)),
        tuple(_macrophage(entry) for entry in data["macrophage"]),
        tuple(
            (entry["example"], entry["expect"])
            for part in ("operator", "manipulation", "response", "macrophage")
            for entry in data[part]
        ),
    )


@cache
def word_group(group: str) -> frozenset[str]:
    """Return a group of words that patterns ask for, in small letters.

    Raises
    ------
    KeyError
        If there is no such group in the data file.
    """
    data = tomllib.loads((PATTERNS / "words.toml").read_text("utf-8"))
    return frozenset(data[group]["words"].split())


def _as_is(word: str) -> set[str]:
    return {word}


def _responses(entries: list[dict[str, Any]]) -> dict[str, tuple[Response, ...]]:
    responses: dict[str, tuple[Response, ...]] = {}
    for entry in entries:
        is_verb = entry.get("verb", False)
        for generic in (False, True):
            made = Response(
                entry["id"],
                entry["sign"],
                generic,
                entry.get("adjective", False),
                is_verb,
                entry.get("needs_drug", False),
                frozenset(entry.get("needs_modifier", ())),
                entry.get("induced", False),
                entry.get("under_drug", False),
                entry.get("beside_drug", False),
                entry.get("of_drug", False),
            )
            for word in entry.get("generic" if generic else "words", ()):
                for form in verb_forms(word) if is_verb else {word}:
                    responses[form.lower()] = (*responses.get(form.lower(), ()), made)
    return responses


def _macrophage(entry: dict[str, Any]) -> MacrophageTrigger:
    return MacrophageTrigger(
        entry["relation"],
        frozenset(form for verb in entry.get("verbs", ()) for form in verb_forms(verb)),
        frozenset(form for noun in entry.get("nouns", ()) for form in noun_forms(noun)),
        *(frozenset(entry.get(words, ())) for words in ("participles", "passive", "qualifying", "making")),
    )
