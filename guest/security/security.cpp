// The security module of Ubuntu's kernels keeps a context with every open file. apparmor=0 on
// the command line leaves it out.
#include "guest/security/security.h"

#include <type_traits>

#include "guest/arch/spinlock.h"
#include "guest/kernel/cmdline.h"
#include "guest/kernel/release.h"
#include "guest/mm/slab.h"

namespace {

bool apparmor_enabled = true;

bool setup_apparmor(const char* value) {
  u64 number = 0;
  if (!value || !parse_u64(value, &number)) return false;
  apparmor_enabled = number != 0;
  return true;
}
KERNEL_PARAM(apparmor, "apparmor", setup_apparmor);

/// Context of an open file as of AppArmor 3, which Ubuntu shipped with 3.13: 24 bytes, kmalloc-32.
struct FileContextOf3_13 {
  SpinLock lock;
  void* label;  ///< the confinement under which the file was opened; none is ever loaded
  u32 allow;    ///< permissions that have been granted
};
static_assert(sizeof(FileContextOf3_13) == 24, "an object of kmalloc-32");

/// The same in Linux 3.2 (security/apparmor/include/file.h): kmalloc-8.
struct FileContextOf3_2 {
  u16 allow;  ///< permissions that have been granted
};

using aa_file_cxt = std::conditional_t<release::is_3_2, FileContextOf3_2, FileContextOf3_13>;

}  // namespace

extern "C" {

NOINLINE long apparmor_file_alloc_security(file* f) {
  f->f_security = kzalloc_object<aa_file_cxt>(GFP_KERNEL);
  return f->f_security ? 0 : -ENOMEM;
}

NOINLINE long security_file_alloc(file* f) {
  return apparmor_enabled ? apparmor_file_alloc_security(f) : 0;
}

void security_file_free(file* f) {
  kfree(f->f_security);
  f->f_security = nullptr;
}

}  // extern "C"
