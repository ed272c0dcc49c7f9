#pragma once

namespace apicsim {

/// What a request does with a page.
struct PageAccess {
  bool read = false;
  bool write = false;
  bool execute = false;
  bool privileged = false;
  /// A translation request or a zero-length read: one right is enough.
  bool any = false;
};

/// What the tables allow, all levels taken together.
struct PageRights {
  // Second level; both where there is none.
  bool read = true;
  bool write = true;
  // First level.
  bool user = true;
  bool first_write = true;
  bool no_execute = false;
  bool global = false;
};

}  // namespace apicsim
