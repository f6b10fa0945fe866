"""PubMed XML: what a record becomes, and what is told of records that can't be used."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from pipeline.records import Article, Rejection
from pipeline.sources.pubmed_xml import read_pubmed_xml
from tests.pipeline.sources.records import BOOK, DELETED, article, article_set


def read(raw: bytes) -> list[Article | Rejection]:
    return list(read_pubmed_xml(io.BytesIO(raw), "test.xml"))


def one(record: str) -> Article:
    (found,) = read(article_set(record))
    assert isinstance(found, Article), found
    return found


def test_markup_is_dropped_and_its_words_kept_without_a_space() -> None:
    record = article(
        "1",
        "CD8<sup>+</sup> cells and TGF-<sub>β</sub>1",
        "<AbstractText>At the <i>TERT</i> gene, p &lt; 0.05.</AbstractText>",
    )
    assert one(record).text == "CD8+ cells and TGF-β1\nAt the TERT gene, p < 0.05."


def test_a_structured_abstract_keeps_its_labels_and_their_places() -> None:
    abstract = (
        '<AbstractText Label="AIM">To see.</AbstractText><AbstractText Label="UNLABELLED">Plain.</AbstractText>'
        '<AbstractText Label="RESULTS"></AbstractText><AbstractText Label="RESULTS">Seen.</AbstractText>'
    )
    found = one(article("1", "T.", abstract))
    assert found.text == "T.\nAIM: To see.\nPlain.\nRESULTS: Seen."
    assert [found.text[s.start : s.end] for s in found.sections][1:] == [
        "AIM: To see.",
        "Plain.",
        "RESULTS: Seen.",
    ]


def test_mathml_layout_is_no_text() -> None:
    math = (
        '<mml:math xmlns:mml="http://www.w3.org/1998/Math/MathML">\n  <mml:mi>x</mml:mi>\n  <mml:mn>2</mml:mn>\n'
        "</mml:math>"
    )
    assert one(article("1", f"A {math} b")).title == "A x2 b"


def test_only_the_records_own_pmid_and_doi_count() -> None:
    more = "<CommentsCorrectionsList><CommentsCorrections RefType='Cites'><PMID>777</PMID></CommentsCorrections></CommentsCorrectionsList>"
    data = "<ReferenceList><Reference><ArticleIdList><ArticleId IdType='doi'>10.9/cited</ArticleId></ArticleIdList></Reference></ReferenceList>"
    found = one(article("12", more=more, data=data))
    assert (found.pmid, found.doi) == ("12", "10.1/12")


def test_retracted_by_type_or_by_link_but_not_the_notice() -> None:
    link = "<CommentsCorrectionsList><CommentsCorrections RefType='{}'/></CommentsCorrectionsList>"
    assert one(article("1", types="<PublicationType>Retracted Publication</PublicationType>")).retracted
    assert one(article("1", more=link.format("RetractionIn"))).retracted
    assert not one(article("1", more=link.format("RetractionOf"))).retracted


def test_the_year_comes_from_any_shape_of_date() -> None:
    assert one(article("1", date="<MedlineDate>1998 Dec-1999 Jan</MedlineDate>")).year == 1998
    assert one(article("1", date="<Season>Spring</Season>")).year is None


def test_a_record_without_an_abstract_is_read_by_its_title() -> None:
    assert one(article("1", "Only a title.", "")).text == "Only a title.\n"


def test_an_untranslated_title_gives_way_to_the_original() -> None:
    record = article("1", "[Not Available].", "").replace(
        "</Article>", "<VernacularTitle>Ein Titel</VernacularTitle></Article>"
    )
    assert one(record).title == "Ein Titel"


def test_books_and_deletions_are_told_apart() -> None:
    book, *deleted = read(article_set(BOOK, DELETED))
    assert isinstance(book, Article) and book.title == "A chapter" and book.article_type.startswith("Book")
    assert [(r.pmid, r.reason.split(":")[0]) for r in deleted] == [("901", "deleted"), ("902", "deleted")]


def test_a_record_with_neither_title_nor_abstract_or_no_pmid_is_rejected() -> None:
    reasons = [r.reason.split(":")[0] for r in read(article_set(article("1", "", ""), article("", "T.")))]
    assert reasons == ["no-text", "no-pmid"]


def test_what_is_no_pubmed_xml_is_one_line() -> None:
    for raw in (b"", b"<html><body>Error 500</body></html>", b'{"error":"API rate limit exceeded"}'):
        (found,) = read(raw)
        assert isinstance(found, Rejection) and found.reason.startswith("not-pubmed-xml")


WHOLE = article_set(*(article(str(n), f"Title {n}.") for n in range(1, 5)))


@given(st.integers(min_value=0, max_value=len(WHOLE)))
def test_xml_cut_anywhere_gives_the_records_before_the_cut(cut: int) -> None:
    found = read(WHOLE[:cut])
    records = [r for r in found if isinstance(r, Article)]
    assert [r.pmid for r in records] == [str(n) for n in range(1, len(records) + 1)]
    assert len(records) >= WHOLE[:cut].count(b"</PubmedArticle>\n") - 1
    if cut < len(WHOLE):
        (last,) = [r for r in found if isinstance(r, Rejection)]
        assert found[-1] is last
        assert last.reason.split(":")[0] in ("truncated-xml", "not-pubmed-xml")
