"""Every example that stands beside a name, a pattern, a trigger or a cue does what it says."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from spacy.language import Language

import extractors
from extractors.relations import extract_relations
from extractors.types import THRESHOLD, Relation

DATA = Path(extractors.__file__).parent


def entries(name: str, *tables: str) -> list[dict[str, Any]]:
    data = tomllib.loads((DATA / name).read_text("utf-8"))
    return [entry for table in tables for entry in data[table] if "example" in entry]


def mentions(nlp: Language, text: str) -> list[tuple[str, str, str]]:
    """Return words, kind and id of the mentions of a text."""
    doc = nlp(text)
    return [(span.text, span.label_, span.kb_id_) for span in doc.spans["mentions"]]


def summary(relation: Relation) -> str:
    arguments, labels = relation.arguments, relation.labels
    if relation.kind == "resistance":
        return f"{arguments['mediator'].name} | {arguments['drug'].name} | {labels['effect']}"
    if relation.kind == "macrophage":
        words = (arguments["population"].name, labels["relation"], arguments["molecule"].name)
        return " | ".join((*words, labels.get("toward", ""))).strip(" |")
    return f"{arguments['agent'].name} | {labels['effect_on_macrophages']}"


@pytest.mark.parametrize(
    "entry", entries("lexicons/supplement.toml", "concept"), ids=lambda entry: entry["name"]
)
def test_a_name_added_by_hand_is_found_and_linked(nlp: Language, entry: dict[str, Any]) -> None:
    found = {(kind, identifier) for _, kind, identifier in mentions(nlp, entry["example"])}
    assert (entry["kind"], entry["id"]) in found


@pytest.mark.parametrize(
    "entry", entries("patterns/ambiguous_names.toml", "name"), ids=lambda entry: entry["word"]
)
def test_an_ambiguous_name_is_settled_by_its_document(nlp: Language, entry: dict[str, Any]) -> None:
    linked = {words: identifier for words, _, identifier in mentions(nlp, entry["example"])}
    assert linked.get(entry["word"], "") == entry["expect"]


@pytest.mark.parametrize(
    "entry", entries("patterns/name_patterns.toml", "pattern"), ids=lambda entry: entry["words"][0]
)
def test_a_systematic_name_is_found_whole(nlp: Language, entry: dict[str, Any]) -> None:
    found = [words for words, kind, _ in mentions(nlp, entry["example"]) if kind == entry["kind"]]
    assert set(entry["words"]) <= set(found)


@pytest.mark.parametrize(
    "entry", entries("patterns/no_treatment.toml", "agents"), ids=lambda entry: entry["comment"][:30]
)
def test_nothing_is_resistant_to_what_is_no_treatment(nlp: Language, entry: dict[str, Any]) -> None:
    assert not [r for r in extract_relations(nlp(entry["example"])) if r.kind == "resistance"]
    treated = entry["example"].replace("LPS", "cisplatin")
    assert [r for r in extract_relations(nlp(treated)) if r.kind == "resistance"]


@pytest.mark.parametrize(
    ("id", "text", "kind"),
    [
        (entry["id"], *example)
        for entry in tomllib.loads((DATA / "patterns/populations.toml").read_text("utf-8"))["population"]
        for example in entry["examples"]
    ],
)
def test_cells_count_as_macrophages_where_the_text_brings_them_to_a_tumour(
    nlp: Language, id: str, text: str, kind: str
) -> None:
    assert [found for _, found, curie in mentions(nlp, text) if curie == id] == [kind]


@pytest.mark.parametrize(
    "entry", entries("patterns/populations.toml", "described"), ids=lambda entry: entry["word"]
)
def test_a_described_population_has_a_name_and_no_id(nlp: Language, entry: dict[str, Any]) -> None:
    assert (entry["expect"], "macrophage", "") in mentions(nlp, entry["example"])


@pytest.mark.parametrize(
    "entry", entries("patterns/not_names.toml", "refusal"), ids=lambda entry: entry["kinds"][0]
)
def test_a_refused_word_is_no_name_of_its_kinds(nlp: Language, entry: dict[str, Any]) -> None:
    words = {word.lower() for word in entry["words"]}
    found = [name for name, kind, _ in mentions(nlp, entry["example"]) if kind in entry["kinds"]]
    assert not [name for name in found if name.lower() in words]


@pytest.mark.parametrize(
    "entry",
    [
        *entries("patterns/triggers.toml", "operator", "manipulation", "response", "macrophage"),
        *entries("patterns/interventions.toml", "on_macrophages"),
        *entries("patterns/ligands.toml", "ligands"),
    ],
    ids=lambda entry: entry["example"][:50],
)
def test_a_trigger_gives_the_claim_of_its_example(nlp: Language, entry: dict[str, Any]) -> None:
    found = {summary(relation) for relation in extract_relations(nlp(entry["example"]))}
    if entry["expect"]:
        assert entry["expect"].strip(" |") in found


@pytest.mark.parametrize("entry", entries("patterns/cues.toml", "cue"), ids=lambda entry: entry["kind"])
def test_a_cue_denies_doubts_or_rejects(nlp: Language, entry: dict[str, Any]) -> None:
    relations = [r for r in extract_relations(nlp(entry["example"])) if r.kind == "resistance"]
    if entry["expect"] == "rejected":
        assert all(relation.score < THRESHOLD for relation in relations)
    else:
        assert relations
        assert all(getattr(relation, entry["expect"]) for relation in relations)


@pytest.mark.parametrize("group", sorted(tomllib.loads((DATA / "patterns/words.toml").read_text("utf-8"))))
def test_the_example_of_a_word_group_holds_one_of_its_words(group: str) -> None:
    entry = tomllib.loads((DATA / "patterns/words.toml").read_text("utf-8"))[group]
    starred = [part.lower() for part in entry["example"].split("*")[1::2]]
    assert set(" ".join(starred).split()) & set(entry["words"].split())


def test_the_pipeline_has_no_missing_requirement(nlp: Language) -> None:
    problems = nlp.analyze_pipes()["problems"]
    assert not any(problems.values()), problems


COMBINATIONS = tomllib.loads((DATA / "patterns/combinations.toml").read_text("utf-8"))


@pytest.mark.parametrize("part", sorted(COMBINATIONS))
def test_a_combination_that_works_better_tells_of_its_target(nlp: Language, part: str) -> None:
    entry = COMBINATIONS[part]
    found = {summary(relation): relation.pattern for relation in extract_relations(nlp(entry["example"]))}
    assert found[entry["expect"]] == "combined"


def test_a_combination_of_which_nothing_is_told_claims_nothing(nlp: Language) -> None:
    text = "Patients were given a CSF1R inhibitor in combination with paclitaxel."
    assert not [r for r in extract_relations(nlp(text)) if r.kind == "resistance"]
