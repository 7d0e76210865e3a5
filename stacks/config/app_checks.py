"""What must hold in `controller`, `ssh` and `app`, and between them and the rest of the kit.

Draft -> Problems, each a sentence with its path. Whether the roles fit is asked of the same planner that places them,
so a config that passes can be placed. Pure.
"""

from collections.abc import Iterable, Iterator, Mapping

from components.placement import Candidate, Placement, PlacementError, Roles, place
from stacks.config.app_models import Admin, App, Database, Login, RoleServers
from stacks.config.draft import At, Draft
from stacks.config.models import Deploy, Server
from stacks.config.problems import Problem, choices, nearest


def app_problems(kit: Draft) -> list[Problem]:
    """Find everything that is wrong with what runs on main and on the servers."""
    return [*_logins(kit), *_secrets(kit), *_app(kit)]


def candidates(servers: Iterable[Server], deploy: Mapping[str, Deploy]) -> list[Candidate]:
    """List the servers that run a system, in the order of the kit."""
    return [
        Candidate(server.name, server.expect.memory_gb)
        for server in servers
        if server.name in deploy and not deploy[server.name].released
    ]


def wanted(app: App) -> Roles:
    """Say what the planner is asked for."""
    roles = app.roles
    backups = roles.backups if app.backups.enabled else ""
    return Roles(roles.app or roles.app_servers, roles.database, roles.balancer, backups)


def _logins(kit: Draft) -> Iterator[Problem]:
    if kit.controller is not None:
        yield from _login(kit.controller.path, kit.controller.value, needed=True)
    if kit.ssh is not None:
        yield from _login(kit.ssh.path, kit.ssh.value, needed=kit.app is not None)
        if kit.ssh.value.through is not None:
            yield from _login(f"{kit.ssh.path}.through", kit.ssh.value.through, needed=True)
    elif kit.app is not None:
        path = "baremetal:ssh"
        yield Problem(path, f"{path} is missing; app needs it to reach the servers, with user and privateKeyFile.")


def _login(path: str, login: Login, *, needed: bool) -> Iterator[Problem]:
    given = [key for key in (login.private_key, login.private_key_file) if key is not None]
    if len(given) > 1 or (needed and not given):
        yield Problem(path, f"{path} must have either privateKeyFile or privateKey (a secret), and not both.")


def _secrets(kit: Draft) -> Iterator[Problem]:
    places: list[At[Admin] | At[Database]] = []
    if kit.controller is not None:
        places.append(At(f"{kit.controller.path}.admin", kit.controller.value.admin))
    if kit.app is not None:
        places.append(At(f"{kit.app.path}.admin", kit.app.value.admin))
        places.append(At(f"{kit.app.path}.database", kit.app.value.database))
    for place_ in places:
        if place_.value.password is not None and place_.value.password_file is not None:
            path = f"{place_.path}.passwordFile"
            yield Problem(path, f"{path} stands beside password, but only one of the two is allowed.")


def _app(kit: Draft) -> Iterator[Problem]:
    if kit.app is None:
        return
    path, app = kit.app.path, kit.app.value
    yield from _source(f"{path}.source", app)
    if not app.database.allow and not kit.subnets:
        where = f"{path}.database.allow"
        yield Problem(where, f"{where} is missing; the kit has no subnet, so say which networks may connect.")
    unknown = list(_unknown_names(kit, path, app.roles))
    yield from unknown
    if not unknown:
        yield from _placed(kit, path, app)


def _source(path: str, app: App) -> Iterator[Problem]:
    source = app.source
    if (source.path is None) == (source.git is None):
        yield Problem(path, f"{path} must have either path (a folder) or git (a URL), and not both.")
    if source.ref is not None and source.git is None:
        yield Problem(f"{path}.ref", f"{path}.ref is '{source.ref}', but only a git source has branches and tags.")


def _unknown_names(kit: Draft, path: str, roles: RoleServers) -> Iterator[Problem]:
    known = kit.names["servers"]
    named = [(f"{path}.roles.{role}", name) for role, name in _single(roles)]
    named += [(f"{path}.roles.app[{index}]", name) for index, name in enumerate(roles.app)]
    for where, name in named:
        if known is not None and name not in known:
            text = f"{where} names the server '{name}', but must name a server of this kit ({choices(sorted(known))})"
            yield Problem(where, f"{text}{nearest(name, known)}")


def _single(roles: RoleServers) -> Iterator[tuple[str, str]]:
    for role, name in (("database", roles.database), ("balancer", roles.balancer), ("backups", roles.backups)):
        if name is not None:
            yield role, name


def _placed(kit: Draft, path: str, app: App) -> Iterator[Problem]:
    deploy = dict(entry.value for entry in kit.deploy)
    running = candidates((entry.value for entry in kit.servers), deploy)
    try:
        placement = place(wanted(app), running)
    except PlacementError as error:
        where = f"{path}.roles.{error.role}"
        names = choices(each.name for each in running)
        yield Problem(where, f"{where} {error} (deploy holds {names}).")
        return
    yield from _weights(path, app, placement)
    yield from _ports(path, app, placement)


def _weights(path: str, app: App, placement: Placement) -> Iterator[Problem]:
    for name in app.balancer.weights:
        if name not in placement.app:
            where = f"{path}.balancer.weights.{name}"
            text = f"{where} is about '{name}', but must be about a server of the app ({choices(placement.app)})"
            yield Problem(where, f"{text}{nearest(name, placement.app)}")


def _ports(path: str, app: App, placement: Placement) -> Iterator[Problem]:
    taken = [("port", app.port, set(placement.app))]
    taken += [("balancer.port", app.balancer.port, {placement.balancer})]
    taken += [("database.port", app.database.port, {placement.database})]
    for index, (key, port, servers) in enumerate(taken):
        for other, other_port, others in taken[:index]:
            shared = sorted(servers & others)
            if port == other_port and shared:
                text = f"{path}.{key} is {port}, as {path}.{other} is, but both run on {shared[0]}"
                yield Problem(f"{path}.{key}", f"{text}: give them different ports or servers.")
