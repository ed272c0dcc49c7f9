#include "guest/workload/script.h"

#include "guest/kernel/printk.h"
#include "guest/lib/string.h"
#include "guest/mm/page_alloc.h"

namespace {

constexpr unsigned max_depth = 8;
constexpr int max_reports = 20;

bool is_verb(const Command& command, const char* name) {
  return strcmp(command.verb->name, name) == 0;
}

/// Checks that blocks are closed and that barriers stand where something runs side by side.
class Blocks {
 public:
  /// The problem with the command in its place, or nullptr.
  const char* enter(const Command& command) {
    if (is_verb(command, "parallel")) {
      if (m_parallel) return "parallel: already inside a parallel block";
      m_parallel = m_depth + 1;
      return open();
    }
    if (is_verb(command, "loop")) {
      return m_parallel ? "loop: not inside a parallel block" : open();
    }
    if (is_verb(command, "barrier")) return m_parallel ? nullptr : "barrier: no parallel block";
    if (is_verb(command, "end")) return close();
    if (m_parallel && command.verb->on_main) return "not inside a parallel block";
    return nullptr;
  }
  bool closed() const { return m_depth == 0; }

 private:
  const char* open() { return ++m_depth > max_depth ? "blocks are nested too deeply" : nullptr; }
  const char* close() {
    if (m_depth == 0) return "end: no open block";
    if (m_parallel == m_depth) m_parallel = 0;
    --m_depth;
    return nullptr;
  }

  unsigned m_depth = 0;
  unsigned m_parallel = 0;  ///< depth of the open parallel block
};

Text without_comment(Text line) { return trim(take_until(&line, '#')); }

unsigned count_commands(Text text) {
  unsigned count = 0;
  while (!text.empty()) {
    if (!without_comment(take_until(&text, '\n')).empty()) ++count;
  }
  return count;
}

bool allocate(Script* script, unsigned count) {
  unsigned order = 0;
  while (order < MAX_ORDER && (kPageSize << order) < count * sizeof(Command)) ++order;
  script->commands = static_cast<Command*>(get_free_pages(GFP_KERNEL | __GFP_NOWARN, order));
  return script->commands != nullptr;
}

}  // namespace

bool read_script(Text text, Script* script) {
  *script = {};
  const unsigned count = count_commands(text);
  if (!allocate(script, count)) {
    pr_err("workload: %u commands are too many\n", count);
    return false;
  }
  Blocks blocks;
  int problems = 0;
  unsigned number = 0;
  while (!text.empty() && problems < max_reports) {
    const Text line = without_comment(take_until(&text, '\n'));
    ++number;
    if (line.empty()) continue;
    char problem[160];
    Command& command = script->commands[script->count];
    bool good = parse_command(line, number, &command, problem, sizeof(problem));
    if (good) {
      const char* misplaced = blocks.enter(command);
      good = misplaced == nullptr;
      if (misplaced) snprintf(problem, sizeof(problem), "%s: %s", command.verb->name, misplaced);
      ++script->count;
    }
    if (!good) {
      ++problems;
      pr_err("workload: line %u: %s\n", number, problem);
    }
  }
  if (problems == 0 && !blocks.closed()) {
    ++problems;
    pr_err("workload: line %u: a block is not closed by end\n", number);
  }
  return problems == 0;
}
