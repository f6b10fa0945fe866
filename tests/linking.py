"""How well names are linked, given the right words. Run by `make score DATA=folder`.

    python -m tests.linking abstracts.jsonl.gz [folder of corpora] [part]

`part` of the corpora is `test` unless it is `dev` or `train`; the gold's own mentions are of its split `dev`. The
corpora share documents: of a test part those are left out that another corpus has in its other parts.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

from extractors.lexicon import kinds_like
from extractors.loading import load_pipeline
from extractors.training.linking_scores import (
    HEADER,
    Marked,
    cancers_only,
    read_corpus,
    score_linking,
    shipped_answers,
    tuned_on,
)
from pipeline.evaluation.gold_folder import read_gold
from pipeline.evaluation.texts import join_texts
from pipeline.places import gold_folder
from pipeline.records import Article
from pipeline.sources.files import open_file

SETS = (
    ("BC5CDR chemicals", "bc5cdr", "Chemical"),
    ("BioRED chemicals", "biored", "ChemicalEntity"),
    ("BC5CDR cancers", "bc5cdr", "Disease"),
    ("BioRED cancers", "biored", "DiseaseOrPhenotypicFeature"),
    ("NLM-Gene genes", "nlm_gene", "Gene"),
    ("BioRED genes", "biored", "GeneOrGeneProduct"),
)


def own_mentions(abstracts: Path) -> list[tuple[str, list[Marked]]]:
    """Return the development texts of split `dev` with their mentions that have an id."""
    articles = {a.pmid: a for a in open_file(abstracts, {}, hash_now=False) if isinstance(a, Article)}
    gold = join_texts(read_gold(gold_folder() / "development"), articles).gold
    marked: dict[str, list[Marked]] = defaultdict(list)
    for row in gold.mentions:
        if row["id"] and gold.documents[row["pmid"]].split == "dev":
            marked[row["pmid"]].append(
                Marked(
                    int(row["start"]),
                    int(row["end"]),
                    kinds_like(row["kind"]),
                    frozenset(row["id"].split("|")),
                )
            )
    return [(articles[pmid].text, mentions) for pmid, mentions in marked.items()]


def main(abstracts: Path, corpora: Path, part: str) -> None:
    """Print a line for each set that is there."""
    nlp, answers = load_pipeline(), shipped_answers()
    paths = {corpora / f"{corpus}.jsonl.gz" for _, corpus, _ in SETS}
    leave_out = tuned_on(path for path in paths if path.is_file()) if part == "test" else frozenset()
    print(HEADER)
    for name, corpus, label in SETS:
        path = corpora / f"{corpus}.jsonl.gz"
        if not path.is_file():
            print(f"{name}: no {path}")
            continue
        # NLM-Gene has no development part.
        own_part = "train" if corpus == "nlm_gene" and part == "dev" else part
        texts = read_corpus(path, label, own_part, leave_out)
        if name.endswith("cancers"):
            texts = cancers_only(texts, answers)
        print(score_linking(nlp, texts, answers).line(f"{name}, {own_part}"), flush=True)
    if abstracts.is_file():
        print(score_linking(nlp, own_mentions(abstracts), answers).line("development mentions, dev"))


if __name__ == "__main__":
    first = Path(sys.argv[1])
    main(
        first,
        Path(sys.argv[2]) if len(sys.argv) > 2 else first.parent / "corpora" / "ner",
        sys.argv[3] if len(sys.argv) > 3 else "test",
    )
