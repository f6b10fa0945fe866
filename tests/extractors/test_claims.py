"""Claims of sentences of our own, read by a curator: what is found, what is wrong, which way it points."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from spacy.language import Language

from extractors.relations import extract_relations
from extractors.types import THRESHOLD, Mention, Relation

SENTENCES = tomllib.loads(Path(__file__).with_name("claims.toml").read_text("utf-8"))["sentence"]


def same(words: str, mention: Mention) -> bool:
    one, other = words.lower(), mention.text.lower()
    return one in other or other in one


def accepted(nlp: Language, text: str, kind: str) -> list[Relation]:
    relations = extract_relations(nlp(text))
    return [r for r in relations if r.kind == kind and r.score >= THRESHOLD and not r.negated]


@pytest.fixture(scope="module")
def totals(nlp: Language) -> dict[str, int]:
    """Right, turned round, missed and wrong resistance claims over all sentences that are not optional."""
    counts = dict.fromkeys(("right", "turned", "missed", "wrong"), 0)
    for entry in SENTENCES:
        if entry.get("optional"):
            continue
        for outcome in outcomes(accepted(nlp, entry["text"], "resistance"), entry.get("resistance", [])):
            counts[outcome] += 1
    return counts


def outcomes(found: list[Relation], wanted: list[dict[str, Any]]) -> Iterator[str]:
    used: set[int] = set()
    for claim in (w for w in wanted if not w.get("negated")):
        hits = {
            place
            for place, r in enumerate(found)
            if same(claim["mediator"], r.arguments["mediator"]) and same(claim["drug"], r.arguments["drug"])
        }
        used |= hits
        if not hits:
            yield "missed"
        else:
            yield "right" if any(found[p].labels["effect"] == claim["effect"] for p in hits) else "turned"
    keys = {(found[p].arguments["mediator"].key, found[p].arguments["drug"].key) for p in used}
    for place, relation in enumerate(found):
        key = (relation.arguments["mediator"].key, relation.arguments["drug"].key)
        if place not in used and key not in keys:
            yield "wrong"


def test_nearly_every_claim_found_is_right(totals: dict[str, int]) -> None:
    found = totals["right"] + totals["turned"] + totals["wrong"]
    assert totals["right"] / found >= 0.88, totals


def test_two_thirds_of_the_claims_are_found(totals: dict[str, int]) -> None:
    wanted = totals["right"] + totals["turned"] + totals["missed"]
    assert totals["right"] / wanted >= 0.67, totals


def test_directions_are_right(totals: dict[str, int]) -> None:
    assert totals["right"] / (totals["right"] + totals["turned"]) >= 0.97, totals


TRAPS = [
    e for e in SENTENCES if e["kind"].startswith("trap") and not e.get("resistance") and not e.get("optional")
]


def test_traps_give_hardly_a_claim(nlp: Language) -> None:
    assert len(TRAPS) >= 40
    taken = [entry["id"] for entry in TRAPS if accepted(nlp, entry["text"], "resistance")]
    assert len(taken) <= len(TRAPS) // 20, taken


def test_what_macrophages_secrete_and_what_turns_them(nlp: Language) -> None:
    right = wrong = missed = 0
    for entry in SENTENCES:
        if entry.get("optional"):
            continue
        found = accepted(nlp, entry["text"], "macrophage")
        wanted = [w for w in entry.get("macrophage", []) if not w.get("negated")]
        hits = set()
        for claim in wanted:
            at = [
                place
                for place, r in enumerate(found)
                if r.labels["relation"] == claim["relation"]
                and same(claim["molecule"], r.arguments["molecule"])
                and r.labels.get("toward", "") == claim.get("toward", "")
            ]
            hits.update(at)
            right, missed = right + bool(at), missed + (not at)
        optional = entry.get("macrophage_optional", [])
        wrong += sum(
            not any(
                r.labels["relation"] == o["relation"] and same(o["molecule"], r.arguments["molecule"])
                for o in optional
            )
            for place, r in enumerate(found)
            if place not in hits
        )
    assert right / (right + wrong) >= 0.8, (right, wrong, missed)
    assert right / (right + missed) >= 0.7, (right, wrong, missed)


def claims_of(nlp: Language, text: str) -> dict[str, set[tuple[str, ...]]]:
    """Return the accepted claims of a text by kind, in the words of the text."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for kind, slots, labels in (
        ("resistance", ("mediator", "drug"), ("effect",)),
        ("macrophage", ("population", "molecule"), ("relation", "toward")),
        ("interventions", ("agent",), ("effect_on_macrophages",)),
    ):
        found[kind] = {
            (*(r.arguments[s].text.lower() for s in slots), *(r.labels.get(label, "") for label in labels))
            for r in accepted(nlp, text, kind)
        }
    return found


@pytest.mark.parametrize("entry", [e for e in SENTENCES if e.get("exact")], ids=lambda entry: entry["id"])
def test_a_sentence_gives_these_claims_and_no_other(nlp: Language, entry: dict[str, Any]) -> None:
    found = claims_of(nlp, entry["text"])
    for kind, slots, labels in (
        ("resistance", ("mediator", "drug"), ("effect",)),
        ("macrophage", ("population", "molecule"), ("relation", "toward")),
        ("interventions", ("agent",), ("effect_on_macrophages",)),
    ):
        wanted = {
            (*(row[s].lower() for s in slots), *(row.get(label, "") for label in labels))
            for row in entry[kind]
        }
        optional = {
            (*(row[s].lower() for s in slots), *(row.get(label, "") for label in labels))
            for row in entry.get(f"{kind}_optional", ())
        }
        assert wanted <= found[kind] <= wanted | optional
