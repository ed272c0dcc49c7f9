#pragma once

#include "processor.h"

/// One line per rule on the first serial port, and the end of the program.

/// What is checked. Id: a block's letters and a number, unique in the program and stable; those of
/// reference lists keep theirs. Section: where the specification says it.
struct Rule {
  const char* id;
  const char* section;
  const char* text;
};

/// One of the outcomes that the specification allows.
struct Outcome {
  u64 value;
  const char* text;
};

/// `ok ID SECTION: TEXT`, or `FAIL ...`.
bool check(const Rule& rule, bool holds);
/// As check(); a failure says what came and what should have come.
bool equal(const Rule& rule, u64 got, u64 wanted);
/// Any of the outcomes is right; says which one it is.
template <unsigned count>
bool one_of(const Rule& rule, u64 got, const Outcome (&outcomes)[count]);
/// The rule says nothing about this machine: `skip ID SECTION: TEXT [WHY]`.
void skip(const Rule& rule, const char* why);

/// Put behind the ids of the rules that follow, "" at the beginning: what is the same rule in
/// another mode.
void set_variant(const char* suffix);

void print(const char* text);
void print_hex(u64 value);
void print_decimal(u32 value);
/// `name`: N rules, ..., and leaves by port 0xF4: 0 if all rules hold, else 1.
[[noreturn]] void finish(const char* name);
/// Ends a program that cannot go on, with 2.
[[noreturn]] void give_up(const char* why);

bool check_outcome(const Rule& rule, u64 got, const Outcome* outcomes, unsigned count);
template <unsigned count>
bool one_of(const Rule& rule, u64 got, const Outcome (&outcomes)[count]) {
  return check_outcome(rule, got, outcomes, count);
}
