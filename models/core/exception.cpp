#include "models/core/exception.h"

#include <algorithm>

#include "models/core/task_segment.h"
#include "models/core/task_switch.h"

namespace apicsim {

namespace {

using Kind = Cpu::EventKind;

bool contributory(u8 v) {
  return v == vector::divide_error || (v >= vector::invalid_tss && v <= vector::general_protection);
}

/// Exceptions of class fault leave RF set in the pushed image, so that an instruction breakpoint
/// does not fire again on return; #DB has rules of its own (SDM Vol. 3 §17.3.1.1, table 6-1).
bool sets_resume_flag(const Fault& event, Kind kind) {
  if (kind != Kind::exception) return false;
  switch (event.vector) {
    case vector::debug:
      return event.address & general_detect;
    case vector::nmi:
    case vector::breakpoint:
    case vector::overflow:
    case vector::double_fault:
    case vector::machine_check:
      return false;
    default:
      return true;
  }
}

/// One delivery: gate, target, stack, frame, commit.
class Delivery {
 public:
  Delivery(Cpu& cpu, const Fault& event, Kind kind, u64 return_rip)
      : m_cpu(cpu), m_event(event), m_kind(kind), m_return_rip(return_rip) {}

  Entered run() {
    if (!m_cpu.protected_mode()) return entered(through_vector_table());
    if (!read_gate() || !check_gate()) return Entered::no;
    if (m_gate.system(system_type::task_gate)) return through_task_gate();
    return entered(read_target() && (m_cpu.long_mode() ? push_frame64() : push_frame_legacy()) &&
                   commit());
  }

 private:
  static Entered entered(bool ok) { return ok ? Entered::yes : Entered::no; }
  bool ext() const { return m_kind != Kind::software; }
  /// Error code of faults that concern the gate itself: IDT bit, SDM Vol. 3 §6.13.
  u32 gate_error() const { return m_event.vector * 8u + 2u + (ext() ? 1 : 0); }
  u32 target_error() const { return selector_error(m_gate.gate_selector(), ext()); }
  /// Between the iterations of a repeated instruction RF is set, too (SDM Vol. 3 §17.3.1.1).
  u64 image() const {
    const bool resumes = sets_resume_flag(m_event, m_kind) || m_cpu.in_repeat;
    return m_cpu.flags() | (resumes ? rflags::rf : 0);
  }
  bool interrupt_gate() const { return !(m_gate.type() & 1); }

  /// Real-address mode, SDM Vol. 3 §20.1.4.
  bool through_vector_table() {
    const u32 offset = m_event.vector * 4u;
    if (offset + 3 > m_cpu.idt.limit) return refuse(m_cpu, Fault::gp());
    u32 entry = 0;
    if (!m_cpu.system_load(m_cpu.idt.base + offset, entry)) return false;
    StackAccess stack = StackAccess::current(m_cpu);
    if (!stack.push(m_cpu.flags(), 2) || !stack.push(m_cpu.segment(Seg::cs).selector, 2) ||
        !stack.push(m_return_rip, 2))
      return false;
    stack.commit();
    load_real_segment(m_cpu, Seg::cs, static_cast<u16>(entry >> 16));
    m_cpu.rip = entry & 0xFFFF;
    m_cpu.set_flags(m_cpu.flags() & ~(rflags::interrupt | rflags::tf | rflags::ac | rflags::rf));
    return true;
  }

  bool read_gate() {
    const unsigned size = m_cpu.long_mode() ? 16 : 8;
    const u64 offset = u64{m_event.vector} * size;
    if (offset + size - 1 > m_cpu.idt.limit) return refuse(m_cpu, Fault::gp(gate_error()));
    const u64 linear = m_cpu.idt.base + offset;
    return m_cpu.system_load(linear, m_gate.low) &&
           (size == 8 || m_cpu.system_load(linear + 8, m_gate.high));
  }

  bool known_gate() const {
    if (m_gate.code_or_data()) return false;
    const u8 type = m_gate.type();
    if (type == system_type::interrupt_gate || type == system_type::trap_gate) return true;
    return !m_cpu.long_mode() &&
           (type == system_type::interrupt_gate16 || type == system_type::trap_gate16 ||
            type == system_type::task_gate);
  }

  bool check_gate() {
    if (!known_gate()) return refuse(m_cpu, Fault::gp(gate_error()));
    if (m_kind == Kind::software && m_gate.dpl() < m_cpu.cpl)
      return refuse(m_cpu, Fault::gp(gate_error()));
    return m_gate.present() || refuse(m_cpu, Fault::np(gate_error()));
  }

