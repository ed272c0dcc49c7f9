// The idle decisions of guest-3.13, as they are, on the build machine.
#define GUEST_RELEASE 313
#include "tests/idle/guest_idle.h"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>

#include "guest/idle/idle_options.cpp"
#include "guest/idle/intel_idle_choice.cpp"
#include "guest/idle/intel_idle_tables_3_13.cpp"
#include "guest/idle/menu.cpp"

namespace {

std::string log;

}  // namespace

// Of guest/kernel/printk.cpp: the level in front (SOH and a digit) is not shown.
int printk(const char* format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  log += text[0] == '\1' ? text + 2 : text;
  return 0;
}

// Of guest/lib/string.cpp, which declares the C library's name as its own.
int strcmp(const char* a, const char* b) {
  for (; *a != '\0' && *a == *b; ++a) ++b;
  return static_cast<unsigned char>(*a) - static_cast<unsigned char>(*b);
}

// Of guest/kernel/cmdline.cpp.
bool parse_u64(const char* text, u64* value) {
  char* end = nullptr;
  *value = std::strtoull(text, &end, 0);
  return *text != '\0' && *text != '-' && *end == '\0';
}

namespace guest_idle {

void read_command_line(const std::string& line) {
  given = {IdleOverride::kNone, 9, 8, true, false};
  const KernelParam* const known[] = {&kernel_param_idle, &kernel_param_intel_idle_max_cstate,
                                      &kernel_param_processor_max_cstate, &kernel_param_nohz,
                                      &kernel_param_cpuidle_off};
  std::size_t at = 0;
  while (at < line.size()) {
    const std::size_t end = std::min(line.find_first_of(" \n", at), line.size());
    const std::string word = line.substr(at, end - at);
    const std::size_t equals = word.find('=');
    for (const KernelParam* parameter : known)
      if (equals != std::string::npos && word.substr(0, equals) == parameter->name)
        parameter->setup(word.c_str() + equals + 1);
    at = end + 1;
  }
}

std::string take_log() {
  std::string text;
  text.swap(log);
  return text;
}

}  // namespace guest_idle
