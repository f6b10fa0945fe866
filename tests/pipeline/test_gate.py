"""The gate: a run that lost much against the last one keeps the old tables and ends with 4."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from spacy.language import Language

from pipeline.batch import Order, run_order
from pipeline.errors import GateError
from pipeline.executors import reading
from pipeline.export.tables import read_table
from pipeline.gate import hold_gate
from pipeline.settings import GateSettings, Settings, StoreSettings
from pipeline.sources import Asked
from tests.pipeline.test_batch_hygiene import records

ROWS = {
    "articles": 100,
    "resistance": 50,
    "macrophage": 30,
    "interventions": 3,
    "claims": 40,
    "tam_resistance": 25,
}
REFUSED = Path(".out.refused")
SOURCES = {"sources": [{"name": "pubmed", "query": "macrophages"}], "complete": True}


def finished(
    folder: Path, *, precision: tuple[int, int] = (45, 50), sources: dict[str, Any] = SOURCES, **rows: int
) -> Path:
    folder.mkdir()
    manifest = {"rows": ROWS | rows, "sources": sources, "settings": {"extract": {"threshold": 0.8}}}
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    right, rows_scored = precision
    share = {"part": right, "whole": rows_scored, "value": right / rows_scored}
    lines = {"strict": {"precision": share}}
    golds = [{"name": "mine", "kinds": {"resistance": {"lines": lines}}}]
    (folder / "evaluation.json").write_text(json.dumps({"golds": golds}), "utf-8")
    return folder


@pytest.mark.parametrize(
    ("lost", "told"),
    [
        ({"claims": 31}, "rows of claims fell from 40 to 31"),
        ({"articles": 79}, "rows of articles fell from 100 to 79"),
        ({"precision": (35, 50)}, "precision on mine, resistance fell from 0.9 to 0.7"),
        ({"articles": 99, "sources": SOURCES | {"complete": False}}, "not complete fell from 100 to 99"),
    ],
)
def test_what_fell_by_more_than_allowed_is_told(tmp_path: Path, lost: dict[str, Any], told: str) -> None:
    old, new = finished(tmp_path / "old"), finished(tmp_path / "new", **lost)
    with pytest.raises(GateError, match=told) as fault:
        hold_gate(old, new, GateSettings(), REFUSED)
    assert fault.value.exit_code == 4
    assert "\n" not in str(fault.value)
    assert "the new tables are in .out.refused" in str(fault.value)


@pytest.mark.parametrize(
    "other",
    [
        {"claims": 33, "articles": 81},
        {"interventions": 0},
        {"precision": (41, 50)},
        {"precision": (1, 10)},
        {"articles": 1, "sources": {"sources": [{"name": "pubmed", "query": "another"}]}},
        {"articles": 10, "sources": SOURCES | {"limit": 10}},
    ],
)
def test_a_small_fall_and_a_run_of_something_else_pass(tmp_path: Path, other: dict[str, Any]) -> None:
    hold_gate(finished(tmp_path / "old"), finished(tmp_path / "new", **other), GateSettings(), REFUSED)


def test_the_first_run_and_an_open_gate_pass(tmp_path: Path) -> None:
    old, new = finished(tmp_path / "old"), finished(tmp_path / "new", claims=1, precision=(1, 50))
    hold_gate(None, new, GateSettings(), REFUSED)
    hold_gate(old, new, GateSettings(counts_drop=1.0, precision_drop=1.0), REFUSED)


def test_refused_tables_are_kept_beside_the_old_ones(
    tmp_path: Path, nlp: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(reading._loaded, None, nlp)
    file = records(tmp_path / "in.jsonl", 40)
    settings = Settings(store=StoreSettings(path=tmp_path / "store.sqlite"))
    order = Order(Asked([str(file)]), tmp_path / "out")
    run_order(order, settings, tmp_path)
    records(file, 10)
    with pytest.raises(GateError, match="rows of articles fell from 40 to 10"):
        run_order(order, settings, tmp_path)
    assert len(list(read_table(tmp_path / "out", "articles"))) == 40
    assert len(list(read_table(tmp_path / ".out.refused", "articles"))) == 10
    opened = settings.model_copy(update={"gate": GateSettings(counts_drop=1.0)})
    run_order(order, opened, tmp_path)
    assert len(list(read_table(tmp_path / "out", "articles"))) == 10
