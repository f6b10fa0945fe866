"""Every column of every file of the gold set, defined once: schema and checks are made from this."""

from __future__ import annotations

from pipeline.tables import EVIDENCE_TABLES, Column, Table

_NOT_IN_GOLD = frozenset(
    "evidence_id doi year journal title article_type retracted passage section score accepted pattern".split()
)
_CLAIM_ID = Column("claim_id", "string", "id of the claim, unique in its file")
_KIND = Column("kind", "string", "`resistance`, `macrophage` or `interventions`")
_VERDICT = (
    Column("optional", "boolean", "accepted if found, never asked for"),
    Column("annotator", "string", "who marked it: letters joined by `|`; `S` where it was settled"),
    Column("comment", "string", "what the curators want to be known, in their words"),
)


def _claim_columns(table: Table) -> tuple[Column, ...]:
    """Return the slot and context columns of an evidence table."""
    return tuple(column for column in table.columns if column.name not in _NOT_IN_GOLD)


def _said(name: str) -> bool:
    return name.endswith(("_text", "_id", "_name"))


def _together(*groups: tuple[Column, ...]) -> tuple[Column, ...]:
    """Return all columns in order, each once."""
    found = {column.name: column for group in reversed(groups) for column in reversed(group)}
    names = dict.fromkeys(column.name for group in groups for column in group)
    return tuple(found[name] for name in names)


CLAIM_TABLES = tuple(
    Table(table.name, table.row, (_CLAIM_ID, *_claim_columns(table), *_VERDICT), ("claim_id",))
    for table in EVIDENCE_TABLES
)
"""Claims of a gold folder by kind: the evidence tables' slots without text, with `optional`."""

DOCUMENTS = Table(
    "documents",
    "a document that was read; with no claim it has none",
    (
        Column("pmid", "string", "PubMed id, or the id that the source gives"),
        Column(
            "split", "string", "`dev` or `odd` (may be listed), `check` or `even` (totals only), or empty"
        ),
        Column("sha256", "string", "SHA-256 of the text that offsets refer to; empty where no text was kept"),
        Column("annotators", "string", "who read it: letters joined by `|`"),
    ),
    ("pmid",),
)

PAPERS = Table(
    "documents",
    "a paper whose abstract was read on a public page",
    (
        *DOCUMENTS.columns,
        Column("paper", "string", "number in our list; odd ones are `dev`, even ones `check`"),
        Column("doi", "string", "DOI, lower case, where a page showed it"),
        Column("title", "string", "title of the paper"),
        Column("year", "integer", "year of publication"),
        Column("source", "string", "address of the page on which the abstract was read"),
    ),
    ("pmid",),
)

MENTIONS = Table(
    "mentions",
    "a name in a text",
    (
        Column("pmid", "string", "document"),
        Column("start", "integer", "where it begins (code points)"),
        Column("end", "integer", "where it ends, exclusive"),
        Column("text", "string", "its words"),
        Column("kind", "string", "its kind"),
        Column("id", "string", "CURIE, several joined by `|` (CDK4/6); empty where no concept fits"),
        Column("name", "string", "preferred name, or the usual one where no concept fits"),
        Column("annotator", "string", "who marked it"),
    ),
    ("pmid", "start"),
)

_SLOTS = _together(*(_claim_columns(table) for table in EVIDENCE_TABLES))
_FLAGS = ("negated", "speculated")
REVIEW_CLAIMS = (
    _CLAIM_ID,
    _KIND,
    *(column for column in _SLOTS if column.name not in _FLAGS),
    *(column for column in _SLOTS if column.name in _FLAGS),
    *_VERDICT,
)

PROSE_CLAIMS = Table(
    "prose_claims",
    "a claim in the review's prose; `pmid` is its pseudo-article, offsets are into review.txt",
    REVIEW_CLAIMS,
    ("claim_id",),
)
TITLE_CLAIMS = Table(
    "title_claims",
    "a claim in the title of a reference; `pmid` is `reference:<number>`, offsets are into the title",
    REVIEW_CLAIMS,
    ("claim_id",),
)

