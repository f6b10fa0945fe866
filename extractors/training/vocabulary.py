"""Concepts of each kind, from the tables of names: what is a usable name, what needs the text's support."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from extractors.normalisation import fold, name_key
from extractors.training.equivalents import join_groups
from extractors.training.tables import Concept, Tables, extra, values_of

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
_MIRNA_GROUP = re.compile(r"MicroRNA MIR(\d+[a-z]?) family", re.IGNORECASE)
# MeSH's branches of processes, cysts and syndromes that only go with a cancer.
_NO_CANCERS = ("C04.697", "C04.182", "C04.730")
# Headings that only part MeSH's tree: by site, by type of tissue.
_NO_HEADINGS = {"mesh:D009371", "mesh:D009370"}
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


def families(tables: Tables, human: dict[str, Concept]) -> list[Concept]:
    """Protein families: FamPlex, then HGNC gene groups; a group that is a FamPlex family is joined to it."""
    taken: set[str] = set()
    found: list[Concept] = []
    direct = {row["id"]: extra(row, "members").split(",") for row in tables("famplex")}
    genes_of = {curie: frozenset(_leaves(curie, direct, frozenset()) & human.keys()) for curie in direct}
    for row in tables("famplex"):
        members = [m for m in direct[row["id"]] if m in human]
        cytokine = bool(members) and all(human[m].kind == "cytokine" for m in members)
        name = row["name"].replace("_family", "").replace("_", " ")
        names = [n for n in values_of(row, "synonyms") if len(fold(n)) > 2]
        concept = Concept(row["id"], "cytokine" if cytokine else "gene", name, names, source="famplex")
        concept.xrefs = {x for x in values_of(row, "xrefs") if x.startswith(("mesh:", "hgnc_group:"))}
        taken.update(name_key(fold(n)) for n in [name, *names])
        found.append(concept)
    symbols = {human_gene.name: human_gene for human_gene in human.values()}
    groups: list[Concept] = []
    for row in tables("gene_groups_hgnc"):
        micro = _MIRNA_GROUP.fullmatch(row["name"])
        if micro:
            name = f"miR-{micro.group(1).lower()}"
            spelt = [row["name"], f"{name} family"]
            groups.append(
                Concept(f"tamrex.mirna:{name}", "mirna", name, spelt, [], {row["id"]}, "gene_groups_hgnc")
            )
            continue
        names = [n for n in [row["name"], *values_of(row, "synonyms")] if len(fold(n)) >= 6]
        names = [n for n in names if name_key(fold(n)) not in taken]
        members = [m for m in extra(row, "members").split(",") if m in symbols]
        cytokine = bool(members) and all(symbols[m].kind == "cytokine" for m in members)
        kind = "cytokine" if cytokine else "gene"
        genes_of[row["id"]] = frozenset(symbols[m].id for m in members)
        groups.append(Concept(row["id"], kind, row["name"], names, source="gene_groups_hgnc"))
    # A group without a name of its own is of use only as a reference.
    joined = join_groups(found, groups, genes_of)
    return [c for c in joined if c.names or not c.id.startswith("hgnc.genegroup:")]


def _leaves(curie: str, members: dict[str, list[str]], above: frozenset[str]) -> set[str]:
    """Return the members of a family that are no families, at any depth."""
    found: set[str] = set()
    for member in members.get(curie, ()):
        if member in members and member not in above:
            found |= _leaves(member, members, above | {curie})
        elif member not in members:
            found.add(member)
    return found


def rnas(tables: Tables) -> Iterator[Concept]:
    """Long non-coding RNAs and mature miRNAs; other spellings of miRNAs are a matter of patterns."""
    for row in tables("lncrna_hgnc_human"):
        names = [n for n in values_of(row, "synonyms") if len(fold(n)) >= 5 and "(" not in n]
        weak = [n for n in values_of(row, "synonyms") if 3 <= len(fold(n)) < 5]
        xrefs = {x for x in values_of(row, "xrefs") if x.startswith("ncbigene:")}
        yield Concept(row["id"], "lncrna", row["name"], names, weak, xrefs, "lncrna_hgnc_human")
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
        members = [m.split("=")[0] for m in extra(row, "members").split(",") if m]
        if members and not mesh:
            concept.definition = f"The drugs of the class {row['name']}, such as {', '.join(members[:5])}."
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
        same = [x for x in sorted(concept.xrefs) if x in concepts] + [
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
            # DOID's references to MeSH are often to a wider heading; Mondo's count.
            known.take_in(concept, references=not any(x.startswith("mesh:") for x in known.xrefs))
            for xref in sorted(known.xrefs):
                by_xref.setdefault(xref, known.id)
        by_key.setdefault(name_key(fold(concept.name)), known.id)
        for name in concept.names:
            by_synonym.setdefault(name_key(fold(name)), known.id)

    for table in ("cancers_mondo_neoplasm", "cancers_doid", "cancers_mesh_c04", "cancers_oncotree"):
        for row in tables(table):
            if table == "cancers_oncotree" and extra(row, "level") in ("0", "1"):
                continue
            tree = [number for number in extra(row, "tree").split(",") if number.startswith("C04")]
            if tree and all(number.startswith(_NO_CANCERS) for number in tree):
                continue
            names = [n for n in values_of(row, "synonyms") if len(fold(n)) >= 5 and "," not in n]
            xrefs = {x for x in values_of(row, "xrefs") if x.startswith(("mondo:", "doid:", "mesh:"))}
            xrefs -= _NO_HEADINGS
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
        target = next((x for x in sorted(concept.xrefs) if x.startswith("mondo:")), "")
        if target in concepts:
            known = concepts[target]
            known.names.insert(0, known.name)
            known.take_in(concept)
            known.name = concept.name
        else:
            add(concept)
    _settle_headings(tables, list(concepts.values()))
    return list(concepts.values())


def _settle_headings(tables: Tables, concepts: list[Concept]) -> None:
    """Leave each MeSH heading to one cancer: the one with its name, else the first that refers to it."""
    headings = {
        row["id"]: {name_key(fold(n)) for n in (row["name"], *values_of(row, "synonyms"))}
        for row in tables("cancers_mesh_c04")
    }
    claims: dict[str, list[Concept]] = defaultdict(list)
    for concept in concepts:
        for xref in sorted(concept.xrefs & headings.keys()):
            claims[xref].append(concept)
    by_id = {concept.id: concept for concept in concepts}
    parents = {row["id"]: extra(row, "parents").split(",") for row in tables("cancers_mondo_neoplasm")}
    for xref, claimants in claims.items():
        named = [c for c in claimants if {name_key(fold(n)) for n in (c.name, *c.names)} & headings[xref]]
        owner = (named or claimants)[0]
        if any(key.endswith("neoplasms") for key in headings[xref]) and not _is_neoplasm(owner):
            # `Liver Neoplasms` is liver cancer and benign tumours: what stands above both.
            above = [by_id[parent] for parent in parents.get(owner.id, ()) if parent in by_id]
            owner = next((c for c in above if _is_neoplasm(c) and not c.xrefs & headings.keys()), owner)
        for claimant in claimants:
            claimant.xrefs.discard(xref)
        owner.xrefs.add(xref)


def _is_neoplasm(concept: Concept) -> bool:
    return bool(re.search("neoplasm|tumou?r of", concept.name)) and not re.match(
        "benign|malignant", concept.name
    )


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
