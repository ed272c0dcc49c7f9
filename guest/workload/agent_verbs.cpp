// Verbs for the bus agent: accesses as a device makes them that is broken, or that shares a
// process's addresses.
#include "guest/drivers/agent.h"
#include "guest/include/errno.h"
#include "guest/iommu/page_requests.h"
#include "guest/kernel/printk.h"
#include "guest/workload/verbs.h"

namespace {

constexpr u64 kPattern = 0x0123456789abcdef;

const char* text_of_result(AgentResult result) {
  switch (result) {
    case AgentResult::done:
      return "done";
    case AgentResult::refused:
      return "refused";
    case AgentResult::not_translated:
      return "no translation";
    case AgentResult::page_refused:
      return "page request refused";
    case AgentResult::none:
      break;
  }
  return "nothing";
}

AgentAccess access_of(const Command& command) {
  AgentAccess access = {};
  access.address = command.number("address");
  access.bytes = static_cast<u32>(command.number("bytes"));
  access.write = command.number("direction") == 0;
  const u64 mode = command.number("mode");
  access.translate = mode == 1 || mode == 3;
  access.translated = mode == 2;
  access.request_page = mode == 3;
  access.pasid = command.value("pasid").given ? static_cast<s32>(command.number("pasid")) : -1;
  access.requester =
      command.value("requester").given ? static_cast<s32>(command.number("requester")) : -1;
  access.count = static_cast<u32>(command.number("count"));
  access.stride = 4096;
  return access;
}

}  // namespace

void do_agent_access(const Command& command, int cpu) {
  if (agent_function() == nullptr) return report_error(command, cpu, -ENODEV);
  const AgentAccess access = access_of(command);
  if (access.write) agent_set_data(kPattern);
  AgentResult result;
  const long error = agent_run(access, &result);
  if (error != 0) return report_error(command, cpu, error);
  pr_info("workload: agent: %s %#llx: %s", access.write ? "write to" : "read from",
          static_cast<unsigned long long>(access.address), text_of_result(result));
  if (!access.write) pr_cont(", data %#llx", static_cast<unsigned long long>(agent_data()));
  pr_cont("\n");
}

void do_agent_bind(const Command& command, int cpu) {
  if (agent_function() == nullptr) return report_error(command, cpu, -ENODEV);
  report_error(command, cpu,
               bind_pasid(*agent_function(), static_cast<u32>(command.number("pasid")),
                          command.number("address"), command.number("pages")));
}

void do_page_requests_show(const Command&) {
  const PageRequestCounts counts = page_request_counts();
  pr_info("workload: page requests: %llu served, %llu refused\n",
          static_cast<unsigned long long>(counts.served),
          static_cast<unsigned long long>(counts.refused));
}
