"""What a sentence offers: its names, its words of response, and the drugs that these speak of."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache, cached_property

from spacy.tokens import Doc, Span, Token

from extractors.entities import SPANS
from extractors.lexicon import PATTERNS, load_lexicon
from extractors.normalisation import fold, name_key
from extractors.relations.graph import through_conjuncts
from extractors.relations.triggers import Response, Triggers, load_triggers, verb_forms
from extractors.types import Mention

MOLECULES = frozenset(("cytokine", "gene", "mirna", "lncrna"))
MEDIATORS = MOLECULES | {"pathway", "vesicle", "macrophage"}
DRUGS = frozenset(("drug", "drug_class", "generic_drug"))
NAMED_DRUGS = frozenset(("drug", "drug_class"))
_PREPOSITIONS = frozenset(
    (
        "to",
        "against",
        "toward",
        "towards",
        "of",
        "with",
        "from",
        "for",
        "under",
        "following",
        "after",
        "upon",
        "on",
        "by",
    )
)
_LISTING = frozenset(
    (",", "and", "or", "/", "-", "plus", "as", "well", "both", "the", "to", "&", "including", "(", ")", "+")
)
_TOXICITY = re.compile(
    r"(?i)(?:nephro|cardio|neuro|hepato|oto|gonado|enteral|hemato|haemato|pulmonary |renal |organ )toxic|"
    r"neuropath|cardiac|myocyte|neuron|tubular cell|mucositis|alopecia|kidney injury|myelosuppress|"
    r"healthy tissue|normal tissue|insulin"
)
_ANTI = re.compile(r"(?i)^anti[-‐‑–](?=\w)")
_NAME_HEADS = frozenset("gene genes protein proteins pump pumps transporter transporters index".split())
_HYPHENS = frozenset(("-", "–", "‐", "‑"))
_MAKING_SO = verb_forms("make") | {"made"} | verb_forms("render") | verb_forms("leave") | {"left", "kept"}
_BEARERS = frozenset(
    "positive negative mutant mutated expressing deficient null wild-type cells cell".split()
)
# Of cells, not of patients: overall survival is no response.
_UNDER_DRUG = re.compile(
    r"of (?:[\w/-]+ ){0,4}cells? (?:[\w-]+ ){0,2}"
    r"(?:upon|under|during|in the presence of|exposed to|treated with|after|following|in response to) "
)
REACH_AFTER = 14
"""Tokens after a word of response within which its drug may stand (`sensitised … cells to …`)."""


@dataclass
class Reaction:
    """A word of response in a sentence with the drugs it speaks of.

    `attached` is false when the drug was found elsewhere in the sentence or the document;
    `attributive` when it only describes a group (`cisplatin-resistant cells`).
    """

    token: Token
    response: Response
    drugs: list[Span] = field(default_factory=list)
    attached: bool = True
    attributive: bool = False
    borrowed_from: Span | None = None
    """Another sentence that names the drug."""


class SentenceView:
    """A sentence with its mentions sorted by use."""

    def __init__(self, doc: Doc, sentence: Span, mentions: list[Span]) -> None:
        self.doc, self.sentence, self.mentions = doc, sentence, mentions
        self.at: dict[int, Span] = {i: span for span in mentions for i in range(span.start, span.end)}

    def of_kind(self, kinds: frozenset[str]) -> list[Span]:
        """Return the mentions of these kinds in order."""
        return [span for span in self.mentions if span.label_ in kinds]

    @cached_property
    def targets(self) -> list[Span]:
        """Return the genes that names of classes hold: CSF1R in `CSF1R inhibitor`."""
        found = []
        for span in self.of_kind(frozenset(("drug_class",))):
            start = span.start + 2 if span[0].lower_ == "anti" and len(span) > 2 else span.start
            for end in range(span.end - (start == span.start), start, -1):
                spelling = fold(_ANTI.sub("", self.doc[start:end].text))
                entries = load_lexicon().look_up(name_key(spelling), spelling)
                genes = [e for e in entries if not e.weak and e.concept.kind in MOLECULES]
                if genes and self.doc[end - 1].text not in ("-", "/"):
                    concept = genes[0].concept
                    target = Span(self.doc, start, end, label=concept.kind, kb_id=concept.id)
                    target._.tamrex_name = concept.name
                    found.append(target)
                    break
        return found

    @cached_property
    def reactions(self) -> list[Reaction]:
        """Return the words of response with their drugs."""
        triggers = load_triggers()
        found = []
        for token in self.sentence:
            response = _response_at(token, triggers, self)
            if response is None:
                continue
            agent_behind = response.id in ("effect", "protection")
            if not agent_behind and _is_of_something_else(token, self):
                continue
            if _is_turned(token, response):
                response = response._replace(sign=-response.sign)
            reaction = Reaction(token, response)
            reaction.drugs = _without_classes_named(self, _attached_drugs(self, reaction))
            reaction.attributive = _is_attributive(self, reaction, triggers)
            if not reaction.drugs and response.needs_drug:
                continue
            if response.beside_drug and not _is_beside(self, token, reaction.drugs):
                continue
            if _is_toxicity(self, reaction):
                continue
            found.append(reaction)
        return found


def sentence_views(doc: Doc) -> list[SentenceView]:
    """Return all sentences of a document with their mentions."""
    mentions = list(doc.spans[SPANS])
    views = []
    place = 0
    for sentence in doc.sents:
        inside = []
        while place < len(mentions) and mentions[place].start < sentence.end:
            inside.append(mentions[place])
            place += 1
        views.append(SentenceView(doc, sentence, inside))
    return views


def to_mention(span: Span) -> Mention:
    """Return a span as the mention that leaves this package."""
    return Mention(
        start=span.start_char,
        end=span.end_char,
        text=span.text,
        kind=span.label_,
        id=span.kb_id_,
        name=span._.tamrex_name,
        negated=bool(span._.tamrex_negated),
    )


@cache
def load_ligands() -> frozenset[str]:
    """Return the ids of ligands that count as drugs where cells are said to resist them or die of them."""
    groups = tomllib.loads((PATTERNS / "ligands.toml").read_text("utf-8"))["ligands"]
    return frozenset(name for group in groups for name in group["ids"])


def may_be_drug(span: Span) -> bool:
    """Tell whether a mention is a drug, or a ligand that may be given as one."""
    return span.label_ in DRUGS or span.kb_id_ in load_ligands()


def is_specific(drug: Span) -> bool:
    """Tell whether the drug of a response is named: no `chemotherapy`."""
    return drug.label_ != "generic_drug"


@cache
def load_no_treatments() -> frozenset[str]:
    """Return the names of agents that are no treatment of cancer, in small letters."""
    agents = tomllib.loads((PATTERNS / "no_treatment.toml").read_text("utf-8"))["agents"]
    return frozenset(name for entry in agents for name in entry["names"])


def is_no_treatment(drug: Span) -> bool:
    """Tell whether an agent is no treatment of cancer, so that nothing is resistant to it here."""
    return bool({drug.text.lower(), drug._.tamrex_name.lower()} & load_no_treatments())


def concept_key(span: Span) -> str:
    """Return what a mention is grouped by."""
    return span.kb_id_ or span._.tamrex_name


def _response_at(token: Token, triggers: Triggers, view: SentenceView) -> Response | None:
    fitting = (_fitting(response, token, view) for response in triggers.responses.get(token.lower_, ()))
    return next((response for response in fitting if response is not None), None)


def _fitting(response: Response, token: Token, view: SentenceView) -> Response | None:
    mention = view.at.get(token.i)
    if mention is not None and mention.label_ not in DRUGS:
        return None  # part of a name: multidrug resistance protein
    if response.verb and not token.tag_.startswith("VB"):
        return None
    if response.needs_modifier:
        before = {t.lower_ for t in view.doc[max(view.sentence.start, token.i - 4) : token.i]}
        if not before & response.needs_modifier:
            return None
    if response.induced and not _brought_about(token, view):
        return None
    if response.under_drug and not _UNDER_DRUG.match(view.doc[token.i + 1 : token.i + 10].text):
        return None
    return response


def _is_turned(token: Token, response: Response) -> bool:
    """Tell whether a group is the one that doesn't respond: `non-responders`, `who did not respond`."""
    at = token.i - 1
    if at > 0 and token.doc[at].text in _HYPHENS and token.doc[at - 1].lower_ == "non":
        return True
    in_group = response.id == "respond" and token.dep_ in ("relcl", "acl")
    return in_group and any(child.dep_ == "neg" for child in token.children)


