"""Questions to a run: rows with their sentences."""

from pathlib import Path

import pytest

from pipeline.asking import Question, explain_evidence, find_evidence, first_claims
from pipeline.errors import UsageError
from pipeline.export.tables import read_table
from tests.pipeline.test_export import SENTENCE, write_example


@pytest.mark.parametrize(
    ("question", "count"),
    [
        (Question(mediator="il-6"), 1),
        (Question(mediator="hgnc:6018", drug="Cisplatin"), 1),
        (Question(drug="gemcitabine"), 0),
        (Question(effect="reverses"), 0),
        (Question(macrophage_only=True), 1),
        (Question(cancer="melanoma"), 0),
    ],
)
def test_questions(tmp_path: Path, question: Question, count: int) -> None:
    write_example(tmp_path)
    answers = [*find_evidence(tmp_path, question)]
    assert len(answers) == count
    assert all(SENTENCE in answer.plain for answer in answers)


def test_entities_are_coloured_where_they_stand(tmp_path: Path) -> None:
    write_example(tmp_path)
    (answer,) = find_evidence(tmp_path, Question())
    passage = answer.plain.index(SENTENCE)
    coloured = {answer.plain[s.start : s.end] for s in answer.spans if s.start >= passage}
    assert {"IL-6", "cisplatin"} <= coloured


def test_a_row_explains_itself(tmp_path: Path) -> None:
    write_example(tmp_path)
    (row,) = read_table(tmp_path, "resistance")
    words = "\n".join(line.plain for line in explain_evidence(tmp_path, row["evidence_id"]))
    assert "pattern: example" in words
    assert SENTENCE in words
    with pytest.raises(UsageError, match="no row has this evidence id"):
        [*explain_evidence(tmp_path, "0" * 16)]


def test_first_claims_name_the_population(tmp_path: Path) -> None:
    write_example(tmp_path)
    (line,) = first_claims(tmp_path, 3)
    assert " ".join(line.plain.split()) == "IL-6 promotes resistance to cisplatin · Macrophage (1 articles)"
