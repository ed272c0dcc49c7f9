#pragma once

#include "guest/kernel/release.h"

// How the tables of texts hang together: 3.13's is the complete one; another release's holds what
// it says otherwise than the release that it names here, and hides that. msg:: is the table of the
// release that the image models.
namespace msg_3_13 {}
namespace msg_3_2 {
using namespace msg_3_13;
}
namespace msg_4_12 {
using namespace msg_3_13;
}
namespace msg_6_1 {
using namespace msg_4_12;
}

namespace msg {
#if GUEST_RELEASE == 302
using namespace msg_3_2;
#elif GUEST_RELEASE == 313
using namespace msg_3_13;
#elif GUEST_RELEASE == 412
using namespace msg_4_12;
#elif GUEST_RELEASE == 601
using namespace msg_6_1;
#else
#error "no table of texts for this release"
#endif
}  // namespace msg
