"""Rebuild the shipped models of names from the corpora: clusters, heads, benchmark scores, model card."""

from __future__ import annotations

import datetime
import json
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from extractors.recognition import features
from extractors.recognition.terms import shipped_matcher
from extractors.recognition.weights import SUFFIX
from extractors.training.annotated import HEADS, read_head
from extractors.training.benchmarks import BENCHMARKS, Outcome, run_benchmark
from extractors.training.clusters import train_clusters, unlabelled_texts
from extractors.training.names import blank_pipeline, label_texts, train_head
from extractors.training.refusal import Refusal

CLUSTERS = "clusters.tsv.gz"
FIRST_RUN: dict[str, object] = {"training.max_steps": 7200, "training.optimizer.use_averages": True}
"""How the shipped first model differs from `syntax.cfg`."""
Say = Callable[[str], None]


@dataclass
class HeadReport:
    """What a head was trained on: texts and names by corpus, and the size of its model in bytes."""

    texts: dict[str, int] = field(default_factory=dict)
    names: int = 0
    size: int = 0


@dataclass
class TrainingReport:
    """What was trained, what was refused by corpus, and how it scores."""

    words: int = 0
    heads: dict[str, HeadReport] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    benchmarks: dict[str, Outcome] = field(default_factory=dict)


def train_names(
    corpora: Path,
    out: Path,
    refusal: Refusal,
    *,
    abstracts: Path | None = None,
    heads: Iterable[str] = tuple(HEADS),
    benchmarks: bool = True,
    say: Say = lambda _: None,
) -> TrainingReport:
    """Train clusters (if `abstracts` are given), heads and benchmarks; write models and card into `out`.

    Parameters
    ----------
    corpora
        Folder with `ner/*.jsonl.gz`.
    abstracts
        JSON lines of unlabelled abstracts, gzipped; left out, the shipped clusters are kept.
    say
        Is told what is done.

    Raises
    ------
    OSError
        If a corpus can't be read.
    """
    report = TrainingReport()
    if abstracts is not None:
        report.words = train_clusters(unlabelled_texts(corpora, abstracts, refusal), out / CLUSTERS)
        say(f"clusters: {report.words} words")
        features.use_clusters(out / CLUSTERS)
    nlp, matcher = blank_pipeline(), shipped_matcher()
    for head in heads:
        refusal.counts.clear()
        texts = list(read_head(corpora, head, refusal))
        own = report.heads[head] = HeadReport()
        for text in texts:
            own.texts[text.corpus] = own.texts.get(text.corpus, 0) + 1
            own.names += len(text.entities)
        weights = out / f"{head}{SUFFIX}"
        train_head(label_texts(nlp, texts), matcher, weights)
        own.size = weights.stat().st_size
        for corpus, count in refusal.counts.items():
            # Several heads read one corpus: a document refused to each of them is one document.
            report.refused[corpus] = max(count, report.refused.get(corpus, 0))
        say(f"{head}: {len(texts)} texts, {own.names} names, {own.size // 1000} kB")
    for benchmark in BENCHMARKS if benchmarks else ():
        outcome = run_benchmark(benchmark, corpora, matcher, refusal)
        report.benchmarks[benchmark.corpus] = outcome
        report.refused[benchmark.corpus] = outcome.refused
        say(f"{benchmark.corpus}: F1 {outcome.f1:.2f} on test (scispaCy: {benchmark.published})")
    report.refused = {corpus: count for corpus, count in sorted(report.refused.items()) if count}
    for corpus, count in report.refused.items():
        say(f"left out of {corpus}: {count} texts")
    return report


def train_syntax(corpora: Path, out: Path, refusal: Refusal, *, say: Say = lambda _: None) -> None:
    """Train tagger and parser as the shipped ones were: on CRAFT, then on with its dev part, then the mean.

    Takes hours.
    """
    # spaCy's training pulls in much that the models of names don't need.
    from extractors.training import syntax
    from extractors.training.averaging import average_models

    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        counts = syntax.prepare(corpora, work, refusal)
        say("CRAFT: " + ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in counts.items()))
        syntax.train(work, work / "first", FIRST_RUN)
        syntax.continue_training(work, work / "first" / "model-best", work / "second")
        average_models(work / "first" / "model-best", work / "second" / "model-last", out)
    say(f"tagger and parser: {out}")


def write_scores(report: TrainingReport, path: Path) -> None:
    """Write the benchmarks' scores (in percent) as JSON."""
    scores = {
        corpus: {
            "precision": round(100 * outcome.right / max(1, outcome.found), 2),
            "recall": round(100 * outcome.right / max(1, outcome.marked), 2),
            "f1": round(outcome.f1, 2),
        }
        for corpus, outcome in report.benchmarks.items()
    }
    path.write_text(json.dumps({"benchmarks": scores}, indent=1) + "\n", "utf-8")


def write_card(report: TrainingReport, path: Path, command: str) -> None:
    """Write what a model was trained on and how it scores, as Markdown."""
    day = datetime.datetime.now(datetime.UTC).date().isoformat()
    lines = ["## This training", "", f"`{command}`, {day}.", ""]
    lines += ["| head | texts | names | size |", "| --- | --- | --- | --- |"]
    for name, head in report.heads.items():
        texts = ", ".join(f"{corpus} {count}" for corpus, count in head.texts.items())
        lines.append(f"| {name} | {texts} | {head.names} | {head.size // 1000} kB |")
    left_out = ", ".join(f"{corpus} {count}" for corpus, count in report.refused.items())
    lines += ["", f"Texts left out: {left_out or 'none'}.", ""]
    if report.benchmarks:
        lines += ["| test part | precision | recall | F1 | scispaCy |", "| --- | --- | --- | --- | --- |"]
        published = {benchmark.corpus: benchmark.published for benchmark in BENCHMARKS}
        for corpus, outcome in report.benchmarks.items():
            precision = 100 * outcome.right / max(1, outcome.found)
            recall = 100 * outcome.right / max(1, outcome.marked)
            shares = f"{precision:.2f} | {recall:.2f} | {outcome.f1:.2f}"
            lines.append(f"| {corpus} | {shares} | {published[corpus]:.2f} |")
        lines.append("")
    path.write_text("\n".join(lines), encoding="utf-8")
