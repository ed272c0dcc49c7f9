#include "guest/kernel/printk.h"

#include "guest/arch/atomic.h"
#include "guest/arch/percpu.h"
#include "guest/arch/spinlock.h"
#include "guest/kernel/console.h"
#include "guest/kernel/time.h"
#include "guest/lib/string.h"

namespace {

constexpr int kDefaultMessageLevel = 4;
constexpr int kNoOwner = -1;
constexpr size_t kLineMax = 1024;

// Everything said so far, the oldest overwritten first; dumps are read for it.
char log_buffer[128 * 1024];
u64 log_end;  // bytes ever written

SpinLock log_lock;
int log_owner = kNoOwner;
int loglevel = 7;  // CONFIG_DEFAULT_CONSOLE_LOGLEVEL
u32 oops_in_progress;
bool line_open;
int line_level = kDefaultMessageLevel;

void emit(const char* text, size_t length) {
  for (size_t i = 0; i < length; ++i) log_buffer[log_end++ % sizeof(log_buffer)] = text[i];
  if (line_level < loglevel) console_write(text, length);
}

void emit_time_stamp() {
  const u64 microseconds = sched_clock_ns() / 1000;
  char stamp[32];
  const int length = snprintf(stamp, sizeof(stamp), "[%5llu.%06llu] ",
                              static_cast<unsigned long long>(microseconds / 1000000),
                              static_cast<unsigned long long>(microseconds % 1000000));
  emit(stamp, static_cast<size_t>(length));
}

void emit_lines(const char* text) {
  while (*text != '\0') {
    if (!line_open) emit_time_stamp();
    const char* newline = strchr(text, '\n');
    const char* end = newline != nullptr ? newline + 1 : text + strlen(text);
    emit(text, static_cast<size_t>(end - text));
    line_open = newline == nullptr;
    text = end;
  }
}

void emit_message(const char* text) {
  bool continues = false;
  int level = kDefaultMessageLevel;
  if (text[0] == KERN_SOH[0] && text[1] != '\0') {
    continues = text[1] == 'c';
    if (text[1] >= '0' && text[1] <= '7') level = text[1] - '0';
    text += 2;
  }
  if (!continues) {
    if (line_open) emit("\n", 1);
    line_open = false;
    line_level = level;
  }
  emit_lines(text);
}

// True if the lock was taken here; false if this CPU holds it already or must not wait.
bool enter_log(int cpu) {
  if (read_once(log_owner) == cpu) return false;
  constexpr u64 kPatience = 1u << 20;
  for (u64 tries = 0; !spin_trylock(&log_lock); ++tries) {
    if (read_once(oops_in_progress) != 0 && tries > kPatience) return false;
    cpu_relax();
  }
  write_once(log_owner, cpu);
  return true;
}

void leave_log() {
  write_once(log_owner, kNoOwner);
  spin_unlock(&log_lock);
}

}  // namespace

int vprintk(const char* format, va_list arguments) {
  char text[kLineMax];
  const int length = vsnprintf(text, sizeof(text), format, arguments);
  IrqGuard no_interrupts;
  const bool locked = enter_log(smp_processor_id());
  emit_message(text);
  if (locked) leave_log();
  return length;
}

int printk(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int length = vprintk(format, arguments);
  va_end(arguments);
  return length;
}

bool printk_ratelimit() {
  constexpr u64 kInterval = 5 * kHz;
  constexpr u32 kBurst = 10;
  static u64 window_start;
  static u32 printed;
  const u64 now = read_once(jiffies);
  if (now - read_once(window_start) > kInterval) {
    write_once(window_start, now);
    write_once(printed, 0);
  }
  return atomic_fetch_add(printed, 1) < kBurst;
}

void set_console_loglevel(int level) { loglevel = level; }
int console_loglevel() { return loglevel; }

void bust_spinlocks(bool on) {
  if (on)
    atomic_inc(oops_in_progress);
  else
    atomic_dec(oops_in_progress);
}
