// Driver of the bus agent 1234:11ed (docs/devices.md), which reads and writes where it is told,
// also as it should not.
#pragma once

#include "guest/include/types.h"

/// Finds the first function and says so.
void agent_init();
struct PciFunction;
/// nullptr without a function.
const PciFunction* agent_function();

struct AgentAccess {
  u64 address;
  u32 bytes;  ///< to 4096
  bool write;
  bool translate;   ///< asks the unit for the translation first (ATS)
  bool translated;  ///< claims that the address is a translated one
  bool request_page;
  s32 pasid;      ///< -1: none
  s32 requester;  ///< the source id that it uses; -1: its own
  u32 count, gap_ns, stride;
};

enum class AgentResult : u32 { none, done, refused, not_translated, page_refused };
/// Waits until all accesses are over. 0, -ENODEV, or -EIO when that takes longer than ten seconds.
long agent_run(const AgentAccess& access, AgentResult* result);
/// The first bytes that the agent has read, or will write.
u64 agent_data();
void agent_set_data(u64 value);
