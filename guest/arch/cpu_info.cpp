#include "guest/arch/cpu_info.h"

#include "guest/arch/cpu.h"
#include "guest/arch/descriptors.h"
#include "guest/arch/irqflags.h"
#include "guest/arch/msr.h"
#include "guest/arch/segments.h"
#include "guest/kernel/messages.h"
#include "guest/lib/string.h"

CpuInfo boot_cpu_data;

extern "C" void system_call();

namespace {

// SDM Vol. 3 §2.5.
constexpr u64 kCr0 =
    0x80050033 | (release::is_3_2 ? 1u << 3 : 0);  // PG AM WP NE ET MP PE; lazy FPU state: TS
constexpr u64 kCr4Pae = 1u << 5, kCr4Mce = 1u << 6, kCr4Pge = 1u << 7, kCr4Pce = 1u << 8;
constexpr u64 kCr4Fxsr = 1u << 9, kCr4Xmm = 1u << 10, kCr4Smep = 1u << 20;
// Linux 3.13 arch/x86/kernel/cpu/common.c syscall_init(): TF DF IF IOPL AC
constexpr u64 kSyscallMask = 0x43700;

bool bit(u32 word, int number) { return (word >> number & 1) != 0; }

void read_vendor(u32* max_leaf) {
  const CpuidResult r = cpuid(0);
  *max_leaf = r.eax;
  memcpy(boot_cpu_data.vendor, &r.ebx, 4);
  memcpy(boot_cpu_data.vendor + 4, &r.edx, 4);
  memcpy(boot_cpu_data.vendor + 8, &r.ecx, 4);
}

// SDM Vol. 2, CPUID, "Display family and model".
void read_signature() {
  const CpuidResult r = cpuid(1);
  const u32 family = r.eax >> 8 & 15;
  boot_cpu_data.family = family + (family == 15 ? r.eax >> 20 & 0xff : 0);
  boot_cpu_data.model = (r.eax >> 4 & 15) | (family == 6 || family == 15 ? r.eax >> 12 & 0xf0 : 0);
  boot_cpu_data.stepping = r.eax & 15;
  boot_cpu_data.mwait = bit(r.ecx, 3);
  boot_cpu_data.cx16 = bit(r.ecx, 13);
  boot_cpu_data.x2apic = bit(r.ecx, 21);
  boot_cpu_data.tsc_deadline = bit(r.ecx, 24);
  boot_cpu_data.apic = bit(r.edx, 9);
  boot_cpu_data.pge = bit(r.edx, 13);
}

void read_model_id() {
  if (cpuid(0x80000000).eax < 0x80000004) return;
  char* text = boot_cpu_data.model_id;
  for (u32 i = 0; i < 3; ++i) {
    const CpuidResult r = cpuid(0x80000002 + i);
    memcpy(text + 16 * i, &r, 16);
  }
  // Some processors pad on the left.
  const char* start = text;
  while (*start == ' ') ++start;
  memmove(text, start, strlen(start) + 1);
}

void read_features(u32 max_leaf) {
  if (max_leaf >= 6) boot_cpu_data.arat = bit(cpuid(6).eax, 2);
  if (max_leaf >= 7) boot_cpu_data.smep = bit(cpuid(7).ebx, 7);
  if (max_leaf >= 10) boot_cpu_data.perfmon = (cpuid(10).eax & 0xff) != 0;
  const u32 max_extended = cpuid(0x80000000).eax;
  if (max_extended >= 0x80000001) {
    const u32 edx = cpuid(0x80000001).edx;
    boot_cpu_data.nx = bit(edx, 20);
    boot_cpu_data.gbpages = bit(edx, 26);
  }
  if (max_extended >= 0x80000007) boot_cpu_data.invariant_tsc = bit(cpuid(0x80000007).edx, 8);
}

u64 wanted_cr4() {
  u64 cr4 = kCr4Pae | kCr4Mce | kCr4Fxsr | kCr4Xmm;
  if (boot_cpu_data.pge) cr4 |= kCr4Pge;
  if (boot_cpu_data.perfmon) cr4 |= kCr4Pce;
  if (boot_cpu_data.smep) cr4 |= kCr4Smep;
  return cr4;
}

void init_syscall() {
  // SYSCALL loads CS from bits 47:32 and SS behind it; SYSRET CS = 63:48 + 16, SS = 63:48 + 8.
  wrmsr(kMsrStar, static_cast<u64>(USER32_CS) << 48 | static_cast<u64>(KERNEL_CS) << 32);
  wrmsr(kMsrLstar, reinterpret_cast<u64>(system_call));
  wrmsr(kMsrSyscallMask, kSyscallMask);
  wrmsr(kMsrEfer, rdmsr(kMsrEfer) | kEferSce);
}

}  // namespace

