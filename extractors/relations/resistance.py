"""Claims that a mediator changes the response to a drug, sentence by sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator

from spacy.tokens import Span, Token

from extractors.context import is_question, is_speculated, negators
from extractors.relations.attributes import is_attribute
from extractors.relations.candidates import (
    DRUGS,
    MEDIATORS,
    MOLECULES,
    Reaction,
    SentenceView,
)
from extractors.relations.combined import find_combined
from extractors.relations.direction import mediator_words, operator_at, response_words, total_sign
from extractors.relations.graph import (
    SUBJECTS,
    Way,
    governing,
    is_verb,
    span_root,
    through_conjuncts,
    way_between,
)
from extractors.relations.groups import borne_by_group, level_in_group
from extractors.relations.linear import link_in_order, stands_behind_another
from extractors.relations.links import (
    Link,
    has_agent_subject,
    has_population_subject,
    is_compared,
    is_downstream,
    is_manipulation,
    make_link,
    other_subject,
    subject_of_mention,
)
from extractors.relations.triggers import load_triggers, word_group

_PASSIVE_LINKS = frozenset(("nsubjpass", "csubjpass"))

_AS_IT_WAS = re.compile(r"\b(?:as (?:it|they) (?:was|were)|unchanged|unaltered|intact|unaffected)\b")


def find_links(view: SentenceView) -> Iterator[Link]:
    """Yield all links of a sentence between a mediator and a word of response that isn't a mere attribute."""
    mediators = [span for span in view.of_kind(MEDIATORS) if not is_downstream(view, span)]
    for reaction in view.reactions:
        for mediator in [*mediators, *view.targets]:
            if any(mediator.start < d.end and d.start < mediator.end for d in reaction.drugs):
                continue
            if _is_way_of_another(view, mediator) or _is_what_cells_answer_to(view, mediator):
                continue
            if is_attribute(view, mediator, reaction):
                continue
            link = _link(view, mediator, reaction)
            if link is None and not reaction.attributive:
                link = link_in_order(view, mediator, reaction)
            if link is not None:
                link.words = (min(mediator.start, reaction.token.i), max(mediator.end - 1, reaction.token.i))
                yield link
    yield from find_combined(view)


def _link(view: SentenceView, mediator: Span, reaction: Reaction) -> Link | None:
    root = span_root(view.doc, mediator.start, mediator.end)
    way = way_between(root, reaction.token)
    if way is None:
        return None
    if reaction.attributive:
        return level_in_group(view, mediator, reaction) or borne_by_group(view, mediator, reaction)
    if reaction.response.id == "progress":
        return None  # `women with HER2-negative cancer whose disease had progressed`: who was enrolled
    if mediator.label_ == "macrophage" and not _is_actor(way.up):
        return None
    if way.up and _is_of_the_group(view, mediator, way.up):
        return None
    if way.up and way.down:
        played = _role_in(view, mediator, reaction, way)
        if played is not None:
            return played
    for shape in (_inside, _below, _across):
        link = shape(view, mediator, reaction, way)
        if link is not None:
            return link
    return _in_line(view, mediator, reaction)


def _is_way_of_another(view: SentenceView, mediator: Span) -> bool:
    """Tell whether a name is only what another works by: `miR-21 promotes resistance by targeting PTEN`."""
    words = view.doc[max(view.sentence.start, mediator.start - 6) : mediator.start]
    for place in range(len(words) - 1, 0, -1):
        if words[place].text in (",", ";", "(") or words[place].tag_ in ("VBZ", "VBD", "VBP"):
            return False
        if words[place].lower_ in word_group("via_verbs"):
            before = {token.lower_ for token in words[max(0, place - 2) : place]}
            if before & {"by", "via", "through"}:
                others = [*view.of_kind(MEDIATORS | DRUGS)]
                return any(other.end <= words[place].i for other in others)
    return False


def _is_what_cells_answer_to(view: SentenceView, mediator: Span) -> bool:
    """Tell whether a name only says what cells answer to: `TGF-beta-resistant cells`."""
    behind = view.doc[mediator.end : mediator.end + 2]
    return len(behind) == 2 and behind[0].text in "-‐‑–" and behind[1].lower_ in word_group("fates")


