"""The ceremony that opens a vault: init, unseal, authorize, root CA; and the unseal again whenever a unit is sealed.

FullStatus -> the units' addresses -> each unit's own HTTP API (`vault`) -> what is wrong (`plan.ceremony`) -> keys ->
the charm's actions (`running`). Whatever fails after the init must not lose the keys, which Vault gives out once: they
stand in `keys_file` before anything else is done; without one a create that got so far does not fail, but records in
`troubles` what is missing, and the next `up` goes on from there.
Sources: openstack/charm-vault README and actions.yaml; Vault 1.8 HTTP API.
"""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime

from providers.common.progress import say, warn
from providers.common.raw import Raw, flag, mapping, text, texts, whole
from providers.common.waiter import elapsed, interval
from providers.juju import vault_keys
from providers.juju.crud.base import Found, JujuProvider, Props, changed
from providers.juju.crud.cleaners import whole_numbers
from providers.juju.crud.running import ActionFailedError, Wish, run
from providers.juju.crud.vault_inputs import SCHEMA
from providers.juju.errors import ForeignError, JujuError, SetupError, WaitFailed
from providers.juju.names import nearest
from providers.juju.plan import ceremony
from providers.juju.plan.ceremony import CEREMONY, Door
from providers.juju.session import Session
from providers.juju.signing import Authority
from providers.juju.status import Status, Unit
from providers.juju.vault import Keys, Vault, VaultError, VaultSilentError

TOKEN_MINUTES = 10
"""So long the token lives that the charm is authorized with."""

INIT_SECONDS = 120.0
"""So long an init may take: its answer is the only one that holds the keys."""


@dataclass(frozen=True)
class Place:
    """Where a vault is and how its units are spoken with."""

    model: str
    application: str
    scheme: str
    port: int
    tls_ca: str
    minutes: int

    def url(self, unit: Unit) -> str:
        """Give the URL of a unit's vault; "" while the unit has no address."""
        host = unit.public_address
        shown = f"[{host}]" if ":" in host else host
        return f"{self.scheme}://{shown}:{self.port}" if host else ""

    def vault(self, door: Door) -> Vault:
        return Vault(door.url, self.tls_ca)


class VaultInitProvider(JujuProvider):
    """Sealed and silent units are drift: they stand in `troubles`, which should be empty."""

    carried = ("keys", "root_token", "root_ca", "authorized")
    schema = SCHEMA

    def make(self, juju: Session, props: Props) -> Found:
        place = place_of(props)
        doors = answering(juju, place)
        keys, fresh = obtained(place, doors, props)
        before: Props = {"keys": list(keys.unseal), "root_token": keys.root_token}
        id_ = f"{place.model}/{place.application}"
        lost = fresh and not kept(place, props, keys)
        try:
            return Found(id_, finished(juju, place, props, before, fresh=fresh))
        except Exception as error:
            if not lost:
                raise
            # whatever went wrong, raising would lose the only copy of the keys
            warn(f"{place.application} is initialised and its keys are kept, but {error}; the next up goes on")
            units = [door.unit for door in doors]
            return Found(id_, {**before, "units": units, "authorized": False, "troubles": {CEREMONY: str(error)}})

    def look(self, juju: Session, id_: str, props: Props) -> Found | None:
        model, _, application = id_.partition("/")
        if model not in juju.models(model):
            return None
        place = place_of({**props, "model": model, "application": application})
        doors = knock(juju, place)
        if not doors or ceremony.was_emptied(doors):
            return None
        found = ceremony.troubles(doors)
        left = mapping(props, "troubles").get(CEREMONY)
        if left:
            found[CEREMONY] = str(left)
        units = [door.unit for door in doors]
        return Found(id_, {"model": model, "application": application, "units": units, "troubles": found})

    def alter(self, juju: Session, id_: str, olds: Props, news: Props) -> Props:
        for name in ("shares", "threshold"):
            if whole(news, name) != whole(olds, name) and not news.get("keys"):
                raise JujuError(
                    f"{name} can't change from {whole(olds, name)} to {whole(news, name)}: a vault's keys are cut at "
                    "its init; rekey it by hand and give the new keys, or keep the old number"
                )
        place = place_of(news)
        given = Keys(texts(news, "keys") or texts(olds, "keys"), text(news, "root_token") or text(olds, "root_token"))
        before = {**olds, "keys": list(given.unseal), "root_token": given.root_token}
        if changed(SCHEMA, olds, news) & {"csr_options", "ca_options"}:
            before["root_ca"] = ""  # it is asked for and signed again
        if ceremony.was_emptied(answering(juju, place)):
            raise JujuError(
                f"the vault {place.application} was deployed anew and never initialised since: after a refresh, up "
                "initialises it"
            )
        return finished(juju, place, news, before)

    def unmake(self, juju: Session, id_: str, props: Props) -> None:
        """Say what stays: a vault can't be un-initialised."""
        say(f"the vault {text(props, 'application')} stays initialised; its keys leave the state with this resource")


