"""Names in one spelling, so that a text's words and a vocabulary's can be compared."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta",
    "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "µ": "mu", "ν": "nu", "ξ": "xi",
    "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega",
    "ß": "beta", "ĸ": "kappa",
}  # fmt: skip
_GREEK |= {letter.upper(): name for letter, name in _GREEK.items() if len(letter.upper()) == 1}
_FOLDING = str.maketrans(_GREEK)
# British to American, so that one spelling in the vocabulary is enough.
_SPELLINGS = (
    ("tumour", "tumor"),
    ("leukaem", "leukem"),
    ("oestr", "estr"),
    ("oesoph", "esoph"),
    ("haem", "hem"),
    ("polaris", "polariz"),
    ("signalling", "signaling"),
    ("fibre", "fiber"),
    ("grey", "gray"),
    ("sulph", "sulf"),
)
_NOT_IN_KEYS = re.compile(r"[^0-9A-Za-z+]")


@lru_cache(maxsize=32_768)
def fold(name: str) -> str:
    """Spell Greek letters out, drop accents and every sign but letters, digits and plus; keep case.

    >>> fold("TNF-α"), fold("IL 6"), fold("CD8+"), fold("Müller")
    ('TNFalpha', 'IL6', 'CD8+', 'Muller')
    """
    if name.isascii():
        return name if name.isalnum() else _NOT_IN_KEYS.sub("", name)
    plain = unicodedata.normalize("NFKD", name.translate(_FOLDING))
    return _NOT_IN_KEYS.sub("", plain)


@lru_cache(maxsize=32_768)
def name_key(folded: str) -> str:
    """Return what two folded names are compared by: lower case, American spelling.

    >>> name_key(fold("Tumour-associated macrophage"))
    'tumorassociatedmacrophage'
    """
    key = folded.lower()
    if len(key) > 6:
        for british, american in _SPELLINGS:
            if british in key:
                key = key.replace(british, american)
    return key


def singular_keys(key: str) -> tuple[str, ...]:
    """Return the keys that a key in the plural could stand for, the likeliest first.

    >>> singular_keys("macrophages"), singular_keys("leukemias"), singular_keys("therapies")
    (('macrophage',), ('leukemia',), ('therapy', 'therapie'))
    """
    if len(key) < 4 or not key.endswith("s") or key.endswith(("ss", "us", "is")):
        return ()
    if key.endswith("ies") and len(key) > 5:
        return key[:-3] + "y", key[:-1]
    return (key[:-1],)
