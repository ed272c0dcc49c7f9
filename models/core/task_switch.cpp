#include "models/core/task_switch.h"

#include "models/core/control_registers.h"
#include "models/core/task_layout.h"
#include "models/core/virtual_8086.h"

namespace apicsim {

namespace {

/// DR7.L0 to L3 and LE, which every task switch clears (SDM Vol. 3 §17.2.4).
constexpr u64 local_breakpoints = 0x155;

/// The dynamic part of a TSS.
struct TaskImage {
  u64 cr3 = 0;
  u64 rip = 0, flags = 0;
  u64 registers[8] = {};
  u16 selectors[6] = {};
  u16 ldt = 0;
  bool trap = false;
};

bool busy_type(const Descriptor& d) {
  return d.system(system_type::tss_busy) || d.system(system_type::tss16_busy);
}
bool available_type(const Descriptor& d) {
  return d.system(system_type::tss) || d.system(system_type::tss16);
}

/// One switch, in the order of SDM Vol. 3 §7.3.
class Switch {
 public:
  Switch(Cpu& cpu, u16 selector, const Descriptor& descriptor, TaskSwitch kind, u64 return_rip)
      : m_cpu(cpu),
        m_selector(selector),
        m_descriptor(descriptor),
        m_kind(kind),
        m_return_rip(return_rip),
        m_old(task_layout(cpu.task.type)),
        m_new(task_layout(descriptor.type())) {}

  Switched run() {
    if (m_descriptor.limit() < m_new.minimum_limit) return refused();
    if (!m_cpu.await_turn() || !read_new() || !check_old()) return Switched::no;
    if (!save_old() || !mark_tasks()) return Switched::no;
    load_registers();
    if (load_segments() && check_target()) return Switched::yes;
    return Switched::faulted;
  }

 private:
  bool ext() const { return m_kind == TaskSwitch::interrupt; }
  bool nests() const { return m_kind == TaskSwitch::call || m_kind == TaskSwitch::interrupt; }
  bool wide() const { return m_new.size == 4; }
  Switched refused() {
    refuse(m_cpu, Fault::ts(selector_error(m_selector, ext())));
    return Switched::no;
  }
  bool invalid(u16 selector) { return refuse(m_cpu, Fault::ts(selector_error(selector, ext()))); }

  // --- before the switch: the pages of both segments must be there (step 7 of §7.3) -------------
  bool read(u32 offset, void* value, unsigned size) {
    return m_cpu.system_load(m_descriptor.base(false) + offset, value, size);
  }
  bool read_new() {
    if (wide() && !(read(task_cr3_offset, &m_image.cr3, 4) && read_trap())) return false;
    u32 at = m_new.instruction_pointer;
    const auto next = [&](u64& value) {
      at += m_new.size;
      return read(at - m_new.size, &value, m_new.size);
    };
    if (!next(m_image.rip) || !next(m_image.flags)) return false;
    for (u64& value : m_image.registers)
      if (!next(value)) return false;
    for (u32 n = 0; n < m_new.selector_count; ++n)
      if (!read(m_new.selectors + n * m_new.selector_stride, &m_image.selectors[n], 2))
        return false;
    return read(m_new.ldt, &m_image.ldt, 2) && link_writable();
  }
  bool read_trap() {
    u8 trap = 0;
    if (!read(task_trap_offset, &trap, 1)) return false;
    m_image.trap = trap & 1;
    return true;
  }
  bool link_writable() {
    return !nests() || m_cpu.system_writable(m_descriptor.base(false) + task_link_offset, 2);
  }
  u32 saved_bytes() const {
    return m_old.selectors + m_old.selector_count * m_old.selector_stride -
           m_old.instruction_pointer;
  }
  bool check_old() {
    const u32 last = m_old.instruction_pointer + saved_bytes() - 1;
    if (!m_cpu.task.usable || m_cpu.task.limit < last)
      return refuse(m_cpu, Fault::ts(selector_error(m_cpu.task.selector, ext())));
    return m_cpu.system_writable(m_cpu.task.base + m_old.instruction_pointer, saved_bytes()) &&
           m_cpu.system_writable(m_descriptor.linear, 8) && m_cpu.system_writable(old_entry(), 8);
  }
  /// The descriptor of the task that is left.
  u64 old_entry() const { return m_cpu.gdt.base + (m_cpu.task.selector & 0xFFF8u); }

