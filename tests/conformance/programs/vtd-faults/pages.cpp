#include "faults.h"

// §7.2.1: reasons 4 to 7 and Ch of second-level tables.

using namespace vtd;

namespace {

constexpr const char* section = "VT-d §9.8";

/// A good path to `input`, in which one entry is changed and put back.
class Path {
 public:
  explicit Path(DmaBench& bench) : m_bench(bench), m_levels(some_levels()) {
    while (m_levels < 4 && takes_levels(m_levels + 1)) ++m_levels;
    const Roots roots = begin_translation();
    m_top = new_domain(roots, bench.source(), m_levels);
    map(m_top, m_levels, input, target | both);
    invalidate_all();
  }
  ~Path() { end_translation(); }
  Path(const Path&) = delete;
  Path& operator=(const Path&) = delete;

  unsigned levels() const { return m_levels; }
  u64 good(unsigned level) const { return entry(m_top, m_levels, input, level); }
  /// Requests with `value` in the entry of `level`.
  void write(const Rule& rule, unsigned level, u64 value, u8 reason) {
    put(level, value);
    check_write(rule, m_bench, input + 0x40, reason);
    put(level, m_kept);
  }
  void read(const Rule& rule, unsigned level, u64 value, u8 reason) {
    put(level, value);
    check_read(rule, m_bench, input + 0x48, reason);
    put(level, m_kept);
  }

 private:
  void put(unsigned level, u64 value) {
    u64& at = entry(m_top, m_levels, input, level);
    m_kept = at;
    store(at, value);
    invalidate_all();
  }
  DmaBench& m_bench;
  unsigned m_levels;
  u64* m_top;
  u64 m_kept = 0;
};

struct LevelRules {
  unsigned level;
  Rule no_write, no_read, absent, no_table, bit11;
};

constexpr LevelRules level_rules[] = {
    {1,
     {"VF-130", section, "reason 5: a page for reading, written"},
     {"VF-131", section, "reason 6: a page for writing, read"},
     {"VF-132", section, "reason 5: a page that is not there, written"},
     {"", "", ""},
     {"VF-134", section, "reason Ch: bit 11 of a page's entry without snoop control"}},
    {2,
     {"VF-135", section, "reason 5: level 2 forbids it"},
     {"VF-136", section, "reason 6: level 2 forbids it"},
     {"VF-137", section, "reason 5: level 2 is not there"},
     {"VF-138", section, "reason 7: no memory at the address of the level 1 table"},
     {"VF-139", section, "reason Ch: bit 11 at level 2"}},
    {3,
     {"VF-140", section, "reason 5: level 3 forbids it"},
     {"VF-141", section, "reason 6: level 3 forbids it"},
     {"VF-142", section, "reason 5: level 3 is not there"},
     {"VF-143", section, "reason 7: no memory at the address of the level 2 table"},
     {"VF-144", section, "reason Ch: bit 11 at level 3"}},
    {4,
     {"VF-145", section, "reason 5: level 4 forbids it"},
     {"VF-146", section, "reason 6: level 4 forbids it"},
     {"VF-147", section, "reason 5: level 4 is not there"},
     {"VF-148", section, "reason 7: no memory at the address of the level 3 table"},
     {"VF-149", section, "reason Ch: bit 11 at level 4"}},
};

void check_level(const LevelRules& rules, Path& path) {
  const unsigned level = rules.level;
  const u64 good = path.good(level);
  path.write(rules.no_write, level, good & ~writable, 0x5);
  path.read(rules.no_read, level, good & ~readable, 0x6);
  path.write(rules.absent, level, 0, 0x5);
  if (level > 1) path.write(rules.no_table, level, no_memory | both, 0x7);
  if (level > 1 || !extended(7)) path.read(rules.bit11, level, good | 0x800, 0xC);
}

void check_large_pages(Path& path) {
  const Rule large2{"VF-150", section, "reason Ch: bit 12 of the address of a 2 MiB page"};
  const Rule large3{"VF-151", section, "reason Ch: bit 29 of the address of a 1 GiB page"};
  const Rule none2{"VF-152", section, "reason Ch: a 2 MiB page without the capability"};
  const Rule none3{"VF-153", section, "reason Ch: a 1 GiB page without the capability"};
  if (capability(34)) {
    path.write(large2, 2, (target + 0x1000) | large | both, 0xC);
    skip(none2, "there are 2 MiB pages");
  } else {
    skip(large2, "no 2 MiB pages");
    path.write(none2, 2, target | large | both, 0xC);
  }
  if (capability(35)) {
    path.write(large3, 3, 0x20000000 | large | both, 0xC);
    skip(none3, "there are 1 GiB pages");
  } else {
    skip(large3, "no 1 GiB pages");
    path.write(none3, 3, large | both, 0xC);
  }
  const Rule top{"VF-154", section, "reason Ch: a page of 512 GiB"};
  path.levels() < 4 ? skip(top, "three levels") : path.write(top, 4, path.good(4) | large, 0xC);
}

/// The host's width ends below bit 51 on all machines of today.
void check_host_width(Path& path) {
  path.write({"VF-155", section, "reason Ch: an address above the host's width"}, 1,
             path.good(1) | u64{1} << 51, 0xC);
  path.write({"VF-156", section, "reason Ch: of a table, too"}, 2, path.good(2) | u64{1} << 51,
             0xC);
}

void check_far_input(DmaBench& bench) {
  const Rule beyond{"VD-24", "VT-d §3.6", "reason 4: an address above the domain's width"};
  const Roots roots = begin_translation();
  const unsigned levels = some_levels();
  u64* const top = new_domain(roots, bench.source(), levels);
  map(top, levels, 0, target | both);
  invalidate_all();
  check_write(beyond, bench, u64{1} << (9 * levels + 12), 0x4);
  const unsigned guest = static_cast<unsigned>(capability(16, 6)) + 1;
  check_read({"VF-157", "VT-d §3.6", "reason 4: an address above the unit's width"}, bench,
             u64{1} << guest, 0x4);
  check_write({"VF-158", "VT-d §3.6", "reason 4: the highest address of all"}, bench, ~u64{0xFFF},
              0x4);
  end_translation();
}

}  // namespace

void check_page_faults(Bench& bench) {
  {
    Path path(bench.first);
    for (const LevelRules& rules : level_rules)
      if (rules.level <= path.levels()) check_level(rules, path);
    check_large_pages(path);
    check_host_width(path);
    path.read({"VF-159", section, "reason 6: a page that is not there, read"}, 1, 0, 0x6);
  }
  check_far_input(bench.first);
}
