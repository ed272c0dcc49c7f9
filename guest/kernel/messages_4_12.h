#pragma once

#include "guest/kernel/message_tables.h"
#include "guest/kernel/printk.h"

// What Linux 4.12 says otherwise than 3.13, with the file that says it.
namespace msg_4_12 {

// init/main.c linux_banner; the build host and the compiler are left out, so that images compare.
inline constexpr char kBanner[] = KERN_NOTICE "Linux version 4.12.0-guest (guest@guest) #1 SMP\n";
inline constexpr char kRelease[] = "4.12.0-guest";

}  // namespace msg_4_12
