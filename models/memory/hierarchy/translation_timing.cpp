#include "models/memory/hierarchy/translation_timing.h"

namespace apicsim {
namespace {

constexpr unsigned small_shift = 12, large_shift = 21, huge_shift = 30, pml4e_shift = 39;
constexpr unsigned local = 1, global = 2;  // states of an entry

const MemoryParameters& checked(const MemoryParameters& parameters) {
  check(parameters);
  return parameters;
}

void enter(TagArray& array, std::uint64_t key, unsigned state) {
  if (array.touch(key) == 0)
    array.insert(key, state);
  else
    array.set_state(key, state);
}

}  // namespace

TranslationTiming::TranslationTiming(const MemoryParameters& p)
    : m_data{TagArray(checked(p).dtlb_4k_sets, p.dtlb_4k_ways),
             TagArray(p.dtlb_2m_sets, p.dtlb_2m_ways), TagArray(p.dtlb_1g_sets, p.dtlb_1g_ways)},
      m_code_small(p.itlb_4k_sets, p.itlb_4k_ways),
      m_code_large(p.itlb_2m_sets, p.itlb_2m_ways),
      m_second(p.stlb_sets, p.stlb_ways),
      m_pml4e(1, p.pml4e_cache_entries),
      m_pdpte(1, p.pdpte_cache_entries),
      m_pde(p.pde_cache_sets, p.pde_cache_ways),
      m_second_latency(p.stlb_latency),
      m_walk_start(p.walk_start) {}

bool TranslationTiming::first_level_hit(std::uint64_t linear, LineUse use) {
  if (use == LineUse::fetch)
    return m_code_small.touch(linear >> small_shift) != 0 ||
           m_code_large.touch(linear >> large_shift) != 0;
  return m_data.small.touch(linear >> small_shift) != 0 ||
         m_data.large.touch(linear >> large_shift) != 0 ||
         m_data.huge.touch(linear >> huge_shift) != 0;
}

bool TranslationTiming::lookup(std::uint64_t linear, LineUse use, Cycle& latency) {
  latency = 0;
  if (first_level_hit(linear, use)) return true;
  const unsigned state = m_second.touch(linear >> small_shift);
  if (state == 0) {
    latency = m_walk_start;
    return false;
  }
  latency = m_second_latency;
  array_for(use, small_shift).insert(linear >> small_shift, state);
  return true;
}

unsigned TranslationTiming::first_level(std::uint64_t linear) const {
  if (m_pde.peek(linear >> large_shift) != 0) return 3;
  if (m_pdpte.peek(linear >> huge_shift) != 0) return 2;
  return m_pml4e.peek(linear >> pml4e_shift) != 0 ? 1 : 0;
}

TagArray& TranslationTiming::array_for(LineUse use, unsigned page_shift) {
  if (use == LineUse::fetch) return page_shift == small_shift ? m_code_small : m_code_large;
  if (page_shift == small_shift) return m_data.small;
  return page_shift == large_shift ? m_data.large : m_data.huge;
}

void TranslationTiming::insert(std::uint64_t linear, LineUse use, const PageWalk& walk) {
  if (walk.first == 0 && walk.levels > 1) enter(m_pml4e, linear >> pml4e_shift, local);
  if (walk.first == 0 && walk.levels > 2) enter(m_pdpte, linear >> huge_shift, local);
  if (walk.levels > 3) enter(m_pde, linear >> large_shift, local);
  const unsigned state = walk.global ? global : local;
  const bool huge_data = use != LineUse::fetch && walk.page_shift == huge_shift;
  const unsigned shift =
      walk.page_shift == small_shift || huge_data ? walk.page_shift : large_shift;
  enter(array_for(use, shift), linear >> shift, state);
  if (walk.page_shift == small_shift) enter(m_second, linear >> small_shift, state);
}

void TranslationTiming::flush(bool keep_global) {
  const auto unwanted = [&](TagArray::Entry entry) {
    return !keep_global || TagArray::state_of(entry) != global;
  };
  for (TagArray* const array :
       {&m_data.small, &m_data.large, &m_data.huge, &m_code_small, &m_code_large, &m_second})
    array->remove_if(unwanted);
  for (TagArray* const array : {&m_pml4e, &m_pdpte, &m_pde}) array->clear();
}

void TranslationTiming::flush_page(std::uint64_t linear) {
  for (TagArray* const array : {&m_data.small, &m_code_small, &m_second})
    array->remove(linear >> small_shift);
  for (TagArray* const array : {&m_data.large, &m_code_large}) array->remove(linear >> large_shift);
  m_data.huge.remove(linear >> huge_shift);
  for (TagArray* const array : {&m_pml4e, &m_pdpte, &m_pde}) array->clear();
}

}  // namespace apicsim
