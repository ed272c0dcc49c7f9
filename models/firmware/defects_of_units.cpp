#include <algorithm>

#include "models/firmware/defect_tools.h"

/// Defects of the DMAR's header and of the structures that describe remapping units.
namespace apicsim::defect {

namespace {

constexpr std::uint8_t kIncludeAll = 1;
constexpr std::uint8_t kInterruptRemapping = 1 << 0;
constexpr std::uint8_t kX2apicOptOut = 1 << 1;
constexpr std::uint8_t kPlatformOptIn = 1 << 2;
constexpr std::uint64_t kPage = 0x1000;
/// Behind the register sets of all described machines.
constexpr std::uint64_t kEmptyPage = 0xFED9F000;

DmarDrhd& unit_of(const DefectArguments& arguments, DmarDescription& dmar) {
  return nth<DmarDrhd>(dmar.entries, arguments.number("unit", 0), "unit");
}

void base_zero(const DefectArguments& arguments, DefectTarget& target) {
  edit_dmar(target, [&](DmarDescription& dmar) { unit_of(arguments, dmar).address = 0; });
}

void base_empty(const DefectArguments& arguments, DefectTarget& target) {
  const std::uint64_t address = arguments.number("address", kEmptyPage);
  if (!target.is_empty(address, kPage))
    throw FirmwareError(
        fmt::format("something answers at {:#x}; allowed: an 'address' of a page "
                    "where nothing is",
                    address));
  edit_dmar(target, [&](DmarDescription& dmar) { unit_of(arguments, dmar).address = address; });
}

void base_unaligned(const DefectArguments& arguments, DefectTarget& target) {
  edit_dmar(target, [&](DmarDescription& dmar) {
    unit_of(arguments, dmar).address += arguments.number("offset", kPage / 2);
  });
}

void unit_twice(const DefectArguments& arguments, DefectTarget& target) {
  edit_dmar(target, [&](DmarDescription& dmar) {
    const DmarEntry copy = unit_of(arguments, dmar);
    dmar.entries.push_back(copy);
  });
}

void unit_missing(const DefectArguments& arguments, DefectTarget& target) {
  edit_dmar(target, [&](DmarDescription& dmar) {
    const DmarDrhd* gone = &unit_of(arguments, dmar);
    const auto at = std::find_if(dmar.entries.begin(), dmar.entries.end(), [&](DmarEntry& entry) {
      return std::get_if<DmarDrhd>(&entry) == gone;
    });
    dmar.entries.erase(at);
  });
}

void no_units(const DefectArguments&, DefectTarget& target) {
  edit_dmar(target, [](DmarDescription& dmar) {
    const auto all = [](const DmarDrhd&) { return true; };
    check_index(0, remove_entries<DmarDrhd>(dmar.entries, all), "unit");
  });
}

void wrong_segment(const DefectArguments& arguments, DefectTarget& target) {
  const std::uint64_t segment = arguments.number("segment", 1);
  if (segment > 0xFFFF) throw FirmwareError("a segment has 16 bits");
  edit_dmar(target, [&](DmarDescription& dmar) {
    unit_of(arguments, dmar).segment = static_cast<std::uint16_t>(segment);
  });
}

void small_width(const DefectArguments& arguments, DefectTarget& target) {
  const std::uint64_t width = arguments.number("width", 32);
  if (width == 0 || width > 256) throw FirmwareError("allowed: a 'width' of 1 to 256");
  edit_dmar(target, [&](DmarDescription& dmar) {
    dmar.host_address_width = static_cast<std::uint8_t>(width - 1);
  });
}

/// Sets or clears a flag of the header; one that is so already is no defect.
void set_flag(DefectTarget& target, std::uint8_t flag, bool on) {
  edit_dmar(target, [&](DmarDescription& dmar) {
    if (((dmar.flags & flag) != 0) == on)
      throw FirmwareError(fmt::format("bit {:#x} of the flags is {} already", flag, on ? 1 : 0));
    dmar.flags = static_cast<std::uint8_t>(dmar.flags ^ flag);
  });
}

void opt_out(const DefectArguments&, DefectTarget& target) {
  set_flag(target, kX2apicOptOut, true);
}
void no_opt_out(const DefectArguments&, DefectTarget& target) {
  set_flag(target, kX2apicOptOut, false);
}
void no_interrupt_remapping(const DefectArguments&, DefectTarget& target) {
  set_flag(target, kInterruptRemapping, false);
}
void platform_opt_in(const DefectArguments&, DefectTarget& target) {
  set_flag(target, kPlatformOptIn, true);
}

void all_flags(const DefectArguments&, DefectTarget& target) {
  edit_dmar(target, [](DmarDescription& dmar) { dmar.flags = 0xFF; });
}

DmarDrhd& include_all_unit(DmarDescription& dmar) {
  for (DmarEntry& entry : dmar.entries)
    if (auto* unit = std::get_if<DmarDrhd>(&entry))
      if ((unit->flags & kIncludeAll) != 0) return *unit;
  throw FirmwareError("no unit has INCLUDE_PCI_ALL");
}

void no_include_all(const DefectArguments&, DefectTarget& target) {
  edit_dmar(target, [](DmarDescription& dmar) {
    auto& flags = include_all_unit(dmar).flags;
    flags = static_cast<std::uint8_t>(flags & ~kIncludeAll);
  });
}

void two_include_all(const DefectArguments& arguments, DefectTarget& target) {
  edit_dmar(target, [&](DmarDescription& dmar) {
    const DmarDrhd& first = include_all_unit(dmar);
    DmarDrhd& unit = unit_of(arguments, dmar);
    if (&unit == &first)
      throw FirmwareError("that unit has INCLUDE_PCI_ALL already; choose another 'unit'");
    unit.flags |= kIncludeAll;
  });
}

void include_all_first(const DefectArguments&, DefectTarget& target) {
  edit_dmar(target, [](DmarDescription& dmar) {
    const DmarDrhd* all = &include_all_unit(dmar);
    const auto is_unit = [](const DmarEntry& entry) {
      return std::holds_alternative<DmarDrhd>(entry);
    };
    const auto first = std::find_if(dmar.entries.begin(), dmar.entries.end(), is_unit);
    const auto at = std::find_if(first, dmar.entries.end(), [&](DmarEntry& entry) {
      return std::get_if<DmarDrhd>(&entry) == all;
    });
    if (at == first) throw FirmwareError("the unit with INCLUDE_PCI_ALL is the first one already");
    std::rotate(first, at, at + 1);
  });
}

void affinity_of_ghost(const DefectArguments& arguments, DefectTarget& target) {
  DmarRhsa affinity;
  affinity.address = arguments.number("address", kEmptyPage);
  affinity.proximity = static_cast<std::uint32_t>(arguments.number("proximity", 0));
  edit_dmar(target, [&](DmarDescription& dmar) {
    for (const DmarEntry& entry : dmar.entries) {
      const auto* unit = std::get_if<DmarDrhd>(&entry);
      if (unit != nullptr && unit->address == affinity.address)
        throw FirmwareError(fmt::format("there is a unit at {:#x}", affinity.address));
    }
    dmar.entries.push_back(affinity);
  });
}

void unterminated_name(const DefectArguments& arguments, DefectTarget& target) {
  const std::string name = arguments.text("device", "\\_SB.PCI0.I2C0");
  edit_dmar(target, [&](DmarDescription& dmar) {
    DmarAndd device;
    device.device = 1;
    for (DmarEntry& entry : dmar.entries) {
      if (!std::holds_alternative<DmarAndd>(entry)) continue;
      auto& bytes = std::get<DmarAndd>(entry).name;
      while (!bytes.empty() && bytes.back() == 0) bytes.pop_back();
      return;
    }
    device.name.assign(name.begin(), name.end());
    dmar.entries.push_back(device);
  });
}

}  // namespace

std::vector<FirmwareDefect> of_remapping_units() {
  const DefectParameter unit = unit_parameter();
  return {
      {"dmar-base-zero",
       "the register base of a unit is 0",
       "A01 Dell XPS 13 9310 (fourth unit), HP Pavilion dv6, Clevo W65",
       {unit},
       base_zero},
      {"dmar-base-ones",
       "the register base of a unit leads to where nothing answers",
       "A02 HP dc7800, Dell R630, Intel Leaf Hill",
       {unit, number_parameter("address", "of an empty page (default 0xfed9f000)")},
       base_empty},
      {"dmar-base-unaligned",
       "the register base of a unit is not that of a page",
       "",
       {unit, number_parameter("offset", "added to it (default 0x800)")},
       base_unaligned},
      {"dmar-unit-twice", "a unit is described a second time at the end", "", {unit}, unit_twice},
      {"dmar-unit-missing", "a unit that is there is not described", "", {unit}, unit_missing},
      {"dmar-no-units", "there is no DRHD at all", "", {}, no_units},
      {"dmar-wrong-segment",
       "a unit is described for another PCI segment",
       "",
       {unit, number_parameter("segment", "the wrong one (default 1)")},
       wrong_segment},
      {"dmar-width-too-small",
       "the host address width is smaller than that of the memory",
       "",
       {number_parameter("width", "in bits (default 32)")},
       small_width},
      {"dmar-x2apic-opt-out",
       "the firmware asks for no x2APIC mode",
       "B03 ASUS X555LAB and many others",
       {},
       opt_out},
      {"dmar-no-opt-out", "the opt-out flag that the machine needs is missing", "", {}, no_opt_out},
      {"dmar-no-interrupt-remapping",
       "the flag that allows interrupt remapping is clear",
       "",
       {},
       no_interrupt_remapping},
      {"dmar-platform-opt-in",
       "the flag that asks for DMA remapping before all else is set",
       "",
       {},
       platform_opt_in},
      {"dmar-flags-reserved", "all flags are set, the reserved ones, too", "", {}, all_flags},
      {"dmar-no-include-all",
       "no unit has all the devices that no other one has",
       "",
       {},
       no_include_all},
      {"dmar-two-include-all", "two units have INCLUDE_PCI_ALL", "", {unit}, two_include_all},
      {"dmar-include-all-first",
       "the unit with INCLUDE_PCI_ALL is not the last one",
       "",
       {},
       include_all_first},
      {"dmar-rhsa-ghost",
       "an RHSA names a unit that is not there",
       "",
       {number_parameter("address", "of that unit (default 0xfed9f000)"),
        number_parameter("proximity", "its node (default 0)")},
       affinity_of_ghost},
      {"dmar-andd-unterminated",
       "the name in an ANDD ends without a zero byte",
       "",
       {text_parameter("device",
                       "of the device, where the table has no ANDD yet (default "
                       "\\_SB.PCI0.I2C0)")},
       unterminated_name},
  };
}

}  // namespace apicsim::defect
