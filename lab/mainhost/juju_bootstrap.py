"""The command `juju bootstrap`: what was typed, read as Juju reads it, and what the client remembers afterwards.

words, cloud, credential ─> site.Bootstrap ─> JujuSite.bootstrap ─> Made ─> controllers.yaml, accounts.yaml, models.yaml
"""

import re
from collections.abc import Sequence
from typing import Final, cast

import yaml

from lab.juju import versions
from lab.juju.hub.document import SERIES
from lab.juju.models import Cloud, Credential, Json
from lab.juju.site import OAUTH, Bootstrap, Made
from lab.mainhost.asked import Answer
from lab.mainhost.juju_credentials import credential_of
from lab.mainhost.juju_line import CommandError, JujuGrammar, Line
from lab.mainhost.juju_store import section

_MEGA: Final = {"": 1, "M": 1, "G": 1024, "T": 1024**2, "P": 1024**3}
_SIZES: Final = frozenset({"mem", "root-disk"})
_COUNTS: Final = frozenset({"cores", "cpu-power", "cpu-cores"})
_LISTS: Final = frozenset({"tags", "zones", "spaces"})
_WORDS: Final = frozenset(
    {"arch", "container", "instance-role", "instance-type", "root-disk-source", "virt-type", "image-id"}
)
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]*")
ACCESS: Final = "superuser"


def bootstrap(line: Line) -> Answer:
    """Bootstrap a controller on a cloud's machine."""
    given = _bootstrap_grammar(line.version).read(line.argv)
    if not given.cloud:
        raise CommandError("no cloud specified: juju bootstrap <cloud name>[/region] [<controller name>]")
    cloud_name, _, region = str(given.cloud).partition("/")
    cloud = _cloud(line, cloud_name, region)
    name = str(given.controller or f"{cloud_name}-{cloud.regions[0][0]}").lower()
    if not _NAME.fullmatch(name):
        raise CommandError(
            "validating controller config: controller-name value must be a valid controller name (lowercase or digit "
            f'with non-leading hyphen), got "{name}"'
        )
    if name in line.store.controllers:
        raise CommandError(f'controller "{name}" already exists')
    credential_name, credential = credential_of(line, cloud_name, str(given.credential))
    wanted = Bootstrap(
        name,
        cloud,
        Credential(cloud_name, "admin", credential_name, "oauth1", {OAUTH: str(credential[OAUTH])}),
        line.version,
        _base(line, str(given.bootstrap_base), str(given.bootstrap_series)),
        str(given.to),
        constraints(f"{given.constraints} {given.bootstrap_constraints}"),
        _settings(line, cast("Sequence[str]", given.config)),
    )
    made = line.site.bootstrap(wanted, line.job.say, line.job.check)
    _remember(line, wanted, made)
    return Answer(err=_initial_model(line, name) if line.version.startswith("2.") else _NEXT)


_NEXT: Final = (
    "\nNow you can run\n\tjuju add-model <model-name>\nto create a new model to deploy workloads.\n\n"
)  # fmt: skip


def _bootstrap_grammar(version: str) -> JujuGrammar:
    parser = JujuGrammar("bootstrap", "Initializes a cloud environment.", "[<cloud name>[/region] [<controller name>]]")
    parser.add_argument("--to", default="", help="Placement directive indicating an instance to bootstrap")
    parser.add_argument("--constraints", default="", help="Set model constraints")
    parser.add_argument("--bootstrap-constraints", default="", help="Specify bootstrap machine constraints")
    if versions.major(version) > 2:
        parser.add_argument("--bootstrap-base", default="", help="Specify the base of the bootstrap machine")
    else:
        parser.set_defaults(bootstrap_base="")
    parser.add_argument("--bootstrap-series", default="", help="Specify the series of the bootstrap machine")
    parser.add_argument("--config", action="append", default=[], help="Specify a configuration file, or key=value")
    parser.add_argument("--credential", default="", help="Credentials to use when bootstrapping")
    parser.add_argument("--no-switch", action="store_true", help="Do not switch to the newly created controller")
    parser.add_argument("cloud", nargs="?", default="")
    parser.add_argument("controller", nargs="?", default="")
    return parser


