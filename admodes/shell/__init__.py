"""What the command line asks for: a function by its name, its arguments, and what went wrong in it.

Whatever is wrong with what was typed is a ``click.ClickException``: one line, and exit code 2.
"""
