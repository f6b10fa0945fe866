"""`tamrex kb`, `tamrex train`: rebuild what the language pipeline is made of."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.errors import UsageError
from pipeline.places import gold_folder
from pipeline.terminal import state


def kb(
    lexica: Annotated[Path, typer.Option(help="Folder of the tables of names (`*.tsv.gz` and README.md).")],
    out: Annotated[
        Path | None, typer.Option(help="The file to write (default: the one that this installation reads).")
    ] = None,
) -> None:
    """Build the knowledge base from tables of names, and tell how many concepts each kind and source gave."""
    from extractors.knowledge_base import KNOWLEDGE_BASE
    from extractors.training.knowledge_base import build_knowledge_base
    from extractors.training.tables import LexicaError

    path = out or KNOWLEDGE_BASE
    try:
        built = build_knowledge_base(lexica, path)
    except LexicaError as fault:
        raise UsageError(fault.what, fault.where, fault.mend) from fault
    except OSError as fault:
        raise UsageError(
            f"the knowledge base can't be written ({fault.strerror})", str(path), "choose another place"
        ) from fault
    if state.is_quiet:
        return

    def say(line: str) -> None:
        state.console.print(line, markup=False, highlight=False)

    say(f"{built.concepts} concepts in {path}")
    for title, counts in (
        ("by kind", built.kinds),
        ("by source (a concept may have several)", built.sources),
    ):
        say(f"{title}:")
        for name, count in sorted(counts.items()):
            say(f"  {name:40s} {count:7d}")


Refuse = Annotated[
    list[Path] | None,
    typer.Option(
        help="More documents to leave out: TSV or CSV with `pmid` or `title`, else a SHA-256 a line."
    ),
]


def train(
    corpora: Annotated[Path, typer.Option(help="Folder of corpora (`ner`, and `syntax` for --syntax).")],
    out: Annotated[Path, typer.Option(help="Folder for the models and their card.")] = Path("models"),
    abstracts: Annotated[
        Path | None,
        typer.Option(help="Unlabelled abstracts (`.jsonl.gz`) to make clusters of words anew."),
    ] = None,
    refuse: Refuse = None,
    syntax: Annotated[bool, typer.Option(help="Also train tagger and parser (hours).")] = False,
    benchmarks: Annotated[bool, typer.Option(help="Also train and score on the benchmarks.")] = True,
) -> None:
    """Train the models that the pipeline ships from annotated corpora, and write their card.

    Documents of any test part and those that this project is scored on are left out, and counted.
    """
    from extractors.training.everything import train_names, train_syntax, write_card, write_scores
    from extractors.training.refusal import read_refusal

    def say(line: str) -> None:
        if not state.is_quiet:
            state.console.print(line, markup=False, highlight=False)

    try:
        refusal = read_refusal(corpora, [*_scored_on(), *(refuse or ())])
        report = train_names(
            corpora, out / "names", refusal, abstracts=abstracts, benchmarks=benchmarks, say=say
        )
        if syntax:
            train_syntax(corpora, out / "syntax", refusal, say=say)
    except ModuleNotFoundError as fault:
        raise UsageError(f"{fault.name} is not installed", mend="pip install 'tamrex[train]'") from fault
    except OSError as fault:
        raise UsageError(
            f"can't be read ({fault.strerror})",
            str(fault.filename),
            "give the folder of corpora and lists that exist",
        ) from fault
    except (KeyError, ValueError) as fault:
        raise UsageError(
            f"a corpus or list is not in the format of this command ({fault})", str(corpora)
        ) from fault
    command = "tamrex train --corpora CORPORA" + (" --abstracts ABSTRACTS" if abstracts else "")
    write_scores(report, out / "names" / "scores.json")
    write_card(report, out / "names" / "card.md", command)


def train_scorer(
    texts: Annotated[Path, typer.Option(help="Texts of the labelled records (XML, MEDLINE, JSONL).")],
    labels: Annotated[
        Path | None, typer.Option(help="Folder of labels (default: the shipped `gold/training`).")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The file to write (default: the one that this installation reads).")
    ] = None,
    ablate: Annotated[
        bool, typer.Option("--ablate", help="Say also what is reached without parts of the scorer.")
    ] = False,
) -> None:
    """Train the scorer of resistance claims on labelled records, and say what cross-validation gives."""
    from extractors.loading import load_pipeline
    from extractors.relations.scorer import CLAIM_WEIGHTS
    from extractors.training.claims import train_scorer as fit
    from extractors.training.labels import candidates_of, read_labels
    from pipeline.records import Article
    from pipeline.sources import Asked, open_sources

    folder = labels or gold_folder() / "training"
    try:
        documents = list(read_labels(folder))
    except (OSError, KeyError, ValueError) as fault:
        raise UsageError(f"the labels can't be read ({fault})", str(folder)) from fault
    wanted = {document.pmid for document in documents}
    records, _, _ = open_sources(Asked([str(texts)]), state.settings)
    known = {r.pmid: r.text for r in records if isinstance(r, Article) and r.pmid in wanted}
    documents = [document for document in documents if document.pmid in known]
    if not documents:
        raise UsageError("no labelled record is there", str(texts), "give their texts")
    candidates = list(candidates_of(load_pipeline(), known, documents))
    required = sum(not (c.optional or c.negated) for document in documents for c in document.claims)
    try:
        report = fit(candidates, required, out or CLAIM_WEIGHTS, ablate=ablate)
    except ModuleNotFoundError as fault:
        raise UsageError(f"{fault.name} is not installed", mend="pip install 'tamrex[train]'") from fault
    lines = [f"{report.documents} documents, {report.required} claims, {report.pairs} pairs"]
    lines += [f"at {t:.2f}: precision {p:.3f}, recall {r:.3f}" for t, p, r in report.curve]
    lines.append(f"Brier score {report.brier:.3f}")
    lines += [f"probability {mean:.2f}: right {share:.2f} of {n}" for mean, share, n in report.bins]
    lines += [f"{name}: precision {p:.3f} at recall {r:.3f}" for name, p, r in report.ablation]
    for line in lines:
        if not state.is_quiet:
            state.console.print(line, markup=False, highlight=False)


def _scored_on() -> list[Path]:
    """Return the lists of documents that this project scores itself on."""
    gold = gold_folder()
    lists = ("review/pmids.csv", "review/references.csv", "development/documents.csv", "tam/documents.csv")
    return [gold / name for name in lists]
