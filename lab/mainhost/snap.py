"""The command `snap` on main (pure): the host's snaps are rows of the world, the store is a table.

Words and exit codes are those of snapd 2.66, as far as they are remembered; `docs/lab.md` says what was not compared.
"""

from collections.abc import Callable, Sequence
from typing import Final

from lab.maas import seed
from lab.maas.models import Snap
from lab.maas.world import World
from lab.mainhost.asked import Answer, Asked, failed
from lab.mainhost.grammar import Stopped, Terse
from lab.mainhost.store import CLASSIC, STORE, Entry, channel_of

_DENIED: Final = "error: access denied (try with sudo)"
_HOLDS_MAAS: Final = {"maas", "maas-test-db"}
"""Without these there is no MAAS: its programs, its database."""

_UNCONFINED: Final = """\
error: This revision of snap "{name}" was published using classic confinement and thus may perform
       arbitrary system changes outside of the security sandbox that snaps are usually confined to,
       which may put your system at risk.

       If you understand and want to proceed repeat the command including --classic."""

_HELP: Final = """\
The snap command lets you install, configure, refresh and remove snaps.
Snaps are packages that work across many different Linux distributions,
enabling secure delivery and operation of the latest apps and utilities.

Usage: snap <command> [<options>...]

This host of the lab has: find, info, install, list, refresh, remove, version.
"""


def run(world: World, asked: Asked) -> Answer:
    """Do one `snap` command line."""
    if not asked.argv or asked.argv[0] in {"help", "--help", "-h"}:
        return Answer(out=_HELP)
    if asked.argv[0] in {"--version", "version"}:
        return _version(world)
    command = _COMMANDS.get(asked.argv[0])
    if command is None:
        return failed(f"error: unknown command \"{asked.argv[0]}\", see 'snap help'.")
    try:
        return command(world, asked, asked.argv[1:])
    except Stopped as stopped:
        return stopped.answer


def _grammar(command: str, *, names: str = "*", channel: bool = False) -> Terse:
    parser = Terse(prog=f"snap {command}", allow_abbrev=False)
    parser.add_argument("names", nargs=names, metavar="<snap>")
    if channel:
        parser.add_argument("--channel", default="")
        for risk in ("stable", "candidate", "beta", "edge"):
            parser.add_argument(f"--{risk}", dest="channel", action="store_const", const=risk)
        parser.add_argument("--classic", action="store_true")
    return parser


def _tick(asked: Asked) -> str:
    return "✓" if asked.unicode else "**"


def _version(world: World) -> Answer:
    version = world.snaps.get("snapd").version
    lines = (("snap", version), ("snapd", version), ("series", "16"), ("ubuntu", "22.04"))
    return Answer(out="".join(f"{name:<8}{value}\n" for name, value in lines))


def _list(world: World, asked: Asked, argv: Sequence[str]) -> Answer:
    names = _names(_grammar("list"), argv)
    rows = sorted((each for each in world.snaps if not names or each.name in names), key=lambda each: each.name)
    if not rows:
        return failed("error: no matching snaps installed")
    cells = [("Name", "Version", "Rev", "Tracking", "Publisher", "Notes")]
    cells += [(r.name, r.version, str(r.revision), r.channel, r.publisher + _tick(asked), r.notes) for r in rows]
    return Answer(out=_columns(cells))


def _columns(cells: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[index]) for row in cells) for index in range(len(cells[0]))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _names(parser: Terse, argv: Sequence[str]) -> list[str]:
    return [str(each) for each in parser.parse_args(argv).names]


def _install(world: World, asked: Asked, argv: Sequence[str]) -> Answer:
    given = _grammar("install", names="+", channel=True).parse_args(argv)
    names = [str(each) for each in given.names]
    if not asked.root:
        return failed(_DENIED)
    if len(names) > 1 and given.channel:
        return failed("error: a single snap name is needed to specify channel flags")
    refused = next(
        (answer for name in names if (answer := _refused(name, str(given.channel), bool(given.classic)))), None
    )
    if refused:
        return refused
    out = err = ""
    for name in names:
        if name in world.snaps:
            err += f"snap \"{name}\" is already installed, see 'snap help refresh'\n"
        else:
            out += _put(world, asked, STORE[name], str(given.channel))
            err += _needless(world, name) if given.classic else ""
    return Answer(out, err)


def _needless(world: World, name: str) -> str:
    """Warn of --classic where it means nothing."""
    if world.snaps.get(name).notes == CLASSIC:
        return ""
    return f"Warning: flag --classic ignored for strictly confined snap {name}\n"


def _refused(name: str, channel: str, classic: bool = True) -> Answer | None:
    entry = STORE.get(name)
    if entry is None:
        return failed(f'error: snap "{name}" not found')
    wanted = channel_of(channel, entry.track)
    if wanted in entry.channels:
        return None if classic or entry.at(wanted).notes != CLASSIC else failed(_UNCONFINED.format(name=name))
    offered = "".join(f"       {each:<15} snap install --channel={each} {name}\n" for each in entry.channels)
    return failed(
        f'error: snap "{name}" is not available on {wanted} but is available to install on the following\n'
        f"       channels:\n\n{offered}\n"
        "       Please be mindful pre-release channels may include features not completely tested or\n"
        f"       implemented. Get more information with 'snap info {name}'."
    )


