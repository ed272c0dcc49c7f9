#pragma once

#include "guest/arch/cpumask.h"
#include "guest/lib/text.h"

/// A set of CPUs, written as numbers and ranges: 0-13,15.
class CpuList {
 public:
  void add(int cpu) { m_mask.add(cpu); }
  bool has(int cpu) const { return m_mask.has(cpu); }
  int count() const;
  /// The first CPU from `cpu` on, or -1.
  int next(int cpu) const { return m_mask.next(cpu); }
  const CpuMask& mask() const { return m_mask; }

 private:
  CpuMask m_mask;
};

/// Reads a list of online CPUs; "all" means all of these. On failure `problem` says why.
bool parse_cpu_list(Text text, CpuList* list, const char** problem);
