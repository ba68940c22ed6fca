"""Every feed keeps the contract: the fake, and both services against a loopback server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rung.feeds import Feed
from rung.feeds.electricity_maps import ElectricityMaps
from rung.feeds.watttime import WattTime
from rung.retrying import Retry
from rung.testing.feeds import MORNING, FakeFeed, FeedContract

from .loopback import Asked, Reply, Server, exchange, serving


def electricity_maps(asked: Asked, _count: int) -> Reply:
    """The service as documented."""
    if asked.headers.get("auth-token") != "key":
        return Reply(401, {"message": "Invalid auth-token"})
    if asked.query["zone"] != "DE":
        return Reply(404, {"message": "Zone not found"})
    return Reply(200, exchange(f"electricity_maps_{asked.path.rsplit('/', 1)[1]}"))


def watttime(asked: Asked, _count: int) -> Reply:
    """The service as documented."""
    if asked.path == "/login":
        good = asked.headers.get("authorization") == "Basic bWU6c2VjcmV0"  # me:secret
        return Reply(200, exchange("watttime_login")) if good else Reply(401, {"error": "no"})
    if asked.headers.get("authorization") != "Bearer abcd.efgh.ijkl":
        return Reply(401, {"error": "no"})
    if asked.query["region"] != "CAISO_NORTH":
        return Reply(404, {"error": "no region"})
    return Reply(200, exchange(f"watttime_{asked.path.rsplit('/', 1)[1]}"))


class TestFake(FeedContract):
    def make_feed(self) -> Feed:
        return FakeFeed()


@pytest.mark.usefixtures("server")
class TestElectricityMaps(FeedContract):
    zone = "DE"

    @pytest.fixture
    def server(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        monkeypatch.setenv("ELECTRICITYMAPS_API_KEY", "key")
        with serving(electricity_maps) as running:
            self.running: Server = running
            yield

    def make_feed(self) -> Feed:
        return ElectricityMaps(cache=None, base_url=f"{self.running.url}/v3", patience=Retry(attempts=1))


@pytest.mark.usefixtures("server")
class TestWattTime(FeedContract):
    zone = "CAISO_NORTH"

    @pytest.fixture
    def server(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        monkeypatch.setenv("WATTTIME_USER", "me")
        monkeypatch.setenv("WATTTIME_PASSWORD", "secret")
        with serving(watttime) as running:
            self.running: Server = running
            yield

    def make_feed(self) -> Feed:
        one_try = Retry(attempts=1)
        return WattTime(cache=None, base_url=self.running.url, patience=one_try, now=lambda: MORNING)
