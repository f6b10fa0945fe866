"""Whom a claim concerns beside mediator and drug: macrophages, their part, the way, the cancer."""

import pytest
from spacy.language import Language

from extractors.relations import extract_relations
from extractors.types import Relation

TWO_SENTENCES = (
    "In gastric cancer, exosomal miR-21 from M2-like macrophages lowers PTEN in tumour cells. "
    "This enhances their resistance to cisplatin."
)


def the_claim(nlp: Language, text: str, mediator: str) -> Relation:
    claims = [r for r in extract_relations(nlp(f"\n{text}")) if r.kind == "resistance"]
    return next(r for r in claims if r.arguments["mediator"].text == mediator)


@pytest.mark.parametrize(
    ("text", "mediator", "population", "role"),
    [
        ("IL-6 secreted by TAMs confers docetaxel resistance.", "IL-6", "TAMs", "source"),
        (
            "M2 macrophages protect breast cancer cells from paclitaxel through the IL-10/STAT3 pathway, "
            "so that IL-10 promotes paclitaxel resistance.",
            "IL-10",
            "M2 macrophages",
            "source",
        ),
        (
            "CCL2 recruits macrophages and thereby promotes resistance to cisplatin.",
            "CCL2",
            "macrophages",
            "recipient",
        ),
        (TWO_SENTENCES, "miR-21", "M2-like macrophages", "source"),
        (
            "Knockdown of HCG11 suppressed M2-like TAM polarization. HCG11 promotes cetuximab resistance.",
            "HCG11",
            "M2-like TAM",
            "recipient",
        ),
        (
            "Depletion of macrophages restored sensitivity to cisplatin.",
            "macrophages",
            "macrophages",
            "mediator",
        ),
    ],
)
def test_macrophages_and_their_part(
    nlp: Language, text: str, mediator: str, population: str, role: str
) -> None:
    claim = the_claim(nlp, text, mediator)
    assert (claim.arguments["population"].text, claim.labels["population_role"]) == (population, role)


def test_no_macrophages_where_the_text_has_none(nlp: Language) -> None:
    claim = the_claim(nlp, "Silencing of CCL2 restored sensitivity to tamoxifen.", "CCL2")
    assert "population" not in claim.arguments and "population_role" not in claim.labels


def test_cancer_of_a_claim_over_two_sentences(nlp: Language) -> None:
    assert the_claim(nlp, TWO_SENTENCES, "miR-21").arguments["cancer"].text == "gastric cancer"


@pytest.mark.parametrize(
    ("text", "mediator", "way"),
    [
        ("CCL2 promotes tamoxifen resistance via STAT3.", "CCL2", ["STAT3"]),
        ("The CCL2/STAT3/BCL2 axis promotes tamoxifen resistance.", "CCL2", ["STAT3", "BCL2"]),
        ("CCL2/CCL5 promote tamoxifen resistance.", "CCL2", []),
    ],
)
def test_way_of_a_claim(nlp: Language, text: str, mediator: str, way: list[str]) -> None:
    found = [mention.name for mention in the_claim(nlp, text, mediator).lists.get("via", ())]
    assert found == way
