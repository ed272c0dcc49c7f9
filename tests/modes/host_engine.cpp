// A virtual machine with one CPU and memory, by Linux' KVM interface
// (Documentation/virt/kvm/api.rst).
#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "tests/modes/machine_state.h"

namespace apicsim::modes {
namespace {

constexpr unsigned longest_run_us = 50'000;
/// struct kvm_cpuid2 without its entries. Its flexible array makes the structure, and with it the
/// number of the request, another one in C++ than in C.
constexpr std::size_t cpuid_header = 8;
constexpr unsigned long set_cpuid2 = _IOW(KVMIO, 0x90, std::uint64_t);

int command(int file, unsigned long request, const void* argument, const char* what) {
  const int result = ioctl(file, request, argument);
  if (result < 0)
    throw std::runtime_error(std::string("KVM: ") + what + ": " + std::strerror(errno));
  return result;
}

void on_timer(int) {}

/// A run that does not end is left with EINTR.
class Deadline {
 public:
  Deadline() {
    struct sigaction action {};
    action.sa_handler = on_timer;
    sigaction(SIGALRM, &action, &m_before);
    set(longest_run_us);
  }
  ~Deadline() {
    set(0);
    sigaction(SIGALRM, &m_before, nullptr);
  }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

 private:
  static void set(unsigned microseconds) {
    struct itimerval timer {};
    timer.it_value.tv_usec = microseconds;
    timer.it_interval.tv_usec = microseconds;
    setitimer(ITIMER_REAL, &timer, nullptr);
  }
  struct sigaction m_before {};
};

kvm_segment to_host(const SegmentState& s) {
  kvm_segment k{};
  k.selector = s.selector;
  k.base = s.base;
  k.limit = s.limit;
  k.type = s.type;
  k.s = s.code_or_data;
  k.dpl = s.dpl;
  k.present = s.present && s.usable;
  k.db = s.big;
  k.l = s.wide;
  k.g = s.limit > 0xFFFFF;
  k.unusable = !s.usable;
  return k;
}

SegmentState from_host(const kvm_segment& k) {
  SegmentState s;
  s.selector = k.selector;
  s.base = k.base;
  s.limit = k.limit;
  s.type = k.type;
  s.code_or_data = k.s;
  s.dpl = k.dpl;
  s.present = k.present;
  s.big = k.db;
  s.wide = k.l;
  s.usable = !k.unusable;
  return s;
}

class HostEngine final : public Engine {
 public:
  explicit HostEngine(int kvm) : m_kvm(kvm) {
    m_vm = command(m_kvm, KVM_CREATE_VM, nullptr, "CREATE_VM");
    void* memory =
        mmap(nullptr, memory_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::runtime_error("KVM: no memory");
    m_memory = static_cast<std::uint8_t*>(memory);
    command(m_vm, KVM_SET_TSS_ADDR, reinterpret_cast<void*>(0xFFFBD000), "SET_TSS_ADDR");
    kvm_userspace_memory_region region{};
    region.memory_size = memory_size;
    region.userspace_addr = reinterpret_cast<std::uint64_t>(m_memory);
    command(m_vm, KVM_SET_USER_MEMORY_REGION, &region, "SET_USER_MEMORY_REGION");
    create_cpu();
  }
  ~HostEngine() override {
    munmap(m_run, m_run_size);
    munmap(m_memory, memory_size);
    close(m_cpu);
    close(m_vm);
    close(m_kvm);
  }
  HostEngine(const HostEngine&) = delete;
  HostEngine& operator=(const HostEngine&) = delete;

  void run(const MachineState& start, Outcome& outcome) override {
    outcome.end = End::not_comparable;
    std::memcpy(m_memory, start.memory.data(), memory_size);
    if (!load(start)) return;
    outcome.end = execute();
    store(outcome.state);
  }

 private:
  void create_cpu() {
    m_cpu = command(m_vm, KVM_CREATE_VCPU, nullptr, "CREATE_VCPU");
    m_run_size = static_cast<std::size_t>(
        command(m_kvm, KVM_GET_VCPU_MMAP_SIZE, nullptr, "GET_VCPU_MMAP_SIZE"));
    void* run = mmap(nullptr, m_run_size, PROT_READ | PROT_WRITE, MAP_SHARED, m_cpu, 0);
    if (run == MAP_FAILED) throw std::runtime_error("KVM: no run structure");
    m_run = static_cast<kvm_run*>(run);
    command(m_cpu, KVM_GET_SREGS, &m_initial, "GET_SREGS");
    set_features();
  }

  /// What the core's side presents, too (core_engine.cpp).
  void set_features() {
    constexpr unsigned rows = 5;
    const std::uint32_t values[rows][5] = {{0, 0xB, 0x756E6547, 0x6C65746E, 0x49656E69},
                                           {1, 0x000306E4, 0x00010800, 0x00800000, 0x178BFBFF},
                                           {0x80000000, 0x80000008, 0, 0, 0},
                                           {0x80000001, 0, 0, 1, 0x2C100800},
                                           {0x80000008, 0x3000 | physical_address_bits, 0, 0, 0}};
    alignas(8) std::uint8_t cpuid[cpuid_header + rows * sizeof(kvm_cpuid_entry2)]{};
    std::memcpy(cpuid, &rows, sizeof rows);
    for (unsigned n = 0; n < rows; ++n) {
      kvm_cpuid_entry2 e{};
      e.function = values[n][0];
      e.eax = values[n][1];
      e.ebx = values[n][2];
      e.ecx = values[n][3];
      e.edx = values[n][4];
      std::memcpy(cpuid + cpuid_header + n * sizeof e, &e, sizeof e);
    }
    command(m_cpu, set_cpuid2, cpuid, "SET_CPUID2");
  }

  bool load(const MachineState& s) {
    kvm_vcpu_events events{};
    if (ioctl(m_cpu, KVM_SET_VCPU_EVENTS, &events) < 0) return false;
    kvm_mp_state runnable{KVM_MP_STATE_RUNNABLE};
    ioctl(m_cpu, KVM_SET_MP_STATE, &runnable);
    kvm_sregs special = m_initial;
    kvm_segment* const segments[6] = {&special.es, &special.cs, &special.ss,
                                      &special.ds, &special.fs, &special.gs};
    for (unsigned n = 0; n < 6; ++n) *segments[n] = to_host(s.segments[n]);
    special.ldt = to_host(s.ldt);
    special.tr = to_host(s.task);
    special.gdt.base = s.gdt_base;
    special.gdt.limit = s.gdt_limit;
    special.idt.base = s.idt_base;
    special.idt.limit = s.idt_limit;
    special.cr0 = s.cr0;
    special.cr2 = s.cr2;
    special.cr3 = s.cr3;
    special.cr4 = s.cr4;
    special.efer = s.efer;
    kvm_regs general{};
    __u64* const registers[16] = {&general.rax, &general.rcx, &general.rdx, &general.rbx,
                                  &general.rsp, &general.rbp, &general.rsi, &general.rdi,
                                  &general.r8,  &general.r9,  &general.r10, &general.r11,
                                  &general.r12, &general.r13, &general.r14, &general.r15};
    for (unsigned n = 0; n < 16; ++n) *registers[n] = s.registers[n];
    general.rip = s.rip;
    general.rflags = s.flags;
    return ioctl(m_cpu, KVM_SET_SREGS, &special) == 0 && ioctl(m_cpu, KVM_SET_REGS, &general) == 0;
  }

  End execute() {
    const Deadline deadline;
    if (ioctl(m_cpu, KVM_RUN, nullptr) < 0) return End::not_comparable;
    switch (m_run->exit_reason) {
      case KVM_EXIT_HLT:
        return End::halted;
      case KVM_EXIT_SHUTDOWN:
        return End::shutdown;
      default:
        return End::not_comparable;
    }
  }

  void store(MachineState& s) {
    kvm_sregs special{};
    kvm_regs general{};
    command(m_cpu, KVM_GET_SREGS, &special, "GET_SREGS");
    command(m_cpu, KVM_GET_REGS, &general, "GET_REGS");
    const std::uint64_t registers[16] = {general.rax, general.rcx, general.rdx, general.rbx,
                                         general.rsp, general.rbp, general.rsi, general.rdi,
                                         general.r8,  general.r9,  general.r10, general.r11,
                                         general.r12, general.r13, general.r14, general.r15};
    std::memcpy(s.registers, registers, sizeof registers);
    s.rip = general.rip;
    s.flags = general.rflags;
    const kvm_segment segments[6] = {special.es, special.cs, special.ss,
                                     special.ds, special.fs, special.gs};
    for (unsigned n = 0; n < 6; ++n) s.segments[n] = from_host(segments[n]);
    s.ldt = from_host(special.ldt);
    s.task = from_host(special.tr);
    s.gdt_base = special.gdt.base;
    s.gdt_limit = special.gdt.limit;
    s.idt_base = special.idt.base;
    s.idt_limit = special.idt.limit;
    s.cr0 = special.cr0;
    s.cr2 = special.cr2;
    s.cr3 = special.cr3;
    s.cr4 = special.cr4;
    s.efer = special.efer;
    std::memcpy(s.memory.data(), m_memory, memory_size);
  }

  int m_kvm, m_vm = -1, m_cpu = -1;
  std::uint8_t* m_memory = nullptr;
  kvm_run* m_run = nullptr;
  std::size_t m_run_size = 0;
  kvm_sregs m_initial{};
};

}  // namespace

std::unique_ptr<Engine> make_host_engine() {
  const int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
  if (kvm < 0) return nullptr;
  return std::make_unique<HostEngine>(kvm);
}

}  // namespace apicsim::modes