def place_of(props: Props) -> Place:
    """Read where the vault is."""
    return Place(
        model=text(props, "model"),
        application=text(props, "application") or "vault",
        scheme=text(props, "scheme") or "http",
        port=whole(props, "port") or 8200,
        tls_ca=text(props, "tls_ca"),
        minutes=whole(props, "minutes") or 30,
    )


def knock(juju: Session, place: Place) -> list[Door]:
    """Ask each unit's vault how it stands; empty when the application is gone."""
    application = juju.model(place.model).status(place.application).applications.get(place.application)
    if application is None:
        return []
    units = sorted(application.units.values(), key=lambda unit: (not unit.leader, unit.number))
    return [_door(place, unit) for unit in units]


def _door(place: Place, unit: Unit) -> Door:
    url = place.url(unit)
    if not url:
        return Door(unit.name, url, silence="has no address yet")
    try:
        return Door(unit.name, url, Vault(url, place.tls_ca).seal())
    except VaultError as error:
        return Door(unit.name, url, silence=f"does not serve: {error}")


def answering(juju: Session, place: Place) -> list[Door]:
    """Wait until the vault of every unit answers; the leader's comes first."""
    begun = juju.now()
    while True:
        doors = knock(juju, place)
        silent = [door for door in doors if door.seal is None]
        if doors and not silent:
            return doors
        status = juju.model(place.model).status(place.application)
        _still_there(status, place)
        line = ceremony.told(ceremony.troubles(silent)) or "has no unit yet"
        _pause(juju, place, begun, f"{line}{_juju_says(status, place, silent)}")


def _still_there(status: Status, place: Place) -> None:
    application = status.applications.get(place.application)
    if application is None:
        known = nearest(place.application, status.applications)
        raise JujuError(f"the model has no application {place.application}: {known}")
    for unit in application.units.values():
        if unit.workload.status == "error":
            raise WaitFailed(f"{unit.name} is in {unit.workload.line}, so its vault does not answer")


def _juju_says(status: Status, place: Place, silent: list[Door]) -> str:
    units = (status.unit(door.unit) for door in silent)
    lines = [f"{unit.name} is {unit.workload.line}" for unit in units if unit is not None]
    return f" (Juju says {'; '.join(lines)})" if lines else ""


def _pause(juju: Session, place: Place, begun: float, line: str) -> None:
    """Tell where it stands and let time pass; WaitFailed when there is none left."""
    age = juju.now() - begun
    if age >= place.minutes * 60:
        raise WaitFailed(f"the vault {place.application} did not get there within {elapsed(age)}: {line}")
    say(f"vault {place.application}: {line} ({elapsed(age)})")
    juju.pause(interval(age, 0.0))


def obtained(place: Place, doors: list[Door], props: Props) -> tuple[Keys, bool]:
    """Get the keys: those given or kept of a vault that was initialised before, else fresh ones; True for fresh."""
    path = text(props, "keys_file")
    given = Keys(texts(props, "keys"), text(props, "root_token"))
    if ceremony.initialized(doors):
        held = vault_keys.find(path, place.model, place.application) if path else None
        known = given if given.unseal else held
        if known is None or not known.root_token:
            raise ForeignError(
                f"the vault {place.application} was initialised by somebody else: give its unseal keys as `keys` and "
                "its root token as `root_token`, both secret"
            )
        return known, False
    if given.unseal or given.root_token:
        raise JujuError(
            f"keys or root_token are given, but the vault {place.application} was never initialised: leave them out, "
            "and it gives new ones"
        )
    if path:
        vault_keys.check(path)
    return _initialised(place, doors[0], whole(props, "shares"), whole(props, "threshold")), True


def kept(place: Place, props: Props, keys: Keys) -> bool:
    """Write fresh keys into the file, where one is asked for; say whether they stand there."""
    path = text(props, "keys_file")
    if not path:
        return False
    try:
        vault_keys.keep(path, place.model, place.application, keys)
    except SetupError as error:
        warn(f"the keys of {place.application} are in the state only: {error}")
        return False
    return True


