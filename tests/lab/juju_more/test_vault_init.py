"""The vault's ceremony against the lab: every unit's own HTTP, the charm's own actions, and what must never be lost."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from providers.common.raw import mapping, text, texts
from providers.juju import vault_keys
from providers.juju.crud.vault_init import VaultInitProvider
from providers.juju.errors import ForeignError, JujuError, SetupError, WaitFailed
from providers.juju.vault import Keys, Seal, Vault, VaultRefusedError, VaultSilentError
from tests.lab.juju_more.conftest import Site
from tests.lab.providers.life import Bag, Life
from tests.unit.juju_more.test_signing import key_text, own_ca


@pytest.fixture
def model(site: Site) -> str:
    model = site.model()
    site.deploy(model, "vault", units=3)
    return model


def ceremony(model: str, **more: object) -> Life:
    wanted: Bag = {"model": model, **more}
    return Life(VaultInitProvider(), wanted)


def vaults(site: Site, model: str) -> dict[str, Vault]:
    link = site.session.model(model)
    link.wrote("status")
    units = link.status().applications["vault"].units
    return {unit.name: Vault(f"http://{unit.public_address}:8200") for unit in units.values()}


def said(site: Site, model: str) -> set[str]:
    link = site.session.model(model)
    link.wrote("status")
    return {unit.workload.message for unit in link.status().applications["vault"].units.values()}


def test_the_whole_ceremony(site: Site, model: str) -> None:
    assert said(site, model) == {"Vault needs to be initialized"}
    made = ceremony(model).up()
    assert made.id == f"{model}/vault"
    keys = texts(made.state, "keys")
    assert len(set(keys)) == 5
    assert text(made.state, "root_ca").startswith("-----BEGIN CERTIFICATE-----")
    assert made.state["authorized"] is True
    assert made.state["troubles"] == {}
    assert sorted(texts(made.state, "units")) == ["vault/0", "vault/1", "vault/2"]
    seals = {unit: vault.seal() for unit, vault in vaults(site, model).items()}
    assert set(seals.values()) == {Seal(initialized=True, sealed=False, threshold=3, shares=5, progress=0)}
    assert all(message.startswith("Unit is ready") for message in said(site, model))
    made.down()
    assert made.refresh(), "destroy leaves the vault as it is"


def test_a_refresh_of_an_open_vault_runs_nothing(site: Site, model: str) -> None:
    made = ceremony(model).up()
    site.juju.calls.clear()
    site.session.model(model).wrote("status")
    made.refresh()
    assert set(site.juju.call_counts()) <= {("Client", "FullStatus"), ("ModelManager", "ListModelSummaries")}


def test_sealed_units_are_seen_named_and_unsealed(site: Site, model: str) -> None:
    made = ceremony(model).up()
    site.juju.hand("seal", f"{model}:", "vault/1")
    site.session.model(model).wrote("status")
    assert made.refresh()["troubles"] == {"vault/1": "sealed"}
    assert made.changes() == ["update"]
    made.update()
    assert not vaults(site, model)["vault/1"].seal().sealed


def test_a_new_unit_is_sealed_until_the_next_up(site: Site, model: str) -> None:
    made = ceremony(model).up()
    site.juju.hand("add-unit", f"{model}:", "vault")
    site.session.model(model).wrote("status")
    assert made.refresh()["troubles"] == {"vault/3": "sealed"}
    made.update()
    assert "vault/3" in texts(made.state, "units")


def test_keys_that_somebody_else_began_to_give_do_not_count(site: Site, model: str) -> None:
    made = ceremony(model).up()
    site.juju.hand("seal", f"{model}:", "vault/0")
    vault = vaults(site, model)["vault/0"]
    assert vault.unseal("ff" * 33).progress == 1
    site.session.model(model).wrote("status")
    made.refresh()
    made.update()
    assert not vault.seal().sealed


@pytest.fixture
def opened(site: Site, model: str) -> Iterator[Keys]:
    """Have somebody else initialise the vault by hand."""
    for vault in list(vaults(site, model).values())[:1]:
        yield vault.init(3, 2)


def test_a_vault_of_somebody_else_needs_its_keys(model: str, opened: Keys) -> None:
    with pytest.raises(ForeignError, match="was initialised by somebody else: give its unseal keys as `keys`"):
        ceremony(model).up()
    made = ceremony(model, keys=list(opened.unseal), root_token=opened.root_token).up()
    assert texts(made.state, "keys") == opened.unseal
    assert made.state["authorized"] is True
    assert text(made.state, "root_ca")


def test_taking_over_finds_the_ca_that_is_there(site: Site, model: str) -> None:
    first = ceremony(model).up()
    keys: Bag = {"keys": first.state["keys"], "root_token": first.state["root_token"]}
    second = ceremony(model, **keys).up()
    assert second.state["root_ca"] == first.state["root_ca"]


def test_a_wrong_key_is_refused_in_vaults_words_and_not_shown(model: str, opened: Keys) -> None:
    wrong = "ab" * 33
    with pytest.raises(VaultRefusedError) as caught:
        ceremony(model, keys=[opened.unseal[0], wrong], root_token=opened.root_token).up()
    assert "refused to take an unseal key:" in str(caught.value)
    assert wrong not in str(caught.value)
    assert opened.unseal[0] not in str(caught.value)


def test_too_few_keys_are_told(model: str, opened: Keys) -> None:
    with pytest.raises(JujuError, match="needs 2 different unseal keys, but 1 are known"):
        ceremony(model, keys=[opened.unseal[0]], root_token=opened.root_token).up()


def test_a_wrong_token_is_refused_and_not_shown(model: str, opened: Keys) -> None:
    with pytest.raises(VaultRefusedError) as caught:
        ceremony(model, keys=list(opened.unseal), root_token="s.not-the-token").up()
    assert "refused to make a token: permission denied" in str(caught.value)
    assert "s.not-the-token" not in str(caught.value)


def test_keys_of_a_vault_that_is_new_are_refused(model: str) -> None:
    with pytest.raises(JujuError, match="was never initialised: leave them out, and it gives new ones"):
        ceremony(model, keys=["a", "b"], root_token="s.x").up()


def test_what_fails_after_the_init_loses_no_key(site: Site, model: str) -> None:
    site.juju.fault("call", method="EnqueueOperation", text="the charm is busy", times=1)
    life = ceremony(model)
    made = life.provider.create(life.check())
    life.id, life.state = made.id, dict(made.outs or {})
    assert len(texts(life.state, "keys")) == 5
    assert "the charm is busy" in text(mapping(life.state, "troubles"), "ceremony")
    assert life.changes() == ["update"]
    life.refresh()
    assert life.changes() == ["update"], "a refresh does not forget it"
    life.update()
    assert life.state["troubles"] == {}
    assert text(life.state, "root_ca")


def test_with_a_file_it_fails_and_goes_on_from_the_file(site: Site, model: str, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    site.juju.fault("call", method="EnqueueOperation", text="the charm is busy", times=1)
    with pytest.raises(JujuError, match="the charm is busy"):
        ceremony(model, keys_file=str(path)).up()
    kept = json.loads(path.read_text())
    assert path.stat().st_mode & 0o777 == 0o600
    made = ceremony(model, keys_file=str(path)).up()
    assert list(texts(made.state, "keys")) == kept["keys"]
    assert made.state["root_token"] == kept["root_token"]


def test_keys_that_can_not_be_written_down_reach_the_state(
    site: Site, model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object) -> None:
        raise SetupError("keys_file x can't be written: no space left on device")

    monkeypatch.setattr(vault_keys, "keep", full)
    site.juju.fault("call", method="EnqueueOperation", text="the charm is busy", times=1)
    life = ceremony(model, keys_file=str(tmp_path / "keys.json"))
    made = dict(life.provider.create(life.check()).outs or {})
    assert len(texts(made, "keys")) == 5
    assert "the charm is busy" in text(mapping(made, "troubles"), "ceremony")


def test_an_own_ca_signs(site: Site, model: str) -> None:
    certificate, key = own_ca(years=20)
    made = ceremony(model, ca_certificate=certificate, ca_key=key_text(key)).up()
    assert made.state["root_ca"] == certificate
    site.juju.calls.clear()
    made.update(csr_options={"common-name": "Vault of the kit"})
    assert site.juju.call_counts()["Action", "EnqueueOperation"] == 2, "another request is made and signed"
    assert all(message.startswith("Unit is ready") for message in said(site, model))


def test_no_pki_where_none_is_wanted(site: Site, model: str) -> None:
    made = ceremony(model, generate_root_ca=False, authorize=False).up()
    assert (made.state["root_ca"], made.state["authorized"]) == ("", False)
    made.update(authorize=True, generate_root_ca=True)
    assert text(made.state, "root_ca")


def test_a_vault_made_anew_is_another_one(site: Site, model: str) -> None:
    made = ceremony(model).up()
    link = site.session.model(model)
    gone = {"applications": [{"application-tag": "application-vault", "destroy-storage": True}]}
    link.change("Application", "DestroyApplication", gone, purpose="x")
    assert made.refresh() == {}
    site.deploy(model, "vault")
    again = ceremony(model).up()
    assert texts(again.state, "keys") != texts(made.state, "keys")


def test_one_made_anew_without_a_refresh_is_told_at_once(site: Site, model: str) -> None:
    made = ceremony(model).up()
    link = site.session.model(model)
    gone = {"applications": [{"application-tag": "application-vault", "destroy-storage": True}]}
    link.change("Application", "DestroyApplication", gone, purpose="x")
    site.deploy(model, "vault")
    with pytest.raises(JujuError, match="vault was deployed anew and never initialised since: after a refresh, up"):
        made.update(minutes=2)
    assert made.refresh() == {}


def test_the_number_of_keys_is_fixed(model: str) -> None:
    made = ceremony(model, shares=1, threshold=1).up()
    assert len(texts(made.state, "keys")) == 1
    with pytest.raises(JujuError, match="shares can't change from 1 to 2: a vault's keys are cut at its init"):
        made.update(shares=2, threshold=2)


def test_an_application_that_is_not_there(model: str) -> None:
    with pytest.raises(JujuError, match=r"the model has no application valt: did you mean vault\?"):
        ceremony(model, application="valt").up()


def test_a_unit_in_error_ends_the_wait_with_its_own_message(site: Site) -> None:
    model = site.model()
    site.juju.fault("hook", model=model, hook="install", times=1)
    site.deploy(model, "vault")
    with pytest.raises(WaitFailed, match='vault/0 is in error: hook failed: "install", so its vault does not answer'):
        ceremony(model).up()


def test_a_vault_that_never_answers_ends_in_jujus_words(site: Site, model: str) -> None:
    times = iter(range(0, 10_000, 30))
    site.session.now = lambda: float(next(times))
    site.session.pause = site.juju.advance
    with pytest.raises(WaitFailed) as caught:
        ceremony(model, port=8299, minutes=1).up()
    shown = str(caught.value)
    assert shown.startswith("the vault vault did not get there within 1m")
    assert "does not answer: connection refused" in shown
    assert "Juju says vault/0 is blocked: Vault needs to be initialized" in shown


def test_what_answers_must_be_a_vault(site: Site) -> None:
    with pytest.raises(VaultSilentError, match="does not answer"):
        Vault(f"http://{site.juju.addresses[0]}").seal()


@pytest.mark.parametrize(
    ("inputs", "failure"),
    [
        ({"shares": 2, "threshold": 3}, ("threshold", "is 3, but at most all 2 keys (shares)")),
        ({"shares": 2, "threshold": 1}, ("threshold", "is 1, but with 2 keys at least 2 must be needed")),
        ({"keys": ["a"]}, ("root_token", "is required where keys is given")),
        ({"root_token": "s.secret"}, ("keys", "is required where root_token is given")),
        ({"keys": [5]}, ("keys", "must be a list of unseal keys")),
        ({"ca_certificate": "x"}, ("ca_certificate", "is no CA's certificate in PEM")),
        ({"ca_key": "x"}, ("ca_certificate", "is required where ca_key is given")),
        ({"ca_certificate": own_ca()[0]}, ("ca_key", "is required where ca_certificate is given")),
        ({"ca_certificate": own_ca()[0], "ca_key": key_text(own_ca()[1])}, ("ca_key", "is not the key of")),
    ],
)
def test_bad_inputs(inputs: Bag, failure: tuple[str, str]) -> None:
    model = "00000000-0000-4000-8000-000000000000"
    found = VaultInitProvider().check({}, {"model": model, **inputs}).failures
    assert [one.property for one in found] == [failure[0]]
    assert found[0].reason.startswith(failure[1])
