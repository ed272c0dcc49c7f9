#pragma once

#include <cstdint>

#include "models/memory/hierarchy/line_access.h"

namespace apicsim {

/// State of a line in a core (I, S, E, M) or in a socket's last level (F, too).
///
/// Between the sockets the protocol is MESIF, that of QuickPath: of several sockets that share a
/// clean line the one that read it last holds it in F and answers for the others. Within a
/// socket it is MESI, with the last level as the directory: it includes what the cores hold and
/// keeps a presence bit per core. Ascending by what the holder may do.
enum class LineState : std::uint8_t { invalid, shared, forward, exclusive, modified };

/// What another holder's request asks of a copy.
enum class Snoop : std::uint8_t {
  share,       ///< the other one wants to read
  invalidate,  ///< the other one wants to own the line
};

/// The core's own access to a copy in its private caches.
struct CoreStep {
  bool enough = false;  ///< false: the last level has to be asked, nothing changes
  LineState next = LineState::invalid;
};
constexpr CoreStep core_access(LineState state, LineUse use) {
  // SDM Vol. 3 §11.4: a store needs E or M; it turns E into M without telling anybody.
  if (state == LineState::invalid) return {false, state};
  if (use != LineUse::store) return {true, state};
  if (state < LineState::exclusive) return {false, state};
  return {true, LineState::modified};
}

/// A snoop that reaches a core, from its own last level.
struct CoreSnoop {
  LineState next = LineState::invalid;
  bool modified = false;  ///< the core had newer data than the last level, which takes them
};
CoreSnoop core_snoop(LineState state, Snoop snoop);

/// What a socket's last level may grant on a request of one of its cores.
enum class SocketStep : std::uint8_t {
  granted,  ///< the socket's state is enough
  upgrade,  ///< the data are here; the other sockets have to give up their copies
  miss,     ///< the socket has nothing
};
SocketStep socket_access(LineState state, LineUse use);

/// A snoop that reaches a socket from another one.
struct SocketSnoop {
  LineState next = LineState::invalid;
  bool forwards = false;     ///< the answer carries the line
  bool writes_back = false;  ///< modified data go to memory, as no owner is left
};
/// `dirty`: the last level's line or a core's copy of it is modified.
SocketSnoop socket_snoop(LineState state, bool dirty, Snoop snoop);

/// State in which a socket takes a line in. `elsewhere`: another socket keeps a copy.
LineState socket_fill(LineUse use, bool elsewhere);

/// State that a core receives. `socket`: the last level's state after the request; `alone`: no
/// other core of the socket has a copy.
LineState core_grant(LineState socket, bool alone, LineUse use);

}  // namespace apicsim