  // --- the old task's state ---------------------------------------------------------------------
  bool write(u32 offset, u64 value, unsigned size) {
    return m_cpu.system_store(m_cpu.task.base + offset, &value, size);
  }
  bool save_old() {
    u64 flags = m_cpu.flags();
    if (m_kind == TaskSwitch::ret) flags &= ~rflags::nt;
    u32 at = m_old.instruction_pointer;
    const auto next = [&](u64 value) {
      at += m_old.size;
      return write(at - m_old.size, value, m_old.size);
    };
    if (!next(m_return_rip) || !next(flags)) return false;
    for (unsigned n = 0; n < 8; ++n)
      if (!next(m_cpu.registers[n])) return false;
    for (u32 n = 0; n < m_old.selector_count; ++n)
      if (!write(m_old.selectors + n * m_old.selector_stride, m_cpu.segments[n].selector, 2))
        return false;
    return true;
  }

  // --- busy bits and link, table 7-2 ------------------------------------------------------------
  bool set_busy(u64 entry, bool busy) {
    u8 rights = 0;
    if (!m_cpu.system_load(entry + 5, rights)) return false;
    rights = static_cast<u8>(busy ? rights | 2 : rights & ~2);
    return m_cpu.system_store(entry + 5, rights);
  }
  bool mark_tasks() {
    if (!nests() && !set_busy(old_entry(), false)) return false;
    if (m_kind != TaskSwitch::ret && !set_busy(m_descriptor.linear, true)) return false;
    if (!nests()) return true;
    const u16 link = m_cpu.task.selector;
    return m_cpu.system_store(m_descriptor.base(false) + task_link_offset, link);
  }

  // --- the new task's state; from here on faults belong to it -----------------------------------
  void load_registers() {
    Descriptor busy = m_descriptor;
    busy.low |= Descriptor::busy_bit;
    m_cpu.task = busy.segment(m_selector);
    m_cpu.cr0 |= cr0::ts;
    m_cpu.dr7 &= ~local_breakpoints;
    m_cpu.rip = m_image.rip;
    for (unsigned n = 0; n < 8; ++n) {
      if (wide())
        m_cpu.registers[n] = m_image.registers[n];
      else
        m_cpu.set_reg<u16>(static_cast<u8>(8 * n), static_cast<u16>(m_image.registers[n]));
    }
    if (nests()) m_image.flags |= rflags::nt;
    m_cpu.set_flags(wide() ? m_image.flags : m_image.flags & 0xFFFF);
    load_selectors();
    if (m_image.trap) m_cpu.pending_debug |= task_switch_trap;
    m_cpu.update_tlb_view();
  }
  /// Selectors come first; what they name is looked up one by one, and a fault leaves the rest
  /// without descriptors (§7.3, step 14).
  void load_selectors() {
    m_cpu.cpl = m_cpu.virtual_8086() ? 3 : m_image.selectors[1] & 3;
    for (unsigned n = 0; n < 6; ++n) {
      Segment& s = m_cpu.segments[n];
      s = m_cpu.virtual_8086() ? virtual_segment(m_image.selectors[n]) : Segment();
      s.selector = m_image.selectors[n];
      s.usable = m_cpu.virtual_8086();
    }
    m_cpu.ldt.selector = m_image.ldt;
    m_cpu.ldt.usable = false;
    m_cpu.update_mode();
  }

