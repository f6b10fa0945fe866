"""What an article's text and offsets are."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.records import compose_article


def test_text_is_title_and_labelled_sections() -> None:
    article = compose_article(
        "1", "A  title.", [("BACKGROUND", "Some\u2009words."), ("", ""), ("RESULTS", "More.")]
    )
    assert article.text == "A title.\nBACKGROUND: Some words.\nRESULTS: More."
    assert [(s.label, article.text[s.start : s.end]) for s in article.sections] == [
        ("TITLE", "A title."),
        ("BACKGROUND", "BACKGROUND: Some words."),
        ("RESULTS", "RESULTS: More."),
    ]


def test_record_without_title_begins_with_a_line_break() -> None:
    assert compose_article("1", "", [("", "Words.")]).text == "\nWords."


@given(st.text(), st.lists(st.tuples(st.text(), st.text())))
def test_sections_tile_the_text(title: str, parts: list[tuple[str, str]]) -> None:
    article = compose_article("1", title, parts)
    joined = "\n".join(article.text[s.start : s.end] for s in article.sections)
    assert article.text == (joined if len(article.sections) > 1 else joined + "\n")
