"""What a function runs on in either mode, and the sweep back over what was recorded.

``expressions`` has what both modes share, ``operators`` the methods of an array; ``duals`` is
forward mode, ``variables``, ``tape`` and ``sweep`` are reverse mode; ``arguments`` takes apart what
goes in and puts together what comes out. The faces that a user calls are :mod:`admodes.forward` and
:mod:`admodes.reverse`.
"""
