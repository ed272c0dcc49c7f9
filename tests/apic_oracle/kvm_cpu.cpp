#include "tests/apic_oracle/kvm_cpu.h"

#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace apicsim::testing {
namespace {

constexpr std::size_t memory_size = 0x10000;
constexpr std::uint16_t stack_top = 0x8000;
constexpr std::uint16_t stubs = 0x2000;  ///< one of four bytes per interrupt vector
constexpr std::uint8_t general_protection = 13;
constexpr std::uint64_t interrupts_disabled = 0x002;

/// Ports that the guest code writes to.
constexpr std::uint8_t port_done = 0x10;
constexpr std::uint8_t port_interrupt = 0x11;

struct Code {
  std::uint16_t address;
  std::vector<std::uint8_t> bytes;
};

constexpr std::uint16_t code_rdmsr = 0x1000;
constexpr std::uint16_t code_wrmsr = 0x1010;
constexpr std::uint16_t code_load = 0x1020;
constexpr std::uint16_t code_store = 0x1030;

const std::vector<Code>& code() {
  static const std::vector<Code> all = {
      {code_rdmsr, {0x0F, 0x32, 0xE6, port_done}},              // rdmsr; out
      {code_wrmsr, {0x0F, 0x30, 0xE6, port_done}},              // wrmsr; out
      {code_load, {0x66, 0x67, 0x8B, 0x07, 0xE6, port_done}},   // mov eax, [edi]; out
      {code_store, {0x66, 0x67, 0x89, 0x07, 0xE6, port_done}},  // mov [edi], eax; out
  };
  return all;
}

/// The kernel's kvm_cpuid2 has another size in C++ than in C (an empty struct takes a byte), and so
/// has the request number made of it.
struct CpuidHeader {
  std::uint32_t count;
  std::uint32_t padding;
};
struct CpuidTable {
  CpuidHeader header;
  kvm_cpuid_entry2 entries[2];
};
constexpr unsigned long set_cpuid2 = _IOW(KVMIO, 0x90, CpuidHeader);

template <typename Argument>
int control(int file, unsigned long request, Argument argument, const char* what) {
  const int result = ioctl(file, request, argument);
  if (result < 0) throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
  return result;
}

}  // namespace

std::string KvmCpu::unavailable() {
  utsname host{};
  uname(&host);
  // Older kernels let accesses through that this comparison wants refused (SDM Table 11-6).
  if (std::strtol(host.release, nullptr, 10) < 6)
    return std::string("Linux ") + host.release + " is older than 6.0";
  const int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
  if (kvm < 0) return std::string("/dev/kvm: ") + std::strerror(errno);
  const int vm = ioctl(kvm, KVM_CREATE_VM, 0);
  close(kvm);
  if (vm < 0) return std::string("KVM_CREATE_VM: ") + std::strerror(errno);
  close(vm);
  return {};
}

