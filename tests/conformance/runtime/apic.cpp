#include "apic.h"

namespace apic {

Mode mode() {
  const u64 base = read_msr(base_msr);
  if (!(base & base_enable)) return Mode::disabled;
  return base & base_extended ? Mode::x2apic : Mode::xapic;
}

void enter(Mode wanted) {
  const Mode now = mode();
  if (now == wanted) return;
  const u64 base = read_msr(base_msr) & ~(base_enable | base_extended);
  if (now == Mode::x2apic || wanted == Mode::disabled) write_msr(base_msr, base);
  if (wanted == Mode::disabled) return;
  write_msr(base_msr, base | base_enable);
  if (wanted == Mode::x2apic) write_msr(base_msr, base | base_enable | base_extended);
}

bool has_x2apic() { return cpuid(1).ecx >> 21 & 1; }
bool has_deadline() { return cpuid(1).ecx >> 24 & 1; }

volatile u32& page_register(u32 offset) {
  return *reinterpret_cast<volatile u32*>((read_msr(base_msr) & ~0xFFFul) + offset);
}

u32 read(u32 offset) {
  return mode() == Mode::x2apic ? static_cast<u32>(read_msr(msr_of(offset)))
                                : page_register(offset);
}

void write(u32 offset, u32 value) {
  if (mode() == Mode::x2apic)
    write_msr(msr_of(offset), value);
  else
    page_register(offset) = value;
}

void enable() { write(reg::svr, svr_enable | spurious_vector); }

void send_ipi(u32 low, u32 destination) {
  if (mode() == Mode::x2apic) return write_msr(msr_of(reg::icr), u64{destination} << 32 | low);
  page_register(reg::icr_high) = destination << 24;
  page_register(reg::icr) = low;
  while (page_register(reg::icr) & icr::pending) pause();
}

bool vector_bit(u32 first, u8 vector) { return read(first + vector / 32 * 16) >> vector % 32 & 1; }

unsigned highest_lvt() { return read(reg::version) >> 16 & 0xFF; }

void pend(u8 vector) {
  send_ipi(icr::fixed | icr::to_self | vector);
  wait_until([&] { return vector_bit(reg::irr, vector); });
}

void drain() {
  write(reg::tpr, 0);
  for (unsigned n = 0; n < 256; ++n) {
    bool in_service = false;
    for (unsigned word = 0; word < 8; ++word) in_service |= read(reg::isr + 16 * word) != 0;
    if (!in_service) break;
    end_interrupt();
  }
}

}  // namespace apic

void interrupt_window() {
  enable_interrupts();
  for (unsigned n = 0; n < 64; ++n) pause();
  disable_interrupts();
}

namespace {

template <bool end>
void counted(Frame& frame) {
  Cpu& cpu = this_cpu();
  ++cpu.interrupts[frame.vector];
  if (cpu.order_count < sizeof cpu.order)
    cpu.order[cpu.order_count] = static_cast<u8>(frame.vector);
  ++cpu.order_count;
  if (end) apic::end_interrupt();
}

void clear(Cpu& cpu) {
  for (u32& count : cpu.interrupts) count = 0;
  cpu.order_count = 0;
}

}  // namespace

void count_interrupts(u8 first, u8 last, bool end) {
  for (unsigned vector = first; vector <= last; ++vector)
    set_handler(vector, end ? counted<true> : counted<false>);
}

void clear_interrupts() { clear(this_cpu()); }

void clear_all_interrupts() {
  for (unsigned n = 0; n < cpu_count; ++n) clear(cpus[n]);
}
