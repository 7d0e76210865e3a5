"""What is brought onto servers: one module per deploy, in pyinfra's operations.

    def deploy(data: Mapping[str, object]) -> None: ...   the wanted state
    def undo(data: Mapping[str, object]) -> None: ...     takes it off ("NAME:undo"), where that makes sense

`data` is what the provider's `data()` chose, as JSON. The module runs in the worker, with one server as pyinfra's
context; `facts.look` asks that server.

How it runs. `apply` calls `deploy` once, and every operation is looked at and carried out where it is called, before
the next line: a fact, or a later operation, sees what the earlier ones did. `plan` calls `deploy` in the same way, but
an operation that would change something is only noted, so whatever follows sees the server as it is now:

- an operation that can't even be looked at because something before it in the plan is missing (a database on a server
  that has no PostgreSQL yet) counts as one that would change something; when nothing before it would change, that is
  an error;
- `if look(...)` is decided by the server as it is. Prefer an operation that is always called and looks for
  itself; a plan then lists it;
- `_if=other.did_change` holds in a plan too: there "did" means "would". `other.changed` works in Python's own `if`.

Rules:

- Every operation has `name=`, a sentence about the wanted state ("PostgreSQL listens on every address"): people see it
  as drift, as progress and as the step that failed. `_sudo=True` where root is needed.
- An operation must come out as "no change" when it was applied a second time. `server.shell` and `python.call` always
  count as changes: call them only under a fact that says that they are needed, or with `_if=other.did_change`.
- A restart is `systemd.service(..., restarted=True, _if=config.did_change)`.
- Always give `mode=` (and `user=`, `group=`) to what writes files: a new file is otherwise for its owner only (0600).
- No secret in a command's arguments, where every user of the server sees it while it runs: what pyinfra runs travels
  through standard input, but what that runs (psql -c ...) is a process with arguments. Use `_stdin=` or `_env=`.
- One command may take 30 minutes, unless `_timeout=` says otherwise. There is no terminal: `_get_pty` is
  refused, as are the passwords of sudo and su: the login needs sudo without one, as in MAAS's images.
- When the connection breaks, for instance over a reboot, the whole deploy is run once more from its start.
"""
