"""Where sentences begin, by rules over the text; runs before the parser, which keeps to it.

A parser trained on full papers cuts abstracts in odd places (`in the closely related factor | Spi-B`),
and a claim is only seen within a sentence. In abstracts nearly every sentence ends with a stop, so it is
enough to tell which stops end one. Words are in `patterns/sentences.toml`, each with its example.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc
from thinc.types import Ints2d

DATA = Path(__file__).parent / "patterns" / "sentences.toml"

_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_STOP = re.compile(
    rf"(?P<stop>[.?!]+)(?P<close>[\"'”’)\]]*)(?:[{_RAISED}][{_RAISED},–⁻]*)?(?P<gap>[ \t]+|(?=[A-Z]))(?=\S)"
)
_OPENING = "([\"'“‘"
_ROUND_WORDS = "([\"'“‘)]”’,;:"
_BRACKETS = {")": "(", "]": "["}
_LONG_BRACKET = 500
"""Characters: what is longer is two brackets that don't belong together."""
_WORD = re.compile(r"[\"'“‘(\[]*([^\W\d_]*)")
_BRACKET = re.compile(r"[()\[\]]")
_DOTTED = re.compile(r"(?:[A-Za-z]\.)+[A-Za-z]")
_NUMBERED = re.compile(r"\d{1,2}|[IVX]{1,4}|[A-Za-z]")
_ITEM = re.compile(r"\((?:\d{1,2}|[a-z]|[ivx]{1,4})\)")
_GREEK = frozenset("alpha beta gamma delta kappa".split())
_OPERATORS = tuple("=<>≤≥")


class SentenceWords(NamedTuple):
    """The words of the data file, `abbreviations` with what may follow their stop."""

    abbreviations: dict[str, str]
    openers: frozenset[str]
    small_openers: frozenset[str]
    before_letters: frozenset[str]
    note: re.Pattern[str]
    label: re.Pattern[str]


@cache
def load_sentence_words() -> SentenceWords:
    """Read the data file."""
    data = tomllib.loads(DATA.read_text("utf-8"))

    def words(table: str) -> frozenset[str]:
        return frozenset(word for entry in data[table] for word in entry["words"].split())

    return SentenceWords(
        {word: entry["follows"] for entry in data["abbreviation"] for word in entry["words"].split()},
        words("opener"),
        words("small"),
        words("letter"),
        re.compile(rf"\[(?:{data['note'][0]['words']})", re.IGNORECASE),
        # Not `METHODS AND RESULTS:`.
        re.compile(rf"(?i:{data['label'][0]['words']}) +(?!(?i:and) |[A-Z][\w ]{{0,30}}:)(?=[A-Z0-9(])"),
    )


def find_sentence_starts(text: str) -> list[int]:
    """Return where sentences begin, in characters of the text, in order.

    Every line begins one. The white space between two sentences belongs to neither.
    """
    starts: list[int] = []
    at = 0
    for line in text.split("\n"):
        if line.strip():
            starts += [at + start for start in _Line(line).starts()]
        at += len(line) + 1
    return starts