void identify_boot_cpu() {
  u32 max_leaf;
  read_vendor(&max_leaf);
  read_signature();
  read_model_id();
  read_features(max_leaf);
}

void print_cpu_info() {
  const char* name = boot_cpu_data.model_id[0] != '\0' ? boot_cpu_data.model_id : "unknown";
  msg::print_cpu_model(name, boot_cpu_data.family, boot_cpu_data.model, boot_cpu_data.stepping);
}

void cpu_init() {
  write_cr0(kCr0);
  write_cr4(wanted_cr4());
  load_descriptors();
  init_syscall();
  wrmsr(kMsrFsBase, 0);
  wrmsr(kMsrKernelGsBase, 0);
}

void print_boot_cpu_place() {
  // Leaf 0xB: subleaf 0 tells how far to shift threads away, subleaf 1 cores (SDM Vol. 2, CPUID).
  if (cpuid(0).eax < 0xb) return;
  const CpuidResult thread = cpuid(0xb, 0);
  const CpuidResult core = cpuid(0xb, 1);
  if ((core.ebx & 0xffff) <= 1) return;
  const u32 thread_bits = thread.eax & 31;
  const u32 package_bits = core.eax & 31;
  const u32 core_mask = (1u << (package_bits - thread_bits)) - 1;
  printk(msg::kPackageId, thread.edx >> package_bits);
  printk(msg::kCoreId, thread.edx >> thread_bits & core_mask);
}

unsigned initial_apic_id() {
  // Leaf 0xB has all 32 bits; EBX is 0 where it is not implemented (SDM Vol. 2, CPUID).
  if (cpuid(0).eax >= 0xb) {
    const CpuidResult r = cpuid(0xb);
    if ((r.ebx & 0xffff) != 0) return r.edx;
  }
  return cpuid(1).ebx >> 24;
}

bool rdmsr_safe(u32 msr, u64* value) {
  u32 low = 0, high = 0, failed;
  asm volatile(
      "1:\trdmsr\n"
      "\txorl %2, %2\n"
      "\tjmp 3f\n"
      "2:\tmovl $1, %2\n"
      "3:\n"
      "\t.pushsection __ex_table, \"a\"\n"
      "\t.balign 8\n"
      "\t.long (1b) - ., (2b) - .\n"
      "\t.popsection"
      : "+a"(low), "+d"(high), "=&r"(failed)
      : "c"(msr)
      : "memory");
  *value = failed != 0 ? 0 : static_cast<u64>(high) << 32 | low;
  return failed == 0;
}

bool wrmsr_safe(u32 msr, u64 value) {
  u32 failed;
  asm volatile(
      "1:\twrmsr\n"
      "\txorl %0, %0\n"
      "\tjmp 3f\n"
      "2:\tmovl $1, %0\n"
      "3:\n"
      "\t.pushsection __ex_table, \"a\"\n"
      "\t.balign 8\n"
      "\t.long (1b) - ., (2b) - .\n"
      "\t.popsection"
      : "=&r"(failed)
      : "c"(msr), "a"(static_cast<u32>(value)), "d"(static_cast<u32>(value >> 32))
      : "memory");
  return failed == 0;
}
