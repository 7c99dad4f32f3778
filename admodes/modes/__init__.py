"""What a function runs on in either mode, and the sweep back over what was recorded.

``expressions`` has what both modes share, ``operators`` the methods of an array, which are made by
``compiling`` and told to checkers of types by ``typed``; ``duals`` is forward mode, and ``pushing``
a pass of it along ``units``; ``variables``, ``tape`` and ``sweep`` are reverse mode, by ``pulling``
``cotangents``. ``arguments`` takes what goes in, and what comes out, apart into leaves of
``containers``; ``evaluating`` runs the plain function on copies; ``complex_derivatives`` says which
derivatives there are by complex numbers, ``lost`` what to write where one would be lost.

``writing`` and ``views`` are for arrays that change; ``observing`` looks on, ``reading``,
``tabling`` and ``following`` make a tape readable; ``narrowest`` is the place for
:mod:`admodes.mixed`, and ``chosen`` what a face has chosen. The faces that a user calls are
:mod:`admodes.forward` and :mod:`admodes.reverse`.
"""
