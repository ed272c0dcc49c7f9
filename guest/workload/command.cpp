#include "guest/workload/command.h"

#include "guest/kernel/printk.h"
#include "guest/lib/string.h"

namespace {

/// Where a problem is described.
struct Problem {
  char* text;
  size_t size;

  template <typename... Args>
  bool set(const char* format, Args... args) {
    snprintf(text, size, format, args...);
    return false;
  }
};

const Verb* find_verb(Text name) {
  for (const Verb* verb = all_verbs(); verb->name; ++verb) {
    if (same_text(name, verb->name)) return verb;
  }
  return nullptr;
}

int find_arg(const Verb& verb, Text key) {
  for (int i = 0; i < verb.arg_count; ++i) {
    if (same_text(key, verb.args[i].key)) return i;
  }
  return -1;
}

bool is_name(Text text) {
  for (size_t i = 0; i < text.size; ++i) {
    const char c = text.start[i];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !(c >= '0' && c <= '9') && c != '-' && c != '_') return false;
  }
  return text.size > 0;
}

bool parse_bounded(const ArgSpec& spec, Text text, u64* value, Problem problem) {
  if (!parse_number(text, value)) return problem.set("%s: not a number", spec.key);
  if (*value < spec.min || *value > spec.max) {
    return problem.set(
        "%s: %llu is not between %llu and %llu", spec.key, static_cast<unsigned long long>(*value),
        static_cast<unsigned long long>(spec.min), static_cast<unsigned long long>(spec.max));
  }
  return true;
}

bool parse_numbers(const ArgSpec& spec, Text text, NumberList* list, Problem problem) {
  list->count = 0;
  const Text given = text;
  while (!text.empty()) {
    if (list->count == kMaxNumbers) {
      return problem.set("%s: more than %d numbers", spec.key, kMaxNumbers);
    }
    u64* value = &list->values[list->count++];
    if (!parse_bounded(spec, take_until(&text, ','), value, problem)) return false;
  }
  if (ends_with(given, ',')) return problem.set("%s: a number is missing", spec.key);
  return list->count > 0 || problem.set("%s: no number", spec.key);
}

bool parse_choice(const ArgSpec& spec, Text text, u64* value, Problem problem) {
  for (u64 i = 0; spec.choices[i]; ++i) {
    if (same_text(text, spec.choices[i])) {
      *value = i;
      return true;
    }
  }
  return problem.set("%s: expected %s%s%s", spec.key, spec.choices[0],
                     spec.choices[1] ? " or " : "", spec.choices[1] ? spec.choices[1] : "");
}

bool parse_value(const ArgSpec& spec, Text text, Command* command, Value* value, Problem problem) {
  if (value->given) return problem.set("%s: given twice", spec.key);
  value->given = true;
  value->text = text;
  const char* why = nullptr;
  switch (spec.kind) {
    case ArgKind::number:
      return parse_bounded(spec, text, &value->number, problem);
    case ArgKind::numbers:
      return parse_numbers(spec, text, &command->numbers, problem);
    case ArgKind::choice:
      return parse_choice(spec, text, &value->number, problem);
    case ArgKind::name:
      return is_name(text) || problem.set("%s: not a name", spec.key);
    case ArgKind::path:
      return !text.empty() || problem.set("%s: nothing given", spec.key);
    case ArgKind::cpus:
      return parse_cpu_list(text, &command->cpus, &why) || problem.set("%s: %s", spec.key, why);
    case ArgKind::text:
      return true;
  }
  return false;
}

bool parse_arguments(Text rest, Command* command, Problem problem) {
  const Verb& verb = *command->verb;
  if (verb.arg_count > 0 && verb.args[0].kind == ArgKind::text) {
    return parse_value(verb.args[0], trim(rest), command, &command->values[0], problem);
  }
  for (Text word = take_word(&rest); !word.empty(); word = take_word(&rest)) {
    const Text key = take_until(&word, '=');
    const int index = find_arg(verb, key);
    if (index < 0) {
      char name[32];
      copy_text(key, name, sizeof(name));
      return problem.set("%s: no such argument of %s", name, verb.name);
    }
    if (!parse_value(verb.args[index], word, command, &command->values[index], problem)) {
      return false;
    }
  }
  return true;
}

bool complete_arguments(Command* command, Problem problem) {
  const Verb& verb = *command->verb;
  for (int i = 0; i < verb.arg_count; ++i) {
    const ArgSpec& spec = verb.args[i];
    if (command->values[i].given) continue;
    if (spec.required) return problem.set("%s: missing for %s", spec.key, verb.name);
    command->values[i].number = spec.fallback;
  }
  const char* wrong = verb.prepare ? verb.prepare(command) : nullptr;
  return !wrong || problem.set("%s", wrong);
}

}  // namespace

const Value& Command::value(const char* key) const {
  static const Value nothing = {};
  for (int i = 0; i < verb->arg_count; ++i) {
    if (strcmp(verb->args[i].key, key) == 0) return values[i];
  }
  return nothing;
}

bool parse_command(Text line, unsigned number, Command* command, char* problem,
                   size_t problem_size) {
  Problem report = {problem, problem_size};
  *command = Command{};
  command->line = number;
  const Text name = take_word(&line);
  command->verb = find_verb(name);
  if (!command->verb) {
    char word[32];
    copy_text(name, word, sizeof(word));
    return report.set("%s: no such command", word);
  }
  command->cpus.add(0);
  return parse_arguments(line, command, report) && complete_arguments(command, report);
}
