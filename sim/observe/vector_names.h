#pragma once

#include <cstdint>
#include <string>

namespace apicsim {

/// What Linux 3.13 uses an interrupt vector for, by the name of its tracepoint without "_entry":
/// "local_timer", "reschedule", ...; "device" for the vectors that it gives to devices.
std::string vector_kind(std::uint8_t vector);

/// The tracepoint of a delivery: "irq_vectors:local_timer_entry", "irq:irq_handler_entry".
std::string vector_event_name(std::uint8_t vector);

}  // namespace apicsim
