#include "sim/platform/timers.h"

#include "sim/platform/cmos_contents.h"

namespace apicsim {

namespace {

constexpr std::uint64_t kPitPorts = 0x40;
constexpr std::uint64_t kPitControlPort = 0x61;
constexpr std::uint64_t kRtcPorts = 0x70;
constexpr std::uint64_t kHpetLength = 0x400;
constexpr std::uint32_t kPitIrq = 0;
constexpr std::uint32_t kRtcIrq = 8;
constexpr std::uint32_t kHpetPins = 24;

/// What the calendar clock shows at cycle 0: 2014-07-31 00:00:00 UTC, the summer of Linux 3.13. A
/// host's clock would make every run another one.
constexpr std::uint64_t kCalendarStart = 1'406'764'800;

}  // namespace

Timers::Timers(const Machine& machine, const Timebase& timebase, AddressSpaces spaces,
               BusMonitor& bus, InterruptWiring& wiring, IsaInterrupts& isa, NmiLogic& nmi) {
  InterruptLine* pit_line = isa.line(kPitIrq);
  InterruptLine* rtc_line = isa.line(kRtcIrq);
  if (machine.devices.hpet.present) {
    add_hpet(machine.devices.hpet, timebase, spaces.memory, bus, wiring, isa);
    pit_line = &m_hpet->pit_input();
    rtc_line = &m_hpet->rtc_input();
  }
  if (machine.devices.pit) {
    m_pit = std::make_unique<Pit8254>("pit", timebase, pit_line);
    m_pit->set_nmi_logic(&nmi);
    AddressSpaces::place(spaces.ports, m_pit->counters.socket, kPitPorts, 4, "8254");
    AddressSpaces::place(spaces.ports, m_pit->control.socket, kPitControlPort, 1, "port 61");
  }
  if (machine.devices.rtc) {
    add_rtc(machine, timebase, spaces.ports, rtc_line);
    m_rtc->set_nmi_logic(&nmi);
  }
}

void Timers::add_rtc(const Machine& machine, const Timebase& timebase, AddressMap& ports,
                     InterruptLine* line) {
  CmosRtc::Config config;
  config.start_seconds = kCalendarStart;
  m_rtc = std::make_unique<CmosRtc>("rtc", timebase, config, line);
  write_cmos(machine, *m_rtc);
  AddressSpaces::place(ports, m_rtc->socket, kRtcPorts, 2, "CMOS clock");
}

void Timers::add_hpet(const HpetDevice& device, const Timebase& timebase, AddressMap& memory,
                      BusMonitor& bus, InterruptWiring& wiring, IsaInterrupts& isa) {
  Hpet::Config config;
  config.hz = device.hz;
  config.timers = device.timers;
  config.capabilities = device.capabilities;
  config.route_capabilities = device.routes;
  config.route_capability = device.routes.back();
  config.periodic_timers = device.periodic_timers;
  config.messages = device.messages;
  config.requester_id = device.requester_id;
  std::vector<InterruptLine*> pins;
  for (std::uint32_t pin = 0; pin < kHpetPins; ++pin) pins.push_back(wiring.gsi(pin));
  m_hpet = std::make_unique<Hpet>("hpet", timebase, config, pins);
  m_hpet->set_legacy_outputs(isa.line(kPitIrq), isa.line(kRtcIrq));
  m_hpet->dma.socket.bind(bus.in);
  AddressSpaces::place(memory, m_hpet->registers.socket, device.address, kHpetLength, "HPET");
}

}  // namespace apicsim
