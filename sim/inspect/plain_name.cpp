#include "sim/inspect/plain_name.h"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>

namespace apicsim {

namespace {

std::string demangle(const std::string& mangled) {
  struct Free {
    void operator()(char* text) const { std::free(text); }
  };
  int status = 0;
  const std::unique_ptr<char, Free> text(
      abi::__cxa_demangle(mangled.c_str(), nullptr, nullptr, &status));
  return text ? text.get() : mangled;
}

void erase_all(std::string& text, const std::string& what) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what))
    text.erase(at, what.size());
}

/// The last scope component of "type a::b<c>(d)", without arguments of either kind.
std::string last_component(const std::string& name) {
  std::string component;
  int depth = 0;
  for (const char c : name) {
    if (c == '<') ++depth;
    if (depth == 0 && c == '(') break;
    if (depth == 0 && (c == ':' || c == ' '))
      component.clear();
    else if (depth == 0)
      component += c;
    if (c == '>') --depth;
  }
  return component;
}

}  // namespace

std::string plain_name(const std::string& symbol) {
  if (symbol.rfind("_Z", 0) != 0) return symbol;
  const std::size_t point = symbol.find('.');
  std::string name = demangle(symbol.substr(0, point));
  // Operators hold the characters that the rest of a name is cut at.
  if (name == symbol || name.find("operator") != std::string::npos) return symbol;
  erase_all(name, "(anonymous namespace)::");
  const std::string component = last_component(name);
  if (component.empty()) return symbol;
  return component + (point == std::string::npos ? "" : symbol.substr(point));
}

}  // namespace apicsim
