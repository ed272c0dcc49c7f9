#include "sim/firmware_check/dmar_view.h"

#include "sim/firmware_check/layout_dmar.h"

namespace apicsim {

std::vector<DmarItem> all_dmar_items(const CheckInput& input) {
  std::vector<DmarItem> items;
  const DecodedTable* dmar = input.tables.find("DMAR");
  if (dmar == nullptr) return items;
  for (const DecodedStructure& structure : dmar->root.parts) items.push_back({dmar, &structure});
  return items;
}

std::vector<DmarItem> dmar_items(const CheckInput& input, std::uint32_t type) {
  const StructureLayout* layout = dmar_layout.tail.structures.find(type);
  std::vector<DmarItem> items;
  for (const DmarItem& item : all_dmar_items(input))
    if (item.number("type") == type && layout != nullptr && item.structure->length >= layout->fixed)
      items.push_back(item);
  return items;
}

std::vector<ScopeItem> device_scopes(const DmarItem& owner) {
  std::vector<ScopeItem> scopes;
  for (const DecodedStructure& scope : owner.structure->parts) scopes.push_back({owner, &scope});
  return scopes;
}

std::vector<ScopeItem> device_scopes(const CheckInput& input) {
  std::vector<ScopeItem> scopes;
  for (const DmarItem& item : all_dmar_items(input))
    for (const ScopeItem& scope : device_scopes(item)) scopes.push_back(scope);
  return scopes;
}

std::vector<const DecodedField*> path_of(const DecodedStructure& scope) {
  std::vector<const DecodedField*> path;
  for (const DecodedField& field : scope.fields)
    if (field.form == FieldForm::path) path.push_back(&field);
  return path;
}

std::string device_name(const ScopeItem& scope) {
  std::string name;
  const std::uint64_t segment = scope.owner.number("segment");
  if (segment != 0) name = fmt::format("{:04x}:", segment);
  name += fmt::format("{:02x}", scope.number("start_bus"));
  const char* separator = ":";
  for (const DecodedField* step : path_of(*scope.scope)) {
    name += fmt::format("{}{:02x}.{:x}", separator, step->value & 0xFF, step->value >> 8);
    separator = "/";
  }
  return name;
}

}  // namespace apicsim
