"""Concepts that are one thing under several ids, made one concept by cross-references and names."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from extractors.normalisation import fold, name_key
from extractors.training.tables import Concept

_PREFERENCE = ("drugbank:", "chebi:", "mesh:")
_SHARED = ("chebi:", "unii:", "mesh:", "cas:", "drugbank:")
_ENOUGH = 5
"""Letters from which a name that two drugs share is taken to be one drug's name."""


def join_groups(
    families: list[Concept], groups: list[Concept], members: dict[str, frozenset[str]]
) -> list[Concept]:
    """Join HGNC's gene groups to the FamPlex families that are the same.

    They are the same if FamPlex's cross-references say so, or they have the same members (two or more). A
    group that several families fit, or a family that fits several groups, is left alone: one is wider.

    Parameters
    ----------
    members
        Genes of each family and group, those of families within it too.

    Returns
    -------
    list of Concept
        The families, and the groups that are left.
    """
    by_members: dict[frozenset[str], list[Concept]] = defaultdict(list)
    for family in families:
        by_members[members.get(family.id, frozenset())].append(family)
    fits: list[tuple[Concept, Concept]] = []
    for group in groups:
        genes = members.get(group.id, frozenset())
        reference = f"hgnc_group:{group.id.partition(':')[2]}"
        same = [family for family in families if reference in family.xrefs] or (
            by_members.get(genes, []) if len(genes) > 1 else []
        )
        fits += [(family, group) for family in same]
    of_family = Counter(family.id for family, _ in fits)
    of_group = Counter(group.id for _, group in fits)
    joined = set()
    for family, group in fits:
        if of_family[family.id] == of_group[group.id] == 1:
            family.take_in(group)
            joined.add(group.id)
    for family in families:
        family.xrefs = {x for x in family.xrefs if not x.startswith("hgnc_group:")}
    return [*families, *(group for group in groups if group.id not in joined)]


def join_drugs(concepts: Iterable[Concept]) -> list[Concept]:
    """Join drugs that share a cross-reference, or a name that no third drug has.

    Of two the one with the preferred kind of id stays. Two drugs of one registry are never joined: it
    tells them apart.
    """
    drugs = sorted(concepts, key=lambda c: (_place(c.id), c.id))
    by_xref: dict[str, list[Concept]] = defaultdict(list)
    by_name: dict[str, list[Concept]] = defaultdict(list)
    kept: list[Concept] = []
    for drug in drugs:
        if drug.kind != "drug":
            kept.append(drug)
            continue
        same = _same(drug, by_xref, by_name)
        if same is None:
            kept.append(drug)
            same = drug
        else:
            same.take_in(drug)
        for xref in {drug.id, *drug.xrefs}:
            if xref.startswith(_SHARED) and same not in by_xref[xref]:
                by_xref[xref].append(same)
        for key in _keys(drug):
            if same not in by_name[key]:
                by_name[key].append(same)
    for drug in kept:
        drug.xrefs = {x for x in drug.xrefs if not x.startswith("cas:")}
    return kept


def _same(
    drug: Concept, by_xref: dict[str, list[Concept]], by_name: dict[str, list[Concept]]
) -> Concept | None:
    registry = drug.id.split(":")[0]
    shared = [by_xref[x] for x in sorted({drug.id, *drug.xrefs}) if x in by_xref]
    shared += [by_name[key] for key in _keys(drug) if key in by_name]
    # A name or reference of several drugs (a mixture, a group of salts) joins none.
    others = {found[0].id: found[0] for found in shared if len(found) == 1}
    if len(others) != 1:
        return None
    (other,) = others.values()
    return None if other.id.split(":")[0] == registry else other


def _keys(drug: Concept) -> list[str]:
    keys = dict.fromkeys(name_key(fold(name)) for name in (drug.name, *drug.names))
    return [key for key in keys if len(key) >= _ENOUGH]


def _place(curie: str) -> int:
    return next((i for i, prefix in enumerate(_PREFERENCE) if curie.startswith(prefix)), len(_PREFERENCE))
