"""The back end "compiled": a program's loops fused, and compiled to machine code by LLVM.

``lowering`` takes steps for what can be compiled of them, as ``nodes`` of certain ``kinds``, with
the dtypes that ``resolving`` finds, the ``places`` that views lead to, the arrays that ``parting``
puts together of ``fronts``, and guards (``guarding``). ``fusing`` says which of them share a loop.

``segments`` are functions of LLVM's language, made of ``loops`` over ``entries``, by ``operations``
on one or on several at once (``vectors``), in lines of ``code``; ``memory`` is what only these
need, ``sharing`` gives long loops to threads. ``machine`` makes machine code of it, ``driver`` the
Python that calls it, and ``reading`` what one reads instead.
"""
