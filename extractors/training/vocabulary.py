"""Make the shipped vocabulary from a folder of gzip tables of names.

Each table (`<name>.tsv.gz`, UTF-8) has the columns `id name synonyms xrefs extra`, values joined by
`|`. The result is one JSON line a concept, sorted by id; `provenance.json` beside it tells what each
table gave, under which licence. A table whose licence forbids derived works is never read.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from extractors.normalisation import fold, name_key
from extractors.training.drugs import drugs
from extractors.training.tables import Concept, Tables, extra, values_of

CONCEPTS = "concepts.jsonl.gz"
PROVENANCE = "provenance.json"
_CYTOKINE_TAGS = {
    "cytokine", "chemokine", "interleukin", "interferon", "csf", "growth_factor", "tgfb_superfamily",
    "tnf_superfamily",
}  # fmt: skip
_RECEPTOR_TAGS = {
    "receptor", "cytokine_receptor", "chemokine_receptor", "interleukin_receptor", "tnfr_superfamily", "rtk"
}  # fmt: skip
# Roots of the Cell Ontology: what lies below is a macrophage (or its precursor) or an immune cell.
_MACROPHAGE_ROOTS = {"cl:0000235", "cl:0000576"}
_IMMUNE_ROOTS = {"cl:0000738"}
_NO_MACROPHAGE_ROOTS = {"cl:0000092"}  # osteoclasts
# Radiation is no drug; what means "chemotherapy" or "anticancer drug" is one generic drug, named by hand.
_NO_CLASSES = {
    "tamrex.drugclass:radiotherapy", "tamrex.drugclass:neoadjuvant_chemotherapy",
    "tamrex.drugclass:chemotherapy", "mesh:D000970",
}  # fmt: skip
_DRUGS_IN_ENGLISH = {"aspirin", "ibuprofen", "warfarin", "quinine", "caffeine", "cortisone", "steroids"}
# Phenotypes among the aliases of genes: `doxorubicin resistance` is no name of ABCB1.
_TRAIT = re.compile(r"(?i)(?:resistance|sensitivity|susceptibility|disease|syndrome|deafness|cancer)( \d+)?$")
_NO_SPECIES = {"man", "cat", "cats", "patient", "patients", "avian", "chick"}
_WORDS_ONLY = re.compile(r"^(?:[A-Za-z]?[a-z-]+|[A-Za-z])(?: [A-Za-z]?[a-z-]+)+$")


def genes(tables: Tables) -> Iterator[Concept]:
    """Human genes and proteins; short aliases that no approved symbol backs are weak."""
    for row in tables("genes_hgnc_human"):
        tags = set(extra(row, "tags").split(","))
        kind = "cytokine" if tags & _CYTOKINE_TAGS and not tags & _RECEPTOR_TAGS else "gene"
        concept = Concept(row["id"], kind, row["name"], source="genes_hgnc_human")
        for name in values_of(row, "synonyms"):
            folded = fold(name)
            if len(folded) <= 3 or (len(folded) == 4 and folded.isalpha() and "-" not in name):
                concept.weak.append(name)
            elif "," not in name and len(name) <= 60 and not _TRAIT.search(name):
                concept.names.append(name)
        concept.xrefs = {
            x for x in values_of(row, "xrefs") if x.startswith(("uniprot:", "ncbigene:", "mgi:"))
        }
        yield concept


def mouse_names(tables: Tables, human: dict[str, Concept]) -> None:
    """Give human genes the symbols of their mouse orthologues, where these are spelt otherwise."""
    for row in tables("genes_mgi_mouse"):
        orthologue = human.get(next((x for x in values_of(row, "xrefs") if x.startswith("hgnc:")), ""))
        symbol = row["name"]
        if orthologue is None or len(symbol) < 4 or "Rik" in symbol or symbol.startswith("Gm"):
            continue
        if name_key(fold(symbol)) != name_key(fold(orthologue.name)):
            orthologue.weak.append(symbol)


def families(tables: Tables, human: dict[str, Concept]) -> Iterator[Concept]:
    """Protein families: FamPlex, then HGNC gene groups of names that FamPlex lacks."""
    taken: set[str] = set()
    for row in tables("famplex"):
        members = [m for m in extra(row, "members").split(",") if m in human]
        cytokine = bool(members) and all(human[m].kind == "cytokine" for m in members)
        name = row["name"].replace("_family", "").replace("_", " ")
        names = [n for n in values_of(row, "synonyms") if len(fold(n)) > 2]
        concept = Concept(row["id"], "cytokine" if cytokine else "gene", name, names, source="famplex")
        concept.xrefs = {x for x in values_of(row, "xrefs") if x.startswith(("mesh:", "hgnc_group:"))}
        taken.update(name_key(fold(n)) for n in [name, *names])
        yield concept
    symbols = {human_gene.name: human_gene for human_gene in human.values()}
    for row in tables("gene_groups_hgnc"):
        names = [n for n in [row["name"], *values_of(row, "synonyms")] if len(fold(n)) >= 6]
        names = [n for n in names if name_key(fold(n)) not in taken]
        if not names:
            continue
        members = [m for m in extra(row, "members").split(",") if m in symbols]
        cytokine = bool(members) and all(symbols[m].kind == "cytokine" for m in members)
        yield Concept(
            row["id"], "cytokine" if cytokine else "gene", row["name"], names, source="gene_groups_hgnc"
        )


def rnas(tables: Tables) -> Iterator[Concept]:
    """Long non-coding RNAs and mature miRNAs; other spellings of miRNAs are a matter of patterns."""
    for row in tables("lncrna_hgnc_human"):
        names = [n for n in values_of(row, "synonyms") if len(fold(n)) >= 5 and "(" not in n]
        weak = [n for n in values_of(row, "synonyms") if 3 <= len(fold(n)) < 5]
        yield Concept(row["id"], "lncrna", row["name"], names, weak, source="lncrna_hgnc_human")
    for row in tables("mirna_mirbase_hsa_mmu"):
        if row["id"].startswith("mirbase.mature:") and row["name"].startswith("hsa-"):
            name = row["name"].removeprefix("hsa-")
            yield Concept(row["id"], "mirna", name, [row["name"]], source="mirna_mirbase_hsa_mmu")


def drug_classes(tables: Tables) -> Iterator[Concept]:
    """Classes of drugs: the curated oncology list, then MeSH actions not in it."""
    taken: set[str] = set()
    for row in tables("drugclasses_oncology_curated"):
        if row["id"] in _NO_CLASSES:
            continue
        mesh = next((x for x in values_of(row, "xrefs") if x.startswith("mesh:")), "")
        names = values_of(row, "synonyms")
        concept = Concept(
            mesh or row["id"],
            "drug_class",
            row["name"],
            [n for n in names if len(fold(n)) >= 4 or "-" in n],
            [n for n in names if len(fold(n)) < 4],
            {row["id"]} if mesh else set(),
            "drugclasses_oncology_curated",
        )
        taken.add(concept.id)
        yield concept
    for row in tables("drugclasses_mesh_d27_actions"):
        if row["id"] not in taken | _NO_CLASSES and re.search(
            r"(?i)inhibitor|antineoplastic|antagonist", row["name"]
        ):
            names = [n for n in values_of(row, "synonyms") if "," not in n]
            yield Concept(row["id"], "drug_class", row["name"], names, source="drugclasses_mesh_d27_actions")


def cancers(tables: Tables) -> list[Concept]:
    """Cancers by Mondo, joined by DOID, MeSH and the curated abbreviations (which are weak)."""
    concepts: dict[str, Concept] = {}
    by_xref: dict[str, str] = {}
    by_key: dict[str, str] = {}
    by_synonym: dict[str, str] = {}

    def add(concept: Concept) -> None:
        same = [x for x in concept.xrefs if x in concepts] + [
            by_xref[x] for x in [concept.id] if x in by_xref
        ]
        key = by_key.get(name_key(fold(concept.name)))
        if key is None and concept.id.startswith("oncotree:"):
            # OncoTree has neither synonyms nor references to the others.
            key = by_synonym.get(name_key(fold(concept.name)))
        known = concepts.get(same[0]) if same else concepts.get(key or "")
        if known is None:
            concepts[concept.id] = known = concept
            by_xref.update(dict.fromkeys(sorted(concept.xrefs), concept.id))
        else:
            known.names += [concept.name, *concept.names]
            known.weak += concept.weak
            known.xrefs.add(concept.id)
        by_key.setdefault(name_key(fold(concept.name)), known.id)
        for name in concept.names:
            by_synonym.setdefault(name_key(fold(name)), known.id)

    for table in ("cancers_mondo_neoplasm", "cancers_doid", "cancers_mesh_c04", "cancers_oncotree"):
        for row in tables(table):
            if table == "cancers_oncotree" and extra(row, "level") in ("0", "1"):
                continue
            names = [n for n in values_of(row, "synonyms") if len(fold(n)) >= 6 and "," not in n]
            xrefs = {x for x in values_of(row, "xrefs") if x.startswith(("mondo:", "doid:", "mesh:"))}
            add(Concept(row["id"], "cancer", row["name"], names, [], xrefs, table))
    for row in tables("cancers_abbrev_curated"):
        names = values_of(row, "synonyms")
        short = [n for n in names if len(fold(n)) <= 6 and sum(c.isupper() for c in n) > 1]
        strong = [n for n in short if len(fold(n)) >= 4 or fold(n) in ("HCC", "CRC", "GBM", "AML", "CML")]
        xrefs = {x for x in values_of(row, "xrefs") if x.startswith(("mondo:", "mesh:"))}
        concept = Concept(
            row["id"],
            "cancer",
            row["name"],
            [n for n in names if n not in short] + strong,
            [n for n in short if n not in strong],
            xrefs,
            "cancers_abbrev_curated",
        )
        target = next((x for x in concept.xrefs if x.startswith("mondo:")), "")
        if target in concepts:
            known = concepts[target]
            known.names += [known.name, concept.name, *concept.names]
            known.weak += concept.weak
            known.name = concept.name
        else:
            add(concept)
    return list(concepts.values())


def cell_lines(tables: Tables, diseases: set[str]) -> Iterator[Concept]:
    """Cell lines: well-known ones by name, the long tail only where the text says "cells"."""
    taken: set[str] = set()

    def usable(name: str) -> bool:
        # Names of few letters are names of everything else too; some are names of the disease.
        folded = fold(name)
        letters = re.search(r"[A-Za-z]", folded) is not None
        long_enough = len(folded) > 3 or (len(folded) == 3 and re.search(r"\d", folded) is not None)
        return letters and long_enough and name_key(folded) not in diseases

    for table in ("celllines_mouse_tumour_curated", "celllines_cellosaurus_core", "celllines_bto"):
        for row in tables(table):
            xrefs = values_of(row, "xrefs")
            if row["id"] in taken or any(x in taken for x in xrefs):
                continue
            taken.add(row["id"])
            names = [re.sub(r" cell(?: line)?s?$", "", n) for n in [row["name"], *values_of(row, "synonyms")]]
            names = [n for n in names if usable(n)]
            strong = [n for n in names if re.search(r"\d", n) and len(fold(n)) > 3]
            # What is all words is a description (`human breast cancer`), no name.
            weak = [n for n in names if n not in strong and not _WORDS_ONLY.match(n)]
            yield Concept(row["id"], "cell_line", row["name"], strong, weak, source=table)
    for row in tables("celllines_cellosaurus_names_2020"):
        names = [n for n in [row["name"], *values_of(row, "synonyms")] if usable(n) and len(fold(n)) > 3]
        if names and row["id"] not in taken:
            yield Concept(
                row["id"], "cell_line", row["name"], [], names, source="celllines_cellosaurus_names_2020"
            )


def cells(tables: Tables) -> Iterator[Concept]:
    """Macrophages and other immune cells of the Cell Ontology; short forms come by hand."""
    rows = {row["id"]: row for row in tables("cells_cl")}

    def below(curie: str, roots: set[str], seen: frozenset[str] = frozenset()) -> bool:
        if curie in roots:
            return True
        parents = extra(rows[curie], "parents").split(",") if curie in rows else []
        return any(p and p not in seen and below(p, roots, seen | {curie}) for p in parents)

    for curie, row in rows.items():
        if below(curie, _NO_MACROPHAGE_ROOTS) or "OBSOLETE" in (row["extra"] or ""):
            continue
        if below(curie, _MACROPHAGE_ROOTS):
            kind = "macrophage"
        elif below(curie, _IMMUNE_ROOTS):
            kind = "immune_cell"
        else:
            continue
        if len(fold(row["name"])) >= 6:
            names = [n for n in values_of(row, "synonyms") if len(fold(n)) >= 8]
            yield Concept(curie, kind, row["name"], names, source="cells_cl")


def pathways(tables: Tables) -> Iterator[Concept]:
    """Signalling pathways by their full names; short ones come by hand."""
    for table in ("pathways_wikipathways_hsa_mmu", "pathways_reactome_human"):
        for row in tables(table):
            if re.search(r"(?i)signaling|pathway", row["name"]) and len(row["name"]) <= 50:
                yield Concept(row["id"], "pathway", row["name"], source=table)


def species(tables: Tables) -> Iterator[Concept]:
    """Species by their common and Latin names."""
    for row in tables("species_ncbitaxon_small"):
        names = [n for n in values_of(row, "synonyms") if n.lower() not in _NO_SPECIES]
        yield Concept(row["id"], "species", row["name"], names, source="species_ncbitaxon_small")


def english_words(tables: Tables) -> list[str]:
    """Common English words that are also a name of some concept."""
    return [row["name"] for row in tables("english_words_scowl_small")]


def make_vocabulary(lexica: Path, out: Path) -> dict[str, int]:
    """Write the vocabulary and its provenance into a folder; return the number of concepts by kind.

    Parameters
    ----------
    lexica
        Folder of the tables, with a `README.md` that gives source and licence of each.
    out
        Folder to write into.
    """
    tables = Tables(lexica)
    human = {gene.id: gene for gene in genes(tables)}
    mouse_names(tables, human)
    words = sorted({word for word in english_words(tables) if len(word) > 2})
    protein_families = list(families(tables, human))
    proteins = {name_key(fold(n)) for c in (*human.values(), *protein_families) for n in (c.name, *c.names)}
    concepts: list[Concept] = [*human.values(), *protein_families, *rnas(tables)]
    concepts += drugs(tables, proteins, set(words) - _DRUGS_IN_ENGLISH)
    diseases = cancers(tables)
    disease_keys = {name_key(fold(n)) for c in diseases for n in (c.name, *c.names, *c.weak)}
    concepts += [*drug_classes(tables), *diseases, *cell_lines(tables, disease_keys), *cells(tables)]
    concepts += [*pathways(tables), *species(tables)]
    _write_gzip(out / CONCEPTS, (concept.as_line() for concept in sorted(concepts, key=lambda c: c.id)))
    _write_gzip(out / "english_words.txt.gz", words)
    given = Counter(concept.source for concept in concepts)
    licences = _licences(lexica / "README.md")
    provenance = {
        name: {
            "sha256": digest,
            "concepts": given.get(name.removesuffix(".tsv.gz"), 0),
            **licences.get(name, {}),
        }
        for name, digest in sorted(tables.read.items())
    }
    (out / PROVENANCE).write_text(json.dumps(provenance, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return dict(Counter(concept.kind for concept in concepts))


def _write_gzip(path: Path, lines: Iterable[str]) -> None:
    # No time stamp and no file name, so that the same names give the same bytes.
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as file:
        for line in lines:
            file.write(line.encode("utf-8") + b"\n")


def _licences(readme: Path) -> dict[str, dict[str, str]]:
    """Read source and licence of each table from the folder's description."""
    found = {}
    for line in readme.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 7 and cells[0].endswith(".tsv.gz"):
            found[cells[0]] = {"source": cells[4], "licence": cells[5]}
    last: dict[str, str] = {}
    for name, values in found.items():
        for column, value in values.items():
            # "same" refers to the row before.
            values[column] = last.get(column, value) if value.startswith("same") else value
        last = values
        found[name] = values
    return found


if __name__ == "__main__":
    # python -m extractors.training.vocabulary FOLDER_OF_TABLES
    import sys

    print(make_vocabulary(Path(sys.argv[1]), Path(__file__).parent.parent / "lexicons"))
