"""Drugs of the vocabulary: several tables joined, what is no medicine left out."""

from __future__ import annotations

import re

from extractors.normalisation import fold, name_key
from extractors.training.tables import Concept, Tables, extra, values_of

_METABOLITE_ROLES = {"human metabolite", "fundamental metabolite", "cofactor", "nutrient", "mouse metabolite"}
_MEDICINE_ROLES = ("antineoplastic", "drug", "inhibitor", "antagonist", "agonist", "angiogenesis")
# International nonproprietary name stems of anticancer and immunological agents (WHO, "The use of stems
# in the selection of INN").
_STEMS = re.compile(
    r"^[a-z]{3,}(?:tinib|nib|mab|platin|taxel|rubicin|ciclib|parib|stat|limus|bine|cept|citabine|trexed|"
    r"tecan|poside|lidomide|domide|zomib|metinib|rafenib|degib|lisib|fusp|lutamide|relix|clax|sertib|"
    r"mustine|fosfamide|antrone|cristine|blastine|dronate|dronic acid)$"
)
_CODE_NAME = re.compile(r"^[A-Z]{2,5}[- ]?\d{3,7}[A-Z]?$")
_ACRONYM = re.compile(r"^[A-Z][A-Za-z0-9]{1,2}$")
# The registries by which two tables' drugs are found to be one; CAS numbers are not shipped.
_REGISTRIES = ("mesh:", "chebi:", "unii:", "cas:", "drugbank:")
_ONE_WORD = re.compile(r"^[a-z][a-z-]{6,}$")


def drugs(tables: Tables, proteins: set[str], words: set[str]) -> list[Concept]:
    """Drugs: DrugBank's open vocabulary, joined by MeSH and ChEBI names; then drugs only these have.

    What ChEBI calls a metabolite, cofactor or nutrient and no medicine is left out: glucose, ATP and
    amino acids are no drugs in an abstract. Nor is what has the key of a protein, or an English word.
    """
    headings = _headings(tables)
    refused: set[str] = set()
    chebi_rows = list(tables("drugs_chebi_subset"))
    for row in chebi_rows:
        roles = set(extra(row, "roles").split(","))
        if roles & _METABOLITE_ROLES and not any(word in role for role in roles for word in _MEDICINE_ROLES):
            refused.add(name_key(fold(row["name"])))
            refused.update(values_of(row, "xrefs"))
    concepts: dict[str, Concept] = {}

    def add(concept: Concept) -> None:
        key = name_key(fold(concept.name))
        if key in concepts:
            concepts[key].take_in(concept)
        else:
            concepts[key] = concept

    for row in tables("drugs_drugbank_open"):
        key = name_key(fold(row["name"]))
        if row["id"] in refused or key in refused or key in words or len(key) < 4:
            continue
        if name_key(fold(row["name"])) in proteins or row["name"].lower().startswith("human "):
            continue  # a protein given as a drug is spoken of as the protein
        name = row["name"][0].lower() + row["name"][1:] if row["name"][1:].islower() else row["name"]
        concept = Concept(
            row["id"], "drug", name, values_of(row, "synonyms"), [], _references(row), "drugs_drugbank_open"
        )
        # The mapping's other name, mostly a code: `name:AMG-232`.
        concept.names += [x[5:] for x in values_of(row, "xrefs") if x.startswith("name:")]
        heading = headings.get(key) or next(
            (headings[x] for x in sorted(concept.xrefs) if x in headings), None
        )
        if heading is not None:
            synonyms = [n for n in values_of(heading, "synonyms") if "," not in n]
            concept.names += [heading["name"], *synonyms] if "," not in heading["name"] else synonyms
            concept.xrefs.add(heading["id"])
            concept.source += "|mesh_descriptors_ABCDEG"
        add(concept)
    for row in chebi_rows:
        medicine = extra(row, "roles")
        if "antineoplastic agent" in medicine and _ONE_WORD.match(row["name"].lower()):
            add(
                Concept(
                    row["id"],
                    "drug",
                    row["name"],
                    values_of(row, "synonyms"),
                    xrefs=_references(row),
                    source="drugs_chebi_subset",
                )
            )
    no_drugs = refused | words | proteins
    for row in tables("drugs_mesh_supplementary"):
        names = [row["name"], *values_of(row, "synonyms")]
        why = extra(row, "why").split(" ")[0]
        good = (
            why == "drugbank"
            or _STEMS.match(row["name"].lower())
            or (why == "code" and _CODE_NAME.match(row["name"]))
            or (why == "chembl" and _ONE_WORD.match(row["name"]))
        )
        scr = name_key(fold(row["name"]))
        if good and scr not in no_drugs and len(scr) >= 5:
            add(
                Concept(
                    row["id"],
                    "drug",
                    row["name"],
                    names[1:],
                    xrefs=_references(row),
                    source="drugs_mesh_supplementary",
                )
            )
    for table in ("drug_regimens_mesh", "tcm_mesh"):
        for row in tables(table):
            if len(fold(row["name"])) >= 5:
                add(Concept(row["id"], "drug", row["name"], values_of(row, "synonyms"), source=table))
    for table in ("drugs_abbrev_curated", "drugs_investigational_tam_curated"):
        for row in tables(table):
            short = [n for n in values_of(row, "synonyms") if len(fold(n)) <= 4]
            names = [n for n in values_of(row, "synonyms") if len(fold(n)) > 4]
            _merge(concepts, Concept(row["id"], "drug", row["name"], names, short, source=table))
    for concept in concepts.values():
        # `AZT`, `DA`: the text must speak for them.
        concept.weak += [n for n in concept.names if _ACRONYM.match(n) and n.lower() not in words]
        concept.names = [n for n in concept.names if _is_drug_name(n) and name_key(fold(n)) not in words]
    return list(concepts.values())


def _headings(tables: Tables) -> dict[str, dict[str, str]]:
    """Return MeSH's headings of chemicals by the key of their name and by their references to ChEBI."""
    found: dict[str, dict[str, str]] = {}
    for row in tables("mesh_descriptors_ABCDEG"):
        if "tree=D" in (row["extra"] or ""):
            for xref in values_of(row, "xrefs"):
                if xref.startswith("chebi:"):
                    found.setdefault(xref, row)
            found[name_key(fold(row["name"]))] = row
    return found


def _references(row: dict[str, str]) -> set[str]:
    return {x for x in values_of(row, "xrefs") if x.startswith(_REGISTRIES)}


def _is_drug_name(name: str) -> bool:
    """Leave out systematic chemical names, which no abstract spells out, and scraps of letters."""
    systematic = re.search(r"[(\[{].*\d|\d,\d", name) is not None
    return len(fold(name)) >= 4 and len(name) <= (30 if systematic else 45)


def _merge(concepts: dict[str, Concept], concept: Concept) -> None:
    """Join a concept to the one of the same id or name, which then takes its preferred name."""
    key = name_key(fold(concept.name))
    known = next((c for c in concepts.values() if c.id == concept.id), None) or concepts.get(key)
    if known is None:
        concepts[key] = concept
        return
    known.names.insert(0, known.name)
    known.take_in(concept)
    known.name = concept.name
