"""Planning: from goals and the last snapshot to steps. Pure: what only a provider can tell is asked, not fetched.

A planner is a generator. It yields questions (`engine.plan.questions`), is sent the answers, and returns steps; in
production gRPC answers, in tests a dict does.
"""
