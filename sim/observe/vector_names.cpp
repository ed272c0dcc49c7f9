#include "sim/observe/vector_names.h"

namespace apicsim {

namespace {

struct VectorName {
  std::uint8_t vector;
  const char* kind;
};

// Linux 3.13, arch/x86/include/asm/irq_vectors.h; names of arch/x86/include/asm/trace/irq_vectors.h
// where that has one.
const VectorName kSystemVectors[] = {
    {0xEF, "local_timer"},
    {0xF2, "posted_intr"},
    {0xF3, "hypervisor_callback"},
    {0xF5, "uv_bau_message"},
    {0xF6, "irq_work"},
    {0xF7, "x86_platform_ipi"},
    {0xF8, "reboot"},
    {0xF9, "threshold_apic"},
    {0xFA, "thermal_apic"},
    {0xFB, "call_function_single"},
    {0xFC, "call_function"},
    {0xFD, "reschedule"},
    {0xFE, "error_apic"},
    {0xFF, "spurious_apic"},
};

}  // namespace

std::string vector_kind(std::uint8_t vector) {
  for (const VectorName& name : kSystemVectors)
    if (name.vector == vector) return name.kind;
  return "device";
}

std::string vector_event_name(std::uint8_t vector) {
  const std::string kind = vector_kind(vector);
  return kind == "device" ? "irq:irq_handler_entry" : "irq_vectors:" + kind + "_entry";
}

}  // namespace apicsim
