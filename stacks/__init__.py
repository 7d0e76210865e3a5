"""The stages of the project, and which of them the selected stack holds.

config `stages`, else the stage named like the stack -> each stage's module declares its resources -> stack outputs.
A stage's module is imported only when it is chosen: a stack of one stage doesn't load the clients of the others.
"""

from collections.abc import Callable, Mapping, Sequence

from stacks.config.problems import ConfigError, Problem, choices, nearest, shown

Outputs = Mapping[str, object]


def _baremetal(_before: Outputs) -> Outputs:
    from stacks import baremetal

    return baremetal.declare()


def _juju(before: Outputs) -> Outputs:
    from stacks import juju

    return juju.declare(before)


STAGES: Mapping[str, Callable[[Outputs], Outputs]] = {"baremetal": _baremetal, "juju": _juju}
"""Every stage by name, in the order that they build on each other; told the outputs of those before it in its stack."""


def chosen(configured: Sequence[object] | None, stack: str) -> tuple[str, ...]:
    """Say which stages a stack holds, in building order.

    Raises ConfigError for a name that is no stage, and for a stack that says nothing and isn't named like one.
    """
    if configured is None and stack not in STAGES:
        text = f"stages is missing: stack {stack} isn't named like a stage, so it must list its stages"
        raise ConfigError([Problem("stages", f"{text} ({choices(STAGES)}).")])
    wanted = [stack] if configured is None else configured
    problems = [
        _unknown(index, name) for index, name in enumerate(wanted) if not isinstance(name, str) or name not in STAGES
    ]
    if problems:
        raise ConfigError(problems)
    return tuple(name for name in STAGES if name in wanted)


def _unknown(index: int, name: object) -> Problem:
    text = f"stages[{index}] {shown(name)}, but must be {choices(STAGES)}"
    return Problem(f"stages[{index}]", f"{text}{nearest(str(name), STAGES)}")


def declare() -> None:
    """Declare the resources and outputs of every stage that the selected stack holds."""
    import pulumi

    from stacks.config.reader import explained, read_stages

    told: dict[str, object] = {}
    for stage in explained(lambda: chosen(read_stages(), pulumi.get_stack())):
        told |= STAGES[stage](told)
    for name, value in told.items():
        pulumi.export(name, value)
