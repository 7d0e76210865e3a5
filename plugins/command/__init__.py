"""The `command` resource plugin in Python: shell commands and file copies as resources, here and over SSH.

    engine ── gRPC ──> service ── wire ──> checking · diffing            (pure: what a change means)
                          └──> actions ──> local    ──> a process of its own group
                                      └──> remote   ──> dialing ──> SSH ──> a command
                                      └──> copying  ──> dialing ──> SSH ──> files

Everything pure is in values, wire, shapes, checking, diffing, outputs, settings, masking, prelude, patience, globs and
placing; everything else is a thin shell around them. It speaks the same protocol, and leaves the same state, as
pulumi-command 1.2.1 does.
"""
