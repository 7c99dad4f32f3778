"""GradBench's side of a tool: its protocol, and the functions that its evals ask for.

GradBench (https://github.com/gradbench/gradbench) compares tools of differentiation. An *eval*
asks, a *tool* answers, in lines of JSON; `protocol` does that, `evals` has a file for each eval,
`tasks` and `descent` what they share. They are plain NumPy code on the public faces alone, as a
user would write it.
"""
