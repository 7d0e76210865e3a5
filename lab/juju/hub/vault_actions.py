"""The actions of Vault's charm (pure): authorize-charm, the CA by either road, certificates, pause and resume.

Facts they change: "local-charm-access-id" (authorised), "root-ca" (there is a CA), "pki" ({seed, kind}), "issued".
Words: openstack/charm-vault, src/actions; Vault's own errors as hvac shows them.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from lab.juju import vault
from lab.juju.hub import pki
from lab.juju.hub.document import texts
from lab.juju.hub.outcome import Outcome, failed
from lab.juju.hub.scene import Scene

Handler: TypeAlias = Callable[[Scene, Mapping[str, object]], Outcome]

_NOT_LEADER: Final = "Please run action on lead unit"
_SEALED: Final = "hvac.exceptions.VaultDown: Vault is sealed, on post http://127.0.0.1:8200/v1/auth/approle/login"
_DOWN: Final = "hvac.exceptions.VaultNotInitialized: Vault is not initialized"


def _closed(scene: Scene) -> str:
    """Say why Vault cannot be used now, "" when it can."""
    stand = vault.health(scene.app, scene.unit)
    return _DOWN if not stand.initialized else _SEALED if stand.sealed else ""


def _leads(handler: Handler) -> Handler:
    """Let an action run on the leader only, while Vault is open."""

    def run(scene: Scene, params: Mapping[str, object]) -> Outcome:
        if not scene.unit.leader:
            return failed(_NOT_LEADER)
        why = _closed(scene)
        return failed(why) if why else handler(scene, params)

    return run


def _charm_may(handler: Handler) -> Handler:
    """Let an action run only when the charm was authorised before."""

    def run(scene: Scene, params: Mapping[str, object]) -> Outcome:
        if not vault.authorized(scene.app):
            return failed("Cannot initialise local client")
        return handler(scene, params)

    return _leads(run)


def _authorize(scene: Scene, params: Mapping[str, object]) -> Outcome:
    try:
        row = vault.check_token(scene.app, str(params["token"]), scene.now)
    except vault.VaultError:
        return failed("hvac.exceptions.Forbidden: permission denied, on post http://127.0.0.1:8200/v1/sys/auth/approle")
    if "root" not in texts(row["policies"]):
        return failed("hvac.exceptions.Forbidden: 1 error occurred: * permission denied")
    return Outcome(facts={vault.ACCESS: scene.world.draw_uuid()})


def _root_ca(scene: Scene, params: Mapping[str, object]) -> Outcome:
    if scene.fact("pki").get("pem"):
        return failed("PKI CA already configured")
    try:
        ttl = vault.seconds(params.get("ttl"))
    except vault.VaultError as refused:
        return failed(f"hvac.exceptions.InvalidRequest: {refused}")
    made = pki.authority(scene.world.draw(43), scene.now, ttl)
    return Outcome(
        output={"output": made.pem},
        facts={vault.ROOT_CA: made.pem, "pki": {"seed": made.seed, "kind": "root", "pem": made.pem}},
    )


def _csr(scene: Scene, params: Mapping[str, object]) -> Outcome:
    seed = scene.world.draw(43)
    asked = pki.request(seed, {name: str(value) for name, value in params.items() if value})
    return Outcome(output={"output": asked}, facts={"pki": {"seed": seed, "kind": "requested"}, vault.ROOT_CA: None})


def _upload(scene: Scene, params: Mapping[str, object]) -> Outcome:
    held = scene.fact("pki")
    try:
        pem, root = _decoded(params.get("pem")), _decoded(params.get("root-ca"))
        mine = bool(held) and pki.fits(str(held["seed"]), pem)
    except ValueError as error:
        return failed(f"hvac.exceptions.InvalidRequest: unable to parse the certificate: {error}")
    if not mine:
        return failed("hvac.exceptions.InvalidRequest: the certificate does not belong to the key of get-csr's request")
    return Outcome(
        facts={vault.ROOT_CA: root or pem, "pki": {"seed": held["seed"], "kind": "intermediate", "pem": pem}}
    )


def _decoded(value: object) -> str:
    try:
        return base64.b64decode(str(value or ""), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ValueError(f"not base64: {error}") from error


def _get_ca(scene: Scene, _params: Mapping[str, object]) -> Outcome:
    pem = scene.fact("pki").get("pem")
    return Outcome(output={"output": pem}) if pem else failed("CA not ready")


def _disable(scene: Scene, _params: Mapping[str, object]) -> Outcome:
    return Outcome(facts={"pki": None, vault.ROOT_CA: None})


def _reissue(scene: Scene, _params: Mapping[str, object]) -> Outcome:
    count = scene.app.facts.get("issued")
    return Outcome(facts={"issued": (count if isinstance(count, int) else 0) + 1})


def _certificate(scene: Scene, params: Mapping[str, object]) -> Outcome:
    held = scene.fact("pki")
    if not held.get("pem"):
        return failed("CA not ready")
    ca = pki.Authority(str(held["pem"]), str(held["seed"]))
    names = str(params.get("sans") or "").split()
    common = str(params.get("common-name") or "")
    if not common:
        return failed("hvac.exceptions.InvalidRequest: the common_name field is required")
    try:
        ttl = vault.seconds(params.get("ttl"))
    except vault.VaultError as refused:
        return failed(f"hvac.exceptions.InvalidRequest: {refused}")
    certificate, private = pki.issue(ca, scene.world.draw(43), common, names, scene.now, ttl)
    answer = {"certificate": certificate, "issuing_ca": ca.pem, "private_key": private, "private_key_type": "ec"}
    return Outcome(output={"output": answer})


def _pause(_scene: Scene, _params: Mapping[str, object]) -> Outcome:
    return Outcome(unit_facts={"paused": True, "vault": None})


def _resume(_scene: Scene, _params: Mapping[str, object]) -> Outcome:
    return Outcome(unit_facts={"paused": None, "vault": None})


def _restart(_scene: Scene, _params: Mapping[str, object]) -> Outcome:
    return Outcome(unit_facts={"vault": None})


def _nothing(_scene: Scene, _params: Mapping[str, object]) -> Outcome:
    return Outcome()


HANDLERS: Final[Mapping[str, Handler]] = {
    "authorize-charm": _leads(_authorize),
    "generate-root-ca": _charm_may(_root_ca),
    "get-root-ca": _get_ca,
    "get-csr": _charm_may(_csr),
    "upload-signed-csr": _charm_may(_upload),
    "reissue-certificates": _reissue,
    "refresh-secrets": _leads(_nothing),
    "disable-pki": _charm_may(_disable),
    "generate-certificate": _charm_may(_certificate),
    "pause": _pause,
    "resume": _resume,
    "restart": _restart,
    "reload": _nothing,
}
