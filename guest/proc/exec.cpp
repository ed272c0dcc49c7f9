// execve: from the system call to the loaded program. The functions have the kernel's names and do
// its steps in its order, as their frames show in call traces.
#include "guest/arch/syscall.h"
#include "guest/lib/probe.h"
#include "guest/lib/string.h"
#include "guest/mm/slab.h"
#include "guest/proc/binprm.h"
#include "guest/proc/process.h"
#include "guest/proc/uaccess.h"

namespace {

constexpr int max_strings = 64;
constexpr size_t max_string_length = 1024;

long bprm_mm_init(linux_binprm* bprm) {
  bprm->mm = mm_alloc();
  if (!bprm->mm) return -ENOMEM;
  bprm->p = kUserStackTop - sizeof(u64);
  return map_user_range(bprm->mm, kUserStackTop - kUserStackSize, kUserStackSize, kMapWrite);
}

/// Number of strings in a null-terminated array of the caller.
int count(const char* const* array) {
  if (!array) return 0;
  for (int i = 0; i < max_strings; ++i) {
    const char* text = nullptr;
    if (copy_from_user(&text, array + i, sizeof(text)) != 0) return static_cast<int>(-EFAULT);
    if (!text) return i;
  }
  return static_cast<int>(-E2BIG);
}

long push_string(linux_binprm* bprm, const char* text, size_t length) {
  const u64 at = take_stack(bprm, length + 1, 1);
  return at ? write_user_memory(bprm->mm, at, text, length + 1) : -E2BIG;
}

/// The strings end up in reading order: the last one is pushed first.
long copy_strings(linux_binprm* bprm, int strings, const char* const* array) {
  auto* text = static_cast<char*>(kmalloc_sized<max_string_length>(GFP_KERNEL));
  if (!text) return -ENOMEM;
  long error = 0;
  for (int i = strings; i-- > 0 && error == 0;) {
    const char* user = nullptr;
    error = copy_from_user(&user, array + i, sizeof(user)) ? -EFAULT : 0;
    if (error) break;
    const long length = strncpy_from_user(text, user, max_string_length);
    if (length < 0) {
      error = length;
    } else if (length == static_cast<long>(max_string_length)) {
      error = -E2BIG;
    } else {
      error = push_string(bprm, text, static_cast<size_t>(length));
    }
  }
  kfree(text);
  return error;
}

long prepare_arguments(linux_binprm* bprm, const char* const* argv, const char* const* envp) {
  long error = bprm_mm_init(bprm);
  if (error) return error;
  bprm->argc = count(argv);
  if (bprm->argc < 0) return bprm->argc;
  bprm->envc = count(envp);
  if (bprm->envc < 0) return bprm->envc;
  kernel_read(bprm->executable, 0, bprm->buf, kBinprmBufSize);
  error = push_string(bprm, bprm->filename, strlen(bprm->filename));
  bprm->exec = bprm->p;
  if (!error) error = copy_strings(bprm, bprm->envc, envp);
  if (!error) error = copy_strings(bprm, bprm->argc, argv);
  return error;
}

void free_bprm(linux_binprm* bprm) {
  if (bprm->mm) mmput(bprm->mm);
  if (bprm->executable) fput(bprm->executable);
  kfree(bprm);
}

const char* base_name(const char* path) {
  const char* slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

}  // namespace

u64 take_stack(linux_binprm* bprm, size_t size, u64 align) {
  const u64 floor = kUserStackTop - kUserStackSize;
  if (size > bprm->p - floor) return 0;
  bprm->p = align_down(bprm->p - size, align);
  return bprm->p;
}

void flush_old_exec(linux_binprm* bprm) {
  process* p = current_process();
  mm_struct* old = p->mm;
  p->mm = bprm->mm;
  bprm->mm = nullptr;
  p->mm->exe_file = get_file(bprm->executable);
  activate_mm(p->mm);
  if (old) mmput(old);
  strlcpy(current()->comm, base_name(bprm->filename), sizeof(current()->comm));
  PROBE2("sched", "sched_process_exec", bprm->filename, static_cast<u64>(current()->pid));
}

extern "C" {

NOINLINE file* open_exec(const char* name) {
  const filename record = {name, nullptr};
  file* f = do_filp_open(&record, 0);
  if (is_error(f)) return f;
  const u32 mode = f->f_inode->i_mode;
  if ((mode & kModeTypeMask) == kModeRegular && (mode & kModeExecute)) return f;
  fput(f);
  return error_pointer<file>(-EACCES);
}

NOINLINE long search_binary_handler(linux_binprm* bprm) {
  const long error = load_elf_binary(bprm);
  return error;
}

NOINLINE long do_execve_common(filename* name, const char* const* argv, const char* const* envp) {
  auto* bprm = kzalloc_object<linux_binprm>(GFP_KERNEL);
  long error = -ENOMEM;
  if (bprm) {
    file* executable = open_exec(name->name);
    if (is_error(executable)) {
      error = pointer_error(executable);
    } else {
      bprm->executable = executable;
      bprm->filename = name->name;
      error = prepare_arguments(bprm, argv, envp);
      if (!error) error = search_binary_handler(bprm);
    }
    free_bprm(bprm);
  }
  putname(name);
  return error;
}

NOINLINE long do_execve(filename* name, const char* const* argv, const char* const* envp) {
  const long error = do_execve_common(name, argv, envp);
  return error;
}

NOINLINE long sys_execve(const char* path, const char* const* argv, const char* const* envp) {
  filename* name = getname(path);
  if (is_error(name)) return pointer_error(name);
  const long error = do_execve(name, argv, envp);
  return error;
}

}  // extern "C"
