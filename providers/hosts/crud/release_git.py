"""Which commit a git source means, and what its release is called.

`git ls-remote URL` -> `resolve` -> a commit. Pure.
"""

import hashlib
import re

from providers.common import cleaning

COMMIT = re.compile(r"[0-9a-f]{40}")
_SHORT = re.compile(r"[0-9a-f]{7,39}")
_URL = re.compile(r"(https?|ssh|git|file)://[^\s@/]*@?[^\s@]+|[a-z_][a-z0-9_.-]*@[A-Za-z0-9.-]+:\S+")
_PASSWORD = re.compile(r"https?://[^\s/]*@")

DEFAULT_REQUIREMENTS = "requirements.txt"


def git_url(value: object) -> object:
    """Accept the URL of a repository; one with a password in it would end up in state and logs."""
    url = cleaning.filled(value)
    if _PASSWORD.match(url):
        raise ValueError("has a login in it, but what is cloned must be public to the server, or reached by ssh://")
    if not _URL.fullmatch(url):
        raise ValueError(f"is {value!r}, but must be a URL such as https://example.org/tasks.git or git@host:tasks.git")
    return url


def ref_name(value: object) -> object:
    """Accept a branch, tag or commit (git-check-ref-format(1))."""
    ref = cleaning.text(value)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/+-]*", ref) or ".." in ref or ref.endswith((".lock", "/", ".")):
        raise ValueError(f"is {value!r}, but must be a branch, a tag or a commit")
    return ref


def resolve(ref: str, listing: str) -> str:
    """Find the commit of a branch or a tag in what ls-remote printed; "" where it isn't there.

    No ref means the repository's own default branch. A branch wins over a tag of its name, as in `git clone -b`.
    """
    commits = {name: commit for commit, _, name in (line.partition("\t") for line in listing.splitlines())}
    names = (f"refs/heads/{ref}", f"refs/tags/{ref}^{{}}", f"refs/tags/{ref}", ref) if ref else ("HEAD",)
    return next((commits[name] for name in names if name in commits), "")


def abbreviated(ref: str) -> bool:
    """Say whether a ref may be the beginning of a commit id, which only a clone can complete."""
    return bool(_SHORT.fullmatch(ref))


def branches(listing: str, most: int = 10) -> str:
    """Name the branches and tags of a repository, for a person who looks for one."""
    names = [line.partition("\t")[2] for line in listing.splitlines()]
    short = [
        name.split("/", 2)[2] for name in names if name.startswith(("refs/heads/", "refs/tags/")) and name[-1] != "}"
    ]
    return ", ".join(short[:most]) + (", …" if len(short) > most else "") if short else "none"


def release_id(source: str, requirements: str) -> str:
    """Call a release by its commit or content hash, and by its requirements file where that isn't the usual one."""
    if requirements == DEFAULT_REQUIREMENTS:
        return source[:12]
    return f"{source[:12]}-{hashlib.sha256(requirements.encode()).hexdigest()[:4]}"
