"""Train the shipped tagger and parser on CRAFT's dependency trees.

CRAFT splits every hyphen and slash; our tokeniser keeps names whole. A token of ours that covers
several of CRAFT's takes the tag, label and head of the one whose head lies outside it, which loses
almost nothing: nine in ten such groups are subtrees. Sentences that can't be mapped to a projective
tree are left out and counted.
"""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from spacy.cli._util import import_code  # noqa: F401 - registers readers before the config is read
from spacy.cli.train import train as spacy_train
from spacy.lang.en import English
from spacy.language import Language
from spacy.tokens import Doc, DocBin
from spacy.util import load_model
from thinc.api import NumpyOps, set_current_ops

from extractors.tokenizer import create_biomedical_tokenizer
from extractors.training.refusal import Refusal

CONFIG = Path(__file__).with_name("syntax.cfg")
CONTINUE_CONFIG = Path(__file__).with_name("syntax_continue.cfg")
SENTENCES_A_PIECE = (6, 14)
"""Sentences of a training text: about as many as an abstract has."""


class GoldToken(NamedTuple):
    """A token of the corpus: form, tag, head (index in the sentence, itself for the root), label."""

    form: str
    tag: str
    head: int
    dep: str
    gap: str


@dataclass
class GoldSentence:
    """A sentence and whether a paragraph ends with it."""

    tokens: list[GoldToken] = field(default_factory=list)

    @property
    def ends_paragraph(self) -> bool:
        """Tell whether a line break follows."""
        return bool(self.tokens) and "n" in self.tokens[-1].gap


class Token(NamedTuple):
    """A token of ours with the tree over it."""

    text: str
    space: bool
    tag: str
    head: int
    dep: str


def read_conllu(path: Path) -> Iterator[tuple[str, list[GoldSentence]]]:
    """Yield each document's id (its PMID) and sentences."""
    pmid, sentence = "", GoldSentence()
    sentences: list[GoldSentence] = []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            line = line.rstrip("\n")
            if line.startswith("# newdoc id = "):
                if sentences:
                    yield pmid, sentences
                pmid, sentences = line.removeprefix("# newdoc id = "), []
            elif not line and sentence.tokens:
                sentences.append(sentence)
                sentence = GoldSentence()
            elif line and not line.startswith("#"):
                sentence.tokens.append(_gold_token(line, len(sentence.tokens)))
    if sentences:
        yield pmid, sentences


def _gold_token(line: str, index: int) -> GoldToken:
    cells = line.split("\t")
    head = int(cells[6]) - 1
    gap = (
        " "
        if cells[9] == "_"
        else ""
        if cells[9] == "SpaceAfter=No"
        else cells[9].removeprefix("SpacesAfter=")
    )
    return GoldToken(cells[1], cells[4], index if head < 0 else head, cells[7], gap)


def map_sentence(nlp: Language, sentence: GoldSentence) -> list[Token] | None:
    """Put a corpus tree over our tokens; none where it would not be one projective tree."""
    text, starts = "", []
    for gold in sentence.tokens:
        starts.append(len(text))
        text += gold.form + (" " if gold.gap else "")
    doc = nlp.make_doc(text.rstrip())
    ours = [(token.idx, token.idx + len(token)) for token in doc]
    if any(token.is_space for token in doc):
        return None
    gold_spans = [(at, at + len(gold.form)) for at, gold in zip(starts, sentence.tokens, strict=True)]
    covered = [_overlapping(span, gold_spans) for span in ours]
    # Where one of CRAFT's tokens is several of ours, the last of them stands for it.
    place: dict[int, int] = {}
    for index, golds in enumerate(covered):
        place.update(dict.fromkeys(golds, index))
    mapped = []
    for index, (token, golds) in enumerate(zip(doc, covered, strict=True)):
        if not golds:
            return None
        chief = _chief(sentence.tokens, golds)
        gold = sentence.tokens[chief]
        if place[chief] != index:
            bare = not any(sign.isalnum() for sign in token.text)
            mapped.append(
                Token(
                    token.text,
                    bool(token.whitespace_),
                    "HYPH" if bare else gold.tag,
                    place[chief],
                    "punct" if bare else "compound",
                )
            )
            continue
        head = place[gold.head]
        dep = "ROOT" if gold.head == chief else gold.dep
        mapped.append(Token(token.text, bool(token.whitespace_), gold.tag, head, dep))
    return mapped if _is_projective_tree(mapped) else None


def _overlapping(span: tuple[int, int], golds: list[tuple[int, int]]) -> list[int]:
    return [i for i, (start, end) in enumerate(golds) if start < span[1] and span[0] < end]


def _chief(tokens: list[GoldToken], group: list[int]) -> int:
    outside = [i for i in group if tokens[i].head not in group or tokens[i].head == i]
    return outside[-1] if outside else group[-1]


def _is_projective_tree(tokens: list[Token]) -> bool:
    roots = [i for i, token in enumerate(tokens) if token.head == i]
    if len(roots) != 1 or tokens[roots[0]].dep != "ROOT":
        return False
    for i, token in enumerate(tokens):
        at, steps = i, 0
        while tokens[at].head != at:
            at, steps = tokens[at].head, steps + 1
            if steps > len(tokens):
                return False
        low, high = sorted((i, token.head))
        if any(not low <= tokens[k].head <= high for k in range(low + 1, high)):
            return False
    return True


