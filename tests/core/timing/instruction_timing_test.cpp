#include "models/core/timing/instruction_timing.h"

#include <sstream>
#include <string>
#include <vector>

#include "tests/catch.h"

using namespace apicsim;

namespace {

using Class = InstructionClass;

constexpr u32 rax = 1u << 0, rcx = 1u << 1, rdx = 1u << 2, rbx = 1u << 3, rsp = 1u << 4,
              rbp = 1u << 5, rsi = 1u << 6, rdi = 1u << 7, r8 = 1u << 8;
constexpr u32 status = unit::carry | unit::flags;

/// "48 01 d8" in 64-bit mode.
struct Instruction {
  explicit Instruction(const std::string& hex) {
    std::istringstream stream(hex);
    std::vector<u8> bytes;
    for (std::string pair; stream >> pair;)
      bytes.push_back(static_cast<u8>(std::stoul(pair, nullptr, 16)));
    ZydisDecoder decoder;
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    REQUIRE(ZYAN_SUCCESS(
        ZydisDecoderDecodeFull(&decoder, bytes.data(), bytes.size(), &decoded, operands)));
    REQUIRE(decoded.length == bytes.size());
  }
  ZydisDecodedInstruction decoded;
  ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
};

/// Every class: one operation on ports 0, 1 and 5 with latency 1.
InstructionTable plain_table() {
  InstructionTable table;
  for (InstructionCost& cost : table.costs) cost.groups[0] = {0x23, 1, 1};
  return table;
}

OpTiming timing(const std::string& hex, const InstructionTable& table = plain_table()) {
  const Instruction instruction(hex);
  return instruction_timing(table, instruction.decoded, instruction.operands);
}

}  // namespace

