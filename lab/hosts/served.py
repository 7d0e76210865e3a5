"""The rack's package mirror on the wire: static files, and repositories as git's dumb HTTP protocol reads them.

GET /debian/...   the flat apt repository      /simple/...  the Python index      /git/NAME.git/...  bare repositories
"""

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from aiohttp import web

from lab.hosts.cache import CacheError
from lab.hosts.mirror import Mirror
from lab.hosts.run import output

GIT: Final = "git"


def application(mirror: Mirror, git: Path) -> web.Application:
    """Give the server's routes; `git` is HOME/git."""
    git.mkdir(parents=True, exist_ok=True)
    app = web.Application()
    for name, path in (("debian", mirror.debian), ("simple", mirror.simple), (GIT, git)):
        app.router.add_get(f"/{name}{{tail:.*}}", _static(path))
    return app


def _static(root: Path) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def get(request: web.Request) -> web.StreamResponse:
        wanted = (root / request.match_info["tail"].lstrip("/")).resolve()
        if not wanted.is_relative_to(root.resolve()):
            raise web.HTTPNotFound
        if wanted.is_dir():
            if not request.path.endswith("/"):
                raise web.HTTPMovedPermanently(f"{request.path}/")
            wanted = wanted / "index.html"
        if not wanted.is_file():
            raise web.HTTPNotFound
        return web.FileResponse(wanted)

    return get


async def serve(host: str, port: int, mirror: Mirror, git: Path) -> web.AppRunner:
    """Serve until the runner's `cleanup()`."""
    runner = web.AppRunner(application(mirror, git), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner


def publish(source: Path, name: str, git: Path) -> Path:
    """Lay a repository, or a folder as its only commit, into HOME/git as NAME.git; the bare repository.

    Raises CacheError with git's words. A repository of that name is replaced.
    """
    if not source.is_dir():
        raise CacheError(f"{source} is no directory that could be published.")
    bare = git / f"{name.removesuffix('.git')}.git"
    if bare.exists():
        shutil.rmtree(bare)
    git.mkdir(parents=True, exist_ok=True)
    if (source / ".git").exists() or (source / "HEAD").is_file():
        output(["git", "clone", "--quiet", "--bare", str(source), str(bare)])
    else:
        _commit_folder(source, bare)
    output(["git", "-C", str(bare), "update-server-info"])
    return bare


def _commit_folder(source: Path, bare: Path) -> None:
    git = ["git", f"--git-dir={bare}", f"--work-tree={source}", "-c", "user.name=lab", "-c", "user.email=lab@localhost"]
    output(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(bare)])
    output([*git, "-c", "core.bare=false", "add", "--all"])
    output([*git, "-c", "core.bare=false", "commit", "--quiet", "--allow-empty", "-m", f"{source.name} as it is now"])
