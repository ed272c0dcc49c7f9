#include "pci.h"

// PCI Local Bus Specification 3.0 §3.2.2.3.2 and §6.7.

namespace pci {

Function find(u32 identity) {
  for (Function f = 0; f < 256; ++f)
    if (read16(f, 0) == identity >> 16 && read16(f, 2) == (identity & 0xFFFF)) return f;
  return none;
}

u32 capability(Function f, u8 id) {
  if (!(read16(f, status) & 0x10)) return 0;
  u32 at = read8(f, 0x34) & 0xFC;
  for (unsigned n = 0; at != 0 && n < 48; ++n) {
    if (read8(f, at) == id) return at;
    at = read8(f, at + 1) & 0xFC;
  }
  return 0;
}

}  // namespace pci
