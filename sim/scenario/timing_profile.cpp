#include "sim/scenario/timing_profile.h"

#include <algorithm>

#include "sim/scenario/based_document.h"
#include "sim/scenario/timing_reader.h"

namespace apicsim {

namespace {

/// The scoreboard's largest load-to-use latency.
constexpr Cycle kLongestL1 = 63;

void read_core(TomlTable& root, TimingReader& reader, TimingProfile& profile) {
  profile.timed = root.has("core") || root.has("instruction") || root.has("memory");
  if (!profile.timed) return;
  reader.read(root, core_declarations(), profile);
  reader.read_instructions(root.need_table("instruction"), profile);
  reader.read(root, memory_declarations(), profile);
  profile.core.l1_latency =
      static_cast<u32>(std::min<Cycle>(profile.memory.l1_latency, kLongestL1));
}

}  // namespace

Cycle TimingProfile::lookahead() const {
  return std::min({ipi_same_core, ipi_same_socket, ipi_cross_socket});
}

TimingProfile load_timing_profile(const std::filesystem::path& file, std::uint64_t reference_hz,
                                  const std::vector<TimingOverride>& overrides) {
  auto document = load_with_bases(file, "profile", BaseRule::inherit);
  auto root = document.root();
  TimingProfile profile;
  profile.name = file.stem().string();
  profile.title = root.need_text("title");
  for (const char* key : {"title", "base", "latency", "cstate", "core", "instruction", "memory"})
    root.allow(key);
  TimingReader reader(reference_hz, overrides);
  reader.read(root, latency_declarations(), profile);
  reader.read(root, cstate_declarations(), profile);
  read_core(root, reader, profile);
  document.finish();
  reader.finish(profile);
  return profile;
}

}  // namespace apicsim
