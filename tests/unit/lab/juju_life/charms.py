"""Small charms that the tests write themselves, so that no change of the hub's catalogue changes what they mean."""

from typing import Final

Document = dict[str, object]

APP: Final[Document] = {
    "name": "app",
    "summary": "An application",
    "requires": {"db": {"interface": "mysql", "limit": 1}, "cache": {"interface": "memcache"}},
    "provides": {"website": {"interface": "http"}},
    "peers": {"cluster": {"interface": "app-cluster"}},
    "config": {
        "options": {
            "title": {"type": "string", "default": "Blog"},
            "workers": {"type": "int", "default": 4},
            "ratio": {"type": "float"},
            "debug": {"type": "boolean", "default": False},
        }
    },
    "actions": {
        "pause": {"description": "Rest", "params": {"force": {"type": "boolean"}}},
        "resume": {"description": "Go on"},
    },
}
DB: Final[Document] = {
    "name": "db",
    "summary": "A database",
    "provides": {"db": {"interface": "mysql"}, "replica": {"interface": "mysql"}},
}
ONE_DB: Final[Document] = {"name": "onedb", "summary": "A database", "provides": {"db": {"interface": "mysql"}}}
AGENT: Final[Document] = {
    "name": "agent",
    "summary": "A subordinate",
    "subordinate": True,
    "requires": {
        "host": {"interface": "juju-info", "scope": "container"},
        "site": {"interface": "http", "scope": "container"},
    },
}
STORE: Final[Document] = {
    "name": "store",
    "summary": "Something with disks",
    "storage": {
        "disks": {"type": "block", "multiple": {"range": "1-3"}, "minimum-size": "2G"},
        "logs": {"type": "filesystem", "location": "/var/log/store"},
    },
}