  /// SDM Vol. 3 §6.12.2: a switch to the handler's task, with the error code on its stack.
  Entered through_task_gate() {
    const u16 selector = m_gate.gate_selector();
    Descriptor task;
    if (!find_available_task(m_cpu, selector, ext(), task)) return Entered::no;
    const TaskSwitch kind = ext() ? TaskSwitch::interrupt : TaskSwitch::call;
    const Switched switched = switch_task(m_cpu, selector, task, kind, m_return_rip);
    if (switched == Switched::no) return Entered::no;
    if (switched == Switched::faulted) return Entered::faulted;
    if (!m_event.has_error) return Entered::yes;
    StackAccess stack = StackAccess::current(m_cpu);
    if (!stack.push(m_event.error, m_cpu.task.type & 8 ? 4 : 2)) return Entered::faulted;
    stack.commit();
    return Entered::yes;
  }

  bool read_target() {
    const u16 selector = m_gate.gate_selector();
    if (null_selector(selector)) return refuse(m_cpu, Fault::gp(ext() ? 1 : 0));
    if (!fetch_descriptor(m_cpu, selector, vector::general_protection, ext(), m_target))
      return false;
    const bool wrong_size = m_cpu.long_mode() && (!m_target.long_mode() || m_target.big());
    if (!m_target.code() || m_target.dpl() > m_cpu.cpl || wrong_size)
      return refuse(m_cpu, Fault::gp(target_error()));
    if (!m_target.present()) return refuse(m_cpu, Fault::np(target_error()));
    m_code = m_target.segment(selector);
    m_level = m_target.conforming() ? m_cpu.cpl : m_target.dpl();
    // Virtual-8086 mode is left for level 0 only (SDM Vol. 3 §20.3.1.1).
    if (m_cpu.virtual_8086() && m_level != 0) return refuse(m_cpu, Fault::gp(target_error()));
    m_offset = m_gate.gate_offset(m_cpu.long_mode());
    if (!valid_target(m_cpu, m_code, m_offset)) return refuse(m_cpu, Fault::gp(ext() ? 1 : 0));
    return mark_accessed(m_cpu, m_target);
  }

  /// SDM Vol. 3 §6.14: SS:RSP are always pushed, on a stack aligned to 16 bytes.
  bool push_frame64() {
    const bool inner = m_level < m_cpu.cpl;
    u64 pointer = m_cpu.rsp();
    if ((inner || m_gate.gate_ist()) &&
        !read_stack_pointer64(m_cpu, m_level, m_gate.gate_ist(), ext(), pointer))
      return false;
    m_stack = inner ? null_stack_segment(m_level) : m_cpu.segment(Seg::ss);
    StackAccess stack(m_cpu, m_stack, pointer & ~u64{15}, m_level, true, ext() ? 1 : 0);
    if (!stack.push(m_cpu.segment(Seg::ss).selector, 8) || !stack.push(m_cpu.rsp(), 8))
      return false;
    return push_return(stack, 8);
  }

  bool push_frame_legacy() {
    const unsigned size = m_gate.type() & 8 ? 4 : 2;
    if (m_level == m_cpu.cpl) {
      m_stack = m_cpu.segment(Seg::ss);
      StackAccess stack(m_cpu, m_stack, m_cpu.rsp(), m_level, false, ext() ? 1 : 0);
      return push_return(stack, size);
    }
    InnerStack inner;
    if (!read_inner_stack(m_cpu, m_level, ext(), inner)) return false;
    m_stack = inner.ss;
    StackAccess stack(m_cpu, m_stack, inner.pointer, m_level, false,
                      selector_error(m_stack.selector, ext()));
    if (m_cpu.virtual_8086() && !push_data_segments(stack, size)) return false;
    if (!stack.push(m_cpu.segment(Seg::ss).selector, size) || !stack.push(m_cpu.rsp(), size))
      return false;
    return push_return(stack, size);
  }
  /// SDM Vol. 3 figure 20-4.
  bool push_data_segments(StackAccess& stack, unsigned size) {
    for (const Seg seg : {Seg::gs, Seg::fs, Seg::ds, Seg::es})
      if (!stack.push(m_cpu.segment(seg).selector, size)) return false;
    return true;
  }

  bool push_return(StackAccess& stack, unsigned size) {
    if (!stack.push(image(), size) || !stack.push(m_cpu.segment(Seg::cs).selector, size) ||
        !stack.push(m_return_rip, size))
      return false;
    if (m_event.has_error && !stack.push(m_event.error, size)) return false;
    m_pointer = stack.pointer();
    return true;
  }

