"""Dates in a query are looked at before PubMed is asked."""

from __future__ import annotations

import pytest

from pipeline.errors import UsageError
from pipeline.settings import EntrezSettings, Settings
from pipeline.sources import Asked, default_query, open_sources
from pipeline.sources.query_dates import refuse_wrong_dates


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("TAM AND 2026/02/30[edat]", "there is no date 2026/02/30"),
        ('"2025/13"[dp]', "there is no date 2025/13"),
        ("TAM AND 2026/01/01:2025/01/01[crdt]", "in the wrong order"),
        ('TAM AND "2026-01-31"[Date - Entry]', "doesn't read dates like 2026-01-31.*write 2026/01/31"),
    ],
)
def test_a_wrong_date_is_told_in_a_line(query: str, told: str) -> None:
    with pytest.raises(UsageError, match=told) as fault:
        open_sources(Asked(query=query), Settings(entrez=EntrezSettings(email="me@example.org")))
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize(
    "query",
    [
        default_query(),
        "TAM AND 2020:3000[dp]",
        "2026/02/28[edat] OR 2024/02[lr]",
        '"last 5 days"[edat]',
        '"SARS-CoV-2 in 2020/21"[title]',
        "TAM AND 2024/02/29:2024/02/29[edat]",
    ],
)
def test_queries_without_fault_pass(query: str) -> None:
    refuse_wrong_dates(query)
