"""Claims that a mediator changes the response to a drug."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from spacy.tokens import Doc, Span, Token

from extractors.context import is_question, is_speculated, negators
from extractors.relations.candidates import (
    DRUGS,
    MEDIATORS,
    MOLECULES,
    NAMED_DRUGS,
    Reaction,
    SentenceView,
    concept_key,
)
from extractors.relations.direction import (
    mediator_words,
    operator_at,
    response_words,
    total_sign,
    way_signs,
)
from extractors.relations.graph import SUBJECTS, Way, is_verb, span_root, through_conjuncts, way_between
from extractors.relations.triggers import load_triggers

_MEANS = frozenset(
    (
        "by",
        "via",
        "through",
        "with",
        "upon",
        "after",
        "following",
        "using",
        "from",
        "due",
        "in",
        "because",
        "under",
    )
)
_MAKING = frozenset(
    (
        "secrete secreted secretes secreting release released releases releasing produce produces produced "
        "producing deliver delivered delivers delivering transfer transferred transferring carry carried "
        "carries carrying express expressed expresses expressing transmit transmitted contain contained "
        "containing upregulate upregulated upregulates upregulating"
    ).split()
)
_COMPOUND = frozenset(
    (
        "mediated induced driven dependent triggered conferred promoted associated related caused derived "
        "based regulated enhanced dependant stimulated elicited activated"
    ).split()
)
_LEVEL_WORDS = frozenset(
    (
        "and or expression levels level of the were was are is significantly markedly both mrna protein also "
        "expressions being been has have that be"
    ).split()
)
_PASSIVE_LINKS = frozenset(("nsubjpass", "csubjpass"))
_VIA_VERBS = frozenset(
    (
        "targeting regulating activating inhibiting downregulating suppressing upregulating modulating "
        "inducing increasing decreasing reducing enhancing promoting binding stabilizing sponging repressing "
        "blocking"
    ).split()
)


@dataclass
class Link:
    """How a mediator and a word of response hang together."""

    mediator: Span
    reaction: Reaction
    sign: int
    pattern: str
    association: bool
    done: list[int] = field(default_factory=list)
    """Indexes of the words that say what was done to the mediator."""
    negated: bool = False
    sure: float = 0.8
    words: tuple[int, int] = (0, 0)
    """First and last token that take part."""


def find_links(view: SentenceView) -> Iterator[Link]:
    """Yield all links of a sentence between a mediator and a word of response that isn't a mere attribute."""
    mediators = view.of_kind(MEDIATORS)
    for reaction in view.reactions:
        for mediator in mediators:
            if any(mediator.start < d.end and d.start < mediator.end for d in reaction.drugs):
                continue
            link = _link(view, mediator, reaction)
            if link is not None:
                link.words = (min(mediator.start, reaction.token.i), max(mediator.end - 1, reaction.token.i))
                yield link


def _link(view: SentenceView, mediator: Span, reaction: Reaction) -> Link | None:
    root = span_root(view.doc, mediator.start, mediator.end)
    way = way_between(root, reaction.token)
    if way is None:
        return None
    if reaction.attributive:
        return _grouped(view, mediator, reaction, way)
    for shape in (_inside, _below, _across):
        link = shape(view, mediator, reaction, way)
        if link is not None:
            return link
    return _in_line(view, mediator, reaction)


def _make(
    view: SentenceView,
    mediator: Span,
    reaction: Reaction,
    chain: list[Token],
    between: list[Token],
    pattern: str,
    sure: float,
) -> Link | None:
    """Multiply the signs: what is done to the mediator, what stands between, what qualifies the response."""
    done = mediator_words(view.doc, mediator, chain)
    seen = set(done) | {reaction.token.i}
    operators, association = way_signs(between, seen)
    qualified = response_words(reaction.token, seen | set(operators))
    signs = [*done.values(), *operators.values(), *qualified.values(), reaction.response.sign]
    denied = _denied([*between, reaction.token])
    return Link(
        mediator,
        reaction,
        total_sign(signs),
        pattern,
        association and not any(s < 0 for s in done.values()),
        sorted(done),
        denied,
        sure,
    )


def _denied(tokens: list[Token]) -> bool:
    around = [
        child for token in tokens for child in token.children if child.i < token.i or child.dep_ == "neg"
    ]
    return bool(negators(around) or negators([t for t in tokens if t.lower_ in ("fail", "fails", "failed")]))


