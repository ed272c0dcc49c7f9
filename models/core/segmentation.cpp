#include "models/core/segmentation.h"

#include "models/core/virtual_8086.h"

namespace apicsim {

namespace {

bool locate(const Cpu& cpu, u16 selector, u64& linear, u64& room) {
  const u32 offset = selector & 0xFFF8u;
  const bool local = selector & 4;
  if (local && !cpu.ldt.usable) return false;
  const u64 base = local ? cpu.ldt.base : cpu.gdt.base;
  const u32 limit = local ? cpu.ldt.limit : cpu.gdt.limit;
  if (offset + 7 > limit) return false;
  linear = base + offset;
  room = u64{limit} - offset + 1;
  return true;
}

/// SDM Vol. 3 §3.5.2, §5.8.3.1: in IA-32e mode LDT, TSS and call gates take 16 bytes.
bool takes_two_entries(const Cpu& cpu, const Descriptor& d) {
  if (!cpu.long_mode() || d.code_or_data()) return false;
  return d.type() == system_type::ldt || d.type() == system_type::tss ||
         d.type() == system_type::tss_busy || d.type() == system_type::call_gate;
}

/// False with no fault recorded: not within the table.
bool read_descriptor(Cpu& cpu, u16 selector, Descriptor& descriptor) {
  u64 linear = 0, room = 0;
  if (!locate(cpu, selector, linear, room)) return false;
  descriptor = Descriptor();
  descriptor.linear = linear;
  if (!cpu.system_load(linear, descriptor.low)) return false;
  if (!takes_two_entries(cpu, descriptor)) return true;
  return room >= 16 && cpu.system_load(linear + 8, descriptor.high);
}

void set_segment(Cpu& cpu, Seg seg, const Segment& segment) {
  cpu.segment(seg) = segment;
  cpu.update_mode();
}

/// A null selector makes the register unusable; FS and GS lose their base, too.
void set_null(Cpu& cpu, Seg seg, u16 selector) {
  Segment s = cpu.segment(seg);
  s.selector = selector;
  s.usable = false;
  s.base = 0;
  set_segment(cpu, seg, s);
}

bool load_stack_segment(Cpu& cpu, u16 selector) {
  if (null_selector(selector)) {
    if (!cpu.mode64() || cpu.cpl == 3 || (selector & 3) != cpu.cpl) return refuse(cpu, Fault::gp());
    set_segment(cpu, Seg::ss, null_stack_segment(cpu.cpl));
    return true;
  }
  Segment segment;
  if (!read_stack_segment(cpu, selector, cpu.cpl, vector::general_protection, false, segment))
    return false;
  set_segment(cpu, Seg::ss, segment);
  return true;
}

/// Data segments, and readable code segments (SDM Vol. 3 §5.6).
bool data_segment_allowed(const Cpu& cpu, u16 selector, const Descriptor& d) {
  if (!d.code_or_data() || !d.readable()) return false;
  if (d.code() && d.conforming()) return true;
  return d.dpl() >= cpu.cpl && d.dpl() >= (selector & 3);
}

bool enabled_data_breakpoint(u64 dr7) {
  for (unsigned n = 0; n < 4; ++n)
    if (bits(dr7, 2 * n + 1, 2 * n) != 0 && bit(dr7, 16 + 4 * n)) return true;
  return false;
}

}  // namespace

bool segment_permits(const Segment& segment, u64 offset, unsigned size, Access access,
                     bool check_type) {
  if (!segment.usable) return false;
  if (check_type && access == Access::write && !segment.writable()) return false;
  if (check_type && access == Access::read && !segment.readable()) return false;
  const u64 last = offset + size - 1;
  if (!segment.expand_down()) return last <= segment.limit;
  // SDM Vol. 3 §5.3: the valid range of an expand-down segment lies above its limit.
  const u64 top = segment.big ? 0xFFFFFFFF : 0xFFFF;
  return offset > segment.limit && last <= top;
}

bool fetch_descriptor(Cpu& cpu, u16 selector, u8 vector, bool ext, Descriptor& descriptor) {
  if (read_descriptor(cpu, selector, descriptor)) return true;
  if (cpu.exit_reason() == Cpu::Exit::none)
    cpu.set_fault(Fault::with_error(vector, selector_error(selector, ext)));
  return false;
}

bool probe_descriptor(Cpu& cpu, u16 selector, Descriptor& descriptor) {
  return read_descriptor(cpu, selector, descriptor);
}

bool mark_accessed(Cpu& cpu, Descriptor& descriptor) {
  if (descriptor.low & Descriptor::accessed_bit) return true;
  descriptor.low |= Descriptor::accessed_bit;
  return cpu.system_store(descriptor.linear + 5, static_cast<u8>(descriptor.low >> 40));
}

bool load_segment(Cpu& cpu, Seg seg, u16 selector) {
  if (cpu.real_addressing()) {
    load_real_segment(cpu, seg, selector);
    return true;
  }
  if (seg == Seg::ss) return load_stack_segment(cpu, selector);
  return load_data_segment(cpu, seg, selector, vector::general_protection, false);
}

bool load_data_segment(Cpu& cpu, Seg seg, u16 selector, u8 vector, bool ext) {
  if (null_selector(selector)) {
    set_null(cpu, seg, selector);
    return true;
  }
  const u32 error = selector_error(selector, ext);
  Descriptor d;
  if (!fetch_descriptor(cpu, selector, vector, ext, d)) return false;
  if (!data_segment_allowed(cpu, selector, d)) return refuse(cpu, Fault::with_error(vector, error));
  if (!d.present()) return refuse(cpu, Fault::np(error));
  if (!mark_accessed(cpu, d)) return false;
  set_segment(cpu, seg, d.segment(selector));
  return true;
}

bool read_stack_segment(Cpu& cpu, u16 selector, u8 level, u8 vector, bool ext, Segment& segment) {
  const u32 error = selector_error(selector, ext);
  if (null_selector(selector)) return refuse(cpu, Fault::with_error(vector, ext ? 1 : 0));
  Descriptor d;
  if (!fetch_descriptor(cpu, selector, vector, ext, d)) return false;
  if ((selector & 3) != level || d.dpl() != level || !d.writable_data())
    return refuse(cpu, Fault::with_error(vector, error));
  if (!d.present()) return refuse(cpu, Fault::ss(error));
  if (!mark_accessed(cpu, d)) return false;
  segment = d.segment(selector);
  return true;
}

bool load_ldt(Cpu& cpu, u16 selector) {
  if (null_selector(selector)) {
    cpu.ldt.selector = selector;
    cpu.ldt.usable = false;
    return true;
  }
  if (selector & 4) return refuse(cpu, Fault::gp(selector_error(selector)));
  Descriptor d;
  if (!fetch_descriptor(cpu, selector, vector::general_protection, false, d)) return false;
  if (!d.system(system_type::ldt)) return refuse(cpu, Fault::gp(selector_error(selector)));
  if (!d.present()) return refuse(cpu, Fault::np(selector_error(selector)));
  const Segment loaded = d.segment(selector, cpu.long_mode());
  if (!canonical(loaded.base)) return refuse(cpu, Fault::gp(selector_error(selector)));
  cpu.ldt = loaded;
  return true;
}

bool load_task_register(Cpu& cpu, u16 selector) {
  if (null_selector(selector)) return refuse(cpu, Fault::gp());
  if (selector & 4) return refuse(cpu, Fault::gp(selector_error(selector)));
  Descriptor d;
  if (!fetch_descriptor(cpu, selector, vector::general_protection, false, d)) return false;
  const bool available =
      d.system(system_type::tss) || (d.system(system_type::tss16) && !cpu.long_mode());
  if (!available) return refuse(cpu, Fault::gp(selector_error(selector)));
  if (!d.present()) return refuse(cpu, Fault::np(selector_error(selector)));
  if (!canonical(d.base(cpu.long_mode()))) return refuse(cpu, Fault::gp(selector_error(selector)));
  d.low |= Descriptor::busy_bit;
  if (!cpu.system_store(d.linear + 5, static_cast<u8>(d.low >> 40))) return false;
  cpu.task = d.segment(selector, cpu.long_mode());
  return true;
}

void load_real_segment(Cpu& cpu, Seg seg, u16 selector) {
  Segment& s = cpu.segment(seg);
  if (cpu.virtual_8086()) s = virtual_segment(selector);
  s.selector = selector;
  s.base = u64{selector} << 4;
  s.usable = true;
  cpu.update_mode();
}

void install_code_segment(Cpu& cpu, const Segment& segment, u8 cpl) {
  Segment& cs = cpu.segment(Seg::cs);
  cs = segment;
  cs.selector = static_cast<u16>((segment.selector & ~3u) | cpl);
  cpu.cpl = cpl;
  cpu.update_mode();
  cpu.update_tlb_view();
}

Segment flat_code_segment(u16 selector, u8 dpl, bool long_mode) {
  Segment s;
  s.selector = selector;
  s.type = 0xB;  // execute/read, accessed
  s.dpl = dpl;
  s.long_mode = long_mode;
  s.big = !long_mode;
  s.limit = 0xFFFFFFFF;
  return s;
}

Segment flat_stack_segment(u16 selector, u8 dpl) {
  Segment s;
  s.selector = selector;
  s.type = 3;  // read/write, accessed
  s.dpl = dpl;
  s.big = true;
  s.limit = 0xFFFFFFFF;
  return s;
}

Segment null_stack_segment(u8 level) {
  Segment s = flat_stack_segment(level, level);
  s.usable = false;
  return s;
}

void drop_inner_segments(Cpu& cpu) {
  for (const Seg seg : {Seg::es, Seg::ds, Seg::fs, Seg::gs}) {
    Segment& s = cpu.segment(seg);
    const bool conforming_code = s.code() && s.conforming();
    if (s.usable && (conforming_code || s.dpl >= cpu.cpl)) continue;
    s.selector = 0;
    s.usable = false;
  }
}

bool valid_target(const Cpu& cpu, const Segment& code, u64 offset) {
  if (cpu.long_mode() && code.long_mode) return canonical(offset);
  return offset <= code.limit;
}

void Cpu::update_mode() {
  const Segment& cs = segment(Seg::cs);
  const u8 size = long_mode() && cs.long_mode ? 64 : cs.big ? 32 : 16;
  const u64 code_base = size == 64 ? 0 : cs.base;
  // Cached jump targets are offsets in the code segment, decoded for its size; nobody asks for its
  // limit again.
  const bool whole = size == 64 || cs.limit == 0xFFFFFFFF;
  if (!whole || size != code_size || code_base != segment_base[static_cast<u8>(Seg::cs)])
    m_jump_cache.flush();
  code_size = size;
  m_limited = false;
  for (unsigned n = 0; n < 6; ++n) {
    const bool based = size != 64 || n >= static_cast<unsigned>(Seg::fs);
    segment_base[n] = based ? segments[n].base : 0;
  }
}

void Cpu::update_tlb_view() {
  static const Tlb empty;
  const bool alignment_checks = cpl == 3 && (cr0 & cr0::am) && (system_flags & rflags::ac);
  if (alignment_checks || enabled_data_breakpoint(dr7))
    m_checked_tlb = &empty;
  else
    m_checked_tlb = cpl == 3 ? &m_user_tlb : &m_supervisor_tlb;
  m_tlb = m_timing ? &empty : m_checked_tlb;
}

bool Cpu::segment_address(Seg seg, u64 offset, unsigned size, Access access, u64& linear) {
  linear = segment_base[static_cast<u8>(seg)] + offset;
  if (mode64() || seg == Seg::none) return true;
  linear &= 0xFFFFFFFF;
  if (segment_permits(segment(seg), offset, size, access, !real_addressing())) return true;
  return refuse(*this, seg == Seg::ss ? Fault::ss() : Fault::gp());
}

bool Cpu::legacy_address(const Op* op, u64 offset, unsigned size, Access access, u64& linear) {
  if (op->address_bits < 64) offset &= (u64{1} << op->address_bits) - 1;
  return segment_address(op->segment, offset, size, access, linear);
}

}  // namespace apicsim
