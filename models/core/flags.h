#pragma once

#include "models/core/types.h"

namespace apicsim {

/// RFLAGS bits, SDM Vol. 1 §3.4.3.
namespace rflags {
inline constexpr u64 cf = 1u << 0, fixed1 = 1u << 1, pf = 1u << 2, af = 1u << 4, zf = 1u << 6,
                     sf = 1u << 7, tf = 1u << 8, interrupt = 1u << 9, df = 1u << 10, of = 1u << 11,
                     iopl = 3u << 12, nt = 1u << 14, rf = 1u << 16, vm = 1u << 17, ac = 1u << 18,
                     vif = 1u << 19, vip = 1u << 20, id = 1u << 21;
inline constexpr u64 status = cf | pf | af | zf | sf | of;
/// Every bit that exists; the others read as zero (bit 1 as one).
inline constexpr u64 all = status | tf | interrupt | df | iopl | nt | rf | vm | ac | vif | vip | id;
}  // namespace rflags

/// The status flags, kept as the last result and its carries and turned into bits only when read.
/// ZF: `result` is zero. SF, PF: bit 63 and parity of the low byte of `sign_parity`.
/// CF: bit 63 of `carries`. OF: bits 63 and 62 differ. AF: bit 3.
class StatusFlags {
 public:
  template <class T>
  void set_logic(T r) {
    m_result = m_sign_parity = extend(r);
    m_carries = 0;
  }
  /// r = a + b (+ carry in).
  template <class T>
  void set_add(T a, T b, T r) {
    m_result = m_sign_parity = extend(r);
    m_carries = align<T>((a & b) | ((a | b) & ~r));
  }
  /// r = a - b (- borrow in).
  template <class T>
  void set_sub(T a, T b, T r) {
    m_result = m_sign_parity = extend(r);
    m_carries = align<T>((~a & b) | ((~a | b) & r));
  }
  /// INC and DEC leave CF alone (SDM Vol. 2, INC).
  template <class T>
  void set_inc(T a, T r) {
    const u64 old_cf = m_carries & top;
    set_add<T>(a, 1, r);
    keep_cf(old_cf);
  }
  template <class T>
  void set_dec(T a, T r) {
    const u64 old_cf = m_carries & top;
    set_sub<T>(a, 1, r);
    keep_cf(old_cf);
  }
  /// Result flags from r, CF and OF as given, AF cleared: shifts and multiplications.
  template <class T>
  void set_result(T r, bool carry, bool overflow) {
    m_result = m_sign_parity = extend(r);
    set_cf_of_af(carry, overflow, false);
  }

  bool cf() const { return m_carries >> 63; }
  bool of() const { return ((m_carries >> 63) ^ (m_carries >> 62)) & 1; }
  bool af() const { return (m_carries >> 3) & 1; }
  bool zf() const { return m_result == 0; }
  bool sf() const { return m_sign_parity >> 63; }
  bool pf() const { return !__builtin_parity(static_cast<u8>(m_sign_parity)); }

  void set_cf(bool value) { set_cf_of_af(value, of(), af()); }
  void set_of(bool value) { set_cf_of_af(cf(), value, af()); }
  void set_cf_of(bool carry, bool overflow) { set_cf_of_af(carry, overflow, af()); }
  void set_zf(bool value) { m_result = value ? 0 : 1; }

  /// As RFLAGS bits.
  u64 get() const {
    return (cf() ? rflags::cf : 0) | (pf() ? rflags::pf : 0) | (af() ? rflags::af : 0) |
           (zf() ? rflags::zf : 0) | (sf() ? rflags::sf : 0) | (of() ? rflags::of : 0);
  }
  void set(u64 value) {
    m_result = value & rflags::zf ? 0 : 1;
    m_sign_parity = (value & rflags::sf ? top : 0) | (value & rflags::pf ? 0 : 1);
    set_cf_of_af(value & rflags::cf, value & rflags::of, value & rflags::af);
  }

 private:
  static constexpr u64 top = u64{1} << 63;

  template <class T>
  static u64 extend(T r) {
    return static_cast<u64>(static_cast<i64>(static_cast<Signed<T>>(r)));
  }
  template <class T>
  static u64 align(T carries) {
    return (static_cast<u64>(carries) << (64 - bits_of<T>)) | (carries & 8);
  }
  void keep_cf(u64 old_cf) {
    const bool overflow = of();
    m_carries = (m_carries & 8) | old_cf | ((old_cf >> 1) ^ (overflow ? top >> 1 : 0));
  }
  void set_cf_of_af(bool carry, bool overflow, bool aux) {
    m_carries = (carry ? top : 0) | (carry != overflow ? top >> 1 : 0) | (aux ? 8 : 0);
  }

  u64 m_result = 1;
  u64 m_sign_parity = 1;
  u64 m_carries = 0;
};

}  // namespace apicsim
