#include <random>

#include "tests/apic/apic_fixture.h"
#include "tests/apic_oracle/kvm_cpu.h"
#include "tests/catch.h"

using namespace apicsim;
using namespace apicsim::testing;
using namespace apicsim::lapic;

namespace {

/// A machine of one CPU: what it sends and what names it comes back.
struct Loopback : InterruptSink {
  LocalApic* apic = nullptr;
  void send(const InterruptMessage& message, Cycle at) override {
    const bool shorthand = message.shorthand != DestinationShorthand::none;
    if (message.shorthand == DestinationShorthand::all_but_self) return;
    if (shorthand || apic->matches(message)) apic->accept(message, at);
  }
};

/// The model and KVM's local APIC side by side, the model configured as KVM's version register
/// says.
struct Pair {
  KvmCpu kvm;
  Loopback sink;
  RecordingListener listener;
  LocalApic apic;

  Pair() : apic(config_of(kvm.load(0xFEE00000 + reg::version)), sink, listener) {
    sink.apic = &apic;
  }
  static LocalApicConfig config_of(std::uint32_t version) {
    LocalApicConfig config = plain_config();
    config.version = static_cast<std::uint8_t>(version);
    config.max_lvt = static_cast<std::uint8_t>(version >> 16);
    config.directed_eoi = (version >> 24 & 1) != 0;
    return config;
  }
  void store(std::uint32_t offset, std::uint32_t value) {
    kvm.store(0xFEE00000 + offset, value);
    apic.write_page(offset, 4, value, 0);
    apic.advance(0);
  }
  void check(std::uint32_t offset) {
    const std::uint32_t expected = kvm.load(0xFEE00000 + offset);
    CAPTURE(offset);
    REQUIRE(apic.read_page(offset, 4, 0) == expected);
  }
};

/// Registers of the page whose values KVM keeps as the SDM says. ESR is not among them: KVM never
/// records an error.
constexpr std::uint32_t compared[] = {
    reg::id,        reg::version,   reg::tpr,       reg::ppr,         reg::ldr,
    reg::dfr,       reg::svr,       reg::lvt_timer, reg::lvt_thermal, reg::lvt_performance,
    reg::lvt_lint0, reg::lvt_lint1, reg::lvt_error, reg::icr,         reg::icr_high,
    reg::divide};

void check_all(Pair& pair) {
  for (const std::uint32_t offset : compared) pair.check(offset);
  for (std::uint32_t offset = reg::isr; offset < reg::esr; offset += 0x10) pair.check(offset);
}

/// Left out of random LVT entries. Delivery status and remote IRR are read-only (SDM Vol. 3
/// §11.5.1), but KVM takes them over; KVM has no pins that could be active when low.
constexpr std::uint32_t lvt_exceptions = lvt::delivery_status | lvt::remote_irr | lvt::active_low;

/// An ICR value that KVM and the SDM treat alike: fixed or lowest priority, edge, legal vector.
/// Lowest priority without logical destination, as KVM may hash to a bit that names no CPU.
std::uint32_t icr_of(std::uint32_t bits) {
  const std::uint32_t shorthand = bits & 3u << icr::shorthand_shift;
  const bool physical = shorthand == 0 && (bits & icr::logical) == 0;
  const std::uint32_t mode = physical ? bits & 1u << icr::delivery_mode_shift : 0;
  const std::uint32_t vector = 16 + (bits >> 24) % 240;
  return shorthand | mode | (bits & icr::logical) | icr::assert_level | vector;
}

void random_step(Pair& pair, std::mt19937& random) {
  const std::uint32_t step = random() % 12;
  const std::uint32_t value = random();
  switch (step) {
    case 0:
      return pair.store(reg::tpr, value);
    case 1:
      return pair.store(reg::ldr, value);
    case 2:
      return pair.store(reg::dfr, value % 2 == 0 ? 0xFFFFFFFF : 0x0FFFFFFF);
    case 3:
      return pair.store(reg::svr, value | (value >> 28 != 0 ? svr::enable : 0));
    case 4:
      return pair.store(reg::lvt_timer + 0x10 * ((value >> 20) % 6), value & ~lvt_exceptions);
    case 5:
      return pair.store(reg::icr_high, value);
    case 6:
    case 7:
    case 8:
      return pair.store(reg::icr, icr_of(value));
    case 9:
      return pair.store(reg::id, value);
    case 10:
      return pair.store(reg::divide, value);
    default:
      return pair.store(reg::eoi, value);
  }
}

}  // namespace

TEST_CASE("Random xAPIC sequences end in the registers of KVM's local APIC") {
  const std::string reason = KvmCpu::unavailable();
  if (!reason.empty()) SKIP("no KVM to compare with: " << reason);
  for (unsigned seed = 1; seed <= 8; ++seed) {
    Pair pair;
    std::mt19937 random(seed);
    pair.store(reg::svr, 0x1FF);
    for (unsigned step = 0; step < 1500; ++step) {
      CAPTURE(seed, step);
      random_step(pair, random);
      if (step % 4 == 0) check_all(pair);
    }
    check_all(pair);
  }
}

TEST_CASE("IA32_APIC_BASE transitions raise #GP exactly where KVM raises it") {
  const std::string reason = KvmCpu::unavailable();
  if (!reason.empty()) SKIP("no KVM to compare with: " << reason);
  Pair pair;
  std::mt19937 random(7);
  for (unsigned step = 0; step < 500; ++step) {
    const std::uint64_t value = 0xFEE00100 | std::uint64_t{random() % 4} << 10;
    CAPTURE(step, value, pair.apic.apic_base());
    REQUIRE(pair.apic.write_apic_base(value, 0) == pair.kvm.write_msr(0x1B, value));
    REQUIRE(pair.kvm.read_msr(0x1B) == std::optional<std::uint64_t>{pair.apic.apic_base()});
  }
}

