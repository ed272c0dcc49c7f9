// SSE operations against the processor that runs the test, which executes the same bytes.
#include <sys/mman.h>

#include <cstring>

#include "models/core/cpuid.h"
#include "tests/catch.h"
#include "tests/differential/random.h"
#include "tests/support/bare_machine.h"

using namespace apicsim;
using differential::Random;

namespace {

constexpr u64 code_at = 0x100000, data_at = 0x110000, stack_top = 0x120000;

/// movdqu xmm0, [rdi]; movdqu xmm1, [rsi]; mov eax, [rsi]; OPERATION; movdqu [rdx], xmm0; mov
/// [rdx+16], rax
std::vector<u8> around(const std::vector<u8>& operation) {
  std::vector<u8> code = {0xF3, 0x0F, 0x6F, 0x07, 0xF3, 0x0F, 0x6F, 0x0E, 0x8B, 0x06};
  code.insert(code.end(), operation.begin(), operation.end());
  code.insert(code.end(), {0xF3, 0x0F, 0x7F, 0x02, 0x48, 0x89, 0x42, 0x10});
  return code;
}

struct Data {
  alignas(16) u64 a[2];
  u64 b[2];
  u64 result[4];
};

class HostCode {
 public:
  HostCode() {
    m_page =
        mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  }
  ~HostCode() { munmap(m_page, 4096); }
  HostCode(const HostCode&) = delete;
  HostCode& operator=(const HostCode&) = delete;
  bool usable() const { return m_page != MAP_FAILED; }
  void run(std::vector<u8> code, Data& data) {
    code.push_back(0xC3);
    std::memcpy(m_page, code.data(), code.size());
    reinterpret_cast<void (*)(void*, void*, void*)>(m_page)(data.a, data.b, data.result);
  }