def _cloud(line: Line, name: str, region: str) -> Cloud:
    known = line.store.clouds.get(name)
    if not isinstance(known, dict):
        raise CommandError(f'unknown cloud "{name}", please try "juju update-public-clouds"')
    details = cast("Json", known)
    endpoint = str(details["endpoint"])
    regions = list(cast("Json", details.get("regions") or {"default": {}}))
    if region and region not in regions:
        plural = " is" if len(regions) == 1 else "s are"
        available = f"Available cloud region{plural} {', '.join(regions)}\n"
        raise CommandError(f'region "{region}" for cloud "{name}" not valid', err=available)
    first = region or regions[0]
    return Cloud(name, endpoint=endpoint, regions=tuple((each, endpoint) for each in sorted(regions, key=first.__ne__)))


def _base(line: Line, base: str, series: str) -> str:
    """Read "ubuntu@22.04" or "jammy"; without either, what this version of Juju prefers."""
    if base and series:
        raise CommandError("cannot specify both --bootstrap-series and --bootstrap-base")
    release = base.partition("@")[2].partition("/")[0]
    if series:
        release = next((each for each, name in SERIES.items() if name == series), "")
    if not (base or series):
        return "20.04" if line.version.startswith("2.") else "24.04"
    if release not in SERIES:
        raise CommandError(f'base "{base or series}" not valid', 2)
    return release


def constraints(text: str) -> Json:
    """Read "mem=4G cores=2 tags=juju,^reserve": sizes in MiB, lists; CommandError as Juju says it."""
    found: Json = {}
    for each in text.split():
        name, equals, value = each.partition("=")
        if not equals:
            raise CommandError(f'malformed constraint "{each}"')
        found[name] = _constraint(name, value)
    return found


def _constraint(name: str, value: str) -> object:
    if name in _LISTS:
        return [each for each in value.split(",") if each]
    if name in _SIZES:
        size = re.fullmatch(r"(\d+(?:\.\d+)?)([MGTP]?)", value)
        if not size:
            raise CommandError(f'bad "{name}" constraint: must be a non-negative float with optional M/G/T/P suffix')
        return int(float(size[1]) * _MEGA[size[2]])
    if name in _COUNTS:
        if not value.isdigit():
            raise CommandError(f'bad "{name}" constraint: must be a non-negative integer')
        return int(value)
    if name not in _WORDS:
        raise CommandError(f'unknown constraint "{name}"')
    return value


def _settings(line: Line, given: Sequence[str]) -> Json:
    """Read `--config`: key=value, or a file of such."""
    found: Json = {}
    for each in given:
        name, equals, value = each.partition("=")
        document: object = yaml.safe_load(value) if equals else yaml.safe_load(line.read(each))
        if not equals and not isinstance(document, dict):
            raise CommandError(f"{each} holds no configuration")
        found |= {name: document} if equals else cast("Json", document)
    port = found.get("api-port", 1)
    if not isinstance(port, int) or not 0 < port < 65536:
        shown = f'string("{port}")' if isinstance(port, str) else f"int({port})"
        raise CommandError(f"constructing controller config: api-port: expected number, got {shown}")
    return found


def _remember(line: Line, wanted: Bootstrap, made: Made) -> None:
    before = line.store.current
    details: Json = {
        "uuid": made.uuid,
        "api-endpoints": list(made.addresses),
        "ca-cert": made.ca_cert,
        "cloud": wanted.cloud.name,
        "region": wanted.cloud.regions[0][0],
        "type": "maas",
        "agent-version": wanted.version,
        "controller-machine-count": 1,
        "active-controller-machine-count": 1,
        "machine-count": 1,
    }
    line.store.remember(wanted.name, details, {"user": "admin", "password": made.password, "last-known-access": ACCESS})
    models = line.store.models(wanted.name)
    models["models"] = {"admin/controller": {"uuid": made.model, "type": "iaas"}}
    models["current-model"] = "admin/controller"
    if "--no-switch" in line.argv:
        line.store.current = before


def _initial_model(line: Line, controller: str) -> str:
    """Make the model that Juju 2 begins with."""
    params: Json = {"name": "default", "owner-tag": "user-admin"}
    made = line.call(controller, "ModelManager", "CreateModel", params)
    models = line.store.models(controller)
    section(models, "models")["admin/default"] = {"uuid": made["uuid"], "type": "iaas"}
    models["current-model"] = "admin/default"
    return 'Initial model "default" added\n'
