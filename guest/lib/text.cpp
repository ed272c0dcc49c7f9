#include "guest/lib/text.h"

#include "guest/lib/string.h"

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

unsigned suffix_shift(char c) {
  if (c == 'K') return 10;
  if (c == 'M') return 20;
  return c == 'G' ? 30 : 0;
}

bool parse_digits(Text text, unsigned base, u64* value) {
  if (text.empty()) return false;
  u64 sum = 0;
  for (size_t i = 0; i < text.size; ++i) {
    const int digit = digit_value(text.start[i]);
    if (digit >= static_cast<int>(base)) return false;
    if (__builtin_mul_overflow(sum, u64{base}, &sum)) return false;
    if (__builtin_add_overflow(sum, static_cast<u64>(digit), &sum)) return false;
  }
  *value = sum;
  return true;
}

}  // namespace

Text text_of(const char* text) { return {text, strlen(text)}; }

bool same_text(Text text, const char* literal) {
  return strlen(literal) == text.size && memcmp(text.start, literal, text.size) == 0;
}

Text trim(Text text) {
  while (text.size > 0 && is_blank(text.start[0])) {
    ++text.start;
    --text.size;
  }
  while (text.size > 0 && is_blank(text.start[text.size - 1])) --text.size;
  return text;
}

Text take_until(Text* rest, char separator) {
  Text piece = {rest->start, 0};
  while (piece.size < rest->size && rest->start[piece.size] != separator) ++piece.size;
  const size_t used = min_of(piece.size + 1, rest->size);
  rest->start += used;
  rest->size -= used;
  return piece;
}

bool ends_with(Text text, char last) { return text.size > 0 && text.start[text.size - 1] == last; }

Text take_word(Text* rest) {
  *rest = trim(*rest);
  Text word = {rest->start, 0};
  while (word.size < rest->size && !is_blank(rest->start[word.size])) ++word.size;
  rest->start += word.size;
  rest->size -= word.size;
  return word;
}

bool parse_number(Text text, u64* value) {
  if (text.size > 2 && text.start[0] == '0' && text.start[1] == 'x') {
    return parse_digits({text.start + 2, text.size - 2}, 16, value);
  }
  const unsigned shift = text.empty() ? 0 : suffix_shift(text.start[text.size - 1]);
  if (shift != 0) --text.size;
  if (!parse_digits(text, 10, value) || *value > ~0ull >> shift) return false;
  *value <<= shift;
  return true;
}

void copy_text(Text text, char* to, size_t size) {
  const size_t count = min_of(text.size, size - 1);
  memcpy(to, text.start, count);
  to[count] = '\0';
}