def _initialised(place: Place, door: Door, shares: int, threshold: int) -> Keys:
    try:
        return Vault(door.url, place.tls_ca, INIT_SECONDS).init(shares, threshold)
    except VaultSilentError as error:
        raise VaultSilentError(
            f"{error}; if it was initialised all the same, its keys are lost: then deploy {place.application} anew"
        ) from None


def finished(juju: Session, place: Place, props: Props, before: Props, *, fresh: bool = False) -> Props:
    """Do what of the ceremony is still to be done after the init, and give all outputs."""
    keys = Keys(texts(before, "keys"), text(before, "root_token"))
    doors = opened(juju, place, keys)
    authorized = flag(before, "authorized")
    if flag(props, "authorize") and not authorized:
        _authorize(juju, place, doors[0], keys)
        authorized = True
    return {
        "keys": list(keys.unseal),
        "root_token": keys.root_token,
        "authorized": authorized,
        "root_ca": _root_ca(juju, place, props, before, fresh=fresh),
        "units": [door.unit for door in doors],
        "troubles": {},
    }


def opened(juju: Session, place: Place, keys: Keys) -> list[Door]:
    """Give keys to every sealed unit until none is; a new unit may have to join the others first."""
    begun = juju.now()
    while True:
        for door in ceremony.can_open(knock(juju, place)):
            _unseal(place, door, keys)
        doors = knock(juju, place)
        left = ceremony.troubles(doors)
        if doors and not left:
            return doors
        _pause(juju, place, begun, ceremony.told(left) or "has no unit any more")


def _unseal(place: Place, door: Door, keys: Keys) -> None:
    vault = place.vault(door)
    say(f"{door.unit} is sealed: unsealing it")
    if door.seal is not None and door.seal.progress:
        vault.reset()  # keys that somebody else gave would count as ours
    for key in ceremony.chosen(door, keys.unseal):
        if not vault.unseal(key).sealed:
            return


def _authorize(juju: Session, place: Place, door: Door, keys: Keys) -> None:
    token = place.vault(door).token(keys.root_token, TOKEN_MINUTES)
    _act(juju, place, "authorize-charm", secret={"token": token})


def _root_ca(juju: Session, place: Place, props: Props, before: Props, *, fresh: bool) -> str:
    """Give the root CA: an own one's certificate, what is there, or a new one; "" when none is wanted."""
    own = text(props, "ca_certificate")
    if own:
        return own if text(before, "root_ca") == own else _signed_by_own(juju, place, props)
    if not flag(props, "generate_root_ca"):
        return text(before, "root_ca")
    known = text(before, "root_ca") or ("" if fresh else _existing_ca(juju, place))
    return known or _act(juju, place, "generate-root-ca")


def _existing_ca(juju: Session, place: Place) -> str:
    """Read the CA of a vault that went through the ceremony before; "" when it has none."""
    try:
        return _act(juju, place, "get-root-ca")
    except ActionFailedError:
        return ""


def _signed_by_own(juju: Session, place: Place, props: Props) -> str:
    certificate = text(props, "ca_certificate")
    authority = Authority(certificate, text(props, "ca_key"))
    request = _act(juju, place, "get-csr", _options(props, "csr_options"))
    try:
        signed = authority.sign(request, datetime.now(UTC))
    except ValueError as error:
        raise JujuError(f"what the action get-csr of {place.application} gave {error}") from None
    upload = {"pem": _packed(signed), "root-ca": _packed(certificate), **_options(props, "ca_options")}
    _act(juju, place, "upload-signed-csr", upload)
    return certificate


def _options(props: Props, name: str) -> Raw:
    return {key: whole_numbers(value) for key, value in mapping(props, name).items()}


def _packed(pem: str) -> str:
    """Write PEM as the charm reads it: base64 once more."""
    return base64.b64encode(pem.encode()).decode()


def _act(juju: Session, place: Place, name: str, params: Raw | None = None, secret: Raw | None = None) -> str:
    """Run an action at the leader; what it printed, a certificate or nothing."""
    unit = f"{place.application}/leader"
    wish = Wish(place.model, unit, name, place.minutes, params or {}, secret or {})
    output = run(juju, wish, say).outcome.output
    return text(output, "output").strip() if output.get("output") is not None else ""
