"""Servers that run, in network namespaces of this machine.

spec (what a server is) -> identity (files of its disk) + commands (network, boot script) -> guest (a process) -> fleet
"""
