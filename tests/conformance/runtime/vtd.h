#pragma once

#include "cpu.h"

/// A VT-d remapping unit: Intel Virtualization Technology for Directed I/O, revision 3.0.

namespace vtd {

/// Offsets, §10.4.
namespace reg {
constexpr u32 version = 0x00, capability = 0x08, extended = 0x10, command = 0x18, status = 0x1C,
              root = 0x20, context_command = 0x28, fault_status = 0x34, fault_control = 0x38,
              fault_data = 0x3C, fault_address = 0x40, fault_upper = 0x44, fault_log = 0x58,
              protect_enable = 0x64, low_base = 0x68, low_limit = 0x6C, high_base = 0x70,
              high_limit = 0x78, queue_head = 0x80, queue_tail = 0x88, queue_address = 0x90,
              completion_status = 0x9C, completion_control = 0xA0, completion_data = 0xA4,
              completion_address = 0xA8, completion_upper = 0xAC, table_address = 0xB8;
}

/// Bits of GCMD and GSTS, §10.4.4 and §10.4.5.
namespace global {
constexpr u32 translation = 1u << 31, root = 1u << 30, fault_log = 1u << 29,
              fault_log_on = 1u << 28, write_buffer = 1u << 27, queue = 1u << 26,
              remapping = 1u << 25, table = 1u << 24, compatibility = 1u << 23;
/// Those that a command must repeat: the others act once.
constexpr u32 lasting = translation | fault_log_on | queue | remapping | compatibility;
}  // namespace global

/// Bits of FSTS, §10.4.9.
namespace fault {
constexpr u32 overflow = 1, pending = 2, queue_error = 0x10, completion_error = 0x20,
              time_out = 0x40;
}

/// Bit 31 of FECTL and IECTL masks the event, bit 30 says that one waits.
constexpr u32 masked = 1u << 31, held = 1u << 30;

/// Looks for the unit in the DMAR table; false without one.
bool find_unit();
u32 read32(u32 offset);
u64 read64(u32 offset);
void write32(u32 offset, u32 value);
void write64(u32 offset, u64 value);
/// A field of CAP or ECAP.
constexpr u64 field(u64 word, unsigned low, unsigned width) {
  return word >> low & ((u64{1} << width) - 1);
}
u64 capability(unsigned low, unsigned width = 1);
u64 extended(unsigned low, unsigned width = 1);

/// Writes `bit` of GCMD beside the lasting ones that are on, as §10.4.4 asks for, and waits until
/// GSTS has it so; false when it does not come.
bool command(u32 bit, bool on = true);
bool is_on(u32 status_bit);
/// Waits a while for the condition; the unit needs its time for everything.
template <class F>
bool soon(F condition);

/// Registers CCMD and IOTLB, §10.4.7 and §10.4.8.1: request and wait; the granularity that was
/// performed, 0 when the unit did not perform it.
constexpr u64 globally = 1, by_domain = 2, by_device = 3, by_page = 3;
u64 invalidate_context(u64 granularity, u32 domain = 0, u32 source = 0, u32 function_mask = 0);
u64 invalidate_iotlb(u64 granularity, u32 domain = 0, u64 page = 0, u32 address_mask = 0,
                     bool hint = false);
/// All of both caches, by the queue where it is on.
void invalidate_all();

/// A record of §10.4.14.
struct Record {
  u64 low, high;
  bool valid() const { return high >> 63; }
  u8 reason() const { return static_cast<u8>(high >> 32); }
  u16 source() const { return static_cast<u16>(high); }
  bool read() const { return high >> 62 & 1; }
  u64 page() const { return low & ~u64{0xFFF}; }
  u16 index() const { return static_cast<u16>(low >> 48); }
};
unsigned record_count();
Record record(unsigned index);
/// Clears F of a record (RW1CS).
void clear_record(unsigned index);
/// The record that FRI names, which is cleared, and all of the fault status after it: as a driver
/// takes it. Not valid() when none was there.
Record take_fault();
/// No record is valid, no fault status set.
void clear_faults();

/// Stores and flushes, for units that do not snoop (ECAP.C = 0, §6.8).
void store(volatile u64& entry, u64 value);
void flush(const volatile void* from, u64 size);

/// A page of zeros for a table, from a pool of 96; all come back with free_tables().
u64* new_table();
void free_tables();

inline u64 address(const volatile void* at) { return reinterpret_cast<u64>(at); }

/// Bits of second-level entries, §9.8.
constexpr u64 readable = 1, writable = 2, both = 3, large = 0x80;

/// Root and context table of bus 0, §9.1 and §9.3.
struct Roots {
  u64* root;
  u64* contexts;  ///< of bus 0
};
/// Makes empty ones, not present for any function.
Roots new_roots();
void set_context(const Roots& roots, u16 source, u64 low, u64 high);

/// Context entries, low: present, fault processing disable, translation type; high: address width.
constexpr u64 present = 1, no_faults = 2, untranslated_only = 0, with_device_tlb = 1 << 2,
              pass_through = 2 << 2;
/// AW of a table with that many levels.
constexpr u64 width(unsigned levels) { return levels - 2; }
constexpr u64 domain(u32 id) { return u64{id} << 8; }

/// Entry of `level` (1: 4 KiB) that translates `input`, tables on the way made where they are
/// missing, with all rights.
u64& entry(u64* top, unsigned levels, u64 input, unsigned level = 1);
void map(u64* top, unsigned levels, u64 input, u64 value, unsigned level = 1);

/// RTADDR and the root command, all caches invalidated.
bool set_root(const Roots& roots);
/// How many levels the unit takes (SAGAW); the smallest and the largest number.
bool takes_levels(unsigned levels);
unsigned some_levels();

template <class F>
bool soon(F condition) {
  const u64 start = read_tsc();
  while (!condition()) {
    if (read_tsc() - start > 400'000'000) return false;
    pause();
  }
  return true;
}

}  // namespace vtd
