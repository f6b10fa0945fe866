"""A run scored against every gold set that covers it, in one split or all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipeline.errors import UsageError
from pipeline.evaluation.gold_folder import DEV_SPLITS, Gold, Row, read_gold, read_own_gold
from pipeline.evaluation.identity import Identity, shipped_identity
from pipeline.evaluation.kinds import KINDS
from pipeline.evaluation.mention_scores import MentionScore, score_mentions
from pipeline.evaluation.review_gold import (
    PROSE_PREFIX,
    TITLE_PREFIX,
    of_parity,
    printed_numbers,
    read_pmids,
    read_prose_gold,
    read_table_rows,
    read_title_gold,
)
from pipeline.evaluation.scores import paired_difference
from pipeline.evaluation.scoring import KindScore, RunTables, score_kind
from pipeline.evaluation.table_rows import RowScore, TableScore, score_table, table_kind
from pipeline.places import gold_folder

ABSTRACTS = "review tables in the cited abstracts"
SHIPPED = ("development", "tam")
"""Shipped gold folders in the documented format; the review's has one of its own."""
CHECK_SPLITS = frozenset(("check", "even"))
_STATED = {PROSE_PREFIX: "stated_in_prose", TITLE_PREFIX: "stated_in_title"}


@dataclass(frozen=True)
class GoldScore:
    """One gold set (or a split of it) and how the run did on it.

    Attributes
    ----------
    documents
        How many documents run and gold share.
    absent
        How many documents of the gold the run has not read.
    tables
        Scores of the review's tables over this source; empty for other gold sets.
    """

    name: str
    documents: int
    absent: int
    kinds: Mapping[str, KindScore]
    tables: tuple[TableScore, ...] = ()
    mentions: MentionScore | None = None


