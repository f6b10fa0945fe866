"""The learned scorer: its weights, what it says of questions, and how it is trained."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from spacy.language import Language

from extractors.loading import ModelError, load_pipeline
from extractors.relations import scorer
from extractors.relations.scorer import RULE, claim_score, claim_weights
from extractors.training.claims import Candidate, candidates_of, read_labels, train_scorer

CLEAR = {"bias": 1.0, "pattern=subject": 1.0, "sure": 0.85, RULE: 0.85}


def test_every_weight_is_of_a_feature_that_can_be_read() -> None:
    assert RULE in claim_weights() and "bias" in claim_weights()
    assert all(name.strip() and weight for name, weight in claim_weights().items())


def test_what_the_rule_holds_for_a_question_stays_one() -> None:
    assert claim_score(CLEAR)[0] > 0.5
    assert claim_score(CLEAR | {RULE: 0.2})[0] <= 0.35


def test_what_weighs_most_is_told() -> None:
    score, told = claim_score(CLEAR)
    assert 0 < score < 1
    assert set(told) <= set(CLEAR) and told


def labels(folder: Path, text: str, *claims: tuple[str, str, str]) -> Path:
    folder.mkdir(exist_ok=True)
    with (folder / "sentences.csv").open("w", newline="") as file:
        csv.writer(file).writerows(
            [["pmid", "start", "end", "sha256", "reader"], ["1", 0, len(text), "", "1"]]
        )
    header = "pmid sentence_start mediator_start mediator_end drug_start drug_end effect basis speculated"
    rows = [[*header.split(), "negated", "optional", "reader"]]
    for mediator, drug, effect in claims:
        places = [(text.index(word), text.index(word) + len(word)) for word in (mediator, drug)]
        rows.append(
            [
                "1",
                "0",
                *(str(i) for place in places for i in place),
                effect,
                "functional",
                *3 * ["false"],
                "1",
            ]
        )
    with (folder / "claims.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return folder


@pytest.mark.parametrize(("effect", "right"), [("promotes", 1.0), ("reverses", 0.0)])
def test_a_candidate_is_right_if_a_reader_saw_it_in_this_direction(
    nlp: Language, tmp_path: Path, effect: str, right: float
) -> None:
    text = "Knockdown of CCL2 restored sensitivity to tamoxifen."
    folder = labels(tmp_path / "labels", text, ("CCL2", "tamoxifen", effect))
    (candidate,) = candidates_of(nlp, {"1": text}, read_labels(folder))
    assert candidate.right == right and candidate.features["pattern=subject"] == 1


def test_training_tells_good_from_bad(tmp_path: Path) -> None:
    candidates = [
        Candidate(str(n), {"bias": 1.0, "good" if n % 2 else "bad": 1.0}, float(n % 2), frozenset({(n, 0)}))
        for n in range(200)
    ]
    report = train_scorer(candidates, 100, tmp_path / "weights.json")
    weights = json.loads((tmp_path / "weights.json").read_text("utf-8"))["weights"]
    assert weights["good"] > 0 > weights["bad"]
    assert report.candidates == 200 and report.brier < 0.25
    precision = {threshold: share for threshold, share, _ in report.curve}
    assert precision[0.5] == 1.0


def test_damaged_weights_are_told_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = tmp_path / "weights.json"
    damaged.write_text('{"weights": ', "utf-8")
    monkeypatch.setattr(scorer, "CLAIM_WEIGHTS", damaged)
    claim_weights.cache_clear()
    try:
        with pytest.raises(ModelError, match="can't be read; install tamrex again"):
            load_pipeline()
    finally:
        claim_weights.cache_clear()
