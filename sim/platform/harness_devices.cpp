#include "sim/platform/harness_devices.h"

#include <algorithm>

#include "models/devices/spec/fw_cfg.h"
#include "models/firmware/byte_writer.h"
#include "models/memory/physical_memory.h"

namespace apicsim {

namespace {

constexpr std::uint64_t kFwCfgPorts = 2;
constexpr std::uint64_t kFwCfgDmaOffset = 4;
constexpr std::uint64_t kFwCfgDmaPorts = 8;
constexpr std::uint32_t kIsaInterrupts = 16;
constexpr std::uint32_t kCascadeIrq = 2;

// QEMU's sizes of memory, MachineState::ram_size, count the whole first MiB.
constexpr std::uint64_t kOneMiB = 1 << 20;

std::uint64_t ram_size(const Machine& machine) {
  std::uint64_t size = kOneMiB;
  for (const MachineRam& ram : machine.ram)
    if (ram.base >= kOneMiB) size += ram.size;
  return size;
}

/// QEMU numbers possible CPUs by their APIC ids (hw/i386/x86.c, apic_id_limit).
std::uint32_t apic_id_limit(const Machine& machine) {
  std::uint32_t last = 0;
  for (const MachineCpu& cpu : machine.cpus) last = std::max(last, cpu.apic_id);
  return last + 1;
}

/// "etc/e820" says what RAM there is: in QEMU one range from 0 on and one above 4 GiB. What
/// firmware keeps of it stands only in the map that the firmware makes.
std::vector<std::uint8_t> e820_file(const Machine& machine) {
  constexpr std::uint64_t four_gib = std::uint64_t{1} << 32;
  constexpr std::uint32_t usable = 1;
  std::vector<RamRange> ranges(1);
  for (const MachineRam& ram : machine.ram) {
    if (ram.base < four_gib)
      ranges[0].size = ram.base + ram.size;
    else
      ranges.push_back({ram.base, ram.size});
  }
  ByteWriter out;
  for (const RamRange& range : ranges) {
    out.u64(range.base);
    out.u64(range.size);
    out.u32(usable);
  }
  return out.take();
}

/// "etc/system-states" of QEMU's PM device: a byte for S0 to S5, bit 7 for those that exist and the
/// sleep type in the low bits.
std::vector<std::uint8_t> system_states(const Machine& machine) {
  constexpr std::uint8_t exists = 0x80;
  const auto s5 = static_cast<std::uint8_t>(machine.firmware.dsdt.contents.s5_type_a);
  return {exists, 0, 0, 0, 0, static_cast<std::uint8_t>(exists | s5)};
}

}  // namespace

HarnessDevices::HarnessDevices(const Machine& machine, const Timebase& timebase,
                               AddressSpaces spaces, InterruptWiring& interrupts,
                               IsaInterrupts& isa) {
  if (machine.devices.fw_cfg.present) add_fw_cfg(machine, timebase, spaces);
  if (machine.devices.test_device.present)
    add_test_device(machine, timebase, spaces, interrupts, isa);
}

void HarnessDevices::add_fw_cfg(const Machine& machine, const Timebase& timebase,
                                AddressSpaces spaces) {
  m_fw_cfg = std::make_unique<FwCfg>("fw_cfg", timebase);
  m_fw_cfg->set_number(fw_cfg::key_ram_size, ram_size(machine), 8);
  m_fw_cfg->set_number(fw_cfg::key_cpus, machine.cpus.size(), 2);
  m_fw_cfg->set_number(fw_cfg::key_max_cpus, apic_id_limit(machine), 2);
  m_fw_cfg->set_number(fw_cfg::key_irq0_override, 1, 4);
  m_fw_cfg->add_file("etc/e820", e820_file(machine));
  m_fw_cfg->add_file("etc/system-states", system_states(machine));
  const std::uint64_t base = machine.devices.fw_cfg.io_base;
  AddressSpaces::place(spaces.ports, m_fw_cfg->ports.socket, base, kFwCfgPorts, "fw_cfg");
  AddressSpaces::place(spaces.ports, m_fw_cfg->dma_address.socket, base + kFwCfgDmaOffset,
                       kFwCfgDmaPorts, "fw_cfg DMA");
  m_fw_cfg->dma.socket.bind(spaces.memory.in);
}

/// An ISA interrupt's wire leads to the 8259 pair and to the I/O APIC, any other line to its pin.
void HarnessDevices::add_test_device(const Machine& machine, const Timebase& timebase,
                                     AddressSpaces spaces, InterruptWiring& interrupts,
                                     IsaInterrupts& isa) {
  const TestDevicePlace& place = machine.devices.test_device;
  std::vector<InterruptLine*> wires;
  for (std::uint32_t line = 0; line < TestDevice::line_count; ++line)
    wires.push_back(line < kIsaInterrupts && line != kCascadeIrq ? isa.line(line)
                                                                 : interrupts.gsi(line));
  m_test_device = std::make_unique<TestDevice>("test_device", timebase, std::move(wires));
  AddressMap& ports = spaces.ports;
  AddressSpaces::place(ports, m_test_device->lines.socket, place.lines, TestDevice::line_count,
                       "test interrupt lines");
  AddressSpaces::place(ports, m_test_device->data.socket, place.data, 4, "test data");
  AddressSpaces::place(ports, m_test_device->flush.socket, place.data + 4, 4, "test flush");
  AddressSpaces::place(ports, m_test_device->bytes.socket, place.data + 8, 4, "test bytes");
  AddressSpaces::place(spaces.memory, m_test_device->memory.socket, place.memory,
                       TestDevice::memory_size, "test memory");
}

}  // namespace apicsim
