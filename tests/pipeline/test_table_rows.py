"""How the facts of the review's tables are scored."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.evaluation import evaluating
from pipeline.evaluation.identity import Identity
from pipeline.evaluation.review_gold import TableRow
from pipeline.evaluation.scoring import RunTables
from pipeline.evaluation.table_rows import FOUND, RELAXED, RIGHT, TableScore, score_table

IDENTITY = Identity(broader={"d:1": frozenset(["class:D"])}, parts={"d:12": frozenset(["d:1", "d:2"])})
Row = dict[str, str]


def fact(mediator: str, drug: str, effect: str, *, optional: str = "false", stated: str = "true") -> Row:
    names = {"mediator_id": mediator, "mediator_name": mediator, "drug_id": drug, "drug_name": drug}
    return {**names, "effect": effect, "parity": "odd", "optional": optional, "stated_in_prose": stated}


def found(
    mediator: str, drug: str, effect: str, *, accepted: str = "true", negated: str = "false"
) -> dict[str, str]:
    row = {"mediator_id": mediator, "drug_id": drug, "effect": effect}
    return {**row, "accepted": accepted, "negated": negated}


def score(evidence: list[Row], *rows: tuple[Row, ...]) -> TableScore:
    table = [TableRow(2, str(number), facts) for number, facts in enumerate(rows, 1)]
    return score_table(table, evidence, IDENTITY, stated="stated_in_prose")


def test_any_required_fact_finds_a_row_and_each_counts_by_itself() -> None:
    table = score(
        [found("g:1", "d:2", "promotes")],
        (fact("g:1", "d:1", "promotes"), fact("g:1", "d:2", "promotes")),
        (fact("g:3", "d:1", "promotes"),),
    )
    assert (table.share_of_rows(RIGHT).part, table.share_of_rows(RIGHT).whole) == (1, 2)
    assert (table.share_of_facts(RIGHT).part, table.share_of_facts(RIGHT).whole) == (1, 3)


@pytest.mark.parametrize(
    ("evidence", "outcomes", "reason"),
    [
        (found("g:1", "d:1", "promotes"), {FOUND, RIGHT, RELAXED}, ""),
        (found("g:1", "d:12", "promotes"), {FOUND, RIGHT, RELAXED}, ""),
        (found("g:1", "d:1", "reverses"), {FOUND}, "wrong direction"),
        (found("g:1", "class:D", "promotes"), {RELAXED}, "found with other partners only"),
        (found("g:1", "tamrex.drugclass:any", "promotes"), {RELAXED}, "found with other partners only"),
        (found("g:1", "class:D", "reverses"), set(), "found with other partners only"),
        (found("g:1", "d:1", "promotes", accepted="false"), set(), "below threshold or denied"),
        (found("g:1", "d:1", "promotes", negated="true"), set(), "below threshold or denied"),
        (found("g:1", "d:9", "promotes"), set(), "found with other partners only"),
        (found("g:9", "d:1", "promotes"), set(), "in no row"),
    ],
)
def test_a_fact_has_its_outcomes_and_a_miss_its_reason(
    evidence: Row, outcomes: set[str], reason: str
) -> None:
    table = score([evidence], (fact("g:1", "d:1", "promotes"),))
    assert table.rows[0].facts[0].outcomes == outcomes
    assert table.rows[0].reason == reason


def test_both_sides_without_each_other_are_told() -> None:
    evidence = [found("g:1", "d:9", "promotes"), found("g:9", "d:1", "promotes")]
    assert score(evidence, (fact("g:1", "d:1", "promotes"),)).rows[0].reason == "pair not proposed"


def test_optional_facts_and_facts_that_the_text_does_not_state_are_never_asked_for() -> None:
    rows = (fact("g:1", "d:1", "promotes", optional="true"), fact("g:1", "d:2", "promotes", stated="false"))
    assert score([], rows).rows == ()


def test_generic_drugs_are_one() -> None:
    evidence = [found("g:1", "tamrex.drugclass:any", "promotes")]
    table = score(evidence, (fact("g:1", "tamrex.drugclass:chemotherapy", "promotes"),))
    assert table.share_of_rows(RIGHT).part == 1


def test_the_rare_direction_shows() -> None:
    evidence = [found("g:1", "d:1", "promotes"), found("g:2", "d:1", "promotes")]
    table = score(evidence, (fact("g:1", "d:1", "promotes"),), (fact("g:2", "d:1", "reverses"),))
    assert table.by_label() == {"promotes": (1, 1), "reverses": (0, 1)}


def test_agents_and_targets_are_looked_for_in_the_interventions() -> None:
    row = {"agent_id": "d:1", "agent_name": "d", "target_id": "g:1", "target_name": "g", "parity": "even"}
    row |= {"optional": "false", "stated_in_title": "true"}
    evidence = [{**row, "accepted": "true", "negated": "false"}]
    table = score_table([TableRow(4, "1", (row,))], evidence, IDENTITY, stated="stated_in_title")
    assert table.share_of_rows(RIGHT).part == 1
    assert table.of_parity("odd").rows == ()


def test_a_row_is_looked_for_in_the_abstract_of_its_own_reference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {**fact("g:1", "d:1", "promotes"), "reference": "5", "row": "1", "table": "2"}
    tables = {2: (TableRow(2, "1", (row,)), TableRow(2, "2", ({**row, "reference": "7"},)))}
    monkeypatch.setattr(evaluating, "read_table_rows", lambda _: tables)
    evidence = [{**found("g:1", "d:1", "promotes"), "pmid": pmid} for pmid in ("501", "502")]
    run = RunTables(
        {"resistance": tuple(evidence), "macrophage": (), "interventions": ()}, (), frozenset(["501", "502"])
    )
    coverage = evaluating.Coverage((), tmp_path, {}, {5: "501", 9: "502"})
    (score,) = evaluating.score_run(run, coverage)
    (table,) = score.tables
    assert [r.row for r in table.rows] == ["1"] and table.rows[0].has(RIGHT)
