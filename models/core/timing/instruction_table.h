#pragma once

#include <array>

#include "models/core/timing/op_timing.h"

namespace apicsim {

/// Instructions that the core executes alike, with register operands; what loads and stores add
/// follows from the form (instruction_timing.h). Each is the profile entry `instruction.<name>`.
enum class InstructionClass : u8 {
  alu,                 ///< ADD ... CMP, TEST, INC, DEC, NEG, NOT, MOV of an immediate, extensions
  move,                ///< MOV between general registers
  zero_idiom,          ///< XOR r,r and SUB r,r of 32 or 64 bits
  no_operation,        ///< NOP, ENDBR
  carry_arithmetic,    ///< ADC, SBB
  sign_spread,         ///< CDQ, CQO
  sign_spread_word,    ///< CWD
  lea,                 ///< up to two address components
  lea_slow,            ///< base + index + displacement, or RIP-relative
  lea_word,            ///< 16-bit result
  shift,               ///< SHL, SHR, SAR by an immediate
  shift_by_cl,         ///< the same by CL
  rotate,              ///< ROL, ROR by an immediate
  rotate_by_cl,        ///< the same by CL
  rotate_carry_one,    ///< RCL, RCR by one
  rotate_carry,        ///< RCL, RCR by an immediate or CL
  double_shift,        ///< SHLD, SHRD by an immediate
  double_shift_by_cl,  ///< the same by CL
  bit_test,            ///< BT, BTS, BTR, BTC in a register, or in memory by an immediate
  bit_test_memory,     ///< the same in memory, with the bit's number in a register
  bit_scan,            ///< BSF, BSR, POPCNT
  byte_swap_32,
  byte_swap_64,
  set_condition,            ///< SETcc
  set_condition_both,       ///< SETA, SETBE: need CF and ZF
  move_condition,           ///< CMOVcc
  move_condition_both,      ///< CMOVA, CMOVBE
  clear_carry,              ///< CLC
  set_carry,                ///< STC, CMC
  set_direction,            ///< CLD, STD
  load_flags,               ///< LAHF
  store_flags,              ///< SAHF
  multiply,                 ///< IMUL with two or three operands; 8-bit MUL, IMUL
  multiply_word_immediate,  ///< IMUL r16, r16, imm
  multiply_wide_16,         ///< MUL, IMUL to DX:AX
  multiply_wide_32,
  multiply_wide_64,
  divide_8,  ///< DIV
  divide_16,
  divide_32,
  divide_64,
  divide_signed_8,  ///< IDIV
  divide_signed_16,
  divide_signed_32,
  divide_signed_64,
  exchange,                 ///< XCHG between registers
  exchange_add,             ///< XADD
  compare_exchange,         ///< CMPXCHG between registers
  compare_exchange_memory,  ///< the same with memory, its load and store included
  compare_exchange_8,       ///< CMPXCHG8B
  compare_exchange_16,      ///< CMPXCHG16B
  locked,                   ///< LOCK before an ALU instruction; XCHG with memory
  locked_exchange_add,      ///< LOCK XADD
  locked_compare_exchange,
  locked_compare_exchange_8,
  locked_compare_exchange_16,
  branch,           ///< Jcc
  jump,             ///< JMP
  branch_on_count,  ///< JRCXZ and its like
  loop,             ///< LOOP, LOOPE, LOOPNE
  call,             ///< near, direct
  call_indirect,    ///< near, through a register
  ret,              ///< near
  ret_release,      ///< near, with an immediate
  push,
  pop,
  leave,
  enter,
  push_flags,
  pop_flags,
  translate,       ///< XLAT
  load_string,     ///< LODS
  store_string,    ///< STOS
  move_string,     ///< MOVS
  scan_string,     ///< SCAS
  compare_string,  ///< CMPS
  repeat_load,     ///< REP LODS: reciprocal to start, then per iteration
  repeat_store,    ///< REP STOS: per 16 bytes
  repeat_move,     ///< REP MOVS: per 16 bytes
  repeat_scan,     ///< REPE/REPNE SCAS: per iteration
  repeat_compare,  ///< REPE/REPNE CMPS: per iteration
  pause,
  load_fence,
  store_fence,
  full_fence,
  prefetch,
  flush_line,          ///< CLFLUSH
  read_time,           ///< RDTSC
  read_time_and_cpu,   ///< RDTSCP
  read_counter,        ///< RDPMC
  identify,            ///< CPUID
  disable_interrupts,  ///< CLI
  enable_interrupts,   ///< STI
  read_register,       ///< RDMSR, RDFSBASE and XGETBV; an MSR's own cost is a latency entry
  write_register,      ///< WRMSR, WRFSBASE, XSETBV
  swap_base,           ///< SWAPGS
  read_control,        ///< MOV from a control or debug register, SMSW
  write_control,       ///< MOV to CR0, CR4, CR8 or a debug register, CLTS, LMSW
  write_page_table,    ///< MOV to CR3
  invalidate_page,     ///< INVLPG
  invalidate_caches,   ///< INVD, WBINVD; what is written back comes on top
  system_call,         ///< SYSCALL, SYSENTER
  system_return,       ///< SYSRET, SYSEXIT
  interrupt,           ///< INT n, INT3, INTO; the delivery is latency.event_delivery
  interrupt_return,    ///< IRET
  far_transfer,        ///< far JMP, CALL, RET
  read_segment,        ///< MOV from, PUSH of a segment register; SLDT, STR, SGDT, SIDT
  write_segment,       ///< MOV to, POP of a segment register; LFS and its like
  check_segment,       ///< LAR, LSL, VERR, VERW
  load_table,          ///< LGDT, LIDT, LLDT, LTR
  port,                ///< IN, OUT; the access is latency.port_io
  idle,                ///< HLT, MWAIT
  arm_monitor,         ///< MONITOR
  unknown,             ///< whatever raises #UD
  count
};

inline constexpr std::size_t instruction_class_count =
    static_cast<std::size_t>(InstructionClass::count);

/// The name that profiles use.
const char* name_of(InstructionClass instruction_class);

/// Costs of one class; what each member means says OpTiming.
struct InstructionCost {
  u8 uops = 1;
  u16 latency = 1;
  u16 reciprocal = 0;
  u16 iteration_sixteenths = 0;
  UopGroup groups[3];
};

/// All classes, and what the front end does with particular forms. Every value is a profile entry.
struct InstructionTable {
  std::array<InstructionCost, instruction_class_count> costs;
  bool eliminates_moves = false;  ///< `core.eliminates_moves`: MOV r,r of 32 or 64 bits, MOVZX r,r8
  bool splits_indexed = true;     ///< `core.splits_indexed`: indexed addressing undoes micro-fusion
  bool micro_fusion = true;       ///< `core.micro_fusion`: load and operation share a slot
  bool macro_fusion = true;       ///< `core.macro_fusion`: flag setter and Jcc share a slot
  u16 complex_address = 0;        ///< `core.complex_address`: added to a load with an index or a
                                  ///< displacement of 2048 bytes or more

  const InstructionCost& of(InstructionClass c) const { return costs[static_cast<std::size_t>(c)]; }
  InstructionCost& of(InstructionClass c) { return costs[static_cast<std::size_t>(c)]; }
};

}  // namespace apicsim