def _drug_judged(view: SentenceView, token: Token) -> list[Span]:
    """Find the drug of which something is said: `made docetaxel markedly more effective`."""
    for at in range(token.i - 1, max(view.sentence.start - 1, token.i - 9), -1):
        span = view.at.get(at)
        if span is not None:
            return [span] if span.label_ in NAMED_DRUGS else []
        word = view.doc[at]
        if word.tag_[:2] not in ("RB", "VB", "JJ", "MD") or word.lower_ in ("than", "as"):
            return []
    return []


def _is_beside(view: SentenceView, token: Token, drugs: list[Span]) -> bool:
    """Tell whether a named drug stands right before a word, or right behind `of`."""
    following = view.doc[token.i + 1].lower_ if token.i + 1 < view.sentence.end else ""
    return any(
        drug.label_ in NAMED_DRUGS
        and (drug.end == token.i or (following == "of" and token.i + 2 <= drug.start <= token.i + 3))
        for drug in drugs
    )


def _is_of_something_else(token: Token, view: SentenceView) -> bool:
    """Tell whether the response is one to a molecule (`responsiveness to IFN-γ`) or part of a name.

    `multidrug resistance gene product` is a protein, not a response.
    """
    doc = view.doc
    if token.i > 0 and doc[token.i - 1].lower_ == "in" and token.lower_ == "response":
        return True  # `in response to cisplatin`
    if token.i + 2 < view.sentence.end and doc[token.i + 1].text in _HYPHENS:
        if doc[token.i + 2].lower_ in ("associated", "related", "linked"):
            return True  # `resistance-associated genes`: what they are called
    if token.i + 1 < view.sentence.end and doc[token.i + 1].lower_ in _NAME_HEADS:
        return True
    for at in range(token.i + 1, min(token.i + 4, view.sentence.end)):
        if doc[at].tag_ == "IN" and doc[at].lower_ not in ("to", "of", "from"):
            return False  # `resistance through regulation of miR-21`
        if doc[at].lower_ in ("to", "of", "from"):
            span = view.at.get(at + 1)
            if span is None or span.label_ not in MOLECULES or span.kb_id_ in load_ligands():
                continue
            behind = doc[span.end].lower_ if span.end < len(doc) else ""
            return behind not in _HYPHENS and behind not in _BEARERS
    return False


