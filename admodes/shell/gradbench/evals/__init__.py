"""The evals, a file each. There ``FUNCTIONS`` has a `Task` for each function of its module."""
