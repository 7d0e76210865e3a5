"""The database's schema and its first user, brought up to a release: once, from one server.

release, environment -> user and names of others on that server -> `manage.py migrate` -> superuser -> `applied`.
App servers take their release from this resource, so where a migration fails they keep the one that they have.
"""

from collections.abc import Mapping
from typing import ClassVar

from providers.common import cleaning
from providers.common.fields import Field, Inputs
from providers.common.raw import mapping, text
from providers.hosts.crud import migration_steps as steps
from providers.hosts.crud import release, release_steps
from providers.hosts.crud.appserver import RUNNING
from providers.hosts.crud.appserver_layout import Layout, settings_of
from providers.hosts.crud.base import HostProvider, Props, Seen, host_schema
from providers.hosts.errors import StepFailedError
from providers.hosts.session import Server

LONGEST = 1800.0
"""Seconds that migrations may take."""


def _with_password(inputs: Inputs) -> list[tuple[str, str]]:
    if inputs.get("admin_user") and not inputs.get("admin_password"):
        return [("admin_password", "is not given, but admin_user is: nobody could log in")]
    return []


def _password(value: object) -> object:
    given = cleaning.secret_text(value)
    if not given or any(ord(letter) < 32 for letter in given):
        raise ValueError("must be one line of text (its value is a secret and is not shown)")
    return given


class MigrationProvider(HostProvider):
    """See `providers.hosts.resources.django.Migration`."""

    deploy: ClassVar[str] = "django_base"
    undoes: ClassVar[bool] = False
    secret_inputs: ClassVar[tuple[str, ...]] = ("secret_env", "admin_password")
    schema = host_schema(
        *RUNNING,
        Field("admin_user", clean=cleaning.matching(r"[\w.@+-]{1,150}", "a login of letters, digits and @.+-_")),
        Field("admin_email", clean=cleaning.text, default=""),
        Field("admin_password", clean=_password),
        cross=_with_password,
    )

    def label(self, props: Props) -> str:
        return f"{text(mapping(props, 'connection'), 'name')}/django_migration/{text(props, 'app')}"

    def data(self, props: Props) -> Mapping[str, object]:
        return {"app": text(props, "app"), "packages": ["python3"], "hosts": mapping(props, "hosts")}

    def make(self, server: Server, props: Props) -> Props:
        """Migrate; what is applied already is not applied again."""
        layout, name = Layout(text(props, "app")), text(props, "release")
        server.apply(self.deploy, self.data(props))
        release.have(server, release_steps.Release(layout, name))
        printed = self._run(server, props, f"The database is migrated to release {name}", steps.migrate(layout, name))
        if text(props, "admin_user"):
            step = f"There is a superuser {text(props, 'admin_user')}"
            self._run(server, props, step, steps.script(layout, name), steps.ADMIN)
        return {"applied": steps.applied(printed)}

    def look(self, server: Server, props: Props) -> Seen:
        """See which migrations are pending, and whether the superuser can log in."""
        layout, name = Layout(text(props, "app")), text(props, "release")
        seen = super().look(server, props)
        if seen.drift or release.state_of(server, release_steps.Release(layout, name)) == release_steps.MISSING:
            return seen  # nothing can run there; the release says so itself
        try:
            printed = self._run(server, props, "The database says what it has", steps.script(layout, name), steps.LOOK)
        except StepFailedError:
            return Seen(("The database answers",))
        return Seen(steps.differences(printed, text(props, "admin_user")))

    def _run(self, server: Server, props: Props, step: str, command: str, stdin: str = "") -> str:
        admin = {f"ADMIN_{part}": text(props, name) for part, name in _ADMIN.items()}
        given = {name: str(value) for part in ("env", "secret_env") for name, value in mapping(props, part).items()}
        settings = settings_of(given, server.name, text(props, "release"))
        return server.run(
            step,
            command,
            stdin=stdin,
            env={**settings, **admin},
            as_user=text(props, "app"),
            secrets=self.secrets(props),
            timeout=LONGEST,
        )


_ADMIN = {"NAME": "admin_user", "EMAIL": "admin_email", "PASSWORD": "admin_password"}
