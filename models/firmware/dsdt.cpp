#include "models/firmware/dsdt.h"

#include <fmt/format.h>

#include "models/firmware/aml.h"
#include "models/firmware/firmware_error.h"

namespace apicsim {

namespace {

constexpr std::uint64_t last_port = 0xFFFF;
constexpr std::uint64_t last_32_bit = 0xFFFFFFFF;

void check_window(const std::string& owner, const DsdtWindow& window, std::uint64_t limit) {
  if (window.base > window.limit || window.limit > limit) {
    throw FirmwareError(fmt::format("window {:#x}-{:#x} of '{}' is not a range within 0-{:#x}",
                                    window.base, window.limit, owner, limit));
  }
}

Bytes processor(const DsdtProcessor& cpu, DsdtProcessorForm form) {
  if (form == DsdtProcessorForm::device) {
    return aml::device(cpu.name, aml::join({aml::name("_HID", aml::string("ACPI0007")),
                                            aml::name("_UID", aml::integer(cpu.uid))}));
  }
  constexpr std::uint32_t last_uid = 254;  // 255 stands for all processors (ACPI §5.2.12.7)
  if (cpu.uid > last_uid) {
    throw FirmwareError(fmt::format("processor '{}' has uid {}; Processor() allows 0 to {}",
                                    cpu.name, cpu.uid, last_uid));
  }
  return aml::processor(cpu.name, static_cast<std::uint8_t>(cpu.uid), cpu.pblk_address,
                        cpu.pblk_length, {});
}

Bytes processors(const DsdtDescription& dsdt) {
  std::vector<Bytes> terms;
  for (const DsdtProcessor& cpu : dsdt.processors) {
    terms.push_back(processor(cpu, dsdt.processor_form));
  }
  const bool legacy = dsdt.processor_form == DsdtProcessorForm::processor;
  return aml::scope(legacy ? "\\_PR" : "\\_SB", aml::join(terms));
}

Bytes root_resources(const DsdtPciRoot& root) {
  std::vector<Bytes> resources{aml::word_bus_number(root.bus_base, root.bus_limit)};
  constexpr std::uint16_t config_address_port = 0xCF8;
  constexpr std::uint8_t config_port_count = 8;
  if (root.config_ports) {
    resources.push_back(aml::io_port(config_address_port, config_port_count));
  }
  for (const DsdtWindow& window : root.io) {
    check_window(root.name, window, last_port);
    resources.push_back(aml::word_io(static_cast<std::uint16_t>(window.base),
                                     static_cast<std::uint16_t>(window.limit)));
  }
  for (const DsdtWindow& window : root.memory) {
    check_window(root.name, window, last_32_bit);
    resources.push_back(aml::dword_memory(static_cast<std::uint32_t>(window.base),
                                          static_cast<std::uint32_t>(window.limit)));
  }
  return aml::resource_template(resources);
}

/// PCI Firmware Specification 3.0 §4.6: what an operating system needs to find a host bridge.
Bytes pci_root(const DsdtPciRoot& root) {
  if (root.bus_base > root.bus_limit) {
    throw FirmwareError(
        fmt::format("host bridge '{}' has buses {} to {}; the first is above the last", root.name,
                    root.bus_base, root.bus_limit));
  }
  std::vector<Bytes> terms;
  terms.push_back(aml::name("_HID", aml::eisa_id(root.express ? "PNP0A08" : "PNP0A03")));
  if (root.express) terms.push_back(aml::name("_CID", aml::eisa_id("PNP0A03")));
  terms.push_back(aml::name("_SEG", aml::integer(root.segment)));
  terms.push_back(aml::name("_BBN", aml::integer(root.bus_base)));
  terms.push_back(aml::name("_UID", aml::integer(root.uid)));
  terms.push_back(aml::name("_CRS", root_resources(root)));
  return aml::device(root.name, aml::join(terms));
}

Bytes device_resources(const DsdtDevice& device) {
  std::vector<Bytes> resources;
  for (const DsdtWindow& window : device.io) {
    check_window(device.name, window, last_port);
    resources.push_back(aml::io_port(static_cast<std::uint16_t>(window.base),
                                     static_cast<std::uint8_t>(window.limit - window.base + 1)));
  }
  for (const DsdtWindow& window : device.memory) {
    check_window(device.name, window, last_32_bit);
    resources.push_back(
        aml::memory32_fixed(static_cast<std::uint32_t>(window.base),
                            static_cast<std::uint32_t>(window.limit - window.base + 1)));
  }
  for (const std::uint8_t line : device.irqs) {
    resources.push_back(aml::irq(static_cast<std::uint16_t>(1U << (line & 0xF))));
  }
  return aml::resource_template(resources);
}

Bytes fixed_device(const DsdtDevice& device) {
  const Bytes hid =
      aml::is_eisa_id(device.hid) ? aml::eisa_id(device.hid) : aml::string(device.hid);
  return aml::device(device.name,
                     aml::join({aml::name("_HID", hid), aml::name("_UID", aml::integer(device.uid)),
                                aml::name("_CRS", device_resources(device))}));
}

Bytes system_bus(const DsdtDescription& dsdt) {
  std::vector<Bytes> terms;
  for (const DsdtPciRoot& root : dsdt.pci_roots) terms.push_back(pci_root(root));
  for (const DsdtDevice& device : dsdt.devices) terms.push_back(fixed_device(device));
  return aml::scope("\\_SB", aml::join(terms));
}

/// ACPI §7.3.4.6: SLP_TYPa, SLP_TYPb and two reserved values.
Bytes soft_off(const DsdtDescription& dsdt) {
  return aml::name("\\_S5",
                   aml::package({aml::integer(dsdt.s5_type_a), aml::integer(dsdt.s5_type_b),
                                 aml::integer(0), aml::integer(0)}));
}

}  // namespace

Bytes build_dsdt(const DsdtDescription& dsdt) {
  std::vector<Bytes> terms;
  if (!dsdt.processors.empty()) terms.push_back(processors(dsdt));
  if (dsdt.sleep_s5) terms.push_back(soft_off(dsdt));
  if (!dsdt.pci_roots.empty() || !dsdt.devices.empty()) terms.push_back(system_bus(dsdt));
  return aml::join(terms);
}

}  // namespace apicsim
