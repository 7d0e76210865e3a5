"""How a PostgresServer is laid out: what its parts are called, where backups lie, what can't be. Pure."""

BACKUPS = "/var/backups/postgres"


def instance_name(name: str) -> str:
    """Name the database itself: `database-postgres`."""
    return f"{name}-postgres"


def backups_name(name: str) -> str:
    """Name its backups: `database-backups`."""
    return f"{name}-backups"


def backups_directory(database: str) -> str:
    """Name the folder of a database's backups. The same whatever server it is on: after a move they still count."""
    return f"{BACKUPS}/{database}"


def check_backups(name: str, server: str, backup_server: str) -> None:
    """Raise ValueError when backups would be lost together with what they are of."""
    if server == backup_server:
        raise ValueError(
            f"{name}: the database and its backups are both on {server}, but backups must be on another server, "
            f"so that they survive it"
        )