_PAIRS = ("mediator", "drug", "population", "molecule", "agent", "target", "partner_drug")
_LABELS = ("effect", "relation", "toward", "effect_on_macrophages", "effect_on_tumour", "negated")
MUST_NOT = Table(
    "must_not",
    "what a careless reader would take for a claim; an empty cell stands for anything",
    (
        Column("pmid", "string", "PubMed id, or the id that the source gives"),
        _KIND,
        *(column for column in _SLOTS if column.name.rsplit("_", 1)[0] in _PAIRS and _said(column.name)),
        *(column for column in _SLOTS if column.name in _LABELS),
    ),
)

_ROW = Column("row", "integer", "number of the row in printed order, from 1")
PRINTED_TABLES = tuple(
    Table(
        f"table{number}_printed",
        f"a row of Table {number}, cell for cell as extracted",
        (_ROW, *(Column(name, "string", f"cell of the column {words!r}") for name, words in columns.items())),
        ("row",),
    )
    for number, columns in {
        1: {
            "phenotype": "Phenotypes",
            "functions": "Functions",
            "stimulator_factors": "Stimulator factors",
            "markers": "Markers",
            "excretion": "Excretion",
            "references": "References",
        },
        2: {
            "section": "",
            "target": "Target",
            "host_cell": "Host cell",
            "strategy": "Strategy",
            "mechanism": "Mechanism",
            "refs": "Refs",
        },
        3: {
            "strategy": "Strategy",
            "therapeutic_agent": "Therapeutic agent",
            "tumour_model": "Tumor model",
            "mechanism": "Therapeutic mechanism",
        },
        4: {
            "group": "(heading line)",
            "class": "",
            "intervention": "Intervention",
            "tumour_type": "tumor type",
            "status": "Status",
            "trial": "gov identifier",
            "refs": "Refs",
        },
    }.items()
)

CORRECTIONS = Table(
    "corrections",
    "a cell that must read otherwise than printed",
    (
        Column("table", "integer", "number of the table, 1 to 4"),
        _ROW,
        Column("column", "string", "column of the printed table"),
        Column("printed", "string", "the cell as printed"),
        Column("curated", "string", "the cell as it must read; the printed words where it is only doubtful"),
        Column(
            "kind",
            "string",
            "`ocr`, `moved`, `fill`, `name`, `line`, `drug`, `cancer`, `reference`, `trial`, `status`, "
            "`sense`, `wording` or `doubtful`",
        ),
        Column("evidence", "string", "where the right form is seen, or why the cell is doubtful"),
    ),
    ("table", "row", "column"),
)
CORRECTION_KINDS = frozenset(
    "ocr moved fill name line drug cancer reference trial status sense wording doubtful".split()
)


def _named(slot: str, what: str) -> tuple[Column, ...]:
    return (
        Column(f"{slot}_text", "string", f"words of the {what}, damage of extraction mended"),
        Column(f"{slot}_id", "string", f"CURIE of the {what}"),
        Column(f"{slot}_name", "string", f"preferred name of the {what}"),
    )


_PROVENANCE = (
    Column("reference_printed", "string", "number in the table, as extracted"),
    Column(
        "reference", "string", "true number in the list, several joined by `|`; empty where there is none"
    ),
    Column("parity", "string", "of the true reference; with none, of the row"),
    Column("optional", "boolean", "accepted if found, never asked for"),
    Column("stated_in_prose", "boolean", "the prose on this finding states it, in any number of sentences"),
    Column("stated_in_one_sentence", "boolean", "one sentence of the prose does (page cuts rejoined)"),
    Column("stated_in_title", "boolean", "the title of the true reference does"),
    Column("macrophage_in_paper", "boolean", "title or prose on the reference speak of macrophages"),
    Column("resistance_in_paper", "boolean", "title or prose on the reference speak of drug response"),
    Column("in_pubmed", "string", "`true`, `false` (theses), or `unknown`"),
    Column("reachable_from_abstract", "string", "whether the abstract states it; `unknown` until checked"),
    Column("comment", "string", "evidence for repairs, differences between table, prose and title"),
)
_CURATED_SLOTS = {
    1: (
        *_named("population", "macrophage population"),
        Column("relation", "string", "`polarised_by`, `expresses` or `secretes`"),
        *_named("molecule", "molecule"),
        Column("toward", "string", "phenotype that a stimulus leads to"),
    ),
    2: (
        *_named("mediator", "mediator"),
        *_named("drug", "drug"),
        Column("effect", "string", "what more of the mediator does to resistance"),
        *_named("population", "macrophage population"),
        Column("population_role", "string", "`source`, `recipient`, `mediator`, `context`"),
        *_named("cancer", "cancer"),
    ),
}
_AGENT_SLOTS = (
    *_named("agent", "agent"),
    *_named("target", "molecule or cell that the agent acts on"),
    Column("effect_on_macrophages", "string", "what the agent does to macrophages"),
    Column("effect_on_tumour", "string", "what the agent does to the tumour"),
    *_named("partner_drug", "drug whose efficacy is concerned"),
    *_named("cancer", "cancer"),
    Column("trial_ids", "string", "NCT number"),
)

