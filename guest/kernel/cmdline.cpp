#include "guest/kernel/cmdline.h"

#include "guest/kernel/known_parameters.h"
#include "guest/kernel/messages.h"
#include "guest/kernel/printk.h"
#include "guest/lib/string.h"

extern "C" {
extern const KernelParam __start_init_setup[];
extern const KernelParam __stop_init_setup[];
}

namespace {

constexpr size_t kCommandLineSize = 2048;  // COMMAND_LINE_SIZE, asm/setup.h

char saved_line[kCommandLineSize];
char scratch_line[kCommandLineSize];
// Those without a value go to init as arguments, those with one into its environment; they are told
// in this order.
char unknown_arguments[kCommandLineSize];
char unknown_variables[kCommandLineSize];

void append(char* line, const char* word) {
  const size_t used = strlen(line);
  snprintf(line + used, kCommandLineSize - used, " %s", word);
}

// init/main.c unknown_bootoption(): a dot makes it a parameter of a module that may come yet.
void remember_unknown(const char* word) {
  const char* value = strchr(word, '=');
  const char* dot = strchr(word, '.');
  if (dot != nullptr && (value == nullptr || dot < value)) return;
  append(value == nullptr ? unknown_arguments : unknown_variables, word);
}

bool run_handlers(const char* name, const char* value, KernelParam::Stage stage) {
  bool known = false;
  for (const KernelParam* p = __start_init_setup; p < __stop_init_setup; ++p) {
    if (!same_name(p->name, name)) continue;
    known = true;
    if (p->stage == stage && !p->setup(value)) printk(msg::kMalformedOption, name);
  }
  return known;
}

// `word` is one parameter, terminated; quotes around it or its value are gone afterwards.
void handle_word(char* word, KernelParam::Stage stage) {
  char whole[256];
  strlcpy(whole, word, sizeof(whole));
  char* value = const_cast<char*>(strchr(word, '='));
  if (value != nullptr) {
    *value++ = '\0';
    const size_t length = strlen(value);
    if (length >= 2 && value[0] == '"' && value[length - 1] == '"') {
      value[length - 1] = '\0';
      ++value;
    }
  }
  const bool known = run_handlers(word, value, stage) || is_known_elsewhere(word);
  if (!known && stage == KernelParam::Stage::late) remember_unknown(whole);
}

// The end of the word at `text`: the next space outside quotes.
char* end_of_word(char* text) {
  bool quoted = false;
  for (; *text != '\0' && (quoted || !is_space(*text)); ++text) {
    if (*text == '"') quoted = !quoted;
  }
  return text;
}

}  // namespace

void parse_command_line(const char* line, KernelParam::Stage stage) {
  strlcpy(saved_line, line, sizeof(saved_line));
  strlcpy(scratch_line, line, sizeof(scratch_line));
  for (char* word = scratch_line; *word != '\0';) {
    if (is_space(*word)) {
      ++word;
      continue;
    }
    char* end = end_of_word(word);
    const bool last = *end == '\0';
    *end = '\0';
    // What follows "--" is for init (init/main.c).
    if (strcmp(word, "--") == 0) return;
    handle_word(word, stage);
    if (last) return;
    word = end + 1;
  }
}

void report_unknown_parameters() {
  if (!release::since(5, 14)) return;
  char line[2 * kCommandLineSize];
  snprintf(line, sizeof(line), "%s%s", unknown_arguments, unknown_variables);
  if (line[0] != '\0') printk(msg::kUnknownParameters, line + 1);
}

// kernel/params.c: a dash in a name is as good as an underscore.
bool same_name(const char* a, const char* b) {
  for (; *a != '\0' || *b != '\0'; ++a, ++b) {
    if ((*a == '-' ? '_' : *a) != (*b == '-' ? '_' : *b)) return false;
  }
  return true;
}

const char* saved_command_line() { return saved_line; }

bool parse_u64(const char* text, u64* value) {
  unsigned base = 10;
  if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    base = 16;
    text += 2;
  } else if (text[0] == '0' && text[1] != '\0') {
    base = 8;
    ++text;
  }
  if (*text == '\0') return false;
  u64 number = 0;
  for (; *text != '\0'; ++text) {
    const char c = *text;
    const unsigned digit = c >= '0' && c <= '9'   ? static_cast<unsigned>(c - '0')
                           : c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a' + 10)
                           : c >= 'A' && c <= 'F' ? static_cast<unsigned>(c - 'A' + 10)
                                                  : 99;
    if (digit >= base || number > (~u64{0} - digit) / base) return false;
    number = number * base + digit;
  }
  *value = number;
  return true;
}
