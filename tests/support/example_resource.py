"""A resource of a test's own: the example deploy, with its content as a secret."""

from collections.abc import Mapping

import pulumi

from providers.common.cleaning import secret_text
from providers.common.fields import Field
from providers.common.raw import text
from providers.hosts.crud.base import HostProvider, Props, host_schema
from providers.hosts.resources.base import HostResource


class ExampleProvider(HostProvider):
    """The deploy and its input; everything else is the base's."""

    schema = host_schema(Field("content", clean=secret_text, required=True))
    deploy = "tests.support.example_deploy"
    secret_inputs = ("content",)

    def data(self, props: Props) -> Mapping[str, object]:
        return {"content": text(props, "content")}


class Example(HostResource, module="hosts", name="Example"):
    """What a program writes."""

    content: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        connection: pulumi.Input[Mapping[str, object]],
        machine: pulumi.Input[str],
        content: pulumi.Input[str],
    ) -> None:
        inputs: dict[str, object] = {"content": content}
        super().__init__(ExampleProvider(), resource_name, connection, machine, inputs, secrets=("content",))