class _Line:
    """A line of text and the brackets in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.begin = len(text) - len(text.lstrip())
        self.brackets = _pairs(text)
        self.words = load_sentence_words()

    def starts(self) -> list[int]:
        """Return where sentences begin in the line."""
        found = [self.begin]
        for at, start in self._candidates():
            if start > found[-1] and self._ends(at, start, found[-1]):
                found.append(start)
        return sorted(found + self._behind_labels(found))

    def _candidates(self) -> list[tuple[int, int]]:
        """Return (last sign of a possible sentence, first sign of the next) in order."""
        stops = [(match.start("stop"), match.end()) for match in _STOP.finditer(self.text)]
        squares = []
        for opened, closed in self.brackets:
            behind = closed + 1
            if self.text[opened] == "[" and self.text[behind : behind + 1] == " ":
                while self.text[behind : behind + 1] == " ":
                    behind += 1
                if behind < len(self.text):
                    squares.append((closed, behind))
        return sorted(stops + squares, key=lambda pair: pair[1])

    def _behind_labels(self, found: list[int]) -> list[int]:
        """Return where sentences begin behind labels without a colon (`Results Tumours grew.`)."""
        matches = [self.words.label.match(self.text, start) for start in found]
        behind = [m.end() for m in matches if m and m[0][0].isupper()]
        return behind if len(behind) > 1 else []

    def _ends(self, at: int, start: int, begun: int) -> bool:
        """Tell whether a sentence that has begun ends at a stop or bracket, before `start`."""
        text = self.text
        if text[at] == "]":
            return self._is_title_or_note(at, start, begun)
        if self._is_inside_bracket(at, start, begun):
            return False
        following = _word_at(text, start)
        if start == at + 1:
            # No blank: a forgotten one, or part of a name or an address.
            return len(following) > 1 and text[at - 1].islower() and following in self.words.openers
        if text[at] in "?!":
            return _can_begin(text, start)
        if text[at : at + 2] == "..":
            return self._is_opener(following)
        return self._stop_ends(at, start, begun, following)

    def _stop_ends(self, at: int, start: int, begun: int, following: str) -> bool:
        text = self.text
        before_stop = text[begun:at]
        if not before_stop.strip() or before_stop.rstrip().endswith(_OPERATORS):
            return False
        word = before_stop.rstrip().rsplit(" ", 1)[-1].lstrip(_OPENING)
        before = before_stop.rstrip().removesuffix(word).rstrip()
        digit = text[start].isdigit()
        if not before and _NUMBERED.fullmatch(word):
            return False
        if word.isdigit() and digit and before.endswith(_OPERATORS):
            return False
        follows = self.words.abbreviations.get(word)
        if follows == "never" or (follows == "number" and digit):
            return False
        if follows == "opener" or _DOTTED.fullmatch(word):
            return self._is_opener(following)
        if len(word) == 1 and word.isupper():
            return self._letter_ends(before, following, start)
        return _can_begin(text, start) or self._is_small_opener(word, following)

    def _is_opener(self, following: str) -> bool:
        """Tell whether a word is an opener, as it is or as a label (`RESULTS`)."""
        return following in self.words.openers or (
            len(following) > 1 and following.title() in self.words.openers and following.isupper()
        )

    def _is_small_opener(self, word: str, following: str) -> bool:
        """Tell whether a capital was forgotten: `(p = 0.03). the tumours`."""
        plain = len(word) > 4 and word.isalpha() and word.islower()
        return (plain or word.endswith(")")) and following in self.words.small_openers

    def _letter_ends(self, before: str, following: str, start: int) -> bool:
        """Tell whether `X.` is a name that ends a sentence, not the first letter of one."""
        if self._is_opener(following) and following not in ("A", "An"):
            return True
        if not _can_begin(self.text, start):
            return False
        *others, last = [word.strip(_ROUND_WORDS) for word in before.split(" ")[-3:]]
        listed = last in ("and", "or") and bool(others) and len(others[-1]) == 1  # domains A and B
        return listed or last.lower() in self.words.before_letters

    def _is_inside_bracket(self, at: int, start: int, begun: int) -> bool:
        """Tell whether a stop lies in a bracket that is part of a sentence."""
        for opened, closed in self.brackets:
            if opened < at < closed:
                if closed >= start or opened > begun:
                    return closed - opened < _LONG_BRACKET
        return False

    def _is_title_or_note(self, at: int, start: int, begun: int) -> bool:
        opened = next(opened for opened, closed in self.brackets if closed == at)
        if begun == self.begin and self.words.note.match(self.text, opened):
            return _can_begin(self.text, start)
        return opened == begun and at - opened > 12 and _can_begin(self.text, start)


def _pairs(text: str) -> list[tuple[int, int]]:
    """Return where brackets open and close, those that have no partner left out."""
    pairs: list[tuple[int, int]] = []
    waiting: list[int] = []
    for match in _BRACKET.finditer(text):
        sign, at = match[0], match.start()
        if sign in "([":
            waiting.append(at)
            continue
        for place in reversed(range(len(waiting))):
            if text[waiting[place]] == _BRACKETS[sign]:
                pairs.append((waiting[place], at))
                del waiting[place:]
                break
    return pairs


def _word_at(text: str, start: int) -> str:
    match = _WORD.match(text, start)
    return match[1] if match else ""


def _can_begin(text: str, start: int) -> bool:
    """Tell whether a sentence can begin there: not with a plain word in small letters."""
    if _ITEM.match(text, start):
        return True
    word = text[start : start + 60].split(None, 1)[0].lstrip(_OPENING)
    if not word:
        return False
    if word[0].isupper() or word[0].isdigit():
        return True
    if not word[0].islower():
        return word[0] in "©≥≤<>~+-±α"
    name = word.rstrip(".,;:)]")
    if name in _GREEK:
        return True
    return any(sign.isupper() or sign.isdigit() or sign == "-" for sign in name)


@Language.component("tamrex_sentences", assigns=["token.is_sent_start"])
def mark_sentence_starts(doc: Doc) -> Doc:
    """Say of each token whether a sentence begins with it; the parser keeps to what is set."""
    if not len(doc):
        return doc
    begins = np.isin(doc.to_array("IDX"), find_sentence_starts(doc.text))
    begins[0] = True
    # All at once: setting a token's own flag asks the whole document each time whether it is parsed.
    flags = np.where(begins, 1, -1).astype(np.uint64).reshape(-1, 1)
    doc.from_array(["SENT_START"], cast("Ints2d", flags))
    return doc
