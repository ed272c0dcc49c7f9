#include <algorithm>

#include "models/firmware/defect_tools.h"

/// Defects of the MADT, ACPI §5.2.12.
namespace apicsim::defect {

namespace {

constexpr std::uint32_t kEnabled = 1;
constexpr std::uint32_t kPcatCompatible = 1;
constexpr std::uint8_t kNoId = 0xFF;
constexpr std::uint16_t kPolarityAndTrigger = 0xA;  // MPS INTI flags: the upper bit of both fields
constexpr std::uint64_t kEmptyPage = 0xFECFF000;

/// An enabled processor, by either of its two structures.
struct Processor {
  MadtLocalApic* narrow = nullptr;
  MadtLocalX2apic* wide = nullptr;

  std::uint32_t apic_id() const { return narrow != nullptr ? narrow->apic_id : wide->apic_id; }
  std::uint32_t uid() const { return narrow != nullptr ? narrow->uid : wide->uid; }
  void set_apic_id(std::uint32_t id) const {
    if (wide != nullptr) wide->apic_id = id;
    if (narrow != nullptr) narrow->apic_id = static_cast<std::uint8_t>(id);
  }
  void set_uid(std::uint32_t uid) const {
    if (wide != nullptr) wide->uid = uid;
    if (narrow != nullptr) narrow->uid = static_cast<std::uint8_t>(uid);
  }
};

Processor processor_in(MadtEntry& entry) {
  Processor cpu;
  cpu.narrow = std::get_if<MadtLocalApic>(&entry);
  cpu.wide = std::get_if<MadtLocalX2apic>(&entry);
  if (cpu.narrow != nullptr && (cpu.narrow->flags & kEnabled) == 0) cpu.narrow = nullptr;
  if (cpu.wide != nullptr && (cpu.wide->flags & kEnabled) == 0) cpu.wide = nullptr;
  return cpu;
}

std::vector<std::size_t> processor_places(MadtDescription& madt) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < madt.entries.size(); ++i) {
    const Processor cpu = processor_in(madt.entries[i]);
    if (cpu.narrow != nullptr || cpu.wide != nullptr) places.push_back(i);
  }
  return places;
}

std::size_t place_of(MadtDescription& madt, std::uint64_t index) {
  const auto places = processor_places(madt);
  check_index(index, places.size(), "enabled processor");
  return places[index];
}

Processor processor(MadtDescription& madt, std::uint64_t index) {
  return processor_in(madt.entries[place_of(madt, index)]);
}

void same_apic_id(const DefectArguments& arguments, DefectTarget& target) {
  edit_madt(target, [&](MadtDescription& madt) {
    const std::uint32_t id = processor(madt, arguments.number("of", 0)).apic_id();
    processor(madt, arguments.number("cpu", 1)).set_apic_id(id);
  });
}

void same_uid(const DefectArguments& arguments, DefectTarget& target) {
  edit_madt(target, [&](MadtDescription& madt) {
    const std::uint32_t uid = processor(madt, arguments.number("of", 0)).uid();
    processor(madt, arguments.number("cpu", 1)).set_uid(uid);
  });
}

void cpu_missing(const DefectArguments& arguments, DefectTarget& target) {
  edit_madt(target, [&](MadtDescription& madt) {
    const std::size_t at = place_of(madt, arguments.number("cpu", 1));
    madt.entries.erase(madt.entries.begin() + static_cast<std::ptrdiff_t>(at));
  });
}

void cpu_disabled(const DefectArguments& arguments, DefectTarget& target) {
  edit_madt(target, [&](MadtDescription& madt) {
    const Processor cpu = processor(madt, arguments.number("cpu", 1));
    std::uint32_t& flags = cpu.narrow != nullptr ? cpu.narrow->flags : cpu.wide->flags;
    flags &= ~kEnabled;
  });
}

