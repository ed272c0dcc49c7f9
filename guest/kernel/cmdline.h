#pragma once

#include "guest/include/types.h"

// A parameter that the kernel knows. `value` is the text behind '=', or null where there is none.
// The handler returns false if the value makes no sense to it.
struct KernelParam {
  const char* name;  // without '='
  bool (*setup)(const char* value);
  enum class Stage : u64 { console, early, late } stage;
};

// Declares a known parameter from any file: KERNEL_PARAM(apparmor, "apparmor", setup_apparmor);
// Handlers run once, early, before memory management; they may only store what they are told.
#define KERNEL_PARAM(tag, name, setup) KERNEL_PARAM_AT(tag, name, setup, KernelParam::Stage::early)
// What the console shows: read before anything is said.
#define KERNEL_PARAM_CONSOLE(tag, name, setup) \
  KERNEL_PARAM_AT(tag, name, setup, KernelParam::Stage::console)
// What Linux declares by __setup(): read when memory and tables are known.
#define KERNEL_PARAM_LATE(tag, name, setup) \
  KERNEL_PARAM_AT(tag, name, setup, KernelParam::Stage::late)
#define KERNEL_PARAM_AT(tag, name, setup, stage) \
  __attribute__((section(".init.setup"), used,   \
                 aligned(8))) static const KernelParam kernel_param_##tag = {name, setup, stage}

// Runs the handlers of a stage on every parameter of the line; the last stage remembers those that
// nobody knows. The stages come in their order, with the same line.
void parse_command_line(const char* line, KernelParam::Stage stage);
void report_unknown_parameters();
const char* saved_command_line();

// The same parameter, whatever it is spelt with: dashes count as underscores.
bool same_name(const char* a, const char* b);

// Decimal, 0x hexadecimal or 0 octal; false unless the whole text is a number that fits.
bool parse_u64(const char* text, u64* value);
