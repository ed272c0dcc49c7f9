#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace apicsim::testing {

/// One virtual CPU of the host's KVM with the kernel's own local APIC: an implementation that the
/// model is compared with. The CPU is in real mode, with flat 4 GiB data segments, and executes one
/// access at a time with interrupts disabled: what is delivered to it stays in IRR. All failures
/// throw std::runtime_error.
class KvmCpu {
 public:
  /// Why there is no KVM here; empty if there is one.
  static std::string unavailable();

  KvmCpu();
  KvmCpu(const KvmCpu&) = delete;
  KvmCpu& operator=(const KvmCpu&) = delete;
  ~KvmCpu();

  /// Nullopt: #GP.
  std::optional<std::uint64_t> read_msr(std::uint32_t index);
  bool write_msr(std::uint32_t index, std::uint64_t value);
  std::uint32_t load(std::uint32_t address);
  void store(std::uint32_t address, std::uint32_t value);

 private:
  struct Exit {
    std::uint16_t port = 0;
    std::uint8_t data = 0;
    std::uint64_t rax = 0;
    std::uint64_t rdx = 0;
  };
  Exit run(std::uint64_t rip, std::uint64_t rax = 0, std::uint64_t rcx = 0, std::uint64_t rdx = 0,
           std::uint64_t rdi = 0);
  void write_guest_code();
  void set_cpuid();
  void set_segments();

  int m_kvm = -1;
  int m_vm = -1;
  int m_cpu = -1;
  std::uint8_t* m_memory = nullptr;
  void* m_run = nullptr;
  std::size_t m_run_size = 0;
};

}  // namespace apicsim::testing
