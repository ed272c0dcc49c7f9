#include "sim/firmware_check/derived_board.h"

#include <algorithm>
#include <set>

#include "models/firmware/firmware_error.h"
#include "sim/firmware_check/dmar_view.h"
#include "sim/firmware_check/layout_dmar.h"
#include "sim/firmware_check/layout_madt.h"
#include "sim/firmware_check/madt_view.h"

namespace apicsim {

namespace {

constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint64_t kPage = 0x1000;
constexpr std::uint64_t kFourGiB = std::uint64_t{1} << 32;
constexpr std::uint64_t kMostMemory = std::uint64_t{1} << 46;
constexpr std::uint64_t kMostAffinity = std::uint64_t{1} << 40;
constexpr std::uint64_t kStandardMemory = 1024 * kMiB;
constexpr std::uint64_t kLeastMemory = 64 * kMiB;
constexpr std::uint64_t kMostTables = 24 * kMiB;
/// What the modelled kernels can use (NR_CPUS).
constexpr std::size_t kMostCpus = 512;
constexpr std::uint64_t kLastBootId = 254;

/// Builds one board.
class BoardMaker {
 public:
  BoardMaker(const CheckInput& input, std::vector<std::string>& assumptions)
      : m_input(input), m_assumptions(assumptions) {}

  DerivedBoard run() {
    choose_cpus();
    choose_memory();
    // Where every PC has its local APICs and its boot ROM.
    m_taken.paint(0xFEE00000, 0xFEEFFFFF, "device");
    m_taken.paint(0xFFFF0000, kFourGiB - 1, "device");
    choose_io_apics();
    choose_hpet();
    choose_units();
    choose_configuration_space();
    return std::move(m_board);
  }

 private:
  template <typename... Args>
  void assume(const char* text, const Args&... args) {
    m_assumptions.push_back(fmt::format(fmt::runtime(text), args...));
  }

  void choose_cpus() {
    std::set<std::uint64_t> seen;
    for (const MadtCpu& cpu : madt_cpus(m_input))
      if (cpu.enabled && seen.insert(cpu.apic_id).second && cpu.apic_id < 0xFFFFFFFF)
        m_board.apic_ids.push_back(cpu.apic_id);
    auto& ids = m_board.apic_ids;
    const auto boot =
        std::find_if(ids.begin(), ids.end(), [](std::uint64_t id) { return id <= kLastBootId; });
    if (boot == ids.end()) {
      ids = {0, 1};
      assume("two processors with APIC ids 0 and 1: the MADT names none that could boot");
      return;
    }
    std::rotate(ids.begin(), boot, boot + 1);
    if (ids.size() <= kMostCpus) return;
    assume("{} of the {} processors: the modelled kernels have room for no more", kMostCpus,
           ids.size());
    ids.resize(kMostCpus);
  }

  /// The lowest address above 1 MiB at which the tables say that a device is.
  std::uint64_t lowest_device() const {
    std::uint64_t lowest = kFourGiB;
    const auto consider = [&](std::uint64_t address) {
      if (address >= kMiB + kLeastMemory) lowest = std::min(lowest, address);
    };
    for (const DmarItem& unit : dmar_items(m_input, dmar_drhd))
      consider(unit.number("register_base"));
    if (const DecodedTable* mcfg = m_input.tables.find("MCFG"))
      for (const DecodedStructure& row : mcfg->root.parts) consider(row.number("base"));
    return lowest;
  }

  void choose_memory() {
    AddressPlan plan;
    if (m_input.map.empty())
      plan_standard_memory(plan);
    else
      for (const FirmwareMemoryRange& range : m_input.map)
        plan.paint(range.base, std::min(range.last, kMostMemory - 1), range.type);
    m_board.table_size = table_room();
    reserve_tables(plan);
    m_board.map = plan.all();
    AddressPlan memory;
    for (const FirmwareMemoryRange& range : plan.ranges("ram acpi nvs"))
      memory.paint(range.base, range.last, "ram");
    // Start information and the areas that a PC's firmware has below 1 MiB.
    memory.paint(0, 0x9FFFF, "ram");
    memory.paint(0xC0000, 0xFFFFF, "ram");
    m_board.ram = memory.all();
    for (const FirmwareMemoryRange& range : m_board.ram)
      m_taken.paint(range.base, range.last, "ram");
  }

