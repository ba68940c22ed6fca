"""Asking a service over HTTP: cached, asked again when that may help, and told clearly when not."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

from rung.errors import BadInput, UpstreamFailed
from rung.feeds.cache import DiskCache
from rung.retrying import Retry, TryAgain, retry_after_s

_MAY_PASS = frozenset({408, 425, 429, 500, 502, 503, 504})


def secret(variable: str, *, service: str, get_one_at: str) -> str:
    """A key from the environment.

    Raises:
        BadInput: it is not set.
    """
    value = os.environ.get(variable, "").strip()
    if not value:
        raise BadInput(
            f"{service} asks for a key, and {variable} is not set",
            mend=f"export {variable}=... (one is had at {get_one_at}), or give an hourly file with --series",
        )
    return value


PATIENT: Final = Retry(attempts=4, cap_s=60.0, beyond_cap="give_up")
"""How services are asked again. One that asks for more than a minute is not: an earlier question is refused again."""


@dataclass(frozen=True)
class Service:
    """A JSON service.

    Args:
        name: for readers.
        base_url: without a slash at its end.
        variables: the environment variables its key stands in, for the mends.
        cache: where answers are kept; None keeps none.
        patience: how often it is asked again.
        timeout_s: for one attempt [s].
    """

    name: str
    base_url: str
    variables: str
    cache: DiskCache | None = None
    patience: Retry = PATIENT
    timeout_s: float = 20.0

    def get(
        self,
        path: str,
        query: Mapping[str, str],
        headers: Callable[[], Mapping[str, str]],
        *,
        about: str,
        keep_s: float,
    ) -> Any:
        """The JSON object at a path.

        Args:
            path: below the base URL.
            query: its parameters; with the URL they are the cache's key.
            headers: called only when the service is asked; they carry the key.
            about: what is asked for, e.g. `zone 'FR'`, for the errors.
            keep_s: how long the answer holds [s]; 0 neither reads nor writes the cache.

        Raises:
            BadInput: refused: the key, the plan, or what is asked for.
            UpstreamFailed: no usable answer, after the retries.
        """
        url = self.base_url + path
        if self.cache is not None and keep_s > 0 and (kept := self.cache.get(url, query)) is not None:
            return kept
        sent = headers()
        with httpx.Client(timeout=self.timeout_s, follow_redirects=False) as client:
            answer = self._patiently(lambda: self._once(client, url, query, sent, about))
        if self.cache is not None and keep_s > 0:
            self.cache.put(url, query, answer, keep_s=keep_s)
        return answer

    def _patiently(self, attempt: Callable[[], Any]) -> Any:
        try:
            return self.patience.run(attempt)
        except TryAgain as failure:
            raise UpstreamFailed(
                f"{self.name}: {failure.problem}, asked up to {self.patience.attempts} times",
                mend=f"try again later, or give an hourly file with --series; the service is at {self.base_url}",
            ) from failure

    def _once(
        self, client: httpx.Client, url: str, query: Mapping[str, str], headers: Mapping[str, str], about: str
    ) -> Any:
        try:
            response = client.get(url, params=dict(query), headers=dict(headers))
        except httpx.TransportError as error:
            raise TryAgain(f"no answer ({type(error).__name__})") from error
        self._refuse(response, about)
        try:
            answer = response.json()
        except (ValueError, RecursionError) as error:
            raise TryAgain(f"an answer that is not JSON, for {about}") from error
        if not isinstance(answer, dict):
            raise TryAgain(f"an answer that is no JSON object, for {about}")
        return answer  # pyright: ignore[reportUnknownVariableType]

    def _refuse(self, response: httpx.Response, about: str) -> None:
        status = response.status_code
        if status in _MAY_PASS:
            asked = retry_after_s(response.headers.get("retry-after"))
            wait = "" if asked is None else f", which asks to wait {asked:.0f} s"
            raise TryAgain(f"HTTP {status}{wait}", after_s=asked)
        if status == 401:
            mend = f"look at {self.variables}: mistyped, expired, or of another service"
            raise BadInput(f"{self.name} refuses the key (HTTP 401)", mend=mend)
        if status == 403:
            mend = "ask for a zone and a signal that the plan of this key holds, or give an hourly file with --series"
            raise BadInput(f"{self.name} does not grant {about} to this key (HTTP 403)", mend=mend)
        if status in (400, 404):
            mend = f"look up the service's own spelling of zones; {self.name} was asked at {self.base_url}"
            raise BadInput(f"{self.name} knows no {about} (HTTP {status})", mend=mend)
        if status != 200:
            mend = "try again later, or give an hourly file with --series"
            raise UpstreamFailed(f"{self.name}: HTTP {status} for {about}", mend=mend)
