#include "sim/scenario/scenario_enums.h"

namespace apicsim {

const std::vector<std::pair<std::string, Outcome>>& outcome_names() {
  static const std::vector<std::pair<std::string, Outcome>> names = {
      {"finished", Outcome::finished},
      {"oops", Outcome::oops},
      {"panic", Outcome::panic},
      {"guest_failed", Outcome::guest_failed},
      {"limit", Outcome::limit},
      {"dead_end", Outcome::dead_end},
      {"triple_fault", Outcome::triple_fault},
      {"unmodelled", Outcome::unmodelled},
      {"interrupted", Outcome::interrupted},
  };
  return names;
}

const std::string& outcome_name(Outcome outcome) {
  return outcome_names()[static_cast<std::size_t>(outcome)].first;
}

}  // namespace apicsim