TEST_CASE("Every instruction belongs to a class by mnemonic, operand form and prefix") {
  struct Row {
    const char* bytes;
    Class expected;
    const char* text;
  };
  const Row rows[] = {
      {"48 01 d8", Class::alu, "add rax, rbx"},
      {"48 03 06", Class::alu, "add rax, [rsi]"},
      {"31 c0", Class::zero_idiom, "xor eax, eax"},
      {"66 31 c0", Class::alu, "xor ax, ax: not a full register"},
      {"48 29 db", Class::zero_idiom, "sub rbx, rbx"},
      {"48 39 c0", Class::alu, "cmp rax, rax"},
      {"48 89 d8", Class::move, "mov rax, rbx"},
      {"0f b6 c3", Class::alu, "movzx eax, bl"},
      {"48 8b 06", Class::alu, "mov rax, [rsi]"},
      {"0f 22 d8", Class::write_page_table, "mov cr3, rax"},
      {"0f 22 c0", Class::write_control, "mov cr0, rax"},
      {"0f 20 d8", Class::read_control, "mov rax, cr3"},
      {"8e d8", Class::write_segment, "mov ds, eax"},
      {"8c d8", Class::read_segment, "mov eax, ds"},
      {"48 11 d8", Class::carry_arithmetic, "adc rax, rbx"},
      {"48 98", Class::alu, "cdqe"},
      {"48 99", Class::sign_spread, "cqo"},
      {"66 99", Class::sign_spread_word, "cwd"},
      {"66 0f 1f 44 00 08", Class::no_operation, "nop [rax + rax + 8]"},
      {"48 8d 46 08", Class::lea, "lea rax, [rsi + 8]"},
      {"48 8d 04 3e", Class::lea, "lea rax, [rsi + rdi]"},
      {"48 8d 44 3e 08", Class::lea_slow, "lea rax, [rsi + rdi + 8]"},
      {"48 8d 05 08 00 00 00", Class::lea_slow, "lea rax, [rip + 8]"},
      {"66 8d 06", Class::lea_word, "lea ax, [rsi]"},
      {"48 c1 e0 03", Class::shift, "shl rax, 3"},
      {"48 d3 e0", Class::shift_by_cl, "shl rax, cl"},
      {"48 c1 c0 03", Class::rotate, "rol rax, 3"},
      {"48 d3 c0", Class::rotate_by_cl, "rol rax, cl"},
      {"48 d1 d0", Class::rotate_carry_one, "rcl rax, 1"},
      {"48 c1 d0 03", Class::rotate_carry, "rcl rax, 3"},
      {"48 0f a4 d8 03", Class::double_shift, "shld rax, rbx, 3"},
      {"48 0f a5 d8", Class::double_shift_by_cl, "shld rax, rbx, cl"},
      {"48 0f ba e0 03", Class::bit_test, "bt rax, 3"},
      {"48 0f a3 06", Class::bit_test_memory, "bt [rsi], rax"},
      {"48 0f bc c3", Class::bit_scan, "bsf rax, rbx"},
      {"f3 48 0f b8 c3", Class::bit_scan, "popcnt rax, rbx"},
      {"0f c8", Class::byte_swap_32, "bswap eax"},
      {"48 0f c8", Class::byte_swap_64, "bswap rax"},
      {"0f 94 c0", Class::set_condition, "sete al"},
      {"0f 97 c0", Class::set_condition_both, "seta al"},
      {"48 0f 44 c3", Class::move_condition, "cmove rax, rbx"},
      {"48 0f 47 c3", Class::move_condition_both, "cmova rax, rbx"},
      {"f8", Class::clear_carry, "clc"},
      {"f5", Class::set_carry, "cmc"},
      {"fc", Class::set_direction, "cld"},
      {"9f", Class::load_flags, "lahf"},
      {"9e", Class::store_flags, "sahf"},
      {"48 0f af c3", Class::multiply, "imul rax, rbx"},
      {"f6 e3", Class::multiply, "mul bl"},
      {"66 69 c3 bc 02", Class::multiply_word_immediate, "imul ax, bx, 700"},
      {"66 f7 e3", Class::multiply_wide_16, "mul bx"},
      {"f7 e3", Class::multiply_wide_32, "mul ebx"},
      {"48 f7 e3", Class::multiply_wide_64, "mul rbx"},
      {"f6 f3", Class::divide_8, "div bl"},
      {"66 f7 f3", Class::divide_16, "div bx"},
      {"f7 f3", Class::divide_32, "div ebx"},
      {"48 f7 f3", Class::divide_64, "div rbx"},
      {"f7 fb", Class::divide_signed_32, "idiv ebx"},
      {"48 f7 fb", Class::divide_signed_64, "idiv rbx"},
      {"48 93", Class::exchange, "xchg rax, rbx"},
      {"48 87 06", Class::locked, "xchg [rsi], rax"},
      {"48 0f c1 1e", Class::exchange_add, "xadd [rsi], rbx"},
      {"f0 48 0f c1 1e", Class::locked_exchange_add, "lock xadd [rsi], rbx"},
      {"48 0f b1 d9", Class::compare_exchange, "cmpxchg rcx, rbx"},
      {"48 0f b1 1e", Class::compare_exchange_memory, "cmpxchg [rsi], rbx"},
      {"f0 48 0f b1 1e", Class::locked_compare_exchange, "lock cmpxchg [rsi], rbx"},
      {"0f c7 0e", Class::compare_exchange_8, "cmpxchg8b [rsi]"},
      {"f0 0f c7 0e", Class::locked_compare_exchange_8, "lock cmpxchg8b [rsi]"},
      {"48 0f c7 0e", Class::compare_exchange_16, "cmpxchg16b [rsi]"},
      {"f0 48 0f c7 0e", Class::locked_compare_exchange_16, "lock cmpxchg16b [rsi]"},
      {"f0 48 83 06 01", Class::locked, "lock add qword [rsi], 1"},
      {"f0 48 0f ba 2e 01", Class::locked, "lock bts qword [rsi], 1"},
      {"75 fe", Class::branch, "jne"},
      {"eb fe", Class::jump, "jmp"},
      {"ff e0", Class::jump, "jmp rax"},
      {"e3 fe", Class::branch_on_count, "jrcxz"},
      {"e2 fe", Class::loop, "loop"},
      {"e8 00 00 00 00", Class::call, "call"},
      {"ff d0", Class::call_indirect, "call rax"},
      {"ff 16", Class::call_indirect, "call [rsi]"},
      {"c3", Class::ret, "ret"},
      {"c2 08 00", Class::ret_release, "ret 8"},
      {"cb", Class::far_transfer, "retf"},
      {"50", Class::push, "push rax"},
      {"ff 36", Class::push, "push qword [rsi]"},
      {"58", Class::pop, "pop rax"},
      {"0f a8", Class::read_segment, "push gs"},
      {"c9", Class::leave, "leave"},
      {"9c", Class::push_flags, "pushfq"},
      {"9d", Class::pop_flags, "popfq"},
      {"48 ad", Class::load_string, "lodsq"},
      {"f3 48 ad", Class::repeat_load, "rep lodsq"},
      {"48 ab", Class::store_string, "stosq"},
      {"f3 48 ab", Class::repeat_store, "rep stosq"},
      {"48 a5", Class::move_string, "movsq"},
      {"f3 48 a5", Class::repeat_move, "rep movsq"},
      {"48 af", Class::scan_string, "scasq"},
      {"f2 ae", Class::repeat_scan, "repne scasb"},
      {"48 a7", Class::compare_string, "cmpsq"},
      {"f3 a6", Class::repeat_compare, "repe cmpsb"},
      {"f3 90", Class::pause, "pause"},
      {"0f ae e8", Class::load_fence, "lfence"},
      {"0f ae f8", Class::store_fence, "sfence"},
      {"0f ae f0", Class::full_fence, "mfence"},
      {"0f 18 0e", Class::prefetch, "prefetcht0 [rsi]"},
      {"0f ae 3e", Class::flush_line, "clflush [rsi]"},
      {"0f 31", Class::read_time, "rdtsc"},
      {"0f 01 f9", Class::read_time_and_cpu, "rdtscp"},
      {"0f 33", Class::read_counter, "rdpmc"},
      {"0f a2", Class::identify, "cpuid"},
      {"fa", Class::disable_interrupts, "cli"},
      {"fb", Class::enable_interrupts, "sti"},
      {"0f 32", Class::read_register, "rdmsr"},
      {"0f 30", Class::write_register, "wrmsr"},
      {"0f 01 f8", Class::swap_base, "swapgs"},
      {"0f 01 3e", Class::invalidate_page, "invlpg [rsi]"},
      {"0f 09", Class::invalidate_caches, "wbinvd"},
      {"0f 05", Class::system_call, "syscall"},
      {"48 0f 07", Class::system_return, "sysretq"},
      {"cd 80", Class::interrupt, "int 0x80"},
      {"48 cf", Class::interrupt_return, "iretq"},
      {"0f 02 d8", Class::check_segment, "lar ebx, eax"},
      {"0f 01 16", Class::load_table, "lgdt [rsi]"},
      {"ec", Class::port, "in al, dx"},
      {"f4", Class::idle, "hlt"},
      {"0f 01 c9", Class::idle, "mwait"},
      {"0f 01 c8", Class::arm_monitor, "monitor"},
      {"0f 0b", Class::unknown, "ud2"},
  };
  for (const Row& row : rows) {
    const Instruction instruction(row.bytes);
    INFO(row.text);
    CHECK(std::string(name_of(instruction_class(instruction.decoded, instruction.operands))) ==
          name_of(row.expected));
  }
}

