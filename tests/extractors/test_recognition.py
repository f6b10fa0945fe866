"""The trained recogniser: terms, labels, features, heads, and what it may be trained on."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import json
import re
import tempfile
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.language import Language

from extractors.lexicon import PATTERNS
from extractors.normalisation import fold, name_key
from extractors.recognition.component import NAMES_MODEL, RECOGNISED, shipped_reader
from extractors.recognition.features import token_features
from extractors.recognition.reader import Reader, read_labels
from extractors.recognition.terms import TermMatcher
from extractors.recognition.weights import Weights, read_weights, write_weights
from extractors.training.annotated import AnnotatedText, Entity, Source, read_head
from extractors.training.benchmarks import BENCHMARKS, run_benchmark
from extractors.training.names import Settings, blank_pipeline, label_texts, token_labels, train_head
from extractors.training.refusal import Refusal, read_refusal

MATCHER = TermMatcher(
    (name_key(fold(name)), letter)
    for name, letter in [
        ("interleukin-6", "C"),
        ("IL-6", "C"),
        ("IL-6 receptor", "G"),
        ("lung cancer", "K"),
        ("small cell lung cancer", "K"),
        ("tumor", "K"),
        ("cat", "G"),
        ("rat", "S"),
    ]
)


@pytest.mark.parametrize(
    ("words", "spans"),
    [
        ("IL - 6 was high", [("C", 0, 3)]),
        ("IL6 and IL-6", [("C", 0, 1), ("C", 2, 3)]),
        ("the IL-6 receptor", [("C", 1, 2), ("G", 1, 3)]),
        ("small cell lung cancer", [("K", 0, 4)]),
        ("lung cancers grew", [("K", 0, 2)]),
        ("lung , cancer", []),
        ("tumours", [("K", 0, 1)]),
        ("cat and CAT", [("G", 2, 3)]),
        ("", []),
    ],
)
def test_terms_are_found_however_they_are_spelt(words: str, spans: list[tuple[str, int, int]]) -> None:
    assert sorted(MATCHER.spans(words.split())) == sorted(spans)


def test_each_token_of_a_term_says_where_it_stands() -> None:
    assert MATCHER.tags("small cell lung cancer cells".split()) == [["KB"], ["KI"], ["KI"], ["KE"], []]
    assert MATCHER.tags(["IL-6"]) == [["CS"]]


def test_features_name_the_word_its_neighbours_and_its_terms() -> None:
    rows = token_features(["Anti-IL-6", "drugs"], [["CS"], []])
    assert {"w=anti-il-6", "g=CS", "1w=drugs", "-1w=__", "pun", "dig", "b+1=anti-il-6_drugs"} <= set(rows[0])
    assert {"w=drugs", "-1g=CS", "x4=rugs", "-1x=l-6"} <= set(rows[1])
    assert token_features([], []) == []


@given(st.lists(st.sampled_from(["O", "gene", "drug"]), max_size=12), st.data())
def test_labels_read_back_as_the_names_that_they_mark(kinds: list[str], data: st.DataObject) -> None:
    labels: list[str] = []
    names = []
    for kind in kinds:
        if kind == "O":
            labels.append("O")
            continue
        length = data.draw(st.integers(1, 3))
        names.append((len(labels), len(labels) + length, kind))
        labels += [f"B-{kind}", *[f"I-{kind}"] * (length - 1)]
    assert [tuple(found) for found in read_labels(labels)] == names


def test_a_token_is_inside_a_name_that_covers_most_of_it() -> None:
    doc = blank_pipeline().make_doc("The IL-6-induced growth under cisplatin.")
    text = doc.text
    names = [Entity(text.index("IL-6"), text.index("-induced"), "gene")]
    names.append(Entity(text.index("cis"), text.index("."), "chemical"))
    labels = dict(zip([t.text for t in doc], token_labels(doc, names), strict=True))
    assert labels["IL-6"] == "B-gene" and labels["cisplatin"] == "B-chemical" and labels["growth"] == "O"


def corpus(folder: Path, name: str, *documents: dict[str, object]) -> Path:
    (folder / "ner").mkdir(parents=True, exist_ok=True)
    with gzip.open(folder / "ner" / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(document) + "\n" for document in documents)
    return folder


def document(pmid: str, text: str, *entities: list[object], split: str = "train") -> dict[str, object]:
    return {"id": pmid, "pmid": pmid, "split": split, "text": text, "entities": list(entities)}


def test_documents_of_test_parts_sealed_texts_checks_and_titles_are_refused(tmp_path: Path) -> None:
    (tmp_path / "ner").mkdir()
    listed = {"corpora": {"c": {"test": {"pmid": ["1"], "pmcid": ["PMC1"]}}}, "external": {"x": ["2"]}}
    (tmp_path / "ner/pmids.json").write_text(json.dumps(listed), "utf-8")
    (tmp_path / "list.tsv").write_text("pmid\tsplit\n3\tcheck\n4\tdev\n", "utf-8")
    (tmp_path / "hashes").write_text(hashlib.sha256(b"5").hexdigest() + "\n", "utf-8")
    (tmp_path / "titles.csv").write_text('title\n"A title, of a reference."\n', "utf-8")
    refusal = read_refusal(tmp_path, [tmp_path / name for name in ("list.tsv", "hashes", "titles.csv")])
    refused = {i: refusal.refuses("c", [i]) for i in ("1", "PMC1", "2", "3", "4", "5", "6")}
    assert refused == {"1": True, "PMC1": True, "2": True, "3": True, "4": False, "5": True, "6": False}
    assert refusal.refuses("d", ["7"], "A title of a reference")
    assert not refusal.refuses("d", ["", "7"], "")
    assert refusal.counts == {"c": 5, "d": 1}


def test_a_head_reads_its_types_of_training_splits_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = corpus(
        tmp_path,
        "small",
        document("1", "CCL2 protein", [0, 4, "Gene", "x"], [0, 12, "Gene", "x"], [5, 12, "Other", ""]),
        document("2", "CCL2 protein"),
        document("3", "refused", [0, 7, "Gene", ""]),
        document("4", "of the test part", split="test"),
    )
    monkeypatch.setattr(
        "extractors.training.annotated.HEADS", {"genes": (Source("small", ("train",), {"Gene": "gene"}),)}
    )
    (text,) = read_head(folder, "genes", Refusal(ids={"3"}))
    assert text == AnnotatedText("small", "CCL2 protein", (Entity(0, 12, "gene"),))


SENTENCES = ["{} was high in the cells.", "Cells made {} and grew.", "We silenced {}.", "Blocking {} helped."]
NAMES = ["CCL2", "CCL5", "CXCL8", "TNF", "IL6", "VEGFA", "MIF", "SPP1"]


def texts() -> list[AnnotatedText]:
    filled = [(sentence.format(name), name) for sentence in SENTENCES for name in NAMES]
    return [
        AnnotatedText("own", text, (Entity(text.index(name), text.index(name) + len(name), "gene"),))
        for text, name in filled
    ]


def test_a_trained_head_finds_a_name_that_it_has_not_seen(tmp_path: Path) -> None:
    nlp = blank_pipeline()
    labelled = [*label_texts(nlp, texts())]
    for name in ("one", "two"):
        train_head(labelled, MATCHER, tmp_path / name, settings=Settings(iterations=30))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    words = [token.text for token in nlp.make_doc("Cells made CCL7 and grew.")]
    (((found,),),) = Reader([read_weights(tmp_path / "one")]).find([(words, MATCHER.tags(words))])
    assert (words[found.start : found.end], found.type) == (["CCL7"], "gene")


FEATURES = ["w=a", "w=b", "w=\n", "1w=b", "-1w=a", "b-1=a_b", "g=GS", "-1g=GS", "bias", "\\n\t"]
WEIGHT = st.floats(-5, 5).map(lambda value: round(value, 6))


@st.composite
def crfs(draw: st.DrawFn) -> Weights:
    kinds = draw(st.sampled_from([["x"], ["x", "y"]]))
    labels = ("O", *(f"{sign}-{kind}" for kind in kinds for sign in "BI"))
    row = st.lists(WEIGHT, min_size=len(labels), max_size=len(labels))
    transitions = draw(st.lists(row, min_size=len(labels), max_size=len(labels)))
    return Weights(labels, np.array(transitions), draw(st.dictionaries(st.sampled_from(FEATURES), row)))


@given(crfs())
def test_weights_are_read_as_they_were_written(weights: Weights) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_weights(weights, Path(folder) / "w")
        read = read_weights(Path(folder) / "w")
    assert (read.labels, read.features) == (weights.labels, weights.features)
    assert (read.transitions == weights.transitions).all()


WORDS = st.lists(st.sampled_from(["a", "b", "\n", "IL-6"]), max_size=6)


@given(st.lists(crfs(), min_size=1, max_size=3), st.lists(WORDS, max_size=4))
def test_a_batch_is_labelled_by_the_best_of_all_ways(heads: list[Weights], batch: list[list[str]]) -> None:
    texts = [(words, [["GS"] if word == "IL-6" else [] for word in words]) for words in batch]
    for (words, terms), found in zip(texts, Reader(heads).find(texts), strict=True):
        rows = token_features(words, terms)
        for head, names in zip(heads, found, strict=True):
            zero = [0.0] * len(head.labels)
            scores = [np.sum([head.features.get(name, zero) for name in row], axis=0) for row in rows]

            def total(way: tuple[int, ...], head: Weights = head, scores: list[Any] = scores) -> float:
                steps = sum(head.transitions[a, b] for a, b in itertools.pairwise(way))
                return float(sum(own[label] for own, label in zip(scores, way, strict=True)) + steps)

            ways = (
                list(itertools.product(range(len(head.labels)), repeat=len(words))) if len(words) < 5 else []
            )
            best = max(map(total, ways), default=0.0)
            near = [way for way in ways if total(way) > best - 1e-9]
            assert not ways or names in [read_labels([head.labels[i] for i in way]) for way in near]


def test_a_text_with_more_new_words_than_are_kept_is_read_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = [f"X{chr(97 + n % 26)}{n}" for n in range(300)] + ["CCL2"]
    heads = [read_weights(path) for path in sorted(NAMES_MODEL.glob("*.crf.tsv.gz"))]
    text = [(words, MATCHER.tags(words))]
    wide = Reader(heads).find(text)
    monkeypatch.setattr("extractors.recognition.reader._KEPT_PARTS", 1)
    assert Reader(heads).find(text) == wide


def test_a_benchmark_counts_exact_spans_and_leaves_leaked_documents_out(tmp_path: Path) -> None:
    rows = []
    for number, text in enumerate(texts()):
        words = text.text.rstrip(".").split(" ")
        labels = ["B-gene" if word in NAMES else "O" for word in words]
        split = "test" if number % 4 == 0 else "train"
        rows.append({"pmid": str(number), "split": split, "text": " ".join(words), "bio": labels})
    rows.append({**rows[1], "pmid": "0", "split": "train"})
    corpus(tmp_path, "small", *rows)
    benchmark = BENCHMARKS[0]._replace(corpus="small", settings=Settings(iterations=30))
    outcome = run_benchmark(benchmark, tmp_path, MATCHER, Refusal(ids={"0"}), parts=("train",))
    assert (outcome.marked, outcome.refused) == (8, 1)
    assert outcome.f1 > 90


def names(nlp: Language, text: str) -> list[tuple[str, str, str]]:
    doc = nlp(text)
    return [(span.text, span.label_, span.kb_id_) for span in doc.spans["mentions"]]


def test_an_abbreviation_that_the_text_defines_is_its_name_everywhere(nlp: Language) -> None:
    found = names(nlp, "Exosomes of lung cancer (LC) cells were taken. LC cells grew and LC spread.")
    assert [word for word, kind, _ in found if kind == "cancer"] == ["lung cancer", "LC", "LC", "LC"]
    assert len({curie for _, kind, curie in found if kind == "cancer"}) == 1


def test_a_definition_taken_too_long_still_links_its_short_form(nlp: Language) -> None:
    text = "It was followed by a subsequent 12-hour application of cytosine arabinoside (ara-C). Then ara-C was given."
    found = names(nlp, text)
    assert [curie for word, _, curie in found if word == "ara-C"] == 2 * ["drugbank:DB00987"]


def test_a_recognised_name_without_a_concept_is_marked_and_not_linked(nlp: Language) -> None:
    found = names(nlp, "The novel inhibitor RX-8841 (10 microM) reduced growth. RX-8841 was safe.")
    assert found == 2 * [("RX-8841", "drug", "")]


@pytest.mark.parametrize(
    "row",
    tomllib.loads((PATTERNS / "not_recognised.toml").read_text("utf-8"))["refusal"],
    ids=lambda row: row["comment"],
)
def test_words_that_are_no_names_are_not_marked(nlp: Language, row: dict[str, Any]) -> None:
    doc = nlp(row["example"])
    refused = {word.lower() for word in row["words"]}
    assert not [span for span in doc.spans["mentions"] if span.label_ in row["kinds"] and not span.kb_id_]
    assert refused & {token.lower_ for token in doc}


SAMPLE = Path(__file__).with_name("recognised.toml")
MARK = re.compile(r"\[(\w+)\|([^\]]+)\]")


def marked_names(sentence: str) -> tuple[str, set[tuple[int, int, str]]]:
    text, found, at = "", set(), 0
    for match in MARK.finditer(sentence):
        text += sentence[at : match.start()]
        found.add((len(text), len(text) + len(match[2]), match[1]))
        text += match[2]
        at = match.end()
    return text + sentence[at:], found


def test_the_shipped_heads_score_what_their_card_says(nlp: Language) -> None:
    counts: Counter[tuple[str, str]] = Counter()
    for sentence in tomllib.loads(SAMPLE.read_text("utf-8"))["sentences"]:
        text, marked = marked_names(sentence)
        doc = nlp(text)
        spans_found = [span for span in doc.spans[RECOGNISED] if span.label_ != "disease"]
        found = {(span.start_char, span.end_char, span.label_) for span in spans_found}
        for spans, count in ((found & marked, "right"), (found, "found"), (marked, "marked")):
            counts.update((kind, count) for *_, kind in spans)
    f1 = {
        kind: round(200 * counts[kind, "right"] / (counts[kind, "found"] + counts[kind, "marked"]), 1)
        for kind in sorted({kind for kind, _ in counts})
    }
    assert f1 == json.loads((NAMES_MODEL / "scores.json").read_text("utf-8"))["sample"]


def test_the_card_tells_the_scores_of_the_benchmarks() -> None:
    card = (NAMES_MODEL / "README.md").read_text("utf-8")
    scores = json.loads((NAMES_MODEL / "scores.json").read_text("utf-8"))["benchmarks"]
    assert {b.corpus for b in BENCHMARKS} == set(scores)
    for benchmark in BENCHMARKS:
        f1 = scores[benchmark.corpus]["f1"]
        assert f"| {f1:.2f} | {benchmark.published:.2f} |" in card


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no weights"):
        shipped_reader(tmp_path)


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    whole = (NAMES_MODEL / "cells.crf.tsv.gz").read_bytes()
    cut, other = tmp_path / "cut", tmp_path / "other"
    cut.write_bytes(whole[: len(whole) // 2])
    other.write_bytes(gzip.compress(b"O\tB-x\n0\t0\n0\t0\nbias\t1\n"))
    with pytest.raises(OSError, match="end-of-stream"):
        read_weights(cut)
    with pytest.raises(ValueError, match="1 weights for 'bias' and 2 labels"):
        read_weights(other)
