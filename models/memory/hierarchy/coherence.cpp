#include "models/memory/hierarchy/coherence.h"

namespace apicsim {
namespace {

constexpr LineState I = LineState::invalid, S = LineState::shared, F = LineState::forward,
                    E = LineState::exclusive, M = LineState::modified;

constexpr unsigned row(LineState state) { return static_cast<unsigned>(state); }

}  // namespace

CoreSnoop core_snoop(LineState state, Snoop snoop) {
  static constexpr CoreSnoop share[] = {{I, false}, {S, false}, {S, false}, {S, false}, {S, true}};
  if (snoop == Snoop::share) return share[row(state)];
  return {I, state == M};
}

SocketStep socket_access(LineState state, LineUse use) {
  if (state == I) return SocketStep::miss;
  if (use != LineUse::store) return SocketStep::granted;
  return state == E || state == M ? SocketStep::granted : SocketStep::upgrade;
}

SocketSnoop socket_snoop(LineState state, bool dirty, Snoop snoop) {
  const bool answers = state == F || state == E || state == M;
  if (snoop == Snoop::share) return {state == I ? I : S, answers, answers && dirty};
  return {I, answers, false};
}

LineState socket_fill(LineUse use, bool elsewhere) {
  if (use == LineUse::store) return M;
  return elsewhere ? F : E;
}

LineState core_grant(LineState socket, bool alone, LineUse use) {
  if (use == LineUse::store) return M;
  if (use == LineUse::fetch) return S;
  return alone && (socket == E || socket == M) ? E : S;
}

}  // namespace apicsim
