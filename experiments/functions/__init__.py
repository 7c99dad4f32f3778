"""What is differentiated: the functions that more than one question asks about."""
