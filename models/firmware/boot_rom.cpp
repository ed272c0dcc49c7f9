#include "models/firmware/boot_rom.h"

#include <algorithm>

#include "models/firmware/byte_writer.h"

namespace apicsim {

namespace {

constexpr std::size_t kSize = 0x100;
constexpr std::size_t kResetVector = 0xF0;

constexpr std::uint8_t kCode[] = {
    0xFA,                          // 00 cli
    0xB0, 0x8F, 0xE6, 0x70,        // 01 mov $0x8F, %al; out %al, $0x70
    0xE4, 0x71,                    // 05 in $0x71, %al
    0x88, 0xC4,                    // 07 mov %al, %ah
    0xB0, 0x8F, 0xE6, 0x70,        // 09 mov $0x8F, %al; out %al, $0x70
    0x30, 0xC0, 0xE6, 0x71,        // 0D xor %al, %al; out %al, $0x71
    0x31, 0xDB, 0x8E, 0xDB,        // 11 xor %bx, %bx; mov %bx, %ds
    0x80, 0xFC, 0x0A, 0x74, 0x0B,  // 15 cmp $0x0A, %ah; je 25
    0x80, 0xFC, 0x05, 0x75, 0x0A,  // 1A cmp $5, %ah; jne 29
    0xB0, 0x20, 0xE6, 0xA0,        // 1F mov $0x20, %al; out %al, $0xA0
    0xE6, 0x20,                    // 23 out %al, $0x20
    0xFF, 0x2E, 0x67, 0x04,        // 25 ljmp *0x467
    0xBA, 0xF9, 0x0C,              // 29 mov $0xCF9, %dx
    0xB0, 0x02, 0xEE,              // 2C mov $2, %al; out %al, %dx
    0xB0, 0x06, 0xEE,              // 2F mov $6, %al; out %al, %dx
    0xF4, 0xEB, 0xFD,              // 32 hlt; jmp to it
};

// Behind it the interrupt handlers; the dummy return lies at F000:FF53 as in every PC.
constexpr std::size_t kHandlersAt = 0x53;
constexpr std::uint16_t kReturn = 0xFF53;
constexpr std::uint16_t kEndMaster = 0xFF54;
constexpr std::uint16_t kEndSlave = 0xFF57;
constexpr std::uint16_t kTick = 0xFF62;

constexpr std::uint8_t kHandlers[] = {
    0xCF,                                // 53 iret
    0x50, 0xEB, 0x05,                    // 54 push %ax; jmp 5C
    0x50,                                // 57 push %ax
    0xB0, 0x20, 0xE6, 0xA0,              // 58 mov $0x20, %al; out %al, $0xA0
    0xB0, 0x20, 0xE6, 0x20,              // 5C mov $0x20, %al; out %al, $0x20
    0x58, 0xCF,                          // 60 pop %ax; iret
    0x1E, 0x50,                          // 62 push %ds; push %ax
    0x31, 0xC0, 0x8E, 0xD8,              // 64 xor %ax, %ax; mov %ax, %ds
    0x66, 0xFF, 0x06, 0x6C, 0x04,        // 68 incl 0x46C
    0x66, 0x81, 0x3E, 0x6C, 0x04,        // 6D cmpl $0x1800B0, 0x46C: the ticks of a day
    0xB0, 0x00, 0x18, 0x00, 0x72, 0x0A,  // 72 (immediate); jb 82
    0xA3, 0x6C, 0x04,                    // 78 mov %ax, 0x46C
    0xA3, 0x6E, 0x04,                    // 7B mov %ax, 0x46E
    0xFE, 0x06, 0x70, 0x04,              // 7E incb 0x470
    0xCD, 0x1C,                          // 82 int $0x1C
    0xB0, 0x20, 0xE6, 0x20,              // 84 mov $0x20, %al; out %al, $0x20
    0x58, 0x1F, 0xCF,                    // 88 pop %ax; pop %ds; iret
};

constexpr std::uint16_t kRomSegment = 0xF000;
constexpr unsigned kVectors = 256;
constexpr unsigned kMasterBase = 0x08;
constexpr unsigned kSlaveBase = 0x70;
constexpr unsigned kInputs = 8;

bool is_users(unsigned vector) { return (vector >= 0x60 && vector <= 0x66) || vector == 0x79; }

std::uint16_t handler(unsigned vector) {
  if (vector == kMasterBase) return kTick;
  if (vector - kMasterBase < kInputs) return kEndMaster;
  return vector - kSlaveBase < kInputs ? kEndSlave : kReturn;
}

// ljmp $0xF000, $0xFF00: right from the reset vector as well as from FFFF:0000 and F000:FFF0, by
// which software restarts a PC.
constexpr std::uint8_t kEntry[] = {0xEA, 0x00, 0xFF, 0x00, 0xF0};
constexpr char kDate[] = "04/01/14";  // behind the vector, as in every PC's ROM
constexpr std::size_t kDateOffset = 0xF5;
constexpr std::uint8_t kModelAt = 0xFC;  // PC/AT, at offset FE

}  // namespace

std::vector<std::uint8_t> bios_data_area(std::uint32_t base_memory) {
  constexpr std::size_t size = 0x15;
  constexpr std::uint16_t first_serial_port = 0x3F8;
  constexpr std::uint16_t equipment = 0x200;  // bits 11:9, one serial port
  ByteWriter area;
  area.u16(first_serial_port);
  area.zeros(size - area.size());
  area.patch(0x0E, base_memory >> 4, 2);
  area.patch(0x10, equipment, 2);
  area.patch(0x13, base_memory >> 10, 2);
  return area.take();
}

std::vector<std::uint8_t> interrupt_vectors() {
  ByteWriter table;
  for (unsigned vector = 0; vector < kVectors; ++vector) {
    table.u16(is_users(vector) ? 0 : handler(vector));
    table.u16(is_users(vector) ? 0 : kRomSegment);
  }
  return table.take();
}

std::vector<std::uint8_t> boot_rom() {
  std::vector<std::uint8_t> rom(kSize, 0);
  std::copy(std::begin(kCode), std::end(kCode), rom.begin());
  std::copy(std::begin(kHandlers), std::end(kHandlers), rom.begin() + kHandlersAt);
  std::copy(std::begin(kEntry), std::end(kEntry), rom.begin() + kResetVector);
  std::copy(kDate, kDate + sizeof kDate - 1, rom.begin() + kDateOffset);
  rom[0xFE] = kModelAt;
  return rom;
}

}  // namespace apicsim
