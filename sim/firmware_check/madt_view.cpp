#include "sim/firmware_check/madt_view.h"

#include "sim/firmware_check/layout_madt.h"

namespace apicsim {

std::vector<MadtItem> all_madt_items(const CheckInput& input) {
  std::vector<MadtItem> items;
  const DecodedTable* madt = input.tables.find("APIC");
  if (madt == nullptr) return items;
  for (const DecodedStructure& structure : madt->root.parts) items.push_back({madt, &structure});
  return items;
}

std::vector<MadtItem> madt_items(const CheckInput& input, std::uint32_t type) {
  const StructureLayout* layout = madt_layout.tail.structures.find(type);
  std::vector<MadtItem> items;
  for (const MadtItem& item : all_madt_items(input))
    if (item.number("type") == type && layout != nullptr && item.structure->length >= layout->fixed)
      items.push_back(item);
  return items;
}

std::vector<MadtCpu> madt_cpus(const CheckInput& input) {
  std::vector<MadtCpu> cpus;
  for (const MadtItem& item : all_madt_items(input)) {
    const std::uint64_t type = item.number("type");
    const bool x2apic = type == madt_x2apic;
    if ((type != madt_local_apic && !x2apic) || item.structure->find("flags") == nullptr) continue;
    MadtCpu cpu{item};
    cpu.apic_id = item.number("apic_id");
    cpu.uid = item.number("uid");
    cpu.enabled = (item.number("flags") & 1) != 0;
    cpu.x2apic = x2apic;
    cpus.push_back(cpu);
  }
  return cpus;
}

}  // namespace apicsim
