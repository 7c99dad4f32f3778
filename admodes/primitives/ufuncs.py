def no_rule(f): return NotImplementedError(f)
uncommon_ufunc=None
