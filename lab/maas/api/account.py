"""Accounts: API keys, users, SSH keys (source: MAAS 3.5 api/account.py, users.py, ssh_keys.py)."""

import base64
import binascii
from collections.abc import Sequence

from lab.maas import accounts
from lab.maas.errors import BadRequestError, ForbiddenError, FormError, not_found
from lab.maas.models import Json, SshKey, Token, User
from lab.maas.urls import API, Resource, crud, get, post
from lab.maas.wire import NO_CONTENT, Call, Reply

_KEY_TYPES = (
    "ssh-rsa", "ssh-ed25519", "ssh-dss", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
)  # fmt: skip


def _token(row: Token) -> Json:
    return {
        "token_key": row.key,
        "token_secret": row.secret,
        "consumer_key": row.consumer_key,
        "name": row.name,
    }


def create_authorisation_token(call: Call) -> Json:
    """Create an authorisation token."""
    return _token(accounts.new_token(call.world, call.user.username, call.data.text("name", "MAAS consumer")))


def delete_authorisation_token(call: Call) -> Reply:
    """Delete an authorisation token."""
    row = _own_token(call, call.data.mandatory("token_key"))
    call.world.tokens.remove(row.key)
    return NO_CONTENT


def _own_token(call: Call, key: str) -> Token:
    row = call.world.tokens.find(key)
    if row is None or row.username != call.user.username:
        raise not_found("Token")
    return row


def list_authorisation_tokens(call: Call) -> list[Json]:
    """List authorisation tokens."""
    rows = [each for each in call.world.tokens if each.username == call.user.username]
    return [{"name": each.name, "token": accounts.api_key(each)} for each in rows]


def update_token_name(call: Call) -> Json:
    """Modify the name of an authorisation token."""
    token, name = call.data.mandatory("token"), call.data.mandatory("name")
    row = _own_token(call, token.split(":")[1] if ":" in token else token)
    renamed = Token(row.key, row.consumer_key, row.secret, row.username, name)
    call.world.tokens.put(row.key, renamed)
    return {"name": name, "token": accounts.api_key(renamed)}


def _user(row: User) -> Json:
    return {
        "username": row.username,
        "email": row.email,
        "is_local": True,
        "is_superuser": row.is_superuser,
        "resource_uri": f"{API}users/{row.username}/",
    }


def read_users(call: Call) -> list[Json]:
    """List users."""
    return [_user(each) for each in call.world.users]


def create_user(call: Call) -> Json:
    """Create a user."""
    data = call.data
    name, email = data.mandatory("username"), data.mandatory("email")
    password, admin = data.mandatory("password"), data.mandatory("is_superuser")
    if name in call.world.users:
        raise FormError({"username": ["A user with that username already exists."]})
    digest = accounts.digest(call.world.draw(8), password)
    row = User(name, email, admin.lower() in {"true", "1"}, digest)
    return _user(call.world.users.put(name, row))


def whoami(call: Call) -> Json:
    """Retrieve the caller's details."""
    return _user(call.user)


def read_user(call: Call) -> Json:
    """Retrieve a user's details."""
    return _user(call.world.users.get(call.params["username"]))


def delete_user(call: Call) -> Reply:
    """Delete a user, with the keys they hold."""
    row = call.world.users.get(call.params["username"])
    if row.username == call.user.username:
        raise BadRequestError("An administrator cannot self-delete.")
    held = [each.hostname for each in call.world.machines if each.owner == row.username]
    if held and not call.data.text("transfer_resources_to"):
        raise BadRequestError(
            f"Cannot delete user: the user still owns {len(held)} node(s); give transfer_resources_to."
        )
    for token in [each for each in call.world.tokens if each.username == row.username]:
        call.world.tokens.remove(token.key)
    for key in [each for each in call.world.sshkeys if each.username == row.username]:
        call.world.sshkeys.remove(key.id)
    call.world.users.remove(row.username)
    return NO_CONTENT


def _sshkey(row: SshKey) -> Json:
    return {
        "id": row.id,
        "key": row.key,
        "keysource": row.keysource,
        "resource_uri": f"{API}account/prefs/sshkeys/{row.id}/",
    }


def _own_keys(call: Call) -> Sequence[SshKey]:
    return [each for each in call.world.sshkeys if each.username == call.user.username]


def read_sshkeys(call: Call) -> list[Json]:
    """List the caller's SSH keys."""
    return [_sshkey(each) for each in _own_keys(call)]


def create_sshkey(call: Call) -> Json:
    """Add an SSH key to the caller's, or as an admin to another user's."""
    key = " ".join(call.data.text("key").split())
    username = call.data.text("user", call.user.username)
    if username != call.user.username and not call.user.is_superuser:
        raise ForbiddenError("")
    if username not in call.world.users:
        raise FormError({"user": ["Supplied username does not match any current users."]})
    _check_key(key)
    body = key.split()[:2]
    if any(each.username == username and each.key.split()[:2] == body for each in call.world.sshkeys):
        raise FormError({"__all__": ["This key has already been added for this user."]})
    number = call.world.next_id("sshkey")
    return _sshkey(call.world.sshkeys.put(number, SshKey(number, username, key)))


def _check_key(key: str) -> None:
    if not key:
        raise FormError({"key": ["This field is required."]})
    kind, _, rest = key.partition(" ")
    encoded = rest.partition(" ")[0]
    try:
        blob = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise FormError({"key": [f"Invalid SSH public key: {error}"]}) from error
    # the blob begins with its own type, length first
    if kind not in _KEY_TYPES or blob[4 : 4 + len(kind)] != kind.encode():
        raise FormError({"key": ["Invalid SSH public key: unknown or mismatched key type"]})


def import_sshkeys(call: Call) -> object:
    """Refuse to import: Launchpad and GitHub are out of reach of the lab."""
    source = call.data.mandatory("keysource")
    if source.partition(":")[0] not in {"lp", "gh"}:
        raise BadRequestError("The source of the keys must be Launchpad ('lp') or Github ('gh').")
    raise BadRequestError(f"Unable to import SSH keys. There are no SSH keys for user {source.partition(':')[2]}.")


def read_sshkey(call: Call) -> Json:
    """Retrieve an SSH key."""
    return _sshkey(call.world.sshkeys.get(call.params["id"]))


def delete_sshkey(call: Call) -> Reply:
    """Delete an SSH key."""
    row = call.world.sshkeys.get(call.params["id"])
    if row.username != call.user.username and not call.user.is_superuser:
        raise ForbiddenError("Can't delete a key you don't own.")
    call.world.sshkeys.remove(row.id)
    return NO_CONTENT


RESOURCES = (
    Resource(
        "Account",
        "account/",
        (
            post("create_authorisation_token", create_authorisation_token),
            post("delete_authorisation_token", delete_authorisation_token),
            get("list_authorisation_tokens", list_authorisation_tokens),
            post("update_token_name", update_token_name),
        ),
    ),
    Resource(
        "Users",
        "users/",
        (crud("read", read_users), crud("create", create_user, admin=True), get("whoami", whoami)),
    ),
    Resource("User", "users/{username}/", (crud("read", read_user), crud("delete", delete_user, admin=True))),
    Resource(
        "SSHKeys",
        "account/prefs/sshkeys/",
        (crud("read", read_sshkeys), crud("create", create_sshkey, status=201), post("import", import_sshkeys)),
    ),
    Resource("SSHKey", "account/prefs/sshkeys/{id}/", (crud("read", read_sshkey), crud("delete", delete_sshkey))),
)
