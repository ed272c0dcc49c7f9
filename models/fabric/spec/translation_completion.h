#pragma once

#include <cstdint>

/// Translation Completion Data Entry: what a read with AT = translation request returns, 8 bytes
/// little-endian for each page of the smallest unit (PCIe 5.0 §10.2.3).
namespace apicsim::ats {

inline constexpr unsigned entry_size = 8;
inline constexpr std::uint64_t entry_read = 1u << 0;               ///< R
inline constexpr std::uint64_t entry_write = 1u << 1;              ///< W
inline constexpr std::uint64_t entry_untranslated_only = 1u << 2;  ///< U
inline constexpr std::uint64_t entry_execute = 1u << 3;            ///< Exe, with PASID only
inline constexpr std::uint64_t entry_privileged = 1u << 4;         ///< Priv, with PASID only
inline constexpr std::uint64_t entry_global = 1u << 5;             ///< Global, with PASID only
inline constexpr std::uint64_t entry_no_snoop = 1u << 10;          ///< N
inline constexpr std::uint64_t entry_large = 1u << 11;             ///< S: more than 4 KiB
inline constexpr std::uint64_t entry_address = ~std::uint64_t{0xFFF};

/// Bytes for which an entry holds: with S, the lowest clear bit of the address from 12 on says how
/// many bits below it are size (§10.2.3.2).
constexpr std::uint64_t entry_bytes(std::uint64_t entry) {
  if ((entry & entry_large) == 0) return 4096;
  std::uint64_t size = 8192;
  for (unsigned bit = 12; bit < 63 && (entry >> bit & 1) != 0; ++bit) size *= 2;
  return size;
}

/// The address of such an entry, with the bits below its size zero.
constexpr std::uint64_t entry_base(std::uint64_t entry) {
  return entry & entry_address & ~(entry_bytes(entry) - 1);
}

}  // namespace apicsim::ats