void ghost_cpu(const DefectArguments& arguments, DefectTarget& target) {
  edit_madt(target, [&](MadtDescription& madt) {
    std::uint32_t id = 0;
    std::uint32_t uid = 0;
    const auto places = processor_places(madt);
    for (const std::size_t at : places) {
      id = std::max(id, processor_in(madt.entries[at]).apic_id() + 1);
      uid = std::max(uid, processor_in(madt.entries[at]).uid() + 1);
    }
    id = static_cast<std::uint32_t>(arguments.number("apic_id", id));
    MadtEntry ghost = MadtLocalX2apic{id, kEnabled, uid};
    if (id < kNoId && uid < kNoId)
      ghost =
          MadtLocalApic{static_cast<std::uint8_t>(uid), static_cast<std::uint8_t>(id), kEnabled};
    const std::size_t end = places.empty() ? 0 : places.back() + 1;
    madt.entries.insert(madt.entries.begin() + static_cast<std::ptrdiff_t>(end), ghost);
  });
}

void boot_cpu_not_first(const DefectArguments& arguments, DefectTarget& target) {
  edit_madt(target, [&](MadtDescription& madt) {
    const std::size_t first = place_of(madt, 0);
    const std::size_t other = place_of(madt, arguments.number("cpu", 1));
    if (first == other) throw FirmwareError("processor 0 is the first one already");
    std::swap(madt.entries[first], madt.entries[other]);
  });
}

MadtLocalX2apic widened(const MadtLocalApic& narrow) {
  return {narrow.apic_id, narrow.flags, narrow.uid};
}

void wide_below_255(const DefectArguments&, DefectTarget& target) {
  edit_madt(target, [](MadtDescription& madt) {
    std::size_t changed = 0;
    for (MadtEntry& entry : madt.entries) {
      const auto* narrow = std::get_if<MadtLocalApic>(&entry);
      if (narrow == nullptr || narrow->apic_id == kNoId) continue;
      entry = widened(*narrow);
      ++changed;
    }
    check_index(0, changed, "local APIC structure");
  });
}

/// The structures of type 0 stay, with an id that means nobody.
void ids_of_nobody(const DefectArguments&, DefectTarget& target) {
  edit_madt(target, [](MadtDescription& madt) {
    std::vector<MadtEntry> wide;
    for (MadtEntry& entry : madt.entries) {
      auto* narrow = std::get_if<MadtLocalApic>(&entry);
      if (narrow == nullptr || narrow->apic_id == kNoId) continue;
      wide.push_back(widened(*narrow));
      narrow->apic_id = kNoId;
    }
    check_index(0, wide.size(), "local APIC structure");
    madt.entries.insert(madt.entries.end(), wide.begin(), wide.end());
  });
}

MadtIoApic& io_apic_of(const DefectArguments& arguments, MadtDescription& madt) {
  return nth<MadtIoApic>(madt.entries, arguments.number("ioapic", 0), "I/O APIC");
}

void io_apic_missing(const DefectArguments& arguments, DefectTarget& target) {
  edit_madt(target, [&](MadtDescription& madt) {
    const MadtIoApic* gone = &io_apic_of(arguments, madt);
    remove_entries<MadtIoApic>(madt.entries, [&](const MadtIoApic& one) { return &one == gone; });
  });
}

void no_io_apic(const DefectArguments&, DefectTarget& target) {
  edit_madt(target, [](MadtDescription& madt) {
    const auto all = [](const MadtIoApic&) { return true; };
    check_index(0, remove_entries<MadtIoApic>(madt.entries, all), "I/O APIC");
  });
}

void io_apic_at_zero(const DefectArguments& arguments, DefectTarget& target) {
  edit_madt(target, [&](MadtDescription& madt) { io_apic_of(arguments, madt).address = 0; });
}

void io_apic_at_nothing(const DefectArguments& arguments, DefectTarget& target) {
  const std::uint64_t address = arguments.number("address", kEmptyPage);
  if (address > 0xFFFFFFFF || !target.is_empty(address, 0x1000))
    throw FirmwareError(fmt::format(
        "{:#x} is not below 4 GiB, or something answers there; allowed: an 'address' of a page "
        "where nothing is",
        address));
  edit_madt(target, [&](MadtDescription& madt) {
    io_apic_of(arguments, madt).address = static_cast<std::uint32_t>(address);
  });
}

void io_apic_wrong_id(const DefectArguments& arguments, DefectTarget& target) {
  edit_madt(target, [&](MadtDescription& madt) {
    MadtIoApic& one = io_apic_of(arguments, madt);
    one.id = static_cast<std::uint8_t>(arguments.number("id", one.id ^ 0x40));
  });
}

MadtIoApic& other_io_apic(const DefectArguments& arguments, MadtDescription& madt) {
  return nth<MadtIoApic>(madt.entries, arguments.number("ioapic", 1), "I/O APIC");
}

