#include "guest/kernel/kallsyms.h"
#include "guest/kernel/printk.h"
#include "guest/lib/string.h"

namespace {

struct Spec {
  bool left = false, zero = false, plus = false, space = false, alternate = false;
  int width = 0;
  int precision = -1;
  int length = 0;  // -2 hh, -1 h, 0 int, 1 l, 2 ll or z
};

class Output {
 public:
  Output(char* buffer, size_t size) : m_buffer(buffer), m_size(size) {}

  void put(char c) {
    if (m_used + 1 < m_size) m_buffer[m_used] = c;
    ++m_used;
  }

  void fill(char c, int count) {
    for (; count > 0; --count) put(c);
  }

  void text(const char* text, size_t length, const Spec& spec) {
    const int padding = spec.width - static_cast<int>(length);
    if (!spec.left) fill(' ', padding);
    for (size_t i = 0; i < length; ++i) put(text[i]);
    if (spec.left) fill(' ', padding);
  }

  int finish() {
    if (m_size != 0) m_buffer[m_used < m_size ? m_used : m_size - 1] = '\0';
    return static_cast<int>(m_used);
  }

 private:
  char* m_buffer;
  size_t m_size;
  size_t m_used = 0;
};

struct Integer {
  u64 magnitude;
  bool negative;
  unsigned base;
  bool upper;
};

void put_integer(Output& out, const Integer& value, const Spec& spec) {
  char digits[24];
  int count = 0;
  const char* alphabet = value.upper ? "0123456789ABCDEF" : "0123456789abcdef";
  for (u64 rest = value.magnitude; rest != 0 || count == 0; rest /= value.base)
    digits[count++] = alphabet[rest % value.base];

  char prefix[3];
  int prefix_length = 0;
  if (value.negative)
    prefix[prefix_length++] = '-';
  else if (spec.plus)
    prefix[prefix_length++] = '+';
  else if (spec.space)
    prefix[prefix_length++] = ' ';
  if (spec.alternate && value.base == 16) {
    prefix[prefix_length++] = '0';
    prefix[prefix_length++] = value.upper ? 'X' : 'x';
  }

  int zeros = max_of(spec.precision - count, 0);
  int padding = spec.width - prefix_length - zeros - count;
  if (spec.zero && !spec.left && spec.precision < 0 && padding > 0) {
    zeros += padding;
    padding = 0;
  }
  if (!spec.left) out.fill(' ', padding);
  for (int i = 0; i < prefix_length; ++i) out.put(prefix[i]);
  out.fill('0', zeros);
  while (count > 0) out.put(digits[--count]);
  if (spec.left) out.fill(' ', padding);
}

void put_pointer(Output& out, u64 pointer, const char*& format, Spec spec) {
  if (*format == 'S' || *format == 's' || *format == 'B') {
    char name[kSymbolTextSize];
    const char kind = *format++;
    if (kind == 's')
      symbol_name(pointer, name, sizeof(name));
    else
      describe_symbol(pointer, kind == 'B', name, sizeof(name));
    out.text(name, strlen(name), spec);
    return;
  }
  // A null pointer in kernel 3.13 reads "(null)", right-aligned in sixteen columns.
  if (spec.width == 0) spec.width = 16;
  if (pointer == 0) {
    out.text("(null)", 6, spec);
    return;
  }
  spec.zero = true;
  put_integer(out, {pointer, false, 16, false}, spec);
}

int parse_number(const char*& format) {
  int number = 0;
  while (*format >= '0' && *format <= '9') number = number * 10 + (*format++ - '0');
  return number;
}

void parse_flags(const char*& format, Spec& spec) {
  for (;; ++format) {
    if (*format == '-')
      spec.left = true;
    else if (*format == '0')
      spec.zero = true;
    else if (*format == '+')
      spec.plus = true;
    else if (*format == ' ')
      spec.space = true;
    else if (*format == '#')
      spec.alternate = true;
    else
      return;
  }
}

void parse_length(const char*& format, Spec& spec) {
  for (;; ++format) {
    if (*format == 'l')
      ++spec.length;
    else if (*format == 'z')
      spec.length = 2;
    else if (*format == 'h')
      --spec.length;
    else
      return;
  }
}

// va_list is an array on this machine; a struct around it can be handed on by reference.
struct Arguments {
  va_list list;
};

u64 next_integer(Arguments& arguments, const Spec& spec, bool is_signed) {
  if (spec.length > 0) return va_arg(arguments.list, u64);
  const u32 value = va_arg(arguments.list, u32);
  if (spec.length == -2)
    return is_signed ? static_cast<u64>(static_cast<s8>(value)) : static_cast<u8>(value);
  if (spec.length == -1)
    return is_signed ? static_cast<u64>(static_cast<s16>(value)) : static_cast<u16>(value);
  return is_signed ? static_cast<u64>(static_cast<s32>(value)) : value;
}

Spec parse_spec(const char*& format, Arguments& arguments) {
  Spec spec;
  parse_flags(format, spec);
  if (*format == '*') {
    ++format;
    spec.width = va_arg(arguments.list, int);
    if (spec.width < 0) {
      spec.left = true;
      spec.width = -spec.width;
    }
  } else {
    spec.width = parse_number(format);
  }
  if (*format == '.') {
    ++format;
    if (*format == '*') {
      ++format;
      spec.precision = va_arg(arguments.list, int);
    } else {
      spec.precision = parse_number(format);
    }
  }
  parse_length(format, spec);
  return spec;
}

void put_signed(Output& out, s64 value, const Spec& spec) {
  const u64 magnitude = value < 0 ? 0 - static_cast<u64>(value) : static_cast<u64>(value);
  put_integer(out, {magnitude, value < 0, 10, false}, spec);
}

void put_string(Output& out, const char* text, const Spec& spec) {
  if (text == nullptr) text = "(null)";
  const size_t limit = spec.precision < 0 ? ~size_t{0} : static_cast<size_t>(spec.precision);
  out.text(text, strnlen(text, limit), spec);
}

void convert(Output& out, const char*& format, Arguments& arguments) {
  Spec spec = parse_spec(format, arguments);
  const char kind = *format;
  if (kind != '\0') ++format;
  switch (kind) {
    case 'd':
    case 'i':
      return put_signed(out, static_cast<s64>(next_integer(arguments, spec, true)), spec);
    case 'u':
      return put_integer(out, {next_integer(arguments, spec, false), false, 10, false}, spec);
    case 'o':
      return put_integer(out, {next_integer(arguments, spec, false), false, 8, false}, spec);
    case 'x':
    case 'X':
      return put_integer(out, {next_integer(arguments, spec, false), false, 16, kind == 'X'}, spec);
    case 'p':
      return put_pointer(out, va_arg(arguments.list, u64), format, spec);
    case 's':
      return put_string(out, va_arg(arguments.list, const char*), spec);
    case 'c': {
      const char c = static_cast<char>(va_arg(arguments.list, int));
      return out.text(&c, 1, spec);
    }
    case '%':
      return out.put('%');
    case '\0':
      return;
    default:
      out.put('%');
      out.put(kind);
  }
}

}  // namespace

int vsnprintf(char* buffer, size_t size, const char* format, va_list list) {
  Output out(buffer, size);
  Arguments arguments;
  va_copy(arguments.list, list);
  while (*format != '\0') {
    if (*format == '%') {
      ++format;
      convert(out, format, arguments);
    } else {
      out.put(*format++);
    }
  }
  va_end(arguments.list);
  return out.finish();
}

int snprintf(char* buffer, size_t size, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int length = vsnprintf(buffer, size, format, arguments);
  va_end(arguments);
  return length;
}
