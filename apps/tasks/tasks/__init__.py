"""A task list that says which of several servers answered.

browser -> balancer -> one of the app servers: `wsgi` -> `urls` -> `views` -> `models` -> PostgreSQL, shared by all.
Nothing is kept on a server: sessions are in the database, settings in the environment (see `settings`).
"""
