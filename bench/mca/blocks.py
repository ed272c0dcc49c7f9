"""Basic blocks as text for llvm-mca and as bytes for the scoreboard: generated ones and the guest's."""

import pathlib
import random
import re
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]

# The guest's hot paths: allocator, locks, interrupt and system call entry, copies, lists.
HOT_SYMBOLS = [
    "kmem_cache_alloc", "kmem_cache_alloc_trace", "kmem_cache_free", "kfree", "__kmalloc", "__slab_alloc",
    "__slab_free", "memcpy", "memset", "memcmp", "strcmp", "strlen", "strnlen", "vsnprintf", "schedule",
    "smp_call_function_interrupt", "smp_apic_timer_interrupt", "reschedule_interrupt", "apic_timer_interrupt",
    "do_IRQ", "__do_softirq", "irq_enter", "irq_exit", "copy_page", "clear_page", "__alloc_pages_nodemask",
    "free_pages", "get_partial_node", "deactivate_slab", "unfreeze_partials", "put_cpu_partial", "find_vma",
    "handle_mm_fault", "do_page_fault", "system_call", "do_execve", "menu_select", "hrtimer_interrupt",
    "generic_smp_call_function_single_interrupt", "smp_call_function_many", "flush_tlb_func",
]

REGISTERS = ["ax", "bx", "cx", "dx", "si", "di", "bp"]
CHAIN = ["r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"]


class Block:
    """name, instructions in AT&T syntax, their bytes as hexadecimal text."""

    def __init__(self, name, lines, code):
        self.name, self.lines, self.code = name, lines, code


