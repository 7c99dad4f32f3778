"""What SciPy has, for numbers that carry derivatives; it needs SciPy (the extra ``scipy``).

The ufuncs of ``scipy.special`` need nothing of it: they are differentiated as they are. Here stand
functions of SciPy's names that no protocol of NumPy's can see, each in a module of SciPy's name.
"""
