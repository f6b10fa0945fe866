"""`tamrex kb` on small tables of our own: what it builds, and how it refuses what is no folder of tables."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from tests.pipeline.test_cli import tamrex

HEADER = "id\tname\tsynonyms\txrefs\textra"
TABLES = {
    "genes_hgnc_human": ["hgnc:1\tABC1\tABC transporter one|XQ\tncbigene:11|mgi:9\ttags=", "hgnc:2\tABC2\t\t\t"],
    "genes_mgi_mouse": ["mgi:9\tAbcx1\t\thgnc:1\thuman=ABC1"],
    "famplex": ["fplx:ABC\tABC\tABC transporters\thgnc_group:7\tmembers=hgnc:1,hgnc:2"],
    "gene_groups_hgnc": ["hgnc.genegroup:7\tABC carrier family\t\t\tmembers=ABC1,ABC2"],
    "lncrna_hgnc_human": ["hgnc:3\tLNCX1\tlong name X\t\t"],
    "mirna_mirbase_hsa_mmu": ["mirbase.mature:M1\thsa-miR-9-5p\t\t\t"],
    "mesh_descriptors_ABCDEG": ["mesh:D1\tNovodrug\tNovodrugium\t\ttree=D02"],
    "complexes_complexportal_human": [],
    "drugs_chebi_subset": [],
    "drugs_drugbank_open": ["drugbank:DB1\tNovodrug\tND-100\tcas:1-2-3|name:ND-1000\t"],
    "drugs_mesh_supplementary": ["mesh:C1\tND-1000\t\t\twhy=code"],
    "drug_regimens_mesh": [],
    "tcm_mesh": [],
    "drugs_abbrev_curated": [],
    "drugs_investigational_tam_curated": ["local.drug:zz99\tZZ-99\tZZ99\t\t"],
    "drugclasses_oncology_curated": [],
    "drugclasses_mesh_d27_actions": [],
    "cancers_mondo_neoplasm": ["mondo:1\tliver cancer\thepatic cancer\tmesh:D9\tparents=mondo:2",
                               "mondo:2\tliver neoplasm\t\t\tparents="],
    "cancers_doid": [],
    "cancers_mesh_c04": ["mesh:D9\tLiver Neoplasms\tLiver Neoplasm\t\ttree=C04.588"],
    "cancers_oncotree": [],
    "cancers_abbrev_curated": [],
    "celllines_mouse_tumour_curated": [],
    "celllines_cellosaurus_core": ["cellosaurus:CVCL_1\tQX-77\tQX77\t\t"],
    "celllines_bto": [],
    "celllines_cellosaurus_names_2020": [],
    "cells_cl": [],
    "pathways_wikipathways_hsa_mmu": [],
    "pathways_reactome_human": ["reactome:R-1\tQX signaling pathway\t\t\t"],
    "species_ncbitaxon_small": [],
    "english_words_scowl_small": ["scowl:1\tcat\t\t\t"],
}  # fmt: skip


@pytest.fixture
def lexica(tmp_path: Path) -> Path:
    """A folder of small tables with their description."""
    folder = tmp_path / "lexica"
    folder.mkdir()
    lines = ["| file | records | synonyms | kB | source | licence | use |"]
    for name, rows in TABLES.items():
        write(folder, name, [HEADER, *rows])
        lines.append(f"| {name}.tsv.gz | 1 | 1 | 1 | made here | CC0 | SHIP |")
    (folder / "README.md").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


def write(folder: Path, name: str, lines: list[str]) -> None:
    (folder / f"{name}.tsv.gz").write_bytes(gzip.compress(("\n".join(lines) + "\n").encode()))


def read(path: Path) -> dict[str, dict[str, object]]:
    return {c["concept_id"]: c for c in map(json.loads, gzip.decompress(path.read_bytes()).splitlines())}


def test_it_builds_a_knowledge_base_and_tells_what_is_in_it(lexica: Path, tmp_path: Path) -> None:
    done = tamrex(tmp_path, "kb", "--lexica", "lexica", "--out", "kb.jsonl.gz")
    assert done.returncode == 0, done.stderr
    assert "by kind:" in done.stdout and "drugs_drugbank_open" in done.stdout
    concepts = read(tmp_path / "kb.jsonl.gz")
    gene = concepts["hgnc:1"]
    assert gene["aliases"] == ["ABC1", "ABC transporter one"]
    assert gene["weak"] == ["XQ", "Abcx1"]
    assert (gene["types"], gene["source"], gene["licence"]) == (["gene"], "genes_hgnc_human", "CC0")
    assert concepts["fplx:ABC"]["xrefs"] == ["hgnc.genegroup:7"]
    # One drug of two registries, found by its code name; our own has a definition.
    assert concepts["drugbank:DB1"]["xrefs"] == ["mesh:C1", "mesh:D1"]
    assert "mesh:C1" not in concepts
    assert concepts["tamrex.drug:zz99"]["definition"]
    # MeSH's heading stands for what is above the cancer.
    assert concepts["mondo:2"]["xrefs"] == ["mesh:D9"]
    assert "tamrex.drugclass:any" in concepts  # written by hand
    provenance = json.loads((tmp_path / "provenance.json").read_text("utf-8"))
    assert provenance["famplex.tsv.gz"]["concepts"] == 1


def test_the_same_tables_give_the_same_bytes(lexica: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        done = tamrex(tmp_path, "kb", "--lexica", "lexica", "--out", f"{name}/kb.jsonl.gz")
        assert done.returncode == 0, done.stderr
    for name in ("kb.jsonl.gz", "broader.tsv.gz", "terms.tsv.gz", "provenance.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        ("no folder", "no such folder"),
        ("no table", "a table is missing"),
        ("no column", "no column 'xrefs'"),
        ("short row", "too few columns"),
        ("cut short", "cut short"),
        ("no gzip", "no gzip"),
        ("not UTF-8", "not UTF-8"),
        ("no description", "description is missing"),
    ],
)
def test_what_is_no_folder_of_tables_is_refused_in_one_line(
    lexica: Path, tmp_path: Path, harm: str, words: str
) -> None:
    path = lexica / "famplex.tsv.gz"
    if harm == "no folder":
        lexica.rename(tmp_path / "elsewhere")
    elif harm == "no table":
        path.unlink()
    elif harm == "no column":
        write(lexica, "famplex", ["id\tname\tsynonyms\textra", "fplx:A\tA\t\t"])
    elif harm == "short row":
        write(lexica, "famplex", [HEADER, "fplx:A\tA"])
    elif harm == "cut short":
        path.write_bytes(path.read_bytes()[:-9])
    elif harm == "no gzip":
        path.write_bytes(b"id\tname\n")
    elif harm == "not UTF-8":
        path.write_bytes(gzip.compress(HEADER.encode() + b"\nfplx:A\t\xff\t\t\t\n"))
    else:
        (lexica / "README.md").unlink()
    done = tamrex(tmp_path, "kb", "--lexica", "lexica", "--out", "kb.jsonl.gz")
    assert done.returncode == 2
    assert done.stderr.startswith("tamrex: ") and len(done.stderr.splitlines()) == 1
    assert words in done.stderr
    assert not (tmp_path / "kb.jsonl.gz").exists()