TEST_CASE("An instruction waits for what it reads and makes ready what it writes") {
  struct Row {
    const char* bytes;
    u32 address, sources, results;
    const char* text;
  };
  const Row rows[] = {
      {"48 01 d8", 0, rax | rbx, rax | status, "add rax, rbx"},
      {"48 03 06", rsi, rax, rax | status, "add rax, [rsi]"},
      {"48 01 04 3e", rsi | rdi, rax, status, "add [rsi + rdi], rax"},
      {"48 89 d8", 0, rbx, rax, "mov rax, rbx"},
      {"88 d8", 0, rax | rbx, rax, "mov al, bl: merged with the rest of RAX"},
      {"66 89 d8", 0, rax | rbx, rax, "mov ax, bx"},
      {"89 d8", 0, rbx, rax, "mov eax, ebx: clears the upper half"},
      {"88 e3", 0, rax | rbx, rbx, "mov bl, ah"},
      {"49 8b 00", r8, 0, rax, "mov rax, [r8]"},
      {"48 89 06", rsi, rax, 0, "mov [rsi], rax"},
      {"48 ff c0", 0, rax, rax | unit::flags, "inc rax: leaves CF (SDM Vol. 2, INC)"},
      {"48 11 d8", 0, rax | rbx | unit::carry, rax | status, "adc rax, rbx"},
      {"0f 94 c0", 0, rax | unit::flags, rax, "sete al"},
      {"0f 92 c0", 0, rax | unit::carry, rax, "setb al"},
      {"0f 97 c0", 0, rax | status, rax, "seta al"},
      {"48 0f 44 c3", 0, rax | rbx | unit::flags, rax, "cmove rax, rbx: may keep RAX"},
      {"48 0f bc c3", 0, rax | rbx, rax | status, "bsf rax, rbx: may keep RAX"},
      {"48 0f ba e0 03", 0, rax, status, "bt rax, 3"},
      {"48 d3 e0", 0, rax | rcx, rax | status, "shl rax, cl"},
      {"48 f7 e3", 0, rax | rbx, rax | rdx | status, "mul rbx"},
      {"f7 f3", 0, rax | rdx | rbx, rax | rdx | status, "div ebx"},
      {"48 99", 0, rax, rdx, "cqo"},
      {"48 8d 44 3e 08", 0, rsi | rdi, rax, "lea rax, [rsi + rdi + 8]: an operation, no address"},
      {"48 0f c7 0e", rsi, rax | rbx | rcx | rdx, rax | rdx | unit::flags, "cmpxchg16b [rsi]"},
      {"50", rsp, rax, 0, "push rax: the stack engine moves RSP"},
      {"58", rsp, 0, rax, "pop rax"},
      {"c9", rbp, rbp, rbp | rsp, "leave"},
      {"31 c0", 0, 0, rax | status, "xor eax, eax"},
      {"75 fe", 0, unit::flags, 0, "jne"},
      {"77 fe", 0, status, 0, "ja"},
      {"f8", 0, 0, unit::carry, "clc"},
      {"9d", rsp, 0, status, "popfq"},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    const OpTiming t = timing(row.bytes);
    CHECK(t.address_sources == row.address);
    CHECK(t.sources == row.sources);
    CHECK(t.results == row.results);
  }
}