def _brought_about(token: Token, view: SentenceView) -> bool:
    """Tell whether a drug is said to bring about what the token names: `docetaxel-induced apoptosis`."""
    doc = view.doc
    before = doc[max(view.sentence.start, token.i - 6) : token.i].text.lower()
    after = doc[token.i + 1 : min(view.sentence.end, token.i + 9)].text.lower()
    return bool(
        re.search(r"[-‐‑–] ?(?:induced|mediated|triggered|caused|elicited|dependent)\b[\w ,/-]*$", before)
        or re.match(
            r"(?:\w+ ){0,4}(?:induced|triggered|caused|in response to|under|after|following|upon)\b|"
            r"(?:\w+ ){0,2}by\b|of (?:[\w/-]+ ){1,5}by\b",
            after,
        )
    )


def _attached_drugs(view: SentenceView, reaction: Reaction) -> list[Span]:
    doc, token = view.doc, reaction.token
    if reaction.response.of_drug:
        return _drug_judged(view, token)
    own = view.at.get(token.i)
    first = token if own is None else doc[own.start]
    before = [] if reaction.response.verb else _drugs_before(view, first, induced=reaction.response.induced)
    after = _drugs_after(view, token if own is None else doc[own.end - 1], verb=reaction.response.verb)
    if reaction.response.induced:
        named = before or after
        return [d for d in named if is_specific(d)] or [
            d for d in named if d.text.lower().startswith("chemo") and "resist" not in d.text.lower()
        ]
    specific = [d for d in [*before, *after] if is_specific(d)]
    if specific:
        return specific
    if own is not None:
        return [own]
    return before or after


