#include "guest/lib/string.h"

// The compiler turns loops like these into calls of the very functions that they define; the string
// instructions do not let it.
extern "C" {

void* memcpy(void* to, const void* from, size_t size) {
  void* result = to;
  asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
  return result;
}

void* memmove(void* to, const void* from, size_t size) {
  char* target = static_cast<char*>(to);
  const char* source = static_cast<const char*>(from);
  if (target <= source || target >= source + size) return memcpy(to, from, size);
  target += size - 1;
  source += size - 1;
  asm volatile("std\n\trep movsb\n\tcld" : "+D"(target), "+S"(source), "+c"(size) : : "memory");
  return to;
}

void* __memset(void* to, int value, size_t size) {
  void* place = to;
  size_t words = size / 8;
  size_t rest = size % 8;
  const u64 pattern = 0x0101010101010101ull * static_cast<u8>(value);
  asm volatile("rep stosq" : "+D"(place), "+c"(words) : "a"(pattern) : "memory");
  asm volatile("rep stosb" : "+D"(place), "+c"(rest) : "a"(pattern) : "memory");
  return to;
}

void* memset(void* to, int value, size_t size) { return __memset(to, value, size); }

int memcmp(const void* a, const void* b, size_t size) {
  const u8* left = static_cast<const u8*>(a);
  const u8* right = static_cast<const u8*>(b);
  for (size_t i = 0; i < size; ++i) {
    if (left[i] != right[i]) return left[i] - right[i];
  }
  return 0;
}

size_t strlen(const char* text) {
  size_t length = 0;
  while (text[length] != '\0') {
    asm volatile("" : "+r"(length));
    ++length;
  }
  return length;
}

}  // extern "C"

size_t strnlen(const char* text, size_t limit) {
  size_t length = 0;
  while (length < limit && text[length] != '\0') ++length;
  return length;
}

int strcmp(const char* a, const char* b) {
  while (*a != '\0' && *a == *b) ++a, ++b;
  return static_cast<u8>(*a) - static_cast<u8>(*b);
}

int strncmp(const char* a, const char* b, size_t limit) {
  for (size_t i = 0; i < limit; ++i) {
    if (a[i] != b[i] || a[i] == '\0') return static_cast<u8>(a[i]) - static_cast<u8>(b[i]);
  }
  return 0;
}

const char* strchr(const char* text, char wanted) {
  for (; *text != wanted; ++text) {
    if (*text == '\0') return nullptr;
  }
  return text;
}

const char* strrchr(const char* text, char wanted) {
  const char* found = nullptr;
  for (const char* p = text; *p != '\0'; ++p) {
    if (*p == wanted) found = p;
  }
  return wanted == '\0' ? text + strlen(text) : found;
}

const char* strstr(const char* text, const char* wanted) {
  const size_t length = strlen(wanted);
  for (; *text != '\0'; ++text) {
    if (strncmp(text, wanted, length) == 0) return text;
  }
  return length == 0 ? text : nullptr;
}

size_t strlcpy(char* to, const char* from, size_t size) {
  const size_t length = strlen(from);
  if (size != 0) {
    const size_t kept = length < size ? length : size - 1;
    memcpy(to, from, kept);
    to[kept] = '\0';
  }
  return length;
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
