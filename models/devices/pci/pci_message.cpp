#include "models/devices/pci/pci_message.h"

namespace apicsim {

tlm::tlm_response_status send_message(const PciMessage& message, DmaPort& port,
                                      const Timebase& timebase, Cycle at) {
  const sc_core::sc_time start = timebase.to_sc_time(at);
  const sc_core::sc_time present = sc_core::sc_time_stamp();
  sc_core::sc_time delay = start > present ? start - present : sc_core::SC_ZERO_TIME;
  return port.write(message.address, &message.data, sizeof message.data, delay);
}

}  // namespace apicsim
