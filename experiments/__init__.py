"""Experiments that measure what each mode costs, a folder per question.

``questions/`` asks, a folder each; ``sides/`` differentiates, by both modes and by other libraries,
and times it; ``functions/`` are what is differentiated; ``bench/`` is what all share: what an
experiment is and how it runs, what is on disk, what is seen.
"""
