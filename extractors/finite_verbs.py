"""Mend the commonest faults of the trees: a past tense read as a participle, a verb hung on a noun.

In `knockdown of CCL2 reduced tamoxifen resistance` a tagger trained on full texts takes `reduced` for a
participle before a noun, and the sentence has no verb. English puts no bare participle between two nouns
without a hyphen, so such a word is the finite verb: what stands before is its subject, the noun behind
its object.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple, cast

from spacy.tokens import Doc, Span, Token
from thinc.types import Ints2d

from extractors.relations.graph import is_verb
from extractors.relations.interventions import load_effects
from extractors.relations.triggers import load_triggers

_FINITE = frozenset(("VBD", "VBZ", "VBP", "MD"))
_CHANGED: list[int | str] = ["TAG", "HEAD", "DEP"]
_NOUNS = frozenset(("NN", "NNS", "NNP", "NNPS", "CD", "-RRB-"))
_PREMODIFYING = frozenset(("amod", "compound", "nmod", "npadvmod"))
_CLAUSE_STARTS = frozenset(
    "that which whereas while and ; but whether how because as".split()  # a clause of its own begins
)
_SO = frozenset(("thereby", "thus", "hence", "subsequently", "consequently", "therefore", "then", "also"))
_AFTER_NO_OBJECT = frozenset(("HYPH", "IN", ".", ",", "CC", "TO", "-LRB-", ":"))


@cache
def _verbs() -> frozenset[str]:
    """Verbs that carry claims, in forms that can be finite."""
    triggers = load_triggers()
    forms = {w for w, operator in triggers.operators.items() if operator.part == "verb"}
    forms |= {w for w, responses in triggers.responses.items() if responses[0].verb}
    for trigger in triggers.macrophage:
        forms |= trigger.verbs
    for effect in load_effects()[0]:
        forms |= effect.verbs
    return frozenset(form for form in forms if not form.endswith("ing"))


def mend_finite_verbs(doc: Doc) -> Doc:
    """Make verbs of such participles, and hang coordinated verbs on verbs.

    A tree that would not be one afterwards is left as the parser gave it.
    """
    given = doc.to_array(_CHANGED)
    _mend(doc)
    if not _is_forest(doc):
        doc.from_array(_CHANGED, cast("Ints2d", given))
    return doc


def _is_forest(doc: Doc) -> bool:
    """Tell whether every token leads up to a root."""
    sure = [False] * len(doc)
    for token in doc:
        way: list[int] = []
        at = token
        while not sure[at.i] and at.head.i != at.i:
            if len(way) > len(doc):
                return False
            way.append(at.i)
            at = at.head
        sure[at.i] = True
        for place in way:
            sure[place] = True
    return True


def _mend(doc: Doc) -> None:
    for sentence in doc.sents:
        for token in sentence:
            if token.lower_ not in _verbs() or token.i in (sentence.start, sentence.end - 1):
                continue
            if _is_coordinated(token, sentence):
                _coordinate(token, sentence)
            elif _is_mistaken(token, sentence):
                _make_finite(token, sentence)
            elif token.dep_ == "acl" and _is_mistaken_clause(token, sentence):
                _make_clause_main(token)
            if token.dep_ == "conj":
                _join_report(token)
            if token.tag_ in _FINITE or token.dep_ == "ROOT":
                _give_subject(token)


def _is_coordinated(token: Token, sentence: Span) -> bool:
    """Tell whether a word after `and` is a verb: `activated AXL and thereby induced resistance`."""
    before = token.nbor(-1)
    if before.lower_ in _SO and before.i > sentence.start:
        before = before.nbor(-1)
    if before.lower_ not in ("and", "but", ",") or token.nbor(1).tag_ in _AFTER_NO_OBJECT - {"IN", "TO"}:
        return False
    if token.dep_ == "conj":
        # `to suppress metastasis and increase sensitivity`
        governs = token.tag_ == "NN" and any(child.dep_ == "dobj" for child in token.children)
        verbal = token.tag_ in _FINITE | {"VB"} or governs
        return verbal and token.head.tag_[:2] in ("NN", "JJ", "CD")
    mistaken = (
        token.dep_ in _PREMODIFYING and token.head.i > token.i and token.tag_ in ("VBN", "JJ", "VBD", "VBZ")
    )
    return mistaken and before.lower_ == "and" and _verb_before(token, sentence) is not None


def _verb_before(token: Token, sentence: Span) -> Token | None:
    """Return the nearest finite verb before, that of the same clause."""
    for other in reversed(sentence.doc[sentence.start : token.i]):
        if other.lower_ in ("that", "which", "whereas", "while", ";", "because"):
            return None
        finite = other.tag_ in _FINITE and other.tag_ != "MD"
        infinitive = other.tag_ == "VB" and any(child.tag_ in ("MD", "TO") for child in other.children)
        if (finite or infinitive) and other.dep_ not in _PREMODIFYING:
            return other
    return None


def _coordinate(token: Token, sentence: Span) -> None:
    verb = _verb_before(token, sentence)
    if verb is None or any(ancestor.i in (token.i, token.head.i) for ancestor in verb.ancestors):
        return
    if token.dep_ in _PREMODIFYING:
        governed = token.head
        token.head, token.dep_ = verb, "conj"
        governed.head, governed.dep_ = token, "dobj"
        token.tag_ = "VBD" if token.lower_.endswith("ed") else "VBZ"
    else:
        token.head, token.dep_ = verb, "conj"
        if token.tag_ == "NN":
            token.tag_ = verb.tag_ if verb.tag_ in ("VB", "VBP") else "VB"


def _is_mistaken(token: Token, sentence: Span) -> bool:
    before, after = token.nbor(-1), token.nbor(1)
    if before.tag_ == "RB" and before.i > sentence.start and before.lower_ != "not":
        before = before.nbor(-1)  # knockdown significantly reduced
    named = any(map(str.isdigit, before.text)) or before.text[1:].lower() != before.text[1:]
    # `X, a specific inhibitor, reprograms TAMs`
    apposed = before.text == "," and _closes_apposition(before, sentence)
    if before.tag_ not in _NOUNS and not named and not apposed:
        return False
    goes_on = after.lower_ == "and" and after.i + 1 < sentence.end and after.nbor(1).tag_ in ("VBZ", "VBD")
    if after.tag_ in _AFTER_NO_OBJECT and not goes_on:
        return False
    if token.tag_ != "VBN" and not (
        token.tag_ in ("VBZ", "NNS", "VBD", "VBP", "NN", "VB", "JJ") and token.dep_ in _PREMODIFYING
    ):
        return False
    wrongly_placed = token.dep_ in _PREMODIFYING and token.head.i > token.i
    subjectless = (
        token.dep_ == "ROOT"
        and token.tag_ == "VBN"
        and not any(child.dep_ in ("auxpass", "aux", "nsubjpass", "nsubj") for child in token.children)
    )
    return (wrongly_placed or subjectless) and not _has_finite(token, sentence)


def _closes_apposition(comma: Token, sentence: Span) -> bool:
    """Tell whether a comma closes what a sentence puts behind its first name: `X, an inhibitor of Y,`."""
    words = sentence.doc[sentence.start : comma.i]
    commas = [token.i for token in words if token.text == ","]
    return len(commas) == 1 and 0 < commas[0] - sentence.start <= 5 and words[-1].tag_ in _NOUNS


def _is_mistaken_clause(token: Token, sentence: Span) -> bool:
    """Tell whether a clause after a noun is the sentence itself: `TAMs released large amounts of CCL8`."""
    if token.head.i >= token.i or token.tag_ not in ("VBN", "VBD"):
        return False
    return token.nbor(1).tag_ not in _AFTER_NO_OBJECT and not _has_finite(token, sentence)


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
        if other.tag_ in _FINITE:
            return True
    return False


def _make_clause_main(token: Token) -> None:
    subject = token.head
    if subject.dep_ == "ROOT":
        token.head, token.dep_ = token, "ROOT"
    else:
        token.head, token.dep_ = subject.head, subject.dep_
    subject.head, subject.dep_ = token, "nsubj"
    token.tag_ = "VBD"


class _Clause(NamedTuple):
    """Where a verb's clause begins, and what it hangs on: nothing in a main clause."""

    start: int
    opener: Token | None = None
    governor: Token | None = None