def _without_classes_named(view: SentenceView, drugs: list[Span]) -> list[Span]:
    """Leave out classes that only say what a named drug beside them is: `the BCL-2 inhibitor venetoclax`."""
    named = [drug for drug in view.of_kind(DRUGS) if drug.label_ == "drug"]
    kept = []
    for drug in drugs:
        members = _members_listed(view, drug, named)
        if members:
            kept += [member for member in members if member not in kept and member not in drugs]
            continue
        if drug.label_ == "drug_class" and _says_again(view, drug, drugs):
            continue
        instance = next(
            (n for n in named if drug.label_ == "drug_class" and _is_apposed(view, drug, n)), None
        )
        if instance is None:
            kept.append(drug)
        elif instance not in drugs and instance not in kept:
            kept.append(instance)
    return kept


def _says_again(view: SentenceView, drug: Span, drugs: list[Span]) -> bool:
    """Tell whether a class only says again what the one before it is: `EGFR inhibitors (TKIs)`."""
    return any(
        other.label_ == "drug_class"
        and other.end <= drug.start
        and [t.text for t in view.doc[other.end : drug.start]] in ([], ["("])
        for other in drugs
    )


def _members_listed(view: SentenceView, drug: Span, named: list[Span]) -> list[Span]:
    """Return the drugs that a colon lists as a class's members: `genotoxic agents used: DNR and ara-C`."""
    if drug.label_ != "drug_class":
        return []
    behind = view.doc[drug.end : min(drug.end + 6, view.sentence.end)]
    colon = next((token.i for token in behind if token.text == ":"), None)
    if colon is None or view.at.get(colon + 1) not in named:
        return []
    return [member for member in named if member.start > colon]


def _is_apposed(view: SentenceView, named: Span, drug: Span) -> bool:
    if named.start < drug.start:
        # `the BET inhibitor JQ1`, `a BET inhibitor (JQ1)`; `BET inhibitors, JQ1 and` is a list.
        between = [t.text for t in view.doc[named.end : drug.start]]
        return not between or (between in (["("], [","]) and not named.text.endswith("s"))
    return [t.lower_ for t in view.doc[drug.end : named.start]] in (
        [",", "a"],
        [",", "an"],
        [",", "the"],
        ["(", "a"],
        ["(", "an"],
        ["("],
    )


def _drugs_before(view: SentenceView, token: Token, *, induced: bool) -> list[Span]:
    """Find drugs just before: `cisplatin resistance`, `paclitaxel- and cisplatin-resistant`."""
    doc = view.doc
    at = token.i - 1
    steps = 0
    found: list[Span] = []
    while at >= view.sentence.start and steps < 5:
        span = view.at.get(at)
        word = doc[at].lower_
        # `TRAIL resistance`, `TRAIL-induced apoptosis`; in `TNF-induced resistance` TNF is what does it.
        near = induced or all(t.text in _HYPHENS for t in doc[at + 1 : token.i])
        if span is not None and (span.label_ in DRUGS or (span.kb_id_ in load_ligands() and near)):
            found.insert(0, span)
            at, steps = span.start - 1, 0
            continue
        if span is not None:
            break
        joins = word in (
            "-",
            "–",
            "/",
            "‐",
            "induced",
            "drug",
            "acquired",
            "mediated",
            "therapy",
            "treatment",
        )
        lists = bool(found) and word in ("and", "or", ",", "(", ")")
        modifier = not found and doc[at].tag_ in ("JJ", "NN") and not word.endswith(("ed", "ing"))
        if not (joins or lists or modifier):
            break
        at -= 1
        steps += 1
    return found