  void plan_standard_memory(AddressPlan& plan) {
    const std::uint64_t top = std::min(kStandardMemory, lowest_device() & ~(kMiB - 1));
    plan.paint(0, 0x9EFFF, "ram");
    plan.paint(0x9F000, 0x9FFFF, "reserved");
    plan.paint(0xF0000, 0xFFFFF, "reserved");
    plan.paint(kMiB, top - 1, "ram");
    assume("{} MiB of memory; reserved regions of the DMAR are reserved in the memory map ({})",
           top / kMiB, "--e820 FILE gives the machine's own map");
    paint_affinity_ranges(plan);
    for (const DmarItem& region : dmar_items(m_input, dmar_rmrr)) {
      const std::uint64_t base = region.number("base") & ~(kPage - 1);
      const std::uint64_t last = region.number("limit") | (kPage - 1);
      const bool sane = base >= 0x10000 && last > base && last < kMostMemory;
      if (sane) plan.paint(base, last, "reserved");
    }
    const DecodedTable* mcfg = m_input.tables.find("MCFG");
    if (mcfg == nullptr) return;
    for (const DecodedStructure& row : mcfg->root.parts) {
      const std::uint64_t base = row.number("base");
      if (base >= top && base < kMostMemory)
        plan.paint(base, base + ((row.number("end_bus") + 1) << 20) - 1, "reserved");
    }
  }

  /// Every proximity domain of the SRAT gets its memory above 4 GiB: kernels count on some there.
  void paint_affinity_ranges(AddressPlan& plan) {
    const DecodedTable* srat = m_input.tables.find("SRAT");
    if (srat == nullptr) return;
    for (const DecodedStructure& part : srat->root.parts) {
      const bool used = part.name == "MEMORY" && (part.number("flags") & 1) != 0;
      const std::uint64_t base = std::max(part.number("base"), kFourGiB);
      const std::uint64_t end = part.number("base") + part.number("size");
      if (!used || end < part.number("base") || base >= kMostAffinity) continue;
      if (end <= base) continue;
      plan.paint(base, std::min(end, kMostAffinity) - 1, "ram");
      assume("memory at {:#x}-{:#x}, of which the SRAT tells", base,
             std::min(end, kMostAffinity) - 1);
    }
  }

  std::uint64_t table_room() const {
    std::uint64_t bytes = 0;
    for (const DecodedTable& table : m_input.tables.tables) bytes += table.bytes.size() + kPage;
    if (bytes > kMostTables)
      throw FirmwareError(fmt::format("{}: {} MiB of tables; a machine is made of up to {}",
                                      m_input.tables.name, bytes / kMiB, kMostTables / kMiB));
    return (bytes + 2 * kMiB - 1) & ~(kMiB - 1);
  }

  /// At the end of the largest range of usable memory below 4 GiB.
  void reserve_tables(AddressPlan& plan) {
    FirmwareMemoryRange best;
    for (const FirmwareMemoryRange& range : plan.ranges("ram"))
      if (range.last < kFourGiB && range.last - range.base > best.last - best.base) best = range;
    const std::uint64_t size = best.last - best.base + 1;
    if (size < m_board.table_size + kLeastMemory / 2) {
      plan.paint(kMiB, kMiB + kLeastMemory - 1, "ram");
      best = {kMiB, kMiB + kLeastMemory - 1, ""};
      assume("usable memory at {:#x}-{:#x}: the map has too little below 4 GiB", best.base,
             best.last);
    }
    m_board.table_base = (best.last + 1 - m_board.table_size) & ~(kPage - 1);
    plan.paint(m_board.table_base, m_board.table_base + m_board.table_size - 1, "acpi");
  }

  /// Takes the range for a device if nothing else is there.
  bool claim(std::uint64_t base, std::uint64_t size) {
    if (base + size < base || !m_taken.is_free(base, base + size - 1)) return false;
    m_taken.paint(base, base + size - 1, "device");
    return true;
  }

  /// "00:1e.1" of the device scope that has this number; empty when there is none.
  std::string requester_of(std::uint64_t type, std::uint64_t id) const {
    for (const ScopeItem& scope : device_scopes(m_input)) {
      const auto path = path_of(*scope.scope);
      const bool fits = scope.number("type") == type && scope.number("enumeration_id") == id;
      if (!fits || path.size() != 1 || (path[0]->value & 0xFF) > 0x1F || path[0]->value >> 8 > 7)
        continue;
      return fmt::format("{:02x}:{:02x}.{:x}", scope.number("start_bus"), path[0]->value & 0xFF,
                         path[0]->value >> 8);
    }
    return "";
  }

  void choose_io_apics() {
    for (const MadtItem& item : madt_items(m_input, madt_io_apic)) add_io_apic(item);
    if (m_input.tables.find("APIC") == nullptr) add_scoped_io_apics();
    auto& list = m_board.io_apics;
    std::stable_sort(list.begin(), list.end(), [](const BoardIoApic& a, const BoardIoApic& b) {
      return a.gsi_base < b.gsi_base;
    });
    for (std::size_t i = 1; i < list.size(); ++i)
      list[i - 1].entries = std::min(list[i - 1].entries, list[i].gsi_base - list[i - 1].gsi_base);
    if (!list.empty() && list[0].gsi_base == 0) return;
    if (!list.empty()) list[0].entries = std::min<std::uint64_t>(list[0].entries, 24);
    BoardIoApic first;
    first.id = free_id();
    first.address = 0xFEC00000;
    while (!claim(first.address, kPage)) first.address += kPage;
    if (!list.empty()) first.entries = std::min<std::uint64_t>(24, list[0].gsi_base);
    list.insert(list.begin(), first);
    assume("an I/O APIC at {:#x} for the interrupts from 0 on, which the tables do not name",
           first.address);
  }

