#pragma once

#include "guest/kernel/message_tables.h"
#include "guest/kernel/printk.h"

// What Linux 6.1 says otherwise than 4.12, with the file that says it.
namespace msg_6_1 {

// init/main.c linux_banner; the build host and the compiler are left out, so that images compare.
inline constexpr char kBanner[] = KERN_NOTICE "Linux version 6.1.0-guest (guest@guest) #1 SMP\n";
inline constexpr char kRelease[] = "6.1.0-guest";

}  // namespace msg_6_1
