"""A tokeniser for biomedical abstracts.

Names stay whole (`IL-6`, `PD-L1`, `miR-155-5p`, `TNF-α`, `CD8+`, `M2-like`), while the words that
hang on them are split off (`cisplatin-resistant`, `IL-6-induced`, `anti-PD-1`, `IL-6/STAT3`), because
a name must be a token or a run of tokens to be marked. Based on spaCy's English defaults.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from spacy.lang.char_classes import CONCAT_QUOTES, LIST_ELLIPSES, LIST_ICONS, LIST_PUNCT, LIST_QUOTES
from spacy.language import Language
from spacy.tokenizer import Tokenizer
from spacy.util import compile_infix_regex, compile_prefix_regex, compile_suffix_regex, registry

_GREEK = "alpha|beta|gamma|delta|epsilon|zeta|eta|theta|kappa|lambda|sigma|omega"
_HYPHEN = "[-‐‑–—]"
# A word after a hyphen is split off when it is a plain lower-case word of four letters or more that is
# no Greek letter and not "like" or "type": those make the name (`M2-like`, `NF-kappaB`, `wild-type`).
_WORD = rf"(?!(?:{_GREEK})|like\b|type\b)[a-z]{{4,}}"

# Prefixes that belong to their word: re-sensitised, down-regulated, co-culture.
_PREFIX_WORDS = "".join(
    rf"(?<!\b{prefix})"
    for prefix in (
        "re",
        "co",
        "up",
        "down",
        "over",
        "non",
        "pre",
        "knock",
        "sub",
        "multi",
        "de",
        "under",
        "pro",
    )
)

_PREFIXES = [
    "§",
    "%",
    "=",
    "—",
    "–",
    r"\+(?![0-9])",
    r"/(?=\w)",
    *LIST_PUNCT,
    *LIST_ELLIPSES,
    *LIST_QUOTES,
    r"(?:[~≈<>≤≥±])",
    r"[\[\](){}]",
]
_SUFFIXES = [
    *LIST_PUNCT,
    *LIST_ELLIPSES,
    *LIST_QUOTES,
    *LIST_ICONS,
    # Numbers of references printed as superscripts, and their TeX form.
    r"(?<=[A-Za-z).]{2})[⁰¹²³⁴⁵⁶⁷⁸⁹][⁰¹²³⁴⁵⁶⁷⁸⁹,–⁻]*",
    r"(?<=-[A-Z])[⁰¹²³⁴⁵⁶⁷⁸⁹][⁰¹²³⁴⁵⁶⁷⁸⁹,–⁻]*",
    r"(?<=[A-Z]\d)[⁰¹²³⁴⁵⁶⁷⁸⁹][⁰¹²³⁴⁵⁶⁷⁸⁹,–⁻]*",
    r"\^\{[^}]*\}",
    "'s",
    "'S",
    "’s",
    "’S",
    "—",
    "–",
    r"(?<=[0-9])%",
    r"(?<=[a-z0-9%²\-+)\]}" + CONCAT_QUOTES + r"])\.",
    r"(?<=[A-Zα-ωΑ-Ω]{2})\.",
    r"(?<=[α-ω+])\.",
    r"(?<=-[A-Z])\.",
    r"(?<=[a-z0-9][A-Z])\.",
    r"(?<=[⁰¹²³⁴⁵⁶⁷⁸⁹}])\.",
    r"[\[\](){}]",
    r"(?<=\w)/",
]
_INFIXES = [
    *LIST_ELLIPSES,
    *LIST_ICONS,
    # Names side by side: IL-6/STAT3, PI3K/AKT/mTOR; not rates such as mg/kg or counts such as 3/4.
    r"(?<=[A-Za-z0-9α-ωΑ-Ω+)\]])/(?=[A-Za-zα-ωΑ-Ω(])",
    # Not after a single sign: 5-fluorouracil, E-cadherin, β-catenin, T-cell.
    rf"(?<=[A-Za-z0-9α-ωΑ-Ω+)\]\-][A-Za-z0-9α-ωΑ-Ω+)\]]){_PREFIX_WORDS}{_HYPHEN}(?={_WORD})",
    # A dash between names, which is no hyphen: CCL2–CCR2.
    r"(?<=[A-Za-z0-9α-ωΑ-Ω]{2})[–—](?=[A-Za-zα-ωΑ-Ω])",
    # `CD163+CD206+`: the plus belongs to the name before it, so the cut has no width.
    r"(?<=[A-Za-z0-9]\+)(?=[A-Z]{2})",
    # Before a name: anti-PD-1, non-M2, pro-IL; the prefix must be a word of its own.
    rf"(?<![A-Za-z0-9])(?<=\banti|\bpost){_HYPHEN}(?=\w)",
    rf"(?<=[a-z]{{4}}){_PREFIX_WORDS}{_HYPHEN}(?=[A-Za-z])(?!(?:{_GREEK})|like\b|type\b)",
    rf"(?<=[A-Z0-9]{{3}}){_HYPHEN}(?=TKIs?\b|ADCs?\b|TAMs?\b|CAFs?\b)",
    r"(?<=[a-z]),(?=[A-Za-z])",
    r"(?<=[a-z])\.(?=[A-Z][a-z])",
    r"(?<=[A-Za-z0-9])[=<>≤≥](?=[A-Za-z0-9])",
    r"(?<=[A-Za-z0-9])[:;](?=[A-Za-z])",
    r"(?<=[A-Za-z]{3})[⁰¹²³⁴⁵⁶⁷⁸⁹]+(?=[.,;:])",
    r"(?<=\w)[(\[](?=\w)",
    r"(?<=\w)[)\]](?=[\w\-‐‑–/])",
]


@registry.tokenizers("tamrex.BiomedicalTokenizer.v1")
def create_biomedical_tokenizer() -> Callable[[Language], Tokenizer]:
    """Return a maker of tokenisers, for the configuration file."""

    def make(nlp: Language) -> Tokenizer:
        exceptions = {
            word: cases
            for word, cases in (nlp.Defaults.tokenizer_exceptions or {}).items()
            # Abbreviations of units and states ("Wash.", "Mass.") only do harm in abstracts.
            if re.fullmatch(r"(?:e\.g|i\.e|vs|et al|cf|Dr|Mr|Mrs|approx|ca|[a-z]\.[a-z])\.?", word)
        }
        return Tokenizer(
            nlp.vocab,
            rules=exceptions,
            prefix_search=compile_prefix_regex(_PREFIXES).search,
            suffix_search=compile_suffix_regex(_SUFFIXES).search,
            infix_finditer=compile_infix_regex(_INFIXES).finditer,
        )

    return make
