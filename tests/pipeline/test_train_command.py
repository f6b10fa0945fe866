"""`tamrex train` on small corpora of our own: what it writes, what it leaves out, how it refuses bad input."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from tests.pipeline.test_cli import tamrex

NAMES = {"Gene": ["CCL2", "CCL5", "CXCL8", "TNF"], "Chemical": ["cisplatin", "paclitaxel"]}
TYPES = {
    "bc5cdr": {"Chemical": "Chemical"},
    "biored": {"Gene": "GeneOrGeneProduct", "Chemical": "ChemicalEntity"},
    "nlm_gene": {"Gene": "Gene"},
    "gnormplus": {"Gene": "Gene"},
    "bionlp13cg": {"Gene": "Gene_or_gene_product"},
    "anatem": {"Gene": "Cell"},
}


@pytest.fixture
def corpora(tmp_path: Path) -> Path:
    (tmp_path / "ner").mkdir()
    for corpus, types in TYPES.items():
        rows = []
        for kind, type_ in types.items():
            for number, name in enumerate(NAMES[kind]):
                text = f"Cells of {corpus} made {name} and grew."
                start = text.index(name)
                entity = [start, start + len(name), type_, ""]
                pmid = f"{len(rows)}{number}"
                rows.append({"pmid": pmid, "split": "train", "text": text, "entities": [entity]})
        with gzip.open(tmp_path / "ner" / f"{corpus}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    listed = {"corpora": {"bc5cdr": {"test": {"pmid": ["00"]}}}, "external": {}}
    (tmp_path / "ner" / "pmids.json").write_text(json.dumps(listed), "utf-8")
    return tmp_path


def test_heads_and_their_card_are_written_and_refused_documents_counted(
    corpora: Path, tmp_path: Path
) -> None:
    out = tmp_path / "models"
    ended = tamrex(tmp_path, "train", "--corpora", str(corpora), "--out", str(out), "--no-benchmarks")
    assert ended.returncode == 0, ended.stderr
    assert sorted(path.name for path in (out / "names").iterdir()) == [
        "card.md",
        "cells.crf.tsv.gz",
        "chemicals.crf.tsv.gz",
        "genes.crf.tsv.gz",
        "scores.json",
    ]
    assert "left out of bc5cdr: 1 texts" in ended.stdout
    card = (out / "names" / "card.md").read_text("utf-8")
    assert "Texts left out: anatem 1, bc5cdr 1, " in card and "| cells | bionlp13cg 3, anatem 3 | 3 |" in card


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--corpora", "{folder}/nowhere"], "can't be read"),
        (["--corpora", "{folder}", "--refuse", "{folder}/missing.tsv"], "missing.tsv"),
        (["--corpora", "{folder}", "--refuse", "{folder}/other.csv"], "no column"),
    ],
)
def test_bad_input_is_told_in_a_line(corpora: Path, tmp_path: Path, arguments: list[str], told: str) -> None:
    (corpora / "other.csv").write_text("a,b\n1,2\n", "utf-8")
    ended = tamrex(tmp_path, "train", "--out", "m", *[a.format(folder=corpora) for a in arguments])
    assert ended.returncode == 2
    assert told in ended.stderr and "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--texts", "{folder}/none.jsonl"], "none.jsonl"),
        (["--texts", "{folder}/one.jsonl"], "no labelled record is there"),
        (["--texts", "{folder}/one.jsonl", "--labels", "{folder}"], "labels can't be read"),
    ],
)
def test_a_scorer_without_texts_or_labels_is_refused_in_a_line(
    tmp_path: Path, arguments: list[str], told: str
) -> None:
    record = {"pmid": "9", "title": "T.", "abstract": "Nothing."}
    (tmp_path / "one.jsonl").write_text(json.dumps(record) + "\n", "utf-8")
    ended = tamrex(tmp_path, "train-scorer", *[a.format(folder=tmp_path) for a in arguments])
    assert ended.returncode == 2
    assert told in ended.stderr and "Traceback" not in ended.stderr
