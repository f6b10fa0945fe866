"""Which concept of the shipped vocabulary is narrower than which: made from the same tables.

A row of `broader.tsv.gz` is `narrower`, `broader`, `relation`, by CURIE: `member` (of a family or a drug
class), `part` (of a combination of drugs), `kind` (a disease, a cell), `arm` (of a miRNA named without one).
"""

from __future__ import annotations

import gzip
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from extractors.training.tables import Tables, extra

BROADER = "broader.tsv.gz"
_MACROPHAGE = "cl:0000235"
_ARM = re.compile(r"-[35]p$")

Row = tuple[str, str, str]


def broader_rows(tables: Tables, lexicons: Path) -> Iterator[Row]:
    """Yield (narrower, broader, relation) between concepts of the vocabulary in a folder.

    Parameters
    ----------
    tables
        The tables that the vocabulary was made of.
    lexicons
        Folder with `concepts.jsonl.gz` and `supplement.toml`.
    """
    with gzip.open(lexicons / "concepts.jsonl.gz", "rt", encoding="utf-8") as file:
        concepts = {values["id"]: values for values in map(json.loads, file)}
    for entry in tomllib.loads((lexicons / "supplement.toml").read_text("utf-8"))["concept"]:
        concepts.setdefault(entry["id"], entry)
    shipped = {xref: curie for curie, values in concepts.items() for xref in values.get("xrefs", ())}
    shipped |= {curie: curie for curie in concepts}
    symbols = {values["name"]: curie for curie, values in concepts.items() if curie.startswith("hgnc:")}
    rows = [*_families(tables, symbols), *_drugs(tables), *_cancers(tables), *_cells(tables, concepts)]
    for narrower, broader, relation in rows:
        if narrower in shipped and broader in shipped and shipped[narrower] != shipped[broader]:
            yield shipped[narrower], shipped[broader], relation
    for curie, values in concepts.items():
        if curie.startswith("mirbase.mature:") and _ARM.search(values["name"]):
            yield curie, f"tamrex.mirna:{_ARM.sub('', values['name'])}", "arm"


def _families(tables: Tables, symbols: dict[str, str]) -> Iterator[Row]:
    for row in tables("famplex"):
        for member in extra(row, "members").split(","):
            yield member, row["id"], "member"
    for row in tables("gene_groups_hgnc"):
        for symbol in extra(row, "members").split(","):
            yield symbols.get(symbol, ""), row["id"], "member"


def _drugs(tables: Tables) -> Iterator[Row]:
    members: dict[str, set[str]] = {}
    for row in tables("drugclasses_oncology_curated"):
        members[row["id"]] = {m.rpartition("=")[2] for m in extra(row, "members").split(",") if "=" in m}
    for name, drugs in members.items():
        for drug in drugs:
            yield drug, name, "member"
        for other, wider in members.items():
            if drugs and drugs < wider:
                yield name, other, "member"
    for row in tables("drug_regimens_mesh"):
        for drug in extra(row, "mapped_to").split(","):
            # The protocols' own heading is no drug.
            if drug != "mesh:D000971":
                yield drug, row["id"], "part"


def _cancers(tables: Tables) -> Iterator[Row]:
    for table in ("cancers_mondo_neoplasm", "cancers_doid"):
        for row in tables(table):
            for parent in extra(row, "parents").split(","):
                yield row["id"], parent, "kind"
    for row in tables("cancers_oncotree"):
        yield row["id"], f"oncotree:{extra(row, 'parent')}", "kind"
    numbers = {number: row["id"] for row in tables("cancers_mesh_c04") for number in _tree(row)}
    for number, curie in numbers.items():
        yield curie, numbers.get(number.rpartition(".")[0], ""), "kind"


def _tree(row: dict[str, str]) -> list[str]:
    return extra(row, "tree").split(",")


def _cells(tables: Tables, concepts: dict[str, dict[str, str]]) -> Iterator[Row]:
    for row in tables("cells_cl"):
        for parent in extra(row, "parents").split(","):
            yield row["id"], parent, "kind"
    for curie, values in concepts.items():
        if values["kind"] == "macrophage" and not curie.startswith("cl:"):
            yield curie, _MACROPHAGE, "kind"


def write_broader(lexica: Path, lexicons: Path) -> int:
    """Write `broader.tsv.gz` beside the vocabulary; return its number of rows."""
    rows = sorted(set(broader_rows(Tables(lexica), lexicons)))
    # No time stamp and no file name, so that the same rows give the same bytes.
    with (lexicons / BROADER).open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as file:
        for row in rows:
            file.write("\t".join(row).encode() + b"\n")
    return len(rows)


if __name__ == "__main__":
    # python -m extractors.training.broader FOLDER_OF_TABLES
    import sys

    print(write_broader(Path(sys.argv[1]), Path(__file__).parent.parent / "lexicons"))