def _drugs_after(view: SentenceView, token: Token, *, verb: bool) -> list[Span]:
    """Find drugs after a preposition: `resistance to cisplatin and paclitaxel`, `sensitised cells to`."""
    doc = view.doc
    prepositions = ("to", "with", "from", "against", "toward", "towards") if verb else tuple(_PREPOSITIONS)
    if token.lower_.startswith("progress"):
        prepositions = ("on", "under", "during", "after", "despite")
    # `potentiated trastuzumab`: the drug is the object itself.
    ready = token.lower_.startswith("potentiat")
    found: list[Span] = []
    at = token.i + 1
    stop = min(view.sentence.end, token.i + REACH_AFTER)
    while at < stop:
        span = view.at.get(at)
        word = doc[at]
        taken = word.nbor(-1).lower_ in prepositions or (bool(found) and word.nbor(-1).lower_ in _LISTING)
        if span is not None and (span.label_ in DRUGS or (taken and ready and may_be_drug(span))):
            if not ready and found == [] and not verb:
                break
            if ready or found:
                found.append(span)
            at = span.end
            stop = max(stop, min(view.sentence.end, at + 4)) if found else stop
            continue
        if found:
            if word.lower_ not in _LISTING and span is None and word.tag_ not in ("NN", "NNS", "JJ"):
                break
            if span is not None and span.label_ not in ("cancer", "cell_line"):
                break
            at += 1
            continue
        if word.lower_ in prepositions:
            ready = True
        elif (
            word.text in (";", ":", ".")
            or (word.tag_ in ("VBZ", "VBD", "VBP", "MD") and not verb)
            or (word.i > token.i + 1 and word.lower_ in load_triggers().responses and not verb)
        ):
            break
        at += 1
    return found


def _is_toxicity(view: SentenceView, reaction: Reaction) -> bool:
    """Tell whether the response is harm to healthy tissue: `protected tubular cells from nephrotoxicity`."""
    start = reaction.token.i
    end = max([start, *(drug.end for drug in reaction.drugs)])
    near = view.doc[max(view.sentence.start, start - 5) : min(view.sentence.end, end + 6)]
    # What a drug kills may be named anywhere in the sentence.
    around = view.sentence if reaction.response.induced else near
    return bool(_TOXICITY.search(around.text))


def _is_attributive(view: SentenceView, reaction: Reaction, triggers: Triggers) -> bool:
    """Tell whether an adjective only describes a group: `cisplatin-resistant A549 cells`."""
    token = reaction.token
    if reaction.response.id in ("responders", "nonresponders"):
        return True
    if reaction.response.id in ("respond", "progress") and token.dep_ in ("relcl", "acl", "amod"):
        return token.head.lower_ in triggers.groups or token.head.head.lower_ in triggers.groups
    above = through_conjuncts(token).head
    if (
        reaction.response.id == "resistance"
        and above.lower_ == "with"
        and above.head.lower_ in triggers.groups
    ):
        return True  # `in tumours with resistance to cisplatin`
    if not reaction.response.adjective or reaction.response.of_drug:
        # `resistance phenotype`: still what is spoken of.
        return False
    if through_conjuncts(token).dep_ in ("amod", "acl", "appos", "relcl", "nmod", "compound"):
        # `breast cancer refractory to letrozole`; but `made cells sensitive` tells what was done.
        return token.head.i > token.i or token.head.head.lower_ not in _MAKING_SO
    for following in view.doc[token.i + 1 : min(view.sentence.end, token.i + 6)]:
        if following.lower_ in triggers.groups:
            return True
        span = view.at.get(following.i)
        if span is not None and span.label_ in ("cancer", "cell_line", "vesicle"):
            continue
        if following.tag_[:2] not in ("JJ", "NN", "HY", "VB", "CD") and following.text not in (
            "-",
            "/",
            "+",
            "(",
            ")",
        ):
            return False
        if following.tag_ in ("VBZ", "VBD", "VBP"):
            return False
    return False
