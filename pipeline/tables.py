"""Every column of every table, defined once: header, schema and reference are made from this."""

from __future__ import annotations

from typing import NamedTuple


class Column(NamedTuple):
    """A column: its name, its Frictionless type and what a cell holds."""

    name: str
    type: str
    description: str


class Table(NamedTuple):
    """A table: its name (the file is `<name>.csv`), what a row is, its columns and its key."""

    name: str
    row: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    @property
    def header(self) -> list[str]:
        """Names of the columns in order."""
        return [column.name for column in self.columns]


_RECORD = (
    Column("pmid", "string", "PubMed id, or the id that the source gives (`review:45`)"),
    Column("doi", "string", "DOI of the article, lower case"),
    Column("year", "integer", "year of publication"),
    Column("journal", "string", "journal as the record names it"),
    Column("title", "string", "title of the article"),
    Column("article_type", "string", "publication types joined by `|`"),
    Column("retracted", "boolean", "whether the article is retracted"),
)

_PASSAGE = (
    Column("passage", "string", "the sentence or sentences that carry the claim, joined by ` … `"),
    Column("passage_spans", "string", "their offsets in the text, `start-end` joined by `|`"),
    Column("section", "string", "label of the abstract's section; `TITLE` for the title"),
)


def _slot(name: str, what: str) -> tuple[Column, ...]:
    return (
        Column(f"{name}_text", "string", f"words of the {what}"),
        Column(f"{name}_start", "integer", f"where the {what} begins in the text (code points)"),
        Column(f"{name}_end", "integer", f"where the {what} ends, exclusive"),
        Column(f"{name}_id", "string", f"CURIE of the {what}; empty when no concept is trustworthy"),
        Column(f"{name}_name", "string", f"preferred name of the {what}"),
        Column(f"{name}_kind", "string", f"kind of the {what}"),
    )


def _names(name: str, what: str) -> tuple[Column, ...]:
    return (
        Column(name, "string", f"{what}: preferred names joined by `|`"),
        Column(f"{name}_id", "string", f"{what}: CURIEs joined by `|`"),
    )


_CONTEXT = (
    Column("cancer_text", "string", "words of the cancer in which it was shown"),
    Column("cancer_id", "string", "CURIE of the cancer"),
    Column("cancer_name", "string", "preferred name of the cancer"),
    Column("cell_line_text", "string", "words of the cell line"),
    Column("cell_line_id", "string", "CURIE of the cell line"),
    *_names("species", "species of the experiment, where stated"),
)

_VERDICT = (
    Column("negated", "boolean", "the text denies the claim"),
    Column("speculated", "boolean", "the text holds the claim for possible only"),
    Column("score", "number", "how sure the row is, 0 to 1 (see `score` in the manifest)"),
    Column("accepted", "boolean", "score at or above the threshold"),
    Column("pattern", "string", "ids of the rules that proposed the row, joined by `|`"),
)

_EVIDENCE_ID = Column("evidence_id", "string", "16 hex digits, stable from run to run")

RESISTANCE_TABLE = Table(
    "resistance",
    "a claim that a mediator changes the response to a drug, in one passage",
    (
        _EVIDENCE_ID,
        *_RECORD,
        *_PASSAGE,
        *_slot("mediator", "mediator"),
        *_slot("drug", "drug"),
        Column("effect", "string", "what more of the mediator does to resistance: `promotes` or `reverses`"),
        Column("basis", "string", "`functional` (something was changed) or `association`"),
        Column("manipulation", "string", "words of what was done to the mediator"),
        Column("population_text", "string", "words of the macrophage population"),
        Column("population_id", "string", "CURIE of the population"),
        Column("population_name", "string", "preferred name of the population"),
        Column("population_role", "string", "`source`, `recipient`, `mediator` or `context`"),
        *_names("mediator_source", "cells that make the mediator"),
        *_names("mediator_recipient", "cells that the mediator acts on"),
        *_names("via", "pathways and molecules named as the way"),
        *_CONTEXT,
        *_VERDICT,
    ),
    ("evidence_id",),
)

MACROPHAGE_TABLE = Table(
    "macrophage",
    "a relation between a macrophage population and a molecule, in one passage",
    (
        _EVIDENCE_ID,
        *_RECORD,
        *_PASSAGE,
        *_slot("population", "macrophage population"),
        *_slot("molecule", "molecule"),
        Column(
            "relation",
            "string",
            "`secretes`, `expresses`, `polarised_by`, `recruited_by`, `inhibited_by` or `targets`",
        ),
        Column("toward", "string", "state that `polarised_by` leads to: `M1`, `M2`, `M2a` …"),
        *_CONTEXT,
        *_VERDICT,
    ),
    ("evidence_id",),
)

INTERVENTIONS_TABLE = Table(
    "interventions",
    "an agent that acts on macrophages or on what they make or need, in one passage",
    (
        _EVIDENCE_ID,
        *_RECORD,
        *_PASSAGE,
        *_slot("agent", "agent"),
        *_slot("target", "target"),
        *_slot("partner_drug", "drug whose efficacy is concerned"),
        Column("effect_on_macrophages", "string", "what the agent does to macrophages"),
        Column("effect_on_tumour", "string", "what the agent does to the tumour"),
        Column("trial_ids", "string", "NCT numbers stated, joined by `|`"),
        *_CONTEXT,
        *_VERDICT,
    ),
    ("evidence_id",),
)

