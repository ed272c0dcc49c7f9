// Writes the functions of a linked guest image as an assembly table for its second link:
// kallsyms IMAGE OUTPUT. Names are demangled and stripped of scopes and parameters, as an oops
// shows them; the size of a function reaches to the next one, to the end of its section or of the
// padding behind it.
#include <cxxabi.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace {

struct Symbol {
  std::uint64_t address;
  std::uint64_t end;  ///< at most
  std::string name;
};

std::string plain_name(const std::string& mangled) {
  if (mangled.rfind("_Z", 0) != 0) return mangled;
  const std::size_t clone = mangled.find('.');
  const std::string base = mangled.substr(0, clone);
  const std::string suffix = clone == std::string::npos ? "" : mangled.substr(clone);
  int status = 0;
  char* demangled = abi::__cxa_demangle(base.c_str(), nullptr, nullptr, &status);
  if (demangled == nullptr) return mangled;
  std::string name = demangled;
  std::free(demangled);
  for (std::size_t at; (at = name.find("(anonymous namespace)::")) != std::string::npos;)
    name.erase(at, std::string("(anonymous namespace)::").size());
  int depth = 0;
  std::size_t end = name.size();
  std::size_t begin = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '<') ++depth;
    if (name[i] == '>') --depth;
    if (depth != 0) continue;
    if (name[i] == '(') {
      end = i;
      break;
    }
    if (name[i] == ' ' || name[i] == ':') begin = i + 1;
  }
  name = name.substr(begin, end - begin);
  return name.substr(0, name.find('<')) + suffix;
}

/// The compiler begins functions at multiples of 16.
std::uint64_t padded(std::uint64_t address) { return (address + 15) & ~std::uint64_t{15}; }

std::vector<Symbol> read_functions(Elf* elf) {
  std::map<std::uint64_t, Symbol> by_address;
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr || header.sh_type != SHT_SYMTAB) continue;
    Elf_Data* data = elf_getdata(section, nullptr);
    const std::size_t count = header.sh_size / header.sh_entsize;
    for (std::size_t i = 0; i < count; ++i) {
      GElf_Sym symbol;
      GElf_Shdr home;
      if (gelf_getsym(data, static_cast<int>(i), &symbol) == nullptr) continue;
      if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx >= SHN_LORESERVE) continue;
      if (GELF_ST_TYPE(symbol.st_info) != STT_FUNC) continue;
      if (gelf_getshdr(elf_getscn(elf, symbol.st_shndx), &home) == nullptr) continue;
      const char* name = elf_strptr(elf, header.sh_link, symbol.st_name);
      std::uint64_t end = home.sh_addr + home.sh_size;
      if (symbol.st_size != 0) end = std::min(end, padded(symbol.st_value + symbol.st_size));
      Symbol entry{symbol.st_value, end, plain_name(name)};
      const auto [at, fresh] = by_address.emplace(symbol.st_value, entry);
      if (!fresh && entry.name < at->second.name) at->second = entry;
    }
  }
  std::vector<Symbol> functions;
  for (auto& [address, symbol] : by_address) functions.push_back(std::move(symbol));
  return functions;
}

void write_table(const std::vector<Symbol>& functions, std::ostream& out) {
  out << "    .section .kallsyms, \"a\"\n    .balign 8\n";
  std::string names;
  for (std::size_t i = 0; i < functions.size(); ++i) {
    const Symbol& f = functions[i];
    std::uint64_t end = f.end;
    if (i + 1 < functions.size()) end = std::min(end, functions[i + 1].address);
    out << "    .quad " << f.address << "\n    .long " << end - f.address << ", " << names.size()
        << "\n";
    names += f.name;
    names += '\0';
  }
  // An entry with address 0 ends the table; the names follow it.
  out << "    .quad 0, 0\n";
  for (const Symbol& f : functions) out << "    .asciz \"" << f.name << "\"\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: kallsyms IMAGE OUTPUT\n");
    return 2;
  }
  elf_version(EV_CURRENT);
  const int file = open(argv[1], O_RDONLY);
  Elf* elf = file < 0 ? nullptr : elf_begin(file, ELF_C_READ, nullptr);
  if (elf == nullptr || elf_kind(elf) != ELF_K_ELF) {
    std::fprintf(stderr, "kallsyms: %s is not an ELF file\n", argv[1]);
    return 2;
  }
  const std::vector<Symbol> functions = read_functions(elf);
  std::ofstream out(argv[2]);
  write_table(functions, out);
  elf_end(elf);
  close(file);
  return out.flush() ? 0 : 2;
}
