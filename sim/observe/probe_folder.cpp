#include "sim/observe/probe_folder.h"

namespace apicsim {

bool ProbeFolder::is_frequent(const std::string& probe) {
  const std::string ending = "_fastpath";
  if (probe.size() > ending.size() &&
      probe.compare(probe.size() - ending.size(), ending.size(), ending) == 0)
    return true;
  for (const char* const prefix : {"kmem:kmalloc", "kmem:kfree", "kmem:kmem_cache_"})
    if (probe.rfind(prefix, 0) == 0) return true;
  return false;
}

void ProbeFolder::event(const Event& event) {
  m_latest = event.cycle;
  if (event.id != EventId::probe || event.name == nullptr || !folds(event.name)) {
    // What a run ends with is compared only when everything before it is there.
    if (event.id == EventId::run_end) pass_all(event.cycle);
    m_next.event(event);
    return;
  }
  const auto place = m_folds.try_emplace({event.name, event.cpu}).first;
  Fold& fold = place->second;
  for (unsigned i = 0; i < event.count; ++i) fold.values.add(event.values[i]);
  fold.times.add(event.cycle);
  if (++fold.hits == fold_count) pass(place->first, fold, event.cycle);
}

void ProbeFolder::finish() {
  pass_all(m_latest);
  m_next.finish();
}

bool ProbeFolder::folds(const char* name) {
  const auto found = m_known.find(name);
  if (found != m_known.end()) return found->second;
  return m_known[name] = is_frequent(name);
}

void ProbeFolder::pass(const Key& key, Fold& fold, Cycle at) {
  Event event;
  event.id = EventId::probes_folded;
  event.name = key.first.c_str();
  event.cpu = key.second;
  event.cycle = at;
  event.values = {fold.hits, fold.values.value(), fold.times.value()};
  event.count = 3;
  m_next.event(event);
  fold = Fold();
}

void ProbeFolder::pass_all(Cycle at) {
  for (auto& [key, fold] : m_folds)
    if (fold.hits != 0) pass(key, fold, at);
}

}  // namespace apicsim