MENTIONS_TABLE = Table(
    "mentions",
    "a name found in a text",
    (
        Column("pmid", "string", "record"),
        Column("start", "integer", "where it begins (code points)"),
        Column("end", "integer", "where it ends, exclusive"),
        Column("text", "string", "its words"),
        Column("kind", "string", "its kind"),
        Column("id", "string", "CURIE; empty when no concept is trustworthy"),
        Column("name", "string", "preferred name"),
        Column("negated", "boolean", "the text denies its presence"),
    ),
    ("pmid", "start", "end"),
)

ARTICLES_TABLE = Table(
    "articles",
    "a record that was read, with its counts",
    (
        *_RECORD,
        Column("source", "string", "where it was read"),
        Column("sha256", "string", "SHA-256 of the text that offsets refer to"),
        Column("n_mentions", "integer", "mentions found"),
        Column("n_resistance", "integer", "rows of resistance.csv"),
        Column("n_macrophage", "integer", "rows of macrophage.csv"),
        Column("n_interventions", "integer", "rows of interventions.csv"),
    ),
    ("pmid",),
)

REJECTED_TABLE = Table(
    "rejected",
    "a record or line that was not used, and why",
    (
        Column("source", "string", "file or service"),
        Column("place", "string", "line, byte or record in it"),
        Column("pmid", "string", "PubMed id where it is known"),
        Column("stage", "string", "stage that refused it"),
        Column("reason", "string", "code word and explanation"),
    ),
)

_SUPPORT = (
    Column("population", "string", "the population most often named with it"),
    Column("macrophage_linked", "boolean", "a macrophage population takes part in at least one row"),
    Column("n_articles_for", "integer", "articles that state it, retracted ones left out"),
    Column("n_articles_against", "integer", "articles with the other effect, or the same one denied"),
    Column("n_functional", "integer", "articles with functional evidence"),
    Column("n_evidence", "integer", "accepted rows that state it, those of retracted articles left out"),
    Column("first_year", "integer", "year of the first article"),
    Column("last_year", "integer", "year of the last article"),
    Column("best_score", "number", "highest score of its rows"),
    Column("cancers", "string", "cancers named, joined by `|`"),
    Column("cell_lines", "string", "cell lines named, joined by `|`"),
    Column("pmids", "string", "articles, joined by `|`"),
    Column("pmids_against", "string", "articles that speak against it, joined by `|`"),
    Column("best_passage", "string", "passage of the row with the highest score"),
)

_CLAIM = (
    Column("claim_id", "string", "16 hex digits, stable from run to run"),
    Column("relation", "string", "`resistance`, a macrophage relation, or the effect on macrophages"),
    Column("subject_id", "string", "CURIE of mediator, population or agent"),
    Column("subject_name", "string", "its preferred name"),
    Column("object_id", "string", "CURIE of drug, molecule or target"),
    Column("object_name", "string", "its preferred name"),
    Column("effect", "string", "effect, direction of polarisation, or effect on the tumour"),
)

CLAIMS_TABLE = Table("claims", "a claim over all records", (*_CLAIM, *_SUPPORT), ("claim_id",))

TAM_RESISTANCE_TABLE = Table(
    "tam_resistance",
    "a macrophage-linked claim of resistance: population × role × mediator × drug × effect",
    (
        *_CLAIM,
        *_SUPPORT,
        Column("population_id", "string", "CURIE of the population"),
        Column("population_role", "string", "`source`, `recipient`, `mediator` or `context`"),
        Column("mediator_id", "string", "CURIE of the mediator"),
        Column("mediator_name", "string", "preferred name of the mediator"),
        Column("drug_id", "string", "CURIE of the drug"),
        Column("drug_name", "string", "preferred name of the drug"),
    ),
    ("claim_id",),
)

CHANGES_TABLE = Table(
    "changes",
    "a claim that was added, changed or removed since the last run",
    (
        Column("change", "string", "`added`, `changed` or `removed`"),
        Column("table", "string", "`tam_resistance` or `claims`: where the claim stands or stood"),
        *_CLAIM,
        Column("population", "string", "the population most often named with it"),
        Column("population_role", "string", "its role; for `tam_resistance` only"),
        Column("n_articles_for_before", "integer", "articles that stated it in the last run"),
        Column("n_articles_for", "integer", "articles that state it now"),
        Column("n_articles_against_before", "integer", "articles against it in the last run"),
        Column("n_articles_against", "integer", "articles against it now"),
        Column("columns", "string", "columns of a changed claim that differ, joined by `|`"),
        Column(
            "reason",
            "string",
            "what became of the articles that made the change, joined by `|`: `new`, `revised` (other "
            "text), `retracted`, `reinstated`, `withdrawn` (deleted, or no longer found), `record` (other "
            "year, DOI, journal or type), `reread` (the same, read by another version or other settings)",
        ),
        Column("pmids", "string", "those articles, joined by `|`"),
        Column("best_passage", "string", "passage of its best row; of a removed claim as it was"),
    ),
    ("table", "claim_id"),
)

EVIDENCE_TABLES = (RESISTANCE_TABLE, MACROPHAGE_TABLE, INTERVENTIONS_TABLE)
TABLES = (
    TAM_RESISTANCE_TABLE,
    CLAIMS_TABLE,
    *EVIDENCE_TABLES,
    MENTIONS_TABLE,
    ARTICLES_TABLE,
    REJECTED_TABLE,
)
