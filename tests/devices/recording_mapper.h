#pragma once

#include <string>
#include <vector>

#include "models/fabric/address_map.h"
#include "tests/catch.h"

namespace apicsim {

/// An address map that remembers what is mapped, and refuses all when told to.
struct RecordingMapper : RegionMapper {
  std::vector<AddressRegion> regions;
  bool refuse = false;
  bool map(const AddressRegion& region) override {
    if (!refuse) regions.push_back(region);
    return !refuse;
  }
  void unmap(std::uint64_t base, const std::string& name) override {
    for (auto it = regions.begin(); it != regions.end(); ++it)
      if (it->base == base && it->name == name) {
        regions.erase(it);
        return;
      }
    FAIL("unmapped what was not mapped");
  }
};

}  // namespace apicsim
