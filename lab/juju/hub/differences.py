"""What the files of one release have that another's have not (pure).

charm's data ─ `of_channel` ─> difference;   document + difference ─> `merged` ─> document of that release

A difference has the document's own groups (options, actions, provides, ...), whose entries come in or take an entry's
place whole, and `without`: group -> names of what is not there. It stands under a track, or under one channel.
"""

from collections.abc import Mapping
from typing import Final

from lab.juju.hub.document import section, texts

WITHOUT: Final = "without"


def of_channel(differences: Mapping[str, object], channel: str) -> Mapping[str, object]:
    """Give what is different in a channel ("8.0/edge"): its own entry, else its track's; empty where nothing is."""
    own = differences.get(channel, differences.get(channel.rpartition("/")[0]))
    return section(own)


def merged(document: Mapping[str, object], difference: Mapping[str, object]) -> dict[str, object]:
    """Give a document with a difference; names keep their places, new ones come last."""
    gone = section(difference.get(WITHOUT))
    groups = dict.fromkeys([*difference, *gone])
    groups.pop(WITHOUT, None)
    changed = {
        group: _merged(section(document.get(group)), section(difference.get(group)), texts(gone.get(group)))
        for group in groups
    }
    return {**document, **changed}


def _merged(held: Mapping[str, object], more: Mapping[str, object], gone: tuple[str, ...]) -> dict[str, object]:
    return {name: value for name, value in {**held, **more}.items() if name not in gone}
