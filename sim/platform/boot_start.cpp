#include "sim/platform/boot_start.h"

namespace apicsim {

namespace {

constexpr u8 kCodeExecuteRead = 0xB;  // accessed; SDM Vol. 3 table 3-1
constexpr u8 kDataReadWrite = 0x3;    // accessed
constexpr u8 kBusyTss = 0xB;          // 32-bit TSS, busy; table 3-2
constexpr u32 kTssLimit = 0x67;
constexpr u16 kMultibootCode = 0x08;
constexpr u16 kMultibootData = 0x10;
constexpr u16 kMultibootGdtLimit = 0x17;

Segment flat(u8 type) {
  Segment segment;
  segment.type = type;
  segment.big = true;
  segment.limit = 0xFFFFFFFF;
  segment.base = 0;
  return segment;
}

Segment task_state() {
  Segment segment;
  segment.type = kBusyTss;
  segment.code_or_data = false;
  segment.limit = kTssLimit;
  segment.base = 0;
  return segment;
}

/// Multiboot leaves GDTR undefined; images that load a selector before they have a table of their
/// own rely on what common loaders leave.
void add_multiboot_state(Cpu& cpu, const BootEntry& entry) {
  cpu.registers[0] = multiboot_loader_magic;
  for (Segment& segment : cpu.segments) segment.selector = kMultibootData;
  cpu.segment(Seg::cs).selector = kMultibootCode;
  cpu.gdt.base = entry.gdt;
  cpu.gdt.limit = kMultibootGdtLimit;
}

}  // namespace

void start_at_entry(Cpu& cpu, const BootEntry& entry) {
  for (u64& reg : cpu.registers) reg = 0;
  cpu.registers[3] = entry.information;
  cpu.rip = entry.eip;
  cpu.cr0 = cr0::pe | cr0::et;
  cpu.cr4 = 0;
  for (Segment& segment : cpu.segments) segment = flat(kDataReadWrite);
  cpu.segment(Seg::cs) = flat(kCodeExecuteRead);
  cpu.task = task_state();
  cpu.cpl = 0;
  cpu.activity = Activity::running;
  if (entry.protocol == BootProtocol::multiboot) add_multiboot_state(cpu, entry);
  cpu.set_flags(0);
  cpu.update_mode();
}

}  // namespace apicsim
