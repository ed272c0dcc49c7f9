// Static ELF executables (System V ABI, AMD64 supplement: chapters 3.4 and 5).
#include "guest/arch/ptregs.h"
#include "guest/arch/segments.h"
#include "guest/arch/syscall.h"
#include "guest/lib/string.h"
#include "guest/mm/layout.h"
#include "guest/mm/slab.h"
#include "guest/proc/binprm.h"
#include "guest/proc/process.h"
#include "guest/proc/uaccess.h"

namespace {

struct ElfHeader {
  u8 e_ident[16];
  u16 e_type, e_machine;
  u32 e_version;
  u64 e_entry, e_phoff, e_shoff;
  u32 e_flags;
  u16 e_ehsize, e_phentsize, e_phnum, e_shentsize, e_shnum, e_shstrndx;
};
static_assert(sizeof(ElfHeader) == 64, "ELF-64 header");

struct ProgramHeader {
  u32 p_type, p_flags;
  u64 p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align;
};
static_assert(sizeof(ProgramHeader) == 56, "ELF-64 program header");

constexpr u16 et_exec = 2;
constexpr u16 em_x86_64 = 62;
constexpr u32 pt_load = 1;
constexpr u32 pf_x = 1;
constexpr u32 pf_w = 2;
constexpr int max_program_headers = 16;
constexpr u64 eflags_if = 1u << 9;
constexpr u64 eflags_fixed = 1u << 1;

/// Types of auxiliary vector entries (include/uapi/linux/auxvec.h).
enum AuxType : u64 { at_null = 0, at_pagesz = 6, at_entry = 9, at_execfn = 31 };

bool is_executable(const ElfHeader& header) {
  return memcmp(header.e_ident, "\177ELF\2\1\1", 7) == 0 && header.e_type == et_exec &&
         header.e_machine == em_x86_64 && header.e_phentsize == sizeof(ProgramHeader) &&
         header.e_phnum >= 1 && header.e_phnum <= max_program_headers;
}

bool fits(const linux_binprm* bprm, const ProgramHeader& segment) {
  const u64 size = bprm->executable->f_inode->i_size;
  const u64 limit = kUserStackTop - kUserStackSize;
  return segment.p_filesz <= segment.p_memsz && segment.p_offset <= size &&
         segment.p_filesz <= size - segment.p_offset && segment.p_vaddr >= kPageSize &&
         segment.p_vaddr < limit && segment.p_memsz <= limit - segment.p_vaddr;
}

long load_segment(linux_binprm* bprm, const ProgramHeader& segment) {
  if (!fits(bprm, segment)) return -ENOEXEC;
  const u64 flags =
      (segment.p_flags & pf_w ? kMapWrite : 0) | (segment.p_flags & pf_x ? kMapExecute : 0);
  const long error = map_user_range(bprm->mm, segment.p_vaddr, segment.p_memsz, flags);
  if (error) return error;
  const u8* bytes = bprm->executable->f_inode->i_data + segment.p_offset;
  return write_user_memory(bprm->mm, segment.p_vaddr, bytes, segment.p_filesz);
}

long load_segments(linux_binprm* bprm, const ElfHeader& header, ProgramHeader* segments) {
  const size_t size = header.e_phnum * sizeof(ProgramHeader);
  if (kernel_read(bprm->executable, header.e_phoff, segments, size) != size) {
    return -ENOEXEC;
  }
  bool any = false;
  for (u16 i = 0; i < header.e_phnum; ++i) {
    const ProgramHeader& segment = segments[i];
    if (segment.p_type != pt_load) continue;
    const long error = load_segment(bprm, segment);
    if (error) return error;
    if (!any) bprm->mm->start_code = segment.p_vaddr;
    bprm->mm->end_code = segment.p_vaddr + segment.p_filesz;
    any = true;
  }
  return any ? 0 : -ENOEXEC;
}

/// Writes words upwards through the new address space.
class StackWriter {
 public:
  StackWriter(linux_binprm* bprm, u64 at) : m_bprm(bprm), m_at(at) {}
  void put(u64 word) {
    if (!m_error) m_error = write_user_memory(m_bprm->mm, m_at, &word, sizeof(word));
    m_at += sizeof(word);
  }
  /// Pointers to `strings` texts that lie one behind the other from `text`; returns the end.
  u64 put_strings(int strings, u64 text) {
    for (int i = 0; i < strings; ++i) {
      put(text);
      text += length_at(text) + 1;
    }
    put(0);
    return text;
  }
  long error() const { return m_error; }

 private:
  size_t length_at(u64 text) const {
    size_t length = 0;
    char c = 0;
    while (read_user_byte(m_bprm->mm, text + length, &c) && c != '\0') ++length;
    return length;
  }

  linux_binprm* m_bprm;
  u64 m_at;
  long m_error = 0;
};

/// argc, argv, envp and the auxiliary vector below the strings; the stack pointer is 16-byte
/// aligned.
long create_elf_tables(linux_binprm* bprm, const ElfHeader& header) {
  const u64 strings = bprm->p;
  const u64 words = 1 + static_cast<u64>(bprm->argc) + 1 + static_cast<u64>(bprm->envc) + 1 + 4 * 2;
  const u64 sp = take_stack(bprm, words * sizeof(u64), 16);
  if (!sp) return -E2BIG;
  StackWriter writer(bprm, sp);
  writer.put(static_cast<u64>(bprm->argc));
  const u64 environment = writer.put_strings(bprm->argc, strings);
  writer.put_strings(bprm->envc, environment);
  const u64 auxiliary[][2] = {
      {at_pagesz, kPageSize}, {at_entry, header.e_entry}, {at_execfn, bprm->exec}, {at_null, 0}};
  for (const auto& entry : auxiliary) {
    writer.put(entry[0]);
    writer.put(entry[1]);
  }
  bprm->mm->start_stack = sp;
  return writer.error();
}

void start_thread(u64 entry, u64 sp) {
  pt_regs* regs = current_pt_regs();
  *regs = pt_regs{};
  regs->ip = entry;
  regs->sp = sp;
  regs->cs = USER_CS;
  regs->ss = USER_DS;
  regs->flags = eflags_if | eflags_fixed;
}

}  // namespace

extern "C" NOINLINE long load_elf_binary(linux_binprm* bprm) {
  ElfHeader header;
  memcpy(&header, bprm->buf, sizeof(header));
  if (!is_executable(header) || header.e_entry >= kTaskSize) return -ENOEXEC;
  // The size is the file's: this is the allocation of a program's start whose size is not constant.
  void* segments = __kmalloc(header.e_phnum * sizeof(ProgramHeader), GFP_KERNEL);
  if (!segments) return -ENOMEM;
  long error = load_segments(bprm, header, static_cast<ProgramHeader*>(segments));
  kfree(segments);
  if (!error) error = create_elf_tables(bprm, header);
  if (error) return error;
  const u64 sp = bprm->mm->start_stack;
  flush_old_exec(bprm);
  start_thread(header.e_entry, sp);
  return 0;
}