TEST_CASE("String steps move RSI and RDI without waiting for memory") {
  const OpTiming step = timing("48 a5");
  CHECK(step.early_results == (rsi | rdi));
  CHECK(step.address_sources == (rsi | rdi));
  CHECK((step.results & (rsi | rdi)) == 0);
  const OpTiming load = timing("48 ad");
  CHECK(load.early_results == rsi);
  CHECK(load.results == rax);
  CHECK((timing("f3 48 a5").results & (rsi | rdi | rcx)) == (rsi | rdi | rcx));
}

TEST_CASE("Loads and stores take slots by the form, and an index undoes micro-fusion") {
  struct Row {
    const char* bytes;
    unsigned fused, split, unfused;  // with micro-fusion; indexed forms split; without any
    unsigned loads, stores;
    const char* text;
  };
  const Row rows[] = {
      {"48 01 d8", 1, 1, 1, 0, 0, "add rax, rbx"},
      {"48 03 06", 1, 1, 2, 1, 0, "add rax, [rsi]"},
      {"48 03 04 3e", 1, 2, 2, 1, 0, "add rax, [rsi + rdi]"},
      {"48 01 06", 2, 2, 4, 1, 1, "add [rsi], rax"},
      {"48 01 04 3e", 2, 4, 4, 1, 1, "add [rsi + rdi], rax"},
      {"48 8b 04 3e", 1, 1, 1, 1, 0, "mov rax, [rsi + rdi]"},
      {"48 89 06", 1, 1, 2, 0, 1, "mov [rsi], rax"},
      {"48 89 04 3e", 1, 2, 2, 0, 1, "mov [rsi + rdi], rax"},
      {"50", 1, 1, 1, 0, 1, "push rax"},
      {"ff 36", 2, 2, 2, 1, 1, "push qword [rsi]"},
      {"66 0f 1f 44 00 08", 1, 1, 1, 0, 0, "nop [rax + rax + 8]"},
  };
  InstructionTable fused = plain_table(), split = plain_table(), unfused = plain_table();
  fused.splits_indexed = false;
  unfused.micro_fusion = false;
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(timing(row.bytes, fused).uops == row.fused);
    CHECK(timing(row.bytes, split).uops == row.split);
    CHECK(timing(row.bytes, unfused).uops == row.unfused);
    CHECK(timing(row.bytes, split).loads == row.loads);
    CHECK(timing(row.bytes, split).stores == row.stores);
  }
}