def _is_of_the_group(view: SentenceView, mediator: Span, chain: tuple[Token, ...]) -> bool:
    """Tell whether a name only says in which cells another acts: `PD-L1 in KRAS-mutant tumours`."""
    for token in chain:
        if token.dep_ == "prep" and token.lower_ in ("in", "from", "among", "within", "on"):
            above = token.head
            if any(view.doc[i].lower_ in load_triggers().manipulations for i in (above.i,)):
                inside = [o for o in view.of_kind(MOLECULES) if above.i < o.start < token.i]
            else:
                inside = [o for o in view.of_kind(MOLECULES) if o.start <= above.i and o.end <= token.i]
                inside = [o for o in inside if above.i - o.end <= 1 or o.start <= above.i < o.end]
            if inside:
                return True
    return False


def _role_in(view: SentenceView, mediator: Span, reaction: Reaction, way: Way) -> Link | None:
    """A part in resistance itself: `X plays an important role in cisplatin resistance`."""
    meet, response = way.meet, reaction.response
    if response.id != "resistance" or meet.lower_ not in word_group("playing"):
        return None
    if not 0 <= meet.i - mediator.end <= 6:
        return None
    if through_conjuncts(way.up[-1]).dep_ not in SUBJECTS or response_words(reaction.token, set()):
        return None
    parts = [
        t
        for t in meet.children
        if t.dep_ in ("dobj", "attr", "acomp") and t.lower_ in word_group("parts_played")
    ]
    if not parts or parts[0].i > reaction.token.i:
        return None
    if negators(list(meet.children)):
        return None
    return _part_played(view, mediator, reaction, way.up, parts[0])


def _part_played(
    view: SentenceView, mediator: Span, reaction: Reaction, chain: tuple[Token, ...], part: Token
) -> Link | None:
    between = view.doc[part.i + 1 : reaction.token.i]
    if not any(t.lower_ in ("in", "for", "of", "to") for t in between[:4]):
        return None
    verbs = [t for t in between if is_verb(t) and not (t.i and t.nbor(-1).text in "-‐‑–")]
    if any(operator_at(t) for t in verbs) or any(t.text in (";", ":") for t in between):
        return None
    done = mediator_words(view.doc, mediator, chain)
    sign = total_sign([min(done.values(), default=1), reaction.response.sign])
    return Link(mediator, reaction, sign, "role", False, sorted(done), False, 0.6)


def _is_actor(chain: tuple[Token, ...]) -> bool:
    """Tell whether a population itself acts: not as the place (`IL-6 from macrophages`) or a ratio's part."""
    words = {token.lower_ for token in chain}
    if "conditioned" in words and words & word_group("culture"):
        return True
    if any(is_verb(token) and token.dep_ in ("acl", "relcl") for token in chain):
        return False  # `IL-6 secreted by macrophages`
    if words & word_group("culture") or words & {"patients", "patient", "tumors", "tumours"}:
        return True
    if words & word_group("state_changes") and words & {"to", "toward", "towards", "into", "of"}:
        return False
    return not words & {"ratio", "from", "in", "on", "between", "with", "among", "within", "near"}


def _inside(view: SentenceView, mediator: Span, reaction: Reaction, way: Way) -> Link | None:
    """The mediator hangs on the response itself: `IL-6-mediated resistance`, `X sensitises cells`."""
    if way.meet.i != reaction.token.i or not way.up:
        return None
    top = way.up[-1]
    if reaction.response.verb or is_verb(reaction.token):
        if top.dep_ in SUBJECTS | {"agent"} and top.dep_ not in _PASSIVE_LINKS:
            return make_link(view, mediator, reaction, way.up, [], "subject-of-response", 0.85)
        if top.dep_ in ("prep", "agent") and top.lower_ in word_group("means"):
            if other_subject(view, mediator, reaction.token):
                return None
            link = make_link(view, mediator, reaction, way.up, [], "means-of-response", 0.7)
            return _unless_mechanism(view, link, way)
        return None
    agents = [place for place, t in enumerate(way.up) if t.dep_ in ("agent", "prep") and t.lower_ == "by"]
    if top.dep_ == "acl" and agents and (top.lower_ in word_group("compound") or operator_at(top)):
        # `the docetaxel resistance conferred by CXCL5`
        return make_link(view, mediator, reaction, way.up[: agents[0]], [top], "conferred-by", 0.75)
    acting = any(t.lower_ in word_group("agents") for t in view.doc[mediator.end : mediator.end + 2])
    if top.lower_ == "of" and reaction.response.id in ("effect", "protection") and not acting:
        # `the sensitising effect of miR-142-3p on doxorubicin`
        return make_link(view, mediator, reaction, way.up, [], "effect-of", 0.7)
    compound = [t for t in way.up if t.lower_ in word_group("compound") and t.i < reaction.token.i]
    if compound and mediator.end <= compound[0].i:
        return make_link(view, mediator, reaction, (), [], "mediated-response", 0.75)
    if top.dep_ in ("prep", "agent") and top.lower_ in ("by", "via", "through", "due"):
        makes = any(t.lower_ in word_group("making") for t in way.up)
        if other_subject(view, mediator, kinds=MOLECULES if makes else MEDIATORS):
            return None
        if has_agent_subject(view, reaction.token):
            return None
        link = make_link(view, mediator, reaction, way.up, [], "response-by", 0.65)
        return _unless_mechanism(view, link, way)
    if reaction.response.adjective and top.dep_ in SUBJECTS:
        return make_link(view, mediator, reaction, way.up, [], "predicate", 0.8)
    return None


