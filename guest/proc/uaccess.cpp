#include "guest/proc/uaccess.h"

#include "guest/arch/extable.h"
#include "guest/include/errno.h"
#include "guest/proc/process.h"

namespace {

/// Copies until done or until a byte cannot be reached; returns what is left.
size_t copy_or_fault(void* to, const void* from, size_t size) {
  asm volatile(
      "1: rep movsb\n"
      "2:\n" EXTABLE_ENTRY(1b, 2b)
      : "+c"(size), "+D"(to), "+S"(from)
      :
      : "memory");
  return size;
}

u64 address_limit() {
  const process* p = current_process();
  return p ? p->addr_limit : 0;
}

}  // namespace

bool access_ok(const void* address, size_t size) {
  const u64 limit = address_limit();
  const u64 start = reinterpret_cast<u64>(address);
  return size <= limit && start <= limit - size;
}

size_t copy_from_user(void* to, const void* from, size_t size) {
  return access_ok(from, size) ? copy_or_fault(to, from, size) : size;
}

size_t copy_to_user(void* to, const void* from, size_t size) {
  return access_ok(to, size) ? copy_or_fault(to, from, size) : size;
}

long strncpy_from_user(char* to, const char* from, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    if (copy_from_user(to + i, from + i, 1) != 0) return -EFAULT;
    if (to[i] == '\0') return static_cast<long>(i);
  }
  return static_cast<long>(size);
}

KernelAddressScope::KernelAddressScope() : m_previous(current_process()->addr_limit) {
  current_process()->addr_limit = ~0ull;
}

KernelAddressScope::~KernelAddressScope() { current_process()->addr_limit = m_previous; }
