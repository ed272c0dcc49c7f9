#include "guest/iommu/iommu_options.h"

#include "guest/iommu/dma_domain.h"
#include "guest/iommu/messages.h"
#include "guest/kernel/cmdline.h"
#include "guest/lib/string.h"
#include "guest/lib/text.h"

namespace {

constexpr bool is_new = release::since(6, 1);

// Distributions' kernels leave remapping off until 5.x (INTEL_IOMMU_DEFAULT_ON); Debian's 6.1 has
// it on but for graphics of the chip set (INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF).
IommuOptions options = {is_new, false, false, false, false, false, true, !is_new, false, is_new};

bool starts_with(Text text, const char* start) {
  const size_t length = strlen(start);
  return text.size >= length && same_text({text.start, length}, start);
}

void switch_on(Text) {
  options.enabled = true;
  options.map_own_graphics = true;
  printk(msg::kIommuEnabled);
}
void switch_off(Text) {
  options.enabled = false;
  printk(msg::kIommuDisabled);
}
void leave_graphics(Text) {
  options.map_graphics = false;
  printk(msg::kIommuNoGraphics);
}
void force_dac(Text) {
  options.force_dac = true;
  printk(msg::kIommuForceDac);
}
void be_strict(Text) {
  options.strict = true;
  printk(msg::kIommuStrict);
}
void no_large_pages(Text) {
  leave_out_large_pages();
  printk(msg::kIommuNoLargePages);
}

struct Word {
  const char* start;
  void (*apply)(Text word);
};

#if GUEST_RELEASE >= 601
void leave_own_graphics(Text) {
  options.map_own_graphics = false;
  printk(msg::kIommuNoGraphics);
}
void scalable(Text) {
  options.scalable = true;
  printk(msg::kIommuScalable);
}
void not_scalable(Text) {
  options.scalable = false;
  printk(msg::kIommuNotScalable);
}
void unknown_word(Text word) {
  char name[32];
  copy_text(word, name, sizeof(name));
  printk(msg::kIommuUnknown, name);
}
#elif GUEST_RELEASE >= 412
void no_extended_context(Text) { printk(msg::kIommuNoExtendedContext); }
#endif
#if GUEST_RELEASE >= 412
void not_forced(Text) { printk(msg::kIommuNotForced); }
#endif

// Only the start of a word counts. What is missing here is passed over in silence before 6.1.
const Word words[] = {
    {"on", switch_on},
    {"off", switch_off},
    {"igfx_off", leave_graphics},
    {"forcedac", force_dac},
    {"strict", be_strict},
    {"sp_off", no_large_pages},
#if GUEST_RELEASE >= 601
    {"intgpu_off", leave_own_graphics},
    {"sm_on", scalable},
    {"sm_off", not_scalable},
#elif GUEST_RELEASE >= 412
    {"ecs_off", no_extended_context},
#endif
#if GUEST_RELEASE >= 412
    {"tboot_noforce", not_forced},
#endif
};

bool apply_word(Text word) {
  for (const Word& known : words) {
    if (!starts_with(word, known.start)) continue;
    known.apply(word);
    return true;
  }
  return false;
}

// intel_iommu_setup()
bool setup_intel_iommu(const char* value) {
  if (value == nullptr) return false;
  for (Text list = text_of(value); !list.empty();) {
    const Text word = take_until(&list, ',');
    if (apply_word(word)) continue;
#if GUEST_RELEASE >= 601
    unknown_word(word);
#endif
  }
  return true;
}
KERNEL_PARAM_LATE(intel_iommu, "intel_iommu", setup_intel_iommu);

void set_pass_through(bool on) {
  options.pass_through = on;
  options.pass_through_set = true;
}

// arch/x86/kernel/pci-dma.c iommu_setup(). What else there is (force, soft, noforce, nomerge, ...)
// is about the bounce buffers and aperture of machines without a unit: this kernel's memory is
// within reach of its devices.
bool setup_iommu(const char* value) {
  if (value == nullptr) return false;
  for (Text list = text_of(value); !list.empty();) {
    const Text word = take_until(&list, ',');
    if (starts_with(word, "off")) options.refused = true;
    if (starts_with(word, "pt")) set_pass_through(true);
    if (is_new && starts_with(word, "nopt")) set_pass_through(false);
  }
  return true;
}
KERNEL_PARAM(iommu, "iommu", setup_iommu);

#if GUEST_RELEASE >= 601
// kstrtobool()
bool parse_bool(const char* value, bool* result) {
  if (value == nullptr) return false;
  const char first = value[0], second = first == '\0' ? '\0' : value[1];
  const bool on_word = first == 'o' || first == 'O';
  if (strchr("yY1", first) != nullptr && first != '\0')
    *result = true;
  else if (strchr("nN0", first) != nullptr && first != '\0')
    *result = false;
  else if (on_word && (second == 'n' || second == 'N'))
    *result = true;
  else if (on_word && (second == 'f' || second == 'F'))
    *result = false;
  else
    return false;
  return true;
}

// drivers/iommu/iommu.c
bool setup_pass_through(const char* value) {
  bool on;
  if (!parse_bool(value, &on)) return false;
  set_pass_through(on);
  return true;
}
bool setup_strict(const char* value) {
  if (!parse_bool(value, &options.strict)) return false;
  options.strict_set = true;
  return true;
}
bool setup_force_dac(const char* value) { return parse_bool(value, &options.force_dac); }
KERNEL_PARAM(iommu_passthrough, "iommu.passthrough", setup_pass_through);
KERNEL_PARAM(iommu_strict, "iommu.strict", setup_strict);
KERNEL_PARAM(iommu_forcedac, "iommu.forcedac", setup_force_dac);
#endif

}  // namespace

const IommuOptions& iommu_options() { return options; }
void iommu_become_strict() { options.strict = true; }