TEST_CASE("A load alone executes nothing and takes longer by a complex address") {
  InstructionTable table = plain_table();
  table.complex_address = 1;
  CHECK(timing("48 8b 06", table).groups[0].count == 0);
  CHECK(timing("48 8b 06", table).latency == 0);
  CHECK(timing("48 8b 04 3e", table).latency == 1);           // [rsi + rdi]
  CHECK(timing("48 8b 86 ff 07 00 00", table).latency == 0);  // [rsi + 2047]
  CHECK(timing("48 8b 86 00 08 00 00", table).latency == 1);  // [rsi + 2048]
  CHECK(timing("48 63 06", table).groups[0].count == 0);      // movsxd rax, [rsi]
  CHECK(timing("48 03 06", table).groups[0].count == 1);      // add rax, [rsi]
}

TEST_CASE("Which branches join which instruction (Optimization Manual, Macro-fusion)") {
  constexpr u16 all = 0xFFFF;       // every condition
  constexpr u16 compare = 0xF0FC;   // not O, S, P
  constexpr u16 counting = 0xF030;  // nor those of CF
  struct Row {
    const char* bytes;
    u16 conditions;
    const char* text;
  };
  const Row rows[] = {
      {"48 85 c0", all, "test rax, rax"},       {"48 21 d8", all, "and rax, rbx"},
      {"48 39 d8", compare, "cmp rax, rbx"},    {"48 83 f8 05", compare, "cmp rax, 5"},
      {"48 39 06", compare, "cmp [rsi], rax"},  {"48 3b 06", compare, "cmp rax, [rsi]"},
      {"48 83 3e 05", 0, "cmp qword [rsi], 5"}, {"f7 06 05 00 00 00", 0, "test dword [rsi], 5"},
      {"48 01 d8", compare, "add rax, rbx"},    {"48 29 d8", compare, "sub rax, rbx"},
      {"48 01 06", 0, "add [rsi], rax"},        {"48 ff c8", counting, "dec rax"},
      {"48 ff 0e", 0, "dec qword [rsi]"},       {"48 f7 d8", 0, "neg rax"},
      {"48 09 d8", 0, "or rax, rbx"},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(timing(row.bytes).fusible_conditions == row.conditions);
  }
  InstructionTable table = plain_table();
  table.macro_fusion = false;
  CHECK(timing("48 85 c0", table).fusible_conditions == 0);
}

TEST_CASE("Register moves of 32 and 64 bits are eliminated where the core does so") {
  InstructionTable table = plain_table();
  CHECK_FALSE(timing("48 89 d8", table).eliminated_move);
  table.eliminates_moves = true;
  for (const char* bytes : {"48 89 d8", "89 d8", "0f b6 c3"}) {  // mov, mov, movzx eax, bl
    CHECK(timing(bytes, table).eliminated_move);
    CHECK(timing(bytes, table).groups[0].count == 0);
    CHECK(timing(bytes, table).latency == 0);
  }
  // mov rax, rax; mov ax, bx; mov al, bl; movzx eax, bh; movzx eax, bx; mov rax, [rsi]; mov rax, 5
  for (const char* bytes : {"48 89 c0", "66 89 d8", "88 d8", "0f b6 c7", "0f b7 c3", "48 8b 06",
                            "48 c7 c0 05 00 00 00"})
    CHECK_FALSE(timing(bytes, table).eliminated_move);
}