KvmCpu::KvmCpu() {
  m_kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
  if (m_kvm < 0) throw std::runtime_error("cannot open /dev/kvm");
  m_vm = control(m_kvm, KVM_CREATE_VM, 0, "KVM_CREATE_VM");
  // Out of habit KVM leaves LINT0 as a BIOS would; the reset value is what is asked for here.
  kvm_enable_cap quirks{};
  quirks.cap = KVM_CAP_DISABLE_QUIRKS;
  quirks.args[0] = KVM_X86_QUIRK_LINT0_REENABLED;
  control(m_vm, KVM_ENABLE_CAP, &quirks, "KVM_ENABLE_CAP");
  control(m_vm, KVM_CREATE_IRQCHIP, 0, "KVM_CREATE_IRQCHIP");

  void* memory =
      mmap(nullptr, memory_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("no memory for the guest");
  m_memory = static_cast<std::uint8_t*>(memory);
  write_guest_code();
  kvm_userspace_memory_region region{};
  region.memory_size = memory_size;
  region.userspace_addr = reinterpret_cast<std::uintptr_t>(m_memory);
  control(m_vm, KVM_SET_USER_MEMORY_REGION, &region, "KVM_SET_USER_MEMORY_REGION");

  m_cpu = control(m_vm, KVM_CREATE_VCPU, 0, "KVM_CREATE_VCPU");
  m_run_size =
      static_cast<std::size_t>(control(m_kvm, KVM_GET_VCPU_MMAP_SIZE, 0, "KVM_GET_VCPU_MMAP_SIZE"));
  m_run = mmap(nullptr, m_run_size, PROT_READ | PROT_WRITE, MAP_SHARED, m_cpu, 0);
  if (m_run == MAP_FAILED) throw std::runtime_error("cannot map the virtual CPU");
  set_cpuid();
  set_segments();
}

KvmCpu::~KvmCpu() {
  if (m_run != nullptr && m_run != MAP_FAILED) munmap(m_run, m_run_size);
  for (const int file : {m_cpu, m_vm, m_kvm})
    if (file >= 0) close(file);
  if (m_memory != nullptr) munmap(m_memory, memory_size);
}

void KvmCpu::write_guest_code() {
  for (unsigned vector = 0; vector < 256; ++vector) {
    const auto stub = static_cast<std::uint16_t>(stubs + 4 * vector);
    std::memcpy(m_memory + 4 * vector, &stub, sizeof stub);  // interrupt vector table
    const std::uint8_t bytes[] = {0xB0, static_cast<std::uint8_t>(vector), 0xE6, port_interrupt};
    std::memcpy(m_memory + stub, bytes, sizeof bytes);  // mov al, vector; out
  }
  for (const Code& piece : code())
    std::memcpy(m_memory + piece.address, piece.bytes.data(), piece.bytes.size());
}

// Leaf 1 alone decides what the local APIC can do: x2APIC, TSC-deadline, MSRs and APIC.
void KvmCpu::set_cpuid() {
  CpuidTable cpuid{};
  cpuid.header.count = 2;
  cpuid.entries[0].function = 0;
  cpuid.entries[0].eax = 1;
  cpuid.entries[0].ebx = 0x756E6547;  // "GenuineIntel"
  cpuid.entries[0].edx = 0x49656E69;
  cpuid.entries[0].ecx = 0x6C65746E;
  cpuid.entries[1].function = 1;
  cpuid.entries[1].eax = 0x000206D7;  // family 6, model 2D: Sandy Bridge-EP
  cpuid.entries[1].ecx = 1u << 21 | 1u << 24;
  cpuid.entries[1].edx = 1u << 4 | 1u << 5 | 1u << 9;
  control(m_cpu, set_cpuid2, &cpuid, "KVM_SET_CPUID2");
}

void KvmCpu::set_segments() {
  kvm_sregs registers{};
  control(m_cpu, KVM_GET_SREGS, &registers, "KVM_GET_SREGS");
  registers.cs.base = 0;
  registers.cs.selector = 0;
  for (kvm_segment* segment : {&registers.ds, &registers.es}) {
    segment->base = 0;
    segment->selector = 0;
    segment->limit = 0xFFFFFFFF;
    segment->g = 1;
  }
  control(m_cpu, KVM_SET_SREGS, &registers, "KVM_SET_SREGS");
}

KvmCpu::Exit KvmCpu::run(std::uint64_t rip, std::uint64_t rax, std::uint64_t rcx, std::uint64_t rdx,
                         std::uint64_t rdi) {
  kvm_regs registers{};
  registers.rip = rip;
  registers.rax = rax;
  registers.rcx = rcx;
  registers.rdx = rdx;
  registers.rdi = rdi;
  registers.rsp = stack_top;
  registers.rflags = interrupts_disabled;
  control(m_cpu, KVM_SET_REGS, &registers, "KVM_SET_REGS");
  control(m_cpu, KVM_RUN, 0, "KVM_RUN");
  const auto* exit = static_cast<const kvm_run*>(m_run);
  if (exit->exit_reason != KVM_EXIT_IO)
    throw std::runtime_error("unexpected exit " + std::to_string(exit->exit_reason) + " of KVM");
  control(m_cpu, KVM_GET_REGS, &registers, "KVM_GET_REGS");
  const auto* data = static_cast<const std::uint8_t*>(m_run) + exit->io.data_offset;
  return {exit->io.port, *data, registers.rax, registers.rdx};
}

std::optional<std::uint64_t> KvmCpu::read_msr(std::uint32_t index) {
  const Exit exit = run(code_rdmsr, 0, index);
  if (exit.port == port_interrupt && exit.data == general_protection) return std::nullopt;
  return (exit.rdx & 0xFFFFFFFF) << 32 | (exit.rax & 0xFFFFFFFF);
}

bool KvmCpu::write_msr(std::uint32_t index, std::uint64_t value) {
  const Exit exit = run(code_wrmsr, value & 0xFFFFFFFF, index, value >> 32);
  return exit.port == port_done;
}

std::uint32_t KvmCpu::load(std::uint32_t address) {
  return static_cast<std::uint32_t>(run(code_load, 0, 0, 0, address).rax);
}

void KvmCpu::store(std::uint32_t address, std::uint32_t value) {
  run(code_store, value, 0, 0, address);
}

}  // namespace apicsim::testing