def _inside(view: SentenceView, mediator: Span, reaction: Reaction, way: Way) -> Link | None:
    """The mediator hangs on the response itself: `IL-6-mediated resistance`, `X sensitises cells`."""
    if way.meet.i != reaction.token.i or not way.up:
        return None
    chain, top = list(way.up), way.up[-1]
    if reaction.response.verb or is_verb(reaction.token):
        if top.dep_ in SUBJECTS | {"agent"} and top.dep_ not in _PASSIVE_LINKS:
            return _make(view, mediator, reaction, chain, [], "subject-of-response", 0.85)
        if top.dep_ in ("prep", "agent") and top.lower_ in _MEANS:
            return _make(view, mediator, reaction, chain, [], "means-of-response", 0.7)
        return None
    compound = [t for t in chain if t.lower_ in _COMPOUND and t.i < reaction.token.i]
    if compound and mediator.end <= compound[0].i:
        return _make(view, mediator, reaction, [], [], "mediated-response", 0.75)
    if top.dep_ in ("prep", "agent") and top.lower_ in ("by", "via", "through", "due"):
        if any(t.lower_ in _VIA_VERBS for t in chain) and _other_subject(view, mediator):
            return None
        return _make(view, mediator, reaction, chain, [], "response-by", 0.65)
    if reaction.response.adjective and top.dep_ in SUBJECTS:
        return _make(view, mediator, reaction, chain, [], "predicate", 0.8)
    return None


def _below(view: SentenceView, mediator: Span, reaction: Reaction, way: Way) -> Link | None:
    """The response hangs on the mediator: `IL-6, which promotes resistance`."""
    if way.up or not way.down:
        return None
    top = way.down[-1]
    between = list(way.down[1:])
    if top.dep_ in ("relcl", "acl", "appos", "parataxis", "ccomp", "advcl") or is_verb(top):
        if any(operator_at(token) for token in between) or reaction.response.verb:
            return _make(view, mediator, reaction, [], between, "relative", 0.7)
    return None


def _across(view: SentenceView, mediator: Span, reaction: Reaction, way: Way) -> Link | None:
    """Mediator and response are both arguments of a verb or noun between them."""
    if not way.up or not way.down:
        return None
    first, second = way.up[-1], way.down[-1]
    role, meet = through_conjuncts(first).dep_, way.meet
    between = [meet, *way.down[1:]]
    has_operator = any(operator_at(token) for token in between) or reaction.response.verb
    if second.dep_ == "conj" and is_verb(second) and role in SUBJECTS:
        between = list(way.down[1:])
        has_operator = any(operator_at(token) for token in between) or reaction.response.verb
    if role in SUBJECTS and second.dep_ not in SUBJECTS:
        chain = list(way.up)
        done = mediator_words(view.doc, mediator, chain)
        if not has_operator and not (done and _compared(reaction)):
            return None
        pattern = (
            "subject" if not any(o and o.association for o in map(operator_at, between)) else "associated"
        )
        return _make(view, mediator, reaction, chain, between, pattern, 0.85 if pattern == "subject" else 0.7)
    if second.dep_ in SUBJECTS and first.dep_ in ("prep", "agent", "advcl") and first.lower_ in _MEANS:
        if not has_operator:
            return None
        return _make(view, mediator, reaction, list(way.up), between, "passive", 0.8)
    if first.dep_ in ("prep", "agent", "advcl", "pcomp") and second.dep_ not in SUBJECTS:
        return _by_means(view, mediator, reaction, way, between, has_operator)
    if first.dep_ == "dobj" and (meet.lower_ in _MAKING or _is_manipulation(meet)):
        if second.dep_ in ("acl", "advcl", "conj", "xcomp", "prep") and any(map(operator_at, way.down[1:])):
            chain = list(way.up) if meet.lower_ in _MAKING else [*way.up, meet]
            return _make(view, mediator, reaction, chain, list(way.down[1:]), "object", 0.65)
    if (
        not is_verb(meet)
        and has_operator
        and first.dep_ in ("prep", "compound", "nmod", "poss", "amod", "npadvmod")
    ):
        sure = 0.55 if meet.lower_ not in ("role", "roles") else 0.5
        return _make(view, mediator, reaction, list(way.up), between, "noun", sure)
    return None


def _by_means(
    view: SentenceView, mediator: Span, reaction: Reaction, way: Way, between: list[Token], has_operator: bool
) -> Link | None:
    """`macrophages promote resistance via IL-6`; `after knockdown of IL-6, cells were more sensitive`."""
    first = way.up[-1]
    if first.lower_ not in _MEANS and first.dep_ != "advcl":
        return None
    chain = list(way.up)
    other = _other_subject(view, mediator, way.meet)
    if other and first.lower_ in ("by", "via", "through", "in", "from", "with"):
        return None
    done = mediator_words(view.doc, mediator, chain)
    if not has_operator and not (done and _compared(reaction)):
        return None
    if first.lower_ in ("in", "with", "under", "from") and not done:
        return None
    return _make(view, mediator, reaction, chain, between, "means", 0.65)


def _compared(reaction: Reaction) -> bool:
    """Tell whether the response is said to be more or less than otherwise."""
    return bool(response_words(reaction.token, set())) or reaction.response.adjective


def _other_subject(view: SentenceView, mediator: Span, verb: Token | None = None) -> bool:
    """Tell whether another molecule stands as the subject, so that this one is only the way."""
    for span in view.of_kind(MOLECULES):
        if concept_key(span) == concept_key(mediator) or span.start > mediator.start:
            continue
        root = span_root(view.doc, span.start, span.end)
        for token in (root, *root.ancestors):
            if verb is not None and token.i == verb.i:
                break
            if through_conjuncts(token).dep_ in SUBJECTS and (verb is None or token.head.i == verb.i):
                return True
            if is_verb(token):
                break
    return False


