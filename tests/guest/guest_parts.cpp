// Parts of the guest that run on the build machine as they are, for parts_test.cpp. In a file of
// its own, as the guest declares the C library's names itself.
#include "guest/lib/vsnprintf.cpp"
#include "guest/mm/memblock.cpp"

// Of guest/lib/string.cpp, whose memcpy() must not replace the library's here.
size_t strnlen(const char* text, size_t limit) {
  size_t length = 0;
  while (length < limit && text[length] != '\0') ++length;
  return length;
}

void describe_symbol(u64, bool, char* buffer, size_t size) { snprintf(buffer, size, "f+0x1/0x2"); }
void symbol_name(u64, char* buffer, size_t size) { snprintf(buffer, size, "f"); }

namespace guest_parts {

int format(char* buffer, size_t size, const char* text, ...) {
  va_list arguments;
  va_start(arguments, text);
  const int length = vsnprintf(buffer, size, text, arguments);
  va_end(arguments);
  return length;
}

}  // namespace guest_parts
