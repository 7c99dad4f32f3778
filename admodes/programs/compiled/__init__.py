"""The back end "compiled": a program's loops fused, and compiled to machine code by LLVM."""