def _is_manipulation(token: Token) -> bool:
    return token.lower_ in load_triggers().manipulations


def _grouped(view: SentenceView, mediator: Span, reaction: Reaction, way: Way) -> Link | None:
    """A level that goes with resistance: `CCL2 was upregulated in tamoxifen-resistant cells`."""
    doc = view.doc
    start, end = sorted((mediator.end, reaction.token.i))
    words = list(doc[start:end]) if mediator.end <= reaction.token.i else []
    level = {
        t.i: load_triggers().operators[t.lower_].sign
        for t in words
        if t.lower_ in load_triggers().operators
        and load_triggers().operators[t.lower_].id in ("raise", "lower")
    }
    level |= {
        t.i: load_triggers().manipulations[t.lower_]
        for t in words
        if t.lower_
        in (
            "overexpressed",
            "enriched",
            "downregulated",
            "lost",
            "upregulated",
            "down-regulated",
            "up-regulated",
            "over-expressed",
        )
    }
    if len(level) != 1 or len(words) > 16:
        return None
    if not any(t.lower_ in ("in", "between", "of", "from", "by") for t in words[-6:]):
        return None
    if (
        any(t.text in (";", ":") or t.lower_ in ("but", "whereas", "while", "and") for t in words)
        and len(words) > 8
    ):
        return None
    if any(view.at.get(t.i) is not None and view.at[t.i].label_ in MOLECULES for t in words):
        # Names in a list share the level; what stands between otherwise has it for itself.
        if not all(_listed(view, t) for t in words[: min(level) - start]):
            return None
    sign = total_sign([*level.values(), reaction.response.sign])
    return Link(mediator, reaction, sign, "level-in-group", True, sorted(level), bool(negators(words)), 0.7)


def _listed(view: SentenceView, token: Token) -> bool:
    return token.i in view.at or token.text in (",", "/", "-", "(", ")") or token.lower_ in _LEVEL_WORDS


def _in_line(view: SentenceView, mediator: Span, reaction: Reaction) -> Link | None:
    """Where the tree is of no use: name, verb, response in this order with nothing else between."""
    doc = view.doc
    if mediator.end > reaction.token.i or reaction.token.i - mediator.end > 18:
        return None
    words = list(doc[mediator.end : reaction.token.i])
    if any(
        t.text in (";", ":", "(", ")")
        or t.lower_ in ("but", "whereas", "while", "although", "which", "however")
        for t in words
    ):
        return None
    verbs = [t for t in words if t.tag_ in ("VBZ", "VBD", "VBP", "VB") and operator_at(t)]
    if len(verbs) != 1 or any(t.tag_ in ("VBZ", "VBP", "MD") and t.i != verbs[0].i for t in words):
        return None
    if any(s.label_ in MEDIATORS | DRUGS for s in view.mentions if mediator.end <= s.start < verbs[0].i):
        return None
    done = mediator_words(doc, mediator, [])
    near = [t for t in words if t.i < verbs[0].i and t.tag_ not in ("RB", "MD", "HYPH") and t.i not in done]
    if len(near) > 2 or verbs[0].lower_ in ("was", "were"):
        return None
    return _make(view, mediator, reaction, [], [t for t in words if t.i >= verbs[0].i], "in-line", 0.55)


def drugs_for(view: SentenceView, reaction: Reaction) -> tuple[list[Span], float]:
    """Return the drugs that a reaction is about, and how much surer it would be were they attached to it."""
    if reaction.drugs and any(d.label_ in NAMED_DRUGS for d in reaction.drugs):
        return reaction.drugs, 0.0
    resistant = [r for r in view.reactions if r.attributive and any(d.label_ in NAMED_DRUGS for d in r.drugs)]
    if resistant and not reaction.drugs:
        return resistant[0].drugs, 0.05
    if reaction.drugs:
        return reaction.drugs, 0.0
    named = {concept_key(s): s for s in view.of_kind(NAMED_DRUGS)}
    if len(named) == 1:
        return list(named.values()), 0.15
    return [], 0.0


def only_drug_of(doc: Doc, views: list[SentenceView]) -> Span | None:
    """Return the document's only drug under test: the title's, else the only one with a response."""
    title = [s for view in views for s in view.of_kind(NAMED_DRUGS) if "\n" not in doc[: s.start].text]
    if len({concept_key(s) for s in title}) == 1:
        return title[0]
    if title:
        return None
    reacting = [d for view in views for r in view.reactions for d in r.drugs if d.label_ in NAMED_DRUGS]
    if len({concept_key(d) for d in reacting}) == 1:
        return reacting[0]
    return None


def doubted(view: SentenceView, link: Link) -> tuple[bool, bool]:
    """Return whether a link is held for possible only, and whether the sentence only asks for it."""
    first, last = link.words
    return is_speculated(view.sentence, first, last), is_question(view.sentence, last)
