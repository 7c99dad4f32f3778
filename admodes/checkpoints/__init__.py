"""Reverse mode in less memory: values are computed again in the sweep instead of being stored.

``schedules`` says in which order a chain of steps is evaluated, stored and reversed; ``segments``,
``recomputing`` and ``stepping`` record accordingly; ``checkpointing`` is what a user calls.
"""