def _clause_of(token: Token, sentence: Span) -> _Clause:
    """Find the clause of a verb that the tree doesn't know.

    In `we found that a drop in XB130 increased sensitivity` the tree has no verb behind `that`, and hangs
    everything on it; in `cells secreted CCL2, and its knockdown restored sensitivity` the first clause has a
    verb of its own.
    """
    for opener in reversed(sentence.doc[sentence.start : token.i]):
        if opener.lower_ == "that" and opener.i > sentence.start:
            saying = opener.nbor(-1)
            if saying.lower_ in (",", "and") and saying.i > sentence.start:
                saying = saying.nbor(-1)
            if is_verb(saying) or saying.dep_ == "ROOT":
                return _Clause(opener.i + 1, opener, saying)
            return _Clause(sentence.start)
        joins = opener.lower_ in ("and", "but") and opener.i > sentence.start and opener.nbor(-1).text == ","
        if joins or opener.text == ";":
            verb = next(
                (t for t in sentence.doc[sentence.start : opener.i] if t.tag_ in _FINITE and t.tag_ != "MD"),
                None,
            )
            if verb is not None and verb.dep_ not in _PREMODIFYING:
                return _Clause(opener.i + 1, None, verb)
        if opener.lower_ in _CLAUSE_STARTS - {"and", "as"}:
            break
    return _Clause(sentence.start)


