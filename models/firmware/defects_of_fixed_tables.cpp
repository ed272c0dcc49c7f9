#include <algorithm>

#include "models/firmware/byte_writer.h"
#include "models/firmware/defect_tools.h"
#include "models/firmware/spec/acpi_layout.h"
#include "models/firmware/spec/fadt_fields.h"

/// Defects of FADT, HPET, MCFG, SRAT and SMBIOS.
namespace apicsim::defect {

namespace {

constexpr std::size_t kHeader = acpi_layout::header_size;
constexpr std::uint64_t kEmptyPort = 0x5F8;
constexpr std::uint32_t kTimerValueExtended = 1 << 8;  // ACPI table 5-35, TMR_VAL_EXT

DefectParameter entry_parameter() {
  return number_parameter("allocation", "which allocation, counted from 0 (default 0)");
}

std::uint64_t field(const Bytes& body, std::size_t offset, std::size_t width) {
  if (offset + width > body.size() + kHeader) return 0;
  return ByteReader(body.data() + offset - kHeader, width).get(width);
}

void set_field(Bytes& body, std::size_t offset, std::uint64_t value, std::size_t width) {
  for (std::size_t i = 0; i < width && offset - kHeader + i < body.size(); ++i)
    body[offset - kHeader + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

const fadt::Field& fadt_field(const char* name) {
  return *std::find_if(fadt::fields.begin(), fadt::fields.end(),
                       [&](const fadt::Field& one) { return one.name == std::string(name); });
}

std::size_t timer_offset() { return fadt_field("pm_timer_block").offset; }

std::size_t wide_timer_offset() {
  const auto found = std::find_if(
      fadt::address_fields.begin(), fadt::address_fields.end(),
      [](const fadt::AddressField& one) { return one.name == std::string("x_pm_timer_block"); });
  return found->offset;
}

/// Offset of the address within a generic address structure, ACPI §5.2.3.2.
constexpr std::size_t kAddressInStructure = 4;

void edit_fadt(DefectTarget& target, const std::function<void(Bytes&)>& change) {
  edit_body(target, "FACP", [&](const Bytes& body) {
    Bytes changed = body;
    change(changed);
    return changed;
  });
}

void timer_elsewhere(const DefectArguments& arguments, DefectTarget& target) {
  const std::uint64_t port = arguments.number("port", kEmptyPort);
  if (port > 0xFFFF) throw FirmwareError("a 'port' has 16 bits");
  edit_fadt(target, [&](Bytes& body) {
    set_field(body, timer_offset(), port, 4);
    if (field(body, wide_timer_offset() + kAddressInStructure, 8) != 0)
      set_field(body, wide_timer_offset() + kAddressInStructure, port, 8);
  });
}

void no_timer(const DefectArguments&, DefectTarget& target) {
  edit_fadt(target, [](Bytes& body) {
    set_field(body, timer_offset(), 0, 4);
    set_field(body, wide_timer_offset(), 0, 4);
    set_field(body, wide_timer_offset() + kAddressInStructure, 0, 8);
    set_field(body, fadt_field("pm_timer_length").offset, 0, 1);
  });
}

void two_timers(const DefectArguments& arguments, DefectTarget& target) {
  edit_fadt(target, [&](Bytes& body) {
    const std::uint64_t right = field(body, wide_timer_offset() + kAddressInStructure, 8);
    if (right == 0) throw FirmwareError("the FADT has no 64-bit address of the PM timer");
    set_field(body, timer_offset(), arguments.number("port", right + 0x100), 4);
  });
}

void wide_timer(const DefectArguments&, DefectTarget& target) {
  edit_fadt(target, [](Bytes& body) {
    const std::size_t flags = fadt_field("flags").offset;
    set_field(body, flags, field(body, flags, 4) ^ kTimerValueExtended, 4);
  });
}

void wrong_sci(const DefectArguments& arguments, DefectTarget& target) {
  edit_fadt(target, [&](Bytes& body) {
    set_field(body, fadt_field("sci_interrupt").offset, arguments.number("irq", 11), 2);
  });
}

void edit_hpet(DefectTarget& target, const std::function<void(HpetTableDescription&)>& change) {
  edit_body(target, "HPET", [&](const Bytes& body) {
    HpetTableDescription hpet = parse_hpet(body);
    change(hpet);
    return build_hpet(hpet);
  });
}

void hpet_at_zero(const DefectArguments&, DefectTarget& target) {
  edit_hpet(target, [](HpetTableDescription& hpet) { hpet.address.address = 0; });
}

void hpet_elsewhere(const DefectArguments& arguments, DefectTarget& target) {
  const std::uint64_t address = arguments.number("address", 0xFED9F000);
  if (!target.is_empty(address, 0x400))
    throw FirmwareError(fmt::format("something answers at {:#x}", address));
  edit_hpet(target, [&](HpetTableDescription& hpet) { hpet.address.address = address; });
}

void hpet_wrong_number(const DefectArguments& arguments, DefectTarget& target) {
  edit_hpet(target, [&](HpetTableDescription& hpet) {
    hpet.number = static_cast<std::uint8_t>(arguments.number("number", hpet.number + 1U));
  });
}

void edit_mcfg(const DefectArguments& arguments, DefectTarget& target,
               const std::function<void(McfgAllocation&)>& change) {
  edit_body(target, "MCFG", [&](const Bytes& body) {
    McfgDescription mcfg = parse_mcfg(body);
    const std::uint64_t index = arguments.number("allocation", 0);
    check_index(index, mcfg.allocations.size(), "allocation");
    change(mcfg.allocations[index]);
    return build_mcfg(mcfg);
  });
}

void mcfg_at_zero(const DefectArguments& arguments, DefectTarget& target) {
  edit_mcfg(arguments, target, [](McfgAllocation& one) { one.base = 0; });
}

void mcfg_buses(const DefectArguments& arguments, DefectTarget& target) {
  edit_mcfg(arguments, target, [&](McfgAllocation& one) {
    one.start_bus = static_cast<std::uint8_t>(arguments.number("start_bus", one.start_bus));
    one.end_bus = static_cast<std::uint8_t>(arguments.number("end_bus", 0));
  });
}

void mcfg_unreserved(const DefectArguments& arguments, DefectTarget& target) {
  constexpr std::uint64_t per_bus = 1 << 20;  // PCI Firmware Specification 3.0 §4.1.2
  edit_mcfg(arguments, target, [&](McfgAllocation& one) {
    const std::uint64_t first = one.base + one.start_bus * per_bus;
    const std::uint64_t size = (one.end_bus - one.start_bus + 1) * per_bus;
    if (one.end_bus < one.start_bus || !target.unreserve(first, size))
      throw FirmwareError(
          fmt::format("nothing of {:#x}-{:#x} is reported as reserved", first, first + size - 1));
  });
}

void node_of_cpu(const DefectArguments& arguments, DefectTarget& target) {
  edit_srat(target, [&](SratDescription& srat) {
    std::vector<std::uint32_t*> nodes;
    for (SratEntry& entry : srat.entries) {
      auto* narrow = std::get_if<SratLocalApic>(&entry);
      auto* wide = std::get_if<SratX2apic>(&entry);
      if (narrow != nullptr && (narrow->flags & 1) != 0) nodes.push_back(&narrow->proximity);
      if (wide != nullptr && (wide->flags & 1) != 0) nodes.push_back(&wide->proximity);
    }
    const std::uint64_t index = arguments.number("cpu", 0);
    check_index(index, nodes.size(), "enabled processor");
    *nodes[index] = static_cast<std::uint32_t>(arguments.number("node", *nodes[index] ^ 1));
  });
}

void memory_of_nobody(const DefectArguments& arguments, DefectTarget& target) {
  edit_srat(target, [&](SratDescription& srat) {
    const SratMemory* gone =
        &nth<SratMemory>(srat.entries, arguments.number("range", 0), "memory range");
    remove_entries<SratMemory>(srat.entries, [&](const SratMemory& one) { return &one == gone; });
  });
}

SmbiosDescription& smbios_of(DefectTarget& target) {
  if (!target.firmware.smbios.present) throw FirmwareError("the firmware has no SMBIOS");
  return target.firmware.smbios;
}

void no_smbios(const DefectArguments&, DefectTarget& target) { smbios_of(target).present = false; }

void nameless(const DefectArguments&, DefectTarget& target) {
  SmbiosDescription& smbios = smbios_of(target);
  smbios.bios.vendor.clear();
  smbios.bios.version.clear();
  smbios.bios.date.clear();
  smbios.system = {};
}

void smbios_checksum(const DefectArguments&, DefectTarget& target) {
  smbios_of(target).checksum_error = 1;
}

std::vector<FirmwareDefect> of_fadt_and_hpet() {
  return {
      {"fadt-pm-timer-wrong",
       "the PM timer is described for ports where nothing answers",
       "",
       {number_parameter("port", "the wrong one (default 0x5f8)")},
       timer_elsewhere},
      {"fadt-no-pm-timer", "the PM timer is not described", "", {}, no_timer},
      {"fadt-pm-timer-differs",
       "the 32-bit and the 64-bit address of the PM timer differ",
       "",
       {number_parameter("port", "the 32-bit one (default 0x100 above the right one)")},
       two_timers},
      {"fadt-pm-timer-width",
       "the flag for a PM timer of 32 bits says the contrary",
       "",
       {},
       wide_timer},
      {"fadt-sci-wrong",
       "the SCI is described for another interrupt",
       "",
       {number_parameter("irq", "the wrong one (default 11)")},
       wrong_sci},
      {"hpet-address-zero", "the address of the HPET is 0", "", {}, hpet_at_zero},
      {"hpet-address-ones",
       "the address of the HPET leads to where nothing answers",
       "",
       {number_parameter("address", "of an empty page (default 0xfed9f000)")},
       hpet_elsewhere},
      {"hpet-wrong-number",
       "the number of the HPET is not that of the DMAR's scope",
       "",
       {number_parameter("number", "the wrong one (default one more)")},
       hpet_wrong_number},
  };
}

}  // namespace

std::vector<FirmwareDefect> of_fixed_tables() {
  std::vector<FirmwareDefect> all = of_fadt_and_hpet();
  const std::vector<FirmwareDefect> more = {
      {"mcfg-base-zero",
       "the address of the configuration space is 0",
       "",
       {entry_parameter()},
       mcfg_at_zero},
      {"mcfg-bus-range",
       "the configuration space is described for other buses than it has",
       "",
       {entry_parameter(), number_parameter("start_bus", "the first (default the right one)"),
        number_parameter("end_bus", "the last (default 0)")},
       mcfg_buses},
      {"mcfg-not-reserved",
       "the memory map does not report the configuration space as reserved",
       "",
       {entry_parameter()},
       mcfg_unreserved},
      {"srat-cpu-wrong-node",
       "a processor is on another node than those that it shares caches with",
       "C11 Azure HB-series",
       {number_parameter("cpu", "which enabled one, counted from 0 (default 0)"),
        number_parameter("node", "the wrong one (default with bit 0 inverted)")},
       node_of_cpu},
      {"srat-memory-missing",
       "a range of memory belongs to no node",
       "",
       {number_parameter("range", "which one, counted from 0 (default 0)")},
       memory_of_nobody},
      {"smbios-missing", "there is no SMBIOS", "", {}, no_smbios},
      {"smbios-nameless", "vendor, version and product are empty", "", {}, nameless},
      {"smbios-checksum", "the checksum of the entry point is wrong", "", {}, smbios_checksum},
  };
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace apicsim::defect
