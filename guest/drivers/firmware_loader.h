// Images that drivers load into their devices, from lib/firmware of the initial RAM disk
// (drivers/base/firmware_class.c, 6.1: drivers/base/firmware_loader).
#pragma once

#include "guest/drivers/pci.h"
#include "guest/lib/text.h"

/// The image of that name; 0, or -ENOENT with the release's message where it is missing. `driver`
/// is named in the message.
long request_firmware(const PciFunction& f, const char* driver, const char* name, Text* image);
