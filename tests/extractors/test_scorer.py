"""The learned scorer: its weights, what it says of questions, and how it is trained."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from spacy.language import Language

from extractors.loading import ModelError, load_pipeline
from extractors.relations import scorer
from extractors.relations.claims import find_claims
from extractors.relations.scorer import claim_weights, heaviest, pair_probability
from extractors.training.claims import train_scorer
from extractors.training.labels import Candidates, Judged, candidates_of, read_labels

CLEAR = {"bias": 1.0, "rule": 1.0, "pattern=subject": 1.0, "score of the rule": 0.95, "between=op:cause": 1.0}
FILLER = "We studied many patients. Cells were grown in plates. Samples were frozen. Nothing else was seen. "


def test_every_weight_is_of_a_feature_that_can_be_read() -> None:
    for part in ("pairs", "documents"):
        assert "bias" in claim_weights()[part]
        assert all(name.strip() and weight for name, weight in claim_weights()[part].items())


def test_what_weighs_most_is_told() -> None:
    assert 0 < pair_probability(CLEAR) < 1
    told = heaviest(CLEAR)
    assert told and set(told) <= set(CLEAR)


def scores(nlp: Language, text: str) -> dict[str, float]:
    return {r.arguments["mediator"].text: r.score for r in find_claims(nlp(text))}


def test_a_question_stays_one(nlp: Language) -> None:
    stated = scores(nlp, f"CCL2 and tamoxifen\n{FILLER}Knockdown of CCL2 restored sensitivity to tamoxifen.")
    asked = scores(
        nlp,
        f"CCL2 and tamoxifen\n{FILLER}We asked whether knockdown of CCL2 restored sensitivity to tamoxifen.",
    )
    assert stated["CCL2"] > 0.7 > 0.4 >= asked["CCL2"]


def test_a_claim_is_surer_if_the_title_has_it_too(nlp: Language) -> None:
    claim = f"{FILLER}CCL2 was associated with resistance to tamoxifen."
    bare = scores(nlp, f"A study of breast cancer\n{claim}")
    titled = scores(nlp, f"CCL2 confers tamoxifen resistance in breast cancer\n{claim}")
    assert titled["CCL2"] > bare["CCL2"]


def labels(folder: Path, text: str, *claims: tuple[str, str, str]) -> Path:
    folder.mkdir(exist_ok=True)
    with (folder / "records.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["pmid", "sha256", "reader", "second_reader"], ["1", "", "1", ""]])
    header = "pmid mediator_start mediator_end drug_start drug_end effect basis speculated negated optional"
    rows = [[*header.split(), "sentences", "reader"]]
    for mediator, drug, effect in claims:
        places = [(text.index(word), text.index(word) + len(word)) for word in (mediator, drug)]
        numbers = [str(i) for place in places for i in place]
        rows.append(["1", *numbers, effect, "functional", *3 * ["false"], f"0-{len(text)}", "1"])
    with (folder / "claims.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return folder


def test_pairs_are_judged_by_what_their_reader_saw(nlp: Language, tmp_path: Path) -> None:
    text = "Knockdown of CCL2 restored sensitivity to tamoxifen, and IL-6 was seen."
    folder = labels(tmp_path / "labels", text, ("CCL2", "tamoxifen", "promotes"))
    (document,) = candidates_of(nlp, {"1": text}, read_labels(folder))
    by_mediator = {judged.key[0]: judged for judged in document.pairs}
    claimed = by_mediator["hgnc:10618"]
    assert claimed.effects == {"promotes"} and claimed.required == {0} and claimed.affirmed
    assert claimed.sentences[0][2:] == (1.0, 1.0)
    other = by_mediator["hgnc:6018"]
    assert not other.effects and other.sentences[0][2:] == (0.0, 1.0)


def test_a_name_that_the_pipeline_does_not_know_teaches_nothing(nlp: Language, tmp_path: Path) -> None:
    text = "The substance promotes resistance to tamoxifen, and IL-6 was seen."
    folder = labels(tmp_path / "labels", text, ("substance", "tamoxifen", "promotes"))
    (document,) = candidates_of(nlp, {"1": text}, read_labels(folder))
    assert [judged.sentences[0][3] for judged in document.pairs] == [0.0]


def judged(number: int, name: str) -> Candidates:
    key = (name, "drug")
    own = frozenset((0,)) if name == "good" else frozenset()
    effects = frozenset(("promotes",)) if name == "good" else frozenset()
    pair = Judged(str(number), key, effects, own, known=True, denied=False, affirmed=True, votes=[(0, 1)])
    pair.words.append(frozenset((name,)))
    pair.sentences.append((0, {"bias": 1.0, name: 1.0}, float(bool(effects)), 1.0))
    return Candidates([pair], lambda chances: {key: {"bias": 1.0, "best": chances[0]}})


def test_training_tells_good_from_bad(tmp_path: Path) -> None:
    documents = [judged(n, "good" if n % 2 else "bad") for n in range(200)]
    report = train_scorer(documents, 100, tmp_path / "weights.json", ablate=True)
    weights = json.loads((tmp_path / "weights.json").read_text("utf-8"))
    assert weights["pairs"]["good"] > 0 > weights["pairs"]["bad"]
    assert weights["documents"]["best"] > 0
    assert report.documents == 200 and report.brier < 0.05
    assert report.curve[0][1:] == (1.0, 1.0)
    assert ("without the document", 1.0, 1.0) in report.ablation


@pytest.mark.parametrize("content", ['{"weights": ', '{"weights": {}}'])
def test_damaged_weights_are_told_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    damaged = tmp_path / "weights.json"
    damaged.write_text(content, "utf-8")
    monkeypatch.setattr(scorer, "CLAIM_WEIGHTS", damaged)
    claim_weights.cache_clear()
    try:
        with pytest.raises(ModelError, match="can't be read; install tamrex again"):
            load_pipeline()
    finally:
        claim_weights.cache_clear()