def _below(view: SentenceView, mediator: Span, reaction: Reaction, way: Way) -> Link | None:
    """The response hangs on the mediator: `IL-6, which promotes resistance`."""
    if way.up or not way.down:
        return None
    top = way.down[-1]
    if any(child.tag_ == "TO" for child in top.children):
        return None  # `targeting macrophages to overcome resistance`: a purpose
    between = governing(way.down, None)
    if top.dep_ == "appos" and top.lower_ in word_group("parts_played"):
        # `EMT, a key process in metastasis and chemoresistance`
        bare = reaction.response.id == "resistance" and not response_words(reaction.token, set())
        return _part_played(view, mediator, reaction, (), top) if bare else None
    if top.dep_ in ("relcl", "acl", "appos", "parataxis", "ccomp", "advcl") or is_verb(top):
        if any(operator_at(token) for token in between) or reaction.response.verb:
            return make_link(view, mediator, reaction, (), between, "relative", 0.7)
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
    if any(token.dep_ == "advcl" and token.lower_ in word_group("opining") for token in way.down):
        return None  # `X regulates Y, providing a way to enhance the efficacy of D`: what it is good for
    taken_up = _clause_taken_up(way)
    if taken_up is not None:
        between = [token for token in between if token.i >= taken_up]
    listed = [token for token in way.down[1:] if token.dep_ == "appos" and token.i != second.i]
    if listed or any(token.lower_ in ("including", "like") for token in way.down[1:]):
        return None  # said of something that the object includes
    is_that = second.dep_ == "attr" and meet.lower_ in ("is", "are", "was", "were")  # `X is a kinase that …`
    if operator_at(meet) is None and not is_that and any(token.dep_ == "relcl" for token in way.down):
        return None  # said of something that was only seen or had
    of_class = any(mediator is target for target in view.targets)
    if of_class and any(token.dep_ == "prep" and token.lower_ == "on" for token in way.up):
        return None  # `survival on EGFR inhibitors predicts`
    if reaction.response.adjective and way.up[-1].lower_ in word_group("processes"):
        told = {view.doc[i].lower_ for i in mediator_words(view.doc, mediator, way.up)}
        if told <= word_group("processes"):
            return None  # `the induction of X was sensitive to cycloheximide`
    has_operator = any(operator_at(token) for token in between) or reaction.response.verb
    if meet.lower_ in word_group("depending") and second.dep_ in SUBJECTS and first.dep_ in ("prep", "dobj"):
        return make_link(view, mediator, reaction, way.up, governing(way.down, None), "depends", 0.75)
    if role in SUBJECTS and second.dep_ not in SUBJECTS:
        if through_conjuncts(first).i < meet.i < mediator.start:
            return None  # `A rendered cells resistant, and an antibody to X …`: no part of the subject
        if any(_concedes(token) for token in way.up):
            return None  # `A, although it induced X, …`
        done = mediator_words(view.doc, mediator, way.up)
        if not has_operator and not (done and is_compared(reaction)):
            return None
        if min(done.values(), default=1) > 0 and any(_is_reported(token) for token in way.down):
            return None  # `studies of X show that Y enhanced …`
        association = any(o and o.association for o in map(operator_at, between))
        if association:
            return make_link(view, mediator, reaction, way.up, between, "associated", 0.7)
        link = make_link(view, mediator, reaction, way.up, between, "subject", 0.85)
        if link is not None and _is_saved_from(reaction, way):
            link.sign = -link.sign
        if link is not None and _is_left_alone(view, meet, reaction):
            link.negated = True
        return link
    for place, token in enumerate(way.up):
        if token.dep_ == "advcl" and any(c.lower_ in word_group("conditions") for c in token.children):
            return _on_condition(view, mediator, reaction, way.up[: place + 1], between, bool(has_operator))
    if (
        second.dep_ in SUBJECTS
        and first.dep_ in ("prep", "agent", "advcl")
        and first.lower_ in word_group("means")
    ):
        if not has_operator or meet.lower_ in word_group("demonstrating"):
            return None
        if any(o and o.association for o in map(operator_at, between)) and _has_another_changed(
            view, mediator, reaction
        ):
            return None
        # What brings a sensitisation about is told before; this is how it comes.
        process = reaction.token.lower_.startswith(("sensiti", "resensiti", "re-sensiti"))
        how = process and reaction.response.id == "sensitivity" and "tivity" not in reaction.token.lower_
        return make_link(view, mediator, reaction, way.up, between, "passive", 0.45 if how else 0.8)
    if first.dep_ in ("prep", "agent", "advcl", "pcomp") and second.dep_ not in SUBJECTS:
        return _by_means(view, mediator, reaction, way, between, bool(has_operator))
    if first.dep_ == "dobj" and (meet.lower_ in word_group("making") or is_manipulation(meet)):
        if second.dep_ in ("acl", "advcl", "xcomp", "prep") and any(map(operator_at, way.down[1:])):
            if other_subject(view, mediator, meet):
                return None
            chain = way.up if meet.lower_ in word_group("making") else (*way.up, meet)
            return make_link(view, mediator, reaction, chain, governing(way.down, None), "object", 0.65)
        makes = meet.lower_ in word_group("making") and has_population_subject(view, meet)
        if makes and second.dep_ == "conj" and is_verb(second) and any(map(operator_at, way.down[1:])):
            # `macrophages secrete IL-6 and induce resistance`
            return make_link(view, mediator, reaction, way.up, governing(way.down, None), "object", 0.6)
        if second.dep_ == "conj" and is_verb(second) and len(way.up) == 1 and is_manipulation(meet):
            chain = (*way.up, meet)
            return make_link(view, mediator, reaction, chain, governing(way.down, None), "object", 0.55)
    if (
        not is_verb(meet)
        and has_operator
        and first.dep_ in ("prep", "compound", "nmod", "poss", "amod", "npadvmod")
        and second.dep_ != "relcl"
    ):
        sure = 0.55 if meet.lower_ not in ("role", "roles") else 0.5
        return make_link(view, mediator, reaction, way.up, between, "noun", sure)
    return None


