"""Start of the worker process: everything must be patched before anything else is imported."""

from gevent import monkey

monkey.patch_all()

from providers.hosts.worker.serve import main  # noqa: E402 - sockets and threads must be gevent's before this

main()
