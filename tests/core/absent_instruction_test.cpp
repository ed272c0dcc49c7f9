// Encodings of extensions that the modelled processors do not have.
#include "tests/catch.h"
#include "tests/core/protected_machine.h"

using namespace apicsim;
using Machine = ProtectedMachine;

namespace {

struct Encoding {
  const char* name;
  std::vector<u8> bytes;
};

Machine::Result run(Machine& m, const Encoding& encoding) {
  m.enter_protected();
  std::vector<u8> code = encoding.bytes;
  code.push_back(0xF4);
  return m.run(code);
}

}  // namespace

TEST_CASE("Instructions that CPUID does not announce are #UD (SDM Vol. 2 §3.1.1)") {
  const Encoding absent[] = {
      {"TPAUSE", {0x66, 0x0F, 0xAE, 0xF0}},   {"UMONITOR", {0xF3, 0x0F, 0xAE, 0xF0}},
      {"UMWAIT", {0xF2, 0x0F, 0xAE, 0xF0}},   {"PCOMMIT", {0x66, 0x0F, 0xAE, 0xF8}},
      {"PTWRITE", {0xF3, 0x0F, 0xAE, 0xE0}},  {"INCSSPD", {0xF3, 0x0F, 0xAE, 0xE8}},
      {"SETSSBSY", {0xF3, 0x0F, 0x01, 0xE8}}, {"SERIALIZE", {0x0F, 0x01, 0xE8}},
      {"ENCLU", {0x0F, 0x01, 0xD7}},          {"CLZERO", {0x0F, 0x01, 0xFC}},
      {"MONITORX", {0x0F, 0x01, 0xFA}},       {"RDPRU", {0x0F, 0x01, 0xFD}},
      {"PCONFIG", {0x0F, 0x01, 0xC5}},        {"XTEST", {0x0F, 0x01, 0xD6}},
      {"MOVDIRI", {0x0F, 0x38, 0xF9, 0x00}},  {"VMLOAD", {0x0F, 0x01, 0xDA}},
  };
  Machine m;
  for (const Encoding& encoding : absent) {
    INFO(encoding.name);
    const auto r = run(m, encoding);
    CHECK(r.vector == 6);
    CHECK(r.rip == Machine::code_at);
  }
}

TEST_CASE("Hints of later processors are NOP, whatever they encode (SDM Vol. 2, NOP, ENDBR32)") {
  const Encoding hints[] = {
      {"ENDBR32", {0xF3, 0x0F, 0x1E, 0xFB}},
      {"RDSSPD", {0xF3, 0x0F, 0x1E, 0xC8}},
      {"CLDEMOTE", {0x0F, 0x1C, 0x00}},
      {"BNDMK", {0xF3, 0x0F, 0x1B, 0x00}},
      {"BNDCU", {0xF2, 0x0F, 0x1A, 0xC0}},
      {"NOP r/m32", {0x0F, 0x1F, 0x00}},
      {"PREFETCHW", {0x0F, 0x0D, 0x08}},
      {"WBNOINVD", {0xF3, 0x0F, 0x09}},
      {"PAUSE", {0xF3, 0x90}},
  };
  Machine m;
  for (const Encoding& encoding : hints) {
    INFO(encoding.name);
    const auto r = run(m, encoding);
    CHECK(r.halted);
    CHECK(r.vector == -1);
  }
}
