"""Functions of C for several numbers at once, where the platform has them: glibc's libmvec.

LLVM's loops take them where a call says under which name they are (a "vector function ABI
variant"). Their last digits differ from those of the functions of one number.
"""

import functools
import platform
import re
from collections.abc import Sequence

from admodes.programs.compiled.code import in_vectors
from admodes.programs.compiled.operations import LIBM

PURE = "nounwind willreturn memory(none)"


@functools.cache
def variants() -> dict[str, list[tuple[str, int]]]:
    """By function of C the names of what takes so many numbers, as far as this machine has them."""
    import llvmlite.binding as llvm

    if platform.libc_ver()[0] != "glibc":
        return {}
    try:
        llvm.load_library_permanently("libmvec.so.1")
    except RuntimeError:  # an older glibc, or another processor than it was written for
        return {}
    features = llvm.get_host_cpu_features()
    # By the letter of the instructions that they are of: numbers of 8 bytes in a vector
    letters = {"b": (2, "sse2"), "d": (4, "avx2"), "n": (2, "neon")}
    found: dict[str, list[tuple[str, int]]] = {}
    for name in LIBM.values():
        for letter, (lanes, feature) in letters.items():
            for full, count in ((name, lanes), (f"{name}f", 2 * lanes)):
                args = "v" * (2 if name in ("atan2", "hypot", "pow") else 1)
                symbol = f"_ZGV{letter}N{count}{args}_{full}"
                if features.get(feature) and llvm.address_of_symbol(symbol):
                    found.setdefault(full, []).append((symbol, count))
    return found


def have_vectors(lines: Sequence[str]) -> bool:
    """Whether there is a vector function for each function of C that these lines call.

    Where there is none, a loop that is told to go on in vectors has LLVM complain on stderr.
    """
    called = {name for line in lines for name in re.findall(r"call \w+ @([\w.]+)\(", line)}
    return all(name.startswith("llvm.") or name in variants() for name in called)


def loops_of_vectors(width: int) -> list[str]:
    """What `in_vectors` refers to: 32 bytes, as AVX2 has them; elsewhere LLVM decides."""
    import llvmlite.binding as llvm

    if not llvm.get_host_cpu_features().get("avx2"):
        return [f"!{width} = distinct !{{!{width}}}"]
    hints = {"vectorize.width": width, "interleave.count": 1}
    names = [f"!{width}{i}" for i, _ in enumerate(hints)]
    return [
        f"!{width} = distinct !{{!{width}, {', '.join(names)}}}",
        *(
            f'{name} = !{{!"llvm.loop.{hint}", i32 {value}}}'
            for name, (hint, value) in zip(names, hints.items(), strict=True)
        ),
    ]


def declared(text: str, externals: dict[str, str]) -> str:
    """The text with declarations of what it calls, and of the vector functions for that."""
    known = variants()
    lines, used = [], []
    for number, (name, line) in enumerate(externals.items()):
        if name.startswith("llvm."):
            lines.append(line)
            continue
        lines.append(f"{line} #{number}")
        names = []
        for symbol, count in known.get(name, ()):
            kind = re.findall(r"double|float", line)[0]
            vector = f"<{count} x {kind}>"
            args = symbol.split("N")[1].split("_")[0].count("v")
            lines.append(f"declare {vector} @{symbol}({', '.join([vector] * args)})")
            used.append(symbol)
            names.append(f"_ZGV_LLVM_N{count}{'v' * args}_{name}({symbol})")
        variant = f' "vector-function-abi-variant"="{",".join(names)}"' if names else ""
        lines.append(f"attributes #{number} = {{ {PURE}{variant} }}")
        text = re.sub(rf"(call \w+ @{name}\(.*)", rf"\1 #{number}", text)
    for width in (4, 8):
        if in_vectors(width) in text:
            lines += loops_of_vectors(width)
    if used:
        pointers = ", ".join(f"ptr @{name}" for name in used)
        lines.append(
            f"@llvm.compiler.used = appending global [{len(used)} x ptr] [{pointers}], "
            'section "llvm.metadata"'
        )
    return "\n".join([*lines, text])
