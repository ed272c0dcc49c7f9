#pragma once

#include <cstdint>

namespace apicsim {

/// What can be observed. Where the kernel has a tracepoint for the same thing, the event carries
/// its name (interrupt entries: vector_names.h).
enum class EventId : std::uint8_t {
  interrupt,  ///< delivered through the IDT; printed under the kernel's name of the vector
  exception,
  idle_enter,
  idle_exit,
  probe,    ///< a static probe of the guest; printed under "provider:name"
  ipi,      ///< a message of a CPU reaches a local APIC
  accept,   ///< a message of a device reaches a local APIC
  dropped,  ///< a message that names no local APIC
  msi,
  dma_read,
  dma_write,
  run_end,
  console_line,     ///< a line of the guest's serial console is complete
  sample,           ///< the guest's own measurement: TSC cycles of `count` operations of `row`
  probes_folded,    ///< many hits of one probe on one CPU; printed under the probe's name
  cpu_state,        ///< at the end: what the CPU's registers hold
  memory_state,     ///< at the end: what a piece of memory holds
  remapping_fault,  ///< a remapping unit refuses a request or an interrupt
};
inline constexpr unsigned event_count = 18;

/// How a value is written. `cycle`: a point in time; `text`: a string instead of a number.
enum class FieldFormat : std::uint8_t { decimal, hexadecimal, requester, cycle, text, none };

/// One value of an event; `unit` is empty for codes and addresses. `timing`: the value follows from
/// when something happened, so it may change when nothing but cycles does.
struct EventField {
  const char* name = nullptr;
  const char* unit = "";
  FieldFormat format = FieldFormat::none;
  bool timing = false;
};

/// Most fields of an event.
inline constexpr unsigned event_fields = 4;
/// Arguments of a probe that an event carries; further ones are left out.
inline constexpr unsigned probe_arguments_shown = 4;

struct EventType {
  const char* name = "";
  EventField fields[event_fields];
};

/// The one declaration of an event.
const EventType& event_type(EventId id);

}  // namespace apicsim
