"""The graph of the textbook, with which several questions begin."""

TEXTBOOK = "e = (a + b)(b + 1)"
AT = (2.0, 1.0)


def textbook(a, b):
    c = a + b
    d = b + 1
    e = c * d
    return e
