"""What must hold of the gold set made from the review, whatever its content."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from pipeline.gold_tables import CURATED_TABLES

FOLDER = Path(__file__).parents[2] / "gold" / "review"
TEXT = (FOLDER / "review.txt").read_text("utf-8")

CURIE = re.compile(
    r"(hgnc|fplx|hgnc\.genegroup|mgi|drugbank|chebi|mesh|mirbase\.mature|go|reactome|wikipathways|cl|mondo"
    r"|doid|oncotree|tamrex\.(drug|drugclass|mirna|ncrna|family|pathway|population)):\S+"
)
SUPERSCRIPT = "⁰¹²³⁴⁵⁶⁷⁸⁹"
MARKED = re.compile(
    rf"\^\{{(?:\\rm )?([^}}]*)\}}|([{SUPERSCRIPT}](?:[{SUPERSCRIPT},–⁻]*[{SUPERSCRIPT}])?)"
    r"|(?:(?<=[a-z).])|(?<=CRC))(\d{2,3})(?=[. ]|$)"
)
"""Reference numbers: as superscripts, in TeX braces, or run into the word before them."""


def rows_of(name: str) -> list[dict[str, str]]:
    delimiter = "\t" if name.endswith(".tsv") else ","
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


PIECES = rows_of("passages.tsv")
REFERENCES = rows_of("references.csv")
TABLE2 = rows_of("table2_curated.csv")
REQUIRED = [row for row in TABLE2 if row["optional"] == "false"]


def printed_references(words: str) -> set[int]:
    found: set[int] = set()
    for match in MARKED.finditer(words):
        group = next(g for g in match.groups() if g)
        group = group.translate(str.maketrans(SUPERSCRIPT + "⁻", "0123456789–"))
        for part in re.split(r"[,.]", group):
            if re.fullmatch(r"\d+", part):
                found.add(int(part))
            elif span := re.fullmatch(r"(\d+)–(\d+)", part):
                found.update(range(int(span[1]), int(span[2]) + 1))
    return found


def test_references_are_numbered_by_their_place() -> None:
    assert list(REFERENCES[0]) == "number,authors,title,journal,year,volume,pages,doi,kind,comment".split(",")
    assert [row["number"] for row in REFERENCES] == [str(n) for n in range(1, 210)]
    assert Counter(row["kind"] for row in REFERENCES) == {"article": 204, "thesis": 4, "abstract": 1}


@pytest.mark.parametrize("row", REFERENCES, ids=lambda row: row["number"])
def test_a_reference_has_its_parts(row: dict[str, str]) -> None:
    assert row["authors"] and row["title"].endswith((".", "?"))
    assert re.fullmatch(r"(19|20)\d\d", row["year"])
    assert row["kind"] == "thesis" or (row["journal"] and row["volume"] and row["pages"])
    assert not row["doi"] or row["doi"].startswith("10.")
    words = TEXT[TEXT.index("\nReferences\n") :].replace("*", "")
    assert row["title"] in words


def test_pieces_lie_in_order_and_apart() -> None:
    assert list(PIECES[0]) == ["id", "order", "start", "end", "parity"]
    last = 0
    for row in PIECES:
        start, end = int(row["start"]), int(row["end"])
        assert last <= start < end <= len(TEXT)
        assert TEXT[start:end] == TEXT[start:end].strip()
        last = end


def test_pieces_of_one_article_are_counted_in_order() -> None:
    seen: Counter[str] = Counter()
    for row in PIECES:
        seen[row["id"]] += 1
        assert row["order"] == str(seen[row["id"]])


def test_only_headings_tables_and_captions_are_left_out() -> None:
    for before, after in pairwise(PIECES):
        gap = TEXT[int(before["end"]) : int(after["start"])].strip()
        heading = len(gap) < 130 and re.search(r"[.?!] [A-Z]", gap) is None
        assert heading or "\t" in gap or "163.com" in gap, gap[:80]
    first, last = int(PIECES[0]["start"]), int(PIECES[-1]["end"])
    assert TEXT[:first].rstrip().endswith("}")
    assert TEXT[last:].lstrip().startswith("Reporting summary")


def test_an_article_is_odd_only_if_all_its_references_are() -> None:
    words: dict[str, list[str]] = defaultdict(list)
    parity: dict[str, set[str]] = defaultdict(set)
    for row in PIECES:
        words[row["id"]].append(TEXT[int(row["start"]) : int(row["end"])])
        parity[row["id"]].add(row["parity"])
    for identifier, parts in words.items():
        key = identifier.removeprefix("review:")
        numbers = printed_references(" ".join(parts))
        if key.startswith("s"):
            assert not numbers, identifier
            numbers = {int(key[1:])}
        else:
            assert int(key) in numbers, identifier
        expected = "odd" if all(number % 2 for number in numbers) else "even"
        assert parity[identifier] == {expected}, (identifier, sorted(numbers))


def test_table2_has_its_rows_and_pairs() -> None:
    assert list(TABLE2[0]) == CURATED_TABLES[1].header
    assert {int(row["row"]) for row in REQUIRED} == set(range(1, 42))
    assert len(REQUIRED) == 50
    assert len({(row["row"], row["drug_id"]) for row in REQUIRED}) == 43
    assert Counter(row["effect"] for row in REQUIRED) == {"promotes": 48, "reverses": 2}
    assert len({row["claim_id"] for row in TABLE2}) == len(TABLE2)
    pairs = [(row["row"], row["mediator_id"], row["drug_id"]) for row in TABLE2]
    assert len(set(pairs)) == len(pairs)


@pytest.mark.parametrize("row", TABLE2, ids=lambda row: row["claim_id"])
def test_a_table2_pair_is_well_formed(row: dict[str, str]) -> None:
    assert row["claim_id"].startswith(f"t2-{row['row']}-")
    assert row["effect"] in ("promotes", "reverses") or (row["optional"] == "true" and not row["effect"])
    for slot in ("mediator", "drug"):
        assert CURIE.fullmatch(row[f"{slot}_id"]) or row["optional"] == "true"
        assert row[f"{slot}_text"] and row[f"{slot}_name"]
    for slot in ("population", "cancer"):
        assert bool(row[f"{slot}_id"]) == bool(row[f"{slot}_text"]) == bool(row[f"{slot}_name"])
        assert not row[f"{slot}_id"] or CURIE.fullmatch(row[f"{slot}_id"])
    roles = set(filter(None, row["population_role"].split("|")))
    assert roles <= {"source", "recipient", "mediator", "context"}
    assert not roles or row["population_id"]
    assert 1 <= int(row["reference"]) <= 209
    assert row["parity"] == ("odd" if int(row["reference"]) % 2 else "even")
    flags = [row[name] for name in row if name == "optional" or name.startswith("stated_in")]
    assert set(flags) <= {"true", "false"}
    assert row["stated_in_prose"] == "true" or row["stated_in_one_sentence"] == "false"


def test_one_row_has_one_reference_and_population() -> None:
    seen: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    names = ("reference_printed", "reference", "population_id", "cancer_id", "comment")
    for row in TABLE2:
        seen[row["row"]].add(tuple(row[name] for name in names))
    assert all(len(values) == 1 for values in seen.values())


def test_thirteen_printed_references_were_repaired() -> None:
    repaired = {row["row"]: row["comment"] for row in TABLE2 if row["reference"] != row["reference_printed"]}
    assert len(repaired) == 13
    assert all("reference: " in comment for comment in repaired.values())


def test_rows_by_where_they_are_stated() -> None:
    def stated(column: str) -> int:
        return len({row["row"] for row in REQUIRED if row[column] == "true"})

    assert [stated(f"stated_in_{place}") for place in ("prose", "one_sentence", "title")] == [31, 26, 16]
