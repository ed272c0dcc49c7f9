#pragma once

// The texts of the release that this image models, as msg::. The table of 3.13 is the complete one;
// an older release's table holds the texts that it says otherwise, which hide those of 3.13.
#include "guest/kernel/messages_3_13.h"
#include "guest/kernel/release.h"

namespace msg {
using namespace msg_3_13;
}

#if GUEST_RELEASE == 302
#include "guest/kernel/messages_3_2.h"
#endif
