#pragma once

// The texts of memory management in the release that this image models; see kernel/messages.h.
#include "guest/kernel/release.h"
#include "guest/mm/messages_3_13.h"

namespace msg {
using namespace msg_3_13;
}

#if GUEST_RELEASE == 302
#include "guest/mm/messages_3_2.h"
#endif