void same_io_apic_id(const DefectArguments& arguments, DefectTarget& target) {
  edit_madt(target, [&](MadtDescription& madt) {
    MadtIoApic& other = other_io_apic(arguments, madt);
    other.id = nth<MadtIoApic>(madt.entries, 0, "I/O APIC").id;
  });
}

void same_interrupts(const DefectArguments& arguments, DefectTarget& target) {
  edit_madt(target, [&](MadtDescription& madt) {
    MadtIoApic& other = other_io_apic(arguments, madt);
    const std::uint32_t first = nth<MadtIoApic>(madt.entries, 0, "I/O APIC").gsi_base;
    other.gsi_base = static_cast<std::uint32_t>(arguments.number("gsi_base", first + 8));
  });
}

MadtOverride& override_of(const DefectArguments& arguments, MadtDescription& madt,
                          std::uint64_t otherwise) {
  const std::uint64_t source = arguments.number("source", otherwise);
  for (MadtEntry& entry : madt.entries)
    if (auto* one = std::get_if<MadtOverride>(&entry))
      if (one->source == source) return *one;
  throw FirmwareError(fmt::format("the table overrides no ISA interrupt {}", source));
}

void override_missing(const DefectArguments& arguments, DefectTarget& target) {
  edit_madt(target, [&](MadtDescription& madt) {
    const MadtOverride* gone = &override_of(arguments, madt, 0);
    remove_entries<MadtOverride>(madt.entries,
                                 [&](const MadtOverride& one) { return &one == gone; });
  });
}

void override_wrong_pin(const DefectArguments& arguments, DefectTarget& target) {
  edit_madt(target, [&](MadtDescription& madt) {
    MadtOverride& one = override_of(arguments, madt, 0);
    one.gsi = static_cast<std::uint32_t>(arguments.number("gsi", one.gsi ^ 1));
  });
}

void override_flags(const DefectArguments& arguments, DefectTarget& target) {
  edit_madt(target, [&](MadtDescription& madt) {
    MadtOverride& one = override_of(arguments, madt, 9);
    one.flags = static_cast<std::uint16_t>(
        arguments.number("flags", (one.flags | 5U) ^ kPolarityAndTrigger));
  });
}

void nmi_missing(const DefectArguments&, DefectTarget& target) {
  edit_madt(target, [](MadtDescription& madt) {
    const auto narrow = [](const MadtLocalApicNmi&) { return true; };
    const auto wide = [](const MadtX2apicNmi&) { return true; };
    const std::size_t removed = remove_entries<MadtLocalApicNmi>(madt.entries, narrow) +
                                remove_entries<MadtX2apicNmi>(madt.entries, wide);
    check_index(0, removed, "local APIC NMI structure");
  });
}

void nmi_wrong_pin(const DefectArguments&, DefectTarget& target) {
  edit_madt(target, [](MadtDescription& madt) {
    std::size_t changed = 0;
    for (MadtEntry& entry : madt.entries) {
      auto* narrow = std::get_if<MadtLocalApicNmi>(&entry);
      auto* wide = std::get_if<MadtX2apicNmi>(&entry);
      if (narrow != nullptr) narrow->lint ^= 1;
      if (wide != nullptr) wide->lint ^= 1;
      changed += narrow != nullptr || wide != nullptr ? 1 : 0;
    }
    check_index(0, changed, "local APIC NMI structure");
  });
}

void wrong_apic_address(const DefectArguments& arguments, DefectTarget& target) {
  const std::uint64_t address = arguments.number("address", 0);
  if (address > 0xFFFFFFFF) throw FirmwareError("the field has 32 bits");
  edit_madt(target, [&](MadtDescription& madt) {
    madt.local_apic_address = static_cast<std::uint32_t>(address);
  });
}

void no_8259(const DefectArguments&, DefectTarget& target) {
  edit_madt(target, [](MadtDescription& madt) { madt.flags &= ~kPcatCompatible; });
}

