#include "guest/fs/initramfs.h"

#include "guest/boot/start_kernel.h"
#include "guest/drivers/messages.h"
#include "guest/kernel/printk.h"
#include "guest/lib/string.h"

namespace {

constexpr char kMagic[] = "070701";
constexpr size_t kHeaderBytes = 110, kFieldBytes = 8;
constexpr size_t kSizeField = 6, kNameSizeField = 11;  // counted behind the magic
constexpr char kTrailer[] = "TRAILER!!!";

Text archive;  // empty: none
bool is_archive;

bool has_magic(Text text) {
  return text.size >= kHeaderBytes && strncmp(text.start, kMagic, sizeof(kMagic) - 1) == 0;
}

// A field of eight hexadecimal digits; false if it is none.
bool read_field(Text header, size_t index, u64* value) {
  const char* digits = header.start + sizeof(kMagic) - 1 + index * kFieldBytes;
  *value = 0;
  for (size_t i = 0; i < kFieldBytes; ++i) {
    const char c = digits[i];
    const bool decimal = c >= '0' && c <= '9';
    const char lower = static_cast<char>(c | 0x20);
    if (!decimal && (lower < 'a' || lower > 'f')) return false;
    *value = *value << 4 | static_cast<u64>(decimal ? c - '0' : lower - 'a' + 10);
  }
  return true;
}

size_t padded(size_t size) { return (size + 3) & ~size_t{3}; }

struct Member {
  Text name, contents;
};

// Cuts the first member off. False at the end; `problem` says what is wrong, where it is not that.
bool take_member(Text* rest, Member* member, const char** problem) {
  *problem = nullptr;
  if (rest->empty()) return false;
  u64 size, name_size;
  *problem = "no cpio magic";
  if (!has_magic(*rest)) return false;
  *problem = "broken padding";
  if (!read_field(*rest, kSizeField, &size) || !read_field(*rest, kNameSizeField, &name_size))
    return false;
  const size_t start = padded(kHeaderBytes + name_size);
  if (name_size == 0 || start > rest->size || size > rest->size - start) return false;
  member->name = {rest->start + kHeaderBytes, name_size - 1};
  member->contents = {rest->start + start, size};
  *problem = nullptr;
  if (same_text(member->name, kTrailer)) return false;
  const size_t end = padded(start + size);
  *rest = end >= rest->size ? Text{nullptr, 0} : Text{rest->start + end, rest->size - end};
  return true;
}

void check_archive() {
  Text rest = archive;
  Member member;
  const char* problem;
  while (take_member(&rest, &member, &problem)) {
  }
  if (problem != nullptr) printk(msg::kInitramfsFailed, problem);
}

bool same(Text a, Text b) { return a.size == b.size && memcmp(a.start, b.start, a.size) == 0; }

}  // namespace

void initramfs_init() {
  const Initrd& initrd = boot_initrd();
  archive = {initrd.data, initrd.size};
  is_archive = has_magic(archive);
  if (is_archive) check_archive();
}

bool initramfs_find(Text path, Text* contents) {
  if (!is_archive) return false;
  Text rest = archive;
  Member member;
  const char* problem;
  while (take_member(&rest, &member, &problem)) {
    if (!same(member.name, path)) continue;
    *contents = member.contents;
    return true;
  }
  return false;
}

Text initramfs_script() {
  if (!is_archive) return archive;
  Text script;
  return initramfs_find(text_of("script"), &script) ? script : Text{nullptr, 0};
}
