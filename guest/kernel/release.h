#pragma once

// Which Linux release the image models, and what the code does differently for it. Texts that
// differ stand in messages_*.h.
#ifndef GUEST_RELEASE
#error "GUEST_RELEASE is set by guest/CMakeLists.txt: major times 100 plus minor, so 313 for 3.13"
#endif

namespace release {

/// Major times 100 plus minor: 302, 313, 412 or 601.
inline constexpr int kNumber = GUEST_RELEASE;
inline constexpr bool is_3_2 = kNumber == 302;

/// True if the image models that release or a later one.
constexpr bool since(int major, int minor) { return kNumber >= major * 100 + minor; }

/// The end of an address range as boot messages show it: until 3.4 the first address behind it.
constexpr unsigned long long shown_end(unsigned long long end) { return is_3_2 ? end : end - 1; }

}  // namespace release