 private:
  void* m_page;
};

/// Machine in 64-bit mode with SSE enabled; exceptions end in HLT at `vector * 16`.
class VectorMachine : public BareMachine {
 public:
  VectorMachine() : BareMachine(1) {
    cpu().activity = Activity::wait_for_start_up;
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    map_identity();
    ram().write_value<u64>(0x9010, 0x00AF9B000000FFFF);
    ram().write_value<u64>(0x9018, 0x00CF93000000FFFF);
    for (u64 vector = 0; vector < 32; ++vector) {
      const u64 handler = 0xA000 + vector * 16;
      ram().write_value<u8>(handler, 0xF4);
      ram().write_value<u64>(0x8000 + vector * 16, handler | 0x10ull << 16 | 0x8E0000000000);
    }
  }
  /// -1, or the vector of the exception.
  int run(std::vector<u8> code) {
    code.push_back(0xF4);
    enter_64bit(0, code_at, stack_top);
    Cpu& c = cpu();
    c.gdt = {0x9000, 0x1F};
    c.idt = {0x8000, 0x1FF};
    c.cr4 |= cr4_bits;
    c.cr0 |= cr0_bits;
    load(code_at, code);
    complex().code_written(code_at, code.size());
    c.registers[7] = data_at;
    c.registers[6] = data_at + 16;
    c.registers[2] = data_at + 32;
    const Cycle limit = c.cycle + 1000;
    while (c.activity == Activity::running && c.cycle < limit) c.run(limit, limit);
    return c.rip >= 0xA000 && c.rip < 0xA200 ? static_cast<int>((c.rip - 0xA000) / 16) : -1;
  }
  u64 cr4_bits = cr4::osfxsr, cr0_bits = 0;
};

std::vector<std::vector<u8>> operations(Random& random) {
  std::vector<std::vector<u8>> all;
  // 66 0F xx /r with xmm0, xmm1: PUNPCK.., PCMP.., PADD.., PSUB.., PMUL.., PMIN.., bitwise, shifts
  for (const u8 opcode :
       {0x60, 0x61, 0x62, 0x64, 0x65, 0x66, 0x68, 0x69, 0x6A, 0x6C, 0x6D, 0x6F, 0x74,
        0x75, 0x76, 0xD1, 0xD2, 0xD3, 0xD4, 0xD5, 0xDA, 0xDB, 0xDE, 0xDF, 0xE1, 0xE2,
        0xE4, 0xE5, 0xEA, 0xEB, 0xEE, 0xEF, 0xF1, 0xF2, 0xF3, 0xF4, 0xF8, 0xF9, 0xFA,
        0xFB, 0xFC, 0xFD, 0xFE, 0x14, 0x15, 0x28, 0x54, 0x55, 0x56, 0x57}) {
    all.push_back({0x66, 0x0F, static_cast<u8>(opcode), 0xC1});
    all.push_back({0x66, 0x0F, static_cast<u8>(opcode), 0x07});  // xmm0, [rdi]
  }
  for (const u8 opcode : {0x10, 0x12, 0x14, 0x15, 0x16, 0x28, 0x54, 0x55, 0x56, 0x57})
    all.push_back({0x0F, static_cast<u8>(opcode), 0xC1});
  const u8 imm = static_cast<u8>(random.next());
  for (const u8 prefix : {0x66, 0xF2, 0xF3})
    all.push_back({static_cast<u8>(prefix), 0x0F, 0x70, 0xC1, imm});
  all.push_back({0x0F, 0xC6, 0xC1, imm});
  all.push_back({0x66, 0x0F, 0xC6, 0xC1, imm});
  const u8 count = static_cast<u8>(random.below(72));
  for (const u8 digit : {2, 4, 6})
    for (const u8 opcode : {0x71, 0x72})
      all.push_back(
          {0x66, 0x0F, static_cast<u8>(opcode), static_cast<u8>(0xC0 | digit << 3), count});
  for (const u8 digit : {2, 3, 6, 7})
    all.push_back(
        {0x66, 0x0F, 0x73, static_cast<u8>(0xC0 | digit << 3), static_cast<u8>(count / 3)});
  // MOVQ, MOVSS, MOVSD, MOVD and MOVQ with general registers, MOVLPS.., PMOVMSKB, MOVMSKPS
  all.push_back({0xF3, 0x0F, 0x7E, 0xC1});
  all.push_back({0xF3, 0x0F, 0x10, 0xC1});
  all.push_back({0xF2, 0x0F, 0x10, 0xC1});
  all.push_back({0xF3, 0x0F, 0x10, 0x06});
  all.push_back({0xF2, 0x0F, 0x10, 0x06});
  all.push_back({0x66, 0x0F, 0x6E, 0xC0});
  all.push_back({0x66, 0x48, 0x0F, 0x6E, 0xC0});
  all.push_back({0x66, 0x0F, 0x7E, 0xC8});
  all.push_back({0x66, 0x48, 0x0F, 0x7E, 0xC8});
  all.push_back({0x0F, 0x12, 0x06});
  all.push_back({0x0F, 0x16, 0x06});
  all.push_back({0x0F, 0x10, 0x46, 0xFC});  // movups xmm0, [rsi - 4]
  all.push_back({0x66, 0x0F, 0xD7, 0xC1});
  all.push_back({0x0F, 0x50, 0xC1});
  all.push_back({0x66, 0x0F, 0x50, 0xC1});
  all.push_back({0x0F, 0x13, 0x4A, 0x18, 0x0F, 0x17, 0x4A, 0x18, 0x48, 0x8B, 0x42, 0x18});
  return all;
}

}  // namespace

TEST_CASE("SSE moves and integer operations give what the host's processor gives") {
  HostCode host;
  if (!host.usable()) SKIP("no memory that is writable and executable");
  VectorMachine m;
  Random random(7);
  for (unsigned round = 0; round < 60; ++round) {
    for (const std::vector<u8>& operation : operations(random)) {
      Data data{};
      for (u64* word : {data.a, data.a + 1, data.b, data.b + 1})
        *word = random.percent(20) ? random.below(80) : random.next();
      m.ram().write(data_at, &data, sizeof data);
      const std::vector<u8> code = around(operation);
      INFO("operation " << std::hex << unsigned{operation[0]} << ' ' << unsigned{operation[1]}
                        << ' ' << unsigned{operation[2]} << ' ' << unsigned{operation.back()});
      REQUIRE(m.run(code) == -1);
      host.run(code, data);
      u64 result[3];
      m.ram().read(data_at + 32, result, sizeof result);
      REQUIRE(result[0] == data.result[0]);
      REQUIRE(result[1] == data.result[1]);
      REQUIRE(result[2] == data.result[2]);
    }
  }
}

TEST_CASE(
    "SSE is #UD with CR0.EM or without CR4.OSFXSR, else #NM with CR0.TS (SDM Vol. 3 §2.5, §13.1)") {
  VectorMachine m;
  const std::vector<u8> pxor = {0x66, 0x0F, 0xEF, 0xC0};
  CHECK(m.run(pxor) == -1);
  m.cr0_bits = cr0::ts;
  CHECK(m.run(pxor) == 7);
  m.cr0_bits = cr0::ts | cr0::em;
  CHECK(m.run(pxor) == 6);
  m.cr0_bits = 0;
  m.cr4_bits = 0;
  CHECK(m.run(pxor) == 6);
}

