"""What a person reads: tables and lines, with colour on a terminal only (pure)."""

from collections.abc import Mapping, Sequence
from typing import Final, cast

from lab.maas.models import Json

_COLOURS: Final = {"green": "32", "red": "31", "yellow": "33", "dim": "2", "bold": "1"}


class Paint:
    """Colours words, or leaves them alone."""

    def __init__(self, colour: bool) -> None:
        self.colour = colour

    def __call__(self, style: str, text: str) -> str:
        return f"\x1b[{_COLOURS[style]}m{text}\x1b[0m" if self.colour and text else text


def table(head: Sequence[str], rows: Sequence[Sequence[str]], paint: Paint, styles: Mapping[int, str]) -> str:
    """Align columns; `styles` colours the cells of a row by the row's number."""
    widths = [max(len(row[index]) for row in [head, *rows]) for index in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()

    painted = [paint(styles.get(number, ""), line(row)) if number in styles else line(row)
               for number, row in enumerate(rows)]  # fmt: skip
    return "\n".join([paint("bold", line(head)), *painted])


def status(shown: Json, url: str, paint: Paint) -> str:
    """Show the answer to the order `status`."""
    machines = cast("list[Json]", shown["machines"])
    parts = [f"MAAS {paint('green', 'up')} at {url}", _machines(machines, paint), _servers(shown)]
    parts += [_rack(shown), _images(shown)]
    pace = cast("Json", shown["pace"])
    phases = ", ".join(f"{name} {value} s" for name, value in cast("Json", pace["phases"]).items())
    speed = f" x {pace['factor']}" if pace["mode"] == "timed" else ""
    parts.append(f"Pace: {pace['mode']}{speed}{f' ({phases})' if phases else ''}")
    parts.append(faults(cast("list[Json]", shown["faults"])))
    parts.append(_juju(cast("Json", shown.get("juju") or {}), paint))
    return "\n\n".join(part for part in parts if part)


def _machines(machines: list[Json], paint: Paint) -> str:
    if not machines:
        return "No machine is enrolled."
    rows = [
        (
            str(each["hostname"]),
            str(each["system_id"]),
            f"{each['status']}{' (locked)' if each['locked'] else ''}",
            str(each["power"]),
            str(each["owner"]) or "-",
            ",".join(cast("list[str]", each["tags"])) or "-",
            ",".join(cast("list[str]", each["addresses"])) or "-",
            str(each["system"]) or "-",
        )
        for each in machines
    ]
    styles = {number: _style(row[2]) for number, row in enumerate(rows) if _style(row[2])}
    listing = table(("NAME", "ID", "STATUS", "POWER", "OWNER", "TAGS", "ADDRESS", "SYSTEM"), rows, paint, styles)
    reasons = [f"  {each['hostname']}: {each['error']}" for each in machines if each["error"]]
    return "\n".join([listing, *reasons])


def _servers(shown: Json) -> str:
    names = cast("list[str]", shown.get("servers") or [])
    return f"Servers that run: {', '.join(names)}" if names else ""


def _style(status: str) -> str:
    if "ailed" in status or status == "Broken":
        return "red"
    return "yellow" if status.endswith("ing") else ""


def _rack(shown: Json) -> str:
    waiting = [each for each in cast("list[Json]", shown["rack"]) if not each["enrolled"]]
    if not waiting:
        return ""
    lines = [f"  {each['name']}  {cast('list[str]', each['macs'])[0]}  AMT {each['amt_address']}" for each in waiting]
    more = [f"  ... and {len(lines) - 10} more"] if len(lines) > 10 else []
    return "\n".join(["In the rack, not enrolled:", *lines[:10], *more])


def _images(shown: Json) -> str:
    images = [
        f"{each['name']} {str(each['architecture']).split('/')[0]}"
        + ("" if float(str(each["progress"])) >= 100 else f" {each['progress']}%")
        for each in cast("list[Json]", shown["images"])
    ]
    dhcp = [
        f"{each['vlan']} of {each['fabric']}: {'on' if each['on'] else 'off'}"
        for each in cast("list[Json]", shown["dhcp"])
    ]
    importing = " (importing)" if shown["importing"] else ""
    return f"Images{importing}: {', '.join(images) or 'none'}\nDHCP: {', '.join(dhcp)}"


def _juju(shown: Json, paint: Paint) -> str:
    """Show Juju's controller and its models, "" without one."""
    if not shown:
        return ""
    where = ", ".join(cast("list[str]", shown["addresses"]))
    state = paint("green", "up") if shown["answers"] else paint("red", "not reachable")
    parts = [f"Juju {shown['version']}, controller {shown['name']}: {state} at {where}"]
    parts += [_juju_model(each, paint) for each in cast("list[Json]", shown["models"])]
    listed = cast("list[Json]", shown["faults"])
    return "\n\n".join([*parts, *([f"Juju's {faults(listed)[0].lower()}{faults(listed)[1:]}"] if listed else [])])


def _juju_model(shown: Json, paint: Paint) -> str:
    machines = cast("dict[str, Json]", shown["machines"])
    held = ", ".join(
        f"{number} {each['host'] or each['instance']}" for number, each in machines.items() if "/" not in number
    )
    inside = sum("/" in number for number in machines)
    title = f"Model {shown['name']}{'' if shown['life'] == 'alive' else ', which is being destroyed'}: "
    title += f"machines {held}{f', {inside} containers' if inside else ''}" if held else "no machines"
    rows = [
        (name, str(each["status"]), _counted(cast("dict[str, int]", each["units"])), str(each["message"]))
        for name, each in cast("dict[str, Json]", shown["applications"]).items()
    ]
    if not rows:
        return title
    styles = {number: _JUJU[row[1]] for number, row in enumerate(rows) if row[1] in _JUJU}
    return f"{title}\n{table(('APPLICATION', 'STATUS', 'UNITS', 'MESSAGE'), rows, paint, styles)}"


_JUJU: Final = {"error": "red", "blocked": "yellow", "waiting": "yellow", "maintenance": "yellow"}


def _counted(units: dict[str, int]) -> str:
    return ", ".join(f"{count} {status}" for status, count in units.items()) or "-"


def faults(listed: list[Json]) -> str:
    """Show faults, one a line."""
    if not listed:
        return "Faults: none"
    lines = [
        f"  {each['id']}: {each['kind']} "
        + " ".join(f"{name}={value}" for name, value in each.items() if name not in {"id", "kind", "hit"})
        + f" (struck {each['hit']} times)"
        for each in listed
    ]
    return "\n".join(["Faults:", *lines])


def event(shown: Json, paint: Paint) -> str:
    """Show one event on one line."""
    level = str(shown["level"])
    style = "red" if level in {"ERROR", "CRITICAL"} else "yellow" if level == "WARNING" else "dim"
    said = " - ".join(str(part) for part in (shown["type"], shown["description"]) if part)
    return f"{paint('dim', str(shown['created']))}  {paint(style, level.ljust(7))}  {shown['hostname'] or '-'}  {said}"
