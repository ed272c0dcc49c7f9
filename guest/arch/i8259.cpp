#include "guest/arch/i8259.h"

#include "guest/arch/interrupt.h"
#include "guest/arch/io.h"

namespace {

// Intel 8259A datasheet: initialisation command words 1 to 4, operation command word 1.
constexpr u16 kMasterCommand = 0x20, kMasterData = 0x21, kSlaveCommand = 0xa0, kSlaveData = 0xa1;
constexpr u8 kIcw1 = 0x11;  // edge triggered, cascaded, ICW4 follows
constexpr u8 kSlaveOnLine2 = 0x04, kSlaveIdentity = 0x02;
constexpr u8 kIcw4 = 0x01;  // 8086 mode

}  // namespace

void init_8259() {
  outb(0xff, kMasterData);
  outb(0xff, kSlaveData);
  outb(kIcw1, kMasterCommand);
  outb(kIrq0Vector, kMasterData);
  outb(kSlaveOnLine2, kMasterData);
  outb(kIcw4, kMasterData);
  outb(kIcw1, kSlaveCommand);
  outb(kIrq0Vector + 8, kSlaveData);
  outb(kSlaveIdentity, kSlaveData);
  outb(kIcw4, kSlaveData);
  outb(0xff, kMasterData);
  outb(0xff, kSlaveData);
}
