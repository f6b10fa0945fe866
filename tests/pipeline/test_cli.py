"""The command line as a user meets it: exit codes, one line for a fault, answers on stdout."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


def tamrex(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    import os

    names = {key: value for key, value in os.environ.items() if not key.startswith("TAMREX_")}
    return subprocess.run(
        [sys.executable, "-c", "from pipeline.cli import main; main()", *arguments],
        cwd=folder,
        env={**names, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one finished run over two records and a broken line."""
    folder = tmp_path_factory.mktemp("project")
    records = [
        {
            "pmid": "1",
            "title": "CCL2.",
            "abstract": "Silencing CCL2 restored sensitivity to tamoxifen in MCF-7 cells.",
        },
        {"pmid": "2", "title": "Empty.", "abstract": ""},
    ]
    lines = [*map(json.dumps, records), "{broken"]
    (folder / "mine.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    done = tamrex(folder, "run", "--input", "mine.jsonl")
    assert done.returncode == 0, done.stderr
    assert "outputs/mine" in done.stdout
    return folder


def test_a_run_leaves_its_tables_and_lists_the_broken_line(project: Path) -> None:
    written = {path.name for path in (project / "outputs/mine").iterdir()}
    assert {
        "resistance.csv",
        "claims.csv",
        "tam_resistance.csv",
        "datapackage.json",
        "manifest.json",
    } <= written
    assert "not-json" in (project / "outputs/mine/rejected.csv").read_text("utf-8")
    assert len((project / "outputs/mine/articles.csv").read_text("utf-8").splitlines()) == 3


def test_find_and_explain_answer_with_the_sentence(project: Path) -> None:
    found = tamrex(project, "find", "--mediator", "CCL2", "--drug", "tamoxifen")
    assert found.returncode == 0
    assert "Silencing CCL2 restored sensitivity to tamoxifen" in found.stdout
    evidence = (project / "outputs/mine/resistance.csv").read_text("utf-8").splitlines()[1].split(",")[0]
    told = tamrex(project, "explain", evidence)
    assert "promotes" in told.stdout and "Silencing" in told.stdout
    assert "what weighs most in the score" in told.stdout and "claim in document" in told.stdout


def test_stages_can_be_strung_together(project: Path) -> None:
    for command in ("fetch", "annotate", "extract"):
        assert tamrex(project, command, "--input", "mine.jsonl").returncode == 0
    assert tamrex(project, "export", "--input", "mine.jsonl", "--out", "again").returncode == 0
    assert (project / "again/resistance.csv").read_bytes() == (
        project / "outputs/mine/resistance.csv"
    ).read_bytes()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run"], "no source given"),
        (["run", "--input", "nosuch.xml"], "no such file or source"),
        (["run", "--input", "reveiw"], "did you mean 'review'"),
        (["run", "--query", " "], "query is empty"),
        (["run", "--query", "macrophages"], "e-mail"),
        (["run", "--pmids", "nosuch.txt"], "can't be read"),
        (["run", "--input", "mine.jsonl", "--out", "/proc/nowhere/x"], "can't be written"),
        (["run", "--inptu", "review"], "No such option"),
        (["run", "--input", "mine.jsonl", "--limit", "0"], "--limit"),
        (["--config", "nosuch.toml", "doctor"], "can't be read"),
        (["--log-format", "xml", "doctor"], "unknown log format"),
        (["evaluate", "outputs/mine"], "no gold covers"),
        (["evaluate", "nowhere"], "nowhere"),
        (["find", "nowhere"], "nowhere"),
        (["explain", "0123456789abcdef"], "0123456789abcdef"),
        (["export", "--input", "review"], "nothing to export"),
        (["dance"], "dance"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_use_is_one_line_and_code_2(project: Path, arguments: list[str], words: str) -> None:
    done = tamrex(project, *arguments)
    lines = [line for line in done.stderr.splitlines() if line.startswith("tamrex: ")]
    assert done.returncode == 2, done.stderr
    assert len(lines) == 1
    assert words in lines[0]
    assert "Traceback" not in done.stderr


def test_a_setting_misspelt_is_told_with_the_nearest_name(project: Path) -> None:
    done = tamrex(project, "doctor", TAMREX_EXTRACT__TRESHOLD="0.4")
    assert done.returncode == 2
    assert "extract.threshold" in done.stderr


def test_an_unreadable_model_is_told_with_the_mend(project: Path) -> None:
    done = tamrex(project, "doctor", TAMREX_ANNOTATE__MODEL="nowhere")
    assert done.returncode == 1
    assert "there is no such model: nowhere" in done.stdout


def test_the_review_is_scored(tmp_path: Path) -> None:
    done = tamrex(tmp_path, "run", "--input", "review")
    assert done.returncode == 0, done.stderr
    assert "review prose: 107 documents" in done.stdout
    (gold,) = json.loads((tmp_path / "outputs/review/evaluation.json").read_text("utf-8"))["golds"]
    table = next(table for table in gold["tables"] if table["table"] == 2)
    assert table["rows"]["right"]["whole"] == 18 and table["rows"]["right"]["part"] >= 12
    line = gold["kinds"]["resistance"]["lines"]["strict"]
    assert line["precision"]["value"] >= 0.7
    # The code book shows the score of this version.
    shares = [f"{line[name]['part']}/{line[name]['whole']}" for name in ("precision", "recall")]
    book = (Path(__file__).parents[2] / "gold" / "README.md").read_text("utf-8")
    (shown,) = [row for row in book.splitlines() if row.startswith("| prose, resistance | 107 |")]
    assert all(share in shown for share in shares)


def test_the_python_interface_gives_tables() -> None:
    from pipeline import Article, extract

    tables = extract(
        ["IL-6 promotes resistance to cisplatin.", "TAMs and macrophages.\nMacrophages secrete IL-6."]
    )
    assert list(tables.resistance["mediator_name"]) == ["IL6"]
    assert list(tables.macrophage["relation"]) == ["secretes"]
    assert tables.interventions.empty and "agent_id" in tables.interventions.columns
    assert Article.__name__ == "Article"