def _concedes(token: Token) -> bool:
    """Tell whether a clause is only conceded: `although it induced X`."""
    return token.dep_ == "advcl" and any(c.lower_ in ("although", "though") for c in token.children)


def _is_left_alone(view: SentenceView, verb: Token, reaction: Reaction) -> bool:
    """Tell whether something is left as it was: `left the response to D unchanged`."""
    rest = view.doc[reaction.token.i : view.sentence.end].text.lower()
    return verb.lower_ in ("left", "leave", "leaves", "leaving") and bool(_AS_IT_WAS.search(rest))


def _is_saved_from(reaction: Reaction, way: Way) -> bool:
    """Tell whether cells are saved from what a drug does: `protected cells from docetaxel-induced death`."""
    saved = reaction.response.id == "apoptosis" and way.meet.lower_ in word_group("saving")
    return saved and any(token.lower_ in ("from", "against") for token in way.down)


def _clause_taken_up(way: Way) -> int | None:
    """Return where a clause begins that takes up the whole of the one before: `lowered X, which raised …`.

    What happened once is told of both in the past; what a molecule does (`X, which promotes …`) isn't.
    """
    for token in way.down:
        if token.dep_ == "relcl" and token.tag_ == "VBD" and way.meet.tag_ in ("VBD", "VBN"):
            for child in token.children:
                if child.lower_ == "which" and child.nbor(-1).text == ",":
                    return int(child.i)
    return None


