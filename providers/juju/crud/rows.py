"""Providers of plain things that Juju lists: one list, one natural key; add, change, remove.

Shared list -> the row whose key matches -> adopted and brought to what is wanted, or added -> outputs. A subclass
says which list, what a row shows, and the three calls. Ids: the key, or "MODEL_UUID/key" for what a model holds; the
same id imports.
"""

from contextlib import suppress
from typing import ClassVar

from providers.common.progress import say, warn
from providers.common.raw import Raw, text
from providers.juju.crud.base import Found, JujuProvider, Props, changed, sure, surely_removed
from providers.juju.errors import JujuError
from providers.juju.session import Session

UNCHANGING = frozenset({"model", "force"})
"""Inputs that nothing is sent for: where the row is, and how a refusal is overruled."""


class RowProvider(JujuProvider):
    """`in_model`: whether the list is a model's, named by the input `model`, or the controller's."""

    in_model: ClassVar[bool] = True

    def rows(self, juju: Session, model: str) -> tuple[Raw, ...]:
        """List the rows, shared with whoever asks at the same time; `model` is "" for the controller's."""
        raise NotImplementedError

    def ident(self, raw: Raw) -> str:
        """Return what Juju knows a row by."""
        return self.key(raw)

    def key(self, raw: Raw) -> str:
        """Return the natural key of a row; rows and inputs with equal keys are the same thing."""
        return text(raw, "name")

    def wanted(self, props: Props) -> str:
        """Return the natural key of inputs."""
        return text(props, "name")

    def observe(self, juju: Session, raw: Raw, props: Props) -> Props:
        """Return the outputs that a row shows; `props` are the inputs, or the state of a refresh."""
        raise NotImplementedError

    def fits(self, raw: Raw, props: Props) -> str:
        """Say why a row of the same key can't be adopted; "" when it can."""
        return ""

    def add(self, juju: Session, props: Props) -> None:
        """Make one, by one call."""
        raise NotImplementedError

    def finish(self, juju: Session, raw: Raw, props: Props) -> bool:
        """Do to a new row what the call that made it can't; say whether there was anything."""
        return False

    def change(self, juju: Session, raw: Raw, props: Props, names: frozenset[str]) -> None:
        """Bring the inputs `names` of a row to what `props` want."""
        raise NotImplementedError

    def remove(self, juju: Session, raw: Raw, props: Props) -> None:
        """Take one away."""
        raise NotImplementedError

    def title(self, props: Props) -> str:
        """Return how messages call it, e.g. `the space dmz`."""
        raise NotImplementedError

    def make(self, juju: Session, props: Props) -> Found:
        """Adopt the row of the same key, else add one."""
        row = self._by_key(juju, props)
        if row is None:
            row = sure(lambda: self._added(juju, props), lambda: self._by_key(juju, props))
            row = self._finished(juju, row, props)
            return Found(self._id(row, props), {**self.observe(juju, row, props), "adopted": False})
        reason = self.fits(row, props)
        if reason:
            raise JujuError(f"{self.title(props)} is there already, and {reason}")
        say(f"{self.title(props)} is there already and is taken over: it stays at destroy")
        before = self.observe(juju, row, props)
        return Found(self._id(row, props), {**self._bring(juju, row, {}, before, props), "adopted": True})

    def look(self, juju: Session, id_: str, props: Props) -> Found | None:
        """Find the row by Juju's id, or by the natural key."""
        model, _, name = id_.partition("/") if self.in_model else ("", "", id_)
        if self.in_model and model not in juju.models(model):
            return None
        row = self._by_id(juju, model, name)
        if row is None:
            return None
        where: Props = {"model": model} if self.in_model else {}
        return Found(self._id(row, where), {**self.observe(juju, row, props), **where})

    def alter(self, juju: Session, id_: str, olds: Props, news: Props) -> Props:
        """Send what differs."""
        row = self._own(juju, id_, olds)
        if row is None:
            raise JujuError(f"Juju no longer has {self.title(olds)}: after a refresh, up makes it again")
        return self._bring(juju, row, olds, self.observe(juju, row, olds), news)

    def unmake(self, juju: Session, id_: str, props: Props) -> None:
        """Remove what this resource added; leave what it adopted."""
        if props.get("adopted"):
            warn(f"{self.title(props)} was there before this stack took it over, so it stays")
            return
        row = self._own(juju, id_, props)
        if row is not None:
            surely_removed(lambda: self.remove(juju, row, props), lambda: self._own(juju, id_, props) is not None)

    def _bring(self, juju: Session, row: Raw, olds: Props, seen: Props, props: Props) -> Props:
        """Change what differs; `olds` tells what no look can tell, such as a password."""
        names = changed(self.schema, {**olds, **seen}, props) - UNCHANGING
        if not names:
            return seen
        self.change(juju, row, props, names)
        after = self._by_key(juju, props)
        if after is None:
            raise JujuError(f"Juju changed {self.title(props)}, and then no longer had it: somebody else removed it")
        return self.observe(juju, after, props)

    def _added(self, juju: Session, props: Props) -> Raw:
        self.add(juju, props)
        return self._made(juju, props)

    def _finished(self, juju: Session, row: Raw, props: Props) -> Raw:
        try:
            return self._made(juju, props) if self.finish(juju, row, props) else row
        except JujuError:
            with suppress(JujuError):  # nobody would know of it: a create that raises records nothing
                self.remove(juju, row, props)
            raise

    def _made(self, juju: Session, props: Props) -> Raw:
        row = self._by_key(juju, props)
        if row is None:
            raise JujuError(f"Juju added {self.title(props)}, and then no longer had it: somebody else removed it")
        return row

    def _own(self, juju: Session, id_: str, props: Props) -> Raw | None:
        model = text(props, "model") if self.in_model else ""
        if self.in_model and model not in juju.models(model):
            return None
        return self._by_id(juju, model, id_.partition("/")[2] if self.in_model else id_)

    def _by_key(self, juju: Session, props: Props) -> Raw | None:
        model = text(props, "model") if self.in_model else ""
        key = self.wanted(props)
        return next((row for row in self.rows(juju, model) if self.key(row) == key), None)

    def _by_id(self, juju: Session, model: str, name: str) -> Raw | None:
        rows = self.rows(juju, model)
        by_id = next((row for row in rows if self.ident(row) == name), None)
        return by_id or next((row for row in rows if self.key(row) == name), None)

    def _id(self, row: Raw, props: Props) -> str:
        return f"{text(props, 'model')}/{self.ident(row)}" if self.in_model else self.ident(row)
