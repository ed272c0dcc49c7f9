// A line of the script: a verb with key=value arguments, checked against the verb's declaration.
#pragma once

#include "guest/lib/text.h"
#include "guest/workload/cpu_list.h"

enum class ArgKind : u8 {
  number,   ///< between min and max
  numbers,  ///< up to kMaxNumbers of them, separated by commas
  name,     ///< letters, digits, '-', '_'
  path,     ///< any word
  choice,   ///< one of `choices`; the value is its index
  cpus,     ///< a list of CPUs
  text,     ///< the rest of the line, without a key
};

struct ArgSpec {
  const char* key;
  ArgKind kind;
  bool required;
  u64 fallback;                ///< of an optional number, choice, or path (then unused)
  u64 min, max;                ///< of numbers
  const char* const* choices;  ///< ends with nullptr
};

inline constexpr int kMaxArgs = 8;
inline constexpr int kMaxNumbers = 8;

struct Value {
  bool given;
  u64 number;
  Text text;
};

struct NumberList {
  int count;
  u64 values[kMaxNumbers];
};

struct Command;

/// What a verb does. `on_cpu` runs in a kernel thread on each CPU of the `cpus` argument, `on_main`
/// in the interpreter.
struct Verb {
  const char* name;
  const ArgSpec* args;
  int arg_count;
  void (*on_cpu)(const Command& command, int cpu);
  void (*on_main)(const Command& command);
  /// Checks what depends on several arguments and completes the command; nullptr, or what is wrong.
  const char* (*prepare)(Command* command);
};

struct Command {
  unsigned line;
  const Verb* verb;
  CpuList cpus;  ///< CPU 0 where the script does not say
  Value values[kMaxArgs];
  NumberList numbers;  ///< of the argument of that kind

  const Value& value(const char* key) const;
  u64 number(const char* key) const { return value(key).number; }
};

/// All verbs; ends with a verb without name.
const Verb* all_verbs();

/// Reads one line. False, with a message in `problem`, if it is wrong.
bool parse_command(Text line, unsigned number, Command* command, char* problem,
                   size_t problem_size);
