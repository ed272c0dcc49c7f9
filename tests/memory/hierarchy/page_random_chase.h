#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "models/memory/hierarchy/memory_hierarchy.h"
#include "models/memory/hierarchy/translation_timing.h"

namespace apicsim::testing {

/// A chain of dependent loads by CPU 0, as latency benchmarks build it: every `stride` bytes of a
/// working set, pages in random order, lines within a page in random order, 4 KiB pages.
class PageRandomChase {
 public:
  PageRandomChase(const MemoryTimingConfig& config, std::uint64_t working_set, std::uint64_t stride)
      : m_machine(config), m_translation(config.parameters) {
    std::mt19937 random(1);
    const std::vector<std::uint64_t> pages = shuffled(working_set, page, random);
    for (const std::uint64_t start : pages)
      for (const std::uint64_t offset :
           shuffled(page < working_set ? page : working_set, stride, random))
        m_order.push_back(start + offset);
  }

  /// Cycles of one round, which follows `warm_up` others: the first one walks the page tables,
  /// whose lines the second one pushes out.
  Cycle round(unsigned warm_up = 2) {
    for (; warm_up != 0; --warm_up) pass();
    const Cycle start = m_now;
    pass();
    return m_now - start;
  }
  std::uint64_t loads() const { return m_order.size(); }

 private:
  static constexpr std::uint64_t page = 4096, tables = std::uint64_t{1} << 36;

  /// Multiples of `step` below `end`, in random order: Fisher and Yates, with a generator whose
  /// numbers are the same everywhere.
  static std::vector<std::uint64_t> shuffled(std::uint64_t end, std::uint64_t step,
                                             std::mt19937& random) {
    std::vector<std::uint64_t> out;
    for (std::uint64_t at = 0; at < end; at += step) out.push_back(at);
    for (std::size_t i = out.size(); i > 1; --i) std::swap(out[i - 1], out[random() % i]);
    return out;
  }

  void pass() {
    for (const std::uint64_t address : m_order) {
      translate(address);
      m_now += load(address);
    }
  }

  void translate(std::uint64_t linear) {
    Cycle latency = 0;
    const bool hit = m_translation.lookup(linear, LineUse::load, latency);
    m_now += latency;
    if (hit) return;
    const PageWalk walk{
        {tables + (linear >> 39) * 8, tables + page + (linear >> 30) * 8,
         tables + 2 * page + (linear >> 21) * 8, tables + 4 * page + (linear >> 12) * 8},
        4,
        12,
        false};
    for (unsigned level = m_translation.first_level(linear); level < 4; ++level)
      m_now += load(walk.entries[level]);
    m_translation.insert(linear, LineUse::load, walk);
  }

  Cycle load(std::uint64_t physical) {
    LineAccess out;
    if (!m_machine.private_access(0, physical, LineUse::load, m_now, out))
      out = m_machine.shared_access(0, physical, LineUse::load, m_now);
    return out.latency;
  }

  MemoryHierarchy m_machine;
  TranslationTiming m_translation;
  std::vector<std::uint64_t> m_order;
  Cycle m_now = 0;
};

}  // namespace apicsim::testing
