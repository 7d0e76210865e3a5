"""Users of the controller.

Source: Juju 3.6 API, UserManager.UserInfo, AddUser, SetPassword, EnableUser, DisableUser, RemoveUser.
"""

from providers.common.cleaning import flag, secret_text, text
from providers.common.fields import Field, Schema
from providers.common.raw import Raw, mapping
from providers.common.raw import flag as read_flag
from providers.common.raw import text as read_text
from providers.juju import tags
from providers.juju.crud.base import Found, Props
from providers.juju.crud.calls import listed
from providers.juju.crud.cleaners import own_user_name
from providers.juju.crud.rows import RowProvider
from providers.juju.errors import JujuError
from providers.juju.names import plain_user
from providers.juju.session import Session

USERS = "Users"
"""Name of the shared list."""


def users(juju: Session) -> tuple[Raw, ...]:
    """List the controller's own users, the disabled ones among them, with their access to the controller."""
    return juju.controller.shared(USERS, lambda: _users(juju))


def _users(juju: Session) -> tuple[Raw, ...]:
    params = {"entities": list[object](), "include-disabled": True}
    items = listed(juju.controller, "UserManager", "UserInfo", params, "list its users")
    return tuple(mapping(item, "result") for item in items)


def _password(value: object) -> str:
    given = secret_text(value)
    if given:
        return given
    raise ValueError("is empty, but must hold at least one character")


class UserProvider(RowProvider):
    """A password can be set but never read: one that was changed by hand is not seen."""

    in_model = False
    schema = Schema(
        (
            Field("name", clean=own_user_name, required=True, replaces=True),
            Field("password", clean=_password, required=True),
            Field("display_name", clean=text, replaces=True),
            Field("disabled", clean=flag, default=False),
        ),
        delete_first=True,
    )

    def make(self, juju: Session, props: Props) -> Found:
        if plain_user(read_text(props, "name")) == juju.user:
            raise JujuError(f"{juju.user} is whom this stack logs in as: its password can't be managed from within")
        return super().make(juju, props)

    def rows(self, juju: Session, model: str) -> tuple[Raw, ...]:
        return users(juju)

    def key(self, raw: Raw) -> str:
        return plain_user(read_text(raw, "username"))

    def observe(self, juju: Session, raw: Raw, props: Props) -> Props:
        return {
            "name": self.key(raw),
            "display_name": read_text(raw, "display-name"),
            "disabled": read_flag(raw, "disabled"),
        }

    def fits(self, raw: Raw, props: Props) -> str:
        has, wants = read_text(raw, "display-name"), props.get("display_name")
        return "" if wants in (None, has) else f"its display name is {has!r}, which Juju can't change to {wants!r}"

    def add(self, juju: Session, props: Props) -> None:
        password = read_text(props, "password")
        user = {"username": props["name"], "display-name": read_text(props, "display_name"), "password": password}
        purpose = f"add {self.title(props)}"
        self._change(juju, "AddUser", {"users": [user]}, purpose, (password,))

    def finish(self, juju: Session, raw: Raw, props: Props) -> bool:
        if read_flag(props, "disabled"):
            self._switch(juju, props)
        return read_flag(props, "disabled")

    def change(self, juju: Session, raw: Raw, props: Props, names: frozenset[str]) -> None:
        if "password" in names:
            password = read_text(props, "password")
            params = {"changes": [{"tag": self._tag(props), "password": password}]}
            self._change(juju, "SetPassword", params, f"set the password of {self.title(props)}", (password,))
        if "disabled" in names:
            self._switch(juju, props)

    def remove(self, juju: Session, raw: Raw, props: Props) -> None:
        self._change(juju, "RemoveUser", {"entities": [{"tag": self._tag(props)}]}, f"remove {self.title(props)}")

    def title(self, props: Props) -> str:
        return f"the user {read_text(props, 'name')}"

    def _switch(self, juju: Session, props: Props) -> None:
        verb = "Disable" if read_flag(props, "disabled") else "Enable"
        entities = {"entities": [{"tag": self._tag(props)}]}
        self._change(juju, f"{verb}User", entities, f"{verb.lower()} {self.title(props)}")

    def _change(self, juju: Session, method: str, params: Raw, purpose: str, secrets: tuple[str, ...] = ()) -> None:
        again = method not in {"AddUser", "RemoveUser"}
        juju.controller.change(
            "UserManager", method, params, purpose=purpose, touches=(USERS,), secrets=secrets, repeatable=again
        )

    def _tag(self, props: Props) -> str:
        return tags.user(read_text(props, "name"))
