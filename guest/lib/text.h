// Pieces of a text that stays where it is and need not be terminated.
#pragma once

#include "guest/include/types.h"

struct Text {
  const char* start;
  size_t size;

  bool empty() const { return size == 0; }
};

/// All of a terminated text.
Text text_of(const char* text);
bool same_text(Text text, const char* literal);
/// Without blanks at both ends.
Text trim(Text text);
/// Cuts off what comes before the first of `separator` (all of it if there is none) and returns it.
Text take_until(Text* rest, char separator);
/// True if the text ends with this character: a list that stops behind a separator.
bool ends_with(Text text, char last);
/// Cuts off the next word; empty at the end.
Text take_word(Text* rest);

/// Decimal or 0x hexadecimal, with K, M or G for powers of 1024; false unless all of it is a number
/// that fits.
bool parse_number(Text text, u64* value);

/// Copies into a buffer, terminated, cut where it does not fit.
void copy_text(Text text, char* to, size_t size);
