"""Passwords of what a stage sets up: given in its config, or drawn once and kept in its state."""

from pulumi import Output

from providers.hosts.resources.password import Password


def password_of(name: str, given: str | None) -> Output[str]:
    """Take the password that the config gives, or draw one, as the resource `name`."""
    return Output.secret(given) if given is not None else Output.secret(Password(name).result)
