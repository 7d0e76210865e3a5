"""A controller's world on disk: the MAAS emulator's store in a folder of its own, with the world read back from it."""

from pathlib import Path

from lab.juju.world import World
from lab.maas.store import FileStore


def kept(directory: Path) -> World | None:
    """Give the world that a directory keeps, None when there is none."""
    changes = FileStore(directory).read()
    if not changes:
        return None
    world = World()
    world.load(changes)
    return world


def keep(directory: Path, world: World) -> FileStore:
    """Begin to keep a world in a directory; every later change is to be appended."""
    directory.mkdir(parents=True, exist_ok=True)
    store = FileStore(directory)
    # the snapshot continues the numbering of what lies there
    store.read()
    world.commit()
    store.snapshot(world.dump())
    store.on_growth(world.dump)
    return store