@dataclass(frozen=True)
class Coverage:
    """The gold sets that share documents with a run, and the sources whose tables can be looked for.

    Attributes
    ----------
    prefixes
        Name of a gold set to the prefix of its documents, where the review's tables are looked for in it.
    references
        Number of a reference of the review to its PMID, for those that the run has read.
    """

    golds: tuple[Gold, ...]
    table_folder: Path | None = None
    prefixes: Mapping[str, str] = field(default_factory=dict)
    references: Mapping[int, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be scored."""
        return not self.golds and not self.references


def covering_gold(run: RunTables, folder: Path | None = None) -> Coverage:
    """Return the gold that covers a run: a user's own folder, or whichever shipped sets do.

    Raises
    ------
    UsageError
        If a folder is given and shares no document with the run.
    """
    if folder is not None:
        gold = read_own_gold(folder)
        if not run.documents & gold.documents.keys():
            raise UsageError(
                "run and gold share no document",
                str(folder),
                "run tamrex on texts that the gold knows, for example with --texts",
            )
        return Coverage((gold,))
    shipped = gold_folder()
    golds, prefixes = [], {}
    for prefix, read in ((PROSE_PREFIX, read_prose_gold), (TITLE_PREFIX, read_title_gold)):
        if any(pmid.startswith(prefix) for pmid in run.documents):
            gold = read(shipped / "review")
            golds.append(gold)
            prefixes[gold.name] = prefix
    for name in SHIPPED:
        if (shipped / name).is_dir():
            gold = read_gold(shipped / name)
            if run.documents & gold.documents.keys():
                golds.append(gold)
    pmids = {n: pmid for n, pmid in read_pmids(shipped / "review").items() if pmid in run.documents}
    return Coverage(tuple(golds), shipped / "review", prefixes, pmids)


def refuse_changed_texts(run: RunTables, coverage: Coverage, *, leave_out: bool = False) -> Coverage:
    """See that the run read the texts that the gold was made on, by their hashes.

    Parameters
    ----------
    leave_out
        Drop documents whose text is another one, in place of raising.

    Raises
    ------
    UsageError
        If a text differs.
    """
    golds = []
    for gold in coverage.golds:
        changed = {
            pmid
            for pmid, document in gold.documents.items()
            if document.sha256 and run.digests.get(pmid, "") not in ("", document.sha256)
        }
        if changed and not leave_out:
            raise UsageError(
                "text does not match its hash in the gold",
                f"{gold.name}, document {', '.join(sorted(changed)[:5])}{' …' if len(changed) > 5 else ''}",
                "score with --texts FILE, which finds mentions again, or add --leave-out-changed",
            )
        documents = {pmid: d for pmid, d in gold.documents.items() if pmid not in changed}
        golds.append(gold.of_documents(documents))
    return replace(coverage, golds=tuple(golds))


def score_run(
    run: RunTables, coverage: Coverage, splits: Iterable[str] = DEV_SPLITS
) -> tuple[GoldScore, ...]:
    """Score a run against the splits of each gold set that covers it."""
    identity, wanted = shipped_identity(), frozenset(splits)
    scores = []
    for gold in coverage.golds:
        part = gold.of_splits(wanted)
        shared = run.documents & part.documents.keys()
        scores.append(
            GoldScore(
                gold.name,
                len(shared),
                len(part.documents) - len(shared),
                {kind.name: score_kind(run, part, kind, identity) for kind in KINDS},
                _tables(run, coverage, gold.name, wanted, identity),
                score_mentions(run.mentions, part.mentions, shared, identity) if part.mentions else None,
            )
        )
    abstracts = _abstract_tables(run, coverage, wanted, identity)
    if abstracts:
        scores.append(GoldScore(ABSTRACTS, len(coverage.references), 0, {}, abstracts))
    return tuple(scores)


def _abstract_tables(
    run: RunTables, coverage: Coverage, splits: frozenset[str], identity: Identity
) -> tuple[TableScore, ...]:
    """Score each row of the tables against the abstract of its own reference, where the run has read it."""
    if not coverage.references or coverage.table_folder is None:
        return ()
    evidence: dict[str, dict[str, list[Row]]] = {kind.name: defaultdict(list) for kind in KINDS}
    for kind, by_document in evidence.items():
        for row in run.rows[kind]:
            by_document[row["pmid"]].append(row)
    scores = []
    for number, rows in read_table_rows(coverage.table_folder).items():
        found: list[RowScore] = []
        for printed in rows:
            cited = printed_numbers(printed.facts[0]["reference"])
            pmids = [coverage.references[n] for n in cited if n in coverage.references]
            if pmids and printed.parity in splits:
                own = [r for pmid in pmids for r in evidence[table_kind(number)][pmid]]
                found += score_table([printed], own, identity, stated="").rows
        if found:
            scores.append(TableScore(number, tuple(found)))
    return tuple(scores)


def _tables(
    run: RunTables, coverage: Coverage, name: str, splits: frozenset[str], identity: Identity
) -> tuple[TableScore, ...]:
    prefix = coverage.prefixes.get(name)
    if prefix is None or coverage.table_folder is None:
        return ()
    scores = []
    for number, rows in read_table_rows(coverage.table_folder).items():
        kept = [row for parity in ("odd", "even") if parity in splits for row in of_parity(rows, parity)]
        evidence = [row for row in run.rows[table_kind(number)] if row["pmid"].startswith(prefix)]
        if kept:
            score = score_table(kept, evidence, identity, stated=_STATED[prefix])
            if score.rows:
                scores.append(score)
    return tuple(scores)


MEASURES = ("precision", "recall", "direction", "f1")


@dataclass(frozen=True)
class Difference:
    """How another run differs on one measure: its value less ours, 95% interval, two-sided p."""

    value: float
    interval: tuple[float, float]
    p: float


def compare_runs(
    ours: RunTables, theirs: RunTables, coverage: Coverage, splits: Iterable[str] = DEV_SPLITS
) -> dict[str, dict[str, dict[str, Difference | None]]]:
    """Compare two runs over the documents that both have read, by gold set, kind and measure.

    A difference above zero says that the second run is better; None where a side has nothing to divide by.
    """
    identity, shared = shipped_identity(), ours.documents & theirs.documents
    outcome: dict[str, dict[str, dict[str, Difference | None]]] = {}
    for gold in coverage.golds:
        part = gold.of_splits(splits)
        part = part.of_documents({p: d for p, d in part.documents.items() if p in shared})
        by_kind: dict[str, dict[str, Difference | None]] = {}
        for kind in KINDS:
            tables = [score_kind(run, part, kind, identity).counts["strict"] for run in (ours, theirs)]
            by_kind[kind.name] = {}
            for measure in MEASURES:
                found = paired_difference(tables[0], tables[1], measure)
                by_kind[kind.name][measure] = None if found is None else Difference(*found)
        outcome[gold.name] = by_kind
    return outcome
