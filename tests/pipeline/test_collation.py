"""Claims over all records: who speaks for one, who against it, and retracted articles for neither."""

from dataclasses import replace

from extractors.types import Mention, Relation
from pipeline.collation import Claims
from pipeline.evidence import Evidence, Row
from pipeline.records import compose_article

IL6 = Mention(0, 4, "IL-6", "cytokine", "hgnc:6018", "IL6")
CISPLATIN = Mention(14, 23, "cisplatin", "drug", "drugbank:DB00515", "cisplatin")
STATED = Relation(
    kind="resistance",
    arguments={"mediator": IL6, "drug": CISPLATIN},
    labels={"effect": "promotes", "basis": "functional"},
    lists={},
    spans=((0, 34),),
    score=0.9,
    pattern="subject",
)


def stated(
    pmid: str, *, effect: str = "promotes", negated: bool = False, retracted: bool = False, score: float = 0.9
) -> Evidence:
    words = f"IL-6 promotes cisplatin resistance in {pmid}."
    article = compose_article(pmid, words, [], year=2000 + int(pmid), retracted=retracted)
    relation = replace(
        STATED,
        labels={**STATED.labels, "effect": effect},
        negated=negated,
        score=score,
        spans=((0, len(words)),),
    )
    return Evidence(article, relation, accepted=True)


def claims_of(*rows: Evidence) -> list[Row]:
    claims = Claims()
    for row in rows:
        claims.add(row)
    return list(claims.rows())


def test_articles_are_counted_once_however_often_they_state_a_claim() -> None:
    (claim,) = claims_of(stated("1"), stated("1", score=0.95), stated("2"))
    assert (claim["n_articles_for"], claim["n_evidence"], claim["pmids"]) == (2, 3, "1|2")
    assert (claim["first_year"], claim["last_year"], claim["n_functional"]) == (2001, 2002, 2)


def test_contradictions_stand_on_both_claims_with_their_articles() -> None:
    claims = claims_of(stated("1"), stated("2"), stated("3", effect="reverses"), stated("4", negated=True))
    assert [
        (c["effect"], c["n_articles_for"], c["n_articles_against"], c["pmids_against"]) for c in claims
    ] == [("promotes", 2, 2, "3|4"), ("reverses", 1, 2, "1|2")]


def test_retracted_articles_count_neither_for_nor_against_and_are_not_quoted() -> None:
    (claim,) = claims_of(
        stated("1", score=0.85),
        stated("2", retracted=True, score=0.99),
        stated("3", negated=True, retracted=True),
        stated("4", effect="reverses", retracted=True),
    )
    assert (claim["pmids"], claim["n_articles_against"], claim["n_evidence"]) == ("1", 0, 1)
    assert claim["best_passage"] == "IL-6 promotes cisplatin resistance in 1."


def test_claim_that_only_retracted_articles_state_is_gone() -> None:
    assert claims_of(stated("2", retracted=True)) == []


def test_denied_claim_that_nobody_states_is_no_claim() -> None:
    assert claims_of(stated("2", negated=True)) == []
