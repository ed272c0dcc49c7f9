#pragma once

/// A runtime for bare-metal programs that check what the processor does against its manual. They
/// print one line per rule to the first serial port and leave by port 0xF4: 0 if all rules hold.

using u8 = unsigned char;
using u16 = unsigned short;
using u32 = unsigned int;
using u64 = unsigned long;

/// What the common entry of all vectors leaves on the stack.
struct Frame {
  u64 r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
  u64 vector, error, rip, cs, rflags, rsp, ss;
};

/// The first event of an attempt. `vector` is `none` if there was none.
struct Caught {
  static constexpr u64 none = ~0ul;
  u64 vector = none;
  u64 error = 0, rip = 0, cs = 0, rflags = 0, rsp = 0, ss = 0;
  u64 cr2 = 0;
  u64 handler_rsp = 0;    ///< stack pointer at the entry of the handler, before the error code
  u64 handler_flags = 0;  ///< RFLAGS in the handler
  u64 handler_ss = 0, handler_cs = 0;
  u64 count = 0;         ///< events in all
  u64 rcx = 0, r11 = 0;  ///< registers at the first event
};

struct Resume {
  u64 rip, rsp;
};

extern "C" {
extern Caught caught;
extern Resume resume;
void attempt_call(void (*function)(void*), void* argument, Resume* resume);
[[noreturn]] void enter_user(u64 rip, u64 rsp, u64 flags);
extern u64 start_pml4[512], start_pdpt[512], start_pd[512];
}

namespace selector {
constexpr u16 code32 = 0x08, code64 = 0x10, data = 0x18, user_code32 = 0x23, user_data = 0x2B,
              user_code64 = 0x33, task = 0x38, spare = 0x48, spare2 = 0x50;
}

/// Runs `function`; an event ends it and is returned.
template <class F>
Caught attempt(F function) {
  caught = Caught();
  attempt_call([](void* f) { (*static_cast<F*>(f))(); }, &function, &resume);
  return caught;
}

/// #SS, and #GP which some emulators raise instead: need a stack of their own while RSP is bad.
constexpr unsigned stack_fault_vectors[] = {12, 13};

/// Prints the line of a rule.
void check(bool ok, const char* section, const char* rule);
void print(const char* text);
void print_hex(u64 value);
/// As check(), for an event with vector and error code; prints what came instead.
void expect(const Caught& c, u64 vector, u64 error, const char* section, const char* rule);
void expect_none(const Caught& c, const char* section, const char* rule);

/// Descriptor tables that tests may change.
extern u64 gdt[16];
struct [[gnu::packed]] TaskSegment {
  u32 reserved0 = 0;
  u64 rsp[3] = {};
  u64 reserved1 = 0;
  u64 ist[7] = {};
  u64 reserved2 = 0;
  u16 reserved3 = 0;
  u16 io_map = 0;
  u8 io_bits[32] = {};
};
extern TaskSegment task_segment;
struct [[gnu::packed]] Gate {
  u16 offset0;
  u16 selector;
  u8 ist;
  u8 type;
  u16 offset1;
  u32 offset2;
  u32 reserved;
};
extern Gate idt[256];
void load_tables();
void set_gate(unsigned vector, u8 type_and_rights, u8 ist = 0);
extern "C" u8 user_stack[4096];
u64 user_stack_top();

inline void out8(u16 port, u8 value) { asm volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }
inline u8 in8(u16 port) {
  u8 value;
  asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}
inline u64 read_msr(u32 index) {
  u32 low, high;
  asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(index));
  return u64{high} << 32 | low;
}
inline void write_msr(u32 index, u64 value) {
  asm volatile("wrmsr"
               :
               : "c"(index), "a"(static_cast<u32>(value)), "d"(static_cast<u32>(value >> 32))
               : "memory");
}
struct Cpuid {
  u32 eax, ebx, ecx, edx;
};
inline Cpuid cpuid(u32 leaf, u32 subleaf = 0) {
  Cpuid c;
  asm volatile("cpuid"
               : "=a"(c.eax), "=b"(c.ebx), "=c"(c.ecx), "=d"(c.edx)
               : "a"(leaf), "c"(subleaf));
  return c;
}
inline bool intel() { return cpuid(0).ebx == 0x756E6547; }
inline u64 read_cr0() {
  u64 v;
  asm volatile("mov %%cr0, %0" : "=r"(v));
  return v;
}
inline u64 read_cr3() {
  u64 v;
  asm volatile("mov %%cr3, %0" : "=r"(v));
  return v;
}
inline u64 read_cr4() {
  u64 v;
  asm volatile("mov %%cr4, %0" : "=r"(v));
  return v;
}
inline void write_cr0(u64 v) { asm volatile("mov %0, %%cr0" : : "r"(v) : "memory"); }
inline void write_cr3(u64 v) { asm volatile("mov %0, %%cr3" : : "r"(v) : "memory"); }
inline void write_cr4(u64 v) { asm volatile("mov %0, %%cr4" : : "r"(v) : "memory"); }
inline void invalidate(u64 linear) { asm volatile("invlpg (%0)" : : "r"(linear) : "memory"); }

void check_faults();
void check_paging();
void check_privilege();
void check_segments();
void check_registers();
void check_debug();
