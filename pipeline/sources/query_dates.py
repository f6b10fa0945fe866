"""Dates in a PubMed query: a wrong one is told before PubMed is asked, which would quietly drop it.

Date fields and the form YYYY/MM/DD, month and day optional, are those of "PubMed Help", "Date of
Publication", "Entry Date" and their like (pubmed.ncbi.nlm.nih.gov/help).
"""

from __future__ import annotations

import re
from datetime import date

from pipeline.errors import UsageError

_FIELDS = (
    "dp|pdat|publication date|date - publication|edat|entry date|date - entry|crdt|create date|date - create|"
    "lr|mdat|modification date|date - modification|mhda|mesh date|date - mesh|epdat|ppdat|dcom|"
    "date - completion"
)
_DAY = r'"?(\d{4}(?:[/-]\d{1,2}){0,2})"?'
_TAGGED = re.compile(rf"{_DAY}(?:\s*:\s*{_DAY})?\s*\[(?:{_FIELDS})\]", re.I)


def refuse_wrong_dates(query: str) -> None:
    """See that the dates of a query exist, are written as PubMed reads them, and stand in order.

    Raises
    ------
    UsageError
        With the first date at fault.
    """
    for found in _TAGGED.finditer(query):
        days = [_first_day(words, query) for words in found.groups() if words]
        if len(days) == 2 and days[0] > days[1]:
            what = f"the dates {found.group()} are in the wrong order"
            raise UsageError(what, query, "write the earlier one first")


def _first_day(words: str, query: str) -> date:
    if "-" in words:
        mend = f"write {words.replace('-', '/')}"
        raise UsageError(f"PubMed doesn't read dates like {words}", query, mend)
    try:
        year, month, day = (*map(int, words.split("/")), 1, 1)[:3]
        return date(year, month, day)
    except ValueError:
        raise UsageError(f"there is no date {words}", query, "write it as YYYY/MM/DD") from None
