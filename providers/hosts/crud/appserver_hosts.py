"""/etc/hosts as lines -> the same with one name at one address, and nowhere else. Pure."""

from collections.abc import Sequence


def naming(lines: Sequence[str], name: str, address: str) -> list[str]:
    """Give `name` this address, or none where it is ""; other names, lines and comments stay as they are.

    Lines that give it this address stay. Where it stood beside others on another line, they keep theirs.
    """
    kept: list[str] = []
    said = False
    for line in lines:
        addressed, *names = line.partition("#")[0].split() or [""]
        if name not in names:
            kept.append(line)
        elif addressed == address:
            kept.append(line)
            said = True
        elif len(names) > 1:
            kept.append(" ".join([addressed, *(other for other in names if other != name)]))
    return kept if said or not address else [*kept, f"{address} {name}"]
