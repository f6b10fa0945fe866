"""Tables: written safely, read back as they were, replaced whole, valid by their schema."""

import json
from pathlib import Path

import pytest
from frictionless import Package
from hypothesis import given
from hypothesis import strategies as st

from extractors.types import Mention, Relation
from pipeline.errors import UsageError
from pipeline.export.datapackage import describe_run
from pipeline.export.folder import keep_newest, replaced_folder, write_findings, write_json
from pipeline.export.tables import read_table, write_table
from pipeline.findings import Findings, findings_from_json, findings_to_json
from pipeline.records import Article, Rejection, compose_article
from pipeline.tables import MENTIONS_TABLE, TABLES

SENTENCE = "Macrophage-derived IL-6 promoted cisplatin resistance."


def example() -> tuple[Article, Findings]:
    article = compose_article("7", "A title.", [("RESULTS", SENTENCE)], year=2020)
    start = article.text.index(SENTENCE)

    def mention(words: str, kind: str, curie: str) -> Mention:
        at = article.text.index(words)
        return Mention(at, at + len(words), words, kind, curie, words)

    il6, cisplatin = (
        mention("IL-6", "cytokine", "hgnc:6018"),
        mention("cisplatin", "drug", "drugbank:DB00515"),
    )
    macrophage = mention("Macrophage", "macrophage", "cl:0000235")
    relation = Relation(
        kind="resistance",
        arguments={"mediator": il6, "drug": cisplatin, "population": macrophage},
        labels={"effect": "promotes", "basis": "association", "population_role": "source"},
        lists={"mediator_source": (macrophage,)},
        spans=((start, start + len(SENTENCE)),),
        score=0.9,
        pattern="example",
    )
    return article, Findings((macrophage, il6, cisplatin), (relation,))


def write_example(folder: Path) -> None:
    write_json(folder / "datapackage.json", describe_run("example"))
    write_findings(
        folder,
        [example()],
        [Rejection("file.jsonl", "line 3", "", "read", "not-json: cut")],
        threshold=0.5,
        with_text=True,
    )


def test_every_table_is_valid_by_its_schema(tmp_path: Path) -> None:
    write_example(tmp_path)
    report = Package(str(tmp_path / "datapackage.json")).validate()
    assert report.valid, report.to_summary()
    assert {r["path"] for r in json.loads((tmp_path / "datapackage.json").read_text())["resources"]} == {
        f"{table.name}.csv" for table in TABLES
    }


def test_claim_is_counted_and_linked_to_macrophages(tmp_path: Path) -> None:
    write_example(tmp_path)
    (claim,) = read_table(tmp_path, "tam_resistance")
    assert (claim["subject_name"], claim["object_name"], claim["effect"]) == ("IL-6", "cisplatin", "promotes")
    assert (claim["population_role"], claim["n_articles_for"], claim["best_passage"]) == (
        "source",
        "1",
        SENTENCE,
    )
    (row,) = read_table(tmp_path, "resistance")
    assert row["section"] == "RESULTS"
    assert example()[0].text[int(row["drug_start"]) : int(row["drug_end"])] == row["drug_text"]


def test_findings_survive_the_way_between_processes() -> None:
    _, found = example()
    assert findings_from_json(findings_to_json(found)) == found


@given(st.lists(st.text(st.characters(exclude_categories=("Cs",)))))
def test_any_cell_is_read_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, cells: list[str]) -> None:
    folder = tmp_path_factory.mktemp("table")
    blank = {"pmid": "1", "start": 0, "end": 1, "kind": "gene", "id": "", "name": "", "negated": False}
    write_table(folder, MENTIONS_TABLE, [{**blank, "text": cell} for cell in cells])
    assert [row["text"] for row in read_table(folder, "mentions")] == cells


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx"])
def test_spreadsheets_run_no_cell(tmp_path: Path, cell: str) -> None:
    write_table(
        tmp_path,
        MENTIONS_TABLE,
        [
            {
                "pmid": "1",
                "start": 0,
                "end": 1,
                "text": cell,
                "kind": "",
                "id": "",
                "name": "",
                "negated": False,
            }
        ],
    )
    assert f"'{cell}" in (tmp_path / "mentions.csv").read_text("utf-8")


def test_folder_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    place = tmp_path / "run"
    with replaced_folder(place) as folder:
        write_json(folder / "manifest.json", {"run": 1})
    with pytest.raises(RuntimeError), replaced_folder(place) as folder:
        write_json(folder / "manifest.json", {"run": 2})
        raise RuntimeError
    assert json.loads((place / "manifest.json").read_text()) == {"run": 1}
    with replaced_folder(place) as folder:
        write_json(folder / "manifest.json", {"run": 3})
    assert json.loads((place / "manifest.json").read_text()) == {"run": 3}
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_folder_of_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(UsageError, match="holds other files"), replaced_folder(tmp_path):
        pass
    assert (tmp_path / "thesis.txt").read_text() == "precious"


def test_of_dated_runs_the_newest_are_kept_and_pointed_at(tmp_path: Path) -> None:
    days = ("2026-01-01T000000Z", "2026-01-02T000000Z", "2026-01-03T000000Z")
    for name in (*days, "mine"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text("{}")
    (tmp_path / "2026-01-04T000000Z").mkdir()  # broken off: no manifest
    keep_newest(tmp_path, 2)
    assert {p.name for p in tmp_path.iterdir()} == {*days[1:], "mine", "latest", "2026-01-04T000000Z"}
    assert (tmp_path / "latest").resolve().name == days[-1]
