"""Experiments that measure what each mode costs, a file per question.

To add one, write a file that ends in an ``EXPERIMENT``, as ``speedup.py`` does, and name it in
``__main__.py``. The rest is shared: ``experiment.py`` (what an experiment is, and how it runs),
``functions.py`` (what is differentiated), ``agreement.py`` (whether derivatives are the same),
``results.py`` (what is on disk), ``plotting.py`` and ``console.py`` (what is seen).
"""