CURATED_TABLES = tuple(
    Table(
        f"table{number}_curated",
        f"one fact of Table {number}; the cells of its row are those of the printed table, mended",
        (
            _ROW,
            _CLAIM_ID,
            *printed.columns[1:],
            *_CURATED_SLOTS.get(number, _AGENT_SLOTS),
            *_PROVENANCE,
        ),
        ("claim_id",),
    )
    for number, printed in enumerate(PRINTED_TABLES, 1)
)
"""Facts of the four tables, with the mended cells of their rows."""

PMIDS = Table(
    "pmids",
    "where a PMID of a reference was seen",
    (
        Column("number", "integer", "place in the reference list"),
        Column("pmid", "string", "PubMed id; empty where the source has none"),
        Column("source", "string", "`ecitmatch`, or the public page or data set"),
        Column("date", "string", "day of the answer, where it was asked for"),
        Column("comment", "string", "the service's reason for no match, or how sure a copy is"),
    ),
)

_READER = Column("reader", "string", "number of the reader")
_LABEL = (
    Column("speculated", "boolean", "held for possible only"),
    Column("negated", "boolean", "denied"),
    Column("optional", "boolean", "two careful readers could differ"),
    Column("sentences", "string", "the sentences that state it: their places `start-end`, joined by a bar"),
    _READER,
)


def _place(slot: str) -> tuple[Column, ...]:
    words = slot.replace("_", " ")
    return (
        Column(f"{slot}_start", "integer", f"where the {words} begins in the record's text"),
        Column(f"{slot}_end", "integer", f"where the {words} ends, exclusive"),
    )


LABEL_TABLES = (
    Table(
        "records",
        "a record that was read, with claims or without",
        (
            Column("pmid", "string", "record"),
            Column("sha256", "string", "first 16 hex digits of the SHA-256 of the record's text"),
            _READER,
            Column("second_reader", "string", "number of the second reader, where there was one"),
        ),
    ),
    Table(
        "claims",
        "a claim of resistance that a reader saw in a record",
        (
            Column("pmid", "string", "record"),
            *_place("mediator"),
            *_place("drug"),
            Column("effect", "string", "`promotes` or `reverses`"),
            Column("basis", "string", "`functional` or `association`"),
            *_place("population"),
            Column("population_role", "string", "as in the evidence table"),
            *_LABEL,
        ),
    ),
    Table(
        "macrophage",
        "a relation of macrophages that a reader saw in a record",
        (
            Column("pmid", "string", "record"),
            *_place("population"),
            Column("relation", "string", "as in the evidence table"),
            *_place("molecule"),
            Column("toward", "string", "state that macrophages are turned to"),
            *_LABEL,
        ),
    ),
    Table(
        "interventions",
        "an agent that acts on macrophages, as a reader saw it in a record",
        (
            Column("pmid", "string", "record"),
            *_place("agent"),
            *_place("target"),
            Column("effect_on_macrophages", "string", "as in the evidence table"),
            Column("effect_on_tumour", "string", "as in the evidence table"),
            *_place("partner_drug"),
            *_LABEL,
        ),
    ),
)
"""Labels of records that the scorer of claims is trained on (`training/`)."""
