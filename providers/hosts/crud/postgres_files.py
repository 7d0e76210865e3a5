"""What is written for PostgreSQL: its two files that are wholly ours, and SQL.

settings -> `configuration` -> conf.d/pulumi.conf;  networks -> `admission` -> pg_hba.conf. Pure.
"""

from collections.abc import Iterable, Mapping

HEAD = "# Managed by Pulumi (hosts.PostgresInstance): what is changed here by hand is shown as drift, and put back.\n"


def quoted(value: str) -> str:
    """Quote a text for SQL and for configuration files."""
    return "'" + value.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def configuration(settings: Mapping[str, str]) -> str:
    """Write a configuration file."""
    return HEAD + "".join(f"{name} = {quoted(value)}\n" for name, value in settings.items())


def admission(networks: Iterable[str]) -> str:
    """Write pg_hba.conf: people on the server itself as who they are, everybody else with a password, by SCRAM."""
    local = ["local all all peer", "local replication all peer"]
    remote = [f"host all all {network} scram-sha-256" for network in ("127.0.0.1/32", "::1/128", *networks)]
    return HEAD + "".join(f"{line}\n" for line in (*local, *remote))


def create_database(name: str, owner: str) -> str:
    """Write the SQL of a new database."""
    return (
        f"CREATE DATABASE {identifier(name)} OWNER {identifier(owner)} TEMPLATE template0 ENCODING 'UTF8' "
        f"LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8';"
    )
