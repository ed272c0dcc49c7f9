#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace apicsim::modes {

/// Guest memory of every case: 0 ..< memory_size, identity-mapped unless a case pages.
constexpr std::uint32_t memory_size = 0x40000;
constexpr std::uint32_t gdt_at = 0x1000, idt_at = 0x1800, tss_at = 0x2000, ldt_at = 0x3000,
                        task32_at = 0x3800, task16_at = 0x3A00, tables_at = 0x4000,
                        handlers_at = 0x8000, code_at = 0x10000, data_at = 0x20000,
                        stack_at = 0x30000;

/// The processor a case is written for, which the engines present to it.
constexpr unsigned physical_address_bits = 40;

struct SegmentState {
  std::uint16_t selector = 0;
  std::uint64_t base = 0;
  std::uint32_t limit = 0xFFFF;
  std::uint8_t type = 3, dpl = 0;
  bool code_or_data = true, present = true, big = false, usable = true, wide = false;
};

/// Everything that an instruction outside of the floating-point and vector set can see.
struct MachineState {
  std::uint64_t registers[16] = {};
  std::uint64_t rip = 0;
  std::uint64_t flags = 2;
  SegmentState segments[6];  ///< ES, CS, SS, DS, FS, GS
  SegmentState ldt, task;
  std::uint64_t cr0 = 0, cr2 = 0, cr3 = 0, cr4 = 0, efer = 0;
  std::uint64_t gdt_base = gdt_at, idt_base = idt_at;
  std::uint16_t gdt_limit = 0x3FF, idt_limit = 0x7FF;
  std::vector<std::uint8_t> memory = std::vector<std::uint8_t>(memory_size, 0xF4);

  template <class T>
  void put(std::uint32_t at, T value) {
    for (unsigned n = 0; n < sizeof(T); ++n)
      memory[at + n] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> 8 * n);
  }
};

enum class End : std::uint8_t {
  halted,
  shutdown,        ///< triple fault
  not_comparable,  ///< the engine cannot say, or more than the instruction was executed
};

struct Outcome {
  End end = End::not_comparable;
  MachineState state;
  std::string why;  ///< of not_comparable
};

/// Executes from a state until HLT.
class Engine {
 public:
  virtual ~Engine() = default;
  virtual void run(const MachineState& start, Outcome& outcome) = 0;
};

/// A virtual machine of the host's kernel: its processor, or what runs guests in its place; nullptr
/// where there is no /dev/kvm to open.
std::unique_ptr<Engine> make_host_engine();
std::unique_ptr<Engine> make_core_engine();

}  // namespace apicsim::modes
