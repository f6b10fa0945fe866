"""Mend the commonest fault of the trees: a past tense read as a participle.

In `knockdown of CCL2 reduced tamoxifen resistance` a tagger trained on full texts takes `reduced` for a
participle before a noun, and the sentence has no verb. English puts no bare participle between two nouns
without a hyphen, so such a word is the finite verb: what stands before is its subject, the noun behind
its object.
"""

from __future__ import annotations

from functools import cache

from spacy.language import Language
from spacy.tokens import Doc, Span, Token

from extractors.relations.triggers import load_triggers

_FINITE = frozenset(("VBD", "VBZ", "VBP", "MD"))
_NOUNS = frozenset(("NN", "NNS", "NNP", "NNPS", "CD", "-RRB-"))
_PREMODIFYING = frozenset(("amod", "compound", "nmod", "npadvmod"))
_CLAUSE_STARTS = frozenset(
    ("that", "which", "whereas", "while", "and", ";", "but", "whether", "how", "because", "as")
)


@cache
def _verbs() -> frozenset[str]:
    """Verbs that carry claims, in forms that can be finite."""
    triggers = load_triggers()
    forms = {w for w, operator in triggers.operators.items() if operator.part == "verb"}
    forms |= {w for w, response in triggers.responses.items() if response.verb}
    for trigger in triggers.macrophage:
        forms |= trigger.verbs
    return frozenset(form for form in forms if not form.endswith("ing"))


@Language.component(
    "tamrex_finite_verbs", requires=["token.dep", "token.tag"], assigns=["token.dep", "token.head"]
)
def mend_finite_verbs(doc: Doc) -> Doc:
    """Make verbs of such participles."""
    for sentence in doc.sents:
        for token in sentence:
            if token.lower_ in _verbs() and _is_mistaken(token, sentence):
                _make_finite(token, sentence)
    return doc


def _is_mistaken(token: Token, sentence: Span) -> bool:
    if token.i in (sentence.start, sentence.end - 1):
        return False
    before, after = token.nbor(-1), token.nbor(1)
    if before.tag_ == "RB" and before.i > sentence.start and before.lower_ not in ("not",):
        before = before.nbor(-1)  # knockdown significantly reduced
    named = any(map(str.isdigit, before.text)) or before.text[1:].lower() != before.text[1:]
    if (before.tag_ not in _NOUNS and not named) or after.tag_ in (
        "HYPH",
        "IN",
        ".",
        ",",
        "CC",
        "TO",
        "-LRB-",
        ":",
    ):
        return False
    if token.tag_ == "VBN" or (
        token.tag_ in ("VBZ", "NNS", "VBD", "VBP", "NN", "VB", "JJ") and token.dep_ in _PREMODIFYING
    ):
        wrongly_placed = token.dep_ in _PREMODIFYING and token.head.i > token.i
        subjectless = (
            token.dep_ == "ROOT"
            and token.tag_ == "VBN"
            and not any(child.dep_ in ("auxpass", "aux", "nsubjpass", "nsubj") for child in token.children)
        )
        if not (wrongly_placed or subjectless):
            return False
    else:
        return False
    return not _has_finite(token, sentence)


def _has_finite(token: Token, sentence: Span) -> bool:
    """Tell whether the clause up to the token has its verb, or one behind it needs this subject."""
    for other in reversed(sentence.doc[sentence.start : token.i]):
        if other.lower_ in _CLAUSE_STARTS:
            break
        if other.tag_ in _FINITE and other.dep_ not in _PREMODIFYING:
            return True
    for other in sentence.doc[token.i + 1 : sentence.end]:
        if other.lower_ in _CLAUSE_STARTS or other.text in (",", ":"):
            break
        if other.tag_ in _FINITE and other.dep_ not in _PREMODIFYING and other.lower_ not in _verbs():
            return True
        if other.tag_ in _FINITE:
            return True
    return False


def _make_finite(token: Token, sentence: Span) -> None:
    doc = sentence.doc
    object_head = token.head if token.head.i > token.i else None
    above = object_head.head if object_head is not None else token.head
    relation = object_head.dep_ if object_head is not None else token.dep_
    if object_head is not None:
        if object_head.dep_ == "ROOT" or object_head.head.i == object_head.i or above.i < token.i:
            token.head, token.dep_ = token, "ROOT"
        else:
            token.head, token.dep_ = above, relation
    root = sentence.root
    # Everything before that hung on something behind hangs on the verb or on its preposition now.
    for other in doc[sentence.start : token.i]:
        if other.head.i > token.i or (
            other.head.i == token.i and other.dep_ in (*_PREMODIFYING, "advmod") and other.tag_ != "RB"
        ):
            previous = other.nbor(-1) if other.i > sentence.start else None
            if previous is not None and previous.tag_ == "IN":
                other.head, other.dep_ = previous, "pobj"
            elif other.tag_ in _NOUNS or other.tag_ == "JJ":
                other.head, other.dep_ = token, "nsubj"
            else:
                other.head = token
        elif other.head.i == other.i and other.dep_ == "ROOT" and token.dep_ == "ROOT":
            other.head, other.dep_ = token, "nsubj"
    if object_head is not None:
        object_head.head, object_head.dep_ = token, "dobj"
    if (
        root.i > token.i
        and root.dep_ == "ROOT"
        and token.dep_ == "ROOT"
        and (object_head is None or root.i != object_head.i)
    ):
        root.head, root.dep_ = token, "conj"
    token.tag_ = "VBD" if token.lower_.endswith("ed") or token.tag_ == "VBN" else "VBZ"
