"""The things that take a machine time, as a table: how long, which events on the way, where they lead.

`life` is the interpreter of this table. Durations are seconds as measured on a real rack of NUCs (about 6 minutes to
commission, 12 to deploy); `pace` scales them.
"""

from dataclasses import dataclass
from typing import Final

from lab.maas.status import Status

S = Status


@dataclass(frozen=True, slots=True)
class Step:
    """At the fraction `at` of the phase this event goes out."""

    at: float
    event: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of a machine's life.

    `operation` is MAAS's name of it in time-out events; `boots` says that the machine must PXE boot for it; `patience`
    is the fixed time-out in seconds, None for the setting `node_timeout`.
    """

    status: Status
    operation: str
    seconds: float
    failed: Status
    steps: tuple[Step, ...]
    boots: bool = True
    patience: float | None = None
    started: str = ""

    @property
    def reboots(self) -> int:
        """Count the steps before the one at which the machine boots what was installed."""
        return next(number for number, step in enumerate(self.steps) if step.event == "REBOOTING")


_BOOT: Final = (
    Step(0.0, "NODE_POWER_ON_STARTING"),
    Step(0.02, "NODE_POWERED_ON"),
    Step(0.05, "PERFORMING_PXE_BOOT"),
)

PHASES: Final[dict[str, Phase]] = {
    "commissioning": Phase(
        S.COMMISSIONING,
        "Commissioning",
        360,
        S.FAILED_COMMISSIONING,
        (
            *_BOOT,
            Step(0.06, "NODE_PXE_REQUEST", "commissioning"),
            Step(0.10, "LOADING_EPHEMERAL"),
            Step(0.50, "GATHERING_INFO"),
            Step(0.90, "NODE_COMMISSIONING_EVENT", "finished commissioning scripts"),
        ),
        started="COMMISSIONING",
    ),
    "testing": Phase(
        S.TESTING,
        "Testing",
        120,
        S.FAILED_TESTING,
        (Step(0.1, "RUNNING_TEST", "smartctl-validate"),),
        started="TESTING",
    ),
    "deploying": Phase(
        S.DEPLOYING,
        "Deploying",
        720,
        S.FAILED_DEPLOYMENT,
        (
            *_BOOT,
            Step(0.06, "NODE_PXE_REQUEST", "installation"),
            Step(0.10, "LOADING_EPHEMERAL"),
            Step(0.20, "CONFIGURING_STORAGE"),
            Step(0.30, "INSTALLING_OS"),
            Step(0.60, "CONFIGURING_OS"),
            Step(0.75, "IMAGE_DEPLOYED"),
            Step(0.76, "REBOOTING"),
            Step(0.80, "NODE_PXE_REQUEST", "local boot"),
        ),
        started="DEPLOYING",
    ),
    "releasing": Phase(
        S.RELEASING,
        "Releasing",
        30,
        S.FAILED_RELEASING,
        (Step(0.0, "NODE_POWER_OFF_STARTING"), Step(0.8, "NODE_POWERED_OFF")),
        boots=False,
        patience=300,
        started="RELEASING",
    ),
    "erasing": Phase(
        S.DISK_ERASING,
        "Disk erasing",
        600,
        S.FAILED_DISK_ERASING,
        (*_BOOT, Step(0.06, "NODE_PXE_REQUEST", "poweroff"), Step(0.2, "ERASING_DISK")),
        started="ERASING_DISK",
    ),
    "entering_rescue": Phase(
        S.ENTERING_RESCUE_MODE,
        "Entering rescue mode",
        120,
        S.FAILED_ENTERING_RESCUE_MODE,
        (*_BOOT, Step(0.1, "LOADING_EPHEMERAL")),
        started="ENTERING_RESCUE_MODE",
    ),
    "exiting_rescue": Phase(
        S.EXITING_RESCUE_MODE,
        "Exiting rescue mode",
        60,
        S.FAILED_EXITING_RESCUE_MODE,
        (Step(0.0, "NODE_POWER_OFF_STARTING"), Step(0.5, "NODE_POWERED_OFF")),
        boots=False,
        patience=300,
        started="EXITING_RESCUE_MODE",
    ),
}

OTHER_SECONDS: Final[dict[str, float]] = {"importing": 300.0, "power": 5.0}
"""Durations of what is no machine phase: the import of boot images, the way to power on or off."""

NAMES: Final = (*PHASES, *OTHER_SECONDS)
