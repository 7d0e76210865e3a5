"""A foreign judge: HashiCorp's HTTP API client for Python talks to the Vault of a unit."""

import asyncio
import threading
from collections.abc import Generator
from typing import Any

import hvac
import pytest
from aiohttp import web
from hvac import exceptions

from lab.juju import vault_http
from tests.support.juju_worlds import MODEL, Service, deploy, empty, settle


@pytest.fixture
def client() -> Generator[Any]:
    world = empty()
    deploy(world, "vault", "vault")
    settle(world)
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(vault_http.application(Service(world), MODEL, "vault/0"), access_log=None)

    async def start() -> int:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return int(runner.addresses[0][1])

    port = loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asked = hvac.Client(url=f"http://127.0.0.1:{port}")
    yield asked
    asked.adapter.close()
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()


def test_the_ceremony_as_a_client_holds_it(client: Any) -> None:
    assert client.sys.is_initialized() is False
    assert client.sys.read_health_status().status_code == 501
    made = client.sys.initialize(secret_shares=5, secret_threshold=3)
    assert client.sys.is_sealed()
    with pytest.raises(exceptions.InvalidRequest, match="already initialized"):
        client.sys.initialize(secret_shares=5, secret_threshold=3)
    assert client.sys.submit_unseal_key(made["keys_base64"][0])["progress"] == 1
    assert client.sys.submit_unseal_keys(made["keys"][1:3])["sealed"] is False
    assert client.sys.read_health_status(method="GET")["initialized"] is True
    client.token = made["root_token"]
    assert client.is_authenticated()
    token = client.auth.token.create(ttl="10m")["auth"]["client_token"]
    client.token = token
    assert client.auth.token.lookup_self()["data"]["ttl"] == 600
    client.sys.seal()
    assert client.sys.is_sealed()
    with pytest.raises(exceptions.VaultDown):
        client.auth.token.lookup_self()


def test_a_client_reads_refusals_as_vault_s(client: Any) -> None:
    made = client.sys.initialize(secret_shares=1, secret_threshold=1)
    with pytest.raises(exceptions.InvalidRequest, match="message authentication failed"):
        client.sys.submit_unseal_key("00" * 32)
    client.sys.submit_unseal_key(made["keys"][0])
    client.token = "s.wrong"
    with pytest.raises(exceptions.Forbidden, match="permission denied"):
        client.auth.token.lookup_self()
    assert not client.is_authenticated()
