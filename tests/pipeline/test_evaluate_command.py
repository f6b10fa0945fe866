"""`tamrex evaluate` and `tamrex gold` as a user with gold and texts of their own meets them."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from pipeline.records import compose_article
from tests.pipeline.test_cli import tamrex

TEXTS = {
    "101": "Silencing CCL2 restored sensitivity to tamoxifen in MCF-7 cells.",
    "102": "Patients with high IL-6 did not benefit from cisplatin; serum was frozen.",
    "103": "Overexpression of ABCB1 conferred resistance to paclitaxel.",
    "104": "Serum was frozen.",
}
SPLITS = {"101": "dev", "102": "dev", "103": "check", "105": "dev"}
CLAIMS = [
    ("a", "101", "hgnc:10618", "CCL2", "drugbank:DB00675", "tamoxifen"),
    ("b", "102", "hgnc:3430", "ERBB2", "drugbank:DB00072", "trastuzumab"),
    ("c", "103", "hgnc:40", "ABCB1", "drugbank:DB01229", "paclitaxel"),
]


def write_gold(folder: Path, splits: dict[str, str] = SPLITS) -> Path:
    folder.mkdir(exist_ok=True)
    with (folder / "documents.csv").open("w", encoding="utf-8") as file:
        file.write("pmid,split,sha256\n")
        for pmid, split in splits.items():
            text = compose_article(pmid, "A title.", [("", TEXTS.get(pmid, ""))])
            file.write(f"{pmid},{split},{text.digest}\n")
    with (folder / "resistance.csv").open("w", encoding="utf-8") as file:
        file.write(
            "claim_id,pmid,mediator_id,mediator_name,drug_id,drug_name,effect,optional,passage_spans\n"
        )
        for claim in CLAIMS:
            if claim[1] in splits:
                file.write(",".join(claim) + ",promotes,false,10-40\n")
    if "101" not in splits:
        return folder
    (folder / "mentions.csv").write_text(
        "pmid,start,end,text,kind,id\n101,19,23,CCL2,cytokine,hgnc:10618\n101,48,57,tamoxifen,drug,\n",
        "utf-8",
    )
    return folder


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with texts, gold, and one evaluation over both."""
    folder = tmp_path_factory.mktemp("project")
    write_texts(folder / "mine.jsonl", TEXTS)
    write_gold(folder / "own")
    done = tamrex(folder, "evaluate", "--gold", "own", "--texts", "mine.jsonl")
    assert done.returncode == 0, done.stderr
    (folder / "told").write_text(done.stdout + done.stderr, "utf-8")
    return folder


def write_texts(path: Path, texts: dict[str, str]) -> None:
    lines = (json.dumps({"pmid": p, "title": "A title.", "abstract": words}) for p, words in texts.items())
    path.write_text("\n".join(lines) + "\n", "utf-8")


def values_of(project: Path) -> dict[str, object]:
    loaded: dict[str, object] = json.loads((project / "outputs/own/evaluation.json").read_text("utf-8"))
    return loaded


def test_texts_that_gold_knows_are_run_and_scored(project: Path) -> None:
    told = (project / "told").read_text("utf-8")
    assert "own: 2 documents" in told
    assert re.search(r"resistance +strict +1\.00 .*1/1, too few +0\.50 .*1/2, too few", told)
    assert "1 documents: no text, not scored: 105" in told
    # The fourth text is not in the gold.
    with (project / "outputs/own/articles.csv").open(encoding="utf-8") as file:
        assert [row["pmid"] for row in csv.DictReader(file)] == ["101", "102", "103"]


def test_all_forms_are_written_and_say_the_same(project: Path) -> None:
    folder = project / "outputs/own"
    gold = json.loads((folder / "evaluation.json").read_text("utf-8"))["golds"][0]
    (miss,) = gold["kinds"]["resistance"]["misses"]
    assert (miss["pmid"], miss["names"], miss["reason"]) == ("102", ["ERBB2", "trastuzumab"], "no mention")
    assert miss["passage"] == ("A title.\n" + TEXTS["102"])[10:40]
    assert gold["mentions"]["kinds"]["all"]["recall"]["whole"] == 2
    assert "ERBB2 – trastuzumab" in (folder / "evaluation.md").read_text("utf-8")
    assert (folder / "pr_curve.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (folder / "pr_curve.svg").read_text("utf-8")


def test_the_page_needs_no_other_file_and_opens_the_sentence_of_an_error(project: Path) -> None:
    page = (project / "outputs/own/evaluation.html").read_text("utf-8")
    links = re.findall(r'(?:src|href)="([^"]{0,40})', page)
    assert links and all(
        link.startswith(("data:image/png;base64,", "https://pubmed.ncbi.nlm.nih.gov/")) for link in links
    )
    assert "<script" not in page
    assert "<details><summary>ERBB2 – trastuzumab" in page
    assert miss_sentence() in page


def miss_sentence() -> str:
    return ("A title.\n" + TEXTS["102"])[10:40]


def test_documents_kept_from_tuning_are_told_in_totals_only(project: Path) -> None:
    folder = project / "outputs/own"
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    done = tamrex(project, "evaluate", "outputs/own", "--gold", "own", "--check")
    assert done.returncode == 0, done.stderr
    assert re.search(r"check and even: own \(1 documents\), resistance: precision 1\.00", done.stdout)
    assert "ABCB1" not in done.stdout
    assert before == {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    log = (project / "own/check_log.md").read_text("utf-8")
    assert "`tamrex evaluate own --check --gold own`" in log and "all: own (3 documents)" in log
    everything = "".join(
        path.read_text("utf-8") for path in folder.glob("evaluation.*") if path.suffix != ".png"
    )
    assert "ABCB1" not in everything and '"103"' not in everything


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--min-precision", "0.9"], 0, ""),
        (["--min-recall", "0.9"], 4, "recall of resistance claims is below 0.9: own; it is 0.500"),
        (["--min-recall", "0.9", "--check"], 2, "--check gives totals only"),
        (["--rows", "3"], 2, "--rows goes with --emit-sheet"),
        (["--min-recall", "2"], 2, "--min-recall"),
    ],
)
def test_gates_and_wrong_use(project: Path, arguments: list[str], code: int, words: str) -> None:
    done = tamrex(project, "evaluate", "outputs/own", "--gold", "own", *arguments)
    assert done.returncode == code, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("tamrex: ")]
    assert len(lines) == (1 if code else 0)
    assert words in done.stderr


