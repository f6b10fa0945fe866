"""Gold without text joined with texts of a user's own."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluation.gold_folder import Gold, GoldDocument
from pipeline.evaluation.texts import find_again, join_texts
from pipeline.records import Article, compose_article

TITLE, ABSTRACT = "IL-6 in glioma.", "IL-6 was high. Blocking IL-6 restored sensitivity to temozolomide."


def article(abstract: str, label: str = "") -> Article:
    return compose_article("1", TITLE, [(label, abstract)])


def mentions(text: str, *words: str) -> list[dict[str, str]]:
    """Mark each of the words in turn, the second time at its second place."""
    at, rows = 0, []
    for word in words:
        at = text.index(word, at)
        rows.append({"pmid": "1", "start": str(at), "end": str(at + len(word)), "text": word})
        at += len(word)
    return rows


def gold_of(own: Article, *words: str) -> Gold:
    document = GoldDocument("1", "dev", own.digest)
    claim = {"pmid": "1", "mediator_text": "IL-6", "mediator_start": "0", "cancer_text": "lymphoma"}
    rows = tuple(mentions(own.text, *words))
    return Gold("g", {"1": document, "2": GoldDocument("2")}, {"resistance": (claim,)}, rows)


def test_the_same_text_is_joined_as_it_is() -> None:
    own = article(ABSTRACT)
    joined = join_texts(gold_of(own, "IL-6", "temozolomide"), {"1": own})
    assert (joined.moved, joined.changed, joined.absent) == ((), (), ("2",))
    assert [row["start"] for row in joined.gold.mentions] == ["0", str(own.text.index("temozolomide"))]


def test_a_copy_with_a_label_is_the_same_text_elsewhere() -> None:
    own, copy = article(ABSTRACT), article(ABSTRACT, "RESULTS")
    joined = join_texts(gold_of(own, "IL-6", "IL-6", "IL-6", "temozolomide"), {"1": copy})
    assert joined.moved == ("1",)
    assert all(copy.text[int(r["start"]) : int(r["end"])] == r["text"] for r in joined.gold.mentions)


def test_an_unmarked_place_with_the_same_words_is_passed_over() -> None:
    own, copy = article(ABSTRACT), article(ABSTRACT, "RESULTS")
    third = own.text.rindex("IL-6")
    rows = [{"pmid": "1", "start": str(third), "end": str(third + 4), "text": "IL-6"}]
    found = find_again(rows, copy.text)
    assert found is not None and int(found[0]["start"]) == copy.text.rindex("IL-6")


def test_other_words_are_told_and_left_out() -> None:
    own = article(ABSTRACT)
    joined = join_texts(gold_of(own, "temozolomide"), {"1": article("IL-6 was low.")})
    assert joined.changed == ("1",)
    assert not joined.gold.documents and not joined.gold.claims["resistance"]


def test_a_copy_that_lacks_the_words_of_a_claim_is_another_text() -> None:
    own = article(ABSTRACT)
    copy = compose_article("1", "Title.", [("", "Blocking it restored sensitivity to temozolomide.")])
    assert join_texts(gold_of(own, "temozolomide"), {"1": copy}).changed == ("1",)


@given(st.lists(st.sampled_from(["IL-6", "CCL2", "of", "in"]), min_size=1, max_size=12), st.integers(0, 9))
def test_every_mention_found_again_has_its_words_in_order(words: list[str], moved: int) -> None:
    text = " ".join(words)
    rows = mentions(text, *[word for word in words if word in ("IL-6", "CCL2")])
    found = find_again(rows, "x" * moved + text)
    assert found is not None
    assert [int(new["start"]) - int(old["start"]) for new, old in zip(found, rows, strict=True)] == [
        moved
    ] * len(rows)
