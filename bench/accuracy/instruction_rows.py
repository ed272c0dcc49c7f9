"""Instruction latencies and throughputs: how the published ones were taken, as blocks for the scoreboard.

A latency block hands one value through all its instructions, a throughput block uses registers in turn; the
figure is cycles per instruction (per pair, where the row names two).
"""

ROTATION = ["rax", "rbx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12"]


def each(pattern, registers=tuple(ROTATION)):
    """The instruction once per register; {r} is the register."""
    return [pattern.format(r="%" + register) for register in registers]


def row(published, kind, lines, memory="apart", per=None):
    """`published`: name in the InstLatx64 table; `kind`: latency or throughput column; `per`: instructions
    (or pairs) that the block holds."""
    return {"instruction": published, "kind": kind, "lines": lines, "memory": memory, "per": per or len(lines)}


INSTLATX64 = [
    row("MOV r64, r64", "latency", ["movq %rax, %rax"]),
    row("MOV r64, r64", "throughput", each("movq {r}, {r}")),
    row("MOVSXD r64, r32", "latency", ["movslq %eax, %rax"]),
    row("MOV r64, [m64]", "latency", ["movq (%rax), %rax"]),
    row("MOV r64, [m64]", "throughput", each("movq (%rsp), {r}")),
    row("MOV [m64], r64", "throughput", each("movq {r}, (%rsp)")),
    row("ADD r64, r64", "latency", ["addq %rax, %rax"]),
    row("ADD r64, r64", "throughput", each("addq {r}, {r}")),
    row("ADD r64, imm8", "throughput", each("addq $1, {r}")),
    row("ADD r64, [m64]", "latency", ["addq (%rax), %rax"]),
    row("ADD r64, [m64]", "throughput", each("addq (%rsp), {r}")),
    row("ADD [m64], r64", "latency", ["addq %rax, (%rsp)"], "same"),
    row("ADD [m64], r64", "throughput", each("addq {r}, (%rsp)")),
    row("LOCK ADD [m64], r64", "latency", ["lock addq %rax, (%rsp)"], "same"),
    row("LOCK ADD [m64], r64", "throughput", each("lock addq {r}, (%rsp)")),
    row("XCHG r64, [m64]", "latency", ["xchgq %rax, (%rsp)"], "same"),
    row("CMP r64, r64", "throughput", each("cmpq {r}, {r}")),
    row("TEST r64, r64", "throughput", each("testq {r}, {r}")),
    row("LEA r64, [r64 + r64 * 8]", "latency", ["leaq (%rax,%rax,8), %rax"]),
    row("LEA r64, [r64 + r64 * 8]", "throughput", each("leaq (%rcx,%rcx,8), {r}")),
    row("LEA r64, [r64 + r64 * 8 + disp8]", "latency", ["leaq 8(%rax,%rax,8), %rax"]),
    row("LEA r64, [r64 + disp8]", "latency", ["leaq 8(%rax), %rax"]),
    row("SETC r8", "latency", ["setb %al"]),
    row("CLC", "throughput", ["clc"] * 8),
    row("STC", "throughput", ["stc"] * 8),
    row("NOP", "throughput", ["nop"] * 8),
    row("LAHF", "latency", ["lahf", "sahf"], per=2),
    row("PUSH r64", "throughput", each("pushq {r}")),
    row("POP r64", "throughput", each("popq {r}")),
    row("PUSH r64 + POP r64", "latency", ["pushq %rax", "popq %rax"], "same", per=1),
    row("PUSHFQ", "throughput", ["pushfq"] * 8),
    row("PUSHFQ + POPFQ", "latency", ["pushfq", "popfq"], "same", per=1),
    row("XADD r64, r64", "latency", ["xaddq %rax, %rbx"]),
    row("CMPXCHG r64, r64", "latency", ["cmpxchgq %rbx, %rcx"]),
    row("CMPXCHG8B", "latency", ["cmpxchg8b (%rsp)"], "same"),
    row("CMPXCHG16B", "latency", ["cmpxchg16b (%rsp)"], "same"),
    row("CMPXCHG16B", "throughput", ["xorl %eax, %eax", "xorl %edx, %edx", "cmpxchg16b (%rsp)"], per=1),
    row("RDTSC", "throughput", ["rdtsc"] * 4),
    row("CPUID (EAX = 0)", "latency", ["cpuid"]),
    row("PAUSE", "throughput", ["pause"] * 4),
    row("LFENCE", "latency", ["lfence"] * 4),
    row("SFENCE", "latency", ["sfence"] * 4),
    row("MFENCE", "latency", ["mfence"] * 4),
    row("PREFETCHT0 [mem]", "throughput", ["prefetcht0 (%rsp)"] * 4),
]

AGNER = [
    row("POPF", "throughput", ["popfq"] * 4),
    row("RDTSCP", "throughput", ["rdtscp"] * 4),
    row("RDPMC", "throughput", ["rdpmc"] * 4),
    row("XADD m,r", "throughput", ["xaddq %rax, (%rsp)"], "same"),
    row("CMPXCHG m,r", "throughput", ["cmpxchgq %rbx, (%rsp)"], "same"),
    row("LOCK ADD m,r", "throughput", ["lock addq %rax, (%rsp)"], "same"),
    row("LOCK XADD m,r", "throughput", ["lock xaddq %rax, (%rsp)"], "same"),
    row("LOCK CMPXCHG m,r", "throughput", ["lock cmpxchgq %rbx, (%rsp)"], "same"),
    row("CMPXCHG16B m", "throughput", ["cmpxchg16b (%rsp)"], "same"),
    row("LOCK CMPXCHG16B m", "throughput", ["lock cmpxchg16b (%rsp)"], "same"),
]
