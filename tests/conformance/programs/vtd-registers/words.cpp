#include "unit_registers.h"

// What each register keeps. Address bits above the host's width are reserved and not asked for.

using namespace vtd;

namespace {

constexpr u64 addresses = 0x0000007FFFFFF000;  ///< 39 bits, in every host's width

struct Word {
  Rule rule;
  u32 offset;
  u64 kept;      ///< bits that must keep 1 and 0
  u64 constant;  ///< bits that must stay 0
};

void check_word(const Word& w, bool wide) {
  const auto read = [&] { return wide ? read64(w.offset) : read32(w.offset); };
  const auto write = [&](u64 value) {
    wide ? write64(w.offset, value) : write32(w.offset, static_cast<u32>(value));
  };
  const u64 before = read();
  write(w.kept | w.constant);
  const u64 ones = read();
  write(0);
  const u64 zeros = read();
  write(before);
  const u64 asked = w.kept | w.constant;
  (zeros & asked) != 0 ? equal(w.rule, zeros & asked, 0) : equal(w.rule, ones & asked, w.kept);
}

/// 64-bit registers as two doublewords, in both orders.
void check_halves() {
  write32(reg::root, 0x12345000);
  write32(reg::root + 4, 0x67);
  const u64 upwards = read64(reg::root);
  write32(reg::root + 4, 0x23);
  write32(reg::root, 0x45678000);
  const u64 downwards = read64(reg::root);
  check({"VD-42", "VT-d §10.2", "64-bit registers can be written by halves, in any order"},
        upwards == 0x6712345000 && downwards == 0x2345678000);
  check({"VR-20", "VT-d §10.2", "and be read by halves"},
        read32(reg::root) == 0x45678000 && read32(reg::root + 4) == 0x23);
  write64(reg::root, 0);
}

void check_read_only() {
  write32(reg::status, 0xFFFFFFFF);
  equal({"VR-21", "VT-d §10.4.5", "the global status is read-only"}, read32(reg::status), 0);
  write64(reg::queue_head, 0x7FFF0);
  equal({"VR-22", "VT-d §10.4.21", "the queue's head is read-only"}, read64(reg::queue_head), 0);
  write32(reg::fault_status, 0xFF00);
  equal({"VR-23", "VT-d §10.4.9", "the fault record index is read-only"}, read32(reg::fault_status),
        0);
  write32(reg::completion_status, 1);
  equal({"VR-24", "VT-d §10.4.24", "the completion status cannot be set by software"},
        read32(reg::completion_status), 0);
}

void check_events() {
  check_word({{"VR-25", "VT-d §10.4.11", "fault event data keeps 16 bits at least"},
              reg::fault_data,
              0xFFFF,
              0},
             false);
  check_word({{"VR-26", "VT-d §10.4.12", "fault event address keeps bits 31:2"},
              reg::fault_address,
              0xFFFFFFFC,
              3},
             false);
  check_word({{"VR-27", "VT-d §10.4.26", "completion event data keeps 16 bits at least"},
              reg::completion_data,
              0xFFFF,
              0},
             false);
  check_word({{"VR-28", "VT-d §10.4.27", "completion event address keeps bits 31:2"},
              reg::completion_address,
              0xFFFFFFFC,
              3},
             false);
  write32(reg::fault_control, 0);
  const u32 open = read32(reg::fault_control);
  write32(reg::fault_control, 0xFFFFFFFF);
  const u32 closed = read32(reg::fault_control);
  write32(reg::fault_control, masked);
  check({"VR-29", "VT-d §10.4.10", "of the fault event's control only the mask is writable"},
        open == 0 && closed == masked);
  write32(reg::completion_control, 0);
  const u32 ready = read32(reg::completion_control);
  write32(reg::completion_control, 0xFFFFFFFF);
  const u32 shut = read32(reg::completion_control);
  write32(reg::completion_control, masked);
  check({"VR-30", "VT-d §10.4.25", "of the completion event's control, too"},
        ready == 0 && shut == masked);
}

void check_protected_memory() {
  const Rule low{"VR-31", "VT-d §10.4.17", "the low protected range keeps its address bits"};
  const Rule high{"VR-32", "VT-d §10.4.19", "the high protected range, too"};
  capability(5) ? check_word({low, reg::low_base, 0xFFE00000, 0}, false)
                : skip(low, "no protected low memory");
  capability(6) ? check_word({high, reg::high_base, 0x7FFFE00000, 0}, true)
                : skip(high, "no protected high memory");
}

}  // namespace

void check_words() {
  check_word({{"VR-33", "VT-d §10.4.6", "the root table address is of 4 KiB"},
              reg::root,
              addresses,
              0x3FF},
             true);
  check_word({{"VR-34", "VT-d §10.4.23", "the queue's address keeps its size"},
              reg::queue_address,
              addresses | 7,
              0x7F8},
             true);
  check_word({{"VR-35", "VT-d §10.4.22", "the queue's tail is of 16 bytes"},
              reg::queue_tail,
              0x7FFF0,
              0xFFFFFFFFFFF8000F},
             true);
  const u64 extended_mode = extended(4) ? 0x800 : 0;
  check_word({{"VR-36", "VT-d §10.4.29", "the interrupt table's address keeps its size and mode"},
              reg::table_address,
              addresses | 0xF | extended_mode,
              0x7F0},
             true);
  check_halves();
  check_read_only();
  check_events();
  check_protected_memory();
}
