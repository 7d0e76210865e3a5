"""The `juju` client of one place, and what it knows of one controller.

Client.install / cloud / credential / bootstrap / show / destroy -> scripts that call `juju` -> parsed by
`controller_said`. Secrets reach juju in files that only their owner can read, removed with the script's end.
"""

import json
import shlex

from providers.common.progress import say
from providers.common.raw import Raw, mapping, text
from providers.hosts.errors import StepFailedError
from providers.juju.crud import controller_said as said
from providers.juju.crud.controller_place import Place
from providers.juju.crud.controller_task import Task
from providers.juju.errors import ForeignError

# juju's snap is confined: it can read what is in the home of its user, but nothing hidden there, and no other's /tmp
_WITH_FILE = """\
umask 077
file="$(mktemp "$HOME/juju-input-XXXXXX.yaml")"
trap 'rm -f "$file"' EXIT
trap 'exit 1' HUP INT TERM
cat >"$file"
{commands}"""


class Client:
    """The client at `place`, as the user who runs it there, and its controller `name`.

    `claim` names the resource that has the controller, as `project/stack/resource name`; `key` is MAAS's API key, which
    nothing may show.
    """

    def __init__(self, place: Place, name: str, claim: str = "", key: str = "") -> None:
        self.place = place
        self.name = name
        self._claim = claim
        self._secrets = said.parts(key)
        self.task = Task(place, name, self._secrets)
        self._folder = f'"$HOME/{said.FOLDER}/{name}"'

    def install(self, channel: str) -> None:
        """Install the snap where there is no juju; one that is there is used as it is."""
        classic = " --classic" if said.classic(channel) else ""
        script = f"command -v juju >/dev/null || snap install {said.SNAP} --channel={shlex.quote(channel)}{classic}"
        self.place.run(f"The snap {said.SNAP} is installed", script, root=True)
        self.place.run("juju has a place for its files", 'mkdir -p "$HOME/.local/share/juju"')

    def refresh(self, channel: str) -> None:
        """Bring the snap to another channel."""
        classic = " --classic" if said.classic(channel) else ""
        script = f"snap refresh {said.SNAP} --channel={shlex.quote(channel)}{classic}"
        self.place.run(f"The snap {said.SNAP} is of {channel}", script, root=True)

    def version(self) -> str:
        """Give the client's own version."""
        return said.client_version(self.place.run("It is seen which juju is there", "juju version"))

    def is_ours(self) -> bool:
        """Say whether a bootstrap of this name was begun by us; another stack on this server has another claim."""
        script = f"[ -e {self._folder}/ours ] && cat {self._folder}/ours && echo '<' || :"
        return self.place.run("It is seen whose controller it is", script).strip() == f"{self._claim}<"

    def claim(self) -> None:
        """Note that the controller of this name is ours from here on."""
        write = f"printf %s {shlex.quote(self._claim)} >{self._folder}/ours"
        self.place.run("The controller is claimed", f"mkdir -p {self._folder}\n{write}")

    def note(self) -> None:
        """Leave a trace of us, by which this installation of the client is known again."""
        self.place.run("The controller is noted", f"mkdir -p {self._folder}")

    def is_noted(self) -> bool:
        """Say whether this installation of the client has dealt with the controller for us."""
        script = f"[ -d {self._folder} ] && echo yes || :"
        return self.place.run("It is seen whether the client is the same", script).strip() == "yes"

    def forget(self, props: Raw) -> None:
        """Take off what we brought for it: our notes, and cloud and credential where they are ours."""
        cloud, key = text(mapping(props, "cloud"), "name"), text(mapping(props, "credential"), "name")
        script = f"""\
folder={self._folder}
[ ! -e "$folder/credential" ] || juju remove-credential {shlex.quote(cloud)} {shlex.quote(key)} --client
[ ! -e "$folder/cloud" ] || juju remove-cloud {shlex.quote(cloud)} --client
rm -rf "$folder\""""
        self.place.run("What was brought for the controller is removed", script)

    def cloud(self, props: Raw) -> None:
        """Let the client know the cloud; ForeignError where it knows another one of that name."""
        cloud = mapping(props, "cloud")
        name, endpoint = text(cloud, "name"), text(cloud, "endpoint")
        listed = self.place.run("The clouds are listed", "juju clouds --client --all --format json 2>/dev/null")
        known = said.cloud_endpoint(listed, name)
        if known is None:
            add = f'juju add-cloud {shlex.quote(name)} --client -f "$file"'
            self._with_file(f"juju knows the cloud {name}", said.cloud_file(cloud), f"{add}\n{self._noted('cloud')}")
        elif known.rstrip("/") != endpoint.rstrip("/"):
            raise ForeignError(
                f"{self.place.name}: juju knows a cloud {name} at {known}, but the input cloud says {endpoint}: "
                "give the cloud another name, or correct its endpoint"
            )

    def credential(self, props: Raw) -> None:
        """Let the client know the credential, with the key that holds now."""
        cloud, credential = text(mapping(props, "cloud"), "name"), mapping(props, "credential")
        name = text(credential, "name")
        list_them = f"juju credentials {shlex.quote(cloud)} --client --format json 2>/dev/null || :"
        known = said.has_credential(self.place.run("The credentials are listed", list_them), cloud, name)
        verb, noted = ("update-credential", "") if known else ("add-credential", self._noted("credential"))
        command = f'juju {verb} {shlex.quote(cloud)} --client -f "$file"\n{noted}'
        self._with_file(f"juju has the credential {name}", said.credential_file(cloud, credential), command)

    def move_cloud(self, props: Raw) -> None:
        """Tell client and controller where the cloud is now."""
        cloud = mapping(props, "cloud")
        name = text(cloud, "name")
        command = f'juju update-cloud {shlex.quote(name)} --client -c {shlex.quote(self.name)} -f "$file"'
        self._with_file(f"juju knows where the cloud {name} is", said.cloud_file(cloud), command)

    def renew_credential(self, props: Raw) -> None:
        """Give client and controller the key that holds now."""
        cloud, credential = text(mapping(props, "cloud"), "name"), mapping(props, "credential")
        command = f'juju update-credential {shlex.quote(cloud)} --client -c {shlex.quote(self.name)} -f "$file"'
        content = said.credential_file(cloud, credential)
        self._with_file(f"juju has the credential {text(credential, 'name')}", content, command)

    def known(self) -> said.Shown | None:
        """Tell what the client knows of the controller, whether or not it answers; None when it knows nothing."""
        listed = self.place.run("The controllers are listed", "juju controllers --format json")
        return said.known(listed, self.name)

    def show(self) -> said.Shown | None:
        """Show the controller; None when the client does not know it.

        juju asks the controller itself: StepFailedError for one that does not answer, but one that never got as far as
        to have addresses is shown without them.
        """
        command = f"juju show-controller {shlex.quote(self.name)} --show-password --format json"
        try:
            return said.shown(self.place.run("The controller is looked at", command), self.name)
        except StepFailedError as error:
            if said.is_unknown(error.output, self.name):
                return None
            known = self.known()
            if known is None or known.addresses:
                raise
            return known

    def bootstrap(self, props: Raw) -> None:
        """Bootstrap, minutes; joins a bootstrap of this name that runs."""
        settings = json.dumps(dict(mapping(props, "config")))
        command = said.bootstrap(props, self.version())
        self.task.finish("juju bootstrap", command, say, settings=settings)

    def destroy(self, *, force: bool) -> None:
        """Destroy the controller with all of its models, minutes."""
        self.task.finish("juju destroy-controller", said.destroy(self.name, self.version(), force=force), say)

    def kill(self) -> None:
        """Give the machines of a controller back that does not answer, minutes; see `controller_reclaim`."""
        self.task.finish("juju kill-controller", said.kill(self.name, self.version()), say)

    def unregister(self) -> None:
        """Let the client forget the controller, and nothing else."""
        self.place.run("The controller is forgotten", said.unregister(self.name, self.version()))

    def _noted(self, what: str) -> str:
        return f"mkdir -p {self._folder}\n: >{self._folder}/{what}"

    def _with_file(self, step: str, content: str, commands: str) -> None:
        script = _WITH_FILE.format(commands=f"set -e\n{commands}")
        self.place.run(step, script, stdin=content, secrets=self._secrets)
