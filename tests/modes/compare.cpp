#include "tests/modes/compare.h"

#include <fmt/format.h>

#include "models/core/flags.h"

namespace apicsim::modes {
namespace {

class Differences {
 public:
  template <class T>
  void add(const char* name, T core, T host) {
    if (core != host) m_text += fmt::format("  {:8} {:x} {:x}\n", name, core, host);
  }
  const std::string& text() const { return m_text; }

 private:
  std::string m_text;
};

constexpr const char* register_names[16] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
                                            "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};
constexpr const char* segment_names[6] = {"es", "cs", "ss", "ds", "fs", "gs"};

/// What an unusable register keeps beside its selector is not architectural, and neither is the
/// type of a segment in real-address mode.
void compare_segment(const char* name, const SegmentState& core, const SegmentState& host,
                     bool real, Differences& out) {
  out.add(name, core.selector, host.selector);
  if (!real) out.add("usable", core.usable, host.usable);
  if (!core.usable || !host.usable) return;
  out.add("base", core.base, host.base);
  out.add("limit", core.limit, host.limit);
  if (real) return;
  out.add("type", unsigned{core.type}, unsigned{host.type});
  out.add("d/b", core.big, host.big);
}

/// The image of the flags in a frame with an error code, as the HLT behind a user-mode instruction
/// leaves it.
bool holds_undefined_flags(const Case& c, const MachineState& s, std::uint32_t at) {
  const std::uint64_t image = s.segments[2].base + s.registers[4] + 12;
  return c.undefined_flags != 0 && at >= image && at < image + 2;
}

void compare_memory(const Case& c, const MachineState& core, const MachineState& host,
                    Differences& out) {
  if (core.memory == host.memory) return;
  for (std::uint32_t at = 0; at < memory_size; ++at)
    if (core.memory[at] != host.memory[at] && !holds_undefined_flags(c, core, at))
      out.add(fmt::format("[{:x}]", at).c_str(), unsigned{core.memory[at]},
              unsigned{host.memory[at]});
}

}  // namespace

std::string differences(const Case& c, const Outcome& core, const Outcome& host) {
  Differences out;
  out.add("end", static_cast<unsigned>(core.end), static_cast<unsigned>(host.end));
  if (core.end != host.end || core.end != End::halted) return out.text();
  const MachineState &a = core.state, &b = host.state;
  for (unsigned n = 0; n < 16; ++n) out.add(register_names[n], a.registers[n], b.registers[n]);
  out.add("rip", a.rip, b.rip);
  // Linux' emulator drops AC when it delivers an exception.
  const std::uint64_t masked = c.undefined_flags | rflags::ac;
  out.add("flags", a.flags & ~masked, b.flags & ~masked);
  const bool real = !(a.cr0 & 1);
  for (unsigned n = 0; n < 6; ++n)
    compare_segment(segment_names[n], a.segments[n], b.segments[n], real, out);
  compare_segment("ldt", a.ldt, b.ldt, real, out);
  compare_segment("tr", a.task, b.task, real, out);
  out.add("cr0", a.cr0, b.cr0);
  out.add("cr2", a.cr2, b.cr2);
  out.add("cr3", a.cr3, b.cr3);
  out.add("gdt", a.gdt_base << 16 | a.gdt_limit, b.gdt_base << 16 | b.gdt_limit);
  out.add("idt", a.idt_base << 16 | a.idt_limit, b.idt_base << 16 | b.idt_limit);
  compare_memory(c, a, b, out);
  return out.text();
}

}  // namespace apicsim::modes
