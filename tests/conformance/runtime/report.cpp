#include "report.h"

namespace {

constexpr u16 serial = 0x3F8, line_status = serial + 5, exit_port = 0xF4;
constexpr u8 transmitter_empty = 0x20;
unsigned held, broken, skipped;
const char* variant = "";

void put(char c) {
  while (!(in8(line_status) & transmitter_empty)) {
  }
  out8(serial, static_cast<u8>(c));
}

void begin_line(const char* verdict, const Rule& rule) {
  print(verdict);
  print(rule.id);
  print(variant);
  print(" ");
  print(rule.section);
  print(": ");
  print(rule.text);
}

void count(bool holds) { ++(holds ? held : broken); }

[[noreturn]] void leave(u8 status) {
  for (;;) out8(exit_port, status);
}

}  // namespace

void print(const char* text) {
  for (; *text; ++text) put(*text);
}

void print_decimal(u32 value) {
  if (value >= 10) print_decimal(value / 10);
  put(static_cast<char>('0' + value % 10));
}

void print_hex(u64 value) {
  bool started = false;
  print("0x");
  for (int shift = 60; shift >= 0; shift -= 4) {
    const unsigned digit = (value >> shift) & 15;
    started = started || digit || shift == 0;
    if (started) put("0123456789abcdef"[digit]);
  }
}

bool check(const Rule& rule, bool holds) {
  count(holds);
  begin_line(holds ? "ok   " : "FAIL ", rule);
  print("\n");
  return holds;
}

bool equal(const Rule& rule, u64 got, u64 wanted) {
  if (got == wanted) return check(rule, true);
  count(false);
  begin_line("FAIL ", rule);
  print(" [got ");
  print_hex(got);
  print(" wanted ");
  print_hex(wanted);
  print("]\n");
  return false;
}

bool check_outcome(const Rule& rule, u64 got, const Outcome* outcomes, unsigned number) {
  const Outcome* found = nullptr;
  for (unsigned n = 0; n < number && !found; ++n)
    if (outcomes[n].value == got) found = &outcomes[n];
  count(found != nullptr);
  begin_line(found ? "ok   " : "FAIL ", rule);
  print(found ? " [" : " [got ");
  if (found)
    print(found->text);
  else
    print_hex(got);
  print("]\n");
  return found != nullptr;
}

void skip(const Rule& rule, const char* why) {
  ++skipped;
  begin_line("skip ", rule);
  print(" [");
  print(why);
  print("]\n");
}

void set_variant(const char* suffix) { variant = suffix; }

void finish(const char* name) {
  print(name);
  print(": ");
  print_decimal(held + broken);
  print(" rules, ");
  print_decimal(broken);
  print(" failed, ");
  print_decimal(skipped);
  print(" not applicable\n");
  leave(broken ? 1 : 0);
}

void give_up(const char* why) {
  print("stopped: ");
  print(why);
  print("\n");
  leave(2);
}