def _make_finite(token: Token, sentence: Span) -> None:
    doc = sentence.doc
    object_head = token.head if token.head.i > token.i else None
    root = sentence.root
    start, opener, governor = _clause_of(token, sentence)
    if governor is not None:
        if any(ancestor.i >= start for ancestor in governor.ancestors):
            return  # what comes before hangs on what comes behind: nothing is sure here
        token.head, token.dep_ = governor, "ccomp" if opener is not None else "conj"
        if opener is not None:
            opener.head, opener.dep_ = token, "mark"
    elif object_head is not None:
        above = object_head.head
        if object_head.dep_ == "ROOT" or above.i < token.i or above.i == object_head.i:
            token.head, token.dep_ = token, "ROOT"
        else:
            token.head, token.dep_ = above, object_head.dep_
    # Everything before that hung on something behind hangs on the verb or on its preposition now.
    for other in doc[start : token.i]:
        own = other.head.i == token.i and other.dep_ in (*_PREMODIFYING, "advmod") and other.tag_ != "RB"
        if governor is not None and other.head.i < start and other.tag_ in _NOUNS:
            # What hung on `that`, or on a noun of the clause before, is the subject.
            other.head, other.dep_ = token, "nsubj"
        elif other.head.i > token.i or own:
            edge = min(other.left_edge.i, other.i)
            previous = doc[edge - 1] if edge > start else None
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
        if root.i > token.i and root.dep_ == "ROOT" and token.dep_ == "ROOT" and root.i != object_head.i:
            root.head, root.dep_ = token, "conj"
    token.tag_ = "VBD" if token.lower_.endswith("ed") or token.tag_ == "VBN" else "VBZ"


def _join_report(token: Token) -> None:
    """Hang a verb on what was found, not on the finding: `we found that X lowered A and raised B`."""
    verb = token.head
    if (
        not is_verb(token)
        or not is_verb(verb)
        or any(c.dep_ in ("nsubj", "nsubjpass") for c in token.children)
    ):
        return
    found = [c for c in verb.children if c.dep_ == "ccomp" and verb.i < c.i < token.i and is_verb(c)]
    if found and found[-1].tag_[:3] == token.tag_[:3]:
        token.head = found[-1]


def _give_subject(token: Token) -> None:
    """Make the noun before a verb without a subject its subject."""
    if any(child.dep_ in ("nsubj", "nsubjpass", "csubj") for child in token.children) or token.dep_ == "conj":
        return
    for child in token.children:
        if child.i < token.i and child.dep_ in ("npadvmod", "compound", "nmod") and child.tag_ in _NOUNS:
            child.dep_ = "nsubj"
            return
