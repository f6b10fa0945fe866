"""The gold set as it is shipped is sound, and a fault in one is told in one line."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
from rich.text import Text

from pipeline.curation.checking import check_gold
from pipeline.curation.columns import describe_columns
from pipeline.curation.showing import show_row
from pipeline.errors import UsageError

GOLD = Path(__file__).parents[2] / "gold"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def test_the_shipped_gold_is_sound() -> None:
    assert check_gold(GOLD) == []


@pytest.fixture(scope="module")
def review(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gold")
    shutil.copytree(GOLD / "review", folder / "review")
    return folder


@pytest.mark.parametrize(
    ("name", "column", "cell", "words"),
    [
        ("table2_curated.csv", "mechanism", "Something else", "mechanism is not printed plus corrections"),
        ("table2_curated.csv", "reference", "300", "no reference '300'"),
        ("table2_curated.csv", "mediator_id", "hgnc:nosuch", "unknown id 'hgnc:nosuch' in mediator_id"),
        ("table4_curated.csv", "trial_ids", "NCT123", "'NCT123' is no NCT number"),
        ("corrections.csv", "printed", "never printed", "printed is not what the table prints"),
        ("corrections.csv", "kind", "guess", "unknown kind 'guess'"),
        ("corrections.csv", "evidence", "", "no evidence"),
        ("prose_claims.csv", "mediator_start", "0", "is not at 0-"),
        ("prose_claims.csv", "pmid", "review:999", "no document 'review:999'"),
        ("prose_claims.csv", "population_role", "boss", "unknown population_role 'boss'"),
        ("title_claims.csv", "optional", "maybe", "unknown optional 'maybe'"),
    ],
)
def test_a_fault_in_the_review_is_told(review: Path, name: str, column: str, cell: str, words: str) -> None:
    path = review / "review" / name
    kept = path.read_bytes()
    rows = rows_of(path)
    first = next(row for row in rows if row[column] or name == "corrections.csv")
    first[column] = cell
    write(path, rows)
    try:
        assert any(words in fault for fault in check_gold(review))
    finally:
        path.write_bytes(kept)


def test_a_lost_column_is_told(review: Path) -> None:
    path = review / "review" / "table3_printed.csv"
    kept = path.read_bytes()
    write(path, [{k: v for k, v in row.items() if k != "mechanism"} for row in rows_of(path)])
    try:
        assert any("table3_printed.csv" in fault and "mechanism" in fault for fault in check_gold(review))
    finally:
        path.write_bytes(kept)


def own_gold(folder: Path, *claims: str, documents: str = "1,dev\n") -> Path:
    (folder / "documents.csv").write_text(f"pmid,split\n{documents}", "utf-8")
    header = "claim_id,pmid,mediator_id,mediator_name,drug_id,drug_name,effect,optional\n"
    (folder / "resistance.csv").write_text(header + "".join(f"{claim}\n" for claim in claims), "utf-8")
    return folder


def test_a_gold_folder_of_ones_own_is_sound(tmp_path: Path) -> None:
    assert (
        check_gold(
            own_gold(
                tmp_path, "a,1,hgnc:10618,CCL2,drugbank:DB00675,tamoxifen,promotes,false", documents="1,\n"
            )
        )
        == []
    )


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        ("a,1,hgnc:nosuch,X,drugbank:DB00675,tamoxifen,promotes,false", "unknown id 'hgnc:nosuch'"),
        ("a,9,hgnc:10618,CCL2,drugbank:DB00675,tamoxifen,promotes,false", "is not in documents.csv"),
        ("a,1,hgnc:10618,CCL2,drugbank:DB00675,tamoxifen,helps,false", "unknown effect"),
    ],
)
def test_a_fault_in_a_gold_folder_is_told(tmp_path: Path, claim: str, words: str) -> None:
    (fault,) = check_gold(own_gold(tmp_path, claim))
    assert words in fault


def test_two_claims_that_say_the_same_are_told(tmp_path: Path) -> None:
    claim = "1,hgnc:10618,CCL2,drugbank:DB00675,tamoxifen,promotes,false"
    (fault,) = check_gold(own_gold(tmp_path, f"a,{claim}", f"b,{claim}"))
    assert "b says the same as a" in fault


def test_a_folder_without_gold_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no gold in the folder"):
        check_gold(tmp_path)


def shown(name: str) -> str:
    return "\n".join(line.plain for line in show_row(GOLD, name) if isinstance(line, Text))


def test_a_table_row_is_shown_with_its_printed_form_corrections_and_sentences() -> None:
    words = shown("t2-8")
    assert "refs: 8" in words and "reads: 81 (reference: " in words
    assert "t2-8-1" in words and "reference 81: " in words and "review:81, " in words
    assert shown("table 2 8") == words


def test_a_claim_is_shown_with_its_sentence() -> None:
    first = rows_of(GOLD / "review" / "prose_claims.csv")[0]
    assert first["claim_id"] in shown(first["claim_id"])


@pytest.mark.parametrize("name", ["t2-99", "nosuch", "t9-1"])
def test_a_row_that_does_not_exist_is_wrong_use(name: str) -> None:
    with pytest.raises(UsageError, match="no such row in the gold"):
        shown(name)


def test_the_printed_tables_are_all_in() -> None:
    counts = [len(rows_of(GOLD / "review" / f"table{number}_printed.csv")) for number in (1, 2, 3, 4)]
    assert counts == [5, 41, 4, 24]


def test_development_holds_no_text_and_keeps_its_split() -> None:
    documents = rows_of(GOLD / "development" / "documents.csv")
    assert Counter(row["split"] for row in documents) == {"check": 124, "dev": 108}
    for name in ("resistance", "macrophage", "interventions", "mentions"):
        header = list(rows_of(GOLD / "development" / f"{name}.csv")[0])
        assert not {"passage", "title", "abstract"} & set(header)


def test_the_code_book_explains_every_column_as_it_is_defined() -> None:
    assert (GOLD / "COLUMNS.md").read_text("utf-8").endswith(f"\n\n{describe_columns()}")


def test_the_code_book_counts_what_is_there() -> None:
    words = (GOLD / "README.md").read_text("utf-8")
    counts = {
        "prose claims": "review/prose_claims.csv",
        "title claims": "review/title_claims.csv",
        "resistance claims": "development/resistance.csv",
        "macrophage relations": "development/macrophage.csv",
        "mentions in 66 abstracts": "development/mentions.csv",
        "papers": "tam/documents.csv",
        "sentences": "contrast/documents.csv",
    }
    for what, path in counts.items():
        assert f"{len(rows_of(GOLD / path)):,} {what}" in words, what
    kinds = Counter(row["kind"] for row in rows_of(GOLD / "review" / "corrections.csv"))
    assert f"| `fill`: blank, filled from above | {kinds['fill']} |" in words


def test_a_quarter_of_the_passages_and_titles_and_sixty_abstracts_have_two_readers() -> None:
    documents = rows_of(GOLD / "development" / "documents.csv")
    assert sum({"A", "B"} <= set(row["annotators"].split("|")) for row in documents) >= 60
    marked = {row["pmid"] for row in rows_of(GOLD / "development" / "mentions.csv")}
    splits = Counter(row["split"] for row in documents if row["pmid"] in marked)
    assert splits == {"dev": 33, "check": 33}
    papers = rows_of(GOLD / "tam" / "documents.csv")
    assert 60 <= len(papers) <= 90
    assert sum({"A", "B"} <= set(row["annotators"].split("|")) for row in papers) >= 30


def test_contrast_sentences_hold_what_their_claims_say() -> None:
    sentences = {
        row["pmid"]: row
        for row in map(json.loads, (GOLD / "contrast" / "sentences.jsonl").read_text("utf-8").splitlines())
    }
    types = Counter(row["type"] for row in sentences.values())
    assert sum(types.values()) >= 100 and min(types[t] for t in ("positive", "turned", "trap")) >= 30
    for kind in ("resistance", "macrophage", "interventions"):
        for row in rows_of(GOLD / "contrast" / f"{kind}.csv"):
            text = "\n" + sentences[row["pmid"]]["abstract"]
            for column in row:
                if column.endswith("_start") and row[column]:
                    slot = column.removesuffix("_start")
                    assert text[int(row[column]) : int(row[f"{slot}_end"])] == row[f"{slot}_text"]
    # Sentences come from odd papers only.
    assert all(int(re.findall(r"TP(\d+)", pmid)[0]) % 2 for pmid in sentences)
