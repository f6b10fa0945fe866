"""How a run is scored against a gold set: pairs, directions, optional claims, combinations, reasons."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipeline.evaluation.gold_folder import Gold, GoldDocument
from pipeline.evaluation.identity import Identity
from pipeline.evaluation.kinds import INTERVENTIONS, MACROPHAGE, RESISTANCE
from pipeline.evaluation.scores import paired_difference, score_counts, share_of
from pipeline.evaluation.scoring import RunTables, count_reasons, score_kind

IDENTITY = Identity(
    same={"mesh:same": "drugbank:1"},
    broader={"hgnc:1": frozenset(["fplx:F"]), "drugbank:1": frozenset(["class:C"])},
    parts={"mesh:AB": frozenset(["drugbank:A", "drugbank:B"])},
)
Row = dict[str, str]


def gold(pmid: str, mediator: str, drug: str, effect: str = "promotes", **more: str) -> Row:
    row = {"pmid": pmid, "mediator_id": mediator, "drug_id": drug, "effect": effect}
    return row | {"negated": "false", "speculated": "false", "optional": "false"} | more


def found(pmid: str, mediator: str, drug: str, effect: str = "promotes", **more: str) -> Row:
    return gold(pmid, mediator, drug, effect) | {"score": "0.8", "accepted": "true"} | more


def mention(pmid: str, curie: str, text: str) -> Row:
    return {"pmid": pmid, "id": curie, "text": text}


def score(run: list[Row], claims: list[Row], *, kind=RESISTANCE, mentions: tuple[Row, ...] = ()):
    documents = sorted({row["pmid"] for row in (*run, *claims)})
    tables = RunTables({kind.name: tuple(run)}, mentions, frozenset(documents))
    gold_set = Gold("g", {pmid: GoldDocument(pmid) for pmid in documents}, {kind.name: tuple(claims)})
    return score_kind(tables, gold_set, kind, IDENTITY)


HAND_MADE_GOLD = [
    gold("1", "hgnc:1", "drugbank:1"),  # right
    gold("1", "hgnc:2", "drugbank:2", "reverses"),  # right
    gold("2", "hgnc:3", "drugbank:1"),  # wrong direction in the run
    gold("2", "hgnc:4", "drugbank:1"),  # the run has another drug
    gold("3", "hgnc:5", "drugbank:1"),  # missing
    gold("3", "hgnc:6", "drugbank:1", optional="true"),  # optional, found
    gold("3", "hgnc:7", "drugbank:1", optional="true"),  # optional, not found
    gold("4", "hgnc:8", "drugbank:A"),  # a combination in two claims, whole in the run
    gold("4", "hgnc:8", "drugbank:B"),
    gold("5", "hgnc:9", "mesh:AB"),  # a combination whole, split in the run
]
HAND_MADE_RUN = [
    found("1", "hgnc:1", "mesh:same"),
    found("1", "hgnc:1", "drugbank:1"),  # said twice, counted once
    found("1", "hgnc:2", "drugbank:2", "reverses"),
    found("2", "hgnc:3", "drugbank:1", "reverses"),
    found("2", "hgnc:4", "drugbank:9"),
    found("3", "hgnc:6", "drugbank:1"),
    found("4", "hgnc:8", "mesh:AB"),
    found("5", "hgnc:9", "drugbank:A"),
    found("5", "hgnc:9", "drugbank:B"),
    found("5", "hgnc:10", "drugbank:9"),  # extra
    found("5", "hgnc:11", "drugbank:9", accepted="false"),
]


def test_hand_made_case() -> None:
    result = score(HAND_MADE_RUN, HAND_MADE_GOLD).main
    # Right: two, the whole, both parts. Wrong: direction, drug, extra.
    assert (result.precision.part, result.precision.whole) == (5, 8)
    # Found: two, both parts of the combination, the whole one. Not: direction, drug, missing.
    assert (result.recall.part, result.recall.whole) == (5, 8)
    assert (result.direction.part, result.direction.whole) == (5, 6)
    assert result.f1 == pytest.approx(5 / 8)
    assert result.documents == 5
    assert result.precision.too_few


def test_errors_of_the_hand_made_case_have_their_reasons() -> None:
    mentions = (
        mention("2", "hgnc:4", "G4"),
        mention("2", "drugbank:1", "drug one"),
        mention("3", "drugbank:1", "drug one"),
    )
    result = score(HAND_MADE_RUN, HAND_MADE_GOLD, mentions=mentions)
    assert {m.claim.pair[0]: m.reason for m in result.misses} == {
        "hgnc:3": "wrong direction",
        "hgnc:4": "no candidate",
        "hgnc:5": "no mention",
    }
    assert {f.claim.pair[0]: f.reason for f in result.faults} == {
        "hgnc:3": "wrong direction",
        "hgnc:4": "not a claim",
        "hgnc:10": "not a claim",
    }
    assert count_reasons(result.faults) == {"not a claim": 2, "wrong direction": 1}


@pytest.mark.parametrize(
    ("run", "mentions", "reason"),
    [
        ([], (), "no mention"),
        ([], (mention("1", "hgnc:77", "CCL-2"), mention("1", "drugbank:1", "d")), "wrong link"),
        ([], (mention("1", "hgnc:1", "CCL2"), mention("1", "drugbank:1", "d")), "no candidate"),
        ([found("1", "hgnc:1", "drugbank:1", "reverses")], (), "wrong direction"),
        ([found("1", "hgnc:1", "drugbank:1", accepted="false")], (), "below threshold"),
        ([found("1", "hgnc:1", "drugbank:1", negated="true")], (), "denied by the run"),
    ],
)
def test_every_reason_of_a_miss(run: list[Row], mentions: tuple[Row, ...], reason: str) -> None:
    claim = gold("1", "hgnc:1", "drugbank:1", mediator_text="CCL2", mediator_name="CCL2")
    assert [miss.reason for miss in score(run, [claim], mentions=mentions).misses] == [reason]


@pytest.mark.parametrize(
    ("row", "claims", "reason"),
    [
        (
            found("1", "hgnc:1", "drugbank:1"),
            [gold("1", "hgnc:1", "drugbank:1", "reverses")],
            "wrong direction",
        ),
        (found("1", "fplx:F", "drugbank:1"), [gold("1", "hgnc:1", "drugbank:1")], "other id of a right one"),
        (
            found("1", "hgnc:5", "drugbank:1", mediator_text="CCL-2"),
            [gold("1", "hgnc:1", "drugbank:1", mediator_text="CCL2")],
            "other id of a right one",
        ),
        (
            found("1", "hgnc:1", "drugbank:1"),
            [gold("1", "hgnc:1", "drugbank:1", negated="true")],
            "denied by the text",
        ),
        (
            found("1", "hgnc:1", "drugbank:2"),
            [gold("1", "hgnc:1", "drugbank:1"), gold("1", "hgnc:2", "drugbank:2")],
            "wrong pair",
        ),
        (found("1", "hgnc:1", "drugbank:2"), [], "not a claim"),
    ],
)
def test_every_reason_of_a_fault(row: Row, claims: list[Row], reason: str) -> None:
    assert [fault.reason for fault in score([row], claims).faults] == [reason]


def test_relaxed_takes_family_for_member_and_class_for_drug_but_not_another_effect() -> None:
    claims = [gold("1", "hgnc:1", "drugbank:1"), gold("2", "hgnc:1", "drugbank:1")]
    result = score([found("1", "fplx:F", "class:C"), found("2", "fplx:F", "class:C", "reverses")], claims)
    assert result.lines["strict"].recall.part == 0
    assert (result.lines["relaxed"].recall.part, result.lines["relaxed"].direction.whole) == (1, 2)


def test_denied_claims_have_a_line_of_their_own_and_are_out_of_the_main_one() -> None:
    run = [
        found("1", "hgnc:1", "drugbank:1", negated="true"),
        found("1", "hgnc:2", "drugbank:1", negated="true"),
    ]
    result = score(run, [gold("1", "hgnc:1", "drugbank:1", negated="true")])
    assert (result.main.precision.whole, result.main.recall.whole) == (0, 0)
    negated = result.lines["negated"]
    assert (negated.precision.part, negated.precision.whole, negated.recall.part) == (1, 2, 1)


def test_generic_drugs_are_one_and_are_also_shown_alone() -> None:
    run = [found("1", "hgnc:1", "tamrex.drugclass:any"), found("1", "hgnc:1", "drugbank:1")]
    claims = [gold("1", "hgnc:1", "tamrex.drugclass:chemotherapy"), gold("1", "hgnc:1", "drugbank:1")]
    result = score(run, claims)
    assert result.main.recall.part == 2
    assert result.lines["generic drug"].recall.whole == 1
    assert result.lines["named drug"].recall.whole == 1


def test_a_pair_goes_by_its_gold_flag_and_an_unmatched_row_by_its_own() -> None:
    run = [found("1", "hgnc:1", "drugbank:1"), found("1", "hgnc:2", "drugbank:1", speculated="true")]
    result = score(run, [gold("1", "hgnc:1", "drugbank:1", speculated="true")])
    speculated = result.lines["speculated"]
    assert (speculated.precision.part, speculated.precision.whole) == (1, 2)


def test_an_optional_claim_with_the_effect_left_open_takes_either() -> None:
    claims = [gold("1", "hgnc:1", "drugbank:1", "", optional="true")]
    assert score([found("1", "hgnc:1", "drugbank:1", "reverses")], claims).main.precision.whole == 0


def test_unlinked_names_are_compared_by_their_normalised_words() -> None:
    claims = [gold("1", "", "drugbank:1", mediator_name="lnc-XYZ 1")]
    assert score([found("1", "", "drugbank:1", mediator_name="lnc XYZ-1")], claims).main.recall.part == 1


def test_rows_of_documents_that_gold_has_not_read_do_not_count() -> None:
    tables = RunTables({"resistance": (found("9", "hgnc:1", "drugbank:1"),)}, (), frozenset(["1", "9"]))
    result = score_kind(tables, Gold("g", {"1": GoldDocument("1")}), RESISTANCE, IDENTITY)
    assert (result.main.precision.whole, result.main.documents) == (0, 1)


def test_slots_are_scored_on_right_claims_only() -> None:
    run = [
        found("1", "hgnc:1", "drugbank:1", basis="functional", via_id="go:1|go:2", via="a|b"),
        found("2", "hgnc:1", "drugbank:1", "reverses", basis="functional"),
    ]
    claims = [
        gold("1", "hgnc:1", "drugbank:1", basis="association", via_id="go:2|go:3", via="b|c"),
        gold("2", "hgnc:1", "drugbank:1", basis="functional"),
    ]
    slots = score(run, claims).slots
    assert [(s.part, s.whole) for s in slots["via"]] == [(1, 2), (1, 2)]
    assert [(s.part, s.whole) for s in slots["basis"]] == [(0, 1), (0, 1)]


def test_a_macrophage_relation_is_right_when_relation_and_state_agree() -> None:
    def row(molecule: str, relation: str, toward: str = "", **more: str) -> Row:
        return found("1", "", "", "") | {
            "population_id": "cl:0000235",
            "molecule_id": molecule,
            "relation": relation,
            "toward": toward,
        } | more  # fmt: skip

    claims = [row("hgnc:1", "secretes"), row("hgnc:1", "expresses"), row("hgnc:2", "polarised_by", "M2")]
    result = score([row("hgnc:1", "secretes"), row("hgnc:2", "polarised_by", "M1")], claims, kind=MACROPHAGE)
    assert (result.main.precision.part, result.main.precision.whole) == (1, 2)
    assert (result.main.recall.part, result.main.recall.whole) == (1, 3)
    # "expresses" was simply not found: its pair's only row is right for "secretes".
    assert (result.main.direction.part, result.main.direction.whole) == (1, 2)


def test_an_intervention_is_matched_by_agent_and_effect_on_macrophages() -> None:
    def row(agent: str, effect: str, tumour: str) -> Row:
        return found("1", "", "", "") | {
            "agent_id": agent,
            "effect_on_macrophages": effect,
            "effect_on_tumour": tumour,
        }

    result = score(
        [row("drugbank:1", "depletes", "unknown")],
        [row("drugbank:1", "depletes", "sensitises")],
        kind=INTERVENTIONS,
    )
    assert result.main.recall.part == 1
    assert [(s.part, s.whole) for s in result.slots["effect_on_tumour"]] == [(0, 1), (0, 1)]


def test_curve_goes_from_the_surest_rows_to_all_of_them() -> None:
    run = [
        found("1", "hgnc:1", "drugbank:1", score="0.9"),
        found("1", "hgnc:2", "drugbank:1", score="0.5"),
        found("1", "hgnc:3", "drugbank:1", score="0.2", accepted="false"),
    ]
    curve = score(run, [gold("1", "hgnc:1", "drugbank:1"), gold("1", "hgnc:3", "drugbank:1")]).curve
    assert [tuple(point) for point in curve] == [
        (0.9, 1.0, 0.5),
        (0.5, 0.5, 0.5),
        (0.2, pytest.approx(2 / 3), 1.0),
    ]


def test_interval_of_a_share_is_that_of_the_binomial() -> None:
    share = share_of([1] * 80 + [0] * 20, [1] * 100)
    assert share.value == 0.8
    assert share.interval is not None
    # 0.8 ± 1.96 · √(0.8 · 0.2 / 100)
    assert share.interval == pytest.approx((0.72, 0.88), abs=0.012)
    assert share_of([1] * 80 + [0] * 20, [1] * 100).interval == share.interval


def test_no_items_have_no_share() -> None:
    share = share_of([], [])
    assert (share.value, share.interval) == (None, None)


def test_paired_test_tells_a_real_difference_from_none() -> None:
    documents = [f"{n}" for n in range(60)]
    claims = [gold(pmid, "hgnc:1", "drugbank:1") for pmid in documents]
    half = [found(pmid, "hgnc:1", "drugbank:1") for pmid in documents[::2]]
    other_half = [found(pmid, "hgnc:1", "drugbank:1") for pmid in documents[1::2]]
    tables = []
    for run in (half, other_half, [*half, *other_half]):
        result = score(run, claims)
        tables.append(result.counts["strict"])
    same = paired_difference(tables[0], tables[1], "recall")
    better = paired_difference(tables[0], tables[2], "recall")
    assert same is not None and better is not None
    assert same[0] == 0 and same[1][0] < 0 < same[1][1] and same[2] > 0.5
    assert better[0] == 0.5 and better[1][0] > 0.3 and better[2] == 0


def test_tables_of_counts_add_up_to_the_score() -> None:
    result = score(HAND_MADE_RUN, HAND_MADE_GOLD)
    table = result.counts["strict"]
    assert table.shape == (5, 5)
    assert table.sum(axis=0).tolist() == [5, 3, 5, 3, 1]
    again = score_counts(np.vstack([table, np.zeros((1, 5), dtype=np.int64)]))
    assert replace(again, documents=5).precision.part == 5


def test_what_must_not_be_found_is_counted_when_pair_and_labels_agree() -> None:
    run = [
        found("1", "hgnc:1", "drugbank:1", "reverses"),
        found("1", "hgnc:2", "drugbank:1", negated="true"),
        found("1", "hgnc:3", "drugbank:1", accepted="false"),
    ]
    must_not = (
        gold("1", "hgnc:1", "drugbank:1", "reverses", kind="resistance"),  # found
        gold("1", "hgnc:1", "drugbank:1", "promotes", kind="resistance"),  # the other effect
        gold("1", "hgnc:1", "drugbank:1", "", kind="resistance"),  # any effect: found
        gold("1", "hgnc:2", "drugbank:1", kind="resistance"),  # denied in the run
        gold("1", "hgnc:2", "drugbank:1", kind="resistance", negated="true"),  # found
        gold("1", "hgnc:3", "drugbank:1", kind="resistance"),  # below the threshold
        {"pmid": "1", "kind": "macrophage"},
    )
    tables = RunTables({"resistance": tuple(run)}, (), frozenset(["1"]))
    result = score_kind(tables, Gold("g", {"1": GoldDocument("1")}, must_not=must_not), RESISTANCE, IDENTITY)
    assert result.must_not is not None
    assert (result.must_not.part, result.must_not.whole) == (3, 6)


def test_macrophages_told_by_a_marker_are_macrophages_in_the_wider_sense() -> None:
    assert IDENTITY.agree("tamrex.population:CD163+", "cl:0000235", relaxed=True)
    assert not IDENTITY.agree("tamrex.population:CD163+", "cl:0000235")
    assert not IDENTITY.agree("tamrex.population:M2a", "cl:0000235", relaxed=True)