TEST_CASE("A zero idiom depends on nothing and executes nothing") {
  CHECK(timing("31 c0").zero_idiom);
  CHECK(timing("48 29 c0").zero_idiom);
  CHECK_FALSE(timing("48 29 d8").zero_idiom);  // sub rax, rbx
  CHECK_FALSE(timing("48 19 c0").zero_idiom);  // sbb rax, rax
}

TEST_CASE("Kinds of instructions that order others, or lead elsewhere") {
  struct Row {
    const char* bytes;
    TimingKind kind;
    const char* text;
  };
  const Row rows[] = {
      {"75 fe", TimingKind::branch, "jne"},
      {"e2 fe", TimingKind::branch, "loop"},
      {"eb fe", TimingKind::jump, "jmp"},
      {"ff e0", TimingKind::indirect, "jmp rax"},
      {"ff 26", TimingKind::indirect, "jmp [rsi]"},
      {"e8 00 00 00 00", TimingKind::call, "call"},
      {"ff d0", TimingKind::call_indirect, "call rax"},
      {"c3", TimingKind::ret, "ret"},
      {"f0 48 83 06 01", TimingKind::locked, "lock add qword [rsi], 1"},
      {"48 87 06", TimingKind::locked, "xchg [rsi], rax"},
      {"0f ae e8", TimingKind::load_fence, "lfence"},
      {"0f ae f8", TimingKind::store_fence, "sfence"},
      {"0f ae f0", TimingKind::full_fence, "mfence"},
      {"0f 31", TimingKind::time_stamp, "rdtsc"},
      {"0f 01 f9", TimingKind::ordered, "rdtscp"},
      {"f3 90", TimingKind::pause, "pause"},
      {"f3 48 a5", TimingKind::repeated, "rep movsq"},
      // SDM Vol. 3 §8.3
      {"0f a2", TimingKind::serialising, "cpuid"},
      {"48 cf", TimingKind::serialising, "iretq"},
      {"0f 22 d8", TimingKind::serialising, "mov cr3, rax"},
      {"0f 22 c0", TimingKind::serialising, "mov cr0, rax"},
      {"0f 01 3e", TimingKind::serialising, "invlpg [rsi]"},
      {"0f 01 16", TimingKind::serialising, "lgdt [rsi]"},
      {"0f 09", TimingKind::serialising, "wbinvd"},
      {"48 01 d8", TimingKind::plain, "add rax, rbx"},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(timing(row.bytes).kind == row.kind);
  }
}

TEST_CASE("An instruction with a reciprocal throughput of its own is microcoded") {
  InstructionTable table = plain_table();
  CHECK(timing("9d", table).kind == TimingKind::plain);
  table.of(Class::pop_flags).reciprocal = 18;
  CHECK(timing("9d", table).kind == TimingKind::microcoded);
  CHECK(timing("9d", table).reciprocal == 18);
}

TEST_CASE("A step of a fast string costs by its width, a sixteenth of a cycle at least") {
  InstructionTable table = plain_table();
  table.of(Class::repeat_move).iteration_sixteenths = 16;  // 16 bytes per cycle
  table.of(Class::repeat_scan).iteration_sixteenths = 32;  // two cycles per step
  CHECK(timing("f3 48 a5", table).iteration_sixteenths == 8);
  CHECK(timing("f3 a5", table).iteration_sixteenths == 4);
  CHECK(timing("f3 a4", table).iteration_sixteenths == 1);
  table.of(Class::repeat_move).iteration_sixteenths = 4;
  CHECK(timing("f3 a4", table).iteration_sixteenths == 1);
  CHECK(timing("f2 ae", table).iteration_sixteenths == 32);
}
