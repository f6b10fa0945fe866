"""Answers in the terminal: rows of a run with their sentences, the entities coloured."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from rich.text import Text

from extractors.types import INTERVENTIONS, MACROPHAGE, RELATION_KINDS, RESISTANCE
from pipeline.errors import UsageError
from pipeline.evidence import Evidence
from pipeline.export.tables import read_table
from pipeline.passages import STYLES, coloured_passage
from pipeline.store import Store

_MAIN_SLOTS = {
    RESISTANCE: ("mediator", "drug"),
    MACROPHAGE: ("population", "molecule"),
    INTERVENTIONS: ("agent", "target"),
}
Row = dict[str, str]


class Question(NamedTuple):
    """What is asked for; a field left out matches everything. Names match whole, in any case."""

    mediator: str | None = None
    drug: str | None = None
    population: str | None = None
    cancer: str | None = None
    effect: str | None = None
    macrophage_only: bool = False


def find_evidence(folder: Path, question: Question) -> Iterator[Text]:
    """Yield a block of coloured text for each row of the run that answers the question."""
    for kind in RELATION_KINDS:
        for row in read_table(folder, kind):
            if _answers(row, question):
                yield _block(kind, row)


def explain_evidence(folder: Path, evidence_id: str, store: Store | None = None) -> Iterator[Text]:
    """Yield the cells of one row that say why it is there, and what its score is made of.

    Parameters
    ----------
    store
        Where the features of a score are kept; without it, or if it has none, they aren't told.

    Raises
    ------
    UsageError
        If no row of the run has this id.
    """
    for kind in RELATION_KINDS:
        for row in read_table(folder, kind):
            if row["evidence_id"] == evidence_id:
                yield _block(kind, row)
                for column, cell in row.items():
                    if cell and column not in ("passage", "title"):
                        yield Text(f"  {column}: {cell}")
                yield from _reasons(row, store)
                return
    raise UsageError("no row has this evidence id", evidence_id, f"see the tables in {folder}")


def _reasons(row: Row, store: Store | None) -> Iterator[Text]:
    """Yield the features of a row's score, as far as the store has them: the heaviest first."""
    for article, findings in store.findings_of(row["pmid"]) if store is not None else ():
        for relation in findings.relations:
            told = Evidence(article, relation, accepted=row["accepted"] == "true")
            if told.evidence_id == row["evidence_id"] and str(told.row()["score"]) == row["score"]:
                yield Text("  what weighs most in the score:")
                for name, weight in sorted(relation.features.items(), key=lambda part: -abs(part[1])):
                    yield Text(f"    {weight:+.2f}  {name}")
                return


def first_claims(folder: Path, count: int) -> Iterator[Text]:
    """Yield the first claims of a run, macrophage-linked ones first."""
    rows = [*read_table(folder, "tam_resistance")] or [*islice(read_table(folder, "claims"), count)]
    for row in rows[:count]:
        line = Text("  ")
        line.append(row["subject_name"], STYLES["mediator"])
        line.append(
            f" {row['effect'] or row['relation']} {'resistance to ' if row['relation'] == RESISTANCE else ''}"
        )
        line.append(row["object_name"], STYLES["drug"])
        if row["population"]:
            line.append(" · ").append(row["population"], STYLES["population"])
        line.append(f" ({row['n_articles_for']} articles)")
        yield line


def _answers(row: Row, question: Question) -> bool:
    asked = {
        ("mediator", "molecule", "target"): question.mediator,
        ("drug", "agent", "partner_drug"): question.drug,
        ("population",): question.population,
        ("cancer",): question.cancer,
    }
    if any(words and not _names(row, slots, words) for slots, words in asked.items()):
        return False
    if question.effect and row.get("effect", "") != question.effect:
        return False
    return not question.macrophage_only or bool(row.get("population_text"))


def _names(row: Row, slots: tuple[str, ...], words: str) -> bool:
    wanted = words.casefold()
    return any(
        wanted == row.get(f"{slot}_{part}", "").casefold()
        for slot in slots
        for part in ("text", "name", "id")
    )


def _block(kind: str, row: Row) -> Text:
    first, second = _MAIN_SLOTS[kind]
    block = Text(f"{row['evidence_id']}  pmid {row['pmid']}")
    block.append(f"  {row['year']}  " if row["year"] else "  ")
    block.append(row[f"{first}_name"], STYLES[first])
    block.append(f" {row.get('effect') or row.get('relation') or row.get('effect_on_macrophages')} ")
    block.append(row[f"{second}_name"], STYLES[second])
    for flag in ("negated", "speculated"):
        if row[flag] == "true":
            block.append(f" [{flag}]", "red")
    block.append(f"  score {row['score']}{'' if row['accepted'] == 'true' else ' (not accepted)'}\n    ")
    return block.append_text(coloured_passage(row, row["passage"])).append("\n")