std::vector<FirmwareDefect> of_processors() {
  const DefectParameter cpu =
      number_parameter("cpu", "which enabled processor, counted from 0 (default 1)");
  const DefectParameter of = number_parameter("of", "the one whose number it has (default 0)");
  return {
      {"madt-duplicate-apic-id",
       "two processors have the same APIC id",
       "",
       {cpu, of},
       same_apic_id},
      {"madt-duplicate-uid", "two processors have the same ACPI uid", "", {cpu, of}, same_uid},
      {"madt-cpu-missing", "a processor that is there is not listed", "", {cpu}, cpu_missing},
      {"madt-cpu-disabled",
       "a processor that is there is listed as disabled",
       "",
       {cpu},
       cpu_disabled},
      {"madt-ghost-cpu",
       "an enabled processor is listed that is not there",
       "",
       {number_parameter("apic_id", "its id (default behind the highest)")},
       ghost_cpu},
      {"madt-boot-cpu-not-first",
       "another processor is listed before the one that boots",
       "C04 Dell XPS 16 9640",
       {cpu},
       boot_cpu_not_first},
      {"madt-x2apic-below-255",
       "ids below 255 stand in the structures of x2APICs",
       "C03 a server with x2APIC enabled by its firmware",
       {},
       wide_below_255},
      {"madt-xapic-ids-255",
       "the structures of xAPICs all have id 255, those of x2APICs the ids",
       "C03 machines of two reporters",
       {},
       ids_of_nobody},
      {"madt-nmi-missing", "no structure says where the NMI is", "", {}, nmi_missing},
      {"madt-nmi-wrong-pin", "the NMI is described for the other LINT pin", "", {}, nmi_wrong_pin},
      {"madt-apic-address",
       "the address of the local APICs is wrong",
       "",
       {number_parameter("address", "the wrong one (default 0)")},
       wrong_apic_address},
      {"madt-no-8259", "the flag for the two 8259s is clear", "", {}, no_8259},
  };
}

std::vector<FirmwareDefect> of_io_apics() {
  const DefectParameter io_apic =
      number_parameter("ioapic", "which I/O APIC, counted from 0 (default 0)");
  const DefectParameter other =
      number_parameter("ioapic", "which I/O APIC, counted from 0 (default 1)");
  const DefectParameter timer = number_parameter("source", "ISA interrupt (default 0)");
  return {
      {"madt-ioapic-missing", "an I/O APIC is not listed", "", {io_apic}, io_apic_missing},
      {"madt-no-ioapic", "no I/O APIC is listed", "", {}, no_io_apic},
      {"madt-ioapic-address-zero",
       "the address of an I/O APIC is 0",
       "",
       {io_apic},
       io_apic_at_zero},
      {"madt-ioapic-address-ones",
       "the address of an I/O APIC leads to where nothing answers",
       "",
       {io_apic, number_parameter("address", "of an empty page (default 0xfecff000)")},
       io_apic_at_nothing},
      {"madt-ioapic-wrong-id",
       "the id of an I/O APIC is not that of the chip and the DMAR",
       "B01 Apple MacBook Pro and Mac mini, the other way round",
       {io_apic, number_parameter("id", "the wrong one (default with bit 6 inverted)")},
       io_apic_wrong_id},
      {"madt-ioapic-duplicate-id",
       "an I/O APIC has the id of the first one",
       "",
       {other},
       same_io_apic_id},
      {"madt-ioapic-gsi-overlap",
       "the interrupts of an I/O APIC begin within those of another",
       "",
       {other, number_parameter("gsi_base", "its first one (default that of the first + 8)")},
       same_interrupts},
      {"madt-override-missing",
       "the override of an ISA interrupt is missing",
       "",
       {timer},
       override_missing},
      {"madt-override-wrong-pin",
       "an ISA interrupt is described for another pin than it is on",
       "C07 boards with nVidia and ATI chipsets (the timer)",
       {timer, number_parameter("gsi",
                                "the wrong one (default the right one with bit 0 "
                                "inverted)")},
       override_wrong_pin},
      {"madt-override-flags",
       "polarity and trigger mode of an ISA interrupt are wrong",
       "C09 Acer Aspire E5-575G (in its DSDT)",
       {number_parameter("source", "ISA interrupt (default 9)"),
        number_parameter("flags", "the wrong ones (default both inverted)")},
       override_flags},
  };
}

}  // namespace

std::vector<FirmwareDefect> of_madt() {
  std::vector<FirmwareDefect> all = of_processors();
  const std::vector<FirmwareDefect> more = of_io_apics();
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace apicsim::defect