def run(command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def disassemble(path):
    """Function name -> [(address, hex bytes, text, line comment removed)]."""
    functions, current = {}, None
    for line in run(["llvm-objdump", "-d", "--no-leading-headers", str(path)]).splitlines():
        start = re.match(r"^[0-9a-f]+ <(.+)>:$", line)
        if start:
            current = functions.setdefault(start.group(1), [])
            continue
        found = re.match(r"^\s*([0-9a-f]+):\s((?:[0-9a-f]{2}[ \t])+)\s*(.*)$", line)
        if found and current is not None:
            text = re.sub(r"\s*(#.*|<[^>]*>)", "", found.group(3)).replace("\t", " ").strip()
            current.append((int(found.group(1), 16), found.group(2).replace(" ", "").replace("\t", ""), text))
    return functions


def assemble(sources):
    """Blocks from {name: [lines]}: bytes and text as the disassembler prints them."""
    with tempfile.TemporaryDirectory() as folder:
        text = pathlib.Path(folder) / "blocks.s"
        objects = pathlib.Path(folder) / "blocks.o"
        text.write_text("".join(f"{name}:\n" + "".join(f"  {line}\n" for line in lines)
                                for name, lines in sources.items()))
        run(["llvm-mc", "-triple=x86_64", "-filetype=obj", "-o", str(objects), str(text)])
        functions = disassemble(objects)
    return [Block(name, [row[2] for row in functions[name]], "".join(row[1] for row in functions[name]))
            for name in sources]


def is_transfer(text):
    return re.match(r"^(j|call|ret|loop|iret|sysret|syscall|int|hlt|ud2)", text) is not None


def split_blocks(rows):
    """Runs of instructions that are entered at the top and left at the bottom."""
    targets = set()
    for _, _, text in rows:
        branch = re.match(r"^j\w+ (0x[0-9a-f]+)$", text)
        if branch:
            targets.add(int(branch.group(1), 16))
    block = []
    for row in rows:
        if row[0] in targets and block:
            yield block
            block = []
        block.append(row)
        if is_transfer(row[2]):
            yield block
            block = []
    if block:
        yield block


def is_stack(text):
    return re.match(r"^(push|pop)[lq]? %", text) is not None


def body_of(rows):
    """A block without the transfer that ends it (its target is not part of it) and without the pushes and
    pops of registers at its ends."""
    body = [row for row in rows if not is_transfer(row[2])]
    while body and is_stack(body[0][2]):
        body.pop(0)
    while body and is_stack(body[-1][2]):
        body.pop()
    return body


def guest_blocks(image, smallest):
    """Blocks of the hot functions."""
    functions = disassemble(image)
    for symbol in HOT_SYMBOLS:
        for number, rows in enumerate(split_blocks(functions.get(symbol, []))):
            body = body_of(rows)
            if len(body) >= smallest:
                yield Block(f"{symbol}.{number}", [row[2] for row in body],
                            "".join(row[1] for row in body))


class Generator:
    """Straight-line integer code over all classes; the same seed gives the same blocks."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def reg(self, bits=64):
        name = self.random.choice(REGISTERS[:4] if bits == 8 else REGISTERS)
        return {64: f"%r{name}", 32: f"%e{name}", 16: f"%{name}", 8: f"%{name[0]}l"}[bits]

    def wide(self):
        return "%" + self.random.choice(CHAIN)

    def load_address(self):
        """L1-resident; half of them with an index."""
        base = self.random.choice(["%rsp", "%rbp", "%r15"])
        offset = self.random.randrange(8, 120, 8)
        if self.random.random() < 0.25:
            return f"{offset}({base},%r14,{self.random.choice([1, 2, 4, 8])})"
        return f"{offset}({base})"

    def one(self, kind):
        r, pick = self.random, self.random.choice
        bits = pick([64, 64, 32, 32])
        suffix = {64: "q", 32: "l"}[bits]
        a, b = self.reg(bits), self.reg(bits)
        alu = pick(["add", "sub", "and", "or", "xor", "cmp", "test"])
        if kind == "alu":
            return f"{alu}{suffix} {a}, {b}" if r.random() < 0.6 else f"{alu}{suffix} ${r.randrange(1, 99)}, {b}"
        if kind == "one":
            return f"{pick(['inc', 'dec', 'neg', 'not'])}{suffix} {a}"
        if kind == "move":
            return f"mov{suffix} {a}, {b}" if r.random() < 0.5 else f"mov{suffix} ${r.randrange(99)}, {b}"
        if kind == "extend":
            return pick([f"movzbl {self.reg(8)}, {self.reg(32)}", f"movslq {self.reg(32)}, {self.reg(64)}",
                         f"movzwl {self.reg(16)}, {self.reg(32)}"])
        if kind == "lea":
            return pick([f"leaq {r.randrange(1, 64)}({self.reg()}), {self.reg()}",
                         f"leaq ({self.reg()},{self.reg()},{pick([1, 2, 4, 8])}), {self.reg()}",
                         f"leaq {r.randrange(1, 64)}({self.reg()},{self.reg()}), {self.reg()}"])
        if kind == "shift":
            return f"{pick(['shl', 'shr', 'sar'])}{suffix} ${r.randrange(2, 30)}, {a}"
        if kind == "load":
            return f"mov{suffix} {self.load_address()}, {a}"
        if kind == "load_alu":
            return f"{pick(['add', 'sub', 'and', 'or', 'cmp'])}{suffix} {self.load_address()}, {a}"
        if kind == "store":
            return f"mov{suffix} {a}, {self.load_address()}"
        if kind == "modify":
            return f"{pick(['add', 'sub', 'or', 'and'])}{suffix} {a}, {self.load_address()}"
        if kind == "multiply":
            return f"imul{suffix} {a}, {b}"
        if kind == "carry":
            return f"{pick(['adc', 'sbb'])}{suffix} {a}, {b}"
        if kind == "condition":
            return pick([f"cmov{pick(['e', 'ne', 'l', 'ge', 'b', 's'])}{suffix} {a}, {b}",
                         f"set{pick(['e', 'ne', 'l', 'b', 's'])} {self.reg(8)}"])
        if kind == "bits":
            return pick([f"bsf{suffix} {a}, {b}", f"popcnt{suffix} {a}, {b}", f"bt{suffix} ${r.randrange(31)}, {a}",
                         f"bts{suffix} ${r.randrange(31)}, {a}", f"bswap{suffix} {a}"])
        return "nop"

    MIX = {
        "alu": 26, "one": 6, "move": 8, "extend": 5, "lea": 8, "shift": 7, "load": 12, "load_alu": 6, "store": 6,
        "modify": 2, "multiply": 4, "carry": 3, "condition": 5, "bits": 4, "nop": 1,
    }

    def mixed(self, length):
        kinds = self.random.choices(list(self.MIX), weights=self.MIX.values(), k=length)
        return [self.one(kind) for kind in kinds]

    def chain(self, length):
        """One value through every instruction: latencies add up."""
        steps = ["addq %r8, %r8", "imulq %r8, %r8", "leaq 5(%r8), %r8", "shlq $3, %r8", "movq (%r8), %r8",
                 "adcq %r9, %r8", "cmoveq %r9, %r8", "notq %r8", "addq 16(%rsp), %r8", "bsfq %r8, %r8",
                 "leaq (%r8,%r9,2), %r8", "subq $7, %r8", "movslq %r8d, %r8", "bswapq %r8"]
        return [self.random.choice(steps) for _ in range(length)]

    def streams(self, count, length):
        """Independent chains side by side: width and ports decide."""
        lines = []
        for _ in range(length):
            for n in range(count):
                register = "%" + CHAIN[n]
                lines.append(self.random.choice([
                    f"addq $1, {register}", f"xorq %rax, {register}", f"shlq $2, {register}",
                    f"leaq 3({register}), {register}", f"imulq %rbx, {register}", f"orq %rcx, {register}",
                    f"subq 8(%rsp), {register}"]))
        return lines

    def source(self, number):
        shape = number % 4
        if shape == 0:
            return self.mixed(self.random.randrange(4, 12))
        if shape == 1:
            return self.mixed(self.random.randrange(12, 32))
        if shape == 2:
            return self.chain(self.random.randrange(3, 12))
        return self.streams(self.random.randrange(2, 7), self.random.randrange(2, 5))


def generated_blocks(seed, count):
    generator = Generator(seed)
    return assemble({f"generated.{n}": generator.source(n) for n in range(count)})
