#include "firmware.h"
#include "vtd.h"

namespace vtd {

namespace {

u64 base;

/// §8.3: the first remapping hardware unit of the table.
u64 first_unit(u64 table) {
  const auto word = [](u64 at) { return *reinterpret_cast<const u16*>(at); };
  const u64 end = table + *reinterpret_cast<const u32*>(table + 4);
  for (u64 at = table + 48; at + 16 <= end && word(at + 2) >= 4; at += word(at + 2))
    if (word(at) == 0) return *reinterpret_cast<const u64*>(at + 8);
  return 0;
}

u32 iotlb_register() { return static_cast<u32>(extended(8, 10)) * 16; }
u32 record_register(unsigned index) {
  return static_cast<u32>(capability(24, 10)) * 16 + 16 * index;
}

}  // namespace

bool find_unit() {
  const TableAccess access;
  const u64 table = find_table("DMAR");
  if (table != 0) base = first_unit(table);
  return base != 0;
}

u32 read32(u32 offset) { return *reinterpret_cast<volatile u32*>(base + offset); }
u64 read64(u32 offset) { return *reinterpret_cast<volatile u64*>(base + offset); }
void write32(u32 offset, u32 value) { *reinterpret_cast<volatile u32*>(base + offset) = value; }
void write64(u32 offset, u64 value) { *reinterpret_cast<volatile u64*>(base + offset) = value; }

u64 capability(unsigned low, unsigned width) { return field(read64(reg::capability), low, width); }
u64 extended(unsigned low, unsigned width) { return field(read64(reg::extended), low, width); }

bool is_on(u32 status_bit) { return read32(reg::status) & status_bit; }

bool command(u32 bit, bool on) {
  const u32 kept = read32(reg::status) & global::lasting;
  write32(reg::command, on ? kept | bit : kept & ~bit);
  return soon([=] { return is_on(bit) == (on && bit != global::write_buffer); });
}

u64 invalidate_context(u64 granularity, u32 domain, u32 source, u32 function_mask) {
  write64(reg::context_command,
          u64{1} << 63 | granularity << 61 | u64{function_mask} << 32 | u64{source} << 16 | domain);
  if (!soon([] { return read64(reg::context_command) >> 63 == 0; })) return 0;
  return field(read64(reg::context_command), 59, 2);
}

u64 invalidate_iotlb(u64 granularity, u32 domain, u64 page, u32 address_mask, bool hint) {
  const u32 at = iotlb_register();
  write64(at, page | u64{hint} << 6 | address_mask);
  const u64 drain = capability(54, 2) << 48;
  write64(at + 8, u64{1} << 63 | granularity << 60 | drain | u64{domain} << 32);
  if (!soon([=] { return read64(at + 8) >> 63 == 0; })) return 0;
  return field(read64(at + 8), 57, 2);
}

unsigned record_count() { return static_cast<unsigned>(capability(40, 8)) + 1; }

Record record(unsigned index) {
  const u32 at = record_register(index);
  return {read64(at), read64(at + 8)};
}

void clear_record(unsigned index) { write32(record_register(index) + 12, 1u << 31); }

Record take_fault() {
  const u32 status = read32(reg::fault_status);
  if (!(status & fault::pending)) return {};
  const unsigned index = status >> 8 & 0xFF;
  const Record taken = record(index);
  clear_faults();
  return taken;
}

void clear_faults() {
  for (unsigned n = 0; n < record_count(); ++n)
    if (record(n).valid()) clear_record(n);
  write32(reg::fault_status,
          fault::overflow | fault::queue_error | fault::completion_error | fault::time_out | 0x80);
}

}  // namespace vtd
