"""How the rows of a gold table are scored."""

from pathlib import Path

import pytest

from pipeline.errors import UsageError
from pipeline.evaluation.table_rows import TableScore, read_gold_rows, score_table


def gold(row: str, mediator: str, drug: str, effect: str, *, optional: str = "false") -> dict[str, str]:
    return {
        "row": row,
        "mediator_id": mediator,
        "mediator_name": mediator,
        "drug_id": drug,
        "drug_name": drug,
        "effect": effect,
        "parity": "odd",
        "optional": optional,
        "stated_in_prose": "true",
    }


def found(
    mediator: str, drug: str, effect: str, *, accepted: str = "true", negated: str = "false"
) -> dict[str, str]:
    return {
        "mediator_id": mediator,
        "drug_id": drug,
        "effect": effect,
        "accepted": accepted,
        "negated": negated,
    }


def score(evidence: list[dict[str, str]], *rows: dict[str, str]) -> TableScore:
    by_number: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        by_number.setdefault(row["row"], []).append(row)
    return score_table(by_number, evidence)


def test_any_required_pair_finds_a_row() -> None:
    table = score(
        [found("g:1", "d:2", "promotes")],
        gold("1", "g:1", "d:1", "promotes"),
        gold("1", "g:1", "d:2", "promotes"),
    )
    assert (table.total, table.found, table.right) == (1, 1, 1)


@pytest.mark.parametrize(
    ("evidence", "found_rows", "reason"),
    [
        (found("g:1", "d:1", "reverses"), 1, "wrong direction"),
        (found("g:1", "d:1", "promotes", accepted="false"), 0, "below threshold or denied"),
        (found("g:1", "d:1", "promotes", negated="true"), 0, "below threshold or denied"),
        (found("g:1", "d:9", "promotes"), 0, "mediator found with other drugs only"),
        (found("g:9", "d:1", "promotes"), 0, "mediator in no row"),
    ],
)
def test_a_miss_has_its_reason(evidence: dict[str, str], found_rows: int, reason: str) -> None:
    table = score([evidence], gold("1", "g:1", "d:1", "promotes"))
    assert (table.found, table.right, table.rows[0].reason) == (found_rows, 0, reason)


def test_optional_pairs_are_never_asked_for() -> None:
    assert score([], gold("1", "g:1", "d:1", "promotes", optional="true")).total == 0


def test_generic_drugs_are_one() -> None:
    table = score(
        [found("g:1", "tamrex.drugclass:any", "promotes")],
        gold("1", "g:1", "tamrex.drugclass:chemotherapy", "promotes"),
    )
    assert table.right == 1


def test_missing_column_is_named(tmp_path: Path) -> None:
    path = tmp_path / "gold.csv"
    path.write_text("row,mediator_id\n1,x\n")
    with pytest.raises(UsageError, match="lacks the column 'drug_id'"):
        read_gold_rows(path)