def _has_own_subject(token: Token) -> bool:
    """Tell whether a clause further down has a subject of its own, so that the first one isn't it."""
    return token.dep_ in ("conj", "advcl", "parataxis") and any(
        child.dep_ in SUBJECTS and child.tag_ not in ("WDT", "WP") for child in token.children
    )


def _is_reported(token: Token) -> bool:
    """Tell whether a clause is what somebody found, with a subject of its own."""
    return token.dep_ == "ccomp" and any(child.dep_ in SUBJECTS for child in token.children)


def _has_another_changed(view: SentenceView, mediator: Span, reaction: Reaction) -> bool:
    """Tell whether the response is that of cells in which another molecule was changed."""
    inside = {token.i for token in reaction.token.subtree}
    return any(
        other.start in inside and mediator_words(view.doc, other, [])
        for other in view.of_kind(MOLECULES)
        if other.start != mediator.start
    )


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
    if not has_operator and not is_compared(reaction):
        return None
    link = make_link(view, mediator, reaction, chain[:-1], between, "condition", 0.65)
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
    if first.lower_ not in word_group("means") and first.dep_ != "advcl":
        return None
    if any(t.lower_ in word_group("via_verbs") for t in way.up):
        if other_subject(view, mediator, way.meet, MEDIATORS):
            return None
    if first.lower_ in ("by", "via", "through") and has_agent_subject(view, way.meet):
        return None
    if first.lower_ == "with" and has_population_subject(view, way.meet):
        return None  # `macrophages promote stemness with overexpression of SOX2`: it goes along
    if other_subject(view, mediator, way.meet) or any(t.lower_ == "binding" for t in way.up):
        return None
    done = mediator_words(view.doc, mediator, way.up)
    if not has_operator and not (done and is_compared(reaction)):
        return None
    if first.lower_ in ("in", "with", "under", "from"):
        # `in EGFR-mutant patients` tells who, not what was changed.
        if all(view.doc[i].lower_ in word_group("attributes") for i in done):
            return None
    return _unless_mechanism(view, make_link(view, mediator, reaction, way.up, between, "means", 0.65), way)


def _unless_mechanism(view: SentenceView, link: Link | None, way: Way) -> Link | None:
    """Hold a means for little unless macrophages act by it or it was changed on purpose.

    What a drug or a molecule does its work by is its mechanism; only a change of the means itself shows
    that the means matters.
    """
    if link is None:
        return None
    changed = any(view.doc[i].lower_ in word_group("experiments") for i in link.done)
    actors = [s for s in view.mentions if s.label_ in ("macrophage", "vesicle")]
    verbs = {way.meet.i, *(ancestor.i for ancestor in way.meet.ancestors)}
    tops = [through_conjuncts(token) for s in actors for token in subject_of_mention(view, s)]
    first, last = sorted((link.reaction.token.i, link.mediator.start))
    between = any(first < s.start < last for s in actors)  # `resistance by macrophages through IL-10`
    if not changed and not between and not any(top.head.i in verbs for top in tops):
        link.sure -= 0.25
    return link


def _in_line(view: SentenceView, mediator: Span, reaction: Reaction) -> Link | None:
    """Where the tree is of no use: name, verb, response in this order with nothing else between."""
    doc = view.doc
    if mediator.label_ not in MOLECULES or mediator.end > reaction.token.i:
        return None
    if reaction.token.i - mediator.end > 18 or stands_behind_another(view, mediator):
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
    behind = [t for t in words if t.i > verbs[0].i]
    if any(t.lower_ == "without" or (is_verb(t) and operator_at(t)) for t in behind):
        return None  # `disrupted X and restored sensitivity`, `without affecting apoptosis`
    done = mediator_words(doc, mediator, [])
    near = [t for t in words if t.i < verbs[0].i and t.tag_ not in ("RB", "MD", "HYPH") and t.i not in done]
    if len(near) > 2 or verbs[0].lower_ in ("was", "were"):
        return None
    return make_link(view, mediator, reaction, (), [t for t in words if t.i >= verbs[0].i], "in-line", 0.45)


def doubted(view: SentenceView, link: Link) -> tuple[bool, bool]:
    """Return whether a link is held for possible only, and whether the sentence only asks for it."""
    first, last = link.words
    return is_speculated(view.sentence, first, last), is_question(view.sentence, last)
