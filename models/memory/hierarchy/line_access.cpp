#include "models/memory/hierarchy/line_access.h"

namespace apicsim {

const char* name_of(ServedBy level) {
  static constexpr const char* names[] = {"l1",
                                          "l2",
                                          "llc",
                                          "llc snooped",
                                          "other core",
                                          "upgrade",
                                          "cross upgrade",
                                          "other socket",
                                          "other socket modified",
                                          "memory",
                                          "remote memory"};
  static_assert(sizeof names / sizeof names[0] == static_cast<unsigned>(ServedBy::count),
                "one name per level");
  return level < ServedBy::count ? names[static_cast<unsigned>(level)] : "?";
}

}  // namespace apicsim