  std::uint64_t free_id() const {
    for (std::uint64_t id = 0; id < 16; ++id)
      if (std::none_of(m_board.io_apics.begin(), m_board.io_apics.end(),
                       [&](const BoardIoApic& other) { return other.id == id; }))
        return id;
    return 16;
  }

  void add_io_apic(const MadtItem& item) {
    BoardIoApic io_apic;
    io_apic.id = item.number("id");
    io_apic.address = item.number("address");
    io_apic.gsi_base = item.number("gsi_base");
    const std::uint64_t named = io_apic.id;
    const bool same =
        std::any_of(m_board.io_apics.begin(), m_board.io_apics.end(),
                    [&](const BoardIoApic& other) { return other.gsi_base == io_apic.gsi_base; });
    const bool possible = io_apic.address % 0x100 == 0 && io_apic.gsi_base <= 0xFFFF && !same;
    if (!possible || free_id() > 15 || !claim(io_apic.address, 0x100)) {
      assume("no I/O APIC {} at {:#x}: nothing can stand there", named, io_apic.address);
      return;
    }
    const bool twice = std::any_of(m_board.io_apics.begin(), m_board.io_apics.end(),
                                   [&](const BoardIoApic& other) { return other.id == named; });
    // The register has four bits; what software calls it is what the MADT says.
    if (named > 15 || twice) io_apic.id = free_id();
    io_apic.requester = requester_of(scope_io_apic, named);
    m_board.io_apics.push_back(io_apic);
  }

  /// Without a MADT the device scopes say at least how many there are.
  void add_scoped_io_apics() {
    for (const ScopeItem& scope : device_scopes(m_input)) {
      if (scope.number("type") != scope_io_apic || free_id() > 15) continue;
      BoardIoApic io_apic;
      io_apic.id = scope.number("enumeration_id");
      if (io_apic.id > 15) continue;
      io_apic.gsi_base = 24 * m_board.io_apics.size();
      io_apic.address = 0xFEC00000 + kPage * m_board.io_apics.size();
      io_apic.requester = requester_of(scope_io_apic, io_apic.id);
      const bool twice =
          std::any_of(m_board.io_apics.begin(), m_board.io_apics.end(),
                      [&](const BoardIoApic& other) { return other.id == io_apic.id; });
      if (!twice && claim(io_apic.address, kPage)) m_board.io_apics.push_back(io_apic);
    }
    assume("a MADT with {} processors and the I/O APICs that the DMAR names",
           m_board.apic_ids.size());
  }

  void choose_hpet() {
    const DecodedTable* hpet = m_input.tables.find("HPET");
    std::uint64_t number = 0;
    if (hpet != nullptr && hpet->root.number("block_address") != 0) {
      m_board.hpet_address = hpet->root.number("block_address");
      number = hpet->root.number("number");
    }
    m_board.hpet_requester = requester_of(scope_hpet, number);
    if (m_board.hpet_address % 0x400 == 0 && claim(m_board.hpet_address, 0x400)) return;
    assume("no HPET at {:#x}: nothing can stand there", m_board.hpet_address);
    m_board.hpet_address = 0;
  }

  void choose_units() {
    for (const DmarItem& unit : dmar_items(m_input, dmar_drhd)) {
      const std::uint64_t base = unit.number("register_base");
      if (base == 0) continue;
      const bool twice = std::any_of(m_board.units.begin(), m_board.units.end(),
                                     [&](const BoardUnit& other) { return other.address == base; });
      if (twice) continue;
      if (base % kPage == 0 && base < kMostMemory && claim(base, kPage))
        m_board.units.push_back({base, unit.number("segment"), (unit.number("flags") & 1) != 0});
      else
        assume("no remapping unit at {:#x}: nothing can stand there", base);
    }
  }

  void choose_configuration_space() {
    const DecodedTable* mcfg = m_input.tables.find("MCFG");
    if (mcfg == nullptr) return;
    for (const DecodedStructure& row : mcfg->root.parts) {
      const std::uint64_t base = row.number("base");
      const std::uint64_t buses = row.number("end_bus") + 1;
      if (row.number("segment") != 0 || row.number("start_bus") != 0 || base == 0) continue;
      if (base % kMiB != 0 || base >= kMostMemory || !claim(base, buses << 20)) {
        assume("no PCI configuration space at {:#x}: something else is there", base);
        continue;
      }
      m_board.ecam_base = base;
      m_board.ecam_last_bus = buses - 1;
      return;
    }
  }

  const CheckInput& m_input;
  std::vector<std::string>& m_assumptions;
  DerivedBoard m_board;
  AddressPlan m_taken;
};

}  // namespace

DerivedBoard derive_board(const CheckInput& input, std::vector<std::string>& assumptions) {
  return BoardMaker(input, assumptions).run();
}

}  // namespace apicsim
