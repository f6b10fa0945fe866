"""Requests to NCBI's E-utilities: paced, tried again where that helps, with no secret in what is told.

Biopython's own retries are switched off, since it repeats a refused request at once and doesn't count the
repeats; here they wait, obey `Retry-After` and count in the rate.
"""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError

from Bio import Entrez
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_exponential_jitter

from pipeline.errors import SourceError, UsageError
from pipeline.settings import EntrezSettings
from pipeline.sources.entrez_answers import FinalError, TransientError, judge_refusal

ATTEMPTS = 8
TIMEOUT = 60.0
"""Seconds without an answer after which a request counts as failed; Bio.Entrez itself sets no limit."""
LONGEST_PAUSE = 300.0
"""Seconds: a server that asks for a longer pause has the run end instead."""
MEND = "try again later; what came is kept"
_EUTILS = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"


class Requests:
    """The requests of one run, which all keep one pace.

    Biopython's own pace (a request each 0.37 s, with a key each 0.1 s) holds beside `settings.rate`.

    Parameters
    ----------
    settings
        E-mail (needed), API key, address and rate.
    sleep
        How to pause, in seconds.

    Raises
    ------
    UsageError
        If no e-mail is set.
    """

    def __init__(self, settings: EntrezSettings, sleep: Callable[[float], None]) -> None:
        if "@" not in settings.email:
            raise UsageError(
                "NCBI needs an e-mail address with every request",
                "entrez.email",
                "set it in tamrex.toml or as TAMREX_ENTREZ__EMAIL",
            )
        self.base_url = settings.base_url.rstrip("/") + "/"
        self._settings = settings
        self._sleep = sleep
        self._hide = settings.hide_key
        self._interval = 1.0 / (settings.rate or (10.0 if settings.api_key else 3.0))
        self._last = -1e9

    def ask(self, what: str, request: Callable[[], Any], read: Callable[[bytes], Any]) -> Any:
        """Send a request until its answer is whole; return what was read of it.

        Parameters
        ----------
        what
            Name of the tool, for messages.
        request
            A call of `Bio.Entrez` that gives an open answer.
        read
            Reads the body; raises `TransientError` for one that isn't whole.

        Raises
        ------
        SourceError
            If it fails `ATTEMPTS` times, or is refused.
        """
        retrying = Retrying(
            retry=retry_if_exception_type(TransientError),
            stop=stop_after_attempt(ATTEMPTS),
            wait=_wait,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return retrying(lambda: read(self._once(request)))
        except TransientError as fault:
            tried = f"PubMed's {what} failed {ATTEMPTS} times ({self._hide(str(fault))})"
            raise SourceError(tried, "pubmed", MEND) from None
        except FinalError as fault:
            raise SourceError(
                f"PubMed refused the {what} ({self._hide(str(fault))})", "pubmed", fault.mend
            ) from None

    def _once(self, request: Callable[[], Any]) -> bytes:
        """Send a request once, in the rate; return the whole body of its answer."""
        early = self._last + self._interval - time.monotonic()
        if early > 0:
            self._sleep(early)
        self._last = time.monotonic()
        try:
            with self._biopython():
                body = request().read()
        except HTTPError as fault:
            refusal = fault
        except (URLError, HTTPException, OSError, ValueError) as fault:
            # No word of the fault itself: it can hold the address, and so the key.
            raise TransientError(f"no answer: {type(fault).__name__}") from None
        else:
            return body.encode("utf-8") if isinstance(body, str) else body
        try:
            words = refusal.read()
        except (HTTPException, OSError):
            words = b""
        return judge_refusal(refusal.code, refusal.headers, words, longest_pause=LONGEST_PAUSE)

    @contextmanager
    def _biopython(self) -> Iterator[None]:
        """Lend our settings to `Bio.Entrez`, which keeps its own in module variables, for one request."""
        ours = {
            "email": self._settings.email,
            "tool": self._settings.tool,
            "api_key": self._settings.api_key or None,
            "max_tries": 1,
            "urlopen": self._send,
        }
        theirs = {name: getattr(Entrez, name) for name in ours}
        vars(Entrez).update(ours)
        try:
            yield
        finally:
            vars(Entrez).update(theirs)

    def _send(self, request: urllib.request.Request) -> Any:
        # Addresses are fixed in each function of Bio.Entrez, which has no time limit either.
        request.full_url = request.full_url.replace(_EUTILS, self.base_url, 1)
        return urllib.request.urlopen(request, timeout=TIMEOUT)


def _wait(state: RetryCallState) -> float:
    fault = state.outcome.exception() if state.outcome else None
    after = getattr(fault, "after", None)
    return float(after) if after is not None else wait_exponential_jitter(1, 60)(state)