  bool load_segments() {
    if (wide() && (m_cpu.cr0 & cr0::pg) && m_image.cr3 != m_cpu.cr3 &&
        !write_cr3(m_cpu, m_image.cr3))
      return false;
    if (!load_local_table()) return false;
    if (m_cpu.virtual_8086()) return true;
    if (!load_code() || !load_stack()) return false;
    for (const Seg seg : {Seg::ds, Seg::es, Seg::fs, Seg::gs})
      if (!load_data(seg)) return false;
    return true;
  }
  u16 selector_of(Seg seg) const { return m_image.selectors[static_cast<u8>(seg)]; }

  bool load_local_table() {
    const u16 selector = m_image.ldt;
    if (null_selector(selector)) return true;
    if (selector & 4) return invalid(selector);
    Descriptor d;
    if (!fetch_descriptor(m_cpu, selector, vector::invalid_tss, ext(), d)) return false;
    if (!d.system(system_type::ldt) || !d.present()) return invalid(selector);
    m_cpu.ldt = d.segment(selector);
    return true;
  }
  bool load_code() {
    const u16 selector = selector_of(Seg::cs);
    if (null_selector(selector)) return invalid(selector);
    Descriptor d;
    if (!fetch_descriptor(m_cpu, selector, vector::invalid_tss, ext(), d)) return false;
    const u8 level = selector & 3;
    if (!d.code() || (d.conforming() ? d.dpl() > level : d.dpl() != level))
      return invalid(selector);
    if (!d.present()) return refuse(m_cpu, Fault::np(selector_error(selector, ext())));
    if (!mark_accessed(m_cpu, d)) return false;
    install_code_segment(m_cpu, d.segment(selector), level);
    return true;
  }
  bool load_stack() {
    Segment stack;
    const u16 selector = selector_of(Seg::ss);
    if (!read_stack_segment(m_cpu, selector, m_cpu.cpl, vector::invalid_tss, ext(), stack))
      return false;
    m_cpu.segment(Seg::ss) = stack;
    m_cpu.update_mode();
    return true;
  }
  bool load_data(Seg seg) {
    const u16 selector = selector_of(seg);
    if (null_selector(selector)) return true;
    return load_data_segment(m_cpu, seg, selector, vector::invalid_tss, ext());
  }
  bool check_target() {
    return m_cpu.rip <= m_cpu.segment(Seg::cs).limit || refuse(m_cpu, Fault::gp(ext() ? 1 : 0));
  }

  Cpu& m_cpu;
  const u16 m_selector;
  const Descriptor m_descriptor;
  const TaskSwitch m_kind;
  const u64 m_return_rip;
  const TaskLayout& m_old;
  const TaskLayout& m_new;
  TaskImage m_image;
};

}  // namespace

Switched switch_task(Cpu& cpu, u16 selector, const Descriptor& descriptor, TaskSwitch kind,
                     u64 return_rip) {
  return Switch(cpu, selector, descriptor, kind, return_rip).run();
}

bool find_available_task(Cpu& cpu, u16 selector, bool ext, Descriptor& descriptor) {
  const Fault refused = Fault::gp(selector_error(selector, ext));
  if (null_selector(selector) || (selector & 4)) return refuse(cpu, refused);
  if (!fetch_descriptor(cpu, selector, vector::general_protection, ext, descriptor)) return false;
  if (!available_type(descriptor)) return refuse(cpu, refused);
  return descriptor.present() || refuse(cpu, Fault::np(selector_error(selector, ext)));
}

bool find_previous_task(Cpu& cpu, u16& selector, Descriptor& descriptor) {
  selector = 0;
  if (!cpu.system_load(cpu.task.base + task_link_offset, selector)) return false;
  const Fault refused = Fault::ts(selector_error(selector));
  if (null_selector(selector) || (selector & 4)) return refuse(cpu, refused);
  if (!fetch_descriptor(cpu, selector, vector::invalid_tss, false, descriptor)) return false;
  if (!busy_type(descriptor)) return refuse(cpu, refused);
  return descriptor.present() || refuse(cpu, Fault::np(selector_error(selector)));
}

}  // namespace apicsim
