"""A MAAS with a Juju for tests, without hosts: `with running_juju_rack() as rack:` serves both from this process.

    rack.add_cloud()  # add-cloud and add-credential, as a person on main does
    rack.juju("bootstrap maas-one main --bootstrap-base ubuntu@22.04 --to server1")

Each has a network 127.N.0.0/16 of its own: what MAAS calls 172.16.0.20 is reached at 127.N.0.20.
"""

import json
import shlex
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast

import yaml

from lab.juju.controller import Controller
from lab.juju.doors import Loopback
from lab.juju.models import Json
from lab.juju.site import OAUTH, JujuSite
from lab.juju.testing import network
from lab.maas.testing import RunningMaas, running_maas
from lab.mainhost.asked import Answer, Asked
from lab.mainhost.desk import Desk

CLOUD = "maas-one"


@dataclass
class JujuRack:
    """A MAAS, and main's commands as `cloud` types them; `files` are the Juju client's own."""

    maas: RunningMaas
    site: JujuSite = field(repr=False)
    desk: Desk = field(repr=False)
    files: dict[str, str] = field(default_factory=dict[str, str], repr=False)

    @property
    def controller(self) -> Controller:
        """The controller that runs."""
        if self.site.controller is None:
            raise AssertionError("there is no controller")
        return self.site.controller

    def main(self, line: str, *, root: bool = True, given: dict[str, str] | None = None) -> Answer:
        """Carry out a command line of main to its end.

        `given` answers its prompts, by name; a file that it reads is "file:PATH". AssertionError for one unanswered.
        """
        program, *argv = shlex.split(line)
        asked, said = Asked(program, tuple(argv), root, answers=given or {}, files=self.files), ""
        while True:
            answer = self.desk.answer(asked)
            if answer.prompts:
                raise AssertionError(f"`{line}` asks for {', '.join(each.name for each in answer.prompts)}")
            said += answer.err
            if not answer.again:
                self.files.update(answer.files)
                return Answer(answer.out, said, answer.code, files=answer.files)
            asked = Asked(program, tuple(argv), root, answers=given or {}, files=self.files, again=answer.again)

    def juju(self, line: str, *, check: bool = True, given: dict[str, str] | None = None) -> str:
        """Carry out `juju LINE`; what it printed. With `check`, AssertionError when it fails."""
        answer = self.main(f"juju {line}", root=False, given=given)
        if check and answer.code:
            raise AssertionError(f"`juju {line}` ended with {answer.code}: {answer.out}{answer.err}")
        return answer.out if check and answer.out else answer.out + answer.err

    def document(self, line: str) -> Json:
        """Carry out `juju LINE --format json`; the document that it prints."""
        return cast("Json", json.loads(self.juju(f"{line} --format json")))

    def add_cloud(self, name: str = CLOUD, key: str = "") -> None:
        """Let the client know this MAAS as a cloud, with its key."""
        clouds = {"clouds": {name: {"type": "maas", "auth-types": ["oauth1"], "endpoint": self.maas.url}}}
        self.juju(f"add-cloud --client -f cloud.yaml {name}", given={"file:cloud.yaml": yaml.safe_dump(clouds)})
        credential = {"auth-type": "oauth1", OAUTH: key or self.maas.api_key}
        kept = yaml.safe_dump({"credentials": {name: {"cloud": credential}}})
        self.juju(f"add-credential --client -f keys.yaml {name}", given={"file:keys.yaml": kept})


@contextmanager
def running_juju_rack(
    pace: Literal["immediate", "manual", "timed"] = "immediate",
    factor: float = 1.0,
    *,
    rack: str = "course",
    home: Path | None = None,
    channel: str = "3.6/stable",
    port: int = 0,
) -> Generator[JujuRack]:
    """Run a MAAS with main's commands, Juju's snap installed.

    With `home` both worlds are kept there, to go on with later: then at the same `port` of MAAS.
    """
    with network() as number, running_maas(rack, pace, home / "maas" if home else None, factor, port) as maas:
        kept = home / "juju" if home else None
        site = JujuSite(maas.service, Loopback(number), kept, f"127.{number}.0.2:5249")
        site.resume()
        desk = Desk(maas.service, site)
        running = JujuRack(maas, site, desk)
        running.main(f"snap install juju --channel={channel} --classic")
        try:
            yield running
        finally:
            desk.close()
            site.close()
