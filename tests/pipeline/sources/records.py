"""Small PubMed records of our own in the shapes that PubMed sends."""

from __future__ import annotations


def article(
    pmid: str,
    title: str = "A title.",
    abstract: str = "<AbstractText>Some words.</AbstractText>",
    *,
    version: str = "1",
    types: str = "<PublicationType>Journal Article</PublicationType>",
    date: str = "<Year>2021</Year>",
    more: str = "",
    data: str = "",
) -> str:
    """Return a PubmedArticle."""
    holder = f"<Abstract>{abstract}</Abstract>" if abstract else ""
    return f"""<PubmedArticle><MedlineCitation Status="MEDLINE"><PMID Version="{version}">{pmid}</PMID>
<Article><Journal><JournalIssue><PubDate>{date}</PubDate></JournalIssue><Title>Journal of Tests</Title></Journal>
<ArticleTitle>{title}</ArticleTitle>{holder}<PublicationTypeList>{types}</PublicationTypeList></Article>{more}
</MedlineCitation><PubmedData><ArticleIdList><ArticleId IdType="pubmed">{pmid}</ArticleId>
<ArticleId IdType="doi">10.1/{pmid}</ArticleId></ArticleIdList>{data}</PubmedData></PubmedArticle>"""


def article_set(*records: str) -> bytes:
    """Return a PubmedArticleSet with its declaration."""
    head = '<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle//EN" '
    head += '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_260101.dtd">\n'
    return (head + "<PubmedArticleSet>" + "\n".join(records) + "</PubmedArticleSet>").encode()


BOOK = """<PubmedBookArticle><BookDocument><PMID Version="1">900</PMID><Book><BookTitle>A book</BookTitle>
<PubDate><Year>2009</Year></PubDate></Book><ArticleTitle>A chapter</ArticleTitle>
<Abstract><AbstractText>Words of the chapter.</AbstractText></Abstract></BookDocument></PubmedBookArticle>"""
DELETED = "<DeleteCitation><PMID Version='1'>901</PMID><PMID Version='1'>902</PMID></DeleteCitation>"
