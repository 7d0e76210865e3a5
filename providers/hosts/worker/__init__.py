"""The process that holds the SSH connections: `python -m providers.hosts.worker`.

requests (lines on standard input) -> one greenlet each -> the server's queue -> its one connection -> replies (lines on
standard output). gevent, paramiko and pyinfra are imported in this process only. It ends when its input does.
"""