def test_a_run_compared_with_itself_differs_by_nothing(project: Path) -> None:
    done = tamrex(project, "evaluate", "outputs/own", "--gold", "own", "--compare", "outputs/own")
    assert done.returncode == 0, done.stderr
    assert re.search(r"resistance +precision +\+0\.000 +\[\+0\.000, \+0\.000\] +1\.000", done.stdout)
    assert "The other run less this one" in (project / "outputs/own/evaluation.html").read_text("utf-8")


def test_a_sheet_is_emitted_judged_and_kept(project: Path) -> None:
    sheet = project / "sheet.csv"
    assert tamrex(project, "evaluate", "outputs/own", "--emit-sheet", "sheet.csv").returncode == 0
    with sheet.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0] |= {"verdict": "right", "curator": "A", "date": "2026-01-01"}
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert tamrex(project, "evaluate", "outputs/own", "--emit-sheet", "sheet.csv").returncode == 0
    done = tamrex(project, "evaluate", "--judge", "sheet.csv")
    assert "resistance: right 1.00" in done.stdout and f"without a verdict: {len(rows) - 1}" in done.stdout
    kept = sheet.read_bytes()
    sheet.write_bytes(kept.replace(b",right,", b",rigth,"))
    done = tamrex(project, "evaluate", "--judge", "sheet.csv")
    assert done.returncode == 2 and "unknown verdict 'rigth'" in done.stderr
    done = tamrex(project, "evaluate", "outputs/own", "--emit-sheet", "sheet.csv")
    assert done.returncode == 2 and sheet.read_bytes() == kept.replace(b",right,", b",rigth,")


def test_gold_and_run_without_a_common_document_is_said(project: Path) -> None:
    write_gold(project / "other", {"999": "dev"})
    done = tamrex(project, "evaluate", "outputs/own", "--gold", "other")
    assert done.returncode == 2 and "run and gold share no document" in done.stderr
    done = tamrex(project, "evaluate", "--gold", "other", "--texts", "mine.jsonl")
    assert done.returncode == 2 and "texts and gold share no document" in done.stderr


def test_a_text_that_is_another_one_is_said_and_nothing_is_overwritten(project: Path) -> None:
    write_texts(project / "changed.jsonl", {**TEXTS, "101": "Something else."})
    before = values_of(project)
    done = tamrex(project, "evaluate", "--gold", "own", "--texts", "changed.jsonl")
    assert done.returncode == 2
    assert "text does not match its hash" in done.stderr and "101" in done.stderr
    assert values_of(project) == before
    gold = write_gold(project / "altered")
    words = (gold / "documents.csv").read_text("utf-8")
    (gold / "documents.csv").write_text(re.sub(r"(101,dev,)\w{4}", r"\g<1>0000", words), "utf-8")
    done = tamrex(project, "evaluate", "outputs/own", "--gold", "altered")
    assert done.returncode == 2 and "text does not match its hash" in done.stderr
    done = tamrex(project, "evaluate", "outputs/own", "--gold", "altered", "--leave-out-changed")
    assert done.returncode == 0 and "altered: 1 documents" in done.stdout


def test_a_gold_folder_with_a_fault_is_one_line_each(project: Path) -> None:
    gold = write_gold(project / "faulty")
    (gold / "resistance.csv").write_text("claim_id,pmid\na,101\n", "utf-8")
    done = tamrex(project, "evaluate", "outputs/own", "--gold", "faulty")
    assert done.returncode == 2 and "gold file lacks the column 'optional'" in done.stderr
    write_gold(gold)
    words = (gold / "resistance.csv").read_text("utf-8")
    (gold / "resistance.csv").write_text(words.replace("hgnc:10618", "hgnc:0"), "utf-8")
    done = tamrex(project, "evaluate", "outputs/own", "--gold", "faulty")
    assert done.returncode == 2 and "unknown id 'hgnc:0'" in done.stderr
    done = tamrex(project, "gold", "check", "faulty")
    assert done.returncode == 2
    assert "unknown id 'hgnc:0' in mediator_id" in done.stderr and "has 1 faults" in done.stderr
    assert tamrex(project, "gold", "check", "own").returncode == 0
    done = tamrex(project, "gold", "check", "nowhere")
    assert done.returncode == 2 and "does not exist" in done.stderr


def test_looking_up_needs_an_address(project: Path) -> None:
    for command in ("resolve", "fetch"):
        done = tamrex(project, "gold", command)
        assert done.returncode == 2 and "e-mail" in done.stderr
