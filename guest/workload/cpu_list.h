#pragma once

#include "guest/lib/text.h"

/// A set of CPUs, written as numbers and ranges: 0-13,15.
class CpuList {
 public:
  void add(int cpu) { m_words[cpu / 64] |= 1ull << (cpu % 64); }
  bool has(int cpu) const { return (m_words[cpu / 64] >> (cpu % 64)) & 1; }
  int count() const;
  /// The first CPU from `cpu` on, or -1.
  int next(int cpu) const;

 private:
  u64 m_words[kMaxCpus / 64];
};

/// Reads a list of online CPUs; "all" means all of these. On failure `problem` says why.
bool parse_cpu_list(Text text, CpuList* list, const char** problem);
