#include "models/firmware/defects.h"

#include <iterator>

#include "models/firmware/defect_tools.h"

namespace apicsim {

std::vector<FirmwareDefect> firmware_defects() {
  std::vector<FirmwareDefect> all;
  for (auto list : {defect::of_any_table(), defect::of_structures(), defect::of_remapping_units(),
                    defect::of_device_scopes(), defect::of_reserved_regions(), defect::of_madt(),
                    defect::of_fixed_tables()})
    all.insert(all.end(), list.begin(), list.end());
  return all;
}

void apply_defect(const FirmwareDefect& defect, const DefectArguments& arguments,
                  DefectTarget& target) {
  defect.apply(arguments, target);
}

}  // namespace apicsim
