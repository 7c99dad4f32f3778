"""Functions whose graphs several tests look at."""


def textbook(a, b):
    c = a + b
    d = b + 1
    e = c * d
    return e