def make_texts(
    nlp: Language, documents: list[list[GoldSentence]], chance: random.Random
) -> tuple[list[Doc], int]:
    """Cut documents into pieces as long as abstracts; return them and how many sentences were lost.

    Paragraphs are joined by a blank or by one line break, never by an empty line: a parser that has
    seen empty lines learns that sentences end there and nowhere else.
    """
    docs, lost = [], 0
    for sentences in documents:
        piece: list[tuple[list[Token], bool]] = []
        wanted = chance.randint(*SENTENCES_A_PIECE)
        for sentence in sentences:
            mapped = map_sentence(nlp, sentence)
            if mapped is None:
                lost += 1
                continue
            piece.append((mapped, sentence.ends_paragraph))
            if len(piece) >= wanted:
                docs.append(_join(nlp, piece, chance))
                piece, wanted = [], chance.randint(*SENTENCES_A_PIECE)
        if piece:
            docs.append(_join(nlp, piece, chance))
    return docs, lost


def _join(nlp: Language, piece: list[tuple[list[Token], bool]], chance: random.Random) -> Doc:
    words: list[str] = []
    spaces: list[bool] = []
    tags: list[str] = []
    heads: list[int] = []
    deps: list[str] = []
    starts: list[bool | int | None] = []
    for number, (tokens, ends_paragraph) in enumerate(piece):
        base = len(words)
        for index, token in enumerate(tokens):
            words.append(token.text)
            spaces.append(token.space)
            tags.append(token.tag)
            heads.append(base + token.head)
            deps.append(token.dep)
            starts.append(index == 0)
        if number == len(piece) - 1:
            break
        if ends_paragraph and chance.random() < 0.5:
            spaces[-1] = False
            words.append("\n")
            spaces.append(False)
            tags.append("_SP")
            heads.append(len(words) - 2)
            deps.append("dep")
            starts.append(False)
        else:
            spaces[-1] = True
    return Doc(nlp.vocab, words, spaces, tags=tags, heads=heads, deps=deps, sent_starts=starts)


def prepare(corpora: Path, work: Path, refusal: Refusal, seed: int = 20) -> dict[str, int]:
    """Write the texts of the train and dev parts as DocBins into `work`; return what was used and lost."""
    nlp = English()
    nlp.tokenizer = create_biomedical_tokenizer()(nlp)
    work.mkdir(parents=True, exist_ok=True)
    counts: dict[str, int] = {}
    for part in ("train", "dev"):
        documents = [*read_conllu(corpora / "syntax" / f"craft.{part}.conllu.gz")]
        kept = [sentences for pmid, sentences in documents if not refusal.refuses("craft", [pmid])]
        docs, lost = make_texts(nlp, kept, random.Random(seed))
        DocBin(docs=docs).to_disk(work / f"{part}.spacy")
        counts |= {
            f"{part}_documents": len(kept),
            f"{part}_refused": len(documents) - len(kept),
            f"{part}_texts": len(docs),
            f"{part}_sentences_lost": lost,
        }
    return counts


def train(work: Path, out: Path, overrides: dict[str, object] | None = None) -> None:
    """Train on what `prepare` wrote; the best model by dev is `out/model-best`."""
    # blis is three times slower than numpy's product here, with the same predictions.
    set_current_ops(NumpyOps(use_blis=False))
    paths = {"paths.train": str(work / "train.spacy"), "paths.dev": str(work / "dev.spacy")}
    spacy_train(CONFIG, out, overrides={**paths, **(overrides or {})})


def join_parts(work: Path, model: Path) -> int:
    """Write the texts of train and dev as `all.spacy`; return how many were left out.

    A text with a tag or label that the model has never seen (`UH`, `dative`) is left out: the number of its
    outputs is fixed.
    """
    nlp = load_model(model)
    tagger, parser = nlp.get_pipe("tagger"), nlp.get_pipe("parser")
    tags, labels = set(tagger.labels), set(parser.labels)  # type: ignore[attr-defined]
    docs = [
        doc
        for part in ("train", "dev")
        for doc in DocBin().from_disk(work / f"{part}.spacy").get_docs(nlp.vocab)
    ]
    known = [doc for doc in docs if all(token.tag_ in tags and token.dep_ in labels for token in doc)]
    DocBin(docs=known).to_disk(work / "all.spacy")
    return len(docs) - len(known)


def continue_training(work: Path, model: Path, out: Path) -> None:
    """Train a model of ours on with the dev texts too; the result is `out/model-last`.

    What the log calls dev has been trained on and says nothing: GENIA and the test part are left to judge by.
    """
    join_parts(work, model)
    set_current_ops(NumpyOps(use_blis=False))
    paths = {"train": work / "all.spacy", "dev": work / "dev.spacy", "model": model}
    spacy_train(CONTINUE_CONFIG, out, overrides={f"paths.{name}": str(path) for name, path in paths.items()})
