"""Judging sheets: what a curator gets, what stays of a verdict, what verdicts come to."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import UsageError
from pipeline.evaluation.scoring import RunTables
from pipeline.evaluation.sheets import (
    CHANGED,
    GONE,
    cohen_kappa,
    judge_sheet,
    make_sheet,
    merge_sheet,
    read_sheet,
    sheet_text,
)
from pipeline.tables import EVIDENCE_TABLES

Row = dict[str, str]
HEADERS = {table.name: table.header for table in EVIDENCE_TABLES}


def evidence(kind: str, number: int, **cells: str) -> Row:
    row = dict.fromkeys(HEADERS[kind], "")
    row |= {"evidence_id": f"e{number}", "pmid": str(number), "accepted": "true", "negated": "false"}
    return {**row, "passage": f"Sentence {number}.", "score": "0.8", **cells}


def resistance(number: int, **cells: str) -> Row:
    names = {"mediator_text": "IL6", "mediator_name": "IL6", "mediator_id": "hgnc:6018"}
    names |= {"drug_text": "CDDP", "drug_name": "cisplatin", "drug_id": "drugbank:DB00515"}
    return evidence("resistance", number, **{**names, "effect": "promotes", **cells})


def run_of(*rows: Row, interventions: tuple[Row, ...] = ()) -> RunTables:
    tables = {"resistance": rows, "macrophage": (), "interventions": interventions}
    return RunTables(tables, (), frozenset())


def judged(row: Row, verdict: str, curator: str = "A", **more: str) -> Row:
    return {**row, "verdict": verdict, "curator": curator, **more}


def test_a_sheet_shows_accepted_rows_with_names_ids_and_a_link() -> None:
    agent = evidence("interventions", 3, agent_text="PLX3397", agent_name="pexidartinib", agent_id="d:1")
    agent |= {"effect_on_macrophages": "depletes", "effect_on_tumour": "sensitises"}
    sheet = make_sheet(run_of(resistance(1), resistance(2, accepted="false"), interventions=(agent,)))
    assert [row["kind"] for row in sheet] == ["resistance", "interventions"]
    first, second = sheet
    assert first["first"] == "IL6 (hgnc:6018)"
    assert first["second"] == "cisplatin “CDDP” (drugbank:DB00515)"
    assert (first["says"], first["passage"]) == ("promotes", "Sentence 1.")
    assert first["link"] == "https://pubmed.ncbi.nlm.nih.gov/1/"
    assert (second["says"], second["second"]) == ("sensitises", "depletes")


def test_a_sample_is_the_same_each_time() -> None:
    run = run_of(*(resistance(number) for number in range(40)))
    sheet = make_sheet(run, most=5)
    assert len(sheet) == 5 and sheet == make_sheet(run, most=5)


def test_verdicts_survive_a_new_run_and_stale_ones_are_marked() -> None:
    before = make_sheet(run_of(resistance(1), resistance(2), resistance(3), resistance(4)))
    old = [
        judged(before[0], "right"),
        judged(before[0], "wrong", "B"),
        judged(before[1], "wrong", comment="other drug"),
        judged(before[2], "right"),
        before[3],
    ]
    # The first has another score, the second another effect, the third is gone.
    after = make_sheet(run_of(resistance(1, score="0.9"), resistance(2, effect="reverses"), resistance(4)))
    merged = merge_sheet(after, old)
    assert [(r["evidence_id"], r["verdict"], r["stale"]) for r in merged] == [
        ("e1", "right", ""),
        ("e1", "wrong", ""),
        ("e2", "", ""),
        ("e4", "", ""),
        ("e2", "wrong", CHANGED),
        ("e3", "right", GONE),
    ]
    assert merged[0]["score"] == "0.9" and merged[4]["comment"] == "other drug"
    assert merge_sheet(after, merged) == merged


def test_verdicts_are_summed_up_by_kind_majority_and_curator() -> None:
    rows = make_sheet(run_of(*(resistance(number) for number in range(5))))
    sheet = [
        judged(rows[0], "right"),
        judged(rows[0], "right", "B"),
        judged(rows[1], "wrong", error_kind="polarity"),
        judged(rows[1], "wrong", "B", error_kind="polarity"),
        judged(rows[2], "right"),
        judged(rows[2], "wrong", "B", error_kind="no relation"),
        judged(rows[3], "unsure"),
        judged(rows[3], "right", "B"),
        rows[4],
        judged({**rows[4], "stale": CHANGED}, "wrong"),
    ]
    outcome = judge_sheet(sheet)
    # e0 right, e1 wrong, e2 undecided, e3 right by the one who is sure.
    assert (outcome.precision["all"].part, outcome.precision["all"].whole) == (2, 3)
    assert outcome.precision["macrophage"].whole == 0
    assert outcome.errors == {"polarity": 2, "no relation": 1}
    kappa, both = outcome.kappa["A", "B"]
    assert both == 3 and kappa == pytest.approx(0.4)
    assert (outcome.stale, outcome.open_rows) == (1, 1)


def test_kappa_of_a_known_table() -> None:
    # 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: observed 0.7, by chance 0.5.
    pairs = [("r", "r")] * 20 + [("r", "w")] * 5 + [("w", "r")] * 10 + [("w", "w")] * 15
    assert cohen_kappa(pairs) == (pytest.approx(0.4), 50)
    assert cohen_kappa([("r", "r")] * 9) == (None, 9)
    assert cohen_kappa([]) == (None, 0)


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [("verdict", "rihgt", "unknown verdict 'rihgt'"), ("error_kind", "odd", "unknown error kind 'odd'")],
)
def test_an_unknown_verdict_is_told_with_its_line(
    tmp_path: Path, column: str, value: str, words: str
) -> None:
    rows = make_sheet(run_of(resistance(1), resistance(2)))
    path = tmp_path / "sheet.csv"
    path.write_text(sheet_text([rows[0], {**rows[1], column: value}]), "utf-8")
    with pytest.raises(UsageError, match=words) as fault:
        read_sheet(path)
    assert "line 3" in str(fault.value)


def test_a_sheet_reads_back_as_it_was_written(tmp_path: Path) -> None:
    rows = [judged(make_sheet(run_of(resistance(1, passage='Of "IL-6", and\nmore.')))[0], "right")]
    path = tmp_path / "sheet.csv"
    path.write_text(sheet_text(rows), "utf-8", newline="")
    assert read_sheet(path) == rows
