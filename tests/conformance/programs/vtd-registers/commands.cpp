#include "runtime/vtd_queue.h"
#include "unit_registers.h"

// Transitions of GCMD and GSTS, §10.4.4 and §10.4.5.

using namespace vtd;

namespace {

constexpr const char* section = "VT-d §10.4.4";
Roots roots;
alignas(4096) u64 interrupt_table[512];

void check_root() {
  write64(reg::root, address(roots.root));
  check({"VR-40", section, "the root command sets its status"}, command(global::root));
  check({"VR-41", section, "which stays, and comes again with a second one"},
        command(global::root) && is_on(global::root));
  equal({"VR-42", section, "and no other"}, read32(reg::status), global::root);
}

void check_translation() {
  invalidate_all();
  check({"VR-43", section, "translation goes on"}, command(global::translation));
  write32(reg::command, global::translation);
  check({"VD-41", section, "what is on and written again stays on"},
        soon([] { return is_on(global::translation); }) && is_on(global::root));
  check({"VR-44", section, "translation goes off, the root status stays"},
        command(global::translation, false) && is_on(global::root));
  equal({"VR-45", "VT-d §10.4.4", "the command register reads 0 whatever is on"},
        read32(reg::command), 0);
}

void check_queue() {
  if (!extended(1)) return skip({"VQ-02", section, "the queue goes on"}, "no queue");
  check({"VQ-02", section, "the queue goes on, empty without an error"},
        start_queue() && !(read32(reg::fault_status) & fault::queue_error));
  check({"VR-46", "VT-d §6.5.2", "and off, when its last descriptor was a wait"}, stop_queue());
  equal({"VQ-15", "VT-d §10.4.21", "switched off its head is 0"}, read64(reg::queue_head), 0);
}

void check_interrupt_table() {
  const Rule rule{"VR-47", section, "the interrupt table command sets its status"};
  if (!extended(3)) return skip(rule, "no interrupt remapping");
  start_queue();
  write64(reg::table_address, address(interrupt_table) | 7);
  check(rule, command(global::table));
  check({"VR-48", section, "compatibility-format interrupts can be allowed"},
        command(global::compatibility));
  check({"VR-49", section, "and forbidden"}, command(global::compatibility, false));
  check({"VR-50", section, "interrupt remapping goes on"}, command(global::remapping));
  check({"VR-51", section, "and off, the table's status stays"},
        command(global::remapping, false) && is_on(global::table));
  stop_queue();
}

/// Queue, root, interrupt table, translation, remapping: as a driver begins.
void check_all_together() {
  const Rule rule{"VD-05", section, "all goes on in a driver's order without a fault"};
  if (!extended(3)) return skip(rule, "no interrupt remapping");
  const bool on = start_queue() && command(global::root) && command(global::table) &&
                  command(global::translation) && command(global::remapping);
  const u32 wanted =
      global::queue | global::root | global::table | global::translation | global::remapping;
  check(rule, on && (read32(reg::status) & wanted) == wanted && read32(reg::fault_status) == 0);
  const bool off =
      command(global::remapping, false) && command(global::translation, false) && stop_queue();
  check({"VR-52", section, "and off again"}, off && (read32(reg::status) & global::lasting) == 0);
}

void check_absent() {
  const Rule buffer{"VR-53", "VT-d §6.8", "without the capability nothing is to flush"};
  if (capability(4)) {
    check({"VR-53", "VT-d §6.8", "the write buffer is flushed"}, command(global::write_buffer));
  } else {
    write32(reg::command, global::write_buffer);
    check(buffer, !is_on(global::write_buffer));
  }
  const Rule log{"VR-54", section, "without the capability there is no fault log"};
  if (capability(3)) return skip(log, "there is one");
  write32(reg::command, global::fault_log);
  write32(reg::command, global::fault_log_on);
  check(log, !is_on(global::fault_log) && !is_on(global::fault_log_on));
}

/// Tables that were never handed over are not a table: units differ in whether they begin at all,
/// none may pass requests on as if nothing were there.
void check_wrong_order() {
  write32(reg::command, global::translation);
  delay(100'000);
  one_of({"VR-55", "VT-d §10.4.4", "translation without a root command is defined nowhere"},
         is_on(global::translation), {{0, "stays off"}, {1, "goes on"}});
  command(global::translation, false);
}

void check_registers_in_use() {
  const Rule rule{"VD-38", "VT-d §10.4.8.1", "an IOTLB request says what was performed"};
  const u64 done = invalidate_iotlb(globally);
  one_of(rule, done, {{1, "globally"}});
  const u64 domain = invalidate_iotlb(by_domain, 1);
  one_of({"VR-56", "VT-d §10.4.8.1", "by domain: so, or more"}, domain,
         {{1, "globally"}, {2, "by domain"}});
  const u64 context = invalidate_context(globally);
  one_of({"VR-57", "VT-d §10.4.7", "a context request says what was performed"}, context,
         {{1, "globally"}});
  one_of({"VD-37", "VT-d §10.4.7", "by domain: so, or more"}, invalidate_context(by_domain, 1),
         {{1, "globally"}, {2, "by domain"}});
  one_of({"VR-58", "VT-d §10.4.7", "by device: so, or more"}, invalidate_context(by_device, 1, 8),
         {{1, "globally"}, {2, "by domain"}, {3, "by device"}});
}

}  // namespace

void check_commands() {
  check_wrong_order();
  roots = new_roots();
  check_root();
  check_translation();
  check_registers_in_use();
  check_queue();
  check_interrupt_table();
  check_all_together();
  check_absent();
}
