#pragma once

#include <cstdint>
#include <vector>

#include "models/devices/cmos_rtc.h"
#include "models/devices/edu.h"
#include "models/devices/hpet.h"
#include "models/devices/interrupt_tester.h"
#include "models/devices/keyboard_controller.h"
#include "models/devices/pci/pci_host.h"
#include "models/devices/pic_8259.h"
#include "models/devices/pit_8254.h"
#include "models/devices/uart_16550.h"
#include "models/fabric/address_map.h"
#include "models/memory/physical_memory.h"
#include "tests/support/bus_driver.h"

namespace apicsim {

/// The devices of this simulator at the places where QEMU's q35 has them, driven like QemuMachine.
class ModelMachine {
 public:
  ModelMachine() {
    m_cpu.socket.bind(m_memory_map.in);
    m_io.socket.bind(m_port_map.in);
    m_edu.dma.socket.bind(m_memory_map.in);
    m_hpet.dma.socket.bind(m_memory_map.in);
    m_tester.dma.socket.bind(m_memory_map.in);
    m_bus.add(m_edu);
    m_bus.add(m_tester);
    place(m_memory_map, m_ram.socket, 0, 64 << 20, "RAM");
    place(m_memory_map, m_hpet.registers.socket, 0xFED00000, hpet::block_size, "HPET");
    m_edu.set_bar_target(0, m_memory_map.connect(m_edu.registers.socket));
    m_tester.set_bar_target(0, m_memory_map.connect(m_tester.registers.socket));
    m_tester.set_bar_target(1, m_memory_map.connect(m_tester.msix.socket));
    place_ports();
    elaborate();
  }

  std::uint64_t in(std::uint16_t port, unsigned size) { return transfer_in(m_io, port, size); }
  void out(std::uint16_t port, unsigned size, std::uint64_t value) {
    m_io.transfer(tlm::TLM_WRITE_COMMAND, port, &value, size);
  }
  std::uint64_t read(std::uint64_t address, unsigned size) {
    return transfer_in(m_cpu, address, size);
  }
  void write(std::uint64_t address, unsigned size, std::uint64_t value) {
    m_cpu.transfer(tlm::TLM_WRITE_COMMAND, address, &value, size);
  }
  /// Lets pending work finish: longer than any time in the configuration.
  void wait() {
    m_now += 1000;
    run_to(m_timebase, m_now);
  }

 private:
  struct Sink : ByteSink {
    void put(std::uint8_t, Cycle) override {}
  };
  struct Power : PowerListener {
    void power_off(Cycle) override {}
    void reset(Cycle) override {}
  };

  static Edu::Config edu_config() {
    Edu::Config config;
    config.dma_mask = ~std::uint64_t{0};
    config.dma_time = 100;
    config.factorial_time = 10;
    return config;
  }
  /// QEMU's block: 100 MHz, three timers, all periodic (hw/timer/hpet.c).
  static Hpet::Config hpet_config() {
    Hpet::Config config;
    config.hz = 100'000'000;
    config.periodic_timers = 3;
    config.route_capability = 0x00FF0104;
    return config;
  }
  template <typename Socket>
  static void place(AddressMap& map, Socket& socket, std::uint64_t base, std::uint64_t size,
                    const char* name) {
    AddressRegion region;
    region.base = base;
    region.size = size;
    region.name = name;
    region.target = map.connect(socket);
    map.add(region);
  }
  void place_ports() {
    place(m_port_map, m_pic.master.socket, 0x20, 2, "PIC");
    place(m_port_map, m_pit.counters.socket, 0x40, 4, "PIT");
    place(m_port_map, m_keyboard.data.socket, 0x60, 1, "port 0x60");
    place(m_port_map, m_pit.control.socket, 0x61, 1, "port 0x61");
    place(m_port_map, m_keyboard.command.socket, 0x64, 1, "port 0x64");
    place(m_port_map, m_rtc.socket, 0x70, 2, "RTC");
    place(m_port_map, m_keyboard.fast.socket, 0x92, 1, "port 0x92");
    place(m_port_map, m_pic.slave.socket, 0xA0, 2, "PIC");
    place(m_port_map, m_uart.socket, 0x3F8, 8, "UART");
    place(m_port_map, m_pic.trigger.socket, 0x4D0, 2, "ELCR");
    place(m_port_map, m_host.ports.socket, 0xCF8, 8, "PCI");
    m_idle.socket.bind(m_host.ecam.socket);  // not used, but a socket has to be bound
  }
  static std::uint64_t transfer_in(BusDriver& bus, std::uint64_t address, unsigned size) {
    std::uint64_t value = 0;
    bus.transfer(tlm::TLM_READ_COMMAND, address, &value, size);
    return value;
  }

  Timebase m_timebase{1'000'000'000};
  Cycle m_now = 0;
  Sink m_sink;
  AddressMap m_memory_map{"memory_map", std::uint64_t{1} << 40, AddressMap::UnmodelledPolicy::stop};
  AddressMap m_port_map{"port_map", 0x10000, AddressMap::UnmodelledPolicy::stop};
  PhysicalMemory m_ram{"ram", {{0, 64 << 20}}};
  BusDriver m_cpu{"cpu"}, m_io{"io"}, m_idle{"idle"};
  Pic8259Pair m_pic{"pic", m_timebase, nullptr};
  Pit8254 m_pit{"pit", m_timebase, nullptr};
  CmosRtc m_rtc{"rtc", m_timebase, CmosRtc::Config{1'393'635'599}, nullptr};
  Uart16550 m_uart{"uart", m_timebase, Uart16550::Config{}, m_sink, &m_pic.line(4)};
  Hpet m_hpet{"hpet", m_timebase, hpet_config(), {}};
  Power m_power;
  KeyboardController m_keyboard{"keyboard", m_timebase, m_power, &m_pic.line(1), &m_pic.line(12)};
  PciBus m_bus;
  PciHost m_host{"host", m_timebase, m_bus, nullptr};
  Edu m_edu{"edu", m_timebase, {0, 4, 0}, edu_config(), {&m_memory_map, &m_port_map, nullptr}};
  InterruptTester m_tester{
      "tester", m_timebase, {0, 6, 0}, {&m_memory_map, &m_port_map, &m_pic.line(10)}, nullptr};
};

}  // namespace apicsim
