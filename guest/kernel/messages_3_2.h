#pragma once

#include "guest/kernel/printk.h"

// What Linux 3.2 says otherwise than 3.13, with the file that says it.
namespace msg {

// init/main.c linux_banner; the build host and the compiler are left out, so that images compare.
inline constexpr char kBanner[] = KERN_NOTICE "Linux version 3.2.0-guest (guest@guest) #1 SMP\n";
inline constexpr char kRelease[] = "3.2.0-guest";

}  // namespace msg
