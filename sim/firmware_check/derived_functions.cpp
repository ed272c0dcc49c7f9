#include "sim/firmware_check/derived_functions.h"

#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "sim/firmware_check/dmar_view.h"
#include "sim/firmware_check/layout_dmar.h"

namespace apicsim {

namespace {

/// A function, and those behind it, by their place.
struct FunctionNode {
  std::uint64_t place = 0;  ///< device << 3 | function
  bool bridge = false;
  bool graphics = false;
  std::vector<FunctionNode> behind;
};
using Bus = std::vector<FunctionNode>;

/// The function at a place of a bus, new or known.
FunctionNode& node_at(Bus& bus, std::uint64_t place) {
  auto at = bus.begin();
  while (at != bus.end() && at->place < place) ++at;
  if (at == bus.end() || at->place != place) {
    FunctionNode node;
    node.place = place;
    at = bus.insert(at, std::move(node));
  }
  return *at;
}

/// Builds the tree of buses from the paths, then numbers it.
class FunctionMaker {
 public:
  explicit FunctionMaker(const CheckInput& input) : m_input(input) {}

  std::vector<DerivedFunction> run(std::vector<std::string>& assumptions) {
    // Every PC has a host bridge and an ISA bridge there.
    node_at(m_roots[0], 0);
    node_at(m_roots[0], 0x1F << 3);
    for (const ScopeItem& scope : device_scopes(m_input)) add(scope);
    find_graphics(assumptions);
    for (auto root = m_roots.begin(); root != m_roots.end(); ++root) {
      const auto next = std::next(root);
      m_limit = next == m_roots.end() ? 0x100 : next->first;
      m_next = root->first + 1;
      number(root->first, root->second);
    }
    if (m_left_out != 0)
      assumptions.push_back(
          fmt::format("{} functions of device scopes are left out: no bus numbers are left for "
                      "the bridges before them",
                      m_left_out));
    return std::move(m_functions);
  }

 private:
  void add(const ScopeItem& scope) {
    const std::uint64_t type = scope.number("type");
    const auto path = path_of(*scope.scope);
    const bool pci = type == scope_endpoint || type == scope_bridge;
    if (!pci || path.empty() || scope.owner.number("segment") != 0) return;
    for (const DecodedField* step : path)
      if ((step->value & 0xFF) > 0x1F || step->value >> 8 > 7) return;
    Bus* bus = &m_roots[scope.number("start_bus")];
    for (const DecodedField* step : path) {
      FunctionNode& node = node_at(*bus, (step->value & 0xFF) << 3 | step->value >> 8);
      const bool last = step == path.back();
      node.bridge = node.bridge || !last || type == scope_bridge;
      bus = &node.behind;
    }
  }

  /// A unit for 00:02.0 alone is that of an integrated graphics processor.
  void find_graphics(std::vector<std::string>& assumptions) {
    for (const DmarItem& unit : dmar_items(m_input, dmar_drhd)) {
      const auto scopes = device_scopes(unit);
      const bool alone = (unit.number("flags") & 1) == 0 && scopes.size() == 1 &&
                         scopes[0].number("type") == scope_endpoint &&
                         device_name(scopes[0]) == "00:02.0";
      if (!alone) continue;
      node_at(m_roots[0], 2 << 3).graphics = true;
      assumptions.push_back("00:02.0, alone under its unit, is integrated graphics");
      return;
    }
  }

  void number(std::uint64_t bus, const Bus& functions) {
    for (const FunctionNode& node : functions) {
      DerivedFunction function;
      function.bus = bus;
      function.device = node.place >> 3;
      function.function = node.place & 7;
      function.bridge = node.bridge;
      function.graphics = node.graphics && !node.bridge;
      const std::size_t at = m_functions.size();
      if (!node.bridge) {
        m_functions.push_back(function);
        continue;
      }
      if (m_next >= m_limit) {
        ++m_left_out;
        continue;
      }
      function.secondary = m_next++;
      m_functions.push_back(function);
      number(function.secondary, node.behind);
      m_functions[at].subordinate = m_next - 1;
    }
  }

  const CheckInput& m_input;
  std::map<std::uint64_t, Bus> m_roots;
  std::vector<DerivedFunction> m_functions;
  std::uint64_t m_next = 0;
  std::uint64_t m_limit = 0;
  unsigned m_left_out = 0;
};

const DerivedFunction* find_function(const std::vector<DerivedFunction>& functions,
                                     std::uint64_t bus, const DecodedField& step) {
  for (const DerivedFunction& function : functions)
    if (function.bus == bus && function.device == (step.value & 0xFF) &&
        function.function == step.value >> 8)
      return &function;
  return nullptr;
}

/// The bus on which a scope's path ends; nullopt when it does not lead there.
std::optional<std::uint64_t> last_bus(const std::vector<DerivedFunction>& functions,
                                      const ScopeItem& scope) {
  std::uint64_t bus = scope.number("start_bus");
  const auto path = path_of(*scope.scope);
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    const DerivedFunction* bridge = find_function(functions, bus, *path[i]);
    if (bridge == nullptr || !bridge->bridge) return std::nullopt;
    bus = bridge->secondary;
  }
  return bus;
}

void add_requesters(const std::vector<DerivedFunction>& functions, const ScopeItem& scope,
                    std::vector<std::string>& out) {
  const auto path = path_of(*scope.scope);
  const auto bus = last_bus(functions, scope);
  if (path.empty() || !bus) return;
  const std::uint64_t device = path.back()->value & 0xFF;
  const std::uint64_t function = path.back()->value >> 8;
  if (device > 0x1F || function > 7) return;
  out.push_back(fmt::format("{:02x}:{:02x}.{:x}", *bus, device, function));
  const DerivedFunction* bridge = find_function(functions, *bus, *path.back());
  if (scope.number("type") == scope_bridge && bridge != nullptr && bridge->bridge)
    out.push_back(fmt::format("buses {:02x}-{:02x}", bridge->secondary, bridge->subordinate));
}

}  // namespace

std::vector<std::string> unit_requesters(const std::vector<DerivedFunction>& functions,
                                         const CheckInput& input, std::uint64_t register_base) {
  std::vector<std::string> requesters;
  for (const DmarItem& unit : dmar_items(input, dmar_drhd)) {
    if (unit.number("register_base") != register_base || unit.number("segment") != 0) continue;
    for (const ScopeItem& scope : device_scopes(unit)) add_requesters(functions, scope, requesters);
    break;
  }
  return requesters;
}

std::vector<DerivedFunction> derive_functions(const CheckInput& input,
                                              std::vector<std::string>& assumptions) {
  return FunctionMaker(input).run(assumptions);
}

}  // namespace apicsim