TEST_CASE("x2APIC MSRs exist, are readable and writable exactly where KVM's are") {
  const std::string reason = KvmCpu::unavailable();
  if (!reason.empty()) SKIP("no KVM to compare with: " << reason);
  Pair pair;
  REQUIRE(pair.apic.write_apic_base(0xFEE00D00, 0));
  REQUIRE(pair.kvm.write_msr(0x1B, 0xFEE00D00));
  for (std::uint32_t index = 0x800; index <= 0x8FF; ++index) {
    CAPTURE(index);
    const auto expected = pair.kvm.read_msr(index);
    CHECK(pair.apic.read_msr(index, 0) == expected);
    // A mask bit alone is legal in every LVT entry and delivers nothing.
    const bool lvt_entry = index == 0x82F || (index >= 0x832 && index <= 0x837);
    const std::uint64_t value = lvt_entry ? lvt::mask : 0;
    CHECK(pair.apic.write_msr(index, value, 0) == pair.kvm.write_msr(index, value));
  }
}

TEST_CASE(
    "Whatever WRMSR to an x2APIC MSR KVM refuses, the model refuses, and only more of bits 31:0") {
  const std::string reason = KvmCpu::unavailable();
  if (!reason.empty()) SKIP("no KVM to compare with: " << reason);
  Pair pair;
  REQUIRE(pair.apic.write_apic_base(0xFEE00D00, 0));
  REQUIRE(pair.kvm.write_msr(0x1B, 0xFEE00D00));
  for (std::uint32_t index = 0x800; index <= 0x83F; ++index) {
    for (unsigned bit = 0; bit < 64; ++bit) {
      // Bits 10:0 of ICR would send what KVM acts upon at once (NMI, SMI).
      if (index == 0x830 && bit <= 10) continue;
      const std::uint64_t value = std::uint64_t{1} << bit;
      CAPTURE(index, bit);
      const bool theirs = pair.kvm.write_msr(index, value);
      const bool ours = pair.apic.write_msr(index, value, 0);
      if (ours) CHECK(theirs);
      // KVM takes any value of bits 31:0 for most registers; the SDM (11.12.1.3) does not.
      if (bit >= 32 || index == 0x830) CHECK(ours == theirs);
    }
  }
}

TEST_CASE("The x2APIC's LDR, self IPI and EOI behave as KVM's") {
  const std::string reason = KvmCpu::unavailable();
  if (!reason.empty()) SKIP("no KVM to compare with: " << reason);
  Pair pair;
  REQUIRE(pair.apic.write_apic_base(0xFEE00D00, 0));
  REQUIRE(pair.kvm.write_msr(0x1B, 0xFEE00D00));
  std::mt19937 random(11);
  const auto write = [&](std::uint32_t index, std::uint64_t value) {
    REQUIRE(pair.apic.write_msr(index, value, 0) == pair.kvm.write_msr(index, value));
    pair.apic.advance(0);
  };
  write(0x80F, 0x1FF);
  for (unsigned step = 0; step < 1500; ++step) {
    CAPTURE(step);
    const std::uint32_t choice = random() % 4;
    const std::uint32_t bits = random();
    const std::uint64_t vector = 16 + (bits >> 24) % 240;
    const std::uint64_t destination = bits % 3 == 0 ? 0xFFFFFFFF : bits >> 8 & 3;
    if (choice == 0) write(0x83F, vector);
    if (choice == 1) write(0x80B, 0);
    if (choice == 2) write(0x808, bits % 0x80);
    if (choice == 3) write(0x830, destination << 32 | (bits & icr::logical) | vector);
    for (const std::uint32_t index : {0x808u, 0x80Au, 0x80Du, 0x830u})
      REQUIRE(pair.apic.read_msr(index, 0) == pair.kvm.read_msr(index));
    for (std::uint32_t index = 0x810; index < 0x828; ++index)
      REQUIRE(pair.apic.read_msr(index, 0) == pair.kvm.read_msr(index));
  }
}

TEST_CASE(
    "The timer's registers go through mode changes as KVM's: what ignores, reads 0, is kept") {
  const std::string reason = KvmCpu::unavailable();
  if (!reason.empty()) SKIP("no KVM to compare with: " << reason);
  constexpr std::uint64_t never_reached = std::uint64_t{1} << 62;
  constexpr std::uint32_t longest = 0xFFFFFFFF;  // KVM's time goes on: nothing may expire
  Pair pair;
  std::mt19937 random(13);
  pair.store(reg::svr, 0x1FF);
  pair.store(reg::divide, 0xA);
  for (unsigned step = 0; step < 1500; ++step) {
    CAPTURE(step);
    const std::uint32_t choice = random() % 4;
    const std::uint32_t bits = random();
    if (choice == 0) pair.store(reg::lvt_timer, (bits % 3) << lvt::timer_mode_shift | 0x40);
    if (choice == 1) pair.store(reg::initial_count, bits % 3 == 0 ? 0 : longest);
    if (choice == 2) {
      const std::uint64_t deadline = bits % 3 == 0 ? 0 : never_reached + bits;
      REQUIRE(pair.apic.write_msr(msr_tsc_deadline, deadline, 0) ==
              pair.kvm.write_msr(msr_tsc_deadline, deadline));
    }
    pair.check(reg::lvt_timer);
    pair.check(reg::initial_count);
    REQUIRE(pair.apic.read_msr(msr_tsc_deadline, 0) == pair.kvm.read_msr(msr_tsc_deadline));
  }
}
