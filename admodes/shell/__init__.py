"""What the command line asks for: a function by its name, its arguments, and what went wrong in it.

Whatever is wrong with what was typed is a ``click.ClickException``: one line, and exit code 2.

``targets`` finds a function by its name, ``inputs`` are its arguments, ``failures`` says in one
line what went wrong in it, and ``starting`` is for Ctrl-C while all is imported.
"""
