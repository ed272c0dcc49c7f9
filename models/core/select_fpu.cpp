// Control instructions of x87 and SSE: what an operating system executes to bring the units into a
// known state and to switch their contexts.
#include "models/core/cpuid.h"
#include "models/core/segmentation.h"
#include "models/core/vector_operands.h"
#include "models/fabric/unmodelled.h"

namespace apicsim {

namespace {

constexpr u16 exceptions = 0x3F, summary = 0x80, busy = 0x8000;  // FSW, SDM Vol. 1 §8.1.3
constexpr unsigned fx_size = 512;

bool unmasked(const VectorState& v) { return v.status & ~v.control & exceptions; }
/// ES and B follow from the flags and the masks.
void update_summary(VectorState& v) {
  v.status =
      static_cast<u16>(unmasked(v) ? v.status | summary | busy : v.status & ~(summary | busy));
}

/// SDM Vol. 3 §2.5 and §13.1: EM and TS keep x87 instructions and FXSAVE off.
bool x87_available(Cpu& cpu) {
  if (!(cpu.cr0 & (cr0::em | cr0::ts))) return true;
  cpu.set_fault(Fault::simple(vector::device_not_available));
  return false;
}
/// Instructions that wait report what is pending (SDM Vol. 1 §8.7).
bool nothing_pending(Cpu& cpu) {
  if (!unmasked(cpu.vectors)) return true;
  if (!(cpu.cr0 & cr0::ne))
    throw Unmodelled("x87 exception with CR0.NE clear: FERR# is not modelled");
  cpu.set_fault(Fault::simple(vector::floating_point));
  return false;
}

const Op* initialise(Cpu& cpu, const Op* op) {
  if (!x87_available(cpu)) return cpu.leave(op);
  VectorState& v = cpu.vectors;
  v.control = 0x037F;
  v.status = 0;
  v.valid = 0;
  v.opcode = 0;
  v.instruction = v.operand = 0;
  return op + 1;
}
const Op* clear_exceptions(Cpu& cpu, const Op* op) {
  if (!x87_available(cpu)) return cpu.leave(op);
  constexpr u16 kept = 0x7F00;  // condition codes and top
  cpu.vectors.status &= kept;
  return op + 1;
}
const Op* store_control(Cpu& cpu, const Op* op) {
  if (!x87_available(cpu) || !cpu.store_operand<u16>(op, cpu.vectors.control)) return cpu.leave(op);
  return op + 1;
}
const Op* load_control(Cpu& cpu, const Op* op) {
  u16 value;
  if (!x87_available(cpu) || !nothing_pending(cpu) || !cpu.load_operand<u16>(op, value))
    return cpu.leave(op);
  cpu.vectors.control = static_cast<u16>((value & 0x1F3F) | 0x40);
  update_summary(cpu.vectors);
  return op + 1;
}
const Op* store_status_memory(Cpu& cpu, const Op* op) {
  if (!x87_available(cpu) || !cpu.store_operand<u16>(op, cpu.vectors.status)) return cpu.leave(op);
  return op + 1;
}
const Op* store_status_register(Cpu& cpu, const Op* op) {
  if (!x87_available(cpu)) return cpu.leave(op);
  cpu.set_reg<u16>(slot::rax, cpu.vectors.status);
  return op + 1;
}
const Op* wait(Cpu& cpu, const Op* op) {
  if ((cpu.cr0 & cr0::mp) && (cpu.cr0 & cr0::ts))
    return cpu.raise(op, Fault::simple(vector::device_not_available));
  return nothing_pending(cpu) ? op + 1 : cpu.leave(op);
}
const Op* empty_mmx_state(Cpu& cpu, const Op* op) {
  if (cpu.cr0 & cr0::em) return cpu.raise(op, Fault::ud());
  if (!x87_available(cpu) || !nothing_pending(cpu)) return cpu.leave(op);
  cpu.vectors.valid = 0;
  return op + 1;
}

// --- MXCSR --------------------------------------------------------------------------------------

const Op* load_mxcsr(Cpu& cpu, const Op* op) {
  u32 value;
  if (!vector_available(cpu, op) || !cpu.load_operand<u32>(op, value)) return cpu.leave(op);
  if (value & ~mxcsr_mask) return cpu.raise(op, Fault::gp());
  cpu.vectors.mxcsr = value;
  return op + 1;
}
const Op* store_mxcsr(Cpu& cpu, const Op* op) {
  if (!vector_available(cpu, op) || !cpu.store_operand<u32>(op, cpu.vectors.mxcsr))
    return cpu.leave(op);
  return op + 1;
}

// --- FXSAVE, FXRSTOR: SDM Vol. 1 §10.5.1, Vol. 2 table 3-47 ff. ----------------------------------

struct Image {
  u64 words[fx_size / 8] = {};
  u8* bytes() { return reinterpret_cast<u8*>(words); }
};
constexpr unsigned stack_offset = 32, xmm_offset = 160;
unsigned xmm_registers(const Cpu& cpu) { return cpu.mode64() ? 16 : 8; }
/// What FXSAVE writes and FXRSTOR reads; the rest of the 512 bytes is the software's.
unsigned image_words(const Cpu& cpu) { return (xmm_offset + 16 * xmm_registers(cpu)) / 8; }

bool image_address(Cpu& cpu, const Op* op, Access access, u64& linear) {
  if (!has_feature(cpu.environment().model, feature::fxsr)) return refuse(cpu, Fault::ud());
  if (!x87_available(cpu)) return false;
  u64 offset = cpu.effective_address(op);
  if (op->address_bits < 64) offset &= (u64{1} << op->address_bits) - 1;
  if (!cpu.segment_address(op->segment, offset, fx_size, access, linear)) return false;
  if ((linear & 15) == 0) return true;
  cpu.set_fault(Fault::gp());
  return false;
}

void fill_image(const Cpu& cpu, bool wide, Image& image) {
  const VectorState& v = cpu.vectors;
  const u64 pointer_mask = wide ? ~u64{0} : 0x0000FFFFFFFFFFFF;
  image.words[0] = v.control | u64{v.status} << 16 | u64{v.valid} << 32 | u64{v.opcode} << 48;
  image.words[1] = v.instruction & pointer_mask;
  image.words[2] = v.operand & pointer_mask;
  image.words[3] = v.mxcsr | u64{mxcsr_mask} << 32;
  for (unsigned n = 0; n < 8; ++n)
    std::memcpy(image.bytes() + stack_offset + 16 * n, v.stack[n], 10);
  std::memcpy(image.bytes() + xmm_offset, v.xmm, 16 * xmm_registers(cpu));
}

void take_image(Cpu& cpu, const Image& image) {
  VectorState& v = cpu.vectors;
  v.control = static_cast<u16>((image.words[0] & 0x1F3F) | 0x40);
  v.status = static_cast<u16>(image.words[0] >> 16);
  v.valid = static_cast<u8>(image.words[0] >> 32);
  v.opcode = static_cast<u16>(image.words[0] >> 48 & 0x7FF);
  v.instruction = image.words[1];
  v.operand = image.words[2];
  v.mxcsr = static_cast<u32>(image.words[3]);
  const u8* const bytes = reinterpret_cast<const u8*>(image.words);
  for (unsigned n = 0; n < 8; ++n) std::memcpy(v.stack[n], bytes + stack_offset + 16 * n, 10);
  std::memcpy(v.xmm, bytes + xmm_offset, 16 * xmm_registers(cpu));
  update_summary(v);
}

const Op* save_image(Cpu& cpu, const Op* op) {
  u64 linear, old;
  if (!image_address(cpu, op, Access::write, linear) ||
      !cpu.load_for_write<u64>(op->segment, linear, old) ||
      !cpu.load_for_write<u64>(op->segment, linear + fx_size - 8, old))
    return cpu.leave(op);
  Image image;
  fill_image(cpu, op->flags & op_flag::wide_operand, image);
  for (unsigned n = 0; n < image_words(cpu); ++n)
    if (!cpu.store<u64>(op->segment, linear + 8 * n, image.words[n])) return cpu.leave(op);
  return cpu.complete(op);
}

const Op* restore_image(Cpu& cpu, const Op* op) {
  u64 linear;
  Image image;
  if (!image_address(cpu, op, Access::read, linear)) return cpu.leave(op);
  for (unsigned n = 0; n < image_words(cpu); ++n)
    if (!cpu.load<u64>(op->segment, linear + 8 * n, image.words[n])) return cpu.leave(op);
  if (static_cast<u32>(image.words[3]) & ~mxcsr_mask) return cpu.raise(op, Fault::gp());
  take_image(cpu, image);
  return cpu.complete(op);
}

}  // namespace

Selection select_fpu(const Shape& shape, Op& op) {
  switch (shape.mnemonic) {
    case ZYDIS_MNEMONIC_FNINIT:
      return {initialise};
    case ZYDIS_MNEMONIC_FNCLEX:
      return {clear_exceptions};
    case ZYDIS_MNEMONIC_FNSTCW:
      return {store_control};
    case ZYDIS_MNEMONIC_FLDCW:
      return {load_control};
    case ZYDIS_MNEMONIC_FNSTSW:
      return {shape.dst == OperandKind::mem ? store_status_memory : store_status_register};
    case ZYDIS_MNEMONIC_FWAIT:
      return {wait};
    case ZYDIS_MNEMONIC_EMMS:
      return {empty_mmx_state};
    case ZYDIS_MNEMONIC_LDMXCSR:
      op.detail = static_cast<u16>(SseLevel::sse);
      return {load_mxcsr};
    case ZYDIS_MNEMONIC_STMXCSR:
      op.detail = static_cast<u16>(SseLevel::sse);
      return {store_mxcsr};
    case ZYDIS_MNEMONIC_FXSAVE:
    case ZYDIS_MNEMONIC_FXSAVE64:
      return {save_image, true};
    case ZYDIS_MNEMONIC_FXRSTOR:
    case ZYDIS_MNEMONIC_FXRSTOR64:
      return {restore_image, true};
    default:
      return {};
  }
}

}  // namespace apicsim