  bool commit() {
    const u64 flags = m_cpu.flags();
    if (m_cpu.virtual_8086()) drop_data_segments();
    m_cpu.segment(Seg::ss) = m_stack;
    install_code_segment(m_cpu, m_code, m_level);
    m_cpu.set_stack_pointer(m_pointer);
    m_cpu.rip = m_offset;
    u64 cleared = rflags::tf | rflags::nt | rflags::rf | rflags::vm;
    if (interrupt_gate()) cleared |= rflags::interrupt;
    m_cpu.set_flags(flags & ~cleared);
    return true;
  }

  void drop_data_segments() {
    for (const Seg seg : {Seg::es, Seg::ds, Seg::fs, Seg::gs}) {
      m_cpu.segment(seg) = Segment();
      m_cpu.segment(seg).usable = false;
    }
  }

  Cpu& m_cpu;
  const Fault m_event;
  const Kind m_kind;
  const u64 m_return_rip;
  Descriptor m_gate, m_target;
  Segment m_code, m_stack;
  u8 m_level = 0;
  u64 m_offset = 0;
  u64 m_pointer = 0;
};

void report(Cpu& cpu, const Fault& event, Kind kind, u64 return_rip) {
  CoreObserver* observer = cpu.environment().observer;
  if (!observer || kind == Kind::software) return;
  if (kind == Kind::external && event.vector != vector::nmi)
    observer->interrupt(cpu.number(), cpu.cycle, event.vector, cpu.event_accepted());
  else
    observer->exception(cpu.number(), cpu.cycle, event.vector, event.error, return_rip);
}

/// State that goes with the event itself, whether or not its handler can be reached.
void latch_event_state(Cpu& cpu, const Fault& event, Kind kind) {
  if (kind == Kind::software) return;
  if (event.vector == vector::page_fault && kind == Kind::exception) cpu.cr2 = event.address;
  if (event.vector == vector::debug && kind == Kind::exception)
    latch_debug_state(cpu, event.address);
}

}  // namespace

/// B0-B3 tell of this exception alone; what else is set in DR6, only software clears (SDM Vol. 3
/// §17.2.3).
void latch_debug_state(Cpu& cpu, u64 conditions) {
  constexpr u64 breakpoint_hits = 0xF;
  cpu.dr6 = (cpu.dr6 & ~breakpoint_hits) | cpu.pending_debug | conditions;
  cpu.pending_debug = 0;
  cpu.msr.debug_control &= ~(debug_control::branch_step | debug_control::last_branch);
  constexpr u64 general_detect_enable = 1u << 13;
  // The handler may use the debug registers (SDM Vol. 3 §17.2.4).
  cpu.dr7 &= ~general_detect_enable;
  cpu.update_tlb_view();
}

bool makes_double_fault(u8 first, u8 second) {
  if (first == vector::page_fault) return second == vector::page_fault || contributory(second);
  return contributory(first) && contributory(second);
}

Entered enter_event_handler(Cpu& cpu, const Fault& event, Kind kind, u64 return_rip) {
  return Delivery(cpu, event, kind, return_rip).run();
}

void Cpu::deliver(const Fault& event, EventKind kind, u64 return_rip) {
  // Tables may lie anywhere; the delivery is one step that nothing can interrupt.
  if (m_timing) m_timing->begin_event(cycle);
  m_in_string = false;
  const bool uncached_before = m_uncached_allowed;
  m_uncached_allowed = true;
  Fault current = event;
  interrupt_shadow = debug_suppressed = false;
  disarm_monitor();
  activity = Activity::running;
  for (;;) {
    report(*this, current, kind, return_rip);
    latch_event_state(*this, current, kind);
    const Entered entered = enter_event_handler(*this, current, kind, return_rip);
    if (entered == Entered::yes) break;
    if (entered == Entered::faulted) return_rip = rip;
    const Fault nested = m_fault;
    clear_exit();
    if (kind == EventKind::exception && current.vector == vector::double_fault) {
      activity = Activity::shutdown;
      break;
    }
    const bool doubled = kind == EventKind::exception && current.vector != vector::nmi &&
                         makes_double_fault(current.vector, nested.vector);
    if (doubled && nested.vector == vector::page_fault) cr2 = nested.address;
    current = doubled ? Fault::with_error(vector::double_fault, 0) : nested;
    kind = EventKind::exception;
  }
  m_uncached_allowed = uncached_before;
  in_repeat = false;
  add_latency(std::max<Cycle>(m_environment.latencies.event_delivery, 1));
  if (m_timing) {
    add_latency(m_timing->event_cost());
    m_timing->board().resume(cycle);
  }
}

}  // namespace apicsim
