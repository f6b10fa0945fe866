"""Score tagger, parser, sentence step and lemmatizer on the test parts; write what the model card quotes.

Run as ``python -m extractors.training.syntax_scores CORPORA`` (a folder with `syntax/`); the figures go to
`models/syntax/scores.json`. With ``--part dev`` they are only printed.

The trees are CRAFT's, collapsed to our tokens (see `syntax.py`), in texts of 6 to 14 sentences. With gold
sentences the parser is told where CRAFT's sentences begin, as the sentence step tells it for abstracts; with
our own the sentence step decides. GENIA's abstracts are scored twice: as our records are (title, line break,
abstract) and without the line break. A sentence counts as found if both of its ends are right.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, cast

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from extractors.lemmas import lemma_of
from extractors.loading import SYNTAX_MODEL, load_pipeline
from extractors.sentences import mark_sentence_starts
from extractors.syntax import SyntaxComponent
from extractors.training.syntax import make_texts, read_conllu

SCORES = SYNTAX_MODEL / "scores.json"
SEED = 20
"""As `syntax.prepare` cuts its texts."""
Score = dict[str, float]


class SentenceText(NamedTuple):
    """A text and the (start, end) of its sentences."""

    text: str
    sentences: list[tuple[int, int]]


def copy_tokens(doc: Doc, *, with_sentences: bool) -> Doc:
    """Return the tokens of a document without what is annotated, or only with where sentences begin."""
    return Doc(
        doc.vocab,
        [token.text for token in doc],
        [bool(token.whitespace_) for token in doc],
        sent_starts=[bool(token.is_sent_start) for token in doc] if with_sentences else None,
    )


def score_trees(nlp: Language, gold: list[Doc], *, gold_sentences: bool) -> Score:
    """Return tag accuracy, UAS, LAS and sentence F1 in per cent; punctuation counts for tags alone.

    Parameters
    ----------
    nlp
        The pipeline; of its steps the sentence step, tagger and parser are used.
    gold
        Documents with tags, trees and sentences.
    gold_sentences
        Whether the parser is told where sentences begin; else the sentence step decides.
    """
    docs = [copy_tokens(doc, with_sentences=gold_sentences) for doc in gold]
    if not gold_sentences:
        docs = [mark_sentence_starts(doc) for doc in docs]
    syntax = cast("SyntaxComponent", nlp.get_pipe("tamrex_syntax"))
    syntax.parse(docs, [list(doc.sents) for doc in docs], mend=False)
    examples = [Example(doc, right) for doc, right in zip(docs, gold, strict=True)]
    tagger, parser = syntax.steps["tagger"], syntax.steps["parser"]
    scores = tagger.score(examples) | parser.score(examples)
    names = {"tags": "tag_acc", "uas": "dep_uas", "las": "dep_las", "sentence_f1": "sents_f"}
    return {name: round(100 * scores[key], 2) for name, key in names.items()}


def read_genia(corpora: Path, part: str, joint: str = "\n") -> Iterator[SentenceText]:
    """Yield GENIA's abstracts of a part, the title joined to the rest by a line break or a blank."""
    with gzip.open(corpora / "syntax" / "genia_treebank_ptb.jsonl.gz", "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            if row["split"] == part:
                text, end = row["text"], row["sents"][0][1]
                spans = [(start, stop) for start, stop, _ in row["sents"]]
                yield SentenceText(text[:end] + joint + text[end + 1 :], spans)


def score_sentences(nlp: Language, texts: Iterable[SentenceText]) -> Score:
    """Return precision, recall and F1 of sentences in per cent, as the sentence step cuts them."""
    right = found = wanted = 0
    for text, gold in texts:
        doc = mark_sentence_starts(nlp.make_doc(text))
        spans = {_bare_span(doc, sentence.start, sentence.end) for sentence in doc.sents}
        right += len(spans.intersection(gold))
        found += len(spans)
        wanted += len(gold)
    precision, recall = right / found, right / wanted
    figures = {"precision": precision, "recall": recall, "f1": 2 * precision * recall / (precision + recall)}
    return {name: round(100 * value, 2) for name, value in figures.items()} | {"sentences": wanted}


def _bare_span(doc: Doc, first: int, end: int) -> tuple[int, int]:
    """Return the characters of a sentence, the white space at its end left out."""
    while end - 1 > first and doc[end - 1].is_space:
        end -= 1
    return doc[first].idx, doc[end - 1].idx + len(doc[end - 1])


def score_lemmas(words: str) -> Score:
    """Return the share of right lemmas in per cent; each line holds a word, its tag and its lemma."""
    rows = [line.split() for line in words.split("\n") if line.strip()]
    right = sum(lemma_of(word, tag) == lemma for word, tag, lemma in rows)
    return {"right": round(100 * right / len(rows), 2), "words": len(rows)}


def score_all(corpora: Path, part: str = "test") -> dict[str, Score]:
    """Return all scores of the shipped model on a part of the corpora."""
    nlp = load_pipeline()
    documents = [sentences for _, sentences in read_conllu(corpora / "syntax" / f"craft.{part}.conllu.gz")]
    gold, _ = make_texts(nlp, documents, random.Random(SEED))
    return {
        "craft_gold_sentences": score_trees(nlp, gold, gold_sentences=True),
        "craft_own_sentences": score_trees(nlp, gold, gold_sentences=False),
        "genia_title_line": score_sentences(nlp, read_genia(corpora, part)),
        "genia_running_text": score_sentences(nlp, read_genia(corpora, part, " ")),
    }


if __name__ == "__main__":
    import sys

    scores = score_all(Path(sys.argv[1]), sys.argv[3] if "--part" in sys.argv else "test")
    print(json.dumps(scores, indent=1))
    if "--part" not in sys.argv:
        SCORES.write_text(json.dumps(scores, indent=1) + "\n", "utf-8")