def _put(world: World, asked: Asked, entry: Entry, channel: str) -> str:
    if entry.base and entry.base not in world.snaps:
        world.snaps.put(entry.base, STORE[entry.base].snap)
    snap = world.snaps.put(entry.snap.name, entry.at(channel_of(channel, entry.track)))
    return f"{_titled(snap)} {snap.version} from Canonical{_tick(asked)} installed\n"


def _titled(snap: Snap) -> str:
    """Name the channel as snap does: not the usual one."""
    return snap.name if snap.channel == "latest/stable" else f"{snap.name} ({snap.channel})"


def _remove(world: World, asked: Asked, argv: Sequence[str]) -> Answer:
    parser = _grammar("remove", names="+")
    parser.add_argument("--purge", action="store_true")
    names = _names(parser, argv)
    if not asked.root:
        return failed(_DENIED)
    needed = next((each for each in names if any(_needs(world, each, names))), "")
    if needed:
        by = ", ".join(_needs(world, needed, names))
        return failed(f'error: cannot remove "{needed}": snap "{needed}" is not removable: snap is used by: {by}.')
    out = err = ""
    for name in names:
        if name not in world.snaps:
            err += f'snap "{name}" is not installed\n'
            continue
        world.snaps.remove(name)
        out += f"{name} removed\n"
    if _HOLDS_MAAS & set(names) and seed.initialised(world):
        seed.forget(world)
    return Answer(out, err)


def _needs(world: World, name: str, going: Sequence[str]) -> list[str]:
    """List the installed snaps that need this one and stay; snapd itself is needed by all."""
    staying = [each.name for each in world.snaps if each.name not in going]
    if name == "snapd":
        return staying
    return [each for each in staying if each in STORE and STORE[each].base == name]


def _refresh(world: World, asked: Asked, argv: Sequence[str]) -> Answer:
    given = _grammar("refresh", channel=True).parse_args(argv)
    names = [str(each) for each in given.names]
    if not asked.root:
        return failed(_DENIED)
    missing = next((each for each in names if each not in world.snaps), "")
    if missing:
        return failed(f'error: snap "{missing}" is not installed')
    if not names:
        return Answer(err="All snaps up to date.\n")
    if given.channel:
        return _switched(world, asked, names, str(given.channel), bool(given.classic))
    return Answer(err="".join(f'snap "{each}" has no updates available\n' for each in names))


def _switched(world: World, asked: Asked, names: Sequence[str], channel: str, classic: bool) -> Answer:
    """Let a snap track another channel."""
    if len(names) > 1:
        return failed("error: a single snap name is needed to specify channel flags")
    entry, before = STORE[names[0]], world.snaps.get(names[0])
    snap = entry.at(channel_of(channel, entry.track))
    if refused := _refused(snap.name, channel, classic):
        return refused
    if snap == before:
        return Answer(err=f'snap "{snap.name}" has no updates available\n')
    world.snaps.put(snap.name, snap)
    return Answer(f"{_titled(snap)} {snap.version} from Canonical{_tick(asked)} refreshed\n")


def _find(_world: World, asked: Asked, argv: Sequence[str]) -> Answer:
    words = _names(_grammar("find"), argv)
    found = [each for name, each in STORE.items() if all(word in f"{name} {each.summary}".lower() for word in words)]
    if not found:
        return Answer(err=f'No matching snaps for "{" ".join(words)}"\n')
    cells = [("Name", "Version", "Publisher", "Notes", "Summary")]
    cells += [(e.snap.name, e.snap.version, e.snap.publisher + _tick(asked), e.snap.notes, e.summary) for e in found]
    return Answer(out=_columns(cells))


def _info(world: World, asked: Asked, argv: Sequence[str]) -> Answer:
    names = _names(_grammar("info", names="+"), argv)
    unknown = [each for each in names if each not in STORE]
    err = "".join(f'warning: no snap found for "{each}"\n' for each in unknown)
    if len(unknown) == len(names):
        return Answer(err=f"{err}error: no valid snaps given\n", code=1)
    return Answer(out="---\n".join(_about(world, asked, STORE[each]) for each in names if each in STORE), err=err)


def _about(world: World, asked: Asked, entry: Entry) -> str:
    row = world.snaps.find(entry.snap.name)
    lines = [
        f"name:      {entry.snap.name}",
        f"summary:   {entry.summary}",
        f"publisher: Canonical{_tick(asked)}",
        f"description: |\n  {entry.description}",
        *(["commands:", *(f"  - {each}" for each in entry.commands)] if row and entry.commands else []),
        *([f"tracking:     {row.channel}"] if row else []),
        "channels:",
        *(f"  {each + ':':<18} {snap.version} ({snap.revision}) {entry.megabytes}MB {snap.notes}"
          for each in entry.channels for snap in (entry.at(each),)),
        *([f"installed:           {row.version} ({row.revision}) {entry.megabytes}MB {row.notes}"] if row else []),
    ]  # fmt: skip
    return "".join(f"{line}\n" for line in lines)


_COMMANDS: Final[dict[str, Callable[[World, Asked, Sequence[str]], Answer]]] = {
    "find": _find,
    "info": _info,
    "install": _install,
    "list": _list,
    "refresh": _refresh,
    "remove": _remove,
}
