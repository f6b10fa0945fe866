"""Claims that a mediator changes the response to a drug."""

from __future__ import annotations

import re
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
from extractors.relations.graph import (
    SUBJECTS,
    Way,
    governing,
    is_verb,
    span_root,
    through_conjuncts,
    way_between,
)
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
_RECEPTOR = re.compile(r"^(?:C?X?3?CR\d+|CXCR\d|.*[^A-Z]R[AB12]?|[A-Z]{2,4}1?R[AB]?|KDR|MET)$")
_CULTURE = frozenset(
    "culture co-culture coculture co-cultured cocultured co-culturing incubation medium".split()
)
_DEPENDING = frozenset("depends depend depended relies rely relied hinges requires require required".split())
_AXIS_SIGNS = frozenset(("/", "-", "–", "‐", "‑", "→"))
_DEMONSTRATIVES = frozenset(("this", "it"))
_CONSEQUENCES = frozenset(("consequently", "thus", "therefore", "subsequently", "hence", "accordingly"))
_MORE = frozenset(
    (
        "high higher increased elevated overexpression overexpressed upregulated upregulation positive "
        "mutation mutations mutant"
    ).split()
)
_ATTRIBUTES = frozenset(
    "mutant mutated mutation mutations positive negative expressing expression level levels".split()
)
_AGENTS = frozenset("inhibitor inhibitors antagonist antibody agonist blocker".split())
_CHANGED = frozenset(
    "mutation mutations mutant mutated amplification amplified overexpression loss deletion high".split()
)
_EXPERIMENTS = frozenset(
    (
        "knockdown knock-down knocking knocked silencing silenced sirna sirnas shrna shrnas sgrna knockout "
        "deletion deleted depletion depleting depleted inhibition inhibiting blockade blocking ablation "
        "neutralization neutralizing overexpression over-expression ectopic transfection mimic mimics "
        "antibody antibodies "
        "deficiency loss suppression secreting secretion releasing release"
    ).split()
)
_REPORTS = frozenset(
    "finding findings study result results data observation work report analysis review paper article".split()
)
_CONDITIONS = frozenset(("when", "if", "once", "after", "upon", "as", "because", "since", "whenever"))
_STATE_CHANGES = frozenset(
    (
        "polarization polarisation repolarization reprogramming conversion switch shift transition "
        "differentiation recruitment infiltration migration"
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
    borrowed: Span | None = None
    """The sentence before, where it names the mediator."""


def find_links(view: SentenceView) -> Iterator[Link]:
    """Yield all links of a sentence between a mediator and a word of response that isn't a mere attribute."""
    mediators = [span for span in view.of_kind(MEDIATORS) if not is_downstream(view, span)]
    for reaction in view.reactions:
        for mediator in [*mediators, *view.targets]:
            if any(mediator.start < d.end and d.start < mediator.end for d in reaction.drugs):
                continue
            link = _link(view, mediator, reaction)
            if link is not None:
                link.words = (min(mediator.start, reaction.token.i), max(mediator.end - 1, reaction.token.i))
                yield link


def is_own_target(view: SentenceView, link: Link, drug: Span) -> bool:
    """Tell whether a drug acts on the mediator itself, and nothing says that the mediator changed.

    `the adenosine deaminase inhibitor, pentostatin`; `VEGF` and `VEGF inhibitors`.
    """
    mediator = link.mediator
    first, second = sorted((mediator, drug), key=lambda s: s.start)
    between = {t.lower_ for t in view.doc[first.end : second.start]}
    if between & _AGENTS and between <= _AGENTS | {
        ",",
        "(",
        "the",
        "a",
        "an",
        "specific",
        "selective",
        "and",
    }:
        return True
    if drug.label_ != "drug_class" or mediator.text.lower() not in drug.text.lower():
        return False
    return not any(view.doc[i].lower_ in _CHANGED for i in link.done)


def is_downstream(view: SentenceView, span: Span) -> bool:
    """Tell whether a name is a later part of an axis: STAT3 in `IL-6/STAT3`, where IL-6 speaks for all."""
    at = span.start - 1
    if at <= view.sentence.start or view.doc[at].text not in _AXIS_SIGNS:
        return False
    before = view.at.get(at - 1)
    if before is None or before.label_ not in MOLECULES | {"pathway"}:
        return False
    # A ligand and its receptor are one signal, and either stands for it.
    return not _RECEPTOR.match(span._.tamrex_name)


def _link(view: SentenceView, mediator: Span, reaction: Reaction) -> Link | None:
    root = span_root(view.doc, mediator.start, mediator.end)
    way = way_between(root, reaction.token)
    if way is None:
        return None
    if reaction.attributive:
        return _grouped(view, mediator, reaction)
    if mediator.label_ == "macrophage" and not _is_actor(way.up):
        return None
    for shape in (_inside, _below, _across):
        link = shape(view, mediator, reaction, way)
        if link is not None:
            return link
    return _in_line(view, mediator, reaction)


def _is_actor(chain: tuple[Token, ...]) -> bool:
    """Tell whether a population itself acts: not as the place (`IL-6 from macrophages`) or a ratio's part."""
    words = {token.lower_ for token in chain}
    if any(is_verb(token) and token.dep_ in ("acl", "relcl") for token in chain):
        return False  # `IL-6 secreted by macrophages`
    if words & _CULTURE or words & {"patients", "patient", "tumors", "tumours"}:
        return True
    if words & _STATE_CHANGES and words & {"to", "toward", "towards", "into", "of"}:
        return False
    return not words & {"ratio", "from", "in", "on", "between", "with", "among", "within", "near"}


def _make(
    view: SentenceView,
    mediator: Span,
    reaction: Reaction,
    chain: tuple[Token, ...],
    between: list[Token],
    pattern: str,
    sure: float,
) -> Link | None:
    """Multiply the signs: what is done to the mediator, what stands between, what qualifies the response."""
    own = [*chain[:1], *governing(chain, None)]
    manipulations = load_triggers().manipulations
    told = manipulations.keys() | _MAKING
    if any(t.dep_ in ("relcl", "acl") and is_verb(t) and t.lower_ not in told for t in own):
        return None  # `X, which was associated with the mediator, …`: X is what is spoken of
    done = mediator_words(view.doc, mediator, own)
    # `neutralizing antibody`, `siRNA-mediated knockdown`: several words for one thing done.
    manipulated = min(done.values(), default=1)
    seen = set(done) | {reaction.token.i}
    operators, association = way_signs(between, seen)
    qualified = response_words(reaction.token, seen | set(operators))
    undirected = {"response", "sensitivity", "effect", "apoptosis"}
    if (
        association
        and reaction.response.id in undirected
        and not qualified
        and not _has_level(done, view.doc)
    ):
        return None  # `related to the response`, `involved in docetaxel-induced apoptosis`: no direction
    denied = _denied([*between, reaction.token])
    if any(t.lower_ in load_triggers().methods for t in between):
        return None  # `was examined with inhibitors of X`
    if not denied and _is_neutral(between):
        return None  # related, but neither way
    if any(t.lower_ in load_triggers().neutral for t in own):
        sure -= 0.3  # `regulation of X`: more or less of it is not said
    denied = denied or _denies_before(view, mediator)
    signs = [manipulated, *operators.values(), *qualified.values(), reaction.response.sign]
    return Link(
        mediator,
        reaction,
        total_sign(signs),
        pattern,
        association and manipulated > 0,
        sorted(done),
        denied,
        sure,
    )


def _has_level(done: dict[int, int], doc: Doc) -> bool:
    """Tell whether the mediator is said to be more or less, not just its level or expression."""
    return any(sign < 0 or doc[i].lower_ in _MORE for i, sign in done.items())


def _denies_before(view: SentenceView, mediator: Span) -> bool:
    """Tell whether the mediator's own phrase is denied: `neither CCL3 nor CCL4 blockade`."""
    before = view.doc[max(view.sentence.start, mediator.start - 3) : mediator.start]
    return any(token.lower_ in ("neither", "nor", "no") for token in before)


def _is_neutral(between: list[Token]) -> bool:
    """Tell whether the word that governs the response most closely has no direction (`regulates`)."""
    for token in between:
        if token.lower_ in load_triggers().neutral:
            return True
        if operator_at(token) is not None:
            return False
    return False


def _denied(tokens: list[Token]) -> bool:
    around = [
        child for token in tokens for child in token.children if child.i < token.i or child.dep_ == "neg"
    ]
    return bool(negators(around) or negators([t for t in tokens if t.lower_ in ("fail", "fails", "failed")]))


def _inside(view: SentenceView, mediator: Span, reaction: Reaction, way: Way) -> Link | None:
    """The mediator hangs on the response itself: `IL-6-mediated resistance`, `X sensitises cells`."""
    if way.meet.i != reaction.token.i or not way.up:
        return None
    top = way.up[-1]
    if reaction.response.verb or is_verb(reaction.token):
        if top.dep_ in SUBJECTS | {"agent"} and top.dep_ not in _PASSIVE_LINKS:
            return _make(view, mediator, reaction, way.up, [], "subject-of-response", 0.85)
        if top.dep_ in ("prep", "agent") and top.lower_ in _MEANS:
            if other_subject(view, mediator, reaction.token):
                return None
            link = _make(view, mediator, reaction, way.up, [], "means-of-response", 0.7)
            return _unless_mechanism(view, link, way)
        return None
    agents = [place for place, t in enumerate(way.up) if t.dep_ in ("agent", "prep") and t.lower_ == "by"]
    if top.dep_ == "acl" and agents and (top.lower_ in _COMPOUND or operator_at(top)):
        # `the docetaxel resistance conferred by CXCL5`
        return _make(view, mediator, reaction, way.up[: agents[0]], [top], "conferred-by", 0.75)
    if top.lower_ == "of" and reaction.response.id in ("effect", "protection"):
        # `the sensitising effect of miR-142-3p on doxorubicin`
        return _make(view, mediator, reaction, way.up, [], "effect-of", 0.7)
    compound = [t for t in way.up if t.lower_ in _COMPOUND and t.i < reaction.token.i]
    if compound and mediator.end <= compound[0].i:
        return _make(view, mediator, reaction, (), [], "mediated-response", 0.75)
    if top.dep_ in ("prep", "agent") and top.lower_ in ("by", "via", "through", "due"):
        makes = any(t.lower_ in _MAKING for t in way.up)
        if other_subject(view, mediator, kinds=MOLECULES if makes else MEDIATORS):
            return None
        if _has_agent_subject(view, reaction.token):
            return None
        link = _make(view, mediator, reaction, way.up, [], "response-by", 0.65)
        return _unless_mechanism(view, link, way)
    if reaction.response.adjective and top.dep_ in SUBJECTS:
        return _make(view, mediator, reaction, way.up, [], "predicate", 0.8)
    return None


def _below(view: SentenceView, mediator: Span, reaction: Reaction, way: Way) -> Link | None:
    """The response hangs on the mediator: `IL-6, which promotes resistance`."""
    if way.up or not way.down:
        return None
    top = way.down[-1]
    between = governing(way.down, None)
    if top.dep_ in ("relcl", "acl", "appos", "parataxis", "ccomp", "advcl") or is_verb(top):
        if any(operator_at(token) for token in between) or reaction.response.verb:
            return _make(view, mediator, reaction, (), between, "relative", 0.7)
    return None


def _across(view: SentenceView, mediator: Span, reaction: Reaction, way: Way) -> Link | None:
    """Mediator and response are both arguments of a verb or noun between them."""
    if not way.up or not way.down:
        return None
    first, second = way.up[-1], way.down[-1]
    role, meet = through_conjuncts(first).dep_, way.meet
    between = governing(way.down, meet)
    if any(_has_own_subject(token) for token in way.down):
        return None
    if any(token.dep_ == "appos" or token.lower_ in ("including", "like") for token in way.down[1:]):
        return None  # said of something that the object includes
    if operator_at(meet) is None and any(token.dep_ == "relcl" for token in way.down):
        return None  # said of something that was only seen or had
    if any(token.dep_ == "prep" and token.lower_ == "on" for token in way.up):
        return None  # `survival on EGFR inhibitors predicts`
    has_operator = any(operator_at(token) for token in between) or reaction.response.verb
    if meet.lower_ in _DEPENDING and second.dep_ in SUBJECTS and first.dep_ in ("prep", "dobj"):
        return _make(view, mediator, reaction, way.up, governing(way.down, None), "depends", 0.75)
    if role in SUBJECTS and second.dep_ not in SUBJECTS:
        done = mediator_words(view.doc, mediator, way.up)
        if not has_operator and not (done and _compared(reaction)):
            return None
        if min(done.values(), default=1) > 0 and any(_is_reported(token) for token in way.down):
            return None  # `studies of X show that Y enhanced …`
        association = any(o and o.association for o in map(operator_at, between))
        if association:
            return _make(view, mediator, reaction, way.up, between, "associated", 0.7)
        return _make(view, mediator, reaction, way.up, between, "subject", 0.85)
    for place, token in enumerate(way.up):
        if token.dep_ == "advcl" and any(c.lower_ in _CONDITIONS for c in token.children):
            return _on_condition(view, mediator, reaction, way.up[: place + 1], between, bool(has_operator))
    if second.dep_ in SUBJECTS and first.dep_ in ("prep", "agent", "advcl") and first.lower_ in _MEANS:
        if not has_operator:
            return None
        return _make(view, mediator, reaction, way.up, between, "passive", 0.8)
    if first.dep_ in ("prep", "agent", "advcl", "pcomp") and second.dep_ not in SUBJECTS:
        return _by_means(view, mediator, reaction, way, between, bool(has_operator))
    if first.dep_ == "dobj" and (meet.lower_ in _MAKING or _is_manipulation(meet)):
        if second.dep_ in ("acl", "advcl", "xcomp", "prep") and any(map(operator_at, way.down[1:])):
            if other_subject(view, mediator, meet):
                return None
            chain = way.up if meet.lower_ in _MAKING else (*way.up, meet)
            return _make(view, mediator, reaction, chain, governing(way.down, None), "object", 0.65)
        if second.dep_ == "conj" and is_verb(second) and len(way.up) == 1 and _is_manipulation(meet):
            chain = (*way.up, meet)
            return _make(view, mediator, reaction, chain, governing(way.down, None), "object", 0.55)
    if (
        not is_verb(meet)
        and has_operator
        and first.dep_ in ("prep", "compound", "nmod", "poss", "amod", "npadvmod")
        and second.dep_ != "relcl"
    ):
        sure = 0.55 if meet.lower_ not in ("role", "roles") else 0.5
        return _make(view, mediator, reaction, way.up, between, "noun", sure)
    return None


def _has_own_subject(token: Token) -> bool:
    """Tell whether a clause further down has a subject of its own, so that the first one isn't it."""
    return token.dep_ in ("conj", "advcl", "parataxis") and any(
        child.dep_ in SUBJECTS and child.tag_ not in ("WDT", "WP") for child in token.children
    )


def _is_reported(token: Token) -> bool:
    """Tell whether a clause is what somebody found, with a subject of its own."""
    return token.dep_ == "ccomp" and any(child.dep_ in SUBJECTS for child in token.children)


def _on_condition(
    view: SentenceView,
    mediator: Span,
    reaction: Reaction,
    chain: tuple[Token, ...],
    between: list[Token],
    has_operator: bool,
) -> Link | None:
    """`when IL-6 was silenced, cells became sensitive`: what happens to the mediator is the clause's verb."""
    clause = chain[-1]
    if len(chain) < 2 or chain[-2].dep_ not in SUBJECTS | {"dobj"}:
        return None
    sign = load_triggers().manipulations.get(clause.lower_)
    operator = operator_at(clause)
    if sign is None and operator is None:
        return None
    if not has_operator and not _compared(reaction):
        return None
    link = _make(view, mediator, reaction, chain[:-1], between, "condition", 0.65)
    if link is not None and clause.i not in link.done:
        turned = sign if sign is not None else operator.sign if operator is not None else 1
        link.sign *= turned
        link.done = sorted([*link.done, clause.i])
    return link


def _by_means(
    view: SentenceView, mediator: Span, reaction: Reaction, way: Way, between: list[Token], has_operator: bool
) -> Link | None:
    """`macrophages promote resistance via IL-6`; `after knockdown of IL-6, cells were more sensitive`."""
    first = way.up[-1]
    if first.lower_ not in _MEANS and first.dep_ != "advcl":
        return None
    if any(t.lower_ in _VIA_VERBS for t in way.up):
        if other_subject(view, mediator, way.meet, MEDIATORS):
            return None
    if first.lower_ in ("by", "via", "through") and _has_agent_subject(view, way.meet):
        return None
    if first.lower_ == "with" and _has_population_subject(view, way.meet):
        return None  # `macrophages promote stemness with overexpression of SOX2`: it goes along
    if other_subject(view, mediator, way.meet) or any(t.lower_ == "binding" for t in way.up):
        return None
    done = mediator_words(view.doc, mediator, way.up)
    if not has_operator and not (done and _compared(reaction)):
        return None
    if first.lower_ in ("in", "with", "under", "from"):
        # `in EGFR-mutant patients` tells who, not what was changed.
        if all(view.doc[i].lower_ in _ATTRIBUTES for i in done):
            return None
    return _unless_mechanism(view, _make(view, mediator, reaction, way.up, between, "means", 0.65), way)


def _unless_mechanism(view: SentenceView, link: Link | None, way: Way) -> Link | None:
    """Hold a means for little unless macrophages act by it or it was changed on purpose.

    What a drug or a molecule does its work by is its mechanism; only a change of the means itself shows
    that the means matters.
    """
    if link is None:
        return None
    changed = any(view.doc[i].lower_ in _EXPERIMENTS for i in link.done)
    actors = [s for s in view.mentions if s.label_ in ("macrophage", "vesicle")]
    verbs = {way.meet.i, *(ancestor.i for ancestor in way.meet.ancestors)}
    tops = [through_conjuncts(token) for s in actors for token in _subject_of_mention(view, s)]
    if not changed and not any(top.head.i in verbs for top in tops):
        link.sure -= 0.25
    return link


def _subject_of_mention(view: SentenceView, span: Span) -> list[Token]:
    """Return the subject that a mention is (in), if any."""
    token = span_root(view.doc, span.start, span.end)
    for above in (token, *token.ancestors):
        if through_conjuncts(above).dep_ in SUBJECTS:
            return [above]
        if is_verb(above):
            break
    return []


def _has_agent_subject(view: SentenceView, word: Token) -> bool:
    """Tell whether a drug does it: what it does it by (`by suppressing iNOS`) is its mechanism."""
    verbs = {word.i, *(ancestor.i for ancestor in word.ancestors)}
    for span in view.of_kind(NAMED_DRUGS):
        if any(span.start <= target.start < span.end for target in view.targets):
            continue
        token = span_root(view.doc, span.start, span.end)
        if through_conjuncts(token).dep_ in SUBJECTS and through_conjuncts(token).head.i in verbs:
            return True
    return False


def _has_population_subject(view: SentenceView, word: Token) -> bool:
    verbs = {word.i, *(ancestor.i for ancestor in word.ancestors)}
    populations = view.of_kind(frozenset(("macrophage",)))
    return any(top.head.i in verbs for s in populations for top in _subject_of_mention(view, s))


def _compared(reaction: Reaction) -> bool:
    """Tell whether the response is said to be more or less than otherwise."""
    return bool(response_words(reaction.token, set())) or reaction.response.adjective


def other_subject(
    view: SentenceView, mediator: Span, verb: Token | None = None, kinds: frozenset[str] = MOLECULES
) -> bool:
    """Tell whether another molecule stands as the subject, so that this one is only the way."""
    verbs = set()
    while verb is not None:
        verbs.add(verb.i)
        verb = (
            verb.head
            if verb.dep_ in ("conj", "prep", "dobj", "pobj", "advcl") and verb.dep_ != "ROOT"
            else None
        )
    for span in [*view.of_kind(kinds), *view.targets]:
        if concept_key(span) == concept_key(mediator) or span.start > mediator.start:
            continue
        root = span_root(view.doc, span.start, span.end)
        for token in (root, *root.ancestors):
            if through_conjuncts(token).dep_ in SUBJECTS and (not verbs or token.head.i in verbs):
                return True
            if is_verb(token):
                break
    return False


def _is_manipulation(token: Token) -> bool:
    return token.lower_ in load_triggers().manipulations


def _grouped(view: SentenceView, mediator: Span, reaction: Reaction) -> Link | None:
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
    if mediator.label_ not in MOLECULES or mediator.end > reaction.token.i:
        return None
    if reaction.token.i - mediator.end > 18:
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
    return _make(view, mediator, reaction, (), [t for t in words if t.i >= verbs[0].i], "in-line", 0.45)


def find_anaphoric_links(before: SentenceView, view: SentenceView) -> Iterator[Link]:
    """Yield links whose mediator is named in the sentence before: `This enhances resistance to cisplatin`.

    The subject must begin with a demonstrative; it stands for the one molecule that was the subject
    before, with what was done to it.
    """
    if not any(token.lower_ in _DEMONSTRATIVES for token in view.sentence[:6]):
        return
    tested = [drug for reaction in view.reactions for drug in reaction.drugs]
    # What a drug does to its own target is not what the sentence goes on with.
    named = [(m, done) for m, done in _subjects(before) if not _named_with(before, m, tested)]
    named = named or list(_objects(before)) or [(m, []) for m in _means_of_macrophages(before)]
    antecedents = {concept_key(m): (m, done) for m, done in named}
    if len(antecedents) != 1:
        return
    mediator, done = next(iter(antecedents.values()))
    for reaction in view.reactions:
        if reaction.attributive:
            continue
        for token in view.sentence[:6]:
            if token.lower_ not in _DEMONSTRATIVES:
                continue
            subject = token.head if token.dep_ == "det" else token
            way = way_between(subject, reaction.token)
            if way is None or subject.lower_ in _REPORTS or not _subject_of(way, reaction):
                continue
            between = governing(way.down, way.meet) if way.down else []
            if way.down and not (any(map(operator_at, between)) or reaction.response.verb):
                continue
            own = load_triggers().manipulations.get(subject.lower_)
            link = _make(view, mediator, reaction, (), between, "anaphoric", 0.6)
            if link is not None:
                # `This knockdown` says again what was done before; any other noun leaves it as it was.
                link.sign *= own if own is not None else total_sign(done)
                link.words = (reaction.token.i, reaction.token.i)
                link.borrowed = before.sentence
                yield link
            break


def _objects(view: SentenceView) -> Iterator[tuple[Span, list[int]]]:
    """Yield the molecules that a sentence's verb raises or lowers, with its sign: `downregulated MIF`."""
    for span in view.of_kind(MOLECULES):
        token = span_root(view.doc, span.start, span.end)
        operator = operator_at(token.head)
        if token.dep_ == "dobj" and operator is not None and operator.id in ("raise", "lower"):
            yield span, [operator.sign]


def _means_of_macrophages(view: SentenceView) -> Iterator[Span]:
    """Yield the molecules by which macrophages are said to act: `TAMs protect cells via CCL2`."""
    actors = [s for s in view.mentions if s.label_ == "macrophage" and _subject_of_mention(view, s)]
    if not actors:
        return
    for span in view.of_kind(MOLECULES):
        before = {t.lower_ for t in view.doc[max(view.sentence.start, span.start - 3) : span.start]}
        if before & {"via", "through"} and not is_downstream(view, span):
            yield span


def _named_with(view: SentenceView, mediator: Span, drugs: list[Span]) -> bool:
    """Tell whether a sentence names one of the drugs close behind a mediator."""
    keys = {concept_key(drug) for drug in drugs}
    near = [s for s in view.of_kind(DRUGS) if 0 <= s.start - mediator.end <= 5]
    return any(concept_key(span) in keys for span in near)


def _subject_of(way: Way, reaction: Reaction) -> bool:
    if way.meet.i == reaction.token.i:
        return bool(way.up) and way.up[-1].dep_ in SUBJECTS
    return bool(way.up) and bool(way.down) and through_conjuncts(way.up[-1]).dep_ in SUBJECTS


def _subjects(view: SentenceView) -> Iterator[tuple[Span, list[int]]]:
    """Yield the molecules that are (part of) the subject of a sentence's main verbs, with what was done."""
    for span in [*view.of_kind(MOLECULES), *view.targets]:
        if is_downstream(view, span):
            continue
        chain: list[Token] = []
        token = span_root(view.doc, span.start, span.end)
        while token.head.i != token.i and not is_verb(token):
            chain.append(token)
            if through_conjuncts(token).dep_ in SUBJECTS:
                verb = token.head
                if verb.dep_ in ("ROOT", "ccomp", "conj", "relcl"):
                    yield span, list(mediator_words(view.doc, span, chain).values())
                break
            token = token.head


def find_consequences(
    before: SentenceView, molecules: list[Span], view: SentenceView, links: list[Link]
) -> Iterator[Link]:
    """Yield links of molecules that made the population of which the next sentence tells the effect.

    `X promotes M2 polarization. Consequently, the induced macrophages enhance resistance to D.`
    """
    if view.sentence[0].lower_ not in _CONSEQUENCES or len({concept_key(m) for m in molecules}) != 1:
        return
    for link in links:
        if link.mediator.label_ == "macrophage" and not link.done and not link.negated:
            made = Link(molecules[0], link.reaction, link.sign, "consequence", False, sure=0.6)
            made.words, made.borrowed = link.words, before.sentence
            yield made


def drugs_for(view: SentenceView, reaction: Reaction) -> tuple[list[Span], float]:
    """Return the drugs that a reaction is about, and how much surer it would be were they attached to it."""
    if reaction.drugs and any(d.label_ in NAMED_DRUGS for d in reaction.drugs):
        return reaction.drugs, 0.0
    resistant = [r for r in view.reactions if r.attributive and any(d.label_ in NAMED_DRUGS for d in r.drugs)]
    if resistant and not reaction.drugs:
        return resistant[0].drugs, 0.05
    if reaction.drugs:
        return reaction.drugs, 0.0
    following = reaction.token.i + 1
    if following < view.sentence.end and view.doc[following].lower_ == "to":
        return [], 0.0  # resistant to something that is no drug
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