TEST_CASE(
    "16-byte operands that are not aligned are #GP(0), but for MOVUPS and MOVDQU (SDM Vol. 2)") {
  VectorMachine m;
  CHECK(m.run({0x0F, 0x28, 0x47, 0x08}) == 13);        // movaps xmm0, [rdi + 8]
  CHECK(m.run({0x0F, 0x29, 0x47, 0x08}) == 13);        // movaps [rdi + 8], xmm0
  CHECK(m.run({0x66, 0x0F, 0xEF, 0x47, 0x08}) == 13);  // pxor xmm0, [rdi + 8]
  CHECK(m.run({0x0F, 0x10, 0x47, 0x08}) == -1);
  CHECK(m.run({0xF3, 0x0F, 0x7F, 0x47, 0x08}) == -1);
}

TEST_CASE("FNINIT, FLDCW, FNSTCW and FNSTSW show the x87 control registers (SDM Vol. 1 §8.1)") {
  VectorMachine m;
  CHECK(m.cpu().vectors.control == 0x0040);  // SDM Vol. 3 table 9-1
  // fninit; fnstcw [rdx]; mov word [rdx+4], 0x077F; fldcw [rdx+4]; fnstcw [rdx+8]; fnstsw ax
  CHECK(m.run({0xDB, 0xE3, 0xD9, 0x3A, 0x66, 0xC7, 0x42, 0x04, 0x7F, 0x07, 0xD9, 0x6A, 0x04, 0xD9,
               0x7A, 0x08, 0xDF, 0xE0}) == -1);
  CHECK(m.ram().read_value<u16>(data_at + 32) == 0x037F);
  CHECK(m.ram().read_value<u16>(data_at + 40) == 0x077F);
  CHECK((m.cpu().registers[0] & 0xFFFF) == 0);
  m.cr0_bits = cr0::ts;
  CHECK(m.run({0xDB, 0xE3}) == 7);
  CHECK(m.run({0x9B}) == -1);  // FWAIT looks at TS only with MP
  m.cr0_bits = cr0::ts | cr0::mp;
  CHECK(m.run({0x9B}) == 7);
  m.cr0_bits = cr0::em;
  CHECK(m.run({0xDB, 0xE3}) == 7);
}

TEST_CASE(
    "LDMXCSR refuses reserved bits and STMXCSR shows 1F80 after reset (SDM Vol. 2, LDMXCSR)") {
  VectorMachine m;
  CHECK(m.run({0x0F, 0xAE, 0x1A}) == -1);
  CHECK(m.ram().read_value<u32>(data_at + 32) == 0x1F80);
  m.ram().write_value<u32>(data_at, 0x10000);
  CHECK(m.run({0x0F, 0xAE, 0x17}) == 13);
  m.ram().write_value<u32>(data_at, 0xFFFF);
  CHECK(m.run({0x0F, 0xAE, 0x17}) == -1);
  CHECK(m.cpu().vectors.mxcsr == 0xFFFF);
}

TEST_CASE("FXSAVE and FXRSTOR carry XMM registers, MXCSR and FCW at their offsets (table 3-47)") {
  VectorMachine m;
  for (unsigned n = 0; n < 16; ++n) {
    m.cpu().vectors.xmm[n][0] = 0x1111 * n + 1;
    m.cpu().vectors.xmm[n][1] = ~u64{n};
  }
  CHECK(m.run({0xDB, 0xE3, 0x0F, 0xAE, 0x02}) == -1);  // fninit; fxsave [rdx]
  constexpr u64 image = data_at + 32;
  CHECK(m.ram().read_value<u16>(image) == 0x037F);
  CHECK(m.ram().read_value<u8>(image + 4) == 0);
  CHECK(m.ram().read_value<u32>(image + 24) == 0x1F80);
  CHECK(m.ram().read_value<u32>(image + 28) == 0xFFFF);
  CHECK(m.ram().read_value<u64>(image + 160) == 1);
  CHECK(m.ram().read_value<u64>(image + 160 + 15 * 16 + 8) == ~u64{15});
  m.ram().write_value<u64>(image + 160 + 16, 0xABCD);
  CHECK(m.run({0x0F, 0xAE, 0x0A}) == -1);
  CHECK(m.cpu().vectors.xmm[1][0] == 0xABCD);
  CHECK(m.run({0x0F, 0xAE, 0x42, 0x08}) == 13);  // not aligned
  m.ram().write_value<u32>(image + 24, 0x10000);
  CHECK(m.run({0x0F, 0xAE, 0x0A}) == 13);
}
