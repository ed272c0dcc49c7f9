#include "tests/fabric/interrupt_fuzz_board.h"

#include <algorithm>
#include <string>

#include "models/fabric/spec/msi.h"
#include "tests/catch.h"

namespace apicsim::testing {
namespace {

using namespace lapic;

constexpr std::uint64_t reference = 1'000'000'000;

InterruptFabricConfig fabric_config(ApicGeneration generation) {
  InterruptFabricConfig config;
  config.latencies = {50, 200, 400, 300, 30};
  config.cpus = {{0, 0}, {0, 0}, {0, 1}, {1, 0}};
  if (generation != ApicGeneration::xapic) config.serial_bus = Clock(16'000'000, reference);
  return config;
}

LocalApicConfig apic_config(ApicGeneration generation, std::uint32_t cpu) {
  const Clock timer(100'000'000, reference), tsc(reference, reference);
  const bool modern = generation == ApicGeneration::xapic;
  LocalApicConfig config{cpu, cpu * 5 % 16, cpu == 0, modern, modern, 0x15, 6, modern, timer, tsc};
  config.generation = generation;
  config.serial_bus = !modern;
  if (!modern) config.version = generation == ApicGeneration::p6 ? 0x11 : 0x01;
  if (!modern) config.max_lvt = generation == ApicGeneration::p6 ? 4 : 2;
  config.send_time = 20;
  return config;
}

/// Of a register that is eight.
VectorSet vectors_at(const LocalApic& apic, std::uint32_t first) {
  VectorSet set;
  for (unsigned vector = 0; vector < 256; ++vector)
    if ((apic.peek(first + 0x10 * (vector / 32), 0) >> vector % 32 & 1) != 0)
      set.set(static_cast<std::uint8_t>(vector));
  return set;
}

void transport(FuzzPort& port, std::uint64_t address, std::uint32_t value, unsigned size,
               bool write, Initiator& initiator) {
  tlm::tlm_generic_payload payload;
  payload.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  payload.set_address(address);
  payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
  payload.set_data_length(size);
  payload.set_streaming_width(size);
  payload.set_extension(&initiator);
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  port.socket->b_transport(payload, delay);
  payload.clear_extension(&initiator);
}

}  // namespace

FuzzBoard::FuzzBoard(ApicGeneration generation, std::uint32_t seed)
    : m_fabric("fabric", fabric_config(generation), m_timebase), m_random(seed) {
  for (std::uint32_t cpu = 0; cpu < cpus; ++cpu) {
    m_apics.push_back(
        std::make_unique<LocalApic>(apic_config(generation, cpu), m_fabric, m_listener));
    m_fabric.attach(*m_apics.back());
    m_apics.back()->write_page(reg::svr, 4, 0x1FF, 0);
  }
  for (const std::uint32_t version : {0x20u, 0x11u}) {
    const std::string name = "io_apic_" + std::to_string(version);
    IoApicConfig config;
    config.version = version;
    m_io_apics.push_back(std::make_unique<IoApic>(name.c_str(), config, m_timebase));
    m_ports.push_back(std::make_unique<FuzzPort>((name + "_port").c_str()));
    m_fabric.attach_eoi(*m_io_apics.back());
    m_io_apics.back()->messages.bind(m_funnel.devices);
    m_ports.back()->socket.bind(m_io_apics.back()->socket);
  }
  m_device.socket.bind(m_funnel.devices);
  m_funnel.fabric.bind(m_fabric.socket);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
}

/// Words of one bit, of all bits, small ones, random ones.
std::uint32_t FuzzBoard::any_value() {
  const auto random = static_cast<std::uint32_t>(m_random());
  switch (below(6)) {
    case 0:
      return 0;
    case 1:
      return 1u << (random & 31);
    case 2:
      return 0xFFFFFFFF;
    case 3:
      return random & 0xFF;
    case 4:
      return random & 0x1FF00 ? random & 0xEFFFF : random;
    default:
      return random;
  }
}

void FuzzBoard::access_page() {
  LocalApic& apic = any_apic();
  const auto& all = registers();
  const bool known = below(8) != 0;
  const std::uint32_t offset = known ? all[below(register_count)].offset : below(0x1000);
  const unsigned size = below(16) == 0 ? 1u << below(4) : 4;
  if (below(3) == 0) {
    apic.read_page(offset, size, m_now);
    return;
  }
  std::uint32_t value = any_value();
  if (offset == reg::svr && below(4) != 0) value |= svr::enable;
  if (offset == reg::initial_count) value &= 0x3FF;
  apic.write_page(offset, size, value, m_now);
}

/// A refused WRMSR changes no register.
void FuzzBoard::access_msr() {
  LocalApic& apic = any_apic();
  const std::uint32_t index = below(8) == 0 ? msr_tsc_deadline : msr_x2apic_first + below(0x48);
  if (below(3) == 0) {
    apic.read_msr(index, m_now);
    return;
  }
  std::vector<std::uint32_t> before;
  apic.advance(m_now);
  for (const RegisterSpec& spec : registers()) before.push_back(apic.peek(spec.offset, m_now));
  std::uint64_t value = any_value();
  if (below(4) == 0) value |= std::uint64_t{any_value()} << 32;
  if (index == msr_tsc_deadline) value = below(3) == 0 ? 0 : m_now + below(5000);
  if (apic.write_msr(index, value, m_now)) return;
  std::vector<std::uint32_t> after;
  for (const RegisterSpec& spec : registers()) after.push_back(apic.peek(spec.offset, m_now));
  CAPTURE(index, value);
  REQUIRE(before == after);
}

void FuzzBoard::change_base() {
  LocalApic& apic = any_apic();
  constexpr std::uint64_t modes[] = {0, base::enable, base::enable, base::extended,
                                     base::enable | base::extended};
  std::uint64_t value = base::default_address | modes[below(5)];
  if (below(4) == 0) value ^= std::uint64_t{1} << below(64);
  apic.write_apic_base(value, m_now);
}

void FuzzBoard::send_ipi() {
  LocalApic& apic = any_apic();
  const std::uint32_t low = (any_value() & 0xCFF00) | below(256);
  const std::uint32_t high = below(3) == 0 ? 0xFFFFFFFF : below(20) << 24;
  apic.write_page(reg::icr_high, 4, high, m_now);
  apic.write_page(reg::icr, 4, low, m_now);
  const std::uint64_t wide = below(3) == 0 ? 0xFFFFFFFF : below(0x30000);
  apic.write_msr(msr_x2apic_first + reg::icr / 16, wide << 32 | low, m_now);
}

void FuzzBoard::act_as_core() {
  LocalApic& apic = any_apic();
  apic.advance(m_now);
  switch (below(10)) {
    case 0:
      return apic.clear_nmi();
    case 1:
      return apic.clear_smi();
    case 2:
      return apic.clear_start_up();
    case 3:
      return apic.clear_ext_int();
    case 4:
      if (apic.init_pending() && below(4) == 0) {
        apic.clear_init();
        apic.init();
      }
      return;
    case 5:
      return apic.set_cr8(static_cast<std::uint8_t>(below(16)), m_now);
    case 6:
      if (below(30) == 0) apic.reset();
      return;
    default:
      apic.acknowledge(m_now);
  }
}

void FuzzBoard::drive_pins() {
  if (below(4) == 0) return any_apic().set_lint(below(3), below(2) != 0, m_now);
  IoApic& io_apic = *m_io_apics[below(2)];
  io_apic.drive(below(26), below(2) != 0, m_now);
}

void FuzzBoard::program_io_apic() {
  Initiator cpu;
  FuzzPort& port = *m_ports[below(2)];
  const unsigned size = below(16) == 0 ? 1u << below(3) : 4;
  transport(port, 0x00, below(0x42), 4, true, cpu);
  transport(port, below(8) == 0 ? below(0x100) : 0x10, any_value() & ~0x800u, size, below(4) != 0,
            cpu);
}

/// Of the first 1 MiB at 0xFEE00000: by a device, or by a CPU, which is no interrupt.
void FuzzBoard::write_window() {
  Initiator initiator;
  initiator.kind = below(4) == 0 ? Initiator::Kind::cpu : Initiator::Kind::device;
  const std::uint64_t address = msi::window_base + (any_value() & 0xFFFFC);
  transport(m_device, address, any_value(), below(8) == 0 ? 2 : 4, below(8) != 0, initiator);
}

void FuzzBoard::signal_locally() {
  using Source = LocalApic::LocalSource;
  constexpr Source sources[] = {Source::cmci, Source::thermal, Source::performance};
  any_apic().signal(sources[below(3)], m_now);
}

/// The bus of SystemC time follows, so that messages on a serial bus arrive.
void FuzzBoard::pass_time() {
  m_now += below(3) == 0 ? below(2000) : below(4);
  const sc_core::sc_time ahead = m_timebase.to_sc_time(m_now) - sc_core::sc_time_stamp();
  if (ahead != sc_core::SC_ZERO_TIME) sc_core::sc_start(ahead);
}

void FuzzBoard::step() {
  m_before = totals();
  const std::uint32_t choice = below(32);
  if (choice < 8)
    access_page();
  else if (choice < 12)
    access_msr();
  else if (choice < 13)
    change_base();
  else if (choice < 16)
    send_ipi();
  else if (choice < 23)
    act_as_core();
  else if (choice < 26)
    drive_pins();
  else if (choice < 28)
    program_io_apic();
  else if (choice < 30)
    write_window();
  else
    signal_locally();
  pass_time();
}

FuzzBoard::Totals FuzzBoard::totals() const {
  Totals sum;
  for (const auto* kinds : {&m_fabric.statistics().ipi, &m_fabric.statistics().msi})
    for (std::size_t mode = 0; mode < kinds->size(); ++mode) {
      if (static_cast<DeliveryMode>(mode) == DeliveryMode::remote_read) continue;
      sum.sent += (*kinds)[mode].sent;
      sum.delivered += (*kinds)[mode].delivered;
      sum.dropped += (*kinds)[mode].dropped;
    }
  return sum;
}

// SDM Vol. 3 §11.8.3.1, recomputed from what the registers show.
void FuzzBoard::check_priorities(const LocalApic& apic) const {
  const VectorSet irr = vectors_at(apic, reg::irr), isr = vectors_at(apic, reg::isr);
  const std::uint32_t tpr = apic.peek(reg::tpr, m_now);
  const auto in_service = static_cast<std::uint32_t>(std::max(isr.highest(), 0)) & 0xF0;
  const std::uint32_t ppr = (tpr & 0xF0) >= in_service ? tpr : in_service;
  REQUIRE(apic.peek(reg::ppr, m_now) == ppr);
  const auto requested = static_cast<std::uint32_t>(std::max(irr.highest(), 0)) & 0xF0;
  REQUIRE(apic.interrupt_pending() == (apic.enabled() && requested > (ppr & 0xF0)));
  for (unsigned first = 0; first < 256; first += 16) REQUIRE(isr.count_class(first) <= 1);
  REQUIRE(irr.count_class(0) + isr.count_class(0) == 0);
}

void FuzzBoard::check_counters(const LocalApic& apic) const {
  const LocalApicCounters& counters = apic.counters();
  REQUIRE(counters.received + counters.local == counters.settled());
  REQUIRE(counters.accepted ==
          counters.acknowledged + counters.forgotten + vectors_at(apic, reg::irr).count());
}

void FuzzBoard::check_fabric() {
  const Totals now = totals();
  std::uint64_t arrived = 0;
  for (const auto& apic : m_apics)
    arrived += apic->counters().received + apic->under_way() + apic->counters().discarded;
  REQUIRE(now.delivered == arrived);
  if (m_fabric.serial_bus() != nullptr) return;  // where messages wait
  const std::uint64_t sent = now.sent - m_before.sent;
  const std::uint64_t dropped = now.dropped - m_before.dropped;
  REQUIRE(dropped <= sent);
  REQUIRE(now.delivered - m_before.delivered >= sent - dropped);
  REQUIRE(now.delivered - m_before.delivered <= (sent - dropped) * cpus);
}

/// Before the next event nothing happens by itself.
void FuzzBoard::check_next_event(LocalApic& apic) {
  apic.advance(m_now);
  REQUIRE(apic.next_event() > m_now);
  const std::uint64_t settled = apic.counters().settled();
  const bool pending = apic.interrupt_pending();
  if (apic.next_event() != never && apic.next_event() - m_now < 100'000)
    apic.advance(apic.next_event() - 1);
  REQUIRE(apic.counters().settled() == settled);
  REQUIRE(apic.interrupt_pending() == pending);
}

void FuzzBoard::check() {
  for (const auto& apic : m_apics) {
    check_next_event(*apic);
    check_priorities(*apic);
    check_counters(*apic);
  }
  check_fabric();
}

}  // namespace apicsim::testing
